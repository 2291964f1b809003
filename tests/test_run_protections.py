"""One test for each protection; `python -m tests.guards` shows that each turns red without it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import F
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from integrations import credentials
from integrations.budgets import SharedBudget
from integrations.models import Credential, Setting, Tenant, connections_of
from integrations.sandbox.server import Sandbox
from mappings.models import Link, LinkState
from runs import approvals, dispatch, leases, purge, runner, schedules, watch
from runs.models import Batch, Entry, Heartbeat, Inbox, Lease, Mode, Run, RunState, Schedule, Warning
from tests import run_house as house

pytestmark = pytest.mark.django_db(transaction=True)

CHAIN = ("contacts", "projects", "progress-claims")


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    """A tenant of the small world with the integrations that lead to a bill."""
    found = house.prepared(sandbox, enabled=CHAIN)
    Setting.objects.create(
        tenant=found, integration="tenant", enabled=True, options={"send_cost_types": False}
    )
    return found


def queued(tenant: Tenant, *integrations: str, **over: Any) -> Run:
    """A run nobody works on yet."""
    return dispatch.start(tenant, integrations or CHAIN, **over)


@contextmanager
def seen_by_the_sandbox(
    sandbox: Sandbox, what: Callable[[], None], method: str, path: str
) -> Iterator[list[str]]:
    """Calls `what` in the sandbox's thread whenever such a request has been answered there,
    before we hear of it.
    """
    happened: list[str] = []

    def observe(request: Any, answer: Any) -> None:
        if request.method == method and path in request.path:
            happened.append(request.path)
            what()
            connections["default"].close()

    sandbox.observers.append(observe)
    yield happened
    sandbox.observers.remove(observe)


def take_over() -> None:
    """Another worker takes every lease."""
    Lease.objects.update(epoch=F("epoch") + 1, owner="another worker")


def test_a_run_waits_while_another_holds_the_lease(sandbox: Sandbox, tenant: Tenant) -> None:
    other = queued(tenant, "contacts")
    assert leases.take(other, "contacts", "another worker")
    run = queued(tenant, "contacts")
    sandbox.calls.reset()
    runner.work(run.pk)
    run.refresh_from_db()
    assert (run.state, run.attempts) == (RunState.QUEUED, 0)
    assert sandbox.calls.summary()["total"] == 0


def test_a_task_that_comes_twice_makes_no_call(sandbox: Sandbox, tenant: Tenant) -> None:
    run = queued(tenant, "contacts")
    Run.objects.filter(pk=run.pk).update(
        state=RunState.READING,
        owner="another worker",
        until=timezone.now() + timedelta(minutes=1),
        attempts=1,
    )
    begun = time.monotonic()
    runner.work(run.pk)
    assert time.monotonic() - begun < 1
    assert sandbox.calls.summary()["total"] == 0
    run.refresh_from_db()
    assert run.attempts == 1


def test_a_worker_that_lost_its_lease_records_nothing(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, "contacts", "projects")
    run = queued(tenant, "progress-claims")
    with seen_by_the_sandbox(sandbox, take_over, "PUT", "Invoices") as happened:
        runner.work(run.pk)
    assert happened
    links = Link.objects.filter(integration="progress-claims")
    assert set(links.values_list("state", flat=True)) == {LinkState.SENDING}


def test_a_worker_that_lost_its_lease_sends_nothing(sandbox: Sandbox, tenant: Tenant) -> None:
    """Its bills are marked as leaving; then it stands still until another worker has taken over."""
    house.sync(tenant, "contacts", "projects")
    run = queued(tenant, "progress-claims")
    reserved: list[bool] = []

    def watching(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not connection.in_atomic_block and reserved == [True]:
            reserved.append(False)
            take_over()
        if sql.startswith('INSERT INTO "runs_batch"'):
            reserved.append(True)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watching):
        runner.work(run.pk)
    assert reserved == [True, False]
    assert not house.bills(sandbox)


def test_what_is_sent_is_on_record_before_it_leaves(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, "contacts", "projects")
    on_record: list[int] = []

    def look() -> None:
        batch = Batch.objects.filter(integration="progress-claims").first()
        links = Link.objects.filter(state=LinkState.SENDING, batch=batch.pk) if batch else Link.objects.none()
        on_record.append(links.count())

    with seen_by_the_sandbox(sandbox, look, "PUT", "Invoices"):
        runner.work(queued(tenant, "progress-claims").pk)
    assert on_record == [6]


def test_a_lost_answer_is_looked_up_first(sandbox: Sandbox, tenant: Tenant, settings: Settings) -> None:
    settings.ONECORE_READ_TIMEOUT, settings.ONECORE_SETTLE_MARGIN = 5, -600
    sandbox.faults.add("drop_after", method="PUT", path="Invoices", times=1)
    house.sync(tenant, *CHAIN)
    # The numbers are taken away, so that matching before creating does not hide what is looked at here.
    for bill in house.bills(sandbox):
        sandbox.act("edit_bill", bill=bill["InvoiceID"], number=f"{bill['InvoiceNumber']}.")
    Link.objects.unanswered().update(marker={})
    for link in Link.objects.unanswered():
        number = link.pending["number"]
        Link.objects.filter(pk=link.pk).update(marker={"InvoiceNumber": f"{number}."})
    house.sync(tenant, "progress-claims")
    assert len(house.bills(sandbox)) == 6


def test_what_was_linked_meanwhile_is_not_sent_again(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, "contacts", "projects")

    def link_by_hand() -> None:
        claims = sandbox.records("procore", "requisitions")
        claim = next(one for one in claims if one["invoice_number"] == "CT-1001")
        Link.objects.get_or_create(
            tenant=tenant, integration="progress-claims", role="bill", subject=str(claim["id"]),
            defaults={"state": LinkState.LINKED, "target_id": "entered-by-hand", "resource": "bills",
            "system": "xero"},
        )  # fmt: skip

    with seen_by_the_sandbox(sandbox, link_by_hand, "GET", "Invoices"):
        house.sync(tenant, "progress-claims")
    assert "CT-1001" not in house.numbers(sandbox)


def test_two_claims_with_one_number_are_not_sent(sandbox: Sandbox, tenant: Tenant) -> None:
    claims = {one["invoice_number"]: one["id"] for one in sandbox.records("procore", "requisitions")}
    sandbox.act("edit_claim", claim_id=claims["AC-2"], invoice_number="AC-1")
    house.sync(tenant, *CHAIN)
    assert "AC-1" not in house.numbers(sandbox)
    assert Warning.objects.filter(code="same-key").count() == 2


def test_a_run_that_would_send_too_much_asks_first(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, "contacts", "projects")
    Setting.objects.filter(integration="tenant").update(
        options={"send_cost_types": False, "largest_amount": 40_000}
    )
    sandbox.calls.reset()
    run = house.sync(tenant, "progress-claims")
    assert run.state == RunState.NEEDS_APPROVAL
    assert "40,000.00" in run.message
    assert house.writes(sandbox) == 0
    approved = approvals.approve(run, None, by="tests")
    dispatch.enqueue(approved)
    house.work_here(approved)
    assert house.total(sandbox) > 40_000


def test_a_plan_sends_only_what_has_not_moved(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, "contacts", "projects")
    plan = house.sync(tenant, "progress-claims", mode=Mode.DEBUG)
    claim = next(
        one for one in sandbox.records("procore", "requisitions") if one["invoice_number"] == "CT-1001"
    )
    sandbox.act("edit_claim", claim_id=claim["id"], invoice_number="CT-2002")
    held = Entry.objects.get(run=plan, action="create", title__contains="SC-101 claim 3")
    Entry.objects.filter(pk=held.pk).update(held_back=True)
    approved = approvals.approve(plan, None, by="tests")
    dispatch.enqueue(approved)
    house.work_here(approved)
    assert set(house.numbers(sandbox)) == {"AC-1", "AC-2", "BS-10", "BS-11"}
    moved = Entry.objects.get(run=approved, outcome="failed")
    assert "moved since" in moved.message
    with pytest.raises(approvals.NotApproved):
        approvals.approve(plan, None, by="tests")


def test_a_run_is_given_up_after_three_attempts(sandbox: Sandbox, tenant: Tenant) -> None:
    run = queued(tenant)
    Run.objects.filter(pk=run.pk).update(attempts=3, state=RunState.INTERRUPTED)
    runner.work(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "3 attempts" in run.message
    assert Warning.objects.filter(code="run-failed").exists()
    assert sandbox.calls.summary()["total"] == 0


def test_a_run_whose_worker_died_is_told_of_again(sandbox: Sandbox, tenant: Tenant) -> None:
    run = queued(tenant)
    OrmQ.objects.all().delete()
    lapsed = timezone.now() - timedelta(seconds=5)
    Run.objects.filter(pk=run.pk).update(state=RunState.SENDING, owner="a dead worker", until=lapsed)
    dispatch.repair()
    run.refresh_from_db()
    assert run.state == RunState.INTERRUPTED
    assert OrmQ.objects.count() == 1
    assert runner.work(run.pk)


def test_a_queue_that_stands_still_is_noticed(tenant: Tenant, settings: Settings) -> None:
    watcher = watch.Watcher()
    watcher.started = time.monotonic() - 3600
    assert not watcher.stands_still()
    queued(tenant)
    OrmQ.objects.update(lock=timezone.now() - timedelta(minutes=5))
    assert watcher.stands_still()
    Run.objects.create(tenant=tenant, state=RunState.READING, heartbeat_at=timezone.now())
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"workers": 1}
    assert not watcher.stands_still(), "its only worker is busy"
    assert not Heartbeat.objects.exists()


def test_two_workers_start_a_schedule_once(tenant: Tenant) -> None:
    schedule = Schedule.objects.create(tenant=tenant, name="hourly", integrations=["contacts"], rule="hourly")
    slot = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    schedules._start(schedule, slot)
    Run.objects.update(state=RunState.DONE)
    schedules._start(schedule, slot)
    assert Run.objects.count() == 1


def test_values_are_erased_once_mailed(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, *CHAIN)
    sandbox.act("edit_contact", contact="Acacia Concrete", fields={"EmailAddress": "secret@example.com"})
    run = house.sync(tenant, "contacts")
    assert Entry.objects.filter(run=run).exclude(differences=[]).exists()
    purge.purge()
    assert not Entry.objects.exclude(differences=[]).exists()


def test_a_token_is_renewed_by_one_at_a_time(tenant: Tenant) -> None:
    credential = Credential.objects.first()
    assert credential is not None
    assert credentials.claim(credential, "one")
    assert not credentials.claim(credential, "another")


def test_calls_stay_within_the_limit(tenant: Tenant) -> None:
    Credential.objects.update(tiers={"minute": 3})
    budget = SharedBudget(connections_of(tenant)["xero"])
    turns = [budget.take() for _ in range(5)]
    assert sum(1 for turn in turns if turn.ticket) == 3


def test_a_narrower_run_outlives_the_run_that_worked_on_it(sandbox: Sandbox, tenant: Tenant) -> None:
    """Cancelled is the one that somebody cancelled."""
    house.sync(tenant, "contacts", "projects")
    claims = {one["invoice_number"]: one["id"] for one in sandbox.records("procore", "requisitions")}
    wide = queued(tenant, "progress-claims")
    narrow: list[Run] = []

    def ask() -> None:
        if not narrow:
            subjects = [str(claims["CT-1001"])]
            narrow.append(queued(tenant, "progress-claims", scope="record", subjects=subjects))

    def cancel() -> None:
        if narrow and Run.objects.get(pk=narrow[0].pk).state == RunState.PLANNING:
            dispatch.cancel(Run(pk=wide.pk))

    with (
        seen_by_the_sandbox(sandbox, ask, "GET", "requisitions"),
        seen_by_the_sandbox(sandbox, cancel, "GET", "Invoices"),
    ):
        runner.work(wide.pk)
    wide.refresh_from_db()
    (asked,) = narrow
    asked.refresh_from_db()
    assert (wide.state, asked.state, asked.attempts) == (RunState.CANCELLED, RunState.QUEUED, 0)
    assert not house.bills(sandbox)
    assert runner.work(asked.pk)
    assert set(house.numbers(sandbox)) == {"CT-1001"}


def test_a_request_left_in_the_inbox_is_not_taken_from_its_next_integration(
    sandbox: Sandbox, tenant: Tenant
) -> None:
    run = queued(tenant, "contacts", "projects", scope="record", subjects=["1"])
    Run.objects.filter(pk=run.pk).update(finished=["contacts"])
    Inbox.objects.create(tenant=tenant, run=run, integration="contacts")
    house.sync(tenant, "contacts")
    run.refresh_from_db()
    assert (run.state, run.attempts, run.owner) == (RunState.QUEUED, 0, "")
