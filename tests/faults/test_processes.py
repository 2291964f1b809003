"""kill -9 of one process of an idle queue: new work starts all the same, and nobody is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from integrations.sandbox.server import Sandbox
from runs.models import Run
from tests.faults import house
from tests.faults.settings import RATIO

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

STARTS = 60 / RATIO + 20  # seconds: the watch's own share, and what starting Python takes here
KINDS = ("cluster", "sentinel", "pusher", "monitor", "idle")
EVERY = os.environ.get("ONECORE_FAULTS") == "all"
SEED = int(os.environ.get("ONECORE_SEED", "1"))


@pytest.fixture
def workers(sandbox: Sandbox, tmp_path: Path) -> Iterator[house.Workers]:
    """A worker of its own for each test."""
    with house.running(house.Workers(sandbox, tmp_path)) as found:
        yield found


def named(workers: house.Workers, kind: str) -> list[psutil.Process]:
    """The queue's processes of one kind, by the titles they give themselves and by who started whom."""
    cluster = psutil.Process(workers.process.pid).children() if workers.process else []
    if kind == "cluster":
        return [one for one in cluster if title(one).startswith("qcluster")]
    if kind == "sentinel":
        return [one for parent in cluster for one in parent.children()]
    return [one for one in house.family(workers) if title(one).endswith(f" {kind}")]


def title(process: psutil.Process) -> str:
    """What a process calls itself; "" for one that has ended."""
    with contextlib.suppress(psutil.Error):
        return " ".join(process.cmdline()).strip()
    return ""


def begun(run: Run) -> bool:
    """Whether a process has taken the run up."""
    run.refresh_from_db()
    return run.started_at is not None


@pytest.mark.parametrize("kind", KINDS if EVERY else (KINDS[SEED % len(KINDS)],))
def test_killed_while_idle(sandbox: Sandbox, workers: house.Workers, kind: str) -> None:
    tenant = house.prepared(sandbox)
    house.until(lambda: named(workers, kind) and named(workers, "idle"), 60, f"no {kind} ever started")
    time.sleep(1)  # every process waits for work by now
    before = house.family(workers)
    victim = named(workers, kind)[0]
    os.kill(victim.pid, signal.SIGKILL)
    run = house.start(tenant)
    house.until(lambda: run.refresh_from_db() or run.started_at, STARTS, f"no work without the {kind}")
    house.until(lambda: house.finished(run), 60, "the run does not end")
    house.until(house.quiet, house.SETTLED, "answers are still open")
    house.check(sandbox, tenant)
    now = {process.pid for process in house.family(workers)}
    left = [one for one in before if one.pid not in now and one.is_running() and one.status() != "zombie"]
    assert not left, "processes that nobody watches"
    house.check_nothing_left(sandbox, tenant)
