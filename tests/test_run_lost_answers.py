"""An answer lost after the effect, for every kind of write: found again, and never sent twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from mappings.models import Link, LinkState
from runs import settle, watch
from runs.models import Run, RunState, Scope, Warning
from tests import run_house as house
from tests import test_run_xero_costs as given_costs
from tests.scenes import UNTAXED, move, scene, shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

CHAIN = ("contacts", "projects", "progress-claims", "payments")


# Without or after the effect, or with an answer nobody can read; script/faults has them all.
EFFECTS = ["drop_after"] + ["drop_before", "truncate", "html"] * (os.environ.get("ONECORE_FAULTS") == "all")


@pytest.fixture(autouse=True)
def no_waiting(settings: Settings) -> None:
    """Lost answers may be looked up at once, and a second time right after."""
    settings.ONECORE_READ_TIMEOUT, settings.ONECORE_SETTLE_MARGIN, settings.ONECORE_SETTLE_AGAIN = (
        5,
        -600,
        -600,
    )


def prepared(sandbox: Sandbox) -> Tenant:
    """A tenant of the small world with the integrations that lead to a bill and its payments."""
    tenant = house.prepared(sandbox, enabled=CHAIN)
    Setting.objects.create(
        tenant=tenant, integration="tenant", enabled=True, options={"send_cost_types": False}
    )
    return tenant


def lose(sandbox: Sandbox, method: str, path: str, effect: str = "drop_after") -> None:
    """The next such write takes effect, or not, and its answer is lost."""
    sandbox.faults.add(effect, method=method, path=path, times=1)


def claim(sandbox: Sandbox, number: str) -> dict[str, Any]:
    """A claim by its invoice number."""
    return next(one for one in sandbox.records("procore", "requisitions") if one["invoice_number"] == number)


def everything_is_there_once(sandbox: Sandbox, tenant: Tenant) -> None:
    """After the runs that follow, each target exists once, and nothing is left to do."""
    for _ in range(2):
        house.sync(tenant, *CHAIN)
    assert not Link.objects.filter(state=LinkState.SENDING).exists()
    assert set(house.numbers(sandbox).values()) == {1}
    payments = [one["notes"] for one in sandbox.records("procore", "contract_payments") if one["notes"]]
    assert len(payments) == len(set(payments))
    vendors = [one["name"] for one in sandbox.records("procore", "vendors")]
    assert len(vendors) == len(set(vendors))
    sandbox.calls.reset()
    house.sync(tenant, *CHAIN)
    assert house.writes(sandbox) == 0


def new_vendor(sandbox: Sandbox) -> None:
    sandbox.act(
        "edit_contact",
        contact="Dryandra Painting",
        fields={"Name": "Emu Bush Paving", "TaxNumber": "", "ContactNumber": ""},
    )


def changed_vendor(sandbox: Sandbox) -> None:
    sandbox.act("edit_contact", contact="Acacia Concrete", fields={"EmailAddress": "new@example.com"})


def new_project(sandbox: Sandbox) -> None:
    sandbox.act("add_project", name="Pier", project_number="W-03", stage="Send to Xero")


def renamed_project(sandbox: Sandbox) -> None:
    project = next(one for one in sandbox.records("procore", "projects") if one["project_number"] == "W-01")
    sandbox.act("rename_project", project_id=project["id"], name="Wharf Theatre")


def changed_claim(sandbox: Sandbox) -> None:
    one = claim(sandbox, "CT-1001")
    item = one["items"][0]
    sandbox.act(
        "edit_claim", claim_id=one["id"], items=[{"id": item["id"], "work_completed_this_period": "3000.00"}]
    )


def withdrawn_claim(sandbox: Sandbox) -> None:
    sandbox.act("reject_claim", claim_id=claim(sandbox, "CT-1001")["id"])


def paid_bill(sandbox: Sandbox) -> None:
    sandbox.act("approve_bill", bill="CT-1001")
    sandbox.act("pay_bill", bill="CT-1001")


def deleted_payment(sandbox: Sandbox) -> None:
    sandbox.act("delete_payment", bill="CT-1001")


WRITES: dict[str, tuple[Callable[[Sandbox], None] | None, str, str]] = {
    "a vendor is created": (new_vendor, "PATCH", "vendors/sync"),
    "a vendor is updated": (changed_vendor, "PATCH", "vendors/sync"),
    "a tracking option is created": (new_project, "PUT", "Options"),
    "a tracking option is renamed": (renamed_project, "POST", "Options"),
    "bills are created": (None, "PUT", "Invoices"),
    "a bill is updated": (changed_claim, "POST", "Invoices"),
    "a bill is removed": (withdrawn_claim, "POST", "Invoices"),
    "a payment is written": (paid_bill, "POST", "contract_payments"),
}


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("what", WRITES)
def test_an_answer_is_lost_while(sandbox: Sandbox, what: str, effect: str) -> None:
    act, method, path = WRITES[what]
    tenant = prepared(sandbox)
    Setting.objects.filter(integration="progress-claims").update(
        options=house.RETENTION | {"withdrawn": "remove"}
    )
    if act is not None:
        house.sync(tenant, *CHAIN)
        act(sandbox)
    lose(sandbox, method, path, effect)
    house.sync(tenant, *CHAIN)
    assert any(fault["hits"] for fault in sandbox.faults.all()), "the write never came"
    everything_is_there_once(sandbox, tenant)


def test_a_payment_is_removed(sandbox: Sandbox) -> None:
    tenant = prepared(sandbox)
    house.sync(tenant, *CHAIN)
    paid_bill(sandbox)
    house.sync(tenant, *CHAIN)
    assert Link.objects.linked().filter(integration="payments").count() == 1
    deleted_payment(sandbox)
    lose(sandbox, "DELETE", "contract_payments")
    house.sync(tenant, *CHAIN)
    everything_is_there_once(sandbox, tenant)
    assert not [one for one in sandbox.records("procore", "contract_payments") if one["notes"]]


def test_a_record_not_found_twice_is_sent_again_and_not_before(sandbox: Sandbox) -> None:
    tenant = prepared(sandbox)
    lose(sandbox, "PUT", "Invoices", "drop_before")
    house.sync(tenant, *CHAIN)
    assert Link.objects.unanswered().count() == 6
    house.sync(tenant, "progress-claims")
    assert not house.bills(sandbox), "one search is not enough"
    assert set(Link.objects.unanswered().values_list("looked", flat=True)) == {1}
    house.sync(tenant, "progress-claims")
    assert len(house.bills(sandbox)) == 6


def test_several_records_with_one_mark_are_a_warning(sandbox: Sandbox) -> None:
    tenant = prepared(sandbox)
    lose(sandbox, "PUT", "Invoices", "drop_after")
    house.sync(tenant, *CHAIN)
    bill = next(one for one in house.bills(sandbox) if one["InvoiceNumber"] == "AC-1")
    house.enter_bill(tenant, number="AC-1", url=bill["Url"], contact=bill["Contact"]["ContactID"])
    house.sync(tenant, "progress-claims")
    assert Link.objects.unanswered().count() == 1
    assert Warning.objects.filter(code="several-found").exists()


def test_an_allocation_is_known_again_without_a_mark(sandbox: Sandbox) -> None:
    """Allocations have no room for a mark: the two documents, the date and the amount have to do."""
    tenant = prepared(sandbox)
    chosen = house.RETENTION | {"retention": "credit_note", "bill_status": "AUTHORISED"}
    Setting.objects.filter(integration="progress-claims").update(options=chosen)
    lose(sandbox, "PUT", "Allocations")
    house.sync(tenant, *CHAIN)
    assert any(fault["hits"] for fault in sandbox.faults.all()), "nothing was allocated"
    for _ in range(2):
        house.sync(tenant, *CHAIN)
    assert not Link.objects.unanswered().exists()
    for note in sandbox.records("xero", "CreditNotes"):
        assert len(note["Allocations"]) <= 1, note
    sandbox.calls.reset()
    house.sync(tenant, *CHAIN)
    assert house.writes(sandbox) == 0


def test_a_run_for_one_record_sends_again_whatever_it_settles(sandbox: Sandbox) -> None:
    """Answers become due one after the other: whoever looks them up first finishes all of them."""
    tenant = prepared(sandbox)
    lose(sandbox, "PUT", "Invoices", "drop_before")
    house.sync(tenant, *CHAIN)
    waiting = sorted(Link.objects.unanswered().values_list("subject", flat=True))
    assert len(waiting) == 6
    for _ in range(2):
        house.sync(tenant, "progress-claims", scope=Scope.RECORD, subjects=waiting[:1])
    assert sorted(house.numbers(sandbox).values()) == [1] * 6
    assert not Link.objects.unanswered().exists()


def test_a_changed_amount_whose_answer_was_lost_is_not_taken_for_a_change_by_hand(sandbox: Sandbox) -> None:
    given = scene(sandbox)
    one = given.claim("A-1", move("1000.00", "100.00"))
    given.run("progress-claims")
    given.edit(one, move("1300.00", "130.00"), move("500.00", code=UNTAXED))
    lose(sandbox, "POST", "Invoices")
    given.run("progress-claims")
    assert any(fault["hits"] for fault in sandbox.faults.all()), "the bill was not updated"
    run = given.run("progress-claims")
    assert given.warnings() == set(), shown(run)
    assert str(given.document("A-1")["SubTotal"]) == "1670.00"
    given.edit(one, move("1100.00", "110.00"), move("400.00", code=UNTAXED))
    run = given.run("progress-claims")
    assert (given.warnings(), run.writes) == (set(), 1), shown(run)
    assert str(given.document("A-1")["SubTotal"]) == "1390.00"


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1), (2, 2)])
def test_lines_written_over_others_are_known_again(sandbox: Sandbox, first: int, second: int) -> None:
    """Lines trade projects, and the answers to both updates are lost."""
    tenant = given_costs.ready(sandbox)
    halves = [("W-01", "2.00")] * first + [("W-02", "3.00")] * second
    lines = [given_costs.line(amount, given_costs.tracked(sandbox, project)) for project, amount in halves]
    bill = {"contact": given_costs.VENDOR, "amount": "0", "account": given_costs.TIMBER, "number": "4711"}
    sandbox.act("enter_bill", **bill, lines=lines)
    given_costs.run_costs(sandbox, tenant)
    for place, (project, _) in enumerate(halves):
        other = "W-02" if project == "W-01" else "W-01"
        sandbox.act("track_line", document="4711", project=other, line=place)
    sandbox.faults.add("drop_after", method="PATCH", path="direct_costs", times=2)
    given_costs.run_costs(sandbox, tenant)
    assert Link.objects.unanswered().count() == 2
    run = given_costs.run_costs(sandbox, tenant)
    assert (run.writes, given_costs.codes()) == (0, set()), shown(run)  # type: ignore[attr-defined]
    assert {number: sum(amounts) for (number, _), amounts in given_costs.costs(sandbox).items()} == {
        "W-01": Decimal("3.00") * second,
        "W-02": Decimal("2.00") * first,
    }
    sandbox.act("void_bill", bill="4711")
    given_costs.run_costs(sandbox, tenant)
    assert given_costs.costs(sandbox) == {}


@pytest.mark.parametrize("effect", ["drop_after", "drop_before"])
def test_an_amount_changed_by_hand_meanwhile_is_still_noticed(sandbox: Sandbox, effect: str) -> None:
    given = scene(sandbox)
    one = given.claim("A-1", move("1000.00"))
    given.run("progress-claims")
    given.edit(one, move("1300.00"))
    lose(sandbox, "POST", "Invoices", effect)
    given.run("progress-claims")
    given.act("edit_bill", bill="A-1", amount="1250.00")
    run = given.run("progress-claims")
    assert (given.codes(), run.writes) == ({"amount-by-hand"}, 0), shown(run)


def test_looking_up_what_a_person_must_settle_does_not_go_on_all_day(sandbox: Sandbox) -> None:
    tenant = prepared(sandbox)
    lose(sandbox, "PUT", "Invoices", "drop_after")
    house.sync(tenant, *CHAIN)
    bill = next(one for one in house.bills(sandbox) if one["InvoiceNumber"] == "AC-1")
    extra = {"number": "AC-1", "url": bill["Url"], "contact": bill["Contact"]["ContactID"]}
    house.enter_bill(tenant, **extra)
    (run,) = watch.look_up_answers()
    house.work_here(run)
    assert Warning.objects.waiting().get(code="several-found").times >= 1
    assert watch.look_up_answers() == []
    house.sync(tenant, "progress-claims")
    assert Warning.objects.waiting().filter(code="several-found").count() == 1
    twin = next(one for one in house.bills(sandbox) if one["Url"] == bill["Url"] and one != bill)
    sandbox.act("delete_bill", bill=twin["InvoiceID"])
    everything_is_there_once(sandbox, tenant)
    assert not Warning.objects.waiting().exists()


def test_answers_of_a_lost_connection_are_not_looked_up_again_and_again(sandbox: Sandbox) -> None:
    tenant = prepared(sandbox)
    lose(sandbox, "PUT", "Invoices", "drop_after")
    house.sync(tenant, *CHAIN)
    sandbox.act("disconnect")
    (run,) = watch.look_up_answers()
    house.work_here(run)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert watch.look_up_answers() == []
    Run.objects.update(finished_at=timezone.now() - timedelta(hours=2))
    assert len(watch.look_up_answers()) == 1
    Run.objects.update(state=RunState.DONE)
    Tenant.objects.update(is_active=False)
    assert watch.look_up_answers() == []


def test_an_answer_that_cannot_be_looked_up_holds_up_no_other_record(sandbox: Sandbox) -> None:
    tenant = prepared(sandbox)
    house.sync(tenant, *CHAIN)
    paid_bill(sandbox)
    lose(sandbox, "POST", "contract_payments")
    house.sync(tenant, *CHAIN)
    assert Link.objects.unanswered().count() == 1
    sandbox.faults.add("status", method="GET", path="contract_payments", status=403, times=None)
    run = house.sync(tenant, "payments")
    assert run.state == RunState.WARNED, run.message
    assert Warning.objects.waiting().filter(code="project-unreadable").exists()
    assert Link.objects.unanswered().count() == 1
    assert watch.look_up_answers() == []
    sandbox.faults.clear()
    everything_is_there_once(sandbox, tenant)
    assert not Warning.objects.waiting().exists()


@pytest.mark.parametrize(("value", "there", "alike"), [
    ("1000.00", 1000, True), ("1000.00", Decimal("1000.0"), True), ("1000.01", 1000, False), (True, 1, False),
])  # fmt: skip
def test_an_amount_is_known_again_however_it_is_written(value: Any, there: Any, alike: bool) -> None:
    assert settle._alike(there, value) is alike
