"""What a claim's own credit notes are set against: its bill, or its contract's oldest open ones. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from integrations import claim_headers
from integrations.base import Audience, Check, Document, Reason, Record
from integrations.context import Context, Known, Missing
from integrations.drawing import base_role
from integrations.expressions import Node, call, const, path
from integrations.values import cents, decimal, held_date
from integrations.xero.resources import ALLOCATIONS

APPROVED = frozenset({"AUTHORISED", "PAID"})


def held_off_bill(node: Node, context: Context) -> list[dict[str, Any]]:
    """The claim's credit note and bill, what the one has left and the other still owes."""
    subject = str(node.get("id"))
    known = {role: context.own_link(role, subject) for role in ("bill", "credit_note")}
    kinds = {role: link.resource if link else "" for role, link in known.items()}
    if kinds != {"bill": "bills", "credit_note": "credit_notes"}:
        return []
    credit, bill = context.own_target("credit_note", subject), context.own_target("bill", subject)
    left = decimal(credit.get("RemainingCredit")) or Decimal(0)
    one = _allocated(credit, bill, left)
    if one["approved"] and one["amount"] <= 0:
        one["amount"] = Missing(_paid_out(credit, bill, left))
    return [one] if left > 0 else []


def _paid_out(credit: Record, bill: Record, left: Decimal) -> Reason:
    """Why nothing of a credit note can be allocated to the bill it takes the retention off."""
    told = (
        f"{bill.get('InvoiceNumber')} was paid together with the retention held on it, so {left:,.2f} "
        f"including tax of its credit note {credit.get('CreditNoteNumber')} stays open: allocate it in Xero "
        "to another document of that contact, or enter there what is paid back; until then changes of the "
        "claim wait"
    )
    return Reason("retention-paid-out", told, Audience.ACCOUNTS, "xero")


PLACEHOLDERS = ("retention", "retention_adjustment")


def retention_bills(node: Node, context: Context, resources: Mapping[str, str]) -> list[Known]:
    """The contract's retention bills, when this claim's own document of retention takes away."""
    if resources.get("retention") != "credit_notes":
        return []
    kin = context.kin.get(str(node.get("commitment_id")), ())
    return [known for known in kin if base_role(known.role) in PLACEHOLDERS and known.resource == "bills"]


def oldest_retention(node: Node, context: Context) -> list[dict[str, Any]]:
    """The claim's credit note for retention, set against the contract's oldest open retention bills."""
    return _oldest_first("retention", retention_bills, node, context)


def open_bills(node: Node, context: Context, resources: Mapping[str, str]) -> list[Known]:
    """The bills of the contract's claims, when this claim comes to less than nothing."""
    if resources.get("bill") != "credit_notes":
        return []
    kin = context.kin.get(str(node.get("commitment_id")), ())
    return [known for known in kin if known.role == "bill" and known.resource == "bills"]


def oldest_bills(node: Node, context: Context) -> list[dict[str, Any]]:
    """The credit note of a claim of less than nothing, set against the contract's oldest open bills."""
    return _oldest_first("bill", open_bills, node, context)


def _oldest_first(role: str, bills: Any, node: Node, context: Context) -> list[dict[str, Any]]:
    """What is left of the claim's own credit note, on the oldest open ones of these bills."""
    own = context.own_link(role, str(node.get("id")))
    if own is None or context.held is None:
        return []
    credit = context.own_target(role, str(node.get("id")))
    left = decimal(credit.get("RemainingCredit")) or Decimal(0)
    kin = bills(node, context, {role: own.resource})
    open_ones = [
        (bill, one)
        for one in kin
        if (bill := context.held.by_id("bills", one.target_id)) is not None
        and str(bill.get("Status")) not in ("VOIDED", "DELETED", "PAID")
    ]
    found = []
    for bill, known in sorted(open_ones, key=lambda pair: _age(pair[0])):
        one = _allocated(credit, bill, left, _retained_on(bill, known))
        if one["amount"] > 0:
            found.append(one | {"key": str(bill.get("InvoiceID"))})
            left -= one["amount"]
    return found


def _age(bill: Record) -> tuple[str, str]:
    return str(held_date(bill.get("Date"))), str(bill.get("InvoiceNumber"))


def _retained_on(bill: Record, known: Known) -> Decimal:
    """What of a bill is left unpaid as retention, with its tax where that waits too."""
    left, total, before = (
        decimal(value) or Decimal(0)
        for value in (known.details.get("left_open"), bill.get("Total"), bill.get("SubTotal"))
    )
    return cents(left * total / before) if known.details.get("left_open_taxed") and before else left


def _allocated(credit: Record, bill: Record, left: Decimal, retained: Decimal = Decimal(0)) -> dict[str, Any]:
    due = decimal(bill.get("AmountDue" if bill.get("Status") in APPROVED else "Total")) or Decimal(0)
    approved = credit.get("Status") in APPROVED and bill.get("Status") in APPROVED
    return {"bill": bill.get("InvoiceID"), "amount": min(left, due - retained), "approved": approved}


def both_approved(node: Node, context: Context) -> bool:
    """Both documents are approved in Xero."""
    return bool(node.get("one.approved"))


def allocated_bill(node: Node, context: Context) -> dict[str, Any]:
    """The bill that is credited."""
    return {"InvoiceID": node.get("one.bill")}


OF_CONTRACT = {"contract": path("commitment_id"), "project": path("project_id")}
ALLOCATION = Document(
    target=ALLOCATIONS,
    late=True,
    add_only=True,
    title="allocation of retention held",
    needs=("bill", "credit_note"),
    each=held_off_bill,
    scope={"credit_note_id": call(claim_headers.own_id("credit_note"))},
    fields={
        "Amount": path("one.amount"),
        "Date": call(claim_headers.allocated_on),
        "Invoice": call(allocated_bill),
    },
    waits=(Check(words="both are approved in Xero", test=both_approved),),
    details={"from": const("credit_note"), "to": path("one.bill"), **OF_CONTRACT},
)
CLEARING = replace(
    ALLOCATION,
    title="allocation of retention released",
    needs=("retention",),
    each=oldest_retention,
    reads=retention_bills,
    scope={"credit_note_id": call(claim_headers.own_id("retention"))},
    details={"from": const("retention"), "to": path("one.bill"), **OF_CONTRACT},
)
SET_OFF = replace(
    ALLOCATION,
    title="allocation of a claim of less than nothing",
    needs=("bill",),
    each=oldest_bills,
    reads=open_bills,
    scope={"credit_note_id": call(claim_headers.own_id("bill"))},
    details={"from": const("bill"), "to": path("one.bill"), **OF_CONTRACT},
    switch="set_off",
)
