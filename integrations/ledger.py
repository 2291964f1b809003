"""The retention ledger: per contract what was opened, held, released and paid, and what is due when. Pure.

Everything comes from what links remember of claims, from the contracts' terms and from lines that people
accepted as releases. Amounts are before tax; held is positive on both sides.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.drawing import base_role
from integrations.holdings import ADJUSTMENT, PLACES
from integrations.values import calendar_date, cents, decimal

NOTHING = Decimal("0.00")
HALF = Decimal(50)
MONTHS = 12


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A claim's link: one document of it, with the details that were drawn when it was sent."""

    side: str
    role: str
    subject: str
    resource: str
    target_id: str
    number: str = ""
    amount: Decimal | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def money(self, name: str) -> Decimal:
        """An amount among the details; nothing where it is absent."""
        return decimal(self.details.get(name)) or NOTHING


@dataclass(frozen=True, kw_only=True)
class Entered:
    """What people entered of a contract."""

    side: str
    project: str = ""
    number: str = ""
    contract_id: str = ""
    title: str = ""
    opening: Decimal | None = None
    kept: str = ""
    converted: str = ""
    completion_share: Decimal | None = None
    completion_date: date | None = None
    defects_share: Decimal | None = None
    defects_date: date | None = None
    defects_months: int = MONTHS


def ledgers(
    sent: Iterable[Sent],
    entered: Iterable[Entered],
    *,
    paid: Mapping[str, Decimal],
    accepted: Mapping[tuple[str, str], Sequence[Mapping[str, Any]]],
    today: date,
) -> list[dict[str, Any]]:
    """One ledger for each contract with retention. `paid` is before tax, by the document's id."""
    contracts: dict[tuple[str, str], list[Sent]] = defaultdict(list)
    for one in sent:
        if one.details.get("retention"):
            contracts[one.side, str(one.details.get("contract"))].append(one)
    rows, left = [], list(entered)
    for (side, contract), documents in contracts.items():
        terms = _terms(side, contract, documents[-1].details, left)
        if terms in left:
            left.remove(terms)
        by_hand = accepted.get((side, contract), ())
        rows.append(_ledger(side, contract, documents, terms, paid=paid, by_hand=by_hand, today=today))
    rows += [
        _unclaimed(terms, accepted.get((terms.side, terms.contract_id), ()), today)
        for terms in left
        if terms.opening
    ]
    return sorted((row for row in rows if _matters(row)), key=_place)


def _matters(row: Mapping[str, Any]) -> bool:
    return any(row[name] for name in ("opening", "held", "released", "accepted", "carried"))


def _place(row: Mapping[str, Any]) -> tuple[str, ...]:
    return row["side"], str(row["project_number"]), str(row["number"]), row["key"]


def _terms(side: str, contract: str, details: Mapping[str, Any], entered: Iterable[Entered]) -> Entered:
    """What was entered of a contract, by its id or else by its numbers."""
    project, number = (_plain(details.get(name)) for name in ("project_number", "contract_number"))
    own = [one for one in entered if one.side == side]
    by_id = next((one for one in own if one.contract_id == contract), None)
    named = (one for one in own if (_plain(one.project), _plain(one.number)) == (project, number))
    return by_id or next(named, None) or Entered(side=side)


def _plain(value: Any) -> str:
    return str(value or "").strip().casefold()


def _ledger(
    side: str,
    contract: str,
    documents: list[Sent],
    terms: Entered,
    *,
    paid: Mapping[str, Decimal],
    by_hand: Sequence[Mapping[str, Any]],
    today: date,
) -> dict[str, Any]:
    claims = _claims(documents, terms, paid)
    details = documents[-1].details
    opening, held = terms.opening or NOTHING, sum((one["held"] for one in claims), NOTHING)
    released = sum((one["released"] for one in claims), NOTHING)
    accepted = sum((one["amount"] for one in by_hand), NOTHING)
    row = {
        **_head(side, contract, terms, details),
        "method": terms.converted or claims[-1]["method"],
        "tax": claims[-1]["tax"],
        "opening": opening,
        "held": held,
        "released": released + accepted,
        "accepted": accepted,
        "by_hand": list(by_hand),
        "paid": sum((one["paid"] for one in claims), NOTHING),
        "balance": opening + held - released - accepted,
        "carried": NOTHING if terms.opening is not None else max(one["carried"] for one in claims),
        "claims": claims,
        "documents": [_document(one) for one in documents],
    }
    row["on_account"] = _on_account(row, terms, accepted)
    row["shares"] = _shares(terms, calendar_date(details.get("completes")), row, today)
    row["overdue"] = sum((one["overdue"] for one in row["shares"]), NOTHING)
    return row


def _head(side: str, contract: str, terms: Entered, details: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "key": f"{side}:{contract or f'{terms.project}/{terms.number}'}",
        "side": side,
        "contract": contract,
        "number": str(details.get("contract_number") or terms.number),
        "title": str(details.get("contract_title") or terms.title),
        "project_id": str(details.get("project") or ""),
        "project_number": str(details.get("project_number") or terms.project),
        "project_name": str(details.get("project_name") or ""),
        "vendor": str(details.get("vendor") or ""),
        "kept": terms.kept,
        "converted": terms.converted,
    }


def _unclaimed(terms: Entered, by_hand: Sequence[Mapping[str, Any]], today: date) -> dict[str, Any]:
    """A contract with an opening and no claim here yet."""
    opening, accepted = terms.opening or NOTHING, sum((one["amount"] for one in by_hand), NOTHING)
    nothing = dict.fromkeys(("held", "paid", "carried"), NOTHING)
    row = {**_head(terms.side, terms.contract_id, terms, {}), **nothing, "method": "", "tax": "",
           "opening": opening, "released": accepted, "accepted": accepted, "by_hand": list(by_hand),
           "balance": opening - accepted, "claims": [], "documents": []}  # fmt: skip
    row["on_account"] = _on_account(row, terms, accepted)
    row["shares"] = _shares(terms, None, row, today)
    row["overdue"] = sum((one["overdue"] for one in row["shares"]), NOTHING)
    return row


def _claims(documents: list[Sent], terms: Entered, paid: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    """One row for each claim, in the order of their numbers, with the balance after it."""
    by_claim: dict[str, list[Sent]] = defaultdict(list)
    for one in documents:
        by_claim[one.subject].append(one)
    claims = sorted(by_claim.values(), key=lambda own: (own[0].money("claim_number"), own[0].subject))
    balance, rows = terms.opening or NOTHING, []
    rest = sum((_rest_paid(own, paid) for own in claims), NOTHING)
    for own in claims:
        first = latest(own)
        balance += first.money("held") - first.money("released")
        billed, waited = _released(first, terms.kept)
        settled = max(min(rest, waited), NOTHING)  # the oldest release first
        rest -= settled
        rows.append({
            "subject": first.subject,
            "claim": str(first.details.get("claim_number") or ""),
            "number": main_of(own).number,
            "day": first.details.get("claim_day"),
            "method": str(first.details.get("retention")),
            "tax": str(first.details.get("retention_tax")),
            "held": first.money("held"),
            "released": first.money("released"),
            "opening_released": first.money("opening_released"),
            "carried": first.money("carried"),
            "paid": _paid(own, billed, paid) + settled,
            "balance": balance,
        })  # fmt: skip
    return rows


def main_of(own: list[Sent]) -> Sent:
    """A claim's bill, or what it has instead."""
    return next((one for one in own if one.role == "bill"), own[0])


def latest(own: list[Sent]) -> Sent:
    """The document of a claim that says what it holds now: an adjustment, where there is one."""
    return next((one for one in reversed(own) if ADJUSTMENT in one.role), own[0])


def _released(first: Sent, kept: str) -> tuple[Decimal, Decimal]:
    """What a claim releases by documents of its own, and what by earlier bills that left it unpaid."""
    opening = first.money("opening_released")
    own = first.money("released") - opening
    waited = own if first.details.get("retention") == "gross" else NOTHING
    return own - waited + (NOTHING if kept == "unpaid" else opening), waited


def _paid(own: list[Sent], released: Decimal, paid: Mapping[str, Decimal]) -> Decimal:
    """How much of such a release was paid: its share of what was paid on the document with it."""
    carrier = next((one for one in own if one.role == "release"), main_of(own))
    due = (carrier.amount or NOTHING) - carrier.money("left_open")
    settled = paid.get(carrier.target_id, NOTHING)
    if not released or settled <= 0 or due <= 0 or carrier.resource != "bills":
        return NOTHING
    return released if settled >= due else cents(released * settled / due)


def _rest_paid(own: list[Sent], paid: Mapping[str, Decimal]) -> Decimal:
    """What was paid of the retention that a claim's bill and its adjustments leave unpaid."""
    bills = [one for one in own if base_role(one.role) in ("bill", ADJUSTMENT)]
    left = sum((one.money("left_open") for one in bills), NOTHING)
    amounts = [(one.amount or NOTHING, one.resource) for one in bills]
    whole = sum((-amount if kind == "credit_notes" else amount for amount, kind in amounts), NOTHING)
    settled = sum((paid.get(one.target_id, NOTHING) for one in bills), NOTHING)
    return max(min(settled - (whole - left), left), NOTHING)


def _document(one: Sent) -> dict[str, Any]:
    left = one.money("left_open")
    return {"role": one.role, "resource": one.resource, "id": one.target_id, "number": one.number,
            "left_open": left, "taxed": one.details.get("left_open_taxed") is True}  # fmt: skip


def _on_account(row: Mapping[str, Any], terms: Entered, by_hand: Decimal) -> Decimal:
    """The part of the balance that stands on the retention accounts."""
    if terms.converted:
        return row["balance"] if PLACES[terms.converted] == "account" else -by_hand
    total = row["opening"] if terms.kept == "account" else NOTHING
    for one in row["claims"]:
        opening = one["opening_released"]
        if PLACES.get(one["method"]) == "account":
            total += one["held"] - (one["released"] - opening)
        total -= opening if terms.kept == "account" else NOTHING
    return total - by_hand


def _shares(
    terms: Entered, completes: date | None, row: Mapping[str, Any], today: date
) -> list[dict[str, Any]]:
    """The two shares of all that was held, with their days; releases count for the first one first."""
    whole = row["opening"] + row["held"]
    first = cents(whole * (terms.completion_share if terms.completion_share is not None else HALF) / 100)
    last = whole - first if terms.defects_share is None else cents(whole * terms.defects_share / 100)
    completion = terms.completion_date or completes
    ends = terms.defects_date or (months_after(completion, terms.defects_months) if completion else None)
    left, found = row["released"], []
    for name, due, day in (("practical completion", first, completion), ("end of defects", last, ends)):
        back = max(min(left, due), NOTHING)
        left -= back
        overdue = due - back if day is not None and day < today else NOTHING
        found.append({"name": name, "due": due, "day": day, "released": back,
                      "overdue": max(min(overdue, row["balance"]), NOTHING)})  # fmt: skip
    return found


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def statements(rows: Iterable[Mapping[str, Any]], first: date, last: date) -> list[dict[str, Any]]:
    """What was held for each subcontractor before a quarter, moved in it, and is held on its last day."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["side"] != "payable":
            continue
        moves = [(calendar_date(one["day"]), one["held"], one["released"]) for one in row["claims"]]
        moves += [(calendar_date(one["day"]), NOTHING, one["amount"]) for one in row["by_hand"]]
        before = row["opening"] + sum((up - down for day, up, down in moves if day and day < first), NOTHING)
        during = [(up, down) for day, up, down in moves if day and first <= day <= last]
        held, released = (sum((one[place] for one in during), NOTHING) for place in (0, 1))
        if before or held or released:
            found[row["vendor"]].append({**row, "before": before, "held": held, "released": released,
                                         "balance": before + held - released})  # fmt: skip
    names = ("before", "held", "released", "balance")
    return [
        {"vendor": vendor, "rows": own, **{name: sum((one[name] for one in own), NOTHING) for name in names}}
        for vendor, own in sorted(found.items())
    ]


# --- against the books --------------------------------------------------------------------------------------


def account_balances(report: Mapping[str, Any]) -> dict[str, Decimal]:
    """What each account holds by its id, from a trial balance; credits positive."""
    found: dict[str, Decimal] = {}
    headings: list[str] = []
    for section in report.get("Rows") or ():
        cells = [str(cell.get("Value") or "") for cell in section.get("Cells") or ()]
        headings = cells or headings
        for row in section.get("Rows") or ():
            values = row.get("Cells") or ()
            attributes = [one for cell in values for one in cell.get("Attributes") or ()]
            account = next((str(one.get("Value")) for one in attributes if one.get("Id") == "account"), "")
            if account and row.get("RowType") == "Row":
                named = dict(zip(headings, (cell.get("Value") for cell in values), strict=False))
                credit, debit = (decimal(named.get(name)) or NOTHING for name in ("YTD Credit", "YTD Debit"))
                found[account] = credit - debit
    return found


def comparison(
    side: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    accounts: Mapping[str, Decimal],
    waiting: Decimal,
    undecided: Decimal,
) -> dict[str, Any]:
    """The sum of one side's ledgers against the balance of its accounts.

    `waiting` is in documents of ours that nobody approved yet, `undecided` in lines entered by hand.
    """
    own = [row for row in rows if row["side"] == side]
    ledger = sum((row["on_account"] for row in own), NOTHING)
    credits = sum(accounts.values(), NOTHING)
    books = credits if side == "payable" else NOTHING - credits
    return {
        "side": side,
        "accounts": ", ".join(sorted(accounts)),
        "contracts": len(own),
        "balance": sum((row["balance"] for row in own), NOTHING),
        "ledger": ledger,
        "books": books,
        "waiting": waiting,
        "undecided": undecided,
        "difference": ledger - books - waiting,
    }
