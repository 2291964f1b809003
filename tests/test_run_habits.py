"""What people do in both systems between two runs: most of it stays quiet, the rest is a warning, and nothing
that a person wrote is overwritten.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.sandbox.server import Sandbox
from integrations.values import held_date
from mappings.models import CostCodeRule, Link
from runs.models import Cursor
from tests import run_house as house
from tests.scenes import MONTHS, UNTAXED, VENDORS, Scene, move, scene, shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

FIRST, SECOND = VENDORS
CLAIMS = "progress-claims"


def line(amount: str, account: str = "303", **over: Any) -> dict[str, Any]:
    """A line as a person types it."""
    return {
        "Description": "Works",
        "Quantity": 1,
        "UnitAmount": amount,
        "AccountCode": account,
        "TaxType": "INPUT",
    } | over


def lines_of(given: Scene, number: str) -> list[tuple[str, Decimal]]:
    """Ids and amounts of a document's lines."""
    return [
        (one["LineItemID"], Decimal(str(one["LineAmount"]))) for one in given.document(number)["LineItems"]
    ]


def quiet(given: Scene, *integrations: str) -> None:
    """The next run writes nothing and says nothing."""
    run = given.run(*integrations)
    assert run.writes == 0, shown(run)
    assert given.warnings() == set(), shown(run)


# --- in Xero ------------------------------------------------------------------------------------------------


def test_what_bookkeepers_do_stays_quiet(sandbox: Sandbox) -> None:
    """Approved, recoded, given other dates and texts, paid: no write, no warning, and theirs stays."""
    given = scene(sandbox, bill_status="DRAFT")
    for place in range(1, 8):
        given.claim(f"A-{place}", move("1000.00", "100.00"))
    given.run(CLAIMS)
    given.act("approve_bill", bill="A-1", due="2026-12-24")
    given.act("edit_bill", bill="A-2", account="429")
    given.act("edit_bill", bill="A-3", date="2026-11-03")
    given.act("edit_bill", bill="A-4", due="2026-12-24")
    given.act("edit_bill", bill="A-5", description="Slab, as agreed on site")
    given.act("edit_bill", bill="A-6", tax="EXEMPTEXPENSES")
    given.act("approve_bill", bill="A-7", due="2026-12-24")
    given.act("pay_bill", bill="A-7")
    given.rewrite("A-1", LineItems=[*given.document("A-1")["LineItems"], {"Description": "Checked by Pat"}])
    quiet(given, CLAIMS)
    quiet(given, CLAIMS)
    assert given.document("A-2")["LineItems"][0]["AccountCode"] == "429"
    assert given.document("A-5")["LineItems"][0]["Description"] == "Slab, as agreed on site"
    # A change in Procore updates what is its own and leaves theirs.
    claims = {one["invoice_number"]: one["id"] for one in given.claims()}
    for number in ("A-1", "A-2", "A-3", "A-5"):
        given.edit(claims[number], move("1200.00", "120.00"))
    run = given.run(CLAIMS)
    assert given.warnings() == set(), shown(run)
    assert given.document("A-2")["LineItems"][0]["AccountCode"] == "429"
    assert held_date(given.document("A-3")["Date"]) == date(2026, 11, 3)
    assert given.document("A-5")["LineItems"][0]["Description"] == "Slab, as agreed on site"
    assert [one.get("Description") for one in given.document("A-1")["LineItems"]][-1] == "Checked by Pat"
    assert {str(given.document(number)["SubTotal"]) for number in ("A-1", "A-2", "A-3", "A-5")} == {"1080.00"}
    assert given.document("A-1")["Status"] == "AUTHORISED"
    quiet(given, CLAIMS)


def test_amounts_changed_by_hand_are_warned_about_and_left(sandbox: Sandbox) -> None:
    """Another amount, a line more, a line split in two, a line taken away; quiet again once put back."""
    given = scene(sandbox)
    for place in range(1, 5):
        given.claim(f"A-{place}", move("1000.00"), move("500.00", code=UNTAXED))
    given.run(CLAIMS)
    before = {number: given.document(number)["LineItems"] for number in ("A-1", "A-2", "A-3", "A-4")}
    given.act("edit_bill", bill="A-1", amount="1100.00")
    given.rewrite("A-2", LineItems=[*before["A-2"], line("50.00")])
    first, second = before["A-3"]
    given.rewrite(
        "A-3",
        LineItems=[first | {"UnitAmount": 400, "LineAmount": 400, "TaxAmount": 40}, line("600.00"), second],
    )
    given.rewrite("A-4", LineItems=[before["A-4"][0]])
    claims = {one["invoice_number"]: one["id"] for one in given.claims()}
    given.edit(claims["A-3"], move("1300.00"))
    held = {number: lines_of(given, number) for number in before}
    run = given.run(CLAIMS)
    assert run.writes == 0, shown(run)
    assert given.codes() == {"amount-by-hand"}
    assert len(given.warnings()) == 4, shown(run)
    assert {number: lines_of(given, number) for number in before} == held
    given.edit(claims["A-3"], move("1000.00"))
    for number in ("A-1", "A-2", "A-3"):
        given.rewrite(number, LineItems=before[number])
    run = given.run(CLAIMS)
    assert run.writes == 0, shown(run)
    assert {title for _, title in given.warnings()} == {f"{FIRST}, SC-1 claim 4"}


def test_amounts_that_the_claim_comes_to_are_settled_and_later_edits_are_sent(sandbox: Sandbox) -> None:
    """Another amount, a line more; one recoded by the bookkeeper besides, whose account stays."""
    given = scene(sandbox)
    for place in range(1, 4):
        given.claim(f"A-{place}", move("1000.00"))
    given.run(CLAIMS)
    for number in ("A-1", "A-3"):
        given.act("edit_bill", bill=number, amount="1100.00")
    given.act("edit_bill", bill="A-3", account="429")
    given.rewrite(
        "A-2", LineItems=[*given.document("A-2")["LineItems"], line("50.00", TaxType="EXEMPTEXPENSES")]
    )
    given.run(CLAIMS)
    assert given.codes() == {"amount-by-hand"} and len(given.warnings()) == 3
    claims = {one["invoice_number"]: one["id"] for one in given.claims()}
    for number in ("A-1", "A-3"):
        given.edit(claims[number], move("1100.00"))
    given.edit(claims["A-2"], move("1000.00"), move("50.00", code=UNTAXED))
    ids = [one for one, _ in lines_of(given, "A-2")]
    run = given.run(CLAIMS)
    assert given.warnings() == set(), shown(run)
    assert [one for one, _ in lines_of(given, "A-2")] == ids, shown(run)
    quiet(given, CLAIMS)
    for number in ("A-1", "A-3"):
        given.edit(claims[number], move("1200.00"))
    given.edit(claims["A-2"], move("1000.00"), move("80.00", code=UNTAXED))
    run = given.run(CLAIMS)
    assert (run.writes, given.warnings()) == (1, set()), shown(run)
    totals = {number: str(given.document(number)["SubTotal"]) for number in claims}
    assert totals == {"A-1": "1200.00", "A-2": "1080.00", "A-3": "1200.00"}, shown(run)
    assert given.document("A-3")["LineItems"][0]["AccountCode"] == "429"
    given.act("edit_bill", bill="A-1", amount="1100.00")
    given.run(CLAIMS)
    assert given.codes() == {"amount-by-hand"}, "what was settled is no licence"


def test_a_bill_voided_or_deleted_is_not_sent_again_by_itself(sandbox: Sandbox) -> None:
    """Only once a person unlinks it."""
    given = scene(sandbox)
    given.claim("A-1", move("1000.00"))
    given.claim("B-1", move("2000.00"), contract="SC-2", status="under_review")
    given.run(CLAIMS)
    given.options(bill_status="DRAFT")
    given.act("approve_claim", claim_id=given.claims("SC-2")[0]["id"])
    given.run(CLAIMS)
    given.act("void_bill", bill="A-1")
    given.act("delete_bill", bill="B-1")
    for _ in range(2):
        run = given.run(CLAIMS)
        assert run.writes == 0, shown(run)
        assert given.codes() == {"target-voided"}
        assert len(given.warnings()) == 2
    Link.objects.filter(integration=CLAIMS).update(state="unlinked")
    given.run(CLAIMS)
    assert set(given.documents()) == {"A-1", "B-1"}
    quiet(given, CLAIMS)


def test_twins_are_never_adopted_or_overwritten(sandbox: Sandbox) -> None:
    """The same number with another amount, date or contact, voided, or twice; the true one is linked."""
    given = scene(sandbox)
    day = MONTHS[0][1]
    there = {
        "other amount": given.enter("A-1", FIRST, line("999.00"), Date=day),
        "voided": given.enter("A-2", FIRST, line("1000.00"), Date=day),
        "other contact": given.enter("A-3", SECOND, line("1000.00"), Date=day),
        "equal": given.enter("A-4", FIRST, line("1000.00"), Date=day),
    }
    given.act("void_bill", bill=there["voided"])
    for number in ("A-1", "A-2", "A-3", "A-4", "A-5", "A-5"):
        given.claim(number, move("1000.00"), billing_date=day)
    before = {one["InvoiceID"]: one["UpdatedDateUTC"] for one in sandbox.records("xero", "Invoices")}
    run = given.run(CLAIMS)
    after = {one["InvoiceID"]: one for one in sandbox.records("xero", "Invoices")}
    assert {key: after[key]["UpdatedDateUTC"] for key in before} == before, shown(run)
    made = sorted(one["InvoiceNumber"] for key, one in after.items() if key not in before)
    assert made == ["A-2", "A-3"], shown(run)
    assert given.warnings() == {
        ("other-amount", f"{FIRST}, SC-1 claim 1"),
        ("same-key", f"{FIRST}, SC-1 claim 5"),
        ("same-key", f"{FIRST}, SC-1 claim 6"),
    }
    assert "999.00 there, 1,000.00 here" in given.message("other-amount")
    assert Link.objects.get(integration=CLAIMS, number="A-4").target_id == there["equal"]
    claims = given.claims()
    given.edit(claims[4]["id"], invoice_number="A-6")
    given.act("void_bill", bill=there["other amount"])
    given.run(CLAIMS)
    assert given.warnings() == set()
    assert {"A-1", "A-5", "A-6"} <= set(house.numbers(sandbox))
    assert house.numbers(sandbox)["A-3"] == 2
    quiet(given, CLAIMS)


# --- in Procore ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["DRAFT", "SUBMITTED", "AUTHORISED"])
def test_an_edited_claim_updates_its_bill_in_place(sandbox: Sandbox, status: str) -> None:
    """Line by line, with the lines' own ids and the status the bill has."""
    given = scene(sandbox, bill_status=status)
    claim = given.claim("A-1", move("1000.00", "100.00"), move("500.00", "50.00", code=UNTAXED))
    given.run(CLAIMS)
    before = given.document("A-1")
    given.options(bill_status="DRAFT")
    given.edit(claim, move("1500.00", "150.00"))
    run = given.run(CLAIMS)
    after = given.document("A-1")
    assert given.warnings() == set(), shown(run)
    assert (after["InvoiceID"], after["Status"]) == (before["InvoiceID"], status)
    ids = [one["LineItemID"] for one in before["LineItems"]]
    assert [one["LineItemID"] for one in after["LineItems"]] == ids
    assert Decimal(str(after["SubTotal"])) == Decimal("1800.00")
    quiet(given, CLAIMS)
    given.options(CLAIMS, **{f"update_{status.lower()}": False})
    given.edit(claim, move("1600.00", "160.00"))
    assert given.run(CLAIMS).writes == 0
    assert given.codes() == {"not-updated"}
    given.edit(claim, move("1500.00", "150.00"))
    quiet(given, CLAIMS)


def test_after_a_payment_texts_and_due_dates_go_through_and_amounts_are_adjusted(sandbox: Sandbox) -> None:
    """The amount of the adjustment is named; the bill stays as it was paid."""
    given = scene(sandbox, due_date="days", due_days=30)
    claim = given.claim("A-1", move("1000.00", "100.00"))
    other = given.claim("B-1", move("800.00"), contract="SC-2")
    given.run(CLAIMS)
    given.act("pay_bill", bill="A-1", amount="300.00")
    given.act("credit_bill", bill="B-1", amount="110.00")
    given.options(due_days=45, line_text="{commitment.number}, claim {number}: {description_of_work}")
    run = house.renewed(given.tenant, CLAIMS)
    assert given.warnings() == set(), shown(run)
    assert held_date(given.document("A-1")["DueDate"]) == date(2026, 10, 4)
    assert all("SC-1, claim 1" in one["Description"] for one in given.document("A-1")["LineItems"][:1])
    given.edit(claim, move("1250.00", "125.00"))
    given.edit(other, move("700.00"), contract="SC-2")
    run = given.run(CLAIMS)
    assert run.writes == 0, shown(run)
    assert given.warnings() == {
        ("needs-adjustment", f"{FIRST}, SC-1 claim 1"), ("needs-adjustment", f"{SECOND}, SC-2 claim 1"),
    }  # fmt: skip
    assert Decimal(str(given.document("A-1")["SubTotal"])) == Decimal("900.00")
    given.edit(other, move("800.00"), contract="SC-2")
    given.edit(claim, billing_date="2026-08-19")
    run = given.run(CLAIMS)
    assert run.writes == 1, shown(run)  # the due date follows the claim's date
    assert "adjustment of 225.00" in given.message("needs-adjustment")
    given.edit(claim, move("1000.00", "100.00"))
    quiet(given, CLAIMS)
    quiet(given, CLAIMS)


def test_a_claim_that_changes_its_sign_changes_its_document(sandbox: Sandbox) -> None:
    """A bill gives way to a credit note and back while unpaid; afterwards it is an adjustment."""
    given = scene(sandbox)
    given.claim("A-1", move("9000.00"))
    claim = given.claim("A-2", move("1000.00", "100.00"))
    given.run(CLAIMS)
    given.edit(claim, move("-400.00", "-40.00"))
    run = given.run(CLAIMS)
    assert given.warnings() == set(), shown(run)
    assert given.document("A-2")["sign"] == -1
    assert given.document("A-2")["SubTotal"] == Decimal("360.00")
    assert given.documents(dead=True)["A-2"]["Status"] == "VOIDED"
    given.edit(claim, move("600.00", "60.00"))
    given.run(CLAIMS)
    assert given.document("A-2")["sign"] == 1
    given.act("pay_bill", bill="A-2", amount="100.00")
    given.edit(claim, move("-400.00", "-40.00"))
    assert given.run(CLAIMS).writes == 0
    said = given.message("needs-adjustment")
    assert "-360.00 before tax and 540.00 was sent, so an adjustment of -900.00 is proposed" in said


def test_a_claim_taken_back_is_a_warning_or_removes_its_documents(sandbox: Sandbox) -> None:
    """By the option; and everything is well again once it is approved again."""
    given = scene(sandbox, retention="credit_note")
    claim = given.claim("A-1", move("1000.00", "100.00"))
    deleted = given.claim("B-1", move("1000.00"), contract="SC-2")
    given.run(CLAIMS)
    given.act("unapprove_claim", claim_id=claim)
    given.act("delete_claim", claim_id=deleted)
    Cursor.objects.all().delete()  # a deleted claim is missed when everything is read again
    run = given.run(CLAIMS)
    assert (run.writes, given.codes()) == (0, {"withdrawn"}), shown(run)
    assert len(given.warnings()) == 2, shown(run)
    given.act("approve_claim", claim_id=claim)
    run = given.run(CLAIMS)
    assert run.writes == 0, shown(run)
    assert {title for _, title in given.warnings()} == {f"{SECOND}, SC-2 claim 1"}
    given.options(withdrawn="remove")
    given.act("unapprove_claim", claim_id=claim)
    run = given.run(CLAIMS)
    assert given.warnings() == set(), shown(run)
    assert given.documents() == {}, shown(run)
    given.act("approve_claim", claim_id=claim)
    run = given.run(CLAIMS)
    assert set(given.documents()) == {"A-1", "A-1-CN"}, shown(run)
    given.act("pay_bill", bill="A-1", amount="100.00")
    given.act("reject_claim", claim_id=claim)
    assert given.run(CLAIMS).writes == 0
    assert given.codes() == {"needs-adjustment"}


def test_a_period_locked_after_sending_makes_no_noise(sandbox: Sandbox) -> None:
    """Bills that came to lie in it stay; a change of their amount is an adjustment, a new claim a warning."""
    given = scene(sandbox)
    claim = given.claim("A-1", move("1000.00"))
    given.run(CLAIMS)
    given.act("set_lock_date", date="2026-09-30")
    given.edit(claim, comment="Looked at")
    given.options(line_text="Claim {number}: {description_of_work}")
    quiet(given, CLAIMS)
    given.edit(claim, move("1100.00"))
    given.claim("B-1", move("500.00"), contract="SC-2")
    run = given.run(CLAIMS)
    assert run.writes == 0, shown(run)
    assert given.codes() == {"needs-adjustment", "locked-period"}
    assert "adjustment of 100.00" in given.message("needs-adjustment")
    given.act("set_lock_date", date=None)
    given.run(CLAIMS)
    assert given.warnings() == set()
    assert given.document("A-1")["SubTotal"] == Decimal("1100.00")


# --- contacts and projects ----------------------------------------------------------------------------------


def test_contacts_merged_and_archived(sandbox: Sandbox) -> None:
    """A merged contact's claims go to the one that lives on; an archived one is said until it is restored."""
    given = scene(sandbox)
    given.claim("A-1", move("1000.00"))
    given.claim("B-1", move("1000.00"), contract="SC-2")
    given.run()
    given.act("archive_contact", contact=SECOND)
    given.run()
    assert given.codes() == {"archived"}
    given.act("unarchive_contact", contact=SECOND)
    quiet(given)
    given.act("merge_contacts", contact=FIRST, into=SECOND)
    run = given.run()
    assert run.writes == 0, shown(run)
    assert given.codes() == {"merged"}
    given.claim("A-2", move("1000.00"))
    given.run()
    assert given.document("A-2")["Contact"]["Name"] == SECOND
    assert given.codes() == {"merged"}


def test_projects_renamed_and_closed(sandbox: Sandbox) -> None:
    """The option takes the new name; an inactive project's claims wait without a word."""
    given = scene(sandbox)
    given.claim("A-1", move("1000.00"))
    given.run()
    project = given.site.record["id"]
    given.act("rename_project", project_id=project, name="Quarry Lodge")
    given.run()
    categories = {one["Name"]: one["Options"] for one in sandbox.records("xero", "TrackingCategories")}
    assert [one["Name"] for one in categories["Projects"]] == ["Q-1 Quarry Lodge"]
    assert given.document("A-1")["LineItems"][0]["Tracking"][0]["Option"] == "Q-1 Quarry Lodge"
    quiet(given)
    given.act("set_project_active", project_id=project, active=False)
    given.claim("A-2", move("1000.00"))
    run = given.run(CLAIMS)
    assert run.writes == 0, shown(run)
    given.act("set_project_active", project_id=project, active=True)
    given.run()
    assert set(given.documents()) == {"A-1", "A-2"}
    quiet(given)


def test_nothing_waits_for_people_of_a_project_that_is_closed(sandbox: Sandbox) -> None:
    """The project's own warning says how many of its records wait; once it is open they are named again."""
    given = scene(sandbox)
    given.claim("A-1", move("1000.00"), billing_date=None)
    given.claim("A-2", move("500.00", code=UNTAXED))
    CostCodeRule.objects.filter(code=UNTAXED).delete()
    given.run()
    assert given.codes() == {"no-date", "not-mapped"}
    project = given.site.record["id"]
    given.act("set_project_active", project_id=project, active=False)
    run = given.run()
    assert given.codes() == {"project-closed"}, shown(run)
    run = given.run(CLAIMS)
    assert given.codes() == {"project-closed"}, shown(run)
    given.act("set_project_active", project_id=project, active=True)
    run = given.run()
    assert given.codes() == {"no-date", "not-mapped"}, shown(run)


def test_warnings_go_when_their_cause_goes(sandbox: Sandbox) -> None:
    """No number, no date, wrong sums, no account for a code: the next run after it was mended resolves it."""
    given = scene(sandbox)
    undated = given.claim("A-1", move("1000.00"), billing_date=None)
    wrong = given.claim("B-1", move("500.00"), contract="SC-2")
    sandbox.act("break_claim_summary", claim_id=wrong, by="0.50")
    given.run()
    assert given.codes() == {"no-date", "does-not-add-up"}
    assert house.numbers(sandbox) == {}
    given.edit(undated, billing_date="2026-10-01")
    sandbox.act("break_claim_summary", claim_id=wrong, by="0")
    given.run()
    assert given.warnings() == set()
    assert set(given.documents()) == {"A-1", "B-1"}
    quiet(given)
