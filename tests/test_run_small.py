"""A nightly run of the small world, from nothing to nothing left to do."""

from decimal import Decimal

import pytest

from integrations.sandbox.server import Sandbox
from mappings.models import Link
from runs import reports, runner
from runs.models import Entry, Mode, Run
from tests import run_house as house

pytestmark = pytest.mark.django_db(transaction=True)


def shown(run: Run) -> str:
    """A run with its entries, for a failing test."""
    rows = Entry.objects.filter(run=run).values_list("integration", "title", "action", "outcome", "message")
    return f"{run.state} {run.message} {run.counts} " + "\n".join(map(str, rows))


def test_a_test_run_writes_nothing_and_a_live_run_then_sends_every_claim_once(sandbox: Sandbox) -> None:
    tenant = house.prepared(sandbox)
    tried = house.sync(tenant, mode=Mode.DEBUG)
    assert house.writes(sandbox) == 0, shown(tried)
    assert not Link.objects.exists()
    run = house.sync(tenant)
    assert run.state == "done", shown(run)
    assert set(house.numbers(sandbox)) == {"AC-1", "AC-2", "AC-3", "BS-10", "BS-11", "CT-1001"}, shown(run)
    assert set(house.numbers(sandbox).values()) == {1}
    assert house.total(sandbox) > Decimal(0)


def test_a_second_run_writes_nothing(sandbox: Sandbox) -> None:
    tenant = house.prepared(sandbox)
    house.sync(tenant)
    sandbox.calls.reset()
    second = house.sync(tenant)
    assert house.writes(sandbox) == 0, shown(second)
    assert second.state == "done", shown(second)


def test_what_was_done_before_a_worker_died_stands_in_the_summary(sandbox: Sandbox) -> None:
    tenant = house.prepared(sandbox)
    run = house.sync(tenant)
    done = {slug: row["created"] for slug, row in reports.figures(run).items() if row["created"]}
    assert done
    Run.objects.filter(pk=run.pk).update(state="interrupted", finished=[], finished_at=None, counts={})
    assert runner.work(run.pk)
    run.refresh_from_db()
    assert {slug: row["created"] for slug, row in reports.figures(run).items() if row["created"]} == done
