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


def _nonsense(endless: int = 0) -> dict[str, Any]:
    return nonsense(generated(40, projects=2), endless=bool(endless))


WORLDS: dict[str, Callable[..., dict[str, Any]]] = {
    "demo": demo,
    "small": small,
    "empty": empty,
    "nonsense": _nonsense,
    "generated": generated,
}


def world(name: str) -> dict[str, Any]:
    """Make the world with this name, `demo`, or sized by it, `generated:claims=20000,refused=0.05`.

    Raises LookupError for a name or a size it does not have.
    """
    kind, _, sizes = name.partition(":")
    if kind not in WORLDS:
        raise LookupError(f"there is no world {kind}; there are {', '.join(WORLDS)}")
    try:
        return WORLDS[kind](**{size: _number(value) for size, value in _pairs(sizes)})
    except (TypeError, ValueError) as error:
        raise LookupError(f"there is no world {name}: {error}") from error


def _pairs(sizes: str) -> list[tuple[str, str]]:
    return [(size, value) for size, _, value in (part.partition("=") for part in sizes.split(",") if part)]


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
