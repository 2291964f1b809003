"""What every measurement stands on: a sandbox in its own process, a fresh database, a connected tenant."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from django.conf import settings
from django.db import connection, connections

from integrations.models import Credential, Setting, Tenant
from integrations.sandbox.worlds import world as make_world
from runs.models import Run
from tests import run_house
from tests.conftest import HOSTS

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "bench"
FREE = 1_000_000  # calls: a limit that no measurement reaches
BEFORE_CLAIMS = ("contacts", "projects", "cost-codes", "cost-types")
FINISHED = ("done", "done_with_warnings")


class Unmeasured(Exception):
    """A measurement did not do what it was to measure; the text says what was seen."""


class SandboxProcess:
    """A sandbox in another process, spoken to over its control interface."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process, self.address = process, address
        self.session = requests.Session()
        self.session.headers["X-Sandbox-Token"] = TOKEN

    def ask(self, method: str, path: str, **body: Any) -> Any:
        """A call to the control interface; its JSON, or None."""
        answer = self.session.request(
            method, f"{self.address}/control/{path}", json=body or None, timeout=300
        )
        if not answer.ok:
            raise Unmeasured(f"the sandbox refused {path}: {answer.text[:300]}")
        return answer.json() if answer.content else None

    def load(self, given: Mapping[str, Any] | str) -> None:
        """Load a world, by name or as it is; limits are off and its time is ours."""
        self.ask("POST", "world", **({"name": given} if isinstance(given, str) else {"world": dict(given)}))
        self.ask("POST", "switches", limits=False)
        self.keep_our_time()

    def keep_our_time(self) -> None:
        """Set its clock to ours."""
        self.ask("POST", "clock", now=datetime.now(UTC).isoformat(), speed=1)

    def act(self, name: str, **arguments: Any) -> None:
        """Act as a user of either system."""
        self.ask("POST", "act", act=name, **arguments)

    def count_anew(self) -> None:
        """Forget the calls counted so far."""
        self.ask("POST", "calls/reset")

    def calls(self) -> dict[str, int]:
        """Calls to both APIs since then, by method and path; token calls are left out."""
        by_path = self.ask("GET", "calls")["by_path"]
        return {path: count for path, count in by_path.items() if "/token" not in path}

    def variables(self) -> dict[str, str]:
        """The settings that point another process here."""
        return {name: f"{self.address}/{host}" for name, host in HOSTS.items()}


@contextmanager
def sandbox() -> Iterator[SandboxProcess]:
    """A running sandbox, the settings of this process pointing at it."""
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--world", "empty", "--token", TOKEN]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=dict(os.environ), bufsize=1
    )
    try:
        assert process.stdout is not None
        found = [word for word in process.stdout.readline().split() if word.startswith("http://")]
        if not found:
            raise Unmeasured("the sandbox did not start")
        running = SandboxProcess(process, found[0])
        for name, address in running.variables().items():
            setattr(settings, name, address)
        yield running
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


@contextmanager
def database() -> Iterator[None]:
    """A fresh database with every table, gone at the end."""
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connections.close_all()
        connection.creation.destroy_test_db(before, verbosity=0)


def environment(running: SandboxProcess) -> dict[str, str]:
    """The environment of another process that works on the same database and sandbox."""
    given = urlsplit(os.environ["DATABASE_URL"])
    name = quote(str(connection.settings_dict["NAME"]), safe="")
    return {**os.environ, **running.variables(), "DATABASE_URL": given._replace(path=f"/{name}").geturl()}


def dated(given: dict[str, Any]) -> dict[str, Any]:
    """The world with its claims last changed two days ago: before the first run, whatever the date is."""
    moment = (datetime.now(UTC) - timedelta(days=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for project in given["procore"]["companies"][0]["projects"]:
        for claim in project["requisitions"]:
            claim["created_at"] = claim["updated_at"] = moment
    return {name: part for name, part in given.items() if name != "now"}


def claims_world(claims: int, refused: str = "0.0") -> dict[str, Any]:
    """So many new claims in ten projects; Xero refuses a share of them once their contacts are archived."""
    return dated(make_world(f"generated:claims={claims},refused={refused}"))


def connected(given: dict[str, Any]) -> Tenant:
    """A tenant of the world, without limits of calls, that asks nobody before it sends large amounts."""
    tenant = run_house.connect(given, slug="bench")
    claims = Setting.objects.get(tenant=tenant, integration="progress-claims")
    claims.options = {**claims.options, "largest_amount": "0"}
    claims.save()
    Credential.objects.filter(system="xero").update(tiers={"minute": FREE, "day": FREE})
    Credential.objects.filter(system="procore").update(tiers={"spike": FREE, "hour": FREE})
    return tenant


def prepared(running: SandboxProcess, given: dict[str, Any], name: str = "") -> Tenant:
    """The world loaded, and a tenant whose contacts, projects and codes are linked; its claims are new.

    A world too large to be sent is loaded by its name.
    """
    running.load(name or given)
    tenant = connected(given)
    sync(tenant, *BEFORE_CLAIMS)
    return tenant


def sync(tenant: Tenant, *integrations: str) -> Run:
    """A live run in this process; raises Unmeasured when it does not come to its end."""
    begun = time.monotonic()
    run = run_house.sync(tenant, *integrations)
    if run.state not in FINISHED:
        raise Unmeasured(
            f"the run of {', '.join(integrations)} ended as {run.state}: {run.message} {run.counts}"
        )
    say(f"  {', '.join(integrations)} in {time.monotonic() - begun:.0f} s")
    return run


def say(words: str) -> None:
    """Tell the person who waits; the table alone goes to the output."""
    print(words, file=sys.stderr, flush=True)
