"""Direct costs that were locked in Procore. Nobody changes them: what changes in Xero later becomes a direct
cost of its own for the difference; a void, for its negative. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any

from integrations import cost_coding, costs_in
from integrations.base import Audience, Document, Reason, Record, dig
from integrations.context import LINKED, SENDING, Context, Missing
from integrations.drawing import draw_document
from integrations.expressions import Expression, Node, money, path
from integrations.values import Line, decimal

ROLE = "difference"
LINE: dict[str, Expression] = {"wbs_code_id": path("code"), "manual_amount": money("amount")}


def is_locked(node: Node, context: Context) -> bool:
    """Whether its direct cost is locked, or may be: the answer to a lock that was sent is still out."""
    cost, lock = (context.own_link(role, str(node.get("id"))) for role in ("cost", "lock"))
    if context.options.get("locking") != "on" or cost is None or lock is None:
        return False
    return cost.is_linked and lock.state in (LINKED, SENDING)


def in_step(cost: Document) -> Callable[[Node, Context], bool]:
    """Whether the direct cost is drawn as it was sent: what has yet to be updated is locked afterwards."""

    def holds(node: Node, context: Context) -> bool:
        """Its direct cost is as it is in Xero."""
        known = context.own_link("cost", str(node.get("id")))
        if known is None or not known.is_linked or is_locked(node, context):
            return True
        drawn = draw_document("cost", cost, node, context, "")
        return drawn is None or drawn.sent == known.sent

    return holds


def or_locked(test: Callable[[Node, Context], bool]) -> Callable[[Node, Context], bool]:
    """The condition; a locked direct cost is not taken back without it, but balanced by its negative."""

    def holds(node: Node, context: Context) -> bool:
        return test(node, context) or is_locked(node, context)

    holds.__doc__ = test.__doc__
    return holds


def frozen(lines: Expression) -> Callable[[Node, Context], list[Line]]:
    """The lines, as long as the direct cost is not locked; then it stays as it is."""

    def drawn(node: Node, context: Context) -> list[Line]:
        """One line for each line of the document that is a cost, as it was when it was locked."""
        known = context.own_link("cost", str(node.get("id")))
        if known is not None and is_locked(node, context):
            return [Line("frozen", {"manual_amount": decimal(known.amount)})]
        found: list[Line] = lines(node, context)
        return found

    return drawn


def differences(node: Node, context: Context) -> Iterator[Record]:
    """Those written already, and one more where Xero holds something else than all of them together."""
    done = [key for key in map(str, range(1, 1000)) if _link(node, context, key)]
    for key in done:
        known = context.own_link(f"{ROLE}:{key}", str(node.get("id")))
        yield {"key": key, "lines": [{"key": "frozen", "amount": known.amount if known else None}]}
    roles = ["cost", *(f"{ROLE}:{key}" for key in done)]
    if not all(context.own_target(role, str(node.get("id"))) for role in roles):
        return  # one that is gone is a warning of its own: nothing makes up for it by itself
    wanted, written = _wanted(node, context), _written(node, context, roles)
    lines = [
        {"key": str(code), "code": code, "amount": amount}
        for code in dict.fromkeys((*wanted, *written))
        if (amount := _less(wanted.get(code, Decimal(0)), written.get(code, Decimal(0)))) != 0
    ]
    by_hand = _by_hand(node, context, roles) if lines else None
    if by_hand is not None:
        lines = [{"key": "by hand", "amount": by_hand}]
    if lines:
        yield {"key": str(len(done) + 1), "lines": lines}


def _link(node: Node, context: Context, key: str) -> bool:
    known = context.own_link(f"{ROLE}:{key}", str(node.get("id")))
    return bool(known and known.is_linked)


def _less(wanted: Decimal | Missing, written: Decimal) -> Decimal | Missing:
    return wanted if isinstance(wanted, Missing) else wanted - written


def _wanted(node: Node, context: Context) -> dict[Any, Any]:
    """What Xero holds now by budget code; a code or amount that is missing says so itself."""
    found: dict[Any, Any] = {}
    for item in node.get("items") or ():
        line = node.inside(item)
        worth = costs_in.amount(line, context)
        if worth == 0:
            continue
        code = cost_coding.budget_code(line, context)
        before = found.get(code, Decimal(0))
        broken = isinstance(worth, Missing) or isinstance(before, Missing)
        found[code] = worth if broken else before + worth
    return found


def _written(node: Node, context: Context, roles: Iterable[str]) -> dict[Any, Decimal]:
    """What the direct cost and its differences hold, by budget code."""
    found: dict[Any, Decimal] = {}
    for role in roles:
        for line in context.own_target(role, str(node.get("id"))).get("line_items") or ():
            code = dig(line, "wbs_code.id")
            found[code] = found.get(code, Decimal(0)) + (decimal(line.get("amount")) or Decimal(0))
    return found


def _by_hand(node: Node, context: Context, roles: Iterable[str]) -> Missing | None:
    """That somebody changed an amount in Procore, which nothing makes up for unless the option says so."""
    if context.options.get("write_again"):
        return None
    for role in roles:
        known, held = context.own_link(role, str(node.get("id"))), _written(node, context, (role,))
        sent, there = decimal(known.amount) if known else None, sum(held.values(), Decimal(0))
        if known and known.amount is not None and sent is not None and sent != there:
            named = context.own_target(role, str(node.get("id"))).get("invoice_number") or node.get("number")
            message = (
                f"somebody changed its direct cost {named} in Procore from {sent:,.2f} to {there:,.2f}: "
                "change it back, or choose in the options that what was changed is written again"
            )
            return Missing(Reason("amount-by-hand", message, Audience.ACCOUNTS, "procore"))
    return None


def number(node: Node, context: Context) -> str:
    """The document's number with the turn of the difference."""
    return f"{node.get('number')}-{node.get('one.key')}"


def described(node: Node, context: Context) -> str:
    """Which document it is a difference to, and the how manieth."""
    return f"Change {node.get('one.key')} of the Xero {node.get('label')} {node.get('document')}"
