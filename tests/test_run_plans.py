"""Approved plans: exactly what was shown is sent, whatever stops the run that applies it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from runs import approvals, dispatch, purge, runner, watch
from runs.models import Entry, Mode, Outcome, Run, RunState
from tests import run_house as house
from tests.scenes import Scene, move, scene, shown

pytestmark = pytest.mark.django_db(transaction=True)

CLAIMS = "progress-claims"
NUMBERS = {"AC-1", "AC-2", "AC-3", "BS-10", "BS-11", "CT-1001"}


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    """A tenant of the small world whose contacts and projects are linked."""
    found = house.prepared(sandbox, enabled=("contacts", "projects", CLAIMS))
    Setting.objects.create(
        tenant=found, integration="tenant", enabled=True, options={"send_cost_types": False}
    )
    house.sync(found, "contacts", "projects")
    return found


def planned(tenant: Tenant) -> Run:
    """A plan of all claims, read by a person."""
    return house.sync(tenant, CLAIMS, mode=Mode.DEBUG)


def approved(plan: Run) -> Run:
    """The run that applies a plan, not worked on yet."""
    run = approvals.approve(plan, None, by="tests")
    dispatch.enqueue(run)
    return run


def applied(plan: Run) -> Run:
    """The run that applied a plan."""
    run = approved(plan)
    house.work_here(run)
    run.refresh_from_db()
    return run


def moved(run: Run) -> list[str]:
    """The records of which a run says that they have moved."""
    return [one.title for one in Entry.objects.filter(run=run, message=approvals.MOVED)]


def edited(sandbox: Sandbox, number: str, **fields: Any) -> None:
    """A claim that somebody edits in Procore."""
    claims = sandbox.records("procore", "requisitions")
    claim = next(one for one in claims if one["invoice_number"] == number)
    sandbox.act("edit_claim", claim_id=claim["id"], **fields)


def test_a_plan_shows_every_field_that_would_be_sent(tenant: Tenant) -> None:
    entry = Entry.objects.get(run=planned(tenant), title__contains="SC-101 claim 1")
    fields = {row["field"]: row["after"] for row in entry.differences}
    assert fields["InvoiceNumber"] == "AC-1"
    assert fields["Status"] == "DRAFT"
    assert {"Contact", "Date", "DueDate", "line 1: UnitAmount", "line 1: AccountCode"} <= fields.keys()
    run = house.sync(tenant, CLAIMS)
    assert not Entry.objects.filter(run=run).exclude(differences=[]).exists()


def test_what_was_shown_is_sent_or_nothing(sandbox: Sandbox, tenant: Tenant) -> None:
    plan = planned(tenant)
    setting = Setting.objects.get(tenant=tenant, integration=CLAIMS)
    setting.options |= {"bill_status": "AUTHORISED"}
    setting.save()
    run = applied(plan)
    assert not house.bills(sandbox)
    assert len(moved(run)) == 6


def test_the_values_of_a_plan_are_kept_until_it_is_applied(sandbox: Sandbox, tenant: Tenant) -> None:
    plan = planned(tenant)
    Run.objects.filter(pk=plan.pk).update(finished_at=timezone.now() - timedelta(days=2))
    run = approved(plan)
    purge.purge()
    assert Entry.objects.filter(run=plan).exclude(differences=[]).exists()
    house.work_here(run)
    assert set(house.numbers(sandbox)) == NUMBERS
    purge.purge()
    assert not Entry.objects.filter(run=plan).exclude(differences=[]).exists()


def test_a_plan_goes_on_after_a_limit(sandbox: Sandbox, tenant: Tenant) -> None:
    plan = planned(tenant)
    sandbox.faults.add("status", path="Invoices", method="PUT", status=429, headers={"Retry-After": "3600"})
    run = applied(plan)
    assert (run.state, "goes on at" in run.message) == (RunState.WARNED, True)
    later = Run.objects.get(state=RunState.QUEUED)
    assert later.plan == plan
    edited(sandbox, "CT-1001", invoice_number="CT-2002")
    Run.objects.filter(pk=later.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    tenant.connections.get(system="xero").credential.budgets.all().delete()
    assert runner.work(later.pk)
    assert set(house.numbers(sandbox)) == NUMBERS - {"CT-1001"}
    assert len(moved(later)) == 1


def test_a_plan_whose_worker_died_says_nothing_false(sandbox: Sandbox, tenant: Tenant) -> None:
    """Killed right after the last answer: all of it was sent, nothing has moved."""
    run = applied(planned(tenant))
    Entry.objects.filter(run=run, title__contains="claim 1").update(outcome=Outcome.PLANNED)
    Run.objects.filter(pk=run.pk).update(state=RunState.INTERRUPTED, finished=[], finished_at=None)
    assert runner.work(run.pk)
    run.refresh_from_db()
    assert (moved(run), run.state) == ([], RunState.DONE)
    assert set(Entry.objects.filter(run=run).values_list("outcome", flat=True)) == {"done"}
    assert sorted(house.numbers(sandbox).values()) == [1] * 6


@pytest.mark.parametrize("effect", ["drop_after", "drop_before"])
def test_a_lost_answer_is_no_leave_to_send_what_has_moved(
    sandbox: Sandbox, tenant: Tenant, settings: Settings, effect: str
) -> None:
    settings.ONECORE_READ_TIMEOUT, settings.ONECORE_SETTLE_MARGIN, settings.ONECORE_SETTLE_AGAIN = (
        5, -600, -600,
    )  # fmt: skip
    plan = planned(tenant)
    sandbox.faults.add(effect, path="Invoices", method="PUT", times=1)
    assert moved(applied(plan)) == []
    if effect == "drop_before":
        edited(sandbox, "CT-1001", invoice_number="CT-2002")
    told: list[str] = []
    for _ in range(2):
        for run in watch.look_up_answers():
            house.work_here(run)
            told += moved(run)
    changed = {"CT-1001"} if effect == "drop_before" else set()
    assert set(house.numbers(sandbox)) == NUMBERS - changed
    assert len(told) == len(changed), told
    assert set(house.numbers(sandbox).values()) == {1}


def test_what_was_held_back_stays_back(sandbox: Sandbox) -> None:
    """Also where the record's other document, once it is there, has the record planned again."""
    given: Scene = scene(sandbox, retention="credit_note")
    given.claim("A-1", move("1000.00", "100.00"))
    plan = house.sync(given.tenant, CLAIMS, mode=Mode.DEBUG)
    kept = Entry.objects.filter(run=plan, action="create", role="credit_note")
    assert kept.update(held_back=True) == 1, shown(plan)
    run = applied(plan)
    assert set(given.documents()) == {"A-1"}, shown(run)
