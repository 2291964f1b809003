"""kill -9 of the process that carries a run, at its requests and its commits, counted from outside."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.sandbox.server import Sandbox
from runs.models import Run
from tests.faults import house

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

SEED = int(os.environ.get("ONECORE_SEED", "1"))
EVERY = os.environ.get("ONECORE_FAULTS") == "all"

# The requests of a run of the small world, by their order among all calls to the two APIs: lists, searches,
# the three writes (two tracking options, one request with six bills) and what is read in between.
REQUESTS = [(number, effect) for number in range(23) for effect in ("hold_before", "hold_after")]
WRITES = [(number, effect) for number in range(3) for effect in ("hold_before", "hold_after")]
COMMITS = [(number, place) for number in range(1, 96) for place in ("before", "after")]
API = "/(procore|xero)-api/"


def some(points: list[tuple[int, str]], count: int) -> list[tuple[int, str]]:
    """All points, or a few of them that differ from seed to seed."""
    if EVERY:
        return points
    step = max(1, len(points) // count)
    return points[SEED % step :: step][:count]


@pytest.fixture
def workers(sandbox: Sandbox, tmp_path: Path) -> Iterator[house.Workers]:
    """A worker of its own for each test."""
    with house.running(house.Workers(sandbox, tmp_path)) as found:
        yield found


def repaired_and_settled(sandbox: Sandbox, run: Run, killed: float, tenant: object) -> None:
    """Taken up again, finished, and every lost answer looked up, each within its time."""
    run.refresh_from_db()
    if not run.is_finished:
        house.until(
            lambda: house.finished(run) or run.attempts > 1, house.REPAIRED, "nobody took the run up again"
        )
    house.until(lambda: house.finished(run), 60, "the run does not end")
    left = house.SETTLED - (time.monotonic() - killed)
    house.until(house.quiet, max(left, 1), "answers are still open")
    house.check(sandbox, tenant)  # type: ignore[arg-type]
    house.check_nothing_left(sandbox, tenant)  # type: ignore[arg-type]


@pytest.mark.parametrize(("number", "effect"), some(REQUESTS, 3))
def test_killed_at_a_request(sandbox: Sandbox, workers: house.Workers, number: int, effect: str) -> None:
    tenant = house.prepared(sandbox)
    sandbox.faults.add(effect, path=API, skip=number, times=1)
    run = house.start(tenant)
    house.until(lambda: house.held(sandbox) or house.finished(run), 60, "the request never came")
    pid = house.carrier(run)
    if pid:
        os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    repaired_and_settled(sandbox, run, killed, tenant)


@pytest.mark.parametrize(("number", "effect"), some(WRITES, 2))
def test_killed_at_a_write(sandbox: Sandbox, workers: house.Workers, number: int, effect: str) -> None:
    tenant = house.prepared(sandbox)
    sandbox.faults.add(effect, path=API, method="PUT", skip=number, times=1)
    run = house.start(tenant)
    house.until(lambda: house.held(sandbox), 60, "the write never came")
    os.kill(house.carrier(run), signal.SIGKILL)
    repaired_and_settled(sandbox, run, time.monotonic(), tenant)


@pytest.mark.parametrize("host", ["xero-identity", "procore-login"])
def test_killed_while_renewing_a_token(sandbox: Sandbox, workers: house.Workers, host: str) -> None:
    """Whoever takes the run up waits for the renewal that died, and is not taken for dead meanwhile."""
    tenant = house.prepared(sandbox)
    sandbox.faults.add("hold_before", path=f"/{host}/.*token", method="POST", times=1)
    run = house.start(tenant)
    house.until(lambda: house.held(sandbox), 60, "no token was asked for")
    os.kill(house.carrier(run), signal.SIGKILL)
    repaired_and_settled(sandbox, run, time.monotonic(), tenant)
    run.refresh_from_db()
    assert run.attempts == 2, run.message


@pytest.mark.parametrize(("number", "place"), some(COMMITS, 3))
def test_killed_at_a_commit(sandbox: Sandbox, workers: house.Workers, number: int, place: str) -> None:
    tenant = house.prepared(sandbox)
    workers.at_commit("kill", place, number)
    run = house.start(tenant)
    house.until(lambda: workers.struck() or house.finished(run), 60, "the commit never came")
    workers.withdraw()
    repaired_and_settled(sandbox, run, time.monotonic(), tenant)
