"""After payment and in locked periods: adjustments from their proposal to the next quiet night, over HTTP."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings
from django.utils import timezone

from integrations.models import Setting
from integrations.sandbox.server import Sandbox
from integrations.sandbox.xero.records import organisation_for
from integrations.values import held_date
from mappings.models import ContractTerms, HandLine, Link
from mappings.retained import contracts_of
from runs import approvals
from runs.management.commands.sync import work_here
from runs.models import Cursor, Entry, Mode, Run, Warning
from tests import run_house as house
from tests.scenes import NOTHING, Scene, balances, move, scene, shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

CLAIMS = "progress-claims"


def quiet(given: Scene, *integrations: str) -> None:
    """The next run writes nothing and says nothing."""
    run = given.run(*integrations)
    assert (run.writes, given.codes()) == (0, set()), shown(run)


def send(given: Scene) -> Run:
    """Somebody who may approve sends the only adjustment that is proposed."""
    warning = Warning.objects.get(tenant=given.tenant, code=approvals.PROPOSES, state="open")
    run = approvals.approve_adjustment(warning, None, by="tests")
    work_here(run)
    run.refresh_from_db()
    return run


def subtotals(given: Scene) -> dict[str, str]:
    """What each living document comes to before tax, credit notes negative."""
    return {
        number: str(Decimal(str(one["SubTotal"])) * one["sign"]) for number, one in given.documents().items()
    }


def test_a_claim_changed_after_payment_is_adjusted_and_counted_ever_after(sandbox: Sandbox) -> None:
    """Proposed, sent once from its button, counted; the remainder through an approved plan; paid both."""
    given = scene(sandbox)
    claim = given.claim("A-1", move("10000.00", "1000.00"))
    given.run(CLAIMS)
    given.act("pay_bill", bill="A-1")
    given.edit(claim, move("12000.00", "1200.00"))
    run = given.run(CLAIMS)
    assert run.writes == 0, shown(run)
    assert given.codes() == {"needs-adjustment"}
    assert "an adjustment of 1,800.00 is proposed" in given.message("needs-adjustment")
    warning = Warning.objects.get(code="needs-adjustment")
    assert warning.amount == Decimal("1800.00")
    run = send(given)
    assert subtotals(given) == {"A-1": "9000.00", "A-1-ADJ1": "1800.00"}, shown(run)
    adjustment = given.document("A-1-ADJ1")
    assert adjustment["Status"] == "AUTHORISED"
    here = timezone.now().astimezone(ZoneInfo(given.tenant.time_zone)).date()
    assert held_date(adjustment["Date"]) == here
    assert balances(given.documents().values()) == {"303": Decimal("12000.00"), "815": Decimal("-1200.00")}
    again = approvals.approve_adjustment(warning, None, by="tests")
    work_here(again)
    assert set(subtotals(given)) == {"A-1", "A-1-ADJ1"}, "sent twice"
    quiet(given, CLAIMS)
    # A later edit proposes only what is left, here through a plan.
    given.edit(claim, move("11000.00", "1100.00"))
    plan: Any = house.sync(given.tenant, CLAIMS, mode=Mode.DEBUG)
    approved = approvals.approve(plan, None, by="tests")
    work_here(approved)
    assert subtotals(given) == {"A-1": "9000.00", "A-1-ADJ1": "1800.00", "A-1-ADJ2": "-900.00"}, shown(
        approved
    )
    quiet(given, CLAIMS)
    given.act("pay_bill", bill="A-1-ADJ1")
    given.run(CLAIMS, "payments")
    assert given.paid() == Decimal("10800.00")
    assert {one["requisition_id"] for one in given.payments()} == {claim}
    quiet(given, CLAIMS, "payments")


def test_an_adjustment_whose_basis_moved_is_not_sent(sandbox: Sandbox) -> None:
    """What was shown is sent, or nothing; a claim deleted after payment is adjusted to nil."""
    given = scene(sandbox, withdrawn="remove")
    claim = given.claim("A-1", move("10000.00"))
    given.run(CLAIMS)
    given.act("pay_bill", bill="A-1", amount="4000.00")
    given.edit(claim, move("12000.00"))
    given.run(CLAIMS)
    given.edit(claim, move("12500.00"))
    run = send(given)
    assert subtotals(given) == {"A-1": "10000.00"}, shown(run)
    given.act("reject_claim", claim_id=claim)
    run = given.run(CLAIMS)
    assert run.writes == 0, shown(run)
    assert "-10,000.00 is proposed" in given.message("needs-adjustment")
    send(given)
    assert subtotals(given) == {"A-1": "10000.00", "A-1-ADJ1": "-10000.00"}
    quiet(given, CLAIMS)
    assert Link.objects.filter(integration=CLAIMS, state="linked").count() == 2


def test_locked_periods_hold_move_and_adjust(sandbox: Sandbox) -> None:
    """A change of what is locked is adjusted; what is new waits, or goes out on the first open day."""
    given = scene(sandbox)
    claim = given.claim("A-1", move("10000.00"))
    given.run(CLAIMS)
    given.act("set_lock_date", date="2026-10-31")
    given.edit(claim, move("9000.00"))
    given.claim("B-1", move("500.00"), contract="SC-2")
    run = given.run(CLAIMS)
    assert run.writes == 0, shown(run)
    assert given.codes() == {"needs-adjustment", "locked-period"}
    send(given)
    assert subtotals(given) == {"A-1": "10000.00", "A-1-ADJ1": "-1000.00"}
    given.options(locked="redate")
    run = given.run(CLAIMS)
    bill = given.document("B-1")
    assert held_date(bill["Date"]) == date(2026, 11, 1), shown(run)
    assert held_date(bill["DueDate"]) == date(2026, 9, 20)
    given.act("set_lock_date", date="2026-11-15")
    quiet(given, CLAIMS)


def test_what_xero_stores_otherwise_is_a_warning_until_it_is_right(sandbox: Sandbox) -> None:
    """Tracking that Xero drops in silence is told, also by the next sweep; an edit sends it again."""
    given = scene(sandbox)
    category = next(one for one in sandbox.records("xero", "TrackingCategories") if one["Name"] == "Projects")
    option = next(one["Name"] for one in category["Options"] if "Q-1" in one["Name"])
    given.act("archive_option", category="Projects", option=option)
    sandbox.switches.drop_invalid_tracking = True
    claim = given.claim("A-1", move("10000.00"))
    run = given.run(CLAIMS)
    assert given.codes() == {"tracking-dropped"}, shown(run)
    Cursor.objects.all().delete()
    run = given.run(CLAIMS)
    assert (run.writes, given.codes()) == (0, {"tracking-dropped"}), shown(run)
    given.act("archive_option", category="Projects", option=option, restore=True)
    given.options(procore_wins=True)
    given.edit(claim, move("11000.00"))
    run = given.run(CLAIMS)
    tracked = given.document("A-1")["LineItems"][0]["Tracking"]
    assert {one["Name"] for one in tracked} == {"Projects", "Cost Types"}, shown(run)
    quiet(given, CLAIMS)


def test_retention_counts_once_its_adjustment_is_sent(sandbox: Sandbox) -> None:
    """What waits for approval is not in the books; a deleted claim still names its contract and vendor."""
    given = scene(sandbox, withdrawn="remove")
    Setting.objects.create(tenant=given.tenant, integration="retention-ledger", enabled=True)
    ContractTerms.objects.create(
        tenant=given.tenant, project="Q-1", number="SC-1", opening_amount=Decimal(50), opening_kept="nowhere"
    )
    claim = given.claim("A-1", move("1000.00"))
    given.run()
    given.act("pay_bill", bill="A-1")
    given.edit(claim, move("1000.00", "200.00"))
    run = given.run()
    assert given.codes() == {"needs-adjustment"}, shown(run)
    assert [one["held"] for one in contracts_of(given.tenant)] == [NOTHING]
    send(given)
    quiet(given, CLAIMS, "retention-ledger")
    assert [one["held"] for one in contracts_of(given.tenant)] == [Decimal("200.00")]
    given.act("delete_claim", claim_id=claim)
    Cursor.objects.all().delete()
    run = given.run(CLAIMS)
    assert given.codes() == {"needs-adjustment"}, shown(run)
    send(given)
    assert subtotals(given) == {"A-1": "1000.00", "A-1-ADJ1": "-200.00", "A-1-ADJ2": "-800.00"}
    quiet(given, CLAIMS, "retention-ledger")
    (row,) = contracts_of(given.tenant)
    assert (row["number"], row["vendor"], row["project_number"]) == ("SC-1", "Acacia Concrete", "Q-1")
    assert (row["opening"], row["held"], row["method"]) == (Decimal(50), NOTHING, "deduct")


def names_of(sandbox: Sandbox, bill: dict[str, Any]) -> list[str]:
    """The files of a bill, in the order in which they came."""
    held = organisation_for(sandbox, None).attachments.get(bill["InvoiceID"], {})
    return list(held)


def test_attachments_follow_their_bill_and_never_undo_it(sandbox: Sandbox) -> None:
    """Carried once, the invoice first; what cannot be carried is a warning, tried again when it may be."""
    given = scene(sandbox, attachments=True)
    claim = given.claim("A-1", move("10000.00"))
    files: dict[str, dict[str, Any]] = {
        "photo 1.jpg": {}, "Invoice A-1 (signed).pdf": {}, "no pdf.pdf": {"content": "PGh0bWw+"},
        "huge.pdf": {"size": 2_000_000}, "later.csv": {"text": "a;b"},
    }  # fmt: skip
    for name, more in files.items():
        given.act("attach_file", claim_id=claim, filename=name, **more)
    sandbox.faults.add("status", path="/procore-api/files/", status=503, skip=4)
    with override_settings(ONECORE_ATTACHMENT_BYTES=1_000_000):
        run = given.run(CLAIMS)
    bill = given.document("A-1")
    assert (bill["Status"], given.codes()) == ("AUTHORISED", {"attachment"}), shown(run)
    said = " ".join(Entry.objects.filter(run=run, outcome="failed").values_list("message", flat=True))
    assert all(word in said for word in ("no pdf.pdf holds something else", "than 1 MB", "tried again")), said
    assert names_of(sandbox, bill) == ["Invoice A-1 -signed.pdf", "photo 1.jpg"], shown(run)
    given.run(CLAIMS)
    assert names_of(sandbox, bill)[2:] == ["later.csv"]
    assert given.run(CLAIMS).writes == 0
    assert given.codes() == {"attachment"}


def test_the_retention_of_a_closed_project_is_that_of_its_ledger(sandbox: Sandbox) -> None:
    """With what was entered before, less what came back by hand, and as adjustments leave it."""
    given = scene(sandbox)
    claim = given.claim("A-1", move("1000.00", "100.00"))
    given.run(CLAIMS)
    given.act("pay_bill", bill="A-1")
    given.edit(claim, move("2000.00", "160.00"))
    given.run(CLAIMS)
    send(given)
    assert set(subtotals(given)) == {"A-1", "A-1-ADJ1"}
    terms = ContractTerms(tenant=given.tenant, project="Q-1", number="SC-1", opening_amount=Decimal(200))
    terms.opening_kept = "account"
    terms.save()
    later = {"project": "Q-1", "number": "SC-9", "opening_amount": Decimal(70), "opening_kept": "nowhere"}
    ContractTerms.objects.create(tenant=given.tenant, **later)
    other = {"project": "Q-2", "number": "SC-8", "opening_amount": Decimal(30), "opening_kept": "nowhere"}
    ContractTerms.objects.create(tenant=given.tenant, **other)
    HandLine.objects.create(
        tenant=given.tenant, side="payable", key="k", document_id="d", resource="bills", state="accepted",
        amount=Decimal(15), contract=str(given.contracts["SC-1"]),
    )  # fmt: skip
    given.act("set_project_active", project_id=given.site.record["id"], active=False)
    run = given.run("projects")
    said = given.message("project-closed")
    assert "retention of 345.00 on SC-1, retention of 70.00 on SC-9" in said, shown(run)
    assert "SC-8" not in said
    HandLine.objects.update(amount=Decimal(360))
    ContractTerms.objects.filter(number="SC-9").delete()
    given.run("projects")
    assert "retention" not in given.message("project-closed")
