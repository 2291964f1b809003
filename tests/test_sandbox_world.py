"""The sandbox's worlds load over the control interface by name and as JSON, and their claims add up."""

from decimal import Decimal
from typing import Any

import pytest
import requests

from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import (
    WORLDS,
    demo_books,
    empty,
    generated,
    nonsense,
    poisoned,
    refused_contacts,
    small,
)
from integrations.sandbox.worlds import demo as make_demo
from tests.sandbox_sums import faults

Record = dict[str, Any]


def test_worlds_are_the_same_at_every_start() -> None:
    assert make_demo() == make_demo()
    assert small() == small()
    assert generated(50, seed=3) == generated(50, seed=3)
    assert generated(50, seed=3) != generated(50, seed=4)


@pytest.mark.parametrize("name", WORLDS)
def test_every_world_loads_over_the_control_interface_by_name(name: str, sandbox: Sandbox) -> None:
    answer = requests.post(
        f"{sandbox.address}/control/world",
        json={"name": name},
        headers={"X-Sandbox-Token": "tests"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text


def test_a_world_may_be_sent_as_json(sandbox: Sandbox) -> None:
    answer = requests.post(
        f"{sandbox.address}/control/world",
        json={"world": make_demo()},
        headers={"X-Sandbox-Token": "tests"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    assert len(sandbox.records("procore", "requisitions")) > 240
    assert any(bill["Status"] == "PAID" for bill in sandbox.records("xero", "Invoices", demo_books.MAIN))


def test_the_small_world_is_whole_and_valid(sandbox: Sandbox) -> None:
    sandbox.load(small())
    sizes = {kind: len(sandbox.records("procore", kind)) for kind in ("projects", "vendors", "requisitions")}
    assert sizes == {"projects": 2, "vendors": 4, "requisitions": 6}
    assert faults(sandbox, set()) == []
    digits = {vendor["business_register"]["identifier"] for vendor in sandbox.records("procore", "vendors")}
    assert digits == {contact["TaxNumber"] for contact in sandbox.records("xero", "Contacts")}


def test_the_empty_world_is_connected(sandbox: Sandbox) -> None:
    sandbox.load(empty())
    assert sandbox.records("procore", "projects") == sandbox.records("xero", "Invoices") == []
    assert sandbox.records("xero", "Accounts")


def test_generated_claims_are_valid_and_a_share_is_to_be_refused(sandbox: Sandbox) -> None:
    world = generated(400, projects=4, refused=0.05, negative=0.1)
    sandbox.load(world)
    assert faults(sandbox, set()) == []
    claims = sandbox.records("procore", "requisitions")
    assert len(claims) == 400
    assert sum(claim["vendor_name"].startswith("Refused Trades") for claim in claims) == 20
    assert len(refused_contacts(world)) >= 1
    totals = [Decimal(claim["summary"]["current_payment_due"]) for claim in claims]
    assert any(total < 0 for total in totals) and any(total > 0 for total in totals)


def test_twenty_thousand_claims_are_made_in_seconds() -> None:
    world = generated(20_000, projects=20)
    assert sum(len(p["requisitions"]) for p in world["procore"]["companies"][0]["projects"]) == 20_000


def test_nonsense_is_among_good_records(sandbox: Sandbox) -> None:
    world = nonsense(generated(60, projects=2), endless=True)
    sandbox.load(world)
    spoilt = poisoned(world)
    claims = {claim["id"]: claim for claim in sandbox.records("procore", "requisitions")}
    shown = [claims.get(number, {}) for number in spoilt["requisitions"]]
    assert any(claim.get("status") == "approved_by_somebody" for claim in shown)
    assert any(claim.get("items") == "none" for claim in shown)
    assert sum(_plain(claim) for claim in claims.values()) == 60 - len(spoilt["requisitions"])
    assert any(len(vendor["name"] or "") == 10_000 for vendor in sandbox.records("procore", "vendors"))
    contacts = sandbox.records("xero", "Contacts")
    assert {len(contact["Name"]) for contact in contacts} >= {10_000}
    assert {contact["ContactStatus"] for contact in contacts} == {"ACTIVE", "SOMETHING"}
    assert sandbox.switches.procore_endless_paging is True


def _plain(claim: Record) -> bool:
    return "answer_overrides" not in claim
