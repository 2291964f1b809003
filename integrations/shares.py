"""What was paid on a bill or sales invoice, before tax, payment by payment, and on whose claim it counts.

A document's record has, joined, `link` (the claim it came from: subject, group, role, amount, details),
`own` (the claim's other documents), `mentioned` (by id, documents of other claims that it speaks of) and
`kin` (all documents of its contract, where retention may be paid on it). Amounts on a document include tax;
payments in Procore do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.base import Record, Subject
from integrations.drawing import base_role
from integrations.values import CENT, cents, decimal, held_date

NAMES = {
    "Payments": ("PaymentID", "Amount", "payment"),
    "Overpayments": ("OverpaymentID", "AppliedAmount", "overpayment"),
    "Prepayments": ("PrepaymentID", "AppliedAmount", "prepayment"),
    "CreditNotes": ("CreditNoteID", "AppliedAmount", "credit note"),
}
CREDIT, MAIN = "CreditNotes", "bill"  # a kind of part; the role of a claim's main document
CLAIMS = (MAIN, "noted")  # the roles of which a claim has one
WAITING = ("retention", "retention_adjustment")  # roles of what waits for its release
NOTHING = Decimal(0)


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


@dataclass(frozen=True)
class Payable:
    """An amount that can be paid, before and including tax."""

    before: Decimal
    including: Decimal

    def share(self, paid: Decimal) -> Decimal:
        """The part of a running total paid that is not tax, in cents; the whole when all of it is paid."""
        return cents(paid * self.before / self.including) if self.including else NOTHING

    def less(self, before: Decimal, including: Decimal) -> Payable:
        """What is left once so much of it is covered otherwise."""
        return Payable(self.before - before, self.including - including)


def mentions(bill: Record) -> list[str]:
    """The ids of the credit notes allocated to a document."""
    return [str(credit.get("CreditNoteID")) for credit in _mappings(bill, CREDIT)]


def contract(link: Record) -> str:
    """The contract of a document on which retention may be paid; "" for any other."""
    details = _details(link)
    waits = is_waiting(link) or details.get("left_open")
    return str(details.get("contract") or "") if waits else ""


def is_waiting(link: Record) -> bool:
    """Whether a document holds retention that waits for its release, or adjusts such a document."""
    return base_role(str(link.get("role"))) in WAITING


def each_payment(bill: Record) -> Iterable[Subject]:
    """One subject for each payment on a document, in order of date, with its share before tax.

    Each share is the running total paid times payable before tax over payable including tax, rounded, less
    the shares before it; the payment that settles the document takes the remainder. What goes beyond is
    retention: it counts on the claims that released it, each of them a subject of its own.
    """
    due, rest, crossed = payable(bill)
    paid = NOTHING
    for part in sorted(_parts(bill), key=lambda part: part.place):
        if part.kind == CREDIT:
            yield _subject(bill, part, **_credited(bill, part, crossed.get(part.id)))
            continue
        if part.amount is None:
            raw = part.record.get(NAMES[part.kind][1])
            yield _subject(bill, part, paid=raw, before_tax=raw, including=raw)
            continue
        was, paid = paid, paid + part.amount
        yield from _shared(bill, part, (due, rest), (was, paid))


def _shared(
    bill: Record, part: Part, owed: tuple[Payable, Payable], interval: tuple[Decimal, Decimal]
) -> Iterator[Subject]:
    """A payment on the document's own claim, and the retention in it on the claims that released it."""
    due, rest = owed
    (was, own_was, rest_was), (now, own_now, rest_now) = (_running(due, rest, paid) for paid in interval)
    beyond = max(NOTHING, now - due.including) - max(NOTHING, was - due.including)
    own, including = own_now - own_was, now - was
    more = []
    for claim, before in released(bill, rest_was, rest_now):
        if claim is None or claim.get("group") == _link(bill).get("group"):
            own += before
            continue
        whole = cents(beyond * before / (rest_now - rest_was))
        including -= whole
        more.append((claim, before, whole))
    yield _subject(bill, part, before_tax=own, including=including)
    for claim, before, whole in more:
        yield _subject(
            bill,
            part,
            key=str(claim.get("group")),
            at=place_of(claim, claim.get("number")),
            called=f"retention in the {NAMES[part.kind][2]}",
            before_tax=before,
            including=whole,
        )


def _running(due: Payable, rest: Payable, paid: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    """A running total, what of it is due now and what is retention, both before tax."""
    beyond = max(NOTHING, paid - due.including)
    return paid, due.share(min(paid, due.including)), rest.share(beyond)


def _subject(bill: Record, part: Part, *, key: str = "", **values: Any) -> Subject:
    parts = [str(bill.get("InvoiceID")), part.id, key]
    record = {
        "bill": bill,
        "payment": part.record,
        "kind": part.kind,
        "kind_name": NAMES[part.kind][2],
        "called": NAMES[part.kind][2],
        "id": part.id,
        "paid": part.amount,
        "before_tax": NOTHING,
        "including": NOTHING,
        "for_claim": key,
        "at": place_of(_link(bill), bill.get("InvoiceNumber")),
        **values,
    }
    amount = decimal(record["paid"])
    record["sum_paid"] = "" if amount is None else f"{amount:,.2f}"
    return Subject(":".join(one for one in parts if one), record, str(bill.get("InvoiceID")))


def place_of(link: Record, number: Any) -> dict[str, Any]:
    """Where a payment on a claim's document stands in Procore."""
    details = _details(link)
    return {
        "project": details.get("project"),
        "contract": details.get("contract"),
        "claim": link.get("group"),
        "sequence": int(number_of(link)) or None,
        "number": number,
    }


# --- what can be paid ---------------------------------------------------------------------------------------


def payable(bill: Record) -> tuple[Payable, Payable, dict[str, Decimal | None]]:
    """What can be paid now; the retention that waits; and, by their ids, other claims' credit notes on it
    with what they cover before tax, None where that cannot be drawn exactly.
    """
    due, rest = _owed(bill)
    crossed: dict[str, Decimal | None] = {}
    covered = Payable(NOTHING, NOTHING)
    for part in _parts(bill):
        other = another_claims(bill, part.id) if part.kind == CREDIT else None
        if other is None:
            continue
        amount = _across(part, other, due if due.including else rest)
        crossed[part.id] = amount
        if amount is not None and part.amount is not None:
            covered = covered.less(-amount, -part.amount)
    return due.less(covered.before, covered.including), rest, crossed


def _owed(bill: Record) -> tuple[Payable, Payable]:
    """What the document asks for, without what our own credit notes cover, and without what is retention."""
    before, total = (decimal(bill.get(name)) or NOTHING for name in ("SubTotal", "Total"))
    details = _details(_link(bill))
    left = decimal(details.get("left_open")) or NOTHING
    tax = cents(left * (total - before) / before) if details.get("left_open_taxed") and before else NOTHING
    whole, own = Payable(before, total), _own(bill)
    for credit in _mappings(bill, CREDIT):
        if str(credit.get("CreditNoteID")) in own:
            applied = decimal(credit.get("AppliedAmount")) or NOTHING
            whole = whole.less(_before_tax(credit, own[str(credit.get("CreditNoteID"))], applied), applied)
    if is_waiting(_link(bill)):
        return Payable(NOTHING, NOTHING), whole
    return whole.less(left, left + tax), Payable(left, left + tax)


def _own(bill: Record) -> dict[str, Decimal]:
    """Before tax, by id: the claim's own documents, and what clears retention that waits on this one."""
    own = {str(one.get("target_id")): decimal(one.get("amount")) or NOTHING for one in bill.get("own") or ()}
    return own | {key: decimal(one.get("amount")) or NOTHING for key, one in _clearing(bill).items()}


def _clearing(bill: Record) -> dict[str, Record]:
    """Credit notes that take released retention off the retention that waits: our own allocations."""
    mentioned = bill.get("mentioned") or {}
    waits = is_waiting(_link(bill))
    return {key: one for key, one in mentioned.items() if waits and is_waiting(one)}


def another_claims(bill: Record, credit_id: str) -> Record | None:
    """The link of a credit note that is another claim's; None for any other."""
    found: Record | None = (bill.get("mentioned") or {}).get(credit_id)
    if found is None or credit_id in _clearing(bill):
        return None
    return found if str(found.get("group")) != str(_link(bill).get("group")) else None


def _across(part: Part, other: Record, due: Payable) -> Decimal | None:
    """What another claim's credit note covers before tax, where both documents say the same to the cent."""
    amount, whole = decimal(other.get("amount")), decimal(part.record.get("Total"))
    if part.amount is None or not amount or not whole or not _details(other).get("contract"):
        return None
    given = cents(amount * part.amount / whole)
    return given if abs(given - due.share(part.amount)) <= CENT else None


def _credited(bill: Record, part: Part, amount: Decimal | None) -> dict[str, Any]:
    """What a credit note's subject holds: taken off the claim it came from, counted on this document's."""
    other = another_claims(bill, part.id)
    if other is None:
        return {}
    number = part.record.get("CreditNoteNumber") or other.get("number")
    whole = part.amount if part.amount is not None else part.record.get("AppliedAmount")
    found: dict[str, Any] = {
        "other": other,
        "other_number": number,
        "paid": whole,
        "exact": amount is not None,
    }
    if amount is None or part.amount is None:
        return found
    return found | {
        "before_tax": -amount,
        "including": -part.amount,
        "at": place_of(other, number),
        "against": place_of(_link(bill), bill.get("InvoiceNumber")),
    }


def _before_tax(credit: Record, amount: Decimal, applied: Decimal) -> Decimal:
    """How much of a credit note of `amount` before tax an allocation takes up."""
    whole = decimal(credit.get("Total"))
    return cents(amount * applied / whole) if whole else amount


# --- whose retention it is ----------------------------------------------------------------------------------


def released(bill: Record, begin: Decimal, end: Decimal) -> list[tuple[Record | None, Decimal]]:
    """Between two amounts of the retention paid on a document, before tax: the claims that released it.

    Retention is released in the order in which it was held. What nobody has released stays on the claim
    that held it: None.
    """
    if end <= begin:
        return []
    claims = sorted((one for one in bill.get("kin") or () if one.get("role") in CLAIMS), key=_sequence)
    offset = _held_before(bill) + _cleared(bill)
    begin, end, edge = begin + offset, end + offset, NOTHING
    found: list[tuple[Record | None, Decimal]] = []
    left = end - begin
    for claim in claims:
        start, edge = edge, edge + max(NOTHING, _given_back(claim))
        covered = min(edge, end) - max(start, begin)
        if covered > 0:
            found.append((claim, covered))
            left -= covered
    return [*found, (None, left)] if left > 0 else found


def _given_back(claim: Record) -> Decimal:
    """What a claim releases of the retention that claims here held."""
    whole, before = (decimal(_details(claim).get(name)) for name in ("released", "opening_released"))
    return (whole or NOTHING) - (before or NOTHING)


def _held_before(bill: Record) -> Decimal:
    """The retention that earlier claims of the contract hold in the way this document does."""
    own = _sequence(_link(bill))
    return sum((_held(one) for one in bill.get("kin") or () if _sequence(one) < own), NOTHING)


def _held(link: Record) -> Decimal:
    if link.get("role") == MAIN:
        return decimal(_details(link).get("left_open")) or NOTHING
    waits = is_waiting(link) and link.get("resource") == "bills"
    return decimal(link.get("amount")) or NOTHING if waits else NOTHING


def _cleared(bill: Record) -> Decimal:
    """What credit notes have taken off the retention that waits."""
    own = _clearing(bill)
    credits = [one for one in _mappings(bill, CREDIT) if str(one.get("CreditNoteID")) in own]
    return sum((decimal(one.get("AppliedAmount")) or NOTHING for one in credits), NOTHING)


def _sequence(link: Record) -> tuple[Decimal, str]:
    """Claims of a contract in their order."""
    return number_of(link), str(link.get("group"))


def number_of(link: Record) -> Decimal:
    """The number of a claim in its contract."""
    return decimal(_details(link).get("claim_number")) or NOTHING


# --- reading ------------------------------------------------------------------------------------------------


def _parts(bill: Record) -> Iterator[Part]:
    for kind, (key, amount_name, _) in NAMES.items():
        found: dict[str, Part] = {}
        for record in _mappings(bill, kind):
            amount = decimal(record.get(amount_name))
            if record.get("Status") == "DELETED" or amount == 0:
                continue
            before = found.get(str(record.get(key)))
            if before is not None:  # allocated to the document in more than one go
                amount = None if amount is None or before.amount is None else amount + before.amount
            found[str(record.get(key))] = Part(kind, str(record.get(key)), record, amount)
        yield from found.values()


def _mappings(bill: Record, name: str) -> list[Record]:
    listed = bill.get(name)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list | tuple) else []


def _link(bill: Record) -> Record:
    link = bill.get("link")
    return link if isinstance(link, Mapping) else {}


def _details(link: Record) -> Mapping[str, Any]:
    details = link.get("details")
    return details if isinstance(details, Mapping) else {}
