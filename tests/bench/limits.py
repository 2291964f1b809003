"""Several real processes share one credential: how much of what is allowed they use, and what overruns it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from integrations.models import Connection, Credential, Tenant
from integrations.sandbox.worlds import world as make_world
from tests import run_house
from tests.bench import stage
from tests.bench.figures import Figure

SPEED = 6.0  # seconds of the fast clock in a real one, for both sides; a busy machine keeps up with it
MINUTES = {"xero": 6, "procore": 3}  # of the fast clock; three of Procore's stay within its hour
PROCESSES = 6  # more than the five calls at a time that Xero allows
ALLOWED = {"xero": (60, 60.0), "procore": (25, 10.0)}  # calls in so many seconds: what the sandbox enforces


def measure() -> list[Figure]:
    """Xero first, with its 60 a minute and 5 at a time, then Procore with 25 in ten seconds."""
    given = make_world("small")
    given.pop("now", None)
    with stage.sandbox() as running, stage.database():
        running.load(given)
        tenant = run_house.connect(given, slug="bench")
        Credential.objects.update(tiers={})
        seen = {system: shared(running, tenant, system) for system in ALLOWED}
    overruns = sum(parts["refused"] for parts in seen.values())
    used = seen["xero"]
    return [
        Figure("limit_overruns", overruns, {system: parts["refused"] for system, parts in seen.items()}),
        Figure("budget_used", used["used"], {"xero": used, "procore": seen["procore"]}),
    ]


def shared(running: stage.SandboxProcess, tenant: Tenant, system: str) -> dict[str, Any]:
    """Let processes call one system as fast as they may; what the sandbox saw of it."""
    held = Connection.objects.get(tenant=tenant, system=system)
    workers = [started(running, held, first=place == 0) for place in range(PROCESSES)]
    for worker in workers:
        said(worker)  # ready: Django is loaded and a token fetched
    running.ask("POST", "switches", limits=True, procore_spike_limit=25, procore_hourly_limit=600)
    running.count_anew()
    start = datetime.now(UTC)
    running.ask("POST", "clock", now=start.isoformat(), speed=SPEED)
    mark = time.monotonic()
    for worker in workers:
        tell(worker, f"{start.isoformat()} {mark} {SPEED} {MINUTES[system] * 60}")
    made = [int(said(worker)) for worker in workers]
    for worker in workers:
        worker.wait(60)
    log = running.ask("GET", "calls?log=1")["calls"]
    running.keep_our_time()
    rows = [row for row in log if row["path"].startswith(f"/{system}-api/")]
    refused = Counter(row["status"] for row in rows)[429]
    stage.say(f"  {system}: {len(rows)} calls, {refused} refused")
    allowed, seconds = ALLOWED[system]
    shares = {"used": used(sorted(row["at"] for row in rows), allowed, seconds)}
    return {**shares, "calls": len(rows), "refused": refused, "by process": made}


def started(running: stage.SandboxProcess, held: Connection, *, first: bool) -> subprocess.Popen[str]:
    """A process that calls with the connection's credential; the first as a run started by a change does."""
    reserve = "0" if first else "reserve"
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bench.worker", "calls", str(held.pk), reserve],
        cwd=stage.ROOT,
        env=stage.environment(running),
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def tell(worker: subprocess.Popen[str], words: str) -> None:
    """A line to a worker."""
    assert worker.stdin is not None
    worker.stdin.write(words + "\n")
    worker.stdin.flush()


def said(worker: subprocess.Popen[str]) -> str:
    """The next line of a worker; raises Unmeasured when it has ended."""
    assert worker.stdout is not None
    line = worker.stdout.readline().strip()
    if not line:
        raise stage.Unmeasured(f"a calling process ended early with status {worker.wait(20)}")
    return line


def used(times: list[float], allowed: int, seconds: float) -> float:
    """The share of the allowed calls that was used: whole windows from the first call on, no last part."""
    windows = int((times[-1] - times[0]) / seconds)
    busy = [moment for moment in times if moment < times[0] + windows * seconds]
    return round(len(busy) / (allowed * windows), 4)
