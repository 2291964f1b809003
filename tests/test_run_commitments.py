"""Commitments on their way to Xero: purchase orders made once, kept in step, billed and deleted."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import world
from mappings.models import Link
from runs.models import Mode, Run, Warning
from tests import run_house as house
from tests.test_run_small import shown

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = ("contacts", "projects", "cost-codes", "cost-types")


def contract(given: dict[str, Any], number: str) -> dict[str, Any]:
    """The subcontract of a world with this number."""
    return next(
        one for place in places(given) for one in place["work_order_contracts"] if one["number"] == number
    )


def places(given: dict[str, Any]) -> list[dict[str, Any]]:
    """The projects of a world."""
    found: list[dict[str, Any]] = given["procore"]["companies"][0]["projects"]
    return found


def orders(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Xero's purchase orders by number."""
    return {one["PurchaseOrderNumber"]: one for one in sandbox.records("xero", "PurchaseOrders")}


def amounts(order: dict[str, Any]) -> list[Decimal]:
    """The amounts of a purchase order's lines."""
    return [Decimal(str(line["LineAmount"])) for line in order["LineItems"]]


def sent(sandbox: Sandbox, given: dict[str, Any], **options: Any) -> tuple[Tenant, Run]:
    """A tenant whose commitments were sent once, and that run."""
    sandbox.load(given)
    sandbox.switches.limits = False
    sandbox.clock.set(now=datetime.now(UTC))
    tenant = house.connect(given)
    Setting.objects.filter(tenant=tenant, integration="commitments").update(options=options)
    run = house.sync(tenant, *BEFORE, "commitments")
    sandbox.calls.reset()
    return tenant, run


def codes() -> set[str]:
    """The codes of the warnings that are open."""
    found = Warning.objects.filter(integration="commitments", state="open").values_list("code", flat=True)
    return set(found)


def test_a_test_run_writes_nothing_and_a_live_run_sends_each_commitment_once(sandbox: Sandbox) -> None:
    tenant = house.prepared(sandbox)
    house.sync(tenant, *BEFORE)
    sandbox.calls.reset()
    tried = house.sync(tenant, "commitments", mode=Mode.DEBUG)
    assert house.writes(sandbox) == 0, shown(tried)
    assert not Link.objects.filter(integration="commitments").exists()
    # Orders move nothing in the books: the amount above which a run asks does not count them.
    Setting.objects.create(tenant=tenant, integration="tenant", options={"largest_amount": 1})
    run = house.sync(tenant, "commitments")
    assert run.state == "done", shown(run)
    totals = {number: order["SubTotal"] for number, order in orders(sandbox).items()}
    assert totals == {
        "W-01-SC-101": Decimal("65000.00"),
        "W-01-PO-101": Decimal("8400.00"),
        "W-02-SC-201": Decimal("64500.00"),
    }
    sandbox.calls.reset()
    second = house.sync(tenant, "commitments")
    assert (second.state, house.writes(sandbox)) == ("done", 0), shown(second)
    asked = sandbox.calls.summary()["by_path"]
    assert not [path for path in asked if "line_items" in path], "the lists say that nothing changed"


def test_an_approved_variation_updates_its_order(sandbox: Sandbox) -> None:
    given = world("small")
    found = contract(given, "SC-101")
    tenant, _ = sent(sandbox, given)
    line = {name: found["line_items"][0][name] for name in ("cost_code_id", "line_item_type_id")}
    rows = [{**line, "description": "More formwork", "amount": "1500.00"}]
    sandbox.act("add_change_order", commitment_id=found["id"], number="1", line_items=rows)
    sandbox.act("add_change_order", commitment_id=found["id"], number="2", line_items=rows, status="pending")
    run = house.sync(tenant, "commitments")
    assert amounts(orders(sandbox)["W-01-SC-101"]) == [Decimal("41500.00"), Decimal("25000.00")], shown(run)
    assert house.writes(sandbox) == 1
    house.sync(tenant, "commitments")
    assert house.writes(sandbox) == 1


def test_a_variation_that_stands_in_both_models_counts_once(sandbox: Sandbox) -> None:
    given = world("small")
    place = next(one for one in places(given) if one["project_number"] == "W-02")
    found, package = contract(given, "SC-201"), place["change_order_packages"][0]
    code = {name: found["line_items"][0][name] for name in ("cost_code_id", "line_item_type_id")}
    newer = {"id": 9001, "contract_id": found["id"], "number": "7", "title": "Stairs", "status": "approved"}
    place["commitment_change_orders"] = [
        {**newer, "line_items": [{**code, "description": "Stairs", "amount": "2500.00"}]},
        {**newer, "id": 9002, "legacy_package_id": package["id"], "line_items": package["line_items"]},
    ]
    _, run = sent(sandbox, given)
    order = orders(sandbox)["W-02-SC-201"]
    assert amounts(order) == [Decimal("62500.00"), Decimal("4500.00")], shown(run)


def test_an_edit_reaches_the_order_and_an_amount_by_hand_is_asked_about(sandbox: Sandbox) -> None:
    given = world("small")
    tenant, _ = sent(sandbox, given)
    sandbox.act(
        "edit_commitment", commitment_id=contract(given, "SC-101")["id"], title="Concrete and pumping"
    )
    run = house.sync(tenant, "commitments")
    assert orders(sandbox)["W-01-SC-101"]["Reference"] == "Concrete and pumping", shown(run)
    assert house.writes(sandbox) == 1


def test_a_void_commitment_is_a_warning_or_deletes_its_order(sandbox: Sandbox) -> None:
    given = world("small")
    tenant, _ = sent(sandbox, given)
    sandbox.act("void_commitment", commitment_id=contract(given, "SC-101")["id"])
    run = house.sync(tenant, "commitments")
    assert (run.state, codes()) == ("done_with_warnings", {"withdrawn"}), shown(run)
    assert orders(sandbox)["W-01-SC-101"]["Status"] == "AUTHORISED"
    Setting.objects.filter(tenant=tenant, integration="commitments").update(options={"withdrawn": "remove"})
    run = house.sync(tenant, "commitments")
    assert orders(sandbox)["W-01-SC-101"]["Status"] == "DELETED", shown(run)
    assert not codes()
    sandbox.calls.reset()
    house.sync(tenant, "commitments")
    assert house.writes(sandbox) == 0


def test_a_complete_commitment_is_billed_and_a_draft_order_says_why_not(sandbox: Sandbox) -> None:
    given = world("small")
    tenant, _ = sent(sandbox, given)
    sandbox.act("edit_commitment", commitment_id=contract(given, "SC-101")["id"], status="Complete")
    run = house.sync(tenant, "commitments")
    assert orders(sandbox)["W-01-SC-101"]["Status"] == "BILLED", shown(run)
    house.sync(tenant, "commitments")
    assert house.writes(sandbox) == 1


def test_a_draft_order_cannot_be_billed(sandbox: Sandbox) -> None:
    given = world("small")
    tenant, _ = sent(sandbox, given, order_status="DRAFT")
    sandbox.act("edit_commitment", commitment_id=contract(given, "SC-101")["id"], status="Complete")
    run = house.sync(tenant, "commitments")
    assert (house.writes(sandbox), codes()) == (0, {"not-moved"}), shown(run)


def test_a_number_of_another_contact_is_never_taken_over(sandbox: Sandbox) -> None:
    given = world("small")
    organisation = given["xero"]["organisations"][0]
    other = next(one for one in organisation["Contacts"] if one["Name"] == "Dryandra Painting")
    organisation["PurchaseOrders"] = [
        {
            "PurchaseOrderNumber": "W-01-SC-101",
            "Contact": {"ContactID": other["ContactID"]},
            "Date": "2026-06-15",
            "Status": "AUTHORISED",
            "LineItems": [
                {"Description": "Paint", "Quantity": "1", "UnitAmount": "65000.00", "AccountCode": "309"}
            ],
        }
    ]
    _, run = sent(sandbox, given)
    assert codes() == {"number-taken"}, shown(run)
    assert orders(sandbox)["W-01-SC-101"]["Contact"]["Name"] == "Dryandra Painting"
    assert len(orders(sandbox)) == 3
