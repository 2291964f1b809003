"""The tax codes of the simulated Procore: their list, the lines that name one, and the act that sets them."""

import copy
from typing import Any

import pytest

from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import WORLDS, demo, world
from tests.test_sandbox_procore import WORLD, Client

Record = dict[str, Any]
CODES = (
    {"id": 1, "code": "GST", "description": "GST 10%", "default_tax_code": True, "origin_id": "x:1"},
    {"id": 2, "code": "FRE", "rate1": "0"},
    {"id": 3, "code": "HLF", "rate1": "2.5", "archived": True, "origin_data": "kept"},
)
ORDER_LINES = "v2.0/companies/42/projects/7/commitment_change_orders/45/line_items"
# what holds a line -> the act's word for it, the line's id, where lines are read, the kind of the holder
LINES = {
    "direct cost": ("direct_cost", 811, "v1.0/projects/7/direct_costs/81/line_items", "direct_costs"),
    "subcontract": ("commitment", 211, "v1.0/work_order_contracts/21/line_items", "work_order_contracts"),
    "purchase order": (
        "commitment",
        221,
        "v1.0/purchase_order_contracts/22/line_items",
        "purchase_order_contracts",
    ),
    "head contract": ("prime_contract", 231, "v1.0/prime_contracts/23/line_items", "prime_contracts"),
}
SHOWN_WHOLE = {
    "direct cost": "v1.1/projects/7/direct_costs/81",
    "subcontract": "v1.0/work_order_contracts/21",
    "purchase order": "v1.0/purchase_order_contracts/22",
    "head contract": "v1.0/prime_contract/23",
}


def taxed(tax_codes: Any = CODES) -> Record:
    """The world of the other tests with tax codes, and a newer change order of two lines."""
    made = copy.deepcopy(WORLD)
    company = made["procore"]["companies"][0]
    company["tax_codes"] = list(tax_codes)
    project = company["projects"][0]
    for kind in ("work_order_contracts", "direct_costs", "change_order_packages"):
        for record in project[kind]:
            record["updated_at"] = "2026-09-01T00:00:00Z"
    project["change_order_packages"][0]["line_items"][0]["tax_code_id"] = 2
    rows = [{"id": 451, "amount": "10.00", "tax_code_id": 2}, {"id": 452, "amount": "5.00"}]
    project["commitment_change_orders"] = [{"id": 45, "contract_id": 21, "number": "2", "line_items": rows}]
    return made


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    sandbox.load(taxed())
    return Client(sandbox)


def line_of(client: Client, kind: str) -> Record:
    _, line_id, path, _ = LINES[kind]
    return next(row for row in client.get(path, project_id=7) if row["id"] == line_id)


def holder_of(client: Client, kind: str) -> Record:
    holder_id = int(SHOWN_WHOLE[kind].rsplit("/", 1)[-1])
    kept = client.sandbox.records("procore", LINES[kind][3], "42")
    return next(one for one in kept if one["id"] == holder_id)


# --- The list -----------------------------------------------------------------------------------------------


def test_the_list_has_archived_codes_too_and_rates_are_numbers(client: Client) -> None:
    answer = client.send("GET", "v1.0/tax_codes", company_id=42)
    assert '"rate1":10,' in answer.text and '"rate1":2.5,' in answer.text
    assert answer.json() == [
        {
            "id": 1,
            "code": "GST",
            "description": "GST 10%",
            "origin_id": "x:1",
            "rate1": 10,
            "archived": False,
            "default_tax_code": True,
        },
        {
            "id": 2,
            "code": "FRE",
            "description": "FRE",
            "rate1": 0,
            "archived": False,
            "default_tax_code": False,
        },
        {
            "id": 3,
            "code": "HLF",
            "description": "HLF",
            "origin_data": "kept",
            "rate1": 2.5,
            "archived": True,
            "default_tax_code": False,
        },
    ]
    assert client.sandbox.records("procore", "tax_codes", "42")[0]["rate1"] == 10


def test_one_code_is_shown_and_another_is_absent(client: Client) -> None:
    listed = client.get("v1.0/tax_codes", company_id=42)
    assert [client.get(f"v1.0/tax_codes/{one['id']}", company_id=42) for one in listed] == listed
    assert client.send("GET", "v1.0/tax_codes/9", company_id=42).status_code == 404
    for path in ("v1.0/tax_codes", "v1.0/tax_codes/1"):
        assert client.send("GET", path).status_code == 400, "without a company in the query"
        assert client.send("GET", path, company_id=43).status_code == 403


def test_the_list_has_pages_of_a_hundred_at_most(sandbox: Sandbox) -> None:
    sandbox.load(taxed([{"id": 1 + row, "code": f"T{row:03}"} for row in range(130)]))
    client = Client(sandbox)
    first = client.send("GET", "v1.0/tax_codes", company_id=42, per_page=500)
    assert len(first.json()) == 100
    assert first.headers["Per-Page"] == "100" and first.headers["Total"] == "130"
    rest = client.session.get(first.links["next"]["url"], timeout=10)
    assert [one["code"] for one in (*first.json(), *rest.json())] == [f"T{row:03}" for row in range(130)]
    assert "next" not in rest.links


# --- Lines --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", LINES)
def test_the_act_gives_a_line_a_code_and_takes_it_away(kind: str, client: Client) -> None:
    word, line_id, _, _ = LINES[kind]
    assert "tax_code_id" not in line_of(client, kind)
    client.sandbox.act("set_tax_code", kind=word, line_id=line_id, tax_code_id=2)
    assert line_of(client, kind)["tax_code_id"] == 2
    whole = client.get(SHOWN_WHOLE[kind], project_id=7)
    assert [row.get("tax_code_id") for row in whole["line_items"] if row["id"] == line_id] == [2]
    client.sandbox.act("set_tax_code", kind=word, line_id=line_id)
    assert "tax_code_id" not in line_of(client, kind)


@pytest.mark.parametrize("kind", LINES)
def test_the_act_moves_the_record_of_the_line(kind: str, client: Client) -> None:
    word, line_id, _, _ = LINES[kind]
    client.sandbox.clock.set(now=client.sandbox.clock.now().replace(hour=5))
    before = holder_of(client, kind)["updated_at"]
    answer = client.sandbox.act("set_tax_code", kind=word, line_id=line_id, tax_code_id=1)
    after = holder_of(client, kind)["updated_at"]
    assert before < after == answer["updated_at"]
    assert (answer["id"], answer["tax_code_id"]) == (line_id, 1)


def test_only_lines_of_newer_change_orders_show_a_code_as_text(client: Client) -> None:
    rows = client.get(ORDER_LINES, project_id=7)["data"]
    assert [row.get("tax_code_id") for row in rows] == ["2", None] and "tax_code_id" not in rows[1]
    package = client.get("v1.0/change_order_packages/41", project_id=7)
    assert "tax_code_id" not in package["line_items"][0], "its schema has none"


def test_a_direct_cost_changed_through_the_api_keeps_its_codes(client: Client) -> None:
    client.sandbox.act("set_tax_code", kind="direct_cost", line_id=811, tax_code_id=2)
    budget = client.get("v1.0/projects/7/work_breakdown_structure/wbs_codes")[0]["id"]
    rows = [{"id": 811, "wbs_code_id": budget, "manual_amount": 80}]
    path = "v1.1/projects/7/direct_costs/81"
    shown = client.send("PATCH", path, {"direct_cost": {"line_items": rows}}).json()["line_items"]
    assert [(row["amount"], row["tax_code_id"]) for row in shown] == [("80.00", 2)]


def test_the_act_refuses_what_is_not_there_or_locked(client: Client) -> None:
    act = client.sandbox.act
    with pytest.raises(LookupError, match="not of a vendor"):
        act("set_tax_code", kind="vendor", line_id=811, tax_code_id=1)
    with pytest.raises(LookupError, match="no line 811 of a commitment"):
        act("set_tax_code", kind="commitment", line_id=811, tax_code_id=1)
    with pytest.raises(LookupError, match="no tax code 9"):
        act("set_tax_code", kind="direct_cost", line_id=811, tax_code_id=9)
    act("set_origin", kind="direct_costs", id=81, origin_id="erp:1")
    with pytest.raises(ValueError, match="locked"):
        act("set_tax_code", kind="direct_cost", line_id=811, tax_code_id=1)


# --- Worlds -------------------------------------------------------------------------------------------------


def test_the_demo_world_has_three_codes_and_two_lines_that_name_one(sandbox: Sandbox) -> None:
    sandbox.load(demo())
    codes = {one["id"]: one for one in sandbox.records("procore", "tax_codes")}
    shown = [(one["code"], one["rate1"], one["default_tax_code"], one["archived"]) for one in codes.values()]
    assert shown == [("GST", 10, True, False), ("FRE", 0, False, False), ("INP", 0, False, True)]
    named = {
        cost.get("invoice_number"): [
            (line["cost_code"]["full_code"], codes[line["tax_code_id"]]["code"])
            for line in cost["line_items"]
            if "tax_code_id" in line
        ]
        for cost in sandbox.records("procore", "direct_costs")
        if cost["status"] == "approved" and any("tax_code_id" in line for line in cost["line_items"])
    }
    assert named == {
        "DC-101": [("03-400", "FRE")],
        "DC-102": [("03-300", "GST")],
    }


@pytest.mark.parametrize("name", sorted(WORLDS.keys() - {"demo"}))
def test_other_worlds_have_no_tax_codes(name: str, sandbox: Sandbox) -> None:
    sandbox.load(world(name))
    assert sandbox.records("procore", "tax_codes") == []
