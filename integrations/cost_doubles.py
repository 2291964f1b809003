"""Costs that may come another way too: of vendors with a commitment, and bills of claims sent. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from integrations import commitments, costs_in
from integrations.base import Audience, Reason, Record
from integrations.context import Context
from integrations.expressions import Node
from integrations.merging import vendors_of
from integrations.values import decimal

OPTIONS = {commitments.SUBCONTRACT: "with_subcontract", commitments.ORDER: "with_order"}
CALLED = {commitments.SUBCONTRACT: "subcontract", commitments.ORDER: "purchase order"}


def _was_sent(node: Node, context: Context) -> bool:
    known = context.own_link("cost", str(node.get("id")))
    return bool(known and known.is_linked)


def _vendor_id(node: Node, context: Context) -> str:
    found = vendors_of(str(node.get("Contact.ContactID")), context)
    return found[0] if len(found) == 1 else ""


def _number(node: Node) -> str:
    return str(node.get("project.project_number") or node.get("project_id"))


def _decided(node: Node, context: Context) -> str:
    """What a person decided of this document, or of its contact on the project."""
    names = (node.get("document"), node.get("Contact.ContactID"), node.get("Contact.Name"))
    return context.reverse.decided([str(name) for name in names if name], _number(node))


def _of_document(node: Node, context: Context) -> str:
    """What a person decided of this document alone: its contact's other costs say nothing of a double."""
    return context.reverse.decided([str(node.get("document"))], _number(node))


def _approved(node: Node, context: Context, policy: str) -> Iterator[Record]:
    """The vendor's approved commitments on the project, of the types that the options treat so."""
    vendor = _vendor_id(node, context)
    for one in (node.get("commitments") or ()) if vendor else ():
        held_id = _held(one)
        listed = str(one.get("list"))
        approved = one.get("status") in commitments.SENT.get(listed, ())
        if approved and held_id == vendor and str(context.options.get(OPTIONS[listed]) or "warn") == policy:
            yield one


def is_not_left_out(node: Node, context: Context) -> bool:
    """Neither the options nor a person leave out its vendor, which has a commitment on the project."""
    if _was_sent(node, context):
        return True
    decided = _decided(node, context)
    return decided != "skip" and (bool(decided) or not any(_approved(node, context, "skip")))


def without_commitment(node: Node, context: Context) -> bool | Reason:
    """Its vendor has no approved commitment on the project, or a person decided what becomes of its costs."""
    found = next(_approved(node, context, "warn"), None)
    if found is None or _was_sent(node, context) or _decided(node, context):
        return True
    name, number = str(node.get("Contact.Name")), _number(node)
    called = f"{CALLED[str(found.get('list'))]} {found.get('number') or found.get('title')}"
    message = (
        f"{name} has the approved {called} on project {number}, so that its costs may come twice: choose on "
        "the warning's page whether its other costs are sent or left out"
    )
    return Reason(
        "has-commitment", message, Audience.ACCOUNTS, "cost-decisions", key=f"{name} on project {number}",
        choices=_choices(name, number, f"costs of {name} on project {number}"),
    )  # fmt: skip


def is_no_double(node: Node, context: Context) -> bool | Reason:
    """No claim of the same contact on the project has its number or amount, or a person decided of it."""
    if _was_sent(node, context) or _of_document(node, context):
        return True
    claim = next(_same(node, context), None)
    if claim is None:
        return True
    same = "number" if _same_number(node, claim) else "amount"
    label = node.get("label")
    message = (
        f"it has the same {same} as the claim {claim.get('title') or claim.get('number')}, which was sent to "
        f"Xero: void the {label} in Xero if it is the same cost, else choose on the warning's page to send it"
    )
    return Reason(
        "possible-double", message, Audience.ACCOUNTS, "cost-decisions",
        choices=_choices(str(node.get("document")), _number(node), f"this {label}"),
    )  # fmt: skip


def _same(node: Node, context: Context) -> Iterator[Record]:
    """Claims that were sent for the same vendor on the project, with the number or amount."""
    vendor, worth = _vendor_id(node, context), costs_in.total(node, context)
    vendors = {str(one.get("id")): _held(one) for one in node.get("commitments") or ()}
    for claim in node.get("claims") or ():
        contract = str((claim.get("details") or {}).get("contract") or "")
        alike = _same_number(node, claim) or (worth and decimal(claim.get("amount")) == worth)
        if alike and vendor and vendors.get(contract) == vendor:
            yield claim


def _held(commitment: Record) -> str:
    vendor: Any = commitment.get("vendor")
    return str(vendor.get("id") or "") if isinstance(vendor, dict) else ""


def _same_number(node: Node, claim: Record) -> bool:
    number = str(claim.get("number") or "").strip().casefold()
    return bool(number) and number == str(node.get("number") or "").strip().casefold()


def _choices(vendor: str, project: str, what: str) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    base = (("vendor", vendor), ("project", project))
    return (
        (f"send {what} as direct costs", (*base, ("decision", "send"))),
        (f"leave out {what}", (*base, ("decision", "skip"))),
    )
