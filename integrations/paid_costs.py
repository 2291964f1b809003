"""The day a direct cost was paid: that of its bill in Xero, once nothing is owed any more.

A bill's node has, joined, `link`: the direct cost it came from. What OneCore cannot do is empty the date
again: Procore's reference takes a date there, never nothing. Then a person is asked to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from integrations.base import Audience, Reason, Record, Write
from integrations.context import Context, Known, Missing
from integrations.expressions import Node
from integrations.procore.costs import DIRECT_COSTS
from integrations.values import calendar_date, decimal, held_date

ROLE = "paid"
MONEY = {"Payments": "Amount", "Prepayments": "AppliedAmount", "Overpayments": "AppliedAmount"}

# The header alone, of a record that belongs to others: its lines and amounts are none of our business.
PAID_COSTS = replace(
    DIRECT_COSTS,
    create=None,
    update=Write(
        method="PATCH", path="/rest/v1.1/projects/{project_id}/direct_costs/{id}", wrap="direct_cost"
    ),
    removals={},
    search=None,
    total="",
    lines="",
    line_key="",
    money=frozenset(),
    exclusive=False,
)


def amended(node: Node, context: Context, resources: Mapping[str, str]) -> Iterable[Known]:
    """The direct cost that the bill came from."""
    project = str(node.get("link.details.project") or "")
    target = str(node.get("link.subject") or "")
    known = Known(integration="", role=ROLE, subject="", resource=PAID_COSTS.name, target_id=target)
    return [replace(known, details={"scope": {"project_id": project}})] if target else []


def came_from_cost(node: Node, context: Context) -> bool:
    """The bill came from a direct cost that OneCore sent, and is not an adjustment of it."""
    return node.get("link.role") == "bill"


def was_paid(node: Node, context: Context) -> bool:
    """The bill is paid in full with money, or has been, as may one sent before it for the same cost."""
    known = context.own_link(ROLE, str(node.get("InvoiceID")))
    before = context.kin.get(str(node.get("link.subject")), ())
    return _is_paid(node) or any(one is not None and one.is_linked for one in (known, *before))


def paid_on(node: Node, context: Context) -> date | Missing | None:
    """The day on which the bill was paid in full in Xero."""
    if _is_paid(node):
        return held_date(node.get("FullyPaidOnDate")) or max(_days(node), default=None)
    cost = context.held.by_id(PAID_COSTS.name, str(node.get("link.subject"))) if context.held else None
    shown = calendar_date((cost or {}).get("payment_date"))
    if shown is None:
        return None
    message = (
        f"the bill {node.get('InvoiceNumber')} is no longer paid in full in Xero, but its direct cost still "
        f"shows {shown:%-d %b %Y} as the day it was paid: empty that date on the direct cost in Procore"
    )
    return Missing(Reason("paid-date-stands", message, Audience.ACCOUNTS, "procore"))


def _is_paid(node: Node) -> bool:
    """Whether nothing is owed and money was paid: a bill that credit notes cover was not paid."""
    paid = any(decimal(one.get(MONEY[kind])) != 0 for kind, one in _parts(node))
    return node.get("Status") == "PAID" and paid


def _days(node: Node) -> list[date]:
    days = (held_date(one.get("Date")) for _, one in _parts(node))
    return [day for day in days if day is not None]


def _parts(node: Node) -> list[tuple[str, Record]]:
    return [
        (kind, one)
        for kind in MONEY
        for one in node.get(kind) or ()
        if isinstance(one, Mapping) and one.get("Status") != "DELETED"
    ]
