"""A changed rule or option holds for what is not sent yet; what was sent follows by an approved plan only."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from integrations.rule_books import STANDS
from integrations.sandbox.server import Sandbox
from mappings.models import CostCodeRule, LabourRate, Link
from runs import approvals, dispatch
from runs.management.commands.sync import work_here
from runs.models import Cursor, Entry, Run
from tests import run_house as house
from tests.scenes import TAXED, UNTAXED, Scene, move, scene, shown
from tests.test_run_labour import Crew, crew, number

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
__all__ = ["crew"]

CLAIMS = "progress-claims"


def recode(account: str, **more: str) -> None:
    """Give the cost code another account from now on."""
    assert CostCodeRule.objects.filter(code=TAXED).update(expense_account=account, **more) == 1


def a_week_passes() -> None:
    """The next run reads everything again."""
    Cursor.objects.all().delete()


def accounts(given: Scene) -> dict[str, set[str]]:
    """The accounts on each document."""
    found = given.documents()
    return {name: {line["AccountCode"] for line in one["LineItems"]} for name, one in found.items()}


def test_a_changed_rule_leaves_what_was_sent_until_a_plan_is_approved(sandbox: Sandbox) -> None:
    given = scene(sandbox)
    claim = given.claim("A-1", move("10000.00"))
    given.claim("A-2", move("2000.00"))
    given.run(CLAIMS)
    recode("310")
    given.claim("A-3", move("3000.00"))
    a_week_passes()
    run = given.run(CLAIMS)
    assert accounts(given) == {"A-1": {"303"}, "A-2": {"303"}, "A-3": {"310"}}, shown(run)
    assert run.writes == 1 and given.codes() == set(), shown(run)
    # What is edited afterwards keeps the coding under which it was sent.
    given.edit(claim, move("11000.00"))
    run = given.run(CLAIMS)
    assert accounts(given)["A-1"] == {"303"} and run.writes == 1, shown(run)
    assert given.document("A-1")["SubTotal"] == 11000
    before = house.writes(sandbox)
    plan = house.planned(given.tenant, CLAIMS)
    assert house.writes(sandbox) == before, "a plan writes nothing"
    entries = Entry.objects.filter(run=plan).to_send()
    assert {entry.action for entry in entries} == {"update"} and len(entries) == 2
    moved = {(one["before"], one["after"]) for entry in entries for one in entry.differences}
    assert moved == {("303", "310")}
    applied = approvals.approve(plan, None, by="tests")
    work_here(applied)
    assert accounts(given) == {name: {"310"} for name in ("A-1", "A-2", "A-3")}, shown(applied)
    a_week_passes()
    assert given.run(CLAIMS).writes == 0


def test_a_code_that_the_earlier_rules_do_not_know_is_sent_under_todays(sandbox: Sandbox) -> None:
    given = scene(sandbox)
    CostCodeRule.objects.filter(code=UNTAXED).update(code="99-999")
    claim = given.claim("A-1", move("10000.00"))
    given.run(CLAIMS)
    given.edit(claim, move("10000.00"), move("500.00", code=UNTAXED))
    given.run(CLAIMS)
    assert given.codes() == {"not-mapped"} and accounts(given) == {"A-1": {"303"}}
    CostCodeRule.objects.filter(code="99-999").update(code=UNTAXED)
    run = given.run(CLAIMS)
    assert given.codes() == set() and len(given.document("A-1")["LineItems"]) == 2, shown(run)


def test_a_plan_whose_record_moved_meanwhile_is_not_sent(sandbox: Sandbox) -> None:
    given = scene(sandbox)
    claim = given.claim("A-1", move("10000.00"))
    given.run(CLAIMS)
    recode("310")
    plan = house.planned(given.tenant, CLAIMS)
    given.edit(claim, move("12000.00"))
    applied = approvals.approve(plan, None, by="tests")
    work_here(applied)
    applied.refresh_from_db()
    assert accounts(given) == {"A-1": {"303"}} and applied.counts[CLAIMS]["moved"] == 1


def test_options_and_tax_of_paid_bills_stand_too(sandbox: Sandbox) -> None:
    """Another due date would be sent, and another tax type proposed as an adjustment: only once asked for."""
    given = scene(sandbox)
    given.claim("A-1", move("10000.00"))
    given.claim("A-2", move("2000.00"))
    given.run(CLAIMS)
    given.act("pay_bill", bill="A-1")
    due = {name: one["DueDate"] for name, one in given.documents().items()}
    given.options(due_date="days", due_days=3)
    CostCodeRule.objects.filter(code=TAXED).update(tax_type="EXEMPTEXPENSES")
    a_week_passes()
    run = given.run(CLAIMS)
    assert run.writes == 0 and given.codes() == set(), shown(run)
    applied = house.renewed(given.tenant, CLAIMS)
    found = given.documents()
    assert found["A-2"]["DueDate"] != due["A-2"], shown(applied)
    assert {line["TaxType"] for line in found["A-2"]["LineItems"]} == {"EXEMPTEXPENSES"}
    moved = {line["TaxType"]: Decimal(str(line["UnitAmount"])) for line in found["A-1-ADJ1"]["LineItems"]}
    # Nothing before tax, the tax to be had back: a credit note, since no bill may come to less than nothing.
    assert found["A-1-ADJ1"]["sign"] == -1
    assert moved == {"INPUT": Decimal(10000), "EXEMPTEXPENSES": Decimal(-10000)}, shown(applied)


def test_time_keeps_the_rate_at_which_it_was_costed(crew: Crew) -> None:
    crew.run()
    costs = crew.costs()
    LabourRate.objects.filter(rate=80).update(rate=90)
    a_week_passes()
    run = crew.run("labour")
    assert crew.costs() == costs and house.writes(crew.sandbox) == 0, shown(run)
    applied = house.renewed(crew.tenant, "labour")
    assert crew.costs()[number(0, "2026-11-09")] == "720.00", shown(applied)
    a_week_passes()
    run = crew.run("labour")
    assert house.writes(crew.sandbox) == 0, shown(run)


def test_only_a_plan_brings_what_was_sent_to_other_rules(sandbox: Sandbox, capsys: Any) -> None:
    given = scene(sandbox)
    given.claim("A-1", move("10000.00"))
    given.run(CLAIMS)
    with pytest.raises(IntegrityError), transaction.atomic():
        dispatch.start(given.tenant, [CLAIMS], renews=True)
    recode("310")
    said = house.printed("sync", given.tenant.slug, CLAIMS, "--renew", "--here", capsys=capsys)
    assert "1 would update" in said and accounts(given) == {"A-1": {"303"}}, said
    plan = Run.objects.order_by("-pk").first()
    assert plan is not None
    call_command("sync", given.tenant.slug, "--approve", str(plan.pk), "--here")
    assert accounts(given) == {"A-1": {"310"}}
    with pytest.raises(CommandError, match="decided already"):
        call_command("sync", given.tenant.slug, "--approve", str(plan.pk), "--here")


def test_bills_stand_though_the_account_of_earlier_rules_is_archived(sandbox: Sandbox) -> None:
    """Nothing in them changed; one that is edited then goes over to today's account."""
    given = scene(sandbox)
    claim = given.claim("A-1", move("10000.00"))
    given.claim("A-2", move("2000.00"))
    given.run(CLAIMS)
    recode("310")
    given.act("archive_account", code="303")
    a_week_passes()
    run = given.run(CLAIMS)
    assert run.writes == 0 and run.counts[CLAIMS]["kept"] == {STANDS: 2}, shown(run)
    assert given.codes() == set() and accounts(given) == {"A-1": {"303"}, "A-2": {"303"}}
    given.edit(claim, move("11000.00"))
    run = given.run(CLAIMS)
    assert accounts(given) == {"A-1": {"310"}, "A-2": {"303"}}, shown(run)
    given.act("void_bill", bill="A-2")
    run = given.run(CLAIMS)
    assert given.codes() == {"target-voided"}, "what somebody did to it is said all the same"


def test_an_edit_that_was_refused_goes_under_the_rule_that_was_put_right(sandbox: Sandbox) -> None:
    """The rules it was sent under would be refused for ever; what nobody edited keeps them."""
    given = scene(sandbox)
    claim = given.claim("A-1", move("10000.00"))
    given.claim("A-2", move("2000.00"))
    given.run(CLAIMS)
    given.edit(claim, move("11000.00"))
    said = {"Type": "ValidationException", "Message": "Account code '303' is not for this", "ErrorNumber": 10}
    sandbox.faults.add("status", path="/Invoices", method="POST", status=400, body=said, times=2)
    run = given.run(CLAIMS)
    assert given.codes() == {"refused"} and given.document("A-1")["SubTotal"] == 10000, shown(run)
    Link.objects.exclude(refused_at=None).update(refused_at=None)  # a day later
    given.run(CLAIMS)
    recode("310")
    run = given.run(CLAIMS)
    assert given.codes() == set() and accounts(given) == {"A-1": {"310"}, "A-2": {"303"}}, shown(run)
    assert given.document("A-1")["SubTotal"] == 11000
    a_week_passes()
    assert given.run(CLAIMS).writes == 0
