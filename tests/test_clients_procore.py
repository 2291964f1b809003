"""The Procore client against the sandbox, over HTTP."""

from decimal import Decimal

import pytest

from integrations.errors import Broken, Disconnected, Rejected
from integrations.procore.resources import (
    BILLING_PERIODS,
    CONTRACT_PAYMENTS,
    COST_CODES,
    LINE_ITEM_TYPES,
    PROJECT_STAGES,
    PROJECTS,
    PURCHASE_ORDER_CONTRACTS,
    REQUISITIONS,
    STANDARD_COST_CODE_LISTS,
    STANDARD_COST_CODES,
    VENDORS,
    VENDORS_INACTIVE,
    WORK_ORDER_CONTRACTS,
)
from integrations.sandbox.server import Sandbox
from tests.connecting import FixedTokens, at, procore, small


@pytest.fixture
def world(sandbox: Sandbox) -> Sandbox:
    return small(sandbox)


def project_scope(world: Sandbox) -> dict[str, str]:
    client = procore(world)
    return {"project_id": str(next(p["id"] for p in client.read(PROJECTS) if p["project_number"] == "W-01"))}


@pytest.mark.parametrize(
    "resource", [PROJECTS, PROJECT_STAGES, VENDORS, STANDARD_COST_CODE_LISTS, LINE_ITEM_TYPES]
)
def test_reads_the_company(world: Sandbox, resource) -> None:
    """Lists of the company need nothing but the connection."""
    records = list(procore(world).read(resource))
    assert records and all(record["id"] for record in records)


@pytest.mark.parametrize("resource", [COST_CODES, WORK_ORDER_CONTRACTS, REQUISITIONS, BILLING_PERIODS])
def test_reads_a_project(world: Sandbox, resource) -> None:
    """Lists of a project take its id."""
    scope = project_scope(world)
    records = list(procore(world).read(resource, scope=scope))
    assert records
    one = procore(world).read_one(resource, str(records[0]["id"]), scope=scope)
    assert one is not None and one["id"] == records[0]["id"]


def test_reads_lists_that_may_be_empty(world: Sandbox) -> None:
    """Inactive vendors and purchase orders of the project have lists of their own."""
    scope = project_scope(world)
    assert isinstance(list(procore(world).read(VENDORS_INACTIVE)), list)
    assert isinstance(list(procore(world).read(PURCHASE_ORDER_CONTRACTS, scope=scope)), list)


def test_standard_codes_have_their_names(world: Sandbox) -> None:
    """The default view would hold ids only."""
    client = procore(world)
    lists = list(client.read(STANDARD_COST_CODE_LISTS))
    scope = {"standard_cost_code_list_id": str(lists[0]["id"])}
    codes = list(client.read(STANDARD_COST_CODES, scope=scope))
    assert codes and all(code["full_code"] and code["name"] for code in codes)


def test_every_page_is_read_once(world: Sandbox) -> None:
    """Small pages give the same records as one large page, each once."""
    from dataclasses import replace

    whole = [record["id"] for record in procore(world).read(VENDORS)]
    client = procore(world)
    paged = [record["id"] for record in client.read(replace(VENDORS, page_size=1))]
    assert paged == whole
    assert sum(client.calls.values()) == len(whole)


def test_endless_paging_is_an_error(world: Sandbox) -> None:
    """A list that repeats its last page for ever stops."""
    from dataclasses import replace

    world.switches.procore_endless_paging = True
    with pytest.raises(Broken, match="repeats itself"):
        list(procore(world).read(replace(VENDORS, page_size=2)))


def test_only_what_changed_since(world: Sandbox) -> None:
    """The range filter reaches from a moment into the future."""
    scope = project_scope(world)
    client = procore(world)
    assert list(client.read(REQUISITIONS, scope=scope, changed_since=at(2020, 1, 1)))
    assert not list(client.read(REQUISITIONS, scope=scope, changed_since=at(2099, 1, 1)))


@pytest.mark.parametrize("resource", [REQUISITIONS, WORK_ORDER_CONTRACTS])
def test_only_the_ids_asked_for(world: Sandbox, resource) -> None:
    """Ids go into one filter, and unknown ones are left out."""
    scope = project_scope(world)
    client = procore(world)
    first = next(client.read(resource, scope=scope))["id"]
    found = list(client.read(resource, scope=scope, ids=[str(first), "99999999"]))
    assert [record["id"] for record in found] == [first]


def test_vendors_by_ids(world: Sandbox) -> None:
    """The vendor list spells the filter with brackets."""
    client = procore(world)
    ids = [str(vendor["id"]) for vendor in client.read(VENDORS)][:2]
    assert [str(vendor["id"]) for vendor in client.read(VENDORS, ids=ids)] == ids


def test_what_is_not_there_is_none(world: Sandbox) -> None:
    """A 404 for a single record is an answer, not an error."""
    assert procore(world).read_one(REQUISITIONS, "99999999", scope=project_scope(world)) is None


def test_a_vendor_with_its_business_number(world: Sandbox) -> None:
    """Name and business register are written in one request and read back by its id."""
    client = procore(world)
    assert VENDORS.create is not None and VENDORS.update is not None
    drawn = {"name": "Eucalypt Roofing", "business_register": {"type": "abn", "identifier": "51824753556"}}
    (made,) = client.write(VENDORS.create, [drawn], key="a")
    assert made.ok and made.record is not None
    held = client.read_one(VENDORS, str(made.record["id"]))
    assert held is not None and held["business_register"]["identifier"] == "51824753556"
    (changed,) = client.write(VENDORS.update, [{"id": made.record["id"], "name": "Eucalypt Roofs"}], key="b")
    assert changed.ok
    assert [v["name"] for v in client.search(VENDORS, [{"name": "eucalypt roofs"}])] == ["Eucalypt Roofs"]


def test_a_batch_says_what_became_of_each(world: Sandbox) -> None:
    """One element of a sync is refused, with the system's words; the others are done."""
    client = procore(world)
    assert VENDORS.update is not None
    good = next(client.read(VENDORS))
    drawn = [{"id": good["id"], "name": good["name"], "city": "Hobart"}, {"id": 99999999, "name": "Nobody"}]
    outcomes = {outcome.ok: outcome for outcome in client.write(VENDORS.update, drawn, key="a")}
    assert outcomes[True].record is not None and outcomes[True].record["id"] == good["id"]
    assert outcomes[False].messages == ("Entity with this ID not found",)


def test_a_payment_lives_and_dies(world: Sandbox) -> None:
    """A contract payment is created, found by its notes, changed and removed; its amount stays exact."""
    client, scope = procore(world), project_scope(world)
    contract = next(client.read(WORK_ORDER_CONTRACTS, scope=scope))
    scope = scope | {"contract_id": str(contract["id"])}
    assert CONTRACT_PAYMENTS.create is not None and CONTRACT_PAYMENTS.update is not None
    drawn = {
        "date": "2026-11-01",
        "amount": Decimal("1234.56"),
        "notes": "Xero 1",
        "payment_method": "electronic",
    }
    (made,) = client.write(CONTRACT_PAYMENTS.create, [drawn], key="a", scope=scope)
    assert made.record is not None and made.record["amount"] == "1234.56"
    (held,) = client.search(CONTRACT_PAYMENTS, [{"notes": "Xero 1"}], scope=scope)
    one = scope | {"id": str(held["id"])}
    (changed,) = client.write(CONTRACT_PAYMENTS.update, [{"amount": Decimal("1000.00")}], key="b", scope=one)
    assert changed.record is not None and changed.record["amount"] == "1000.00"
    (gone,) = client.write(CONTRACT_PAYMENTS.removals[""], [{}], key="c", scope=one)
    assert gone.ok and not list(client.read(CONTRACT_PAYMENTS, scope=scope))


def test_a_refusal_says_everything(world: Sandbox) -> None:
    """Each field's message reaches the person who can act."""
    client, scope = procore(world), project_scope(world) | {"contract_id": "99999999"}
    assert CONTRACT_PAYMENTS.create is not None
    with pytest.raises(Rejected) as refusal:
        client.write(CONTRACT_PAYMENTS.create, [{"amount": Decimal(1)}], key="a", scope=scope)
    assert refusal.value.messages and refusal.value.status in (404, 422)


def test_a_refusal_in_words_does_not_name_the_status_too(world: Sandbox) -> None:
    """“Unprocessable Entity” beside the reason helps nobody."""
    client, scope = procore(world), project_scope(world)
    contract = next(client.read(WORK_ORDER_CONTRACTS, scope=scope))
    scope = scope | {"contract_id": str(contract["id"])}
    assert CONTRACT_PAYMENTS.create is not None
    payment = {"amount": Decimal(1), "date": "2026-11-01", "requisition_id": 99999999}
    with pytest.raises(Rejected) as refusal:
        client.write(CONTRACT_PAYMENTS.create, [payment], key="a", scope=scope)
    assert len(refusal.value.messages) == 1, refusal.value.messages
    assert "requisition" in refusal.value.messages[0]


def test_a_project_out_of_reach_stops_only_itself(world: Sandbox) -> None:
    """A project that the service account may not see is refused; the connection lives on."""
    client = procore(world)
    with pytest.raises(Rejected):
        list(client.read(REQUISITIONS, scope={"project_id": "99999999"}))
    assert list(client.read(PROJECTS))


def test_another_company_is_a_disconnection(world: Sandbox) -> None:
    """A company that the app is not installed in needs a person."""
    client = procore(world)
    client.external_id = "999"
    with pytest.raises(Disconnected):
        list(client.read(PROJECTS))


def test_a_dead_token_is_refreshed_once(world: Sandbox) -> None:
    """An unknown token leads to one refresh, and the call goes on."""
    good = FixedTokens("x").token and procore(world).tokens.access().token
    tokens = FixedTokens("dead", then=good)
    assert list(procore(world, tokens).read(PROJECTS)) and tokens.refreshes == 1
    never = FixedTokens("dead")
    with pytest.raises(Disconnected):
        list(procore(world, never).read(PROJECTS))
    assert never.refreshes == 1
