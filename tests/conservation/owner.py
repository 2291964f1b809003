"""Head contract claims: what people do with them and their sales invoices, and what must agree."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.conservation import sums
from tests.conservation.company import NOTHING, RECEIVABLE, Company
from tests.conservation.world import moved

INVOICE, NOTE, PREFIX = "ACCREC", "ACCRECCREDIT", "G-"
Record = dict[str, Any]


def edit_application(company: Company) -> str:
    claim, line = _claim(company)
    move = {"line_item_id": line, **moved(company.random)}
    company.sandbox.act("edit_application", application_id=claim["id"], items=[move])
    return f"{claim['id']} {move}"


def add_application(company: Company) -> str:
    last, line = _claim(company)
    item = {"item_type": "contract_item", "line_item_id": line, **moved(company.random)}
    made = company.sandbox.act(
        "add_payment_application", contract_id=last["contract"]["id"], items=[item],
        status=company.random.choice(("approved", "draft")), billing_date=last["billing_date"],
        period_id=last["period_id"],
    )  # fmt: skip
    return f"{made['id']} {item}"


def change_application(company: Company) -> str:
    acts = ("approve_application", "approve_application", "reject_application", "unapprove_application")
    return company.on_any("payment_applications", "application_id", *acts)


def delete_application(company: Company) -> str:
    company.week_passes()
    return company.on_any("payment_applications", "application_id", "delete_application")


def be_paid(company: Company) -> str:
    invoice = company.document("AUTHORISED", kind=INVOICE)
    part = company.part_of(invoice["AmountDue"]) if company.random.random() < 0.5 else invoice["AmountDue"]
    company.sandbox.act("pay_bill", bill=invoice["InvoiceID"], amount=str(part))
    return f"{invoice['InvoiceNumber']} {part}"


def void_invoice(company: Company) -> str:
    invoice = company.document("AUTHORISED", kind=INVOICE)
    company.sandbox.act("void_bill", bill=invoice["InvoiceID"])
    return str(invoice["InvoiceNumber"])


def lose_payment(company: Company) -> str:
    invoice = company.paid_document(INVOICE)
    company.sandbox.act("delete_payment", bill=invoice["InvoiceID"])
    return str(invoice["InvoiceNumber"])


OFTEN = (edit_application, add_application, change_application, be_paid)
SELDOM = (delete_application, void_invoice, lose_payment)


def _claim(company: Company) -> tuple[Record, int]:
    """Any claim, and a line of its contract."""
    claim = company.any_of(company.procore("payment_applications"))
    return claim, company.any_of(company.lines("prime_contracts", claim["contract"]["id"]))["id"]


def entries(company: Company) -> Iterator[sums.Entry]:
    """Every claim on a head contract with its invoices and credit notes, and documents without a claim."""
    projects, held = company.projects(), sums.by_claim(documents(company), PREFIX)
    contracts = {one["id"]: one for one in company.procore("prime_contracts")}
    claims = company.procore("payment_applications")
    numbers = {claim["id"]: _number(claim, contracts, projects) for claim in claims}
    gone = held.keys() - numbers.values()
    for claim in claims:
        contract, number = contracts[claim["contract"]["id"]], numbers[claim["id"]]
        project = projects[contract["project_id"]]
        counts = claim["status"] == "approved"
        found = held.pop(number, [])
        due = Decimal(claim["g702"]["current_payment_due"]) if counts else NOTHING
        retained = _retention(claim, claims) if counts else NOTHING
        # A new claim takes the number of one that is gone, on which Procore's payments go by that number too.
        wanted = {"contract_id": contract["id"], "draw_request_number": claim["number"]}
        written = sums.received(company, wanted, but=gone)
        told = {sums.MAIN: due, "retained": retained, "paid": written}
        yield sums.of_claim(claim, number, project, told, found, RECEIVABLE)
    yield from sums.without_claim(held)


def _number(claim: Record, contracts: dict[int, Record], projects: dict[int, str]) -> str:
    """The number of a claim's invoice."""
    contract = contracts[claim["contract"]["id"]]
    return f"{projects[contract['project_id']]}-{contract['number']}-{claim['invoice_number']}"


def documents(company: Company) -> list[tuple[int, str, Record]]:
    """Our sales invoices and credit notes."""
    return company.documents(INVOICE, NOTE)


def _retention(claim: Record, claims: list[Record]) -> Decimal:
    """What the contract's retention changed by in this claim, claims sent back left out."""
    earlier = [
        one
        for one in claims
        if one["contract"]["id"] == claim["contract"]["id"]
        and one["number"] < claim["number"]
        and one["status"] != "revise_and_resubmit"
    ]
    before = max(earlier, key=lambda one: one["number"], default=None)
    held = Decimal(before["g702"]["total_retainage"]) if before else NOTHING
    return Decimal(claim["g702"]["total_retainage"]) - held
