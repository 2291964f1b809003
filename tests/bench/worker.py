"""The other processes of a bench: `calls` uses up a budget on a fast clock, `sync` tells a run's memory."""

from __future__ import annotations

import os
import re
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from integrations.budgets import SharedBudget  # noqa: E402 - Django comes first
from integrations.credentials import CredentialTokens  # noqa: E402
from integrations.environments import find_environment  # noqa: E402
from integrations.http import Client, Clock  # noqa: E402
from integrations.models import Connection, Tenant  # noqa: E402
from integrations.procore import resources as procore  # noqa: E402
from integrations.xero import resources as xero  # noqa: E402
from runs.clients import CLIENTS, RESERVE  # noqa: E402
from tests import run_house  # noqa: E402

READ = {
    "xero": (xero.ACCOUNTS, xero.TAX_RATES, xero.ORGANISATION),
    "procore": (procore.PROJECTS, procore.LINE_ITEM_TYPES, procore.PROJECT_STAGES),
}


class CommonClock(Clock):
    """A fast clock that several processes on one machine share: they have the same monotonic time."""

    def __init__(self, start: datetime, mark: float, speed: float) -> None:
        super().__init__(start=start, speed=speed)
        self._mark = mark


def calls(connection_id: str, reserve: str) -> None:
    """Call until the fast clock says it is enough. A line tells when that begins; the count is the answer."""
    held = Connection.objects.select_related("credential").get(pk=int(connection_id))
    tokens = CredentialTokens(held.credential)
    tokens.access()
    print("ready", flush=True)
    start, mark, speed, seconds = sys.stdin.readline().split()
    clock = CommonClock(datetime.fromisoformat(start), float(mark), float(speed))
    client = client_of(held, tokens, clock, RESERVE if reserve == "reserve" else 0.0)
    end = float(mark) + float(seconds) / float(speed)
    while True:
        for resource in READ[held.system]:
            list(client.read(resource, scope={"company_id": held.external_id}))
            if time.monotonic() > end:
                print(sum(client.calls.values()), flush=True)
                return


def client_of(held: Connection, tokens: CredentialTokens, clock: Clock, reserve: float) -> Client:
    """A client as a run has it, on another clock."""
    environment = find_environment(held.system, held.credential.environment)
    assert environment is not None
    budget = SharedBudget(held, clock=clock, reserve=reserve)
    build: Any = CLIENTS[held.system]
    made: Client = build(
        environment.api, held.external_id, tokens, budget=budget, clock=clock, max_wait=7200.0
    )
    return made


def sync(slug: str, integration: str) -> None:
    """One live run; its state, what was created and the peak of this process's memory in kB."""
    run = run_house.sync(Tenant.objects.get(slug=slug), integration)
    print(run.state, run.counts[integration].get("created", 0), peak(), flush=True)


def peak() -> int:
    """The largest resident size of this process so far, in kB; getrusage would count the parent's as well."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return int(found[1])


if __name__ == "__main__":
    {"calls": calls, "sync": sync}[sys.argv[1]](*sys.argv[2:])
