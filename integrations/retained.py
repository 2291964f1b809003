"""What the retention ledger is asked, and which lines of Xero stand on the retention accounts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.allocations import PLACEHOLDERS
from integrations.base import Record, Subject, dig
from integrations.context import Context
from integrations.drawing import base_role
from integrations.expressions import Node
from integrations.ledger import account_balances, comparison
from integrations.values import calendar_date, decimal, held_date

NOTHING = Decimal("0.00")
SIDES = {"payable": "Retention that we hold", "receivable": "Retention that clients hold"}
APPROVED = ("AUTHORISED", "PAID", "POSTED")
# What a positive line does to its account, by the document's type: 1 debits it.
DEBITS = {"ACCPAY": 1, "ACCRECCREDIT": 1, "ACCREC": -1, "ACCPAYCREDIT": -1, "SPEND": 1, "RECEIVE": -1}
LINES = {"bills": "LineItems", "credit_notes": "LineItems", "bank_transactions": "LineItems",
         "manual_journals": "JournalLines"}  # fmt: skip
IDS = {"bills": "InvoiceID", "credit_notes": "CreditNoteID", "bank_transactions": "BankTransactionID",
       "manual_journals": "ManualJournalID"}  # fmt: skip
NUMBERS = ("InvoiceNumber", "CreditNoteNumber", "Reference", "Narration")


# --- ledgers ------------------------------------------------------------------------------------------------


def rows_of(context: Context) -> list[Record]:
    """Every contract's ledger."""
    return [one for one in context.records("retention_ledgers").values() if one.get("balance") is not None]


def is_side(node: Node, context: Context) -> bool:
    """It stands for all contracts of one side."""
    return node.get("balance") is None and node.get("side") in SIDES


def open_documents(record: Record) -> list[str]:
    """The ids of documents in Xero that owe a contract's retention, where no account holds it."""
    wanted = [one for one in record.get("documents") or () if one["resource"] == "bills"]
    if not record.get("balance"):
        return []
    return [str(one["id"]) for one in wanted if _is_placeholder(one) or one["left_open"]]


def open_credits(record: Record) -> list[str]:
    """The ids of credit notes that are to clear a contract's retention bills."""
    wanted = record.get("documents") or ()
    own = [one for one in wanted if _is_placeholder(one) and one["resource"] == "credit_notes"]
    return [str(one["id"]) for one in own] if record.get("balance") else []


def _is_placeholder(document: Mapping[str, Any]) -> bool:
    return base_role(document["role"]) in PLACEHOLDERS


def is_overdue(node: Node, context: Context) -> bool | str:
    """No share of its retention is overdue."""
    late = [one for one in node.get("shares") or () if one["overdue"]]
    if not late:
        return True
    parts = " and ".join(
        f"{one['overdue']:,.2f} fell due at {one['name']} on {calendar_date(one['day']):%-d %b %Y}"
        for one in late
    )
    return (
        f"of the {node.get('balance'):,.2f} of retention that is still held, {parts} and is not released: "
        "release it with the next claim in Procore, or correct the days in its retention terms"
    )


def opening_is_known(node: Node, context: Context) -> bool | str:
    """What was held before its first claim here is entered."""
    carried = node.get("carried")
    return not carried or (
        f"its first claim here carried in {carried:,.2f} of retention that its ledger does not know: enter "
        "that as the opening of its retention terms, with how it is kept in Xero"
    )


def owes_what_is_held(node: Node, context: Context) -> bool | str:
    """What is open in Xero is what the ledger holds, where retention is kept as our open documents alone."""
    method, balance = node.get("method"), node.get("balance") or NOTHING
    by_hand = node.get("kept") or node.get("converted")  # a part of it is in documents that people made
    if method not in ("separate", "gross") or not node.get("claims") or by_hand:
        return True
    owed = sum((_owed(one, node) for one in node.get("open") or ()), NOTHING)
    owed -= sum(
        (decimal(one.get("RemainingCredit")) or NOTHING for one in node.get("credits") or ()), NOTHING
    )
    if owed == balance or (method == "gross" and owed > balance):  # released, and not paid yet
        return True
    kind = "its retention bills" if method == "separate" else "its unpaid bills"
    return (
        f"its ledger holds {balance:,.2f} of retention, but {kind} in Xero still owe {owed:,.2f} before tax, "
        f"a difference of {balance - owed:,.2f}: look for payments and credits on them that were no release"
    )


def _owed(bill: Record, node: Node) -> Decimal:
    """What a bill still owes of retention, before tax."""
    if bill.get("Status") in ("VOIDED", "DELETED"):
        return NOTHING
    due = decimal(bill.get("AmountDue")) or NOTHING
    known: Record = next((one for one in node.get("documents") if one["id"] == bill.get("InvoiceID")), {})
    left = known.get("left_open") or NOTHING
    total, before = (decimal(bill.get(name)) or NOTHING for name in ("Total", "SubTotal"))
    if left and known.get("taxed") and total:
        due = (due * before / total).quantize(Decimal("0.01"))
    return min(due, left) if left else due


# --- the books ----------------------------------------------------------------------------------------------


def figures(side: str, context: Context) -> dict[str, Any]:
    """One side's ledgers against its accounts in Xero."""
    codes = set(context.records("retention_sides").get(side, {}).get("accounts") or ())
    accounts = context.records("accounts").values()
    ids = {str(one.get("AccountID")): str(one.get("Code")) for one in accounts if one.get("Code") in codes}
    held = account_balances(next(iter(context.records("trial_balance").values()), {}))
    return comparison(
        side,
        rows_of(context),
        accounts={code: held.get(key, NOTHING) for key, code in ids.items()},
        waiting=_waiting(side, codes, context),
        undecided=undecided(side, context),
    )


def shown_figures(node: Node, context: Context) -> dict[str, str]:
    """The sums of its ledgers, and of the accounts in Xero."""
    return {name: str(value) for name, value in figures(str(node.get("side")), context).items()}


def _waiting(side: str, codes: set[str], context: Context) -> Decimal:
    """What our documents that nobody approved yet will add to the accounts."""
    ours = {str(one["id"]) for row in rows_of(context) for one in row["documents"]}
    total = NOTHING
    for name, key in (("waiting_invoices", "InvoiceID"), ("waiting_credit_notes", "CreditNoteID")):
        for document in context.records(name).values():
            if str(document.get(key)) in ours:
                lines = document.get("LineItems") or ()
                total += sum(
                    (effect(document, line, side) for line in lines if line.get("AccountCode") in codes),
                    NOTHING,
                )
    return -total


def undecided(side: str, context: Context) -> Decimal:
    """What lines entered by hand take off, about which nobody decided yet."""
    lines = context.records("hand_lines").values()
    found = [one for one in lines if one.get("side") == side and one.get("state") == "found"]
    return sum((one["amount"] for one in found), NOTHING)


def agrees(side: str) -> Callable[[Node, Context], bool | str]:
    """The check of one side."""

    def check(node: Node, context: Context) -> bool | str:
        if "retention_ledgers" not in context.catalogues:
            return True
        found = figures(side, context)
        if not found["accounts"] or not found["difference"]:
            return True
        by_hand = f"; {found['undecided']:,.2f} of it may be in lines by hand" if found["undecided"] else ""
        waiting = f" and {found['waiting']:,.2f} in documents not approved yet" if found["waiting"] else ""
        return (
            f"{SIDES[side].lower()}: the ledgers come to {found['ledger']:,.2f}, but in Xero the accounts "
            f"{found['accounts']} hold {found['books']:,.2f}{waiting}, a difference of "
            f"{found['difference']:,.2f}{by_hand}: see the retention ledger, and accept or correct what was "
            "entered by hand"
        )

    check.__doc__ = f"{SIDES[side]}: the ledgers agree with the accounts in Xero."
    return check


def by_hand_is_decided(node: Node, context: Context) -> bool | str:
    """What was entered by hand on the retention accounts is accepted as releases, or marked as none."""
    waiting = [one for one in context.records("hand_lines").values() if one.get("state") == "found"]
    return not waiting or (
        f"{len(waiting)} lines on the retention accounts were entered in Xero by hand: decide in the "
        "retention ledger for each whether it releases retention, and of which contract"
    )


def trust_holds(node: Node, context: Context) -> bool | str:
    """The trust account holds what we hold of retention (New Zealand)."""
    code = str(context.options.get("trust_account") or "")
    if not code or "retention_ledgers" not in context.catalogues:
        return True
    found = next((one for one in context.records("accounts").values() if one.get("Code") == code), {})
    held = account_balances(next(iter(context.records("trial_balance").values()), {}))
    there = -held.get(str(found.get("AccountID")), NOTHING)
    wanted = sum((one["balance"] for one in rows_of(context) if one["side"] == "payable"), NOTHING)
    return there >= wanted or (
        f"the trust account {code} holds {there:,.2f}, but {wanted:,.2f} of retention is held for "
        f"subcontractors: transfer {wanted - there:,.2f} to it"
    )


# --- lines by hand ------------------------------------------------------------------------------------------


def each_line(record: Record) -> Iterable[Subject]:
    """One subject for each line of a document that OneCore did not write; those it no longer has are gone."""
    feed = str(record.get("feed"))
    key, group = str(record.get(IDS[feed])), str(record.get("group"))
    header = {name: value for name, value in record.items() if name not in (LINES[feed], "before")}
    lines = record.get(LINES[feed]) or ()
    there = {}
    for place, line in enumerate(lines if not record.get("written") else (), 1):
        if isinstance(line, Mapping):
            subject = str(line.get("LineItemID") or f"{key}:{place}")
            there[subject] = Subject(subject, {**header, "line": line, "id": subject, "document": key}, group)
    lost = [one for one in record.get("before") or () if one not in there]
    return [*there.values(), *(Subject(one, {**header, "id": one}, group, removed=True) for one in lost)]


def effect(document: Record, line: Record, side: str) -> Decimal:
    """What a line takes off the retention held on one side, before tax."""
    amount = decimal(line.get("LineAmount")) or NOTHING
    if document.get("LineAmountTypes") == "Inclusive":
        amount -= decimal(line.get("TaxAmount")) or NOTHING
    debit = amount * DEBITS.get(str(document.get("Type") or "ACCPAY"), 1)
    return debit if side == "payable" else -debit


def side_of(node: Node, context: Context) -> str | None:
    """The side whose retention account the line stands on."""
    code = str(node.get("line.AccountCode") or "")
    sides = context.records("retention_sides").values()
    return next((str(one["key"]) for one in sides if code and code in one["accounts"]), None)


def on_retention_account(node: Node, context: Context) -> bool:
    """The line stands on an account for retention."""
    return side_of(node, context) is not None


def is_approved(node: Node, context: Context) -> bool:
    """The document is approved in Xero."""
    return node.get("Status") in APPROVED


def taken_off(node: Node, context: Context) -> Decimal:
    """What the line takes off the retention held, before tax."""
    return effect(node.record, node.get("line"), side_of(node, context) or "payable")


def dated(node: Node, context: Context) -> str | None:
    """The document's date."""
    day: date | None = held_date(node.get("Date"))
    return day.isoformat() if day else None


def numbered(node: Node, context: Context) -> str:
    """The document's number, or its text."""
    return next((str(node.get(name)) for name in NUMBERS if node.get(name)), "")[:255]


def named(node: Node, context: Context) -> str:
    """The name of the document's contact."""
    return str(dig(node.record, "Contact.Name") or "")[:300]


def described(node: Node, context: Context) -> str:
    """The line's text."""
    return str(node.get("line.Description") or "")[:300]
