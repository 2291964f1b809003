"""What is drawn of a payment on a claim's document, and what has to be so for it to be written.

A payment's node is what `shares.each_payment` made: the document as `bill`, the part as `payment`, its share,
and `at`: the claim and contract on which it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from integrations.base import Audience, Check, Option, Reason, Record
from integrations.context import Context, Missing
from integrations.expressions import Node
from integrations.shares import CREDIT
from integrations.values import calendar_date, cents, decimal, held_date

MARK = re.compile(
    r"Xero (payment|overpayment|prepayment|credit note) \S+( (on|set against) (bill|invoice) \S+)?"
    r"( for retention of claim \S+)?"
)
NEAR = 7  # days by which a payment typed by hand may differ from the bank's


# --- what is drawn ------------------------------------------------------------------------------------------


def before_tax(node: Node, context: Context) -> Any:
    """The running total paid times payable before tax over payable including tax, less what is already
    written.
    """
    amount = node.get("including" if context.options.get("include_tax") else "before_tax")
    if decimal(amount) is not None:
        return amount
    message = (
        f"the amount “{str(amount)[:40]}” of a payment on the {document(node)} "
        f"{node.get('bill.InvoiceNumber')} is not a number: look at the payment in Xero"
    )
    return Missing(Reason("not-a-number", message, Audience.ACCOUNTS, "xero"))


def share(node: Node, context: Context) -> str | None:
    """The part of it that is not tax, whatever is written."""
    amount = decimal(node.get("before_tax"))
    return None if amount is None else format(cents(amount), "f")


def share_against(node: Node, context: Context) -> str | None:
    """The same on the claim of the document that is credited."""
    amount = decimal(node.get("before_tax"))
    return None if amount is None else format(cents(-amount), "f")


def paid_on(node: Node, context: Context) -> Any:
    """The date of the payment in Xero."""
    return held_date(node.get("payment.Date"))


def document(node: Node) -> str:
    """What people call the document that was paid."""
    return "invoice" if node.get("bill.Type") == "ACCREC" else "bill"


def mark(node: Node, context: Context) -> str:
    """The Xero payment's id, by which it is known again; for what is allocated, the document's id too."""
    relation = "set against" if node.get("other") else "on"
    on_it = f" {relation} {document(node)} {node.get('bill.InvoiceID')}"
    whole = f"Xero {node.get('kind_name')} {node.get('id')}" + (
        on_it if node.get("kind") != "Payments" else ""
    )
    return f"{whole} for retention of claim {node.get('for_claim')}" if node.get("for_claim") else whole


def mark_against(node: Node, context: Context) -> str:
    """The Xero credit note's id and that of the document it is allocated to."""
    return f"Xero {node.get('kind_name')} {node.get('id')} on {document(node)} {node.get('bill.InvoiceID')}"


def carries_mark(record: Record) -> str:
    """The mark with which a Procore payment's notes begin; "" where it was not written by us."""
    found = MARK.match(str(record.get("notes") or "").strip())
    return found[0] if found else ""


def claim_id(node: Node, context: Context) -> int | None:
    """The claim on which it counts."""
    return _number(node.get("at.claim"))


def claim_against(node: Node, context: Context) -> int | None:
    """The claim of the document that is credited."""
    return _number(node.get("against.claim"))


def _number(value: Any) -> int | None:
    return int(str(value)) if str(value or "").isdigit() else None


def typed_by_hand(node: Node, context: Context, payments: Iterable[Record]) -> list[tuple[Record, int]]:
    """Payments of the same amount on the claim that did not come from here, best first."""
    if context.options.get("typed") == "write":
        return []
    share, whole = decimal(node.get("before_tax")), decimal(node.get("including"))
    day, found = paid_on(node, context), []
    for payment in payments:
        amount, typed_on = decimal(payment.get("amount")), calendar_date(payment.get("date"))
        near = bool(day and typed_on and abs((day - typed_on).days) <= NEAR)
        if carries_mark(payment) or amount not in (share, whole) or not _same_claim(node, payment, near):
            continue
        found.append((payment, 100 if near else 90))
    return sorted(found, key=lambda one: -one[1])


def _same_claim(node: Node, payment: Record, near: bool) -> bool:
    """Whether a payment names the claim or its document; one that names neither is judged by its date."""
    sequence, drawn = payment.get("draw_request_number"), node.get("at.sequence")
    if payment.get("requisition_id") not in (None, ""):
        return str(payment["requisition_id"]) == str(node.get("at.claim"))
    if document(node) == "invoice" and sequence not in (None, "") and drawn is not None:
        return str(sequence) == str(drawn)
    number = str(payment.get("invoice_number") or "").strip().casefold()
    return number == str(node.get("at.number")).strip().casefold() if number else near


# --- conditions ---------------------------------------------------------------------------------------------


def is_not_replaced(node: Node, context: Context) -> bool | str:
    """The claim that the document came from is linked to no other one now."""
    claim = node.get("bill.instead.title")
    return True if claim is None else f"{claim or 'its claim'} is linked to another {document(node)} now"


def is_bill_of_claim(node: Node, context: Context) -> bool:
    """The document came from a claim that OneCore sent."""
    return bool(node.get("bill.link"))


def is_payment(node: Node, context: Context) -> bool:
    """It is a payment or an allocated over- or prepayment; credit notes are none, but for another claim's."""
    return not is_credit(node, context) or node.get("other") is not None


def is_credit(node: Node, context: Context) -> bool:
    """It is a credit note allocated to the document."""
    return node.get("kind") == CREDIT


def is_on_both(node: Node, context: Context) -> bool:
    """It is another claim's credit note, and comes to the same before tax on both claims."""
    return is_credit(node, context) and bool(node.get("exact"))


def has_share(node: Node, context: Context) -> bool:
    """Some of it is not tax."""
    amount = before_tax(node, context)
    return isinstance(amount, Missing) or decimal(amount) != 0 or is_credit(node, context)


def is_drawn_exactly(node: Node, context: Context) -> bool | str:
    """What another claim's credit note covers comes to the same before tax on both claims."""
    if not is_credit(node, context) or node.get("exact"):
        return True
    return (
        f"the credit note {node.get('other_number')} of another claim is allocated to the {document(node)} "
        f"{node.get('bill.InvoiceNumber')} ({decimal(node.get('paid')) or 0:,.2f} including tax), and the "
        "two are taxed differently: neither claim shows it as paid; enter it on both claims in Procore, "
        "positive here and negative there"
    )


CHECKS = (
    Check(test=is_not_replaced, withdraws=True),
    Check(test=is_bill_of_claim),
    Check(test=is_payment),
)
SHARES = (
    Check(test=has_share, withdraws=True),
    Check(test=is_drawn_exactly, warn="other-claim-credit", fix="procore"),
)
OPTIONS = (
    Option(name="include_tax", label="Write payments including tax", kind="yes-no", default=False),
    Option(
        name="typed",
        label="A payment typed by hand looks the same",
        kind="choice",
        default="ask",
        choices=(("ask", "ask which is meant"), ("write", "write another")),
    ),
)
