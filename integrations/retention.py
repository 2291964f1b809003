"""How retention becomes documents: the five methods, for any claim whose documents are drawn in
payable signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from integrations import claim_headers, claims, coding
from integrations.base import Check, Document, Option
from integrations.context import Context, Missing
from integrations.expressions import (
    Expression,
    Node,
    call,
    const,
    each,
    fitted,
    money,
    summed,
    text,
    together,
)
from integrations.values import cents, decimal
from integrations.xero.resources import ALLOCATIONS

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
)


def held_account(node: Node, context: Context) -> str:
    """The account for retention held."""
    return str(context.options.get("retention_held_account") or "")


def released_account(node: Node, context: Context) -> str:
    """The account for retention released, else the one for retention held."""
    return str(context.options.get("retention_released_account") or held_account(node, context))


def no_tax(node: Node, context: Context) -> str:
    """“BAS excluded”: a placeholder carries no tax."""
    return "BASEXCLUDED"


def work_lines(line: dict[str, Expression]) -> Expression:
    """One line for each claim line that moved, adding up to the claim's summary."""
    return fitted(
        each(
            "items",
            line | {"UnitAmount": money(call(claims.moved))},
            key="line_item_id",
            where=call(claims.moved),
        ),
        call(claims.work_moved),
    )


def net_lines(line: dict[str, Expression]) -> Expression:
    """One line for each claim line that moved: its work, less what it holds, plus what it releases."""
    net = line | {"UnitAmount": money(call(claims.payable))}
    return each("items", net, key="line_item_id", where=call(claims.anything_moved))


def _retention(name: str, amount: Any, account: Any, tax: Any, line: dict[str, Expression]) -> Expression:
    fields: dict[str, Expression] = {name: value for name, value in line.items() if name != "ItemCode"} | {
        "Description": text(f"{name}: {{commitment.number}} claim {{number}}"),
        "UnitAmount": money("amount"),
        "AccountCode": call(account),
        "TaxType": call(_by),
    }
    return summed(
        "items", by=call(tax), amount=call(amount), fields=fields, prefix=name.lower().replace(" ", "-") + ":"
    )


def _by(node: Node, context: Context) -> Any:
    """The tax type of the work it belongs to."""
    return node.get("by")


def released_negative(node: Node, context: Context) -> Decimal | Missing:
    """The retention released in this claim, taken off the placeholder."""
    amount = claims.released(node, context)
    return amount if isinstance(amount, Missing) else -amount


def documents(document: Any, line: dict[str, Expression]) -> dict[str, dict[str, Any]]:
    """The documents of each method. `document(lines, suffix)` gives a signed document with those lines."""
    held_off = _retention("Retention held", claims.held_negative, held_account, coding.retention_tax, line)
    back = _retention("Retention released", claims.released, released_account, coding.retention_tax, line)
    waiting = _retention("Retention held", claims.held, held_account, no_tax, line)
    cleared = _retention("Retention released", released_negative, released_account, no_tax, line)
    deducted = document(together(work_lines(line), held_off, back), "")
    return {
        "deduct": {"bill": deducted},
        "net": {"bill": document(net_lines(line), "")},
        "separate": {"bill": deducted, "retention": document(together(waiting, cleared), "-RET")},
        "credit_note": {
            "bill": document(work_lines(line), ""),
            "credit_note": document(held_off, "-CN"),
            "release": document(back, "-REL"),
            "allocation": ALLOCATION,
        },
        "gross": {"bill": document(work_lines(line), "")},
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


def open_amount(node: Node, context: Context) -> Decimal:
    """The smaller of what the credit note has left and what the bill still owes."""
    subject = str(node.get("id"))
    credit, bill = context.own_target("credit_note", subject), context.own_target("bill", subject)
    amounts = [decimal(credit.get("RemainingCredit")), decimal(bill.get("AmountDue"))]
    return min(amount for amount in amounts if amount is not None)


def both_approved(node: Node, context: Context) -> bool:
    """Both documents are approved in Xero."""
    subject = str(node.get("id"))
    states = {str(context.own_target(role, subject).get("Status")) for role in ("bill", "credit_note")}
    return states <= {"AUTHORISED", "PAID"}


ALLOCATION = Document(
    target=ALLOCATIONS,
    late=True,
    add_only=True,
    title="allocation of retention held",
    needs=("bill", "credit_note"),
    scope={"credit_note_id": call(claim_headers.own_id("credit_note"))},
    fields={
        "Amount": call(open_amount),
        "Date": call(claim_headers.claim_date),
        "Invoice": call(claim_headers.own_bill),
    },
    waits=(Check(words="both are approved in Xero", test=both_approved),),
    details={"allocated_to": const("bill")},
)
