"""What was paid on a bill, before tax, payment by payment.

A bill's node has, joined, `link` (the claim it came from: subject, group, role, amount, details) and `own`
(the claim's other documents: role, target_id, amount). Amounts on a bill include tax; payments in Procore
do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.base import Audience, Reason, Record, Subject
from integrations.context import Context, Known, Missing
from integrations.expressions import Node
from integrations.values import calendar_date, cents, decimal, held_date

NAMES = {
    "Payments": ("PaymentID", "Amount", "payment"),
    "Overpayments": ("OverpaymentID", "AppliedAmount", "overpayment"),
    "Prepayments": ("PrepaymentID", "AppliedAmount", "prepayment"),
    "CreditNotes": ("CreditNoteID", "AppliedAmount", "credit note"),
}
MARK = re.compile(r"Xero (payment|overpayment|prepayment) \S+( on bill \S+)?")
NEAR = 7  # days by which a payment typed by hand may differ from the bank's


@dataclass(frozen=True)
class Part:
    """A payment, or what was allocated of a prepayment, overpayment or credit note. Tax included."""

    kind: str
    id: str
    record: Record
    amount: Decimal | None  # None: not a number

    @property
    def place(self) -> tuple[str, str]:
        """Parts are counted in order of date."""
        return str(held_date(self.record.get("Date"))), self.id


def each_payment(bill: Record) -> Iterable[Subject]:
    """One subject for each payment on a bill, in order of date, with its share before tax.

    Each share is the running total paid times payable before tax over payable including tax, rounded, less
    the shares before it; the payment that settles the bill takes the remainder. Credit notes come along,
    since one may be another claim's.
    """
    due, rest = payable(bill)
    paid = written = Decimal(0)
    for part in sorted(_parts(bill), key=lambda part: part.place):
        share = None if part.amount is None else Decimal(0)
        if part.amount is not None and part.kind != "CreditNotes":
            paid += part.amount
            so_far = (
                due.share(paid) if paid <= due.including else due.before + rest.share(paid - due.including)
            )
            share, written = so_far - written, so_far
        yield Subject(
            key=f"{bill.get('InvoiceID')}:{part.id}",
            group=str(bill.get("InvoiceID")),
            record={
                "bill": bill,
                "payment": part.record,
                "kind": part.kind,
                "called": NAMES[part.kind][2],
                "id": part.id,
                "paid": part.record.get(NAMES[part.kind][1]) if part.amount is None else part.amount,
                "before_tax": part.record.get(NAMES[part.kind][1]) if share is None else share,
            },
        )


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
    left = decimal(_details(bill).get("left_open")) or Decimal(0)
    taxed = _details(bill).get("left_open_taxed") and before
    tax = cents(left * (total - before) / before) if taxed else Decimal(0)
    own = {
        str(one.get("target_id")): decimal(one.get("amount")) or Decimal(0) for one in bill.get("own") or ()
    }
    for credit in _mappings(bill, "CreditNotes"):
        if str(credit.get("CreditNoteID")) in own:
            applied = decimal(credit.get("AppliedAmount")) or Decimal(0)
            before -= _before_tax(credit, own[str(credit.get("CreditNoteID"))], applied)
            total -= applied
    return Payable(before - left, total - left - tax), Payable(left, left + tax)


def _before_tax(credit: Record, amount: Decimal, applied: Decimal) -> Decimal:
    """How much of a credit note of `amount` before tax an allocation takes up."""
    whole = decimal(credit.get("Total"))
    return cents(amount * applied / whole) if whole else amount


def _parts(bill: Record) -> Iterator[Part]:
    for kind, (key, amount_name, _) in NAMES.items():
        found: dict[str, Part] = {}
        for record in _mappings(bill, kind):
            amount = decimal(record.get(amount_name))
            if record.get("Status") == "DELETED" or amount == 0:
                continue
            before = found.get(str(record.get(key)))
            if before is not None:  # allocated to the bill in more than one go
                amount = None if amount is None or before.amount is None else amount + before.amount
            found[str(record.get(key))] = Part(kind, str(record.get(key)), record, amount)
        yield from found.values()


def _mappings(bill: Record, name: str) -> list[Record]:
    listed = bill.get(name)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list | tuple) else []


def _details(bill: Record) -> Mapping[str, Any]:
    details = (bill.get("link") or {}).get("details")
    return details if isinstance(details, Mapping) else {}


# --- what is drawn ------------------------------------------------------------------------------------------


def before_tax(node: Node, context: Context) -> Any:
    """The running total paid times payable before tax over payable including tax, less what is already
    written.
    """
    amount = node.get("paid" if context.options.get("include_tax") else "before_tax")
    if decimal(amount) is not None:
        return amount
    message = (
        f"the amount “{str(amount)[:40]}” of a payment on the bill {node.get('bill.InvoiceNumber')} is not a "
        "number: look at the payment in Xero"
    )
    return Missing(Reason("not-a-number", message, Audience.ACCOUNTS, "xero"))


def paid_on(node: Node, context: Context) -> Any:
    """The date of the payment in Xero."""
    return held_date(node.get("payment.Date"))


def mark(node: Node, context: Context) -> str:
    """The Xero payment's id, by which it is known again; for what is allocated, the bill's id too."""
    whole = f"Xero {node.get('called')} {node.get('id')}"
    return whole if node.get("kind") == "Payments" else f"{whole} on bill {node.get('bill.InvoiceID')}"


def carries_mark(record: Record) -> str:
    """The mark with which a Procore payment's notes begin; "" where it was not written by us."""
    found = MARK.match(str(record.get("notes") or "").strip())
    return found[0] if found else ""


def claim_id(node: Node, context: Context) -> int | None:
    """The claim that the bill came from."""
    group = str(node.get("bill.link.group") or "")
    return int(group) if group.isdigit() else None


def typed_by_hand(node: Node, context: Context, payments: Iterable[Record]) -> list[tuple[Record, int]]:
    """Payments of the same amount on the claim that did not come from here, best first."""
    if context.options.get("typed") == "write":
        return []
    share, whole, day = decimal(node.get("before_tax")), decimal(node.get("paid")), paid_on(node, context)
    found = []
    for payment in payments:
        amount, typed_on = decimal(payment.get("amount")), calendar_date(payment.get("date"))
        near = bool(day and typed_on and abs((day - typed_on).days) <= NEAR)
        if (
            carries_mark(payment)
            or amount not in (share, whole)
            or not _same_claim(node, context, payment, near)
        ):
            continue
        found.append((payment, 100 if near else 90))
    return sorted(found, key=lambda one: -one[1])


def _same_claim(node: Node, context: Context, payment: Record, near: bool) -> bool:
    """Whether a payment names the claim or its bill; one that names neither is judged by its date."""
    claim, number = payment.get("requisition_id"), str(payment.get("invoice_number") or "").strip().casefold()
    if claim not in (None, ""):
        return str(claim) == str(claim_id(node, context))
    return number == str(node.get("bill.InvoiceNumber")).strip().casefold() if number else near


# --- conditions ---------------------------------------------------------------------------------------------


def is_bill_of_claim(node: Node, context: Context) -> bool:
    """The bill came from a claim that OneCore sent."""
    return bool(node.get("bill.link"))


def is_payment(node: Node, context: Context) -> bool:
    """It is a payment or an allocated over- or prepayment; credit notes are none, but for another claim's."""
    return node.get("kind") != "CreditNotes" or _other_claim(node, context) is not None


def has_share(node: Node, context: Context) -> bool:
    """Some of it is not tax."""
    amount = before_tax(node, context)
    return isinstance(amount, Missing) or decimal(amount) != 0 or node.get("kind") == "CreditNotes"


def stays_within_claim(node: Node, context: Context) -> bool | str:
    """No credit note of another claim is allocated to the bill."""
    other = _other_claim(node, context) if node.get("kind") == "CreditNotes" else None
    return other is None or (
        f"the credit note {node.get('payment.CreditNoteNumber') or other.number} of another claim is "
        f"allocated to the bill {node.get('bill.InvoiceNumber')} ({decimal(node.get('paid')) or 0:,.2f} "
        "including tax): neither claim shows it as paid; enter it on both claims in Procore, positive here "
        "and negative there"
    )


def _other_claim(node: Node, context: Context) -> Known | None:
    """The link of a credit note that is the main document of another claim."""
    known = context.by_target.get(("progress-claims", str(node.get("id"))))
    if known is None or known.role != "bill" or not known.is_linked:
        return None
    return known if (known.group or known.subject) != str(node.get("bill.link.group")) else None
