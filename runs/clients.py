"""The clients of a run: one for each system the tenant is connected to, and one for our own catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests

from integrations.base import fill
from integrations.budgets import SharedBudget
from integrations.credentials import CredentialTokens
from integrations.environments import find_environment
from integrations.errors import Disconnected
from integrations.http import Client
from integrations.models import Connection, Tenant, connections_of
from integrations.procore.client import ProcoreClient
from integrations.xero.client import XeroClient
from mappings.local import LocalClient
from runs.models import Run, StartedFrom
from runs.progress import BeatingClock, Progress
from runs.settle import read_timeout

CLIENTS: Mapping[str, type[Client]] = {"procore": ProcoreClient, "xero": XeroClient}
LONGEST_WAIT = 65.0  # seconds to wait for a limit: a minute's window; a longer one ends the run early
RESERVE = 0.1  # share of the calls that other runs leave to those started by a change


def clients_of(run: Run, progress: Progress) -> dict[str, Any]:
    """A client per system. Raises Disconnected where a connection is missing or points nowhere."""
    found: dict[str, Any] = {"onecore": LocalClient(run.tenant)}
    connections = connections_of(run.tenant)
    for system, build in CLIENTS.items():
        connection = connections.get(system)
        if connection is None:
            raise Disconnected(f"{run.tenant} has no connection to {system.title()} yet.")
        found[system] = client_of(build, connection, run, progress)
    return found


def client_of(build: type[Client], connection: Connection, run: Run, progress: Progress) -> Client:
    """A client for one connection, on the budget all workers share."""
    credential = connection.credential
    environment = find_environment(credential.system, credential.environment)
    if environment is None:
        raise Disconnected("The connection points to an environment that is switched off here.")
    reserve = 0.0 if run.source == StartedFrom.WEBHOOK else RESERVE
    return build(
        environment.api,
        connection.external_id,
        CredentialTokens(credential),
        budget=SharedBudget(connection, reserve=reserve),
        clock=BeatingClock(progress),
        max_wait=LONGEST_WAIT,
        read_timeout=read_timeout(),
        session=FencedSession(progress.fence),
    )


class FencedSession(requests.Session):
    """A session whose writes leave only while the run still holds its leases;
    asked last of all, after every wait.
    """

    def __init__(self, fence: Callable[[], None]) -> None:
        super().__init__()
        self.fence = fence

    def send(self, request: requests.PreparedRequest, **about: Any) -> requests.Response:
        """Send a request; raises LeaseLost or Cancelled instead of sending a write that is no longer ours."""
        if request.method not in ("GET", "HEAD"):
            self.fence()
        return super().send(request, **about)


class WebAddresses:
    """Web addresses of records, for one tenant: a resource's template below the system's web host."""

    def __init__(self, tenant: Tenant) -> None:
        self.hosts, self.ids = {}, {}
        for system, connection in connections_of(tenant).items():
            environment = find_environment(connection.credential.system, connection.credential.environment)
            self.hosts[system] = connection.web or (environment.web if environment else "")
            self.ids[system] = connection.external_id

    def __call__(self, template: str, names: Mapping[str, Any]) -> str:
        """The address; Procore's unless the names say which system."""
        system = str(names.get("system") or "procore")
        host = self.hosts.get(system, "")
        if not host or not template:
            return ""
        return host.rstrip("/") + fill(template, {"company_id": self.ids.get(system, ""), **names}).replace(
            " ", ""
        )
