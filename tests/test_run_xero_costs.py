"""Costs that start in Xero on their way to Procore: made once, moved with their lines, taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from mappings import decisions
from mappings.models import Link, LinkState, ReverseRule
from runs import linking
from runs.models import Cursor, Mode, Run, Warning
from tests import run_house as house
from tests.portal_house import person, signed_in
from tests.test_run_small import shown

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = ("accounts", "contacts", "projects", "cost-codes", "cost-types")
VENDOR = "Dryandra Painting"
TIMBER = "306"


def costs(sandbox: Sandbox) -> dict[tuple[str, str], tuple[Decimal, ...]]:
    """Procore's direct costs: project's number and the cost's number -> the amounts of its lines."""
    numbers = {one["id"]: one["project_number"] for one in sandbox.records("procore", "projects")}
    return {
        (numbers[one["project"]["id"]], one["invoice_number"]): tuple(
            Decimal(str(line["amount"])) for line in one["line_items"]
        )
        for one in sandbox.records("procore", "direct_costs")
    }


def tracked(sandbox: Sandbox, project: str) -> list[dict[str, str]]:
    """The tracking of a line, as the API takes it, by the beginning of an option's name."""
    for category in sandbox.records("xero", "TrackingCategories"):
        for option in category["Options"]:
            if option["Name"].startswith(project):
                ids = {name: category[name] for name in ("TrackingCategoryID",)}
                return [ids | {"TrackingOptionID": option["TrackingOptionID"]}]
    raise AssertionError(project)


def line(amount: str, tracking: list[dict[str, str]], account: str = TIMBER) -> dict[str, Any]:
    """A line of a bill."""
    return {
        "Description": f"Boards for {amount}", "Quantity": 1, "UnitAmount": amount, "AccountCode": account,
        "Tracking": tracking,
    }  # fmt: skip


def ready(sandbox: Sandbox, **options: Any) -> Tenant:
    """A tenant whose projects and contacts are linked; timber is a cost code of its own on both projects."""
    tenant = house.prepared(sandbox)
    house.sync(tenant, *BEFORE)
    for project, code in (("W-01", "06-100"), ("W-02", "05-200")):
        ReverseRule.objects.create(
            tenant=tenant, account=TIMBER, tracking=option_name(sandbox, project), cost_code=code
        )
    Setting.objects.filter(tenant=tenant, integration="xero-costs").update(options=options)
    sandbox.calls.reset()
    return tenant


def option_name(sandbox: Sandbox, project: str) -> str:
    """The name of a project's tracking option."""
    found = (option for one in sandbox.records("xero", "TrackingCategories") for option in one["Options"])
    return next(str(option["Name"]) for option in found if option["Name"].startswith(project))


def run_costs(sandbox: Sandbox, tenant: Tenant, *more: str, **over: Any) -> Run:
    """A run of Xero costs, with the writes it made as `writes`."""
    before = house.writes(sandbox)
    run: Any = house.sync(tenant, *more, "xero-costs", **over)
    run.writes = house.writes(sandbox) - before
    return run


def codes() -> set[str]:
    """The codes of the warnings that are open."""
    found = Warning.objects.filter(integration="xero-costs", state="open").values_list("code", flat=True)
    return set(found)


def test_costs_come_once_move_with_their_lines_and_end_with_their_documents(sandbox: Sandbox) -> None:
    tenant = ready(sandbox, manual_journals=True, fallback_vendor=VENDOR)
    both = [line("300.00", tracked(sandbox, "W-01")), line("120.50", tracked(sandbox, "W-02"))]
    sandbox.act("enter_bill", contact=VENDOR, amount="0", account=TIMBER, number="4711", lines=both)
    credit = {"contact": VENDOR, "amount": "40.00", "account": TIMBER, "project": "W-01"}
    sandbox.act("enter_bill", **credit, number="CR-1", credit=True)
    spent = sandbox.act("spend_money", contact=VENDOR, amount="75.25", account=TIMBER, project="W-01")
    journal = {"narration": "Boards moved", "amount": "10.00", "debit": TIMBER, "credit": "310"}
    posted = sandbox.act("post_journal", **journal, project="W-02")
    short = {name: str(one)[:8] for name, one in (("spent", spent["BankTransactionID"]),
                                                  ("posted", posted["ManualJournalID"]))}  # fmt: skip
    tried = run_costs(sandbox, tenant, mode=Mode.DEBUG)
    assert (tried.writes, Link.objects.filter(integration="xero-costs").count()) == (0, 0), shown(tried)  # type: ignore[attr-defined]

    run = run_costs(sandbox, tenant)
    assert run.state == "done", shown(run)
    assert costs(sandbox) == {
        ("W-01", "4711"): (Decimal("300.00"),),
        ("W-02", "4711"): (Decimal("120.50"),),
        ("W-01", "CR-1"): (Decimal("-40.00"),),
        ("W-01", short["spent"]): (Decimal("75.25"),),
        ("W-02", short["posted"]): (Decimal("10.00"),),
    }, shown(run)
    second = run_costs(sandbox, tenant)
    assert (second.state, second.writes) == ("done", 0), shown(second)  # type: ignore[attr-defined]

    sandbox.act("track_line", document="4711", project="W-02", line=0)
    sandbox.act("void_journal", journal=posted["ManualJournalID"])
    sandbox.act("delete_transaction", transaction=spent["BankTransactionID"])
    run = run_costs(sandbox, tenant)
    assert costs(sandbox) == {
        ("W-02", "4711"): (Decimal("120.50"), Decimal("300.00")),
        ("W-01", "CR-1"): (Decimal("-40.00"),),
    }, shown(run)
    sandbox.act("track_line", document="4711", project="W-01", line=1)
    run = run_costs(sandbox, tenant)
    assert costs(sandbox)["W-02", "4711"] == (Decimal("0.00"), Decimal("300.00")), shown(run)
    assert costs(sandbox)["W-01", "4711"] == (Decimal("120.50"),)
    sandbox.act("void_bill", bill="4711")
    sandbox.act("void_credit_note", credit_note="CR-1")
    run = run_costs(sandbox, tenant)
    assert costs(sandbox) == {}, shown(run)
    last = run_costs(sandbox, tenant)
    assert (last.writes, codes()) == (0, set()), shown(last)  # type: ignore[attr-defined]


def test_a_bill_of_a_claim_never_comes_back_not_even_unlinked(sandbox: Sandbox) -> None:
    tenant = ready(sandbox)
    run = run_costs(sandbox, tenant, "progress-claims")
    assert (costs(sandbox), codes()) == ({}, set()), shown(run)
    for one in house.bills(sandbox):
        sandbox.act("approve_bill", bill=one["InvoiceID"], due="2026-12-20")
    links = Link.objects.filter(integration="progress-claims")
    assert links.count() > 0
    links.update(state=LinkState.UNLINKED)
    run = run_costs(sandbox, tenant)
    assert (run.writes, costs(sandbox), codes()) == (0, {}, set()), shown(run)  # type: ignore[attr-defined]


def test_a_bill_that_a_claim_takes_over_is_no_cost_the_same_night(sandbox: Sandbox) -> None:
    """Linked as it stands, the bill itself does not change: no list tells of it."""
    tenant = ready(sandbox)
    bill = {"contact": VENDOR, "amount": "99.00", "account": TIMBER, "project": "W-01"}
    sandbox.clock.set(now=datetime.now(UTC) - timedelta(days=1))
    taken = sandbox.act("enter_bill", **bill, number="M-1")
    sandbox.act("enter_bill", **bill, number="M-2")
    sandbox.clock.set(now=datetime.now(UTC))
    run = run_costs(sandbox, tenant)
    assert {number for _, number in costs(sandbox)} == {"M-1", "M-2"}, shown(run)
    Link.objects.create(
        tenant=tenant, integration="progress-claims", role="bill", subject="77", group="77", system="xero",
        resource="bills", scope_id="elsewhere", target_id=taken["InvoiceID"], state=LinkState.LINKED,
    )  # fmt: skip
    run = run_costs(sandbox, tenant)
    assert {number for _, number in costs(sandbox)} == {"M-2"}, shown(run)


@pytest.mark.parametrize("details", [{"adopted": True}, {"chosen": "somebody"}])
def test_a_bill_linked_to_a_claim_by_mistake_is_a_cost_again_once_it_is_unlinked(
    sandbox: Sandbox, details: dict[str, Any]
) -> None:
    """Nothing of it was written by OneCore; the bill itself does not change."""
    tenant = ready(sandbox)
    bill = {"contact": VENDOR, "amount": "99.00", "account": TIMBER, "project": "W-01"}
    sandbox.clock.set(now=datetime.now(UTC) - timedelta(days=1))
    mistaken = sandbox.act("enter_bill", **bill, number="M-1")
    sandbox.clock.set(now=datetime.now(UTC))
    run_costs(sandbox, tenant)
    link = Link.objects.create(
        tenant=tenant, integration="progress-claims", role="bill", subject="77", group="77", system="xero",
        resource="bills", scope_id="elsewhere", target_id=mistaken["InvoiceID"], state=LinkState.LINKED,
        details=details,
    )  # fmt: skip
    run = run_costs(sandbox, tenant)
    assert costs(sandbox) == {}, shown(run)
    decisions.unlink(link, reason="it is an ordinary bill", user=None)
    run = run_costs(sandbox, tenant)
    assert costs(sandbox) == {("W-01", "M-1"): (Decimal("99.00"),)}, shown(run)
    last = run_costs(sandbox, tenant)
    assert (last.writes, codes()) == (0, set()), shown(last)  # type: ignore[attr-defined]


def test_a_late_bill_stays_listed_when_it_is_paid_and_goes_once_somebody_says_so(sandbox: Sandbox) -> None:
    tenant, today = ready(sandbox), timezone.localdate()
    Setting.objects.filter(tenant=tenant, integration="xero-costs").update(start_date=today)
    late = {"contact": VENDOR, "account": TIMBER, "project": "W-01"}
    sandbox.act("enter_bill", **late, amount="99.00", number="L-1")
    sandbox.act("edit_bill", bill="L-1", date=str(today - timedelta(days=2)))
    run = run_costs(sandbox, tenant)
    assert (costs(sandbox), codes()) == ({}, {"before-start"}), shown(run)
    sandbox.act("pay_bill", bill="L-1", date=str(today))
    sandbox.act("enter_bill", **late, amount="77.00", number="L-2")
    sandbox.act("edit_bill", bill="L-2", date=str(today - timedelta(days=2)))
    sandbox.act("pay_bill", bill="L-2", date=str(today))
    run = run_costs(sandbox, tenant)
    warning = Warning.objects.get(integration="xero-costs", state="open")
    assert (costs(sandbox), "L-1" in warning.record_title) == ({}, True), shown(run)
    place = linking.place_of_warning(warning)
    assert place is not None
    decisions.send_although(place, reason="its cost is not in Procore", user=None)
    run = run_costs(sandbox, tenant)
    assert costs(sandbox) == {("W-01", "L-1"): (Decimal("99.00"),)}, shown(run)
    last = run_costs(sandbox, tenant)
    assert (last.writes, codes()) == (0, set()), shown(last)  # type: ignore[attr-defined]


def test_lines_of_a_long_bill_that_trade_projects_are_written_over_one_another(sandbox: Sandbox) -> None:
    """Procore keeps lines and takes a hundred in one request: as many new ones as old ones are too many."""
    tenant, each = ready(sandbox), 51
    halves = [(amount, project) for project, amount in (("W-01", "2.00"), ("W-02", "3.00"))]
    lines = [line(amount, tracked(sandbox, project)) for amount, project in halves for _ in range(each)]
    sandbox.act("enter_bill", contact=VENDOR, amount="0", account=TIMBER, number="4711", lines=lines)
    run_costs(sandbox, tenant)
    for place in range(2 * each):
        other = "W-02" if place < each else "W-01"
        sandbox.act("track_line", document="4711", project=other, line=place)
    run = run_costs(sandbox, tenant)
    assert costs(sandbox) == {
        ("W-01", "4711"): (Decimal("3.00"),) * each,
        ("W-02", "4711"): (Decimal("2.00"),) * each,
    }, shown(run)
    last = run_costs(sandbox, tenant)
    assert (last.writes, codes()) == (0, set()), shown(last)  # type: ignore[attr-defined]


def test_a_lock_is_written_last_and_what_comes_later_is_a_difference(sandbox: Sandbox) -> None:
    tenant = ready(sandbox, locking="on")
    sandbox.act("enter_bill", contact=VENDOR, amount="99.00", account=TIMBER, project="W-01", number="L-1")
    run = run_costs(sandbox, tenant)
    assert costs(sandbox) == {("W-01", "L-1"): (Decimal("99.00"),)}, shown(run)
    assert sandbox.records("procore", "direct_costs")[0]["origin_id"], shown(run)
    assert run_costs(sandbox, tenant).writes == 0  # type: ignore[attr-defined]
    sandbox.act("edit_bill", bill="L-1", amount="109.00")
    run_costs(sandbox, tenant)
    sandbox.act("void_bill", bill="L-1")
    run = run_costs(sandbox, tenant)
    held = {number: amounts for (_, number), amounts in costs(sandbox).items()}
    assert held == {
        "L-1": (Decimal("99.00"),),
        "L-1-1": (Decimal("10.00"),),
        "L-1-2": (Decimal("-109.00"),),
    }, shown(run)
    last = run_costs(sandbox, tenant)
    assert (last.writes, codes()) == (0, set()), shown(last)  # type: ignore[attr-defined]


def test_a_bill_of_two_projects_is_locked_on_both(sandbox: Sandbox) -> None:
    tenant = ready(sandbox, locking="on")
    both = [line("300.00", tracked(sandbox, "W-01")), line("120.50", tracked(sandbox, "W-02"))]
    sandbox.act("enter_bill", contact=VENDOR, amount="0", account=TIMBER, number="4711", lines=both)
    run = run_costs(sandbox, tenant)
    origins = {one["origin_id"] for one in sandbox.records("procore", "direct_costs")}
    assert (len(origins), None in origins, codes()) == (2, False, set()), shown(run)
    sandbox.act("void_bill", bill="4711")
    run = run_costs(sandbox, tenant)
    assert costs(sandbox) == {
        ("W-01", "4711"): (Decimal("300.00"),),
        ("W-02", "4711"): (Decimal("120.50"),),
        ("W-01", "4711-1"): (Decimal("-300.00"),),
        ("W-02", "4711-1"): (Decimal("-120.50"),),
    }, shown(run)


def test_a_cost_whose_lock_was_refused_follows_its_bill_until_it_is_locked(sandbox: Sandbox) -> None:
    tenant = ready(sandbox, locking="on")
    bill = {"contact": VENDOR, "account": TIMBER, "project": "W-01", "amount": "99.00"}
    entered = [sandbox.act("enter_bill", **bill, number=number)["InvoiceID"] for number in ("L-1", "L-2")]
    [project] = [one for one in sandbox.records("procore", "projects") if one["project_number"] == "W-01"]
    for number, one in enumerate(entered):
        made = {"project_id": project["id"], "invoice_number": f"T-{number}", "line_items": []}
        other = sandbox.act("add_direct_cost", kind="expense", **made)
        sandbox.act("set_origin", kind="direct_costs", id=other["id"], origin_id=f"{one}:{project['id']}")
    run = run_costs(sandbox, tenant)
    assert codes() == {"refused"}, shown(run)
    sandbox.act("edit_bill", bill="L-1", amount="109.00")
    sandbox.act("void_bill", bill="L-2")
    run = run_costs(sandbox, tenant)
    assert costs(sandbox)["W-01", "L-1"] == (Decimal("109.00"),), shown(run)
    assert ("W-01", "L-2") not in costs(sandbox)
    Link.objects.filter(role="lock").update(refused_at=timezone.now() - timedelta(days=2))
    for other in sandbox.records("procore", "direct_costs"):
        if other["invoice_number"].startswith("T-"):
            sandbox.act("set_origin", kind="direct_costs", id=other["id"], origin_id=None)
    run = run_costs(sandbox, tenant)
    locked = [one for one in sandbox.records("procore", "direct_costs") if one["invoice_number"] == "L-1"]
    assert [one["origin_id"] for one in locked] == [f"{entered[0]}:{project['id']}"], shown(run)
    last = run_costs(sandbox, tenant)
    assert (last.writes, codes()) == (0, set()), shown(last)  # type: ignore[attr-defined]


def test_a_choice_becomes_a_rule_and_many_costs_are_compared_by_their_list(sandbox: Sandbox) -> None:
    tenant = ready(sandbox)
    for number in range(8):
        bill = {"contact": VENDOR, "amount": f"{number + 1}.00", "account": TIMBER, "project": "W-01"}
        sandbox.act("enter_bill", **bill, number=f"M-{number}")
    sandbox.act("enter_bill", contact=VENDOR, amount="5.00", account="303", project="W-01", number="L-2")
    run = run_costs(sandbox, tenant)
    assert (len(costs(sandbox)), codes()) == (8, {"several-codes"}), shown(run)
    warning = Warning.objects.get(integration="xero-costs", code="several-codes")
    place = next(place for place, (words, _) in enumerate(warning.choices) if words.startswith("03-100"))
    client = signed_in(person("chooser", tenant, role="editor"))
    page = client.get(reverse("admin:runs_warning_change", args=[warning.pk]))
    assert "Make it a rule" in page.content.decode()
    client.post(reverse("admin:warning_choose", args=[warning.pk]), {"choice": str(place)})
    rule = ReverseRule.objects.get(tenant=tenant, account="303")
    assert (rule.contact, rule.cost_code) == (VENDOR, "03-100")
    Cursor.objects.filter(integration="xero-costs").delete()
    sandbox.calls.reset()
    run = run_costs(sandbox, tenant)
    assert (costs(sandbox)["W-01", "L-2"], codes()) == ((Decimal("5.00"),), set()), shown(run)
    single = "GET /rest/v1.1/projects/{project_id}/direct_costs/{id}"
    assert single not in sandbox.calls.summary()["by_path"]
    assert Warning.objects.get(pk=warning.pk).state == "resolved"
    stranger = signed_in(person("stranger", Tenant.objects.create(slug="other", name="Other")))
    address = reverse("admin:warning_choose", args=[warning.pk])
    assert stranger.post(address, {"choice": "0"}).status_code == 404


def test_a_cost_that_somebody_changes_in_procore_is_said_the_next_night(sandbox: Sandbox) -> None:
    """Its bill says nothing of that; the reading of the project's direct costs does."""
    tenant = ready(sandbox, fallback_vendor=VENDOR)
    spent = {"contact": VENDOR, "amount": "75.25", "account": TIMBER, "project": "W-01"}
    sandbox.act("spend_money", **spent)
    run_costs(sandbox, tenant, "direct-costs")
    Cursor.objects.update(read_at=timezone.now() - timedelta(seconds=2))  # its bill is not read again
    (cost,) = sandbox.records("procore", "direct_costs")
    changed = [{"id": cost["line_items"][0]["id"], "amount": "80.00"}]
    sandbox.act("edit_direct_cost", cost_id=cost["id"], line_items=changed)
    run = run_costs(sandbox, tenant, "direct-costs")
    assert codes() == {"amount-by-hand"}, shown(run)
    sandbox.act("edit_direct_cost", cost_id=cost["id"], line_items=[changed[0] | {"amount": "75.25"}])
    run = run_costs(sandbox, tenant, "direct-costs")
    assert codes() == set(), shown(run)


def test_a_cost_corrected_in_procore_is_settled_once_its_bill_says_the_same(sandbox: Sandbox) -> None:
    """And the bill's next change goes out again."""
    tenant = ready(sandbox)
    bill = {"contact": VENDOR, "amount": "1000.00", "account": TIMBER, "project": "W-01"}
    sandbox.act("enter_bill", **bill, number="C-1")
    run_costs(sandbox, tenant)
    (cost,) = sandbox.records("procore", "direct_costs")
    corrected = [{"id": cost["line_items"][0]["id"], "amount": "900.00"}]
    sandbox.act("edit_direct_cost", cost_id=cost["id"], line_items=corrected)
    sandbox.act("edit_bill", bill="C-1", description="Boards, as delivered")
    run = run_costs(sandbox, tenant)
    assert (codes(), run.writes) == ({"amount-by-hand"}, 0), shown(run)  # type: ignore[attr-defined]
    sandbox.act("edit_bill", bill="C-1", amount="900.00")
    run = run_costs(sandbox, tenant)
    assert (codes(), costs(sandbox)) == (set(), {("W-01", "C-1"): (Decimal("900.00"),)}), shown(run)
    assert run_costs(sandbox, tenant).writes == 0  # type: ignore[attr-defined]
    sandbox.act("edit_bill", bill="C-1", amount="950.00")
    run = run_costs(sandbox, tenant)
    assert (codes(), costs(sandbox)) == (set(), {("W-01", "C-1"): (Decimal("950.00"),)}), shown(run)
