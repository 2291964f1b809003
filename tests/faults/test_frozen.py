"""Workers frozen past their lease, tasks delivered twice, requests handed to the run that holds the lease."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django_q.tasks import async_task

from integrations.sandbox.server import Sandbox
from runs import dispatch
from runs.models import Inbox, Run, Scope
from tests.faults import house

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]
COMMITS = (66, 70, 74) if os.environ.get("ONECORE_FAULTS") == "all" else (70,)


@pytest.fixture
def workers(sandbox: Sandbox, tmp_path: Path) -> Iterator[house.Workers]:
    """A worker of its own for each test."""
    with house.running(house.Workers(sandbox, tmp_path)) as found:
        yield found


def settled(sandbox: Sandbox, tenant: object) -> None:
    """Everything quiet and right."""
    house.until(house.quiet, 2 * house.SETTLED, "answers are still open")
    house.check(sandbox, tenant)  # type: ignore[arg-type]
    house.check_nothing_left(sandbox, tenant)  # type: ignore[arg-type]


def test_frozen_while_its_bills_are_on_their_way(sandbox: Sandbox, workers: house.Workers) -> None:
    """The request took effect, its worker stands still; it goes on after another one has done its work."""
    tenant = house.prepared(sandbox)
    fault = sandbox.faults.add("hold_after", path="/xero-api/.*Invoices", method="PUT", times=1)
    run = house.start(tenant)
    house.until(lambda: house.held(sandbox), 60, "the bills were never sent")
    pid = house.carrier(run)
    os.kill(pid, signal.SIGSTOP)
    try:
        house.until(lambda: house.finished(run) and house.quiet(), 3 * house.SETTLED, "nobody took over")
    finally:
        os.kill(pid, signal.SIGCONT)
    sandbox.faults.release(fault)
    time.sleep(1)
    settled(sandbox, tenant)


@pytest.mark.parametrize("number", COMMITS)
def test_frozen_at_a_commit(sandbox: Sandbox, workers: house.Workers, number: int) -> None:
    """It stands still around the moment its bills are marked as leaving;
    when it goes on, they have been sent.
    """
    tenant = house.prepared(sandbox)
    workers.at_commit("stop", "after", number)
    run = house.start(tenant)
    house.until(lambda: workers.struck() or house.finished(run), 60, "the commit never came")
    pid = workers.struck()
    if pid:
        house.until(lambda: house.finished(run) and house.quiet(), 3 * house.SETTLED, "nobody took over")
        os.kill(pid, signal.SIGCONT)
        time.sleep(1)
    settled(sandbox, tenant)


def test_a_task_delivered_twice(sandbox: Sandbox, workers: house.Workers) -> None:
    tenant = house.prepared(sandbox)
    run = house.start(tenant)
    for _ in range(5):
        async_task(dispatch.WORK, run.pk)
    house.until(lambda: house.finished(run), 60, "the run does not end")
    run.refresh_from_db()
    assert run.attempts == 1
    settled(sandbox, tenant)


def test_a_narrower_request_while_a_wider_run_works(sandbox: Sandbox, workers: house.Workers) -> None:
    """It is done by the wider run, between two of its batches, and both send each claim once."""
    tenant = house.prepared(sandbox)
    fault = sandbox.faults.add("hold_before", path="requisitions", times=1)
    wide = house.start(tenant)
    house.until(lambda: house.held(sandbox), 60, "the claims were never read")
    narrow = dispatch.start(tenant, ["progress-claims"], scope=Scope.PROJECT, value="W-01")
    assert Inbox.objects.filter(run=narrow).exists()
    sandbox.faults.release(fault)
    house.until(lambda: house.finished(narrow) and house.finished(wide), 60, "one of them does not end")
    assert Inbox.objects.filter(run=narrow, taken_at__isnull=False).exists()
    settled(sandbox, tenant)


def test_two_runs_of_everything_wait_for_each_other(sandbox: Sandbox, workers: house.Workers) -> None:
    tenant = house.prepared(sandbox)
    first, second = house.start(tenant), house.start(tenant)
    house.until(lambda: house.finished(first) and house.finished(second), 90, "one of them does not end")
    assert Run.objects.filter(pk__in=[first.pk, second.pk], state="done").count() == 2
    settled(sandbox, tenant)
