"""Large worlds for benches and property tests: valid claims of every shape, some of which Xero refuses."""

from collections.abc import Iterator
from random import Random

from integrations.sandbox.worlds import catalogue
from integrations.sandbox.worlds.claims import Contract, Line, Move
from integrations.sandbox.worlds.demo import clients
from integrations.sandbox.worlds.money import share
from integrations.sandbox.worlds.names import abn, guid
from integrations.sandbox.worlds.records import Numbers, Record, Site, company, period, project, vendor
from integrations.sandbox.worlds.small import organisation

COMPANY, TENANT = 4300, guid("organisation", "generated")
NOW = "2026-11-20T02:00:00Z"
REFUSED = "Refused Trades"
CODES = tuple(catalogue.ACCOUNTS_BY_CODE)


def generated(
    claims: int = 1000,
    projects: int = 10,
    seed: int = 1,
    refused: float = 0.05,
    lines: int = 5,
    history: int = 6,
    *,
    negative: float = 0.0,
    archived: bool = False,
) -> Record:
    """Make a valid world of so many approved claims, `history` of them on each commitment, `lines` lines
    each.

    A claim moves work, stored materials, retention held and released, change order lines, lines below nil
    and unit lines with four decimals; a share `negative` of the claims totals below nil. The share
    `refused` of the claims is by vendors named "Refused Trades n": Xero refuses their bills once the
    contacts of `refused_contacts(world)` are archived, which a test does by act after contacts are linked
    (or `archived`: from the start). No claim before January 2024: `history` above 35 repeats periods.
    """
    random, numbers, unwelcome = Random(seed), Numbers(), round(claims * refused)
    sites = [_site(numbers, row, history) for row in range(projects)]
    vendors: list[Record] = []
    chains = [*_chains(claims - unwelcome, history, "Supplier"), *_chains(unwelcome, history, REFUSED)]
    for row, (kind, length) in enumerate(chains):
        if row % 5 == 0 or not vendors[-1]["name"].startswith(kind):
            name = f"{kind} {len(vendors) + 1:05d}"
            vendors.append(vendor(numbers("vendor"), name, abn=abn(1000 + len(vendors))))
        _write(sites[row % projects], vendors[-1], row, length, lines, random, negative)
    books = organisation(TENANT, "Generated Works Pty Ltd", vendors)
    for contact in books["Contacts"] if archived else ():
        contact["ContactStatus"] = "ARCHIVED" if contact["Name"].startswith(REFUSED) else "ACTIVE"
    procore = company(COMPANY, "Generated Works", vendors=vendors, projects=[site.record for site in sites])
    return {
        "now": NOW,
        "clients": clients(COMPANY, TENANT),
        "procore": {"companies": [procore]},
        "xero": {"organisations": [books]},
    }


def refused_contacts(world: Record) -> list[str]:
    """Give the ids of the contacts whose bills are to be refused."""
    contacts = world["xero"]["organisations"][0]["Contacts"]
    return [contact["ContactID"] for contact in contacts if contact["Name"].startswith(REFUSED)]


def _chains(claims: int, history: int, kind: str) -> Iterator[tuple[str, int]]:
    """Cut a number of claims into commitments."""
    while claims > 0:
        yield kind, min(history, claims)
        claims -= history


def _site(numbers: Numbers, row: int, history: int) -> Site:
    record = project(numbers("project"), f"Generated project {row + 1}", f"G-{row + 1:04d}", "Send to Xero")
    record["billing_periods"] = [period(numbers("period"), *month) for month in _months(min(history, 35))]
    return Site(record, numbers, catalogue.standard_cost_codes())


def _months(wanted: int) -> list[tuple[str, str, str]]:
    """Give the last periods before November 2026, each a calendar month to the 20th."""

    def the20th(month: int) -> str:
        return f"{month // 12}-{month % 12 + 1:02d}-20"

    last = 2026 * 12 + 10
    return [
        (the20th(month - 1)[:-2] + "21", the20th(month), the20th(month + 1))
        for month in range(last - wanted + 1, last + 1)
    ]


def _write(
    site: Site, vendor: Record, row: int, length: int, lines: int, random: Random, negative: float
) -> None:
    """Write a commitment and its claims."""
    number = f"SC-{row + 1:05d}"
    schedule = [_line(site, random) for _ in range(max(1, lines - 1))]
    contract = site.contract("WorkOrderContract", number, f"Works {row + 1}", vendor, schedule)
    if lines > 1:
        site.vary(contract, "Variation", [_line(site, random)])
    periods = site.record["billing_periods"]
    for place in range(length):
        below = random.random() < negative
        moves = {
            index: _move(line, random)
            for index, line in enumerate(contract.lines)
            if index and random.random() < 0.8
        }
        total = sum(move.total() for move in moves.values())
        moves[0] = _first(contract, -total - 100000 if below else max(total, 0) - total + 100000, random)
        contract.claim(
            moves,
            periods[(place + len(periods) - length) % len(periods)],
            invoice_number=f"{number}-{place + 1}",
        )


def _line(site: Site, random: Random) -> Line:
    code, kind = random.choice(CODES), random.choice("SSSLMEO")
    if random.random() < 0.1:
        # 1234.5678 x 12.50 = 15432.0975
        return site.line(code, kind, 1543210, unit=("1234.5678", "12.50"))
    return site.line(code, kind, random.randint(50, 900) * 10000)


def _first(contract: Contract, least: int, random: Random) -> Move:
    """Move the first line so that the claim's total is what is wanted."""
    work = least + (random.randint(0, 2000000) if least > 0 else -random.randint(0, 500000))
    return Move(work=work, held=share(work, 100))


def _move(line: Line, random: Random) -> Move:
    """Move one line in one of the ways a claim can."""
    if line.unit and line.unit[1] == "12.50":
        quantity = random.randint(10000, 900000)  # ten-thousandths
        return Move(
            work=(quantity * 1250 + 5000) // 10000, quantity=f"{quantity // 10000}.{quantity % 10000:04d}"
        )
    draw = random.random()
    amount = random.randint(100, 1500000)
    if draw < 0.12:
        return Move(stored=amount, stored_held=share(amount, 50))
    if draw < 0.24 and line.stored:
        back = line.stored_retained
        return Move(work=line.stored, stored=-line.stored, held=back, stored_released=back)
    if draw < 0.36 and line.retained > 1:
        return Move(released=random.randint(1, line.retained))
    if draw < 0.44:
        return Move(work=-amount, held=share(-amount, 100))
    return Move(work=amount, held=share(amount, random.choice((0, 50, 100))))
