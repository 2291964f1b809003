"""The demo world's projects and the ordinary run of their commitments and claims, July to November 2026."""

from random import Random

from integrations.sandbox.worlds import catalogue
from integrations.sandbox.worlds.claims import Contract, Line, Move
from integrations.sandbox.worlds.demo_vendors import NO_CONTACT, OUTSIDE_GROUP, SIMILAR, SPECIAL
from integrations.sandbox.worlds.money import share
from integrations.sandbox.worlds.names import VENDORS
from integrations.sandbox.worlds.records import Numbers, Record, Site, period, project

XERO = "Send to Xero"
LONG_NAME = (
    "Southern Foothills Multi-Purpose Community, Recreation and Emergency Relief Centre "
    "with Library and Swim School"
)
# key, name, number, stage, further fields, ordinary commitments
PROJECTS: tuple[tuple[str, str, str | None, str, Record, int], ...] = (
    ("surf", "Tidewater Surf Pavilion", "BB-2601", XERO, {}, 6),
    ("medical", "Linden Medical Centre", "BB-2602", XERO, {}, 5),
    ("storage", "Harbourside Storage Warehouse", "BB-2603", XERO, {}, 5),
    ("flats", "Jetty Lane Apartments", "BB-2604", XERO, {}, 5),
    ("hall", "Plane Tree School Hall", "BB-2605", XERO, {}, 5),
    ("library", "Hilltop Library", "BB-2606", "Course of Construction", {}, 3),
    ("office", "Parade Office Fitout", "BB-2607", XERO, {}, 4),
    ("office twin", "PARADE OFFICE FITOUT", "bb-2607", XERO, {}, 1),
    ("depot", "Northern Depot Refurbishment", None, XERO, {}, 2),
    ("centre", LONG_NAME, "BB-2608", XERO, {}, 2),
    ("holiday", "Encounter Holiday Units", "BB-2518", "Warranty", {"active": False}, 2),
    ("hub", "Parabanks Community Hub", "BB-2509", "Post-Construction", {"active": False}, 1),
    ("cellar", "Ridge Cellar Door", "BB-2609", "Bidding", {}, 0),
)
# the periods end on the 20th; the last one is still open
MONTHS = (
    ("2026-06-21", "2026-07-20", "2026-08-20"),
    ("2026-07-21", "2026-08-20", "2026-09-20"),
    ("2026-08-21", "2026-09-20", "2026-10-20"),
    ("2026-09-21", "2026-10-20", "2026-11-20"),
    ("2026-10-21", "2026-11-20", None),
)
LAST_STATUSES = (
    *["approved"] * 9,
    *["approved_as_noted"] * 2,
    *["under_review"] * 3,
    "draft",
    "draft",
    "revise_and_resubmit",
    "pending_owner_approval",
    "pending_owner_approval",
)
# codes that only the named cases use
_KEPT_BACK = frozenset(catalogue.UNMAPPED)
_ODD = frozenset((*SIMILAR, *NO_CONTACT, *OUTSIDE_GROUP, *SPECIAL))


def sites(numbers: Numbers) -> dict[str, Site]:
    """Draw the projects with cost codes and billing periods."""
    standard = catalogue.standard_cost_codes()
    made = {}
    for key, name, number, stage, over, _ in PROJECTS:
        record = project(numbers("project"), name, number, stage, **over)
        record["billing_periods"] = [period(numbers("period"), *month) for month in MONTHS]
        made[key] = Site(record, numbers, standard)
    return made


def ordinary_vendors() -> list[tuple[str, str]]:
    """Give the vendors that link without trouble, with their trades."""
    return [(name, division) for name, division in VENDORS if name not in _ODD]


def fill(made: dict[str, Site], vendors: dict[str, Record], random: Random) -> None:
    """Write the ordinary commitments of every project and their claims."""
    pool, turn = ordinary_vendors(), 0
    for key, *_, wanted in PROJECTS:
        site, label = made[key], (made[key].record["project_number"] or "DEPOT").upper().removeprefix("BB-")
        twin = "T" if key == "office twin" else ""
        for order in range(1, wanted + 1):
            name, division = pool[(turn * 5) % len(pool)]
            supply = turn % 4 == 3
            short = "PO" if supply else "SC"
            contract = site.contract(
                "PurchaseOrderContract" if supply else "WorkOrderContract",
                f"{short}-{label}-{order:02d}{twin}",
                f"{_trade(division)} {'supply' if supply else 'subcontract'}",
                vendors[name],
                _schedule(site, division, supply, random),
                percent="0.00" if supply else ("10.00", "5.00")[turn % 2],
                status=("Approved", "Received", "Closed")[turn // 4 % 3] if supply else "Approved",
            )
            _claims(site, contract, turn, random)
            turn += 1


def _trade(division: str) -> str:
    return next(name for number, name, *_ in catalogue.DIVISIONS if number == division)


def _schedule(site: Site, division: str, supply: bool, random: Random) -> list[Line]:
    leaves = next(leaves for number, _, _, leaves in catalogue.DIVISIONS if number == division)
    codes = [f"{division}-{leaf}" for leaf, _ in leaves if f"{division}-{leaf}" not in _KEPT_BACK]
    chosen = random.sample(codes, k=min(len(codes), random.randint(2, 4)))
    kinds = "M" if supply else "SSSLE"
    return [site.line(code, random.choice(kinds), random.randint(80, 900) * 10000) for code in sorted(chosen)]


def _claims(site: Site, contract: Contract, turn: int, random: Random) -> None:
    rate = {"10.00": 100, "5.00": 50, "0.00": 0}[contract.record["retainage_percent"]]
    months = site.record["billing_periods"][turn % 7 == 6 :]
    for place, month in enumerate(months):
        if turn % 6 == 2 and place == 1:
            extra = site.line(
                _code_of(site, contract.lines[0]), "S", random.randint(20, 90) * 10000, "Extra work"
            )
            site.vary(contract, "Client requested change", [extra])
        status = random.choice(LAST_STATUSES) if month is months[-1] else "approved"
        if status == "approved" and random.random() < 0.06:
            status = "approved_as_noted"
        release = turn % 5 == 1 and place == len(months) - 1 > 0
        contract.claim(_moves(contract, rate, turn, place, release, random), month, status=status)


def _code_of(site: Site, line: Line) -> str:
    return next(code for code, record in site.codes.items() if record["id"] == line.code["id"])


def _moves(
    contract: Contract, rate: int, turn: int, place: int, release: bool, random: Random
) -> dict[int, Move]:
    """Move most lines; every eighth contract stores materials first and installs them in the next period."""
    moves: dict[int, Move] = {}
    for index, line in enumerate(contract.lines):
        if index and random.random() < 0.25 and not release:
            continue
        step = share(line.left(), random.randint(150, 450))
        step -= step % 5 if turn % 3 else step % 100
        if turn % 8 == 3 and place == 0:
            moves[index] = Move(stored=step, stored_held=share(step, rate))
            continue
        installed = line.stored if place == 1 else 0
        moves[index] = Move(
            work=step + installed,
            stored=-installed,
            held=share(step, rate) + line.stored_retained * (installed > 0),
            stored_released=line.stored_retained * (installed > 0),
            released=line.retained // 2 if release else 0,
        )
    return moves
