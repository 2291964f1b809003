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
    world,
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
    made = generated(400, projects=4, refused=0.05, negative=0.1)
    sandbox.load(made)
    assert faults(sandbox, set()) == []
    claims = sandbox.records("procore", "requisitions")
    assert len(claims) == 400
    assert sum(claim["vendor_name"].startswith("Refused Trades") for claim in claims) == 20
    assert len(refused_contacts(made)) >= 1
    totals = [Decimal(claim["summary"]["current_payment_due"]) for claim in claims]
    assert any(total < 0 for total in totals) and any(total > 0 for total in totals)


def test_twenty_thousand_claims_are_made_in_seconds() -> None:
    made = generated(20_000, projects=20)
    assert sum(len(p["requisitions"]) for p in made["procore"]["companies"][0]["projects"]) == 20_000


def test_nonsense_is_among_good_records(sandbox: Sandbox) -> None:
    made = nonsense(generated(60, projects=2), endless=True)
    sandbox.load(made)
    spoilt = poisoned(made)
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


def _bearer(sandbox: Sandbox, path: str, **form: str) -> dict[str, str]:
    answer = requests.post(
        f"{sandbox.address}{path}", data={"grant_type": "client_credentials", **form}, timeout=30
    )
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}", "Accept": "application/json"}


def test_procore_answers_every_list_of_the_demo_world(sandbox: Sandbox) -> None:
    """The contract checks watch these answers; nothing in the world may break a published schema."""
    sandbox.load(make_demo())
    sandbox.switches.limits = False
    secret = {"client_id": "sandbox-procore", "client_secret": "sandbox-procore-secret"}
    headers = _bearer(sandbox, "/procore-login/oauth/token", **secret) | {"Procore-Company-Id": "4100"}

    def read(path: str, **query: Any) -> list[Record]:
        query = {"per_page": 100, **query}
        answer = requests.get(
            f"{sandbox.address}/procore-api{path}", params=query, headers=headers, timeout=30
        )
        assert answer.status_code == 200, (path, answer.text)
        found: list[Record] = answer.json()
        return found

    for path in ("/rest/v1.0/vendors", "/rest/v1.0/standard_cost_codes", "/rest/v1.0/line_item_types"):
        more = {"view": "extended"} if "cost" not in path else {"standard_cost_code_list_id": 9001}
        assert read(path, company_id=4100, **(more if "types" not in path else {}))
    for project in read("/rest/v1.1/projects", company_id=4100):
        own = {"project_id": project["id"]}
        for kind in (
            "cost_codes",
            "work_order_contracts",
            "purchase_order_contracts",
            "change_order_packages",
        ):
            read(f"/rest/v1.0/{kind}", **own)
        for claim in read("/rest/v1.1/requisitions", view="items", **own)[:5]:
            requests.get(
                f"{sandbox.address}/procore-api/rest/v1.1/requisitions/{claim['id']}",
                params=own,
                headers=headers,
                timeout=30,
            )
            read("/rest/v1.0/contract_payments", contract_id=claim["commitment_id"], **own)


def test_xero_answers_every_list_of_the_demo_world(sandbox: Sandbox) -> None:
    """As for Procore: the contract checks watch."""
    sandbox.load(make_demo())
    secret = {"client_id": "sandbox-xero-custom", "client_secret": "sandbox-xero-custom-secret"}
    scopes = "accounting.invoices accounting.payments accounting.contacts accounting.settings"
    headers = _bearer(sandbox, "/xero-identity/connect/token", scope=scopes, **secret)
    for kind in ("Organisation", "Accounts", "TaxRates", "TrackingCategories", "ContactGroups", "Items"):
        answer = requests.get(f"{sandbox.address}/xero-api/api.xro/2.0/{kind}", headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
    for kind in ("Contacts", "Invoices", "Payments", "CreditNotes"):
        query = {"page": 1, "pageSize": 100, **({"includeArchived": "true"} if kind == "Contacts" else {})}
        answer = requests.get(
            f"{sandbox.address}/xero-api/api.xro/2.0/{kind}", params=query, headers=headers, timeout=30
        )
        assert answer.status_code == 200, answer.text
        assert kind == "CreditNotes" or answer.json()[kind]


def test_a_world_is_sized_by_its_name(sandbox: Sandbox) -> None:
    made = world("generated:claims=30,projects=3,refused=0.1,lines=2")
    assert sum(len(project["requisitions"]) for project in made["procore"]["companies"][0]["projects"]) == 30
    assert world("nonsense:endless=1")["switches"] == {"procore_endless_paging": True}


@pytest.mark.parametrize(
    "name", ["", "demos", "generated:claim=3", "generated:claims=many", "small:claims=3"]
)
def test_a_name_that_means_no_world_is_refused(name: str) -> None:
    with pytest.raises(LookupError):
        world(name)
