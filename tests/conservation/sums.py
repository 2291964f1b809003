"""What both systems say of each record, how they differ, and which warning names it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.values import cents
from runs.models import Warning
from tests.conservation.company import NOTHING, Company

MAIN = "amount"
SUFFIX = re.compile(r"-(RET|CN|REL|ADJ\d+)$")
Record = dict[str, Any]
Amounts = Mapping[str, Decimal]


@dataclass(frozen=True)
class Entry:
    """A record of a project and its counterpart: amounts by what they are, MAIN that of the record."""

    number: str
    project: str
    procore: Amounts
    xero: Amounts
    keys: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Missed:
    """A record on which both systems do not agree: what Procore says less what Xero holds."""

    entry: Entry
    what: str
    amount: Decimal


def differences(entries: Iterable[Entry]) -> Iterator[Missed]:
    """What the two systems do not agree on."""
    for one in entries:
        for what in sorted({*one.procore, *one.xero}):
            amount = one.procore.get(what, NOTHING) - one.xero.get(what, NOTHING)
            if amount:
                yield Missed(one, what, amount)


def missed(found: Iterable[Missed]) -> dict[str, Decimal]:
    """What is missing of the records' amounts, by project."""
    return _by_project((one.entry.project, one.amount) for one in found if one.what == MAIN)


def in_procore(entries: Iterable[Entry]) -> dict[str, Decimal]:
    """What the records come to in Procore, by project."""
    return _by_project((one.project, one.procore.get(MAIN, NOTHING)) for one in entries)


def in_xero(documents: Iterable[tuple[int, Record]]) -> dict[str, Decimal]:
    """What the lines of documents come to, by the project that each is tracked to."""
    return _by_project(
        (project_of(line), sign * before_tax(one, line))
        for sign, one in documents
        for line in one["LineItems"]
    )


def _by_project(rows: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for project, amount in rows:
        found[project] += amount
    return {project: amount for project, amount in found.items() if project and amount}


def project_of(line: Record) -> str:
    """The number of the project that a line is tracked to; "" without one."""
    named = (one["Option"] for one in line.get("Tracking") or () if one["Name"] == "Projects")
    return str(next(named, "")).split(" ")[0]


def before_tax(document: Record, line: Record) -> Decimal:
    """What a line comes to without tax."""
    worth = Decimal(str(line["LineAmount"]))
    return worth - Decimal(str(line["TaxAmount"])) if document["LineAmountTypes"] == "Inclusive" else worth


def subtotal(documents: Iterable[tuple[int, Record]]) -> Decimal:
    """What documents come to without tax."""
    return sum((sign * Decimal(str(one["SubTotal"])) for sign, one in documents), NOTHING)


def booked(documents: Iterable[tuple[int, Record]], account: str) -> Decimal:
    """What the lines of documents add to an account."""
    return sum(
        (
            sign * before_tax(one, line)
            for sign, one in documents
            for line in one["LineItems"]
            if line["AccountCode"] == account
        ),
        NOTHING,
    )


def paid(documents: Iterable[tuple[int, Record]]) -> Decimal:
    """What was paid of bills or invoices, without tax."""
    return sum((_paid(one) for sign, one in documents if sign > 0), NOTHING)


def _paid(one: Record) -> Decimal:
    total = Decimal(str(one["Total"]))
    share = Decimal(str(one["AmountPaid"])) * Decimal(str(one["SubTotal"]))
    return cents(share / total) if total else NOTHING


def received(company: Company, wanted: Mapping[str, Any], *, but: Set[str] = frozenset()) -> Decimal:
    """What OneCore wrote as paid on a claim; without what was paid on the documents numbered `but`."""
    own = [
        one
        for one in company.procore("contract_payments")
        if all(one.get(name) == value for name, value in wanted.items())
        and SUFFIX.sub("", str(one.get("invoice_number") or "")) not in but
    ]
    ours = (one for one in own if str(one.get("notes") or "").startswith("Xero "))
    return sum((Decimal(str(one["amount"])) for one in ours), NOTHING)


def by_claim(
    documents: Iterable[tuple[int, str, Record]], prefix: str
) -> dict[str, list[tuple[int, Record]]]:
    """Documents whose number begins so, by their claim's number; those of suppliers are left out."""
    found: dict[str, list[tuple[int, Record]]] = defaultdict(list)
    for sign, number, one in documents:
        if number.startswith(prefix):
            found[SUFFIX.sub("", number)].append((sign, one))
    return found


def of_claim(
    claim: Record, number: str, project: str, told: Amounts, found: list[tuple[int, Record]], account: str
) -> Entry:
    """A claim beside its documents; retention stands on the account."""
    there = {MAIN: subtotal(found), "retained": -booked(found, account), "paid": paid(found)}
    return Entry(number, project, told, there, frozenset({str(claim["id"])}))


def without_claim(held: Mapping[str, list[tuple[int, Record]]]) -> Iterator[Entry]:
    """Documents whose claim is gone."""
    for number, documents in held.items():
        yield Entry(number, project_of(documents[0][1]["LineItems"][0]), {}, {MAIN: subtotal(documents)})


def warned(company: Company, entry: Entry) -> bool:
    """Whether an open warning names a record, alone or among those held up, or one of its documents."""
    number = re.compile(rf"(?<![\w-]){re.escape(entry.number)}(-(RET|CN|REL|ADJ\d+))?(?![\w-])")
    for warning in Warning.objects.filter(tenant=company.tenant).standing():
        named = {warning.record_key, *(str(row["key"]) for row in warning.affected)}
        if entry.keys & named or number.search(f"{warning.record_title} {warning.message}"):
            return True
    return False
