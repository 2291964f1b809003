"""What was paid on a bill, before tax, payment by payment.

A bill's node has, joined, `link` (the claim it came from: subject, group, role, amount, details) and `own`
(the claim's other documents: role, target_id, amount). Amounts on a bill include tax; payments in Procore
do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.base import Record, Subject
from integrations.context import Context
from integrations.expressions import Node
from integrations.values import cents, decimal, held_date

MARK = "Xero payment"
KINDS = (("Payments", "PaymentID", "Amount"), ("Overpayments", "OverpaymentID", "AppliedAmount"),
         ("Prepayments", "PrepaymentID", "AppliedAmount"))  # fmt: skip


def each_payment(bill: Record) -> Iterable[Subject]:
    """One subject for each payment on a bill, in order of date, with its share before tax.

    Each share is the running total paid times payable before tax over payable including tax, rounded,
    less the
    shares before it; the payment that settles the bill takes the remainder.
    """
    due, rest = payable(bill)
    paid = written = Decimal(0)
    in_order = sorted(_payments(bill), key=lambda one: (str(held_date(one[3].get("Date"))), one[1]))
    for kind, payment_id, amount, record in in_order:
        paid += amount
        so_far = due.share(paid) if paid <= due.including else due.before + rest.share(paid - due.including)
        yield Subject(
            key=f"{bill.get('InvoiceID')}:{payment_id}",
            group=str(bill.get("InvoiceID")),
            record={
                "bill": bill,
                "payment": record,
                "kind": kind,
                "id": payment_id,
                "paid": amount,
                "before_tax": so_far - written,
            },
        )
        written = so_far


@dataclass(frozen=True)
class Payable:
    """An amount that can be paid, before and including tax."""

    before: Decimal
    including: Decimal

    def share(self, paid: Decimal) -> Decimal:
        """The part of a running total paid that is not tax, in cents; the whole when all of it is paid."""
        return cents(paid * self.before / self.including) if self.including else Decimal(0)


def payable(bill: Record) -> tuple[Payable, Payable]:
    """What can be paid now: without retention left open or credited by us; and the retention left open."""
    before = decimal(bill.get("SubTotal")) or Decimal(0)
    total = decimal(bill.get("Total")) or Decimal(0)
    own = {
        str(one.get("target_id")): decimal(one.get("amount")) or Decimal(0) for one in bill.get("own") or ()
    }
    for credit in bill.get("CreditNotes") or ():
        if str(credit.get("CreditNoteID")) in own:
            before -= own[str(credit.get("CreditNoteID"))]
            total -= decimal(credit.get("AppliedAmount")) or Decimal(0)
    left = decimal(_details(bill).get("left_open")) or Decimal(0)
    taxed = _details(bill).get("left_open_taxed") and before
    tax = cents(left * (total - before) / before) if taxed else Decimal(0)
    return Payable(before - left, total - left - tax), Payable(left, left + tax)


def _payments(bill: Record) -> Iterator[tuple[str, str, Decimal, Record]]:
    for name, key, amount_name in KINDS:
        for record in bill.get(name) or ():
            amount = decimal(record.get(amount_name))
            if not isinstance(record, Mapping) or record.get("Status") == "DELETED" or not amount:
                continue
            yield name, str(record.get(key)), amount, record


def _details(bill: Record) -> Mapping[str, Any]:
    details = (bill.get("link") or {}).get("details")
    return details if isinstance(details, Mapping) else {}


def before_tax(node: Node, context: Context) -> Any:
    """The running total paid times payable before tax over payable including tax, less what is already
    written.
    """
    return node.get("before_tax") if not context.options.get("include_tax") else node.get("paid")


def paid_on(node: Node, context: Context) -> Any:
    """The date of the payment in Xero."""
    return held_date(node.get("payment.Date"))


def mark(node: Node, context: Context) -> str:
    """The Xero payment's id, by which the payment is known again."""
    return f"{MARK} {node.get('id')}"


def carries_mark(record: Record) -> str:
    """The Xero payment id a Procore payment was written for."""
    notes = str(record.get("notes") or "")
    return notes if notes.startswith(MARK) else ""


def claim_id(node: Node, context: Context) -> int | None:
    """The claim that the bill came from."""
    group = str(node.get("bill.link.group") or "")
    return int(group) if group.isdigit() else None


def is_bill_of_claim(node: Node, context: Context) -> bool:
    """The bill came from a claim that OneCore sent."""
    return bool(node.get("bill.link"))
