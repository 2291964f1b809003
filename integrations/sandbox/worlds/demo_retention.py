"""The demo world's contracts whose retention goes its own way; the example tenant file has their terms.

SC-2602-91  held before the first claim, kept as unpaid bills: a release makes no document
SC-2602-92  held before the first claim on the account: a release is a line on the bill
SC-2603-91  by credit notes instead of deductions
SC-2604-91  what is held is left unpaid, with tax paid upfront
SC-2605-91  complete since the end of September: half of what is held is overdue
"""

from integrations.sandbox.worlds import books
from integrations.sandbox.worlds.claims import Move
from integrations.sandbox.worlds.demo_claims import step
from integrations.sandbox.worlds.records import Record, Site


def earlier_bill(supplier: Record) -> Record:
    """A bill from before the first claim here, by hand: what SC-2602-92 opens with stands on the account."""
    lines = [books.line("Works to June", 1200000, "307"), books.line("Retention", -120000, "815")]
    return books.bill("before the first claim", supplier, "KR-0625", "2026-06-25", lines, due="2026-07-25")


def add(sites: dict[str, Site], vendors: dict[str, Record]) -> None:
    """Write the contracts and their claims."""
    for key, number, vendor, code, carried, claims in (
        ("medical", "SC-2602-91", "Ironbark Formwork", "03-100", 200000, (
            {0: step(6000)}, {1: step(4000), 0: Move(released=150000)},
        )),
        ("medical", "SC-2602-92", "Kestrel Roofing", "07-100", 120000, (
            {0: step(5000)}, {1: step(2500), 0: Move(released=60000)},
        )),
        ("storage", "SC-2603-91", "Rosella Ceilings", "09-200", 0, (
            {0: step(12000)}, {1: step(8000), 0: Move(released=40000)},
        )),
        ("flats", "SC-2604-91", "Redgum Excavations", "02-300", 0, ({0: step(9000)}, {1: step(3000)})),
        ("hall", "SC-2605-91", "Larkspur Concreting", "03-400", 0, ({0: step(14000)}, {1: step(6000)})),
    ):  # fmt: skip
        site = sites[key]
        lines = [site.line(code, "S", 4000000, words) for words in ("Stage one", "Stage two")]
        contract = site.contract("WorkOrderContract", number, "Trade package", vendors[vendor], lines)
        if carried:
            contract.carry(work=carried * 5, retained=carried // 2, number=4)
        for month, moves in enumerate(claims, start=1):
            contract.claim(moves, site.record["billing_periods"][month])
