"""Worlds: what both systems hold at the start. All of it is invented and the same every time."""

from collections.abc import Callable
from typing import Any

from integrations.sandbox.worlds import books
from integrations.sandbox.worlds.catalogue import ACCOUNTS_BY_CODE, UNMAPPED
from integrations.sandbox.worlds.demo import NOW, clients, demo
from integrations.sandbox.worlds.generated import generated, refused_contacts
from integrations.sandbox.worlds.names import guid
from integrations.sandbox.worlds.nonsense import nonsense, poisoned
from integrations.sandbox.worlds.small import small

__all__ = (
    "ACCOUNTS_BY_CODE",
    "UNMAPPED",
    "WORLDS",
    "demo",
    "empty",
    "generated",
    "nonsense",
    "poisoned",
    "refused_contacts",
    "small",
    "world",
)


def empty() -> dict[str, Any]:
    """Make a world where both systems are connected and hold nothing but accounts and tax rates."""
    tenant = guid("organisation", "empty")
    return {
        "now": NOW,
        "clients": clients(4400, tenant),
        "procore": {"companies": [{"id": 4400, "name": "Empty Works"}]},
        "xero": {"organisations": [books.organisation(tenant, "Empty Works Pty Ltd")]},
    }


WORLDS: dict[str, Callable[[], dict[str, Any]]] = {
    "demo": demo,
    "small": small,
    "empty": empty,
    "nonsense": lambda: nonsense(generated(40, projects=2)),
    "generated": generated,
}


def world(name: str) -> dict[str, Any]:
    """Make the world with this name; raises LookupError."""
    if name not in WORLDS:
        raise LookupError(f"there is no world {name}; there are {', '.join(WORLDS)}")
    return WORLDS[name]()
