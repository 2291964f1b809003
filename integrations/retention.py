"""How retention becomes documents: the five methods, for any claim whose documents are drawn in
payable signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations import claims, coding, holdings
from integrations.adjustments import adjusting
from integrations.allocations import ALLOCATION, CLEARING, SET_OFF
from integrations.attachments import ATTACHMENT
from integrations.base import Option
from integrations.context import Context, Missing
from integrations.expressions import (
    Expression,
    Node,
    call,
    each,
    money,
    summed,
    text,
    together,
)
from integrations.values import Line, cents, is_zero

METHODS = (
    ("deduct", "deducted on the claim's own document"),
    ("net", "net: each line less its retention"),
    ("separate", "deducted, with a second document that falls due at release"),
    ("credit_note", "a credit note for what is held, a bill for what is released"),
    ("gross", "gross: what is held is left unpaid"),
)
TAXES = (
    ("defer", "with the work's tax, deferred until release"),
    ("upfront", "BAS excluded: tax is paid upfront"),
)


def _tax_fits(options: Mapping[str, Any]) -> str:
    """What is wrong with the tax choice for the method, or ""."""
    if options.get("retention") == "net" and options.get("retention_tax") == "upfront":
        return "the method net takes the tax with each line, so its tax cannot be paid upfront"
    if options.get("retention_tax") == "upfront" and not options.get("retention_tax_note"):
        return "paying the tax on retention upfront needs a note saying who confirmed it"
    return ""


OPTIONS = (
    Option(name="retention", label="Retention", kind="choice", choices=METHODS, default="deduct"),
    Option(
        name="retention_tax",
        label="Tax on retention",
        kind="choice",
        choices=TAXES,
        default="defer",
        needs=_tax_fits,
        help="Australian organisations that report on accruals must defer it (ATO PAR 2017/2).",
    ),
    Option(name="retention_tax_note", label="Who confirmed upfront tax, and when", kind="text"),
    Option(name="retention_held_account", label="Account for retention held", kind="account"),
    Option(
        name="retention_released_account",
        label="Account for retention released",
        kind="account",
        help="Left empty, the account for retention held is used for both.",
    ),
    Option(
        name="opening",
        label="Retention held before the first claim here is released, and its contract has no opening",
        kind="choice",
        default="hold",
        choices=(("hold", "hold the claim and warn"), ("send", "send it: it is booked the same way")),
    ),
    Option(
        name="set_off",
        label="Set a claim of less than nothing against the contract's oldest open documents",
        kind="yes-no",
        default=False,
    ),
)


def held_account(node: Node, context: Context) -> str:
    """The account for retention held."""
    return str(context.options.get("retention_held_account") or "")


def released_account(node: Node, context: Context) -> str:
    """The account for retention released, else the one for retention held."""
    return str(context.options.get("retention_released_account") or held_account(node, context))


def no_tax(node: Node, context: Context) -> str:
    """The tax type “BAS excluded”, since a placeholder carries no tax."""
    return coding.without_tax(context)


def work_lines(line: dict[str, Expression]) -> Expression:
    """One line for each claim line that moved, adding up to the claim's summary."""
    work = line | {"UnitAmount": money(call(claims.moved))}
    return each("items", work, key="line_item_id", where=call(claims.moved))


def net_lines(line: dict[str, Expression]) -> Expression:
    """One line for each claim line that moved: its work, less what it holds, plus what it releases."""
    net = line | {"UnitAmount": money(call(holdings.payable_here))}
    return each("items", net, key="line_item_id", where=call(holdings.moved_here))


def opening_lines(line: dict[str, Expression]) -> Expression:
    """One line for each claim line that releases retention which was never in Xero."""
    back = line | {
        "Description": text("Retention released from before: {commitment.number} claim {number}"),
        "UnitAmount": money(call(holdings.opening_in_lines)),
    }
    where = call(holdings.opening_in_lines)
    return each("items", back, key="line_item_id", where=where, prefix="opening:")


def _retention(name: str, amount: Any, account: Any, tax: Any, line: dict[str, Expression]) -> Expression:
    fields: dict[str, Expression] = {name: value for name, value in line.items() if name != "ItemCode"} | {
        "Description": text(f"{name}: {{commitment.number}} claim {{number}}"),
        "UnitAmount": money("amount"),
        "AccountCode": call(account),
        "TaxType": call(_by(account, tax)),
        "Tracking": call(_shared_tracking(amount, tax)),
    }
    return summed(
        "items", by=call(tax), amount=call(amount), fields=fields, prefix=name.lower().replace(" ", "-") + ":"
    )


def _by(account: Any, tax: Any) -> Any:
    def by(node: Node, context: Context) -> Any:
        drawn = node.get("by")
        if isinstance(drawn, Missing):
            return drawn
        return coding.usable(str(drawn), "retention carries", str(account(node, context)), context)

    by.__doc__ = tax.__doc__
    return by


def _shared_tracking(amount: Any, tax: Any) -> Any:
    def shared(node: Node, context: Context) -> list[Any]:
        """Its project's tracking option; a cost code's or cost type's where all lines it sums share it."""
        claim = node.parent or node
        lines = [claim.inside(item) for item in claim.get("items") or ()]
        summed_up = [one for one in lines if not is_zero(amount(one, context))]
        alike = [one for one in summed_up if tax(one, context) == node.get("by")]
        first, *others = [coding.line_tracking(one, context) for one in alike or [node]]
        return [option for option in first if all(option in other for other in others)]

    return shared


def documents(
    document: Any, line: dict[str, Expression], tax: Any = coding.retention_tax
) -> dict[str, dict[str, Any]]:
    """The documents of each method. `document(lines, suffix)` gives a signed document with those lines;
    `tax` gives the tax type of a line's retention.
    """
    held_off = _retention("Retention held", claims.held_negative, held_account, tax, line)
    back = _retention("Retention released", holdings.released_here, released_account, tax, line)
    waiting = _retention("Retention held", claims.held, held_account, no_tax, line)
    cleared = _retention("Retention released", holdings.cleared_here, released_account, no_tax, line)
    before = "Retention released from before"
    opened = _retention(before, holdings.opening_on_account, released_account, tax, line)
    settled = _retention(before, holdings.opening_cleared, released_account, no_tax, line)
    opening = (opened, opening_lines(line))
    deducted = document(together(work_lines(line), held_off, back, *opening), "")
    whole = document(together(work_lines(line), *opening), "")
    cleared_opening = {"retention": document(per_account(settled), "-RET")}
    return adjustable({
        "deduct": {"bill": deducted, **cleared_opening},
        "net": {"bill": document(together(net_lines(line), *opening), ""), **cleared_opening},
        "separate": {
            "bill": deducted,
            "retention": document(per_account(together(waiting, cleared, settled)), "-RET"),
            "clearing": CLEARING,
        },
        "credit_note": {
            "bill": whole,
            "credit_note": document(held_off, "-CN"),
            "release": document(back, "-REL"),
            "allocation": ALLOCATION,
            **cleared_opening,
        },
        "gross": {"bill": whole, **cleared_opening},
    })  # fmt: skip


def adjustable(methods: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The documents of each method with what adjusts them, a placeholder by itself, and their files."""
    return {
        method: documents | {
            "adjustment": adjusting(documents["bill"], "bill", "credit_note", "release"),
            "retention_adjustment": adjusting(documents["retention"], "retention"),
            "set_off": SET_OFF,
            "attachment": ATTACHMENT,
            "noted": holdings.noted(documents["bill"].positive),
        }
        for method, documents in methods.items()
    }  # fmt: skip


def left_open(node: Node, context: Context) -> Decimal | None:
    """What the method gross leaves unpaid on the bill, before tax."""
    if context.options.get("retention") != "gross":
        return None
    held, back = (claims.line_total(node, context, part) for part in (claims.held, claims.released))
    return held if held is None or back is None else cents(held)


def left_open_taxed(node: Node, context: Context) -> bool | None:
    """Whether what is left unpaid is left with its tax."""
    return (
        context.options.get("retention_tax") != "upfront"
        if context.options.get("retention") == "gross"
        else None
    )


DETAILS = holdings.DETAILS | {
    "left_open": call(left_open),
    "left_open_taxed": call(left_open_taxed),
    "own_tax": call(claims.own_tax),
}  # remembered on the link of each of a claim's documents


@dataclass(frozen=True)
class per_account(Expression):
    """One line for each account and tax type of other lines, none where they cancel out altogether."""

    lines: Expression

    def __call__(self, node: Node, context: Context) -> list[Line]:
        sums: dict[tuple[Any, Any], Line] = {}
        for line in self.lines(node, context):
            key = (line.fields.get("AccountCode"), line.fields.get("TaxType"))
            before, amount = sums.get(key), line.fields.get("UnitAmount")
            if before is not None and not isinstance(amount, Missing):
                amount = amount if isinstance(before.fields["UnitAmount"], Missing) else (
                    before.fields["UnitAmount"] + amount
                )  # fmt: skip
            first = before or line
            sums[key] = Line(first.key, {**first.fields, "UnitAmount": amount})
        lines = [line for line in sums.values() if not is_zero(line.fields["UnitAmount"])]
        amounts = [line.fields["UnitAmount"] for line in lines]
        known = all(isinstance(amount, Decimal) for amount in amounts)
        return [] if known and sum(amounts, Decimal(0)) == 0 else lines

    def __str__(self) -> str:
        return f"{self.lines}; summed into one line per account"
