"""Commitments with their variations: which are sent, what they come to, and when they are finished."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from integrations import contract_lines, lock_dates
from integrations.base import Match, Reason, Record, Subject, dig
from integrations.context import Context
from integrations.expressions import Expression, Node, call
from integrations.values import CENT, Line, calendar_date, cents, decimal, hash_of

SUBCONTRACT, ORDER = "work_order_contracts", "purchase_order_contracts"
SENT = {
    SUBCONTRACT: ("Approved", "Complete"),
    ORDER: ("Approved", "Partially Received", "Received", "Closed"),
}
ENDED = ("Complete", "Closed")
WANTED = {SUBCONTRACT: "subcontracts", ORDER: "purchase_orders"}


# --- reading ------------------------------------------------------------------------------------------------


def _own(record: Record) -> tuple[str, Record]:
    """The kind of a commitment, and its record in the list of that kind."""
    for kind, name in ((SUBCONTRACT, "subcontract"), (ORDER, "order")):
        if isinstance(record.get(name), Mapping):
            return kind, record[name]
    return "", {}


def sent_as(kind: str) -> Callable[[Record], Iterable[str]]:
    """The commitment's id, where it is of that kind and has a status that is sent: its lines are read."""

    def ids(record: Record) -> Iterable[str]:
        own, full = _own(record)
        return [str(record.get("id"))] if own == kind and full.get("status") in SENT[kind] else []

    return ids


def _is_read(record: Record) -> bool:
    kind, full = _own(record)
    return full.get("status") in SENT.get(kind, ())


def _approved(records: Any) -> list[Record]:
    return [one for one in records or () if one.get("status") == "approved" and not one.get("deleted_at")]


def approved_packages(record: Record) -> list[str]:
    """The ids of its approved variations in Procore's older model."""
    return [str(one.get("id")) for one in _approved(record.get("packages"))] if _is_read(record) else []


def approved_orders(record: Record) -> list[str]:
    """The ids of its approved variations that stand in the newer model alone."""
    older = {str(one.get("id")) for one in _approved(record.get("packages"))}
    newer = _approved(record.get("change_orders")) if _is_read(record) else []
    return [str(one.get("id")) for one in newer if str(one.get("legacy_package_id") or "") not in older]


def stamp(record: Record, today: date) -> str:
    """What the lists say of a commitment and its variations, its lines' sum among it."""
    _, full = _own(record)
    names = ("status", "packages", "change_orders", "project.project_number", "project.name")
    return hash_of([full, *(dig(record, name) for name in names)])


def whole(record: Record) -> Iterable[Subject]:
    """The commitment with what its own list says of it, and its lines with the variations counted in."""
    kind, full = _own(record)
    packages = record.get("package_lines") or ()
    changes = [line for package in packages for line in package.get("line_items") or ()]
    changes += record.get("order_lines") or ()
    types = contract_lines.by_code(record.get("types"))
    vendor = full.get("vendor") or record.get("vendor") or {}
    key = str(record.get("id"))
    drawn = {
        **full,
        **record,
        "kind": kind,
        "status": full.get("status") or record.get("status"),
        "vendor_id": vendor.get("id"),
        "vendor_name": vendor.get("company") or vendor.get("name"),
        "items": contract_lines.schedule(record.get("lines") or (), changes, types),
    }
    yield Subject(key, drawn, key)


# --- conditions ---------------------------------------------------------------------------------------------


def is_wanted(node: Node, context: Context) -> bool:
    """Commitments of its kind, subcontracts or purchase orders, are sent."""
    return bool(context.options.get(WANTED.get(str(node.get("kind")), ""), False))


def is_sent(node: Node, context: Context) -> bool:
    """It is approved or complete; a purchase order may also be partially received, received or closed."""
    return node.get("status") in SENT.get(str(node.get("kind")), ())


def has_lines(node: Node, context: Context) -> bool:
    """It has at least one line with an amount."""
    return contract_lines.any_amount(node.get("items") or ())


def has_number(node: Node, context: Context) -> bool:
    """It has a number."""
    return bool(str(node.get("number") or "").strip())


def adds_up(node: Node, context: Context) -> bool | str:
    """Its lines and approved variations add up to its revised amount."""
    lines, revised = _amounts(node), decimal(node.get("revised_contract"))
    if not lines or revised is None:
        return True  # said where the amounts are drawn, or there is nothing to compare with
    return abs(_missed(node)) <= CENT * len(lines) or (
        f"its lines and approved variations come to {sum(lines, Decimal(0)):,.2f} but its revised amount is "
        f"{revised:,.2f}: open it in Procore, correct the lines and save it again"
    )


def _amounts(node: Node) -> list[Decimal]:
    """What its lines with an amount come to, in cents; none where one of them is no number."""
    amounts = [decimal(line.get("amount")) for line in node.get("items") or ()]
    numbers = [cents(amount) for amount in amounts if amount is not None]
    return [amount for amount in numbers if amount] if len(numbers) == len(amounts) else []


def _missed(node: Node) -> Decimal:
    """By how much its lines and variations miss its revised amount; nothing where that is not known."""
    lines, revised = _amounts(node), decimal(node.get("revised_contract"))
    known = lines and revised is not None and node.get("revised_contract") is not None
    return cents(revised) - sum(lines) if known else Decimal(0)  # type: ignore[arg-type]


@dataclass(frozen=True)
class adding_up(Expression):
    """Lines that come to the revised amount: the cents by which they miss it go to the largest."""

    lines: Expression

    def __call__(self, node: Node, context: Context) -> list[Line]:
        lines, missed = list(self.lines(node, context)), _missed(node)
        if lines and missed:
            amounts = [line.fields["UnitAmount"] for line in lines]
            place = max(range(len(lines)), key=lambda index: abs(amounts[index]))
            fields = {**lines[place].fields, "UnitAmount": amounts[place] + missed}
            lines[place] = Line(lines[place].key, fields)
        return lines

    def __str__(self) -> str:
        return f"{self.lines}; cents by which they miss the revised amount go to the largest"


# --- fields -------------------------------------------------------------------------------------------------


def order_date(node: Node, context: Context) -> date | None:
    """The contract date, else the day it was executed, issued or created."""
    names = ("contract_date", "execution_date", "issued_on_date", "created_at")
    days = (calendar_date(node.get(name)) for name in names)
    return next((day for day in days if day is not None), None)


def dated_on(node: Node, context: Context) -> date | None:
    """The contract date, else the day it was executed, issued or created; the first open day instead, where
    that lies in a locked period.
    """
    known = context.own_link("order", str(node.get("id")))
    return lock_dates.posted_on(order_date(node, context), known, context)


def date_remark(node: Node, context: Context) -> str:
    """What is said of an order dated otherwise than its commitment."""
    return lock_dates.remark(order_date(node, context), dated_on(node, context))


def remark(node: Node, context: Context) -> str:
    """What is said of an order: its date, where it is another than the commitment's, and cents moved."""
    missed = abs(_missed(node))
    moved = f"{missed:,.2f} by which its lines miss its revised amount went to the largest of them"
    return "; ".join(filter(None, (date_remark(node, context), moved if missed else "")))


def redated(node: Node, context: Context) -> str | None:
    """The open day under which the order was sent instead of its own date."""
    day = dated_on(node, context)
    return day.isoformat() if day and date_remark(node, context) else None


def redated_from(node: Node, context: Context) -> str | None:
    """The date it has of its own, where it was sent under another."""
    day = order_date(node, context)
    return day.isoformat() if day and date_remark(node, context) else None


REDATED: dict[str, Expression] = {"redated": call(redated), "redated_from": call(redated_from)}


def status(node: Node, context: Context) -> str:
    """As the option says; billed once it is complete, closed or claimed in full."""
    return "BILLED" if is_finished(node) else str(context.options.get("order_status") or "AUTHORISED")


def is_finished(node: Node) -> bool:
    """Whether nothing more is to come: complete, closed, or claimed in full."""
    claimed, revised = (decimal(node.get(name)) for name in ("total_requisitions_amount", "revised_contract"))
    in_full = claimed is not None and revised is not None and 0 < revised <= claimed
    return node.get("status") in ENDED or in_full


def same_number(field: str, label: str) -> Match:
    """A document with the same number, which Xero gives only once; another contact's is never taken over."""

    def number(record: Mapping[str, Any]) -> str:
        return str(record.get(field) or "").strip().casefold()

    def anothers(payload: Mapping[str, Any], found: Record) -> Reason | None:
        """Why a document with the number is not this one."""
        held = found.get("Contact")
        there: Record = held if isinstance(held, Mapping) else {}
        if there.get("ContactID") == (payload.get("Contact") or {}).get("ContactID"):
            return None
        return Reason(
            "number-taken",
            f"its number {payload.get(field)} is already that of the {label} for "
            f"{there.get('Name') or 'another contact'} in Xero: give one of the two another number, or "
            "change the template in the options",
            fix="options",
        )

    return Match("number", lambda node, payload: number(payload), number, refuses=anothers)
