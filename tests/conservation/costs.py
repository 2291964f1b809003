"""Direct costs both ways: what people do with them, and what must agree."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from integrations.costs_in import MARK
from integrations.values import cents
from tests.conservation import sums
from tests.conservation.company import MATERIALS, NOTHING, UNRULED, Company
from tests.conservation.world import MERCHANTS

BILL, NOTE, OUT, IN = "ACCPAY", "ACCPAYCREDIT", "DC-", "XC-"
Record = dict[str, Any]


# --- from Procore -------------------------------------------------------------------------------------------


def add_cost(company: Company) -> str:
    last, line = _own_cost(company)
    number = f"{OUT}{company.random.randint(1000, 9999)}"
    row = {name: line[name] for name in ("cost_code_id", "line_item_type_id")}
    row |= {"amount": company.amount(-300_00, 4_000_00), "description": "Hire"}
    company.sandbox.act(
        "add_direct_cost", project_id=last["project"]["id"], vendor_id=last["vendor_id"],
        invoice_number=number, status=company.random.choice(("approved", "pending")),
        direct_cost_date="2026-10-20", line_items=[row],
    )  # fmt: skip
    return f"{number} {row['amount']}"


def edit_cost(company: Company) -> str:
    cost, line = _own_cost(company)
    row = {"id": line["id"], "amount": company.amount(-300_00, 4_000_00)}
    company.sandbox.act("edit_direct_cost", cost_id=cost["id"], line_items=[row])
    return f"{cost['invoice_number']} {row}"


def change_cost(company: Company) -> str:
    acts = ("approve_direct_cost", "approve_direct_cost", "unapprove_direct_cost")
    return company.on_any("direct_costs", "cost_id", *acts)


def delete_cost(company: Company) -> str:
    company.week_passes()
    return company.on_any("direct_costs", "cost_id", "delete_direct_cost")


def edit_written_cost(company: Company) -> str:
    cost = company.any_of([one for one in company.procore("direct_costs") if _mark(one)])
    row = {
        "id": company.any_of(company.lines("direct_costs", cost["id"]))["id"],
        "amount": company.amount(1_00, 900_00),
    }
    company.sandbox.act("edit_direct_cost", cost_id=cost["id"], line_items=[row])
    return f"{cost['invoice_number']} {row}"


def _own_cost(company: Company) -> tuple[Record, Record]:
    """Any direct cost that people entered, and one of its lines."""
    cost = company.any_of([one for one in company.procore("direct_costs") if not _mark(one)])
    return cost, company.any_of(company.lines("direct_costs", cost["id"]))


# --- from Xero ----------------------------------------------------------------------------------------------


def enter_bill(company: Company) -> str:
    number = f"{IN}{company.random.randint(1000, 9999)}"
    given = _entered(company)
    company.sandbox.act("enter_bill", **given, number=number, credit=company.random.random() < 0.25)
    return f"{number} {given}"


def spend(company: Company) -> str:
    given = _entered(company)
    company.sandbox.act("spend_money", **given, receive=company.random.random() < 0.3)
    return str(given)


def _entered(company: Company) -> Record:
    account = MATERIALS if company.random.random() < 0.9 else UNRULED
    project = company.random.choice([*company.projects().values(), None])
    merchants = [name for name in company.contacts() if name.startswith(MERCHANTS)]
    return {
        "contact": company.random.choice(merchants or company.contacts()),
        "amount": company.amount(1_00, 2_000_00), "account": account, "project": project,
    }  # fmt: skip


def move_line(company: Company) -> str:
    one = _bill_or_note(company)
    project = company.random.choice([*company.projects().values(), None])
    name = one.get("InvoiceID") or one["CreditNoteID"]
    company.sandbox.act("track_line", document=name, project=project)
    return f"{name} to {project}"


def delete_money(company: Company) -> str:
    found = [one for one in company.sandbox.records("xero", "BankTransactions") if one["Status"] != "DELETED"]
    one = company.any_of(found)
    company.sandbox.act("delete_transaction", transaction=one["BankTransactionID"])
    return str(one["BankTransactionID"])


def void_credit(company: Company) -> str:
    found = [one for sign, number, one in company.documents(BILL, NOTE) if sign < 0 and number.startswith(IN)]
    one = company.any_of(found)
    company.sandbox.act("void_credit_note", credit_note=one["CreditNoteID"])
    return str(one["CreditNoteNumber"])


def _bill_or_note(company: Company) -> Record:
    return company.any_of([one for _, number, one in company.documents(BILL, NOTE) if number.startswith(IN)])


OFTEN = (edit_cost, add_cost, enter_bill, spend)
SELDOM = (change_cost, delete_cost, edit_written_cost, move_line, delete_money, void_credit)


# --- what must agree ----------------------------------------------------------------------------------------


def entries_out(company: Company) -> Iterator[sums.Entry]:
    """Every direct cost that people entered with its bill or credit note, and documents without one."""
    held = sums.by_claim(documents_out(company), OUT)
    for one in company.procore("direct_costs"):
        if _mark(one):
            continue
        number, counts = str(one["invoice_number"]), one["status"] == "approved"
        found = held.pop(number, [])
        bill = [row for row in found if row[1].get("InvoiceNumber") == number]  # adjustments do not count
        worth, was_paid = Decimal(str(one["amount"])), [row for row in bill if _is_paid(row[1])]
        yield sums.Entry(
            number,
            company.projects()[one["project"]["id"]],
            {
                sums.MAIN: worth if counts else NOTHING,
                "paid": sums.subtotal(bill) if one.get("payment_date") else NOTHING,
            },
            {sums.MAIN: sums.subtotal(found), "paid": sums.subtotal(was_paid)},
            frozenset({str(one["id"])}),
        )
    yield from sums.without_claim(held)


def documents_out(company: Company) -> list[tuple[int, str, Record]]:
    """Our bills and credit notes for direct costs."""
    return [row for row in company.documents(BILL, NOTE) if row[1].startswith(OUT)]


def _is_paid(document: Record) -> bool:
    """Whether money was paid and nothing is owed: a document that credits cover was not paid."""
    return document["Status"] == "PAID" and Decimal(str(document.get("AmountPaid") or 0)) != 0


def entries_in(company: Company) -> Iterator[sums.Entry]:
    """Every cost of Xero by project with its direct cost, and direct costs without one."""
    ids = {number: key for key, number in company.projects().items()}
    there = _written(company)
    for sign, key, number, one in _costs(company):
        for project in sorted({sums.project_of(line) for line in one["LineItems"]} - {""}):
            lines = [line for line in one["LineItems"] if sums.project_of(line) == project]
            worth = sum((cents(sign * sums.before_tax(one, line)) for line in lines), NOTHING)
            names = frozenset({f"{key}:{ids[project]}"})
            yield sums.Entry(
                number, project, {sums.MAIN: there.pop((key, project), NOTHING)}, {sums.MAIN: worth}, names
            )
    for (key, project), worth in there.items():
        yield sums.Entry(key[:8], project, {sums.MAIN: worth}, {}, frozenset({f"{key}:{ids[project]}"}))


def documents_in(company: Company) -> list[tuple[int, Record]]:
    """Costs of Xero, those of suppliers and the bank's."""
    return [(sign, one) for sign, _, _, one in _costs(company)]


def _costs(company: Company) -> Iterator[tuple[int, str, str, Record]]:
    """What people entered in Xero: its sign, id, number and record."""
    for sign, number, one in company.documents(BILL, NOTE):
        if number.startswith(IN):
            yield sign, one.get("InvoiceID") or one["CreditNoteID"], number, one
    for one in company.sandbox.records("xero", "BankTransactions"):
        if one["Status"] != "DELETED":
            key = one["BankTransactionID"]
            yield (1 if one["Type"] == "SPEND" else -1), key, key[:8], one


def _written(company: Company) -> dict[tuple[str, str], Decimal]:
    """What direct costs that OneCore wrote come to, by the document they name and project."""
    found: dict[tuple[str, str], Decimal] = {}
    for one in company.procore("direct_costs"):
        if key := _mark(one):
            place = (key, company.projects()[one["project"]["id"]])
            assert place not in found, f"two direct costs for {place}"
            found[place] = Decimal(str(one["amount"]))
    return found


def _mark(cost: Record) -> str:
    """The id of the document in Xero that a direct cost names; "" where people entered it."""
    named = MARK.search(str(cost.get("description") or ""))
    return named[1] if named else ""
