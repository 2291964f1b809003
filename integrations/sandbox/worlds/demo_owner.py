"""The demo world's owner's side: clients, head contracts and the claims on them, sections 5.7 and 5.10.

Invoices are numbered by project, contract and claim. Retention held by the clients is meant to be booked by
the method `deduct`, on account 615; "later" is an act of `later()`.

    ordinary                   HC1 of BB-2601, four claims with margin and retention, a fifth under review
    held-and-released          BB-2602-HC1-2
    negative-claim             BB-2602-HC1-3, -8,000 with retention -400
    no-client                  BB-2604-HC2-1
    client-not-linked          BB-2604-HC1-1, Jetty Lane Developments has no contact in Xero
    no-billing-date            BB-2605-HC2-1
    no-revenue-account         BB-2605-HC2-2, code 12-300
    no-lines                   BB-2605-HC2-3
    does-not-add-up            BB-2605-HC2-4, summary 100 more than the lines
    nothing-moved              BB-2605-HC2-5
    sent-back                  BB-2605-HC2-6 is to be revised
    number-of-another-client   BB-2603-HC1-1; an invoice to Plane Tree School has that number
    number-of-another-total    BB-2603-HC1-2; the invoice in Xero has another total
    in-locked-period           BB-2602-HC2-7 of 24 June 2026
    release-without-opening    BB-2602-HC2-8, figures carried in from before
    invoice-already-there      BB-2605-HC1-1; the same invoice is in Xero, paid in part
    three-faults               BB-2608-HC1-1: no client, no date, no account
    paid-and-part-paid         later: BB-2601-HC1-1 is paid, BB-2602-HC1-1 paid in part
    payment-deleted            later: the payment of BB-2605-HC1-1 is deleted in Xero
    credit-between-invoices    later: the credit note BB-2602-HC1-3 is set against BB-2602-HC1-2
    credit-between-bills       later: the credit note SC-2601-53-02 is set against SC-2601-53-01
    claim-edited-after-sending later: BB-2601-HC1-3, 2,500 of work less
"""

from typing import Any

from integrations.sandbox.worlds import books
from integrations.sandbox.worlds.demo_vendors import Directory
from integrations.sandbox.worlds.money import text
from integrations.sandbox.worlds.names import CUSTOMERS
from integrations.sandbox.worlds.records import Numbers, Record, Site, line_item, vendor

SURF, LINDEN, HARBOUR, SCHOOL = CUSTOMERS
JETTY = "Jetty Lane Developments"
REVENUE = "200"
NO_DATE: Record = {"billing_date": None, "period_id": None}


def clients(directory: Directory, numbers: Numbers) -> None:
    """Add the clients to both directories; the contacts of all but one are in the group "Procore"."""
    for name in (*CUSTOMERS, JETTY):
        directory.vendors[name] = vendor(numbers("vendor"), name)
        if name in directory.contacts:
            directory.members.append(directory.contacts[name])


class Head:
    """A head contract of a project, on which claims are entered in order."""

    def __init__(
        self, site: Site, number: str, client: Record | None, codes: tuple[str, ...], margin: bool = False
    ) -> None:
        self.site, self.number = site, 0
        lines = [line_item(site.line(code, "S", 60000000), place) for place, code in enumerate(codes, 1)]
        if margin:
            lines.append(
                {"id": site.numbers("line"), "description": "Builder's margin", "amount": "40000.00"}
            )
        self.record: Record = {
            "id": site.numbers("commitment"),
            "number": number,
            "title": f"{site.record['name'][:60]} head contract",
            "vendor_id": client and client["id"],
            "status": "Approved",
            "line_items": lines,
        }
        site.record.setdefault("prime_contracts", []).append(self.record)

    def claim(self, month: int, *moves: Record, **over: Any) -> Record:
        """Add the next claim: a movement for each line in order."""
        self.number += 1
        period = self.site.record["billing_periods"][month]
        rows = [
            {"item_type": "contract_item", "line_item_id": line["id"], **move}
            for line, move in zip(self.record["line_items"], moves, strict=False)
        ]
        made = {
            "id": self.site.numbers("claim"),
            "contract_id": self.record["id"],
            "number": self.number,
            "billing_date": period["end_date"],
            "period_id": period["id"],
            "created_at": f"{period['end_date']}T00:30:00Z",
            "updated_at": f"{period['end_date']}T01:30:00Z",
            "items": rows,
        } | over
        self.site.record.setdefault("payment_applications", []).append(made)
        return made


def move(dollars: int, held: int = 0, released: int = 0, more: Record | None = None) -> Record:
    """Draw what a claim moves on a line, in dollars."""
    return {
        "work_completed_this_period": text(dollars * 100),
        "work_completed_retainage_retained_this_period": text(held * 100),
        "work_completed_retainage_released_this_period": text(released * 100),
    } | (more or {})


def add(sites: dict[str, Site], directory: Directory, organisation: Record) -> None:
    """Write the head contracts with their claims, and the invoices that are in the books already."""
    party = directory.vendors
    _ordinary(Head(sites["surf"], "HC1", party[SURF], ("03-100", "05-100"), margin=True))
    turning = Head(sites["medical"], "HC1", party[LINDEN], ("03-100", "09-100"))
    turning.claim(0, move(46000, 2300), move(12000, 600))
    turning.claim(1, move(38000, 1900, released=500), move(9000, 450))
    turning.claim(2, move(-8000, -400))
    _before(Head(sites["medical"], "HC2", party[LINDEN], ("02-200",)))
    taken = Head(sites["storage"], "HC1", party[HARBOUR], ("05-100", "07-100"))
    taken.claim(0, move(30000, 1500))
    taken.claim(1, move(20000, 1000), move(5000, 250))
    taken.claim(2, move(10000, 500), move(6000, 300))
    Head(sites["flats"], "HC1", party[JETTY], ("09-300",)).claim(1, move(15000, 750))
    Head(sites["flats"], "HC2", None, ("09-300",)).claim(1, move(7000))
    there = Head(sites["hall"], "HC1", party[SCHOOL], ("06-100", "08-100"))
    first = there.claim(1, move(20000, 1000), move(5000))
    there.claim(2, move(12000, 600), move(3000))
    _faults(Head(sites["hall"], "HC2", party[SCHOOL], ("06-100", "12-300")))
    _books(directory, organisation, first["billing_date"])
    three = Head(sites["centre"], "HC1", None, ("12-300",))
    three.claim(1, move(5000), **NO_DATE)


def _ordinary(contract: Head) -> None:
    for month, (first, second) in enumerate(((24000, 30000), (42000, 18000), (36000, 26000), (21000, 33000))):
        margin = move((first + second) // 20)
        contract.claim(month, move(first, first // 20), move(second, second // 20), margin)
    contract.claim(4, move(15000, 750), move(11000, 550), status="under_review")


def _before(contract: Head) -> None:
    """A contract that began before its first claim here."""
    carried = {"opening_work_completed": "80000.00", "opening_work_retainage": "4000.00"}
    contract.claim(0, move(6000, more=carried), billing_date="2026-06-24", number=7)
    contract.claim(1, move(3000, released=2000), number=8)


def _faults(contract: Head) -> None:
    contract.claim(0, move(4000), **NO_DATE)
    contract.claim(1, move(2000), move(2500))
    contract.claim(1, items=[])
    wrong = {
        "total_completed_and_stored_to_date": "12100.00",
        "total_earned_less_retainage": "12100.00",
        "current_payment_due": "3600.00",
    }
    contract.claim(2, move(3500), summary_overrides=wrong)
    contract.claim(3, move(0))
    contract.claim(3, move(9000), status="revise_and_resubmit")


def _books(directory: Directory, organisation: Record, date: str) -> None:
    """Draw the invoices whose numbers claims have, and a payment of one."""
    school, harbour = directory.contacts[SCHOOL], directory.contacts[HARBOUR]

    def invoice(number: str, customer: Record, day: str, *amounts: tuple[str, int]) -> Record:
        lines = [books.line("Progress claim", cents, account, "OUTPUT") for account, cents in amounts]
        made = books.bill(number, customer, number, day, lines, due="2026-10-20") | {"Type": "ACCREC"}
        organisation["Invoices"].append(made)
        return made

    invoice("BB-2603-HC1-1", school, "2026-07-20", (REVENUE, 990000))
    invoice("BB-2603-HC1-2", harbour, "2026-08-20", (REVENUE, 2500000))
    partly = invoice("BB-2605-HC1-1", school, date, (REVENUE, 2500000), ("615", -100000))
    organisation["Payments"].append(books.payment("first of the school", partly, "2026-10-06", 1100000))


def later(company: Record) -> list[Record]:
    """Give the acts on the owner's side for after a finished run that made approved documents."""
    surf = next(one for one in company["projects"] if one["project_number"] == "BB-2601")
    third = next(one for one in surf["payment_applications"] if one["number"] == 3)
    row = third["items"][0]
    less = {"line_item_id": row["line_item_id"], "work_completed_this_period": "33500.00"}
    return [
        {"act": "pay_bill", "bill": "BB-2601-HC1-1"},
        {"act": "pay_bill", "bill": "BB-2602-HC1-1", "amount": "22000.00"},
        {"act": "delete_payment", "bill": "BB-2605-HC1-1"},
        {"act": "allocate_credit", "credit": "BB-2602-HC1-3", "bill": "BB-2602-HC1-2"},
        {"act": "allocate_credit", "credit": "SC-2601-53-02", "bill": "SC-2601-53-01"},
        {"act": "edit_application", "application_id": third["id"], "items": [less]},
    ]
