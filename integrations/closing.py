"""Projects that close: what of them is still open, and whether their option may be archived. Pure."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from integrations.base import Reason, Record
from integrations.context import Context
from integrations.expressions import Node
from integrations.stages import is_linked
from integrations.values import decimal

SHOWN = 5  # documents and contracts named; of the others only how many there are


def is_closing(node: Node, context: Context) -> bool:
    """Worth looking what is open: inactive in Procore, and linked still."""
    return node.get("active") is False and is_linked(node, context)


def may_stay(node: Node, context: Context) -> bool:
    """The project is active, or something of it is open."""
    archived = is_closing(node, context) and bool(context.options.get("archive"))
    return not archived or node.get("what_is_open") is None or bool(_open(node))


def is_active_or_open(node: Node, context: Context) -> bool:
    """The project is active in Procore, or is closed with something open."""
    return node.get("active") is not False or (is_closing(node, context) and bool(_open(node)))


def nothing_is_open(node: Node, context: Context) -> bool | str:
    """Nothing of a project that is closed is open: no document, no retention, nothing that waits."""
    found = _open(node) if is_closing(node, context) else []
    if not found:
        return True
    return (
        "the project is inactive in Procore, so that it is no longer worked on, and there is still open: "
        f"{'; '.join(found)}. Make it active in Procore until this is settled, or settle it in Xero by hand: "
        "this ends by itself once nothing is open"
    )


def while_active(
    test: Callable[[Node, Context], bool | str | Reason | None],
) -> Callable[[Node, Context], bool | str | Reason | None]:
    """The condition, asked of active projects only."""

    def asked(node: Node, context: Context) -> bool | str | Reason | None:
        return True if node.get("active") is False else test(node, context)

    asked.__doc__ = test.__doc__
    return asked


def _open(node: Node) -> list[str]:
    """What is open, in words."""
    found: Record = node.get("what_is_open") or {}
    documents = [_document(one) for one in found.get("documents") or ()]
    retention = [
        f"retention of {decimal(one.get('amount')) or Decimal(0):,.2f} on {one.get('contract')}"
        for one in found.get("retention") or ()
    ]
    waiting = int(found.get("waiting") or 0)
    words = [", ".join(_some(some)) for some in (documents, retention) if some]
    return [
        *words,
        *([f"{waiting} not sent yet" if waiting > 1 else "one record not sent yet"] * bool(waiting)),
    ]


def _some(texts: list[str]) -> list[str]:
    more = len(texts) - SHOWN
    return [*texts[:SHOWN], *([f"and {more} more"] if more > 0 else [])]


def _document(one: Record) -> str:
    due = decimal(one.get("due")) or Decimal(0)
    state = "not approved" if one.get("status") in ("DRAFT", "SUBMITTED") else f"{due:,.2f} open"
    return f"{one.get('title')} ({state})"
