"""What a generated company has besides claims: clients with head contracts, merchants, direct costs."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from integrations.sandbox.worlds import books
from integrations.sandbox.worlds.generated import generated
from integrations.sandbox.worlds.money import text
from integrations.sandbox.worlds.names import abn
from integrations.sandbox.worlds.records import vendor

Record = dict[str, Any]
CLIENTS, MERCHANTS = ("Owner 1", "Owner 2"), ("Merchant 1", "Merchant 2", "Merchant 3")
FIRST_PARTY, FIRST_CONTRACT, FIRST_LINE, FIRST_CLAIM, FIRST_COST = 58001, 860001, 960001, 360001, 890001


def world(seed: int) -> Record:
    """Three projects with subcontracts and claims on them, a head contract and direct costs each."""
    given = generated(30, projects=3, seed=seed, refused=0.0, lines=3, history=3, negative=0.1)
    company, organisation = given["procore"]["companies"][0], given["xero"]["organisations"][0]
    random = Random(seed)
    parties = _parties(company, organisation)
    for place, project in enumerate(company["projects"]):
        _head_contract(project, place, parties[CLIENTS[place % len(CLIENTS)]], random)
        _direct_costs(project, place, [parties[name] for name in MERCHANTS], random)
    return given


def _parties(company: Record, organisation: Record) -> dict[str, Record]:
    """Vendors without a subcontract, with a contact each in the group of contacts."""
    found = {}
    for place, name in enumerate((*CLIENTS, *MERCHANTS)):
        found[name] = vendor(FIRST_PARTY + place, name, abn=abn(7000 + place))
        contact = books.contact(f"party {place}", name, place, abn=found[name]["abn"])
        organisation["Contacts"].append(contact)
        member = {"ContactID": contact["ContactID"], "Name": name}
        organisation["ContactGroups"][0]["Contacts"].append(member)
    company["vendors"] += found.values()
    return found


def codes_of(project: Record) -> list[Record]:
    """The pairs of cost code and cost type that the project's subcontracts use."""
    lines = (line for one in project["work_order_contracts"] for line in one["line_items"])
    return [{name: line[name] for name in ("cost_code_id", "line_item_type_id")} for line in lines]


def _head_contract(project: Record, place: int, client: Record, random: Random) -> None:
    contract, first = FIRST_CONTRACT + place, FIRST_LINE + place * 10
    lines = [
        {"id": first + row, "description": f"Works {row + 1}", "amount": "400000.00", **code}
        for row, code in enumerate(codes_of(project)[:2])
    ]
    project["prime_contracts"] = [
        {
            "id": contract, "number": "HC", "title": project["name"], "vendor_id": client["id"],
            "status": "Approved", "line_items": lines,
        }
    ]  # fmt: skip
    project["payment_applications"] = [
        {
            "id": FIRST_CLAIM + place * 10 + row, "contract_id": contract, "number": row + 1,
            "billing_date": period["end_date"], "period_id": period["id"],
            "items": [
                {"item_type": "contract_item", "line_item_id": line["id"], **moved(random)} for line in lines
            ],
        }
        for row, period in enumerate(project["billing_periods"])
    ]  # fmt: skip


def moved(random: Random) -> dict[str, str]:
    """Work on a line, with retention held on it or not."""
    cents = random.randint(100_00, 30_000_00)
    held = cents // random.choice((10, 20)) if random.random() < 0.7 else 0
    return {
        "work_completed_this_period": text(cents),
        "work_completed_retainage_retained_this_period": text(held),
    }


def _direct_costs(project: Record, place: int, merchants: list[Record], random: Random) -> None:
    project["direct_costs"] = [
        {
            "id": FIRST_COST + place * 10 + row, "vendor_id": random.choice(merchants)["id"],
            "invoice_number": f"DC-{place + 1}{row + 1}", "direct_cost_date": "2026-10-14",
            "line_items": list(_cost_lines(project, FIRST_LINE + 1000 + place * 100 + row * 10, random)),
        }
        for row in range(4)
    ]  # fmt: skip


def _cost_lines(project: Record, first: int, random: Random) -> Iterator[Record]:
    for place, code in enumerate(random.choices(codes_of(project), k=2)):
        cents = random.randint(-200_00, 3_000_00)
        yield {"id": first + place, "description": "Hire", "amount": text(cents), **code}
