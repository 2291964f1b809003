"""The demo world's direct costs: some that go to Xero, and every case of section 5.8 that needs an eye.

sent                       DC-101 of BB-2601, two lines, terms of 14 days
negative                   DC-102 of BB-2601, material returned
cancels-out                DC-103 of BB-2601, hired and taken back
without-number             of BB-2602
without-lines              DC-105 of BB-2602
without-date               DC-106 of BB-2602
in-locked-period           DC-107 of BB-2603, 19 June 2026
code-not-mapped            DC-108 of BB-2604, code 12-300
code-not-standard          DC-109 of BB-2605, code 99-100
code-is-a-header           DC-110 of BB-2605, code 10
vendor-without-contact     DC-111 of BB-2605, Murray Bend Steelworks
without-vendor             DC-112 of BB-2605
number-used-twice          FL-77 of BB-2601
number-used-twice again    FL-77 of BB-2602
number-of-a-claim          SAC-330 of BB-2603; a progress claim of that vendor has the number
number-taken-other-amount  FL-90 of BB-2603; the bill in Xero has another amount
bill-already-there-paid    FL-91 of BB-2603; the same bill is in Xero and paid (5.10 too)
three-faults               of BB-2603: no contact, no account, no number
not-approved               DC-119 of BB-2604 is pending
expense                    DC-120 of BB-2604
payroll                    DC-121 of BB-2604
of-another-integration     DC-122 of BB-2604 has an origin
project-not-linked         DC-123 of BB-2609, whose stage was never set

Two lines have a tax code of Procore's: FRE on the pump of DC-101, GST on the line of DC-102.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.worlds import books, catalogue
from integrations.sandbox.worlds.money import text
from integrations.sandbox.worlds.records import Record, Site

FIRST_COST, FIRST_LINE = 880001, 985001
QUOLL, POSSUM, SOFTSTEP = "Quoll Concrete Pumping", "Possum Insulation", "Softstep Flooring"
FERNLEAF, RAINBIRD, SOUTHERLY = "Fernleaf Landscapes", "Rainbird Gutters", "Southerly Air Conditioning"
TAX_CODES = {one["code"]: one["id"] for one in catalogue.tax_codes()}
BEND = "Murray Bend Steelworks Fabrication"  # its contact is only much alike


Row = tuple[str, str, int, str, str | None]


@dataclass(frozen=True)
class Case:
    """One direct cost; lines are cost code, cost type, cents, words and tax code."""

    site: str
    vendor: str | None
    number: str | None
    lines: tuple[Row, ...]
    over: Mapping[str, Any] = field(default_factory=dict)


def _line(code: str, kind: str, cents: int, words: str = "Hire", tax: str | None = None) -> Row:
    return code, kind, cents, words, tax


ONE = (_line("07-200", "M", 64000, "Batts"),)
CASES: dict[str, Case] = {
    "sent": Case(
        "surf",
        QUOLL,
        "DC-101",
        (_line("03-400", "E", 124000, "Pump for a day", "FRE"), _line("03-300", "M", 38550, "Mortar")),
        {"terms": "Net 14"},
    ),
    "negative": Case("surf", QUOLL, "DC-102", (_line("03-300", "M", -22000, "Mortar returned", "GST"),)),
    "cancels-out": Case(
        "surf", QUOLL, "DC-103", (_line("03-400", "E", 9000), _line("03-400", "E", -9000, "Taken back"))
    ),
    "without-number": Case("medical", POSSUM, None, ONE),
    "without-lines": Case("medical", POSSUM, "DC-105", ()),
    "without-date": Case("medical", POSSUM, "DC-106", ONE, {"direct_cost_date": None}),
    "in-locked-period": Case("storage", RAINBIRD, "DC-107", ONE, {"direct_cost_date": "2026-06-19"}),
    "code-not-mapped": Case("flats", SOFTSTEP, "DC-108", (_line("12-300", "M", 5200),)),
    "code-not-standard": Case("hall", SOFTSTEP, "DC-109", (_line("99-100", "M", 4100),)),
    "code-is-a-header": Case("hall", SOFTSTEP, "DC-110", (_line("10", "M", 7300),)),
    "vendor-without-contact": Case("hall", BEND, "DC-111", ONE),
    "without-vendor": Case("hall", None, "DC-112", ONE),
    "number-used-twice": Case("surf", FERNLEAF, "FL-77", ONE),
    "number-used-twice again": Case("medical", FERNLEAF, "FL-77", ONE),
    "number-of-a-claim": Case("storage", SOUTHERLY, "SAC-330", ONE),
    "number-taken-other-amount": Case("storage", FERNLEAF, "FL-90", ONE),
    "bill-already-there-paid": Case("storage", FERNLEAF, "FL-91", (_line("13-100", "M", 150000, "Pavers"),)),
    "three-faults": Case("storage", BEND, None, (_line("12-300", "M", 3100),)),
    "not-approved": Case("flats", SOFTSTEP, "DC-119", ONE, {"status": "pending"}),
    "expense": Case("flats", None, "DC-120", ONE, {"direct_cost_type": "expense"}),
    "payroll": Case("flats", None, "DC-121", ONE, {"direct_cost_type": "payroll"}),
    "of-another-integration": Case("flats", SOFTSTEP, "DC-122", ONE, {"origin_id": "erp:5591"}),
    "project-not-linked": Case("cellar", QUOLL, "DC-123", ONE),
}


def ids() -> dict[str, int]:
    """Give the direct cost that stands for each case."""
    return {case: FIRST_COST + row for row, case in enumerate(CASES)}


def add(
    sites: Mapping[str, Site],
    vendors: Mapping[str, Record],
    contacts: Mapping[str, Record],
    organisation: Record,
) -> None:
    """Write the direct costs into their projects, and the bills some of them meet into the books."""
    line_id = FIRST_LINE
    for name, case in CASES.items():
        site, party = sites[case.site], vendors[case.vendor] if case.vendor else None
        lines = [_drawn(site, line_id + row, line) for row, line in enumerate(case.lines)]
        line_id += len(lines)
        site.record.setdefault("direct_costs", []).append(
            {
                "id": ids()[name],
                "vendor_id": party and party["id"],
                "invoice_number": case.number,
                "direct_cost_date": "2026-10-14",
                "received_date": "2026-10-16",
                "line_items": lines,
                "created_at": "2026-10-16T02:00:00Z",
                "updated_at": "2026-10-19T02:00:00Z",
            }
            | dict(case.over)
        )
    _bills(contacts[FERNLEAF], organisation)


def _drawn(site: Site, line_id: int, line: Row) -> Record:
    code, kind, cents, words, tax = line
    drawn = {
        "id": line_id,
        "description": words,
        "amount": text(cents),
        "cost_code_id": site.codes[code]["id"],
        "line_item_type_id": site.types[kind]["id"],
    }
    return drawn | ({"tax_code_id": TAX_CODES[tax]} if tax else {})


def _bills(supplier: Record, organisation: Record) -> None:
    """Draw the bill with another amount, and the one that is there and paid."""
    other = books.bill("cost FL-90", supplier, "FL-90", "2026-10-14", [books.line("Plants", 71000, "313")])
    settled = books.bill("cost FL-91", supplier, "FL-91", "2026-10-14", [books.line("Pavers", 150000, "313")])
    organisation["Invoices"] += [other, settled]
    organisation["Payments"].append(books.payment("cost FL-91", settled, "2026-11-10", 165000))
