"""The demo world's costs that start in Xero: some that go to Procore, and every case of section 5.9.

All name BB-2604, the one project whose tracking option is there before the first run.

sent                   bill XC-101, one line for the project and one for the office
paid                   bill XC-102, paid
credit                 credit note XC-103
spent                  money spent without a reference
received               money received, XC-105
type-by-tracking       bill XC-106, its cost type is the option Materials
decided                bill XC-107 of Redgum Excavations, whose costs are sent by decision
draft                  bill XC-108 is a draft
old-job                bill XC-109 names a job that is not linked
no-expense             bill XC-110 on an account for plant
prepayment             money spent as a prepayment
several-codes          bill XC-112 on account 309, which five cost codes have
no-cost-code           bill XC-113 on account 412, which no cost code has
no-cost-type           bill XC-114, cost code 06-300 is on the project with two types
code-not-on-project    bill XC-115, a rule names 05-300.O
contact-not-linked     bill XC-116 of a contact outside the group
journal-no-contact     manual journal “Gutters moved to the flats”
has-commitment         bill XC-118 of Fernleaf Landscapes, which has SC-2604-02
possible-double        bill XC-119 with the amount of claim SC-2604-01-01
later                  XC-101 moves to BB-2602, XC-106 is voided, XC-201 is entered
"""

from collections.abc import Mapping
from typing import Any

from integrations.sandbox.worlds import books
from integrations.sandbox.worlds.money import cents, text
from integrations.sandbox.worlds.names import OVERHEADS, guid
from integrations.sandbox.worlds.records import Record, Site

OPTION, OLD_JOB = "BB-2604 Jetty Lane Apartments", "BB-2401 Hill Depot"
POSSUM, RAINBIRD, REDGUM = "Possum Insulation", "Rainbird Gutters", "Redgum Excavations"
FERNLEAF, TEMPO = "Fernleaf Landscapes", "Tempo Building Controls"
DATE = "2026-10-14"
COST_ID, LINE_ID = 890001, 995001
# bills by case: number, contact, cents, account, further fields
BILLS: dict[str, tuple[str, str, int, str, Record]] = {
    "sent": ("XC-101", RAINBIRD, 124000, "307", {}),
    "paid": ("XC-102", RAINBIRD, 36000, "307", {}),
    "type-by-tracking": ("XC-106", POSSUM, 41500, "306", {"type": "Materials"}),
    "decided": ("XC-107", REDGUM, 22000, "307", {}),
    "draft": ("XC-108", POSSUM, 9900, "307", {"status": "DRAFT"}),
    "old-job": ("XC-109", POSSUM, 8800, "307", {"option": OLD_JOB}),
    "no-expense": ("XC-110", POSSUM, 770000, "710", {"tax": "CAPEXINPUT"}),
    "several-codes": ("XC-112", POSSUM, 15000, "309", {}),
    "no-cost-code": ("XC-113", POSSUM, 27500, "412", {}),
    "no-cost-type": ("XC-114", POSSUM, 18200, "306", {}),
    "code-not-on-project": ("XC-115", POSSUM, 6400, "305", {}),
    "contact-not-linked": ("XC-116", OVERHEADS[0], 5200, "307", {}),
    "has-commitment": ("XC-118", FERNLEAF, 33000, "307", {}),
}
RULES = (
    {"account": "305", "cost_code": "05-300", "cost_type": "O"},
    {"account": "306", "cost_code": "06-300"},
    {"account": "307", "cost_code": "07-200", "cost_type": "M"},
)
DECISIONS = ({"vendor": f"{REDGUM} Pty Ltd", "project": "BB-2604", "decision": "send"},)


def add(sites: Mapping[str, Site], contacts: Mapping[str, Record], organisation: Record) -> None:
    """Write the costs into the books, and the budget codes that some of them meet into the project."""
    flats = sites["flats"]
    organisation["Invoices"] += [_bill(contacts, case) for case in BILLS]
    claim = next(one for one in flats.record["requisitions"] if one["invoice_number"] == "SC-2604-01-01")
    held = "work_completed_retainage_retained_this_period"
    due = sum(cents(row["work_completed_this_period"]) - cents(row[held]) for row in claim["items"])
    double = [_line("Controls", due, "307")]
    organisation["Invoices"].append(books.bill("xero cost double", contacts[TEMPO], "XC-119", DATE, double))
    paid = next(one for one in organisation["Invoices"] if one["InvoiceNumber"] == "XC-102")
    organisation["Payments"].append(books.payment("xero cost paid", paid, "2026-11-06", 39600))
    organisation["CreditNotes"].append(_credit(contacts[RAINBIRD]))
    organisation.setdefault("BankTransactions", []).extend(_bank(contacts))
    organisation.setdefault("ManualJournals", []).append(_journal())
    flats.record.setdefault("direct_costs", []).append(_budget(flats))


def later() -> list[Record]:
    """Give the acts for after a finished run."""
    entered = {"contact": f"{POSSUM} Pty Ltd", "amount": "310.00", "account": "307", "project": "BB-2604"}
    return [
        {"act": "track_line", "document": "XC-101", "project": "BB-2602"},
        {"act": "void_bill", "bill": "XC-106"},
        {"act": "enter_bill", **entered, "number": "XC-201", "description": "Batts"},
    ]


def _line(
    words: str, amount: int, account: str, option: str = OPTION, kind: str = "", tax: str = "INPUT"
) -> Record:
    tracking = [{"Name": "Projects", "Option": option}]
    tracking += [{"Name": "Cost Types", "Option": kind}] if kind else []
    return books.line(words, amount, account, tax, Tracking=tracking)


def _bill(contacts: Mapping[str, Record], case: str) -> Record:
    number, name, amount, account, over = BILLS[case]
    words = {
        "option": over.get("option", OPTION),
        "kind": over.get("type", ""),
        "tax": over.get("tax", "INPUT"),
    }
    lines = [_line("Materials for the flats", amount, account, **words)]
    if case == "sent":
        lines.append(books.line("Printer paper", 2450, "429"))
    return books.bill(
        f"xero cost {case}", contacts[name], number, DATE, lines, status=over.get("status", "AUTHORISED")
    )


def _credit(supplier: Record) -> Record:
    return {
        "CreditNoteID": guid("credit", "xero cost"),
        "Type": "ACCPAYCREDIT",
        "CreditNoteNumber": "XC-103",
        "Status": "AUTHORISED",
        "Date": DATE,
        "Contact": {"ContactID": supplier["ContactID"], "Name": supplier["Name"]},
        "LineAmountTypes": "Exclusive",
        "LineItems": [_line("Brackets returned", 8000, "307")],
    }


def _bank(contacts: Mapping[str, Record]) -> list[Record]:
    supplier = contacts[POSSUM]
    base: dict[str, Any] = {
        "Type": "SPEND",
        "Status": "AUTHORISED",
        "Date": DATE,
        "Contact": {"ContactID": supplier["ContactID"], "Name": supplier["Name"]},
        "LineAmountTypes": "Inclusive",
        "BankAccount": {"Code": "090"},
    }
    return [
        {**base, "BankTransactionID": spent(), "LineItems": [_line("Tape and fixings", 5500, "307")]},
        {
            **base,
            "BankTransactionID": guid("bank", "xero cost received"),
            "Type": "RECEIVE",
            "Reference": "XC-105",
            "LineItems": [_line("Pallets returned", 3300, "307")],
        },
        {
            **base,
            "BankTransactionID": guid("bank", "xero cost prepayment"),
            "Type": "SPEND-PREPAYMENT",
            "LineItems": [_line("Deposit", 11000, "307")],
        },
    ]


def spent() -> str:
    """Give the id of the money spent without a reference."""
    return guid("bank", "xero cost spent")


def _journal() -> Record:
    debit = {"LineAmount": text(4200), "AccountCode": "307", "Description": "To the flats"}
    return {
        "ManualJournalID": guid("journal", "xero cost"),
        "Narration": "Gutters moved to the flats",
        "Date": DATE,
        "JournalLines": [
            debit | {"Tracking": [{"Name": "Projects", "Option": OPTION}]},
            {"LineAmount": text(-4200), "AccountCode": "307", "Description": "From the yard"},
        ],
    }


def _budget(flats: Site) -> Record:
    """Draw a pending direct cost, which puts its budget codes on the project."""
    wanted = (("06-300", "M"), ("06-300", "E"), ("07-200", "M"))
    return {
        "id": COST_ID,
        "direct_cost_type": "expense",
        "status": "pending",
        "invoice_number": "DC-199",
        "direct_cost_date": DATE,
        "created_at": "2026-10-16T02:00:00Z",
        "updated_at": "2026-10-16T02:00:00Z",
        "line_items": [
            {
                "id": LINE_ID + row,
                "description": "Sundries",
                "amount": text(100),
                "cost_code_id": flats.codes[code]["id"],
                "line_item_type_id": flats.types[kind]["id"],
            }
            for row, (code, kind) in enumerate(wanted)
        ],
    }
