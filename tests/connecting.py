"""Clients on a running sandbox, for tests: fixed tokens, a fast clock, no database."""

from datetime import UTC, datetime

from integrations.environments import find_environment
from integrations.http import Access, Clock
from integrations.oauth import client_tokens
from integrations.procore.client import ProcoreClient
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import world
from integrations.sandbox.worlds.small import COMPANY, TENANT
from integrations.xero.client import XeroClient

FAST = 2000.0  # seconds of the clients' clock in one real second


class FixedTokens:
    """One token, and what a refresh gives instead; counts the refreshes."""

    def __init__(self, token: str, then: str = "") -> None:
        self.token, self.then, self.refreshes = token, then or token, 0

    def access(self) -> Access:
        return Access(self.token, self.refreshes)

    def refresh(self, seen_epoch: int) -> Access:
        self.refreshes += 1
        self.token = self.then
        return Access(self.token, self.refreshes)


def token(sandbox: Sandbox, system: str) -> str:
    """An access token of the sandbox's service account."""
    environment = find_environment(system, "sandbox")
    assert environment is not None
    name = "sandbox-procore" if system == "procore" else "sandbox-xero-custom"
    return client_tokens(environment, client_id=name, secret=f"{name}-secret").access


def procore(sandbox: Sandbox, tokens: FixedTokens | None = None, **over: object) -> ProcoreClient:
    """A client of the small world's company."""
    given = {"clock": Clock(speed=FAST), "read_timeout": 5.0} | over
    used = tokens or FixedTokens(token(sandbox, "procore"))
    return ProcoreClient(f"{sandbox.address}/procore-api", str(COMPANY), used, **given)


def xero(sandbox: Sandbox, tokens: FixedTokens | None = None, **over: object) -> XeroClient:
    """A client of the small world's organisation."""
    given = {"clock": Clock(speed=FAST), "read_timeout": 5.0} | over
    used = tokens or FixedTokens(token(sandbox, "xero"))
    return XeroClient(f"{sandbox.address}/xero-api", TENANT, used, **given)


def small(sandbox: Sandbox) -> Sandbox:
    """The sandbox with the small world, its clock as the world sets it."""
    sandbox.load(world("small"))
    return sandbox


def at(year: int, month: int, day: int) -> datetime:
    """Midnight UTC."""
    return datetime(year, month, day, tzinfo=UTC)
