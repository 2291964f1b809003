"""Progress claims: what people do with them and their bills, and what must agree."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from integrations.values import cents
from tests.conservation import sums
from tests.conservation.company import NOTHING, PAYABLE, Company

BILL, NOTE, PREFIX = "ACCPAY", "ACCPAYCREDIT", "SC-"
SENT = ("approved", "approved_as_noted")
Record = dict[str, Any]


def edit_claim(company: Company) -> str:
    claim = company.any_of(company.procore("requisitions"))
    work = Decimal(company.amount(0, 9_000_00))
    move = {"line_item_id": company.any_of(claim["items"])["line_item_id"]}
    move["work_completed_this_period"] = f"{work:.2f}"
    if company.random.random() < 0.5:
        move["work_completed_retainage_retained_this_period"] = f"{cents(work / 10):.2f}"
    company.sandbox.act("edit_claim", claim_id=claim["id"], items=[move])
    return f"{claim['invoice_number']} {move}"


def add_claim(company: Company) -> str:
    last = company.any_of(company.procore("requisitions"))
    number = f"{last['invoice_number']}-{company.random.randint(100, 999)}"
    work = Decimal(company.amount(100_00, 20_000_00))
    item = {
        "line_item_id": last["items"][0]["line_item_id"],
        "work_completed_this_period": f"{work:.2f}",
        "work_completed_retainage_retained_this_period": f"{cents(work / 20):.2f}",
    }
    company.sandbox.act(
        "add_claim", commitment_id=last["commitment_id"], items=[item], period_id=last.get("period_id"),
        status=company.random.choice(("approved", "draft")), invoice_number=number,
        billing_date=last["billing_date"],
    )  # fmt: skip
    return f"{number} {work}"


def change_status(company: Company) -> str:
    acts = ("approve_claim", "approve_claim", "reject_claim", "unapprove_claim")
    return company.on_any("requisitions", "claim_id", *acts)


def delete_claim(company: Company) -> str:
    company.week_passes()
    return company.on_any("requisitions", "claim_id", "delete_claim")


def credit(company: Company) -> str:
    bill = company.document("AUTHORISED")
    part = company.part_of(bill["AmountDue"], 60)
    company.sandbox.act("credit_bill", bill=bill["InvoiceID"], amount=part)
    return f"{bill['InvoiceNumber']} {part}"


def take_on(company: Company) -> str:
    """A new vendor with a subcontract like another one's, and its first claim."""
    like = company.any_of(company.procore("work_order_contracts"))
    number = company.random.randint(10000, 99999)
    vendor = company.sandbox.act("add_vendor", name=f"Supplier {number}")
    lines = [
        {name: line[name] for name in ("amount", "cost_code_id", "line_item_type_id", "description")}
        for line in company.lines("work_order_contracts", like["id"])
    ]
    contract = company.sandbox.act(
        "add_commitment", project_id=like["project"]["id"], number=f"SC-{number}", vendor_id=vendor["id"],
        title="Works", line_items=lines, status="Approved", executed=True,
    )  # fmt: skip
    items = [
        {
            "line_item_id": contract["line_items"][0],
            "work_completed_this_period": company.amount(100_00, 9_000_00),
        }
    ]
    company.sandbox.act(
        "add_claim", commitment_id=contract["id"], items=items, status="approved",
        invoice_number=f"SC-{number}-1", billing_date="2026-10-20",
    )  # fmt: skip
    return f"SC-{number}"


OFTEN, SELDOM = (edit_claim, add_claim, change_status), (take_on, take_on, delete_claim, credit)


def entries(company: Company) -> Iterator[sums.Entry]:
    """Every claim with its bills and credit notes, and documents without a claim."""
    projects, held = company.projects(), sums.by_claim(documents(company), PREFIX)
    known = {claim["id"]: claim for claim in company.procore("requisitions")}
    for claim in known.values():
        number, counts = str(claim["invoice_number"]), claim["status"] in SENT
        found = held.pop(number, [])
        due = Decimal(claim["summary"]["current_payment_due"]) if counts else NOTHING
        retained = _retention(claim, known) if counts else NOTHING
        written = sums.received(company, {"requisition_id": claim["id"]})
        told = {sums.MAIN: due, "retained": retained, "paid": written}
        yield sums.of_claim(claim, number, projects[claim["project_id"]], told, found, PAYABLE)
    yield from sums.without_claim(held)


def documents(company: Company) -> list[tuple[int, str, Record]]:
    """Our bills and credit notes for claims."""
    return [row for row in company.documents(BILL, NOTE) if row[1].startswith(PREFIX)]


def _retention(claim: Record, claims: dict[int, Record]) -> Decimal:
    """What the contract's retention changed by in this claim, claims sent back left out."""
    before = claims.get(claim.get("previous_requisition_id") or 0)
    while before is not None and before["status"] == "revise_and_resubmit":
        before = claims.get(before.get("previous_requisition_id") or 0)
    earlier = Decimal(before["summary"]["total_retainage"]) if before else NOTHING
    return Decimal(claim["summary"]["total_retainage"]) - earlier
