"""The demo world's Xero organisations: the builder's own books, and one not prepared for the work."""

from typing import Any

from integrations.sandbox.worlds import books, demo_retention
from integrations.sandbox.worlds.demo_vendors import Directory
from integrations.sandbox.worlds.names import CUSTOMERS, OVERHEADS, guid

Record = dict[str, Any]
MAIN, BARE = guid("organisation", "main"), guid("organisation", "bare")
# jobs of earlier years; with the eligible projects of this year the category passes 80 of its 100 options
OLD_JOBS = tuple(
    f"BB-{year}{order:02d} {place} {kind}"
    for year, orders in ((22, 24), (23, 25), (24, 25))
    for order, place, kind in (
        (
            order,
            ("Creek", "Hill", "Coast", "Plains", "Valley")[order % 5],
            ("Villas", "Depot", "Clinic")[order % 3],
        )
        for order in range(1, orders + 1)
    )
)
COST_TYPE_OPTIONS = ("Labour", "Materials", "Subcontract")


def organisations(directory: Directory, cases: dict[str, Record]) -> list[Record]:
    """Draw both organisations; bills are drawn for the claims of some cases."""
    supplied, paid = _bills(directory, cases)
    supplied.append(demo_retention.earlier_bill(directory.contacts["Kestrel Roofing"]))
    main = books.organisation(
        MAIN,
        "Bright Build Group Pty Ltd",
        PeriodLockDate="2026-06-30",
        EndOfYearLockDate="2026-06-30",
        ShortCode="!brght",
        Contacts=list(directory.contacts.values()),
        ContactGroups=[
            books.group("Procore", directory.members),
            books.group("Overheads", [directory.contacts[name] for name in OVERHEADS]),
        ],
        TrackingCategories=[
            books.category(MAIN, "Projects", (*OLD_JOBS, "BB-2604 Jetty Lane Apartments")),
            books.category(MAIN, "Cost Types", COST_TYPE_OPTIONS),
        ],
        Items=_items(),
        Invoices=supplied,
        Payments=paid,
    )
    return [main, books.organisation(BARE, "Bright Build Joinery Pty Ltd", ShortCode="!brgjn")]


def _items() -> list[Record]:
    """A few items named by cost code and cost type, for the mode that books to items."""
    wanted = (("03-300", "M", "Concrete supply", "303"), ("09-500", "S", "Painting", "309"))
    return [
        {
            "ItemID": guid("item", code, kind),
            "Code": f"{code}-{kind}",
            "Name": name,
            "IsPurchased": True,
            "PurchaseDetails": {"AccountCode": account, "TaxType": "INPUT"},
        }
        for code, kind, name, account in wanted
    ]


def _bills(directory: Directory, cases: dict[str, Record]) -> tuple[list[Record], list[Record]]:
    """Draw the bills already in the books: overheads, and twins of claims (5,000 of work less 500 held)."""
    made, paid = _overheads(directory)

    def twin(
        case: str, vendor: str, account: str, *, net: int = 500000, mark: str = "", **over: Any
    ) -> Record:
        claim, supplier = cases[case], directory.contacts[vendor]
        lines = [books.line("Works as per claim", net, account), books.line("Retention", -net // 10, "815")]
        number, date = claim["invoice_number"], claim["billing_date"]
        made.append(books.bill(f"{case}{mark}", supplier, number, date, lines, due="2026-10-20", **over))
        return made[-1]

    twin("number-taken-other-amount", "Zephyr Ventilation", "311", net=999900)
    settled = twin("bill-already-there-paid", "Southerly Air Conditioning", "311")
    partly = twin("bill-already-there-part-paid", "Brightspark Country Electrical", "312")
    twin("bill-voided-before", "Copperline Communications", "312", status="VOIDED")
    for mark in ("a", "b"):
        twin("several-bills-with-number", "Stillwater Hydraulics", "310", mark=mark)
    paid += [
        books.payment("settled", settled, "2026-10-20", 495000),
        books.payment("first part", partly, "2026-10-12", 200000),
        books.payment("second part", partly, "2026-11-02", 100000),
    ]
    return made, paid


def _overheads(directory: Directory) -> tuple[list[Record], list[Record]]:
    """Draw the monthly bills of the office and what the customers owe."""
    made: list[Record] = []
    paid: list[Record] = []
    accounts = ("429", "429", "412", "412", "449", "469", "433", "429")
    for row, (name, account) in enumerate(zip(OVERHEADS, accounts, strict=True)):
        for month in (8, 9, 10):
            cents = 18000 + row * 7150 + month * 100
            lines = [books.line(f"{name}, month {month}", cents, account)]
            date = f"2026-{month:02d}-{row + 3:02d}"
            made.append(
                books.bill(
                    f"{name} {month}", directory.contacts[name], f"{row + 1}{month:02d}-26", date, lines
                )
            )
            if month < 10:
                paid.append(
                    books.payment(f"{name} {month}", made[-1], f"2026-{month + 1:02d}-14", cents * 11 // 10)
                )
    for row, name in enumerate(CUSTOMERS):
        lines = [books.line("Progress claim", 12500000 + row * 315000, "200", "OUTPUT")]
        number = f"BBG-{row + 1:04d}"
        customer = directory.contacts[name]
        made.append(
            books.bill(number, customer, number, "2026-09-30", lines, due="2026-10-30") | {"Type": "ACCREC"}
        )
    return made, paid
