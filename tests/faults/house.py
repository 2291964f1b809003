"""A worker under test, and the one checker that looks at both systems and the database afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
from django.conf import settings
from django.db import connection

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import world
from mappings.models import Link
from runs import dispatch
from runs.models import Run
from tests import run_house
from tests.conftest import HOSTS
from tests.faults.settings import RATIO

REPAIRED = 90 / RATIO  # seconds
SETTLED = 180 / RATIO
INTEGRATIONS = ("contacts", "projects", "progress-claims")
ROOT = Path(settings.ROOT)


def database_url() -> str:
    """The test database's address for another process."""
    given = connection.settings_dict
    host = given["HOST"] or ""
    where = (
        f"/{given['NAME']}?host={quote(host, safe='')}"
        if host.startswith("/")
        else f"{host}:{given['PORT']}/{given['NAME']}"
    )
    user = f"{given['USER']}:{given['PASSWORD']}" if given["PASSWORD"] else given["USER"]
    return f"postgresql://{user}@{where}"


class Workers:
    """A real `manage.py worker` with two workers, on the test database and a sandbox of this process."""

    def __init__(self, sandbox: Sandbox, folder: Path, without: str = "") -> None:
        self.sandbox, self.order = sandbox, folder / "order"
        addresses = {name: f"{sandbox.address}/{host}" for name, host in HOSTS.items()}
        self.environment = {
            **os.environ, **addresses, "DATABASE_URL": database_url(), "ONECORE_FAULT_FILE": str(self.order),
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings", "ONECORE_STATE": str(folder),
            "ONECORE_WITHOUT": without,
        }  # fmt: skip
        self.log = (folder / "worker.log").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it."""
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"], cwd=ROOT, env=self.environment, stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )  # fmt: skip

    def stop(self) -> None:
        """End it with everything it started, frozen or not."""
        if self.process is None:
            return
        family = [self.process.pid, *(child.pid for child in _children(self.process.pid))]
        for pid in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def at_commit(self, action: str, place: str, number: int) -> None:
        """Order what happens to the process that carries a run at its n-th commit."""
        for suffix in (".done", ".pid"):
            self.order.with_suffix(suffix).unlink(missing_ok=True)
        self.order.write_text(f"{action} {place} {number}")

    def struck(self) -> int | None:
        """The process the order was carried out on, or None so far."""
        found = self.order.with_suffix(".pid")
        return int(found.read_text()) if found.exists() and found.read_text() else None

    def withdraw(self) -> None:
        """Take an order back that no process came to."""
        self.order.unlink(missing_ok=True)


def family(workers: Workers) -> list[psutil.Process]:
    """Everything a worker started, with what that started."""
    return _children(workers.process.pid) if workers.process else []


def _children(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        return list(psutil.Process(pid).children(recursive=True))
    return []


def prepared(sandbox: Sandbox) -> Tenant:
    """A tenant of the small world with the three integrations that lead to a bill."""
    given = world("small")
    sandbox.load(given)
    sandbox.switches.limits = False
    sandbox.clock.set(now=datetime.now(UTC))  # cursors are kept by our clock
    tenant = run_house.connect(given, enabled=INTEGRATIONS)
    Setting.objects.create(
        tenant=tenant, integration="tenant", enabled=True, options={"send_cost_types": False}
    )
    return tenant


def carrier(run: Run) -> int:
    """The process that carries the run now; 0 when none does."""
    run.refresh_from_db()
    parts = run.owner.split(":")
    return int(parts[1]) if len(parts) == 3 else 0


def until(true: Callable[[], Any], seconds: float, what: str) -> float:
    """Wait until something is so; the seconds it took. Fails with `what` after `seconds`."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, f"after {seconds:.0f} seconds: {what}"
        time.sleep(0.05)
    return time.monotonic() - begun


def held(sandbox: Sandbox) -> bool:
    """Whether a request is held by a fault now."""
    return any(fault["held"] for fault in sandbox.faults.all())


def finished(run: Run) -> bool:
    """Whether the run has come to its end."""
    run.refresh_from_db()
    return run.is_finished


def quiet() -> bool:
    """Whether no run is under way and no answer is open."""
    return (
        not Run.objects.exclude(pk__in=Run.objects.finished()).exists()
        and not Link.objects.unanswered().exists()
    )


def expected() -> tuple[Counter[str], Decimal]:
    """Each bill of the small world once, and what they come to."""
    return Counter(dict.fromkeys(("AC-1", "AC-2", "AC-3", "BS-10", "BS-11", "CT-1001"), 1)), TOTAL


# AC-1 9,450.45, AC-2 9,200.00, AC-3 3,000.00, BS-10 14,250.00, BS-11 9,025.00, CT-1001 3,123.45
TOTAL = Decimal("48048.90")


def check(sandbox: Sandbox, tenant: Tenant) -> None:
    """One target document per source record, none missing, totals equal,
    every link leads to what is there.
    """
    numbers, total = expected()
    assert run_house.numbers(sandbox) == numbers, story(sandbox, tenant)
    assert run_house.total(sandbox) == total, story(sandbox, tenant)
    options = [
        option["Name"].casefold()
        for category in sandbox.records("xero", "TrackingCategories") if category["Name"] == "Projects"
        for option in category["Options"]
    ]  # fmt: skip
    assert sorted(options) == ["w-01 wharf hall", "w-02 creek clinic"]
    links = Link.objects.filter(tenant=tenant).standing()
    assert set(links.values_list("state", flat=True)) == {"linked"}, story(sandbox, tenant)
    found = Counter(links.values_list("integration", flat=True))
    assert found == {"contacts": 4, "projects": 2, "progress-claims": 6}
    held = {bill["InvoiceID"]: bill["InvoiceNumber"] for bill in run_house.bills(sandbox)}
    for link in links.filter(integration="progress-claims"):
        assert held[link.target_id] == link.number


def check_nothing_left(sandbox: Sandbox, tenant: Tenant) -> None:
    """A further run has nothing to write."""
    sandbox.faults.clear()
    sandbox.calls.reset()
    run_house.sync(tenant, *INTEGRATIONS)
    assert run_house.writes(sandbox) == 0, story(sandbox, tenant)


@contextlib.contextmanager
def running(workers: Workers) -> Iterator[Workers]:
    """The workers, ended whatever happens."""
    workers.start()
    try:
        yield workers
    finally:
        workers.stop()


def start(tenant: Tenant, **over: Any) -> Run:
    """A run of the three integrations, left to the workers."""
    return dispatch.start(tenant, INTEGRATIONS, **over)


def story(sandbox: Sandbox, tenant: Tenant) -> str:
    """What is there, for a failing test."""
    lines = [f"bills {dict(run_house.numbers(sandbox))} {run_house.total(sandbox)}"]
    for run in Run.objects.filter(tenant=tenant).order_by("pk"):
        lines.append(
            f"run {run.pk} {run.started_by} {run.state} attempts {run.attempts} {run.message} {run.counts}"
        )
    for link in Link.objects.filter(tenant=tenant):
        lines.append(
            f"link {link.integration} {link.title} {link.state} {link.number} {link.epoch} {link.message}"
        )
    lines += [f"{call['method']} {call['path']} {call['status']}" for call in sandbox.calls.log()[-80:]]
    return "\n".join(lines)
