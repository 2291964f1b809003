"""Head contract claims on their way to Xero: sales invoices made once, kept in step and never overwritten."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import world
from mappings.models import CostCodeRule, Link
from runs.models import Mode, Run, Warning
from tests import run_house as house
from tests.test_run_small import shown

pytestmark = pytest.mark.django_db(transaction=True)
SLUG, RECEIVED = "head-contract-claims", "payments-received"
BEFORE = ("contacts", "projects", "cost-codes", "cost-types")
OPTIONS = {"retention_held_account": "615", "markup_account": "210"}
CONTRACT, WORKS, MARKUP, FIRST, SECOND = 77001, 78001, 78002, 79001, 79002


def owned() -> dict[str, Any]:
    """The small world with a head contract and two claims on it, retention held and released."""
    given = world("small")
    company = given["procore"]["companies"][0]
    place, client = company["projects"][0], company["vendors"][3]
    code = {
        name: place["work_order_contracts"][0]["line_items"][0][name]
        for name in ("cost_code_id", "line_item_type_id")
    }
    place["prime_contracts"] = [
        {
            "id": CONTRACT,
            "number": "HC-1",
            "title": "Wharf Hall",
            "vendor_id": client["id"],
            "line_items": [
                {"id": WORKS, "description": "Works", "amount": "500000.00", **code},
                {"id": MARKUP, "description": "Markup", "amount": "9000.00"},
            ],
        }
    ]
    september, october, _ = place["billing_periods"]
    place["payment_applications"] = [
        claim(FIRST, 1, september, [row(WORKS, "100000.00", held="5000.00"), row(MARKUP, "2000.00")]),
        claim(SECOND, 2, october, [row(WORKS, "50000.00", held="2500.00", released="1000.00")]),
    ]
    return given


def claim(claim_id: int, number: int, period: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A claim on the head contract."""
    dates = {"billing_date": period["end_date"], "period_id": period["id"]}
    return {"id": claim_id, "contract_id": CONTRACT, "number": number, "items": rows, **dates}


def row(line: int, work: str, *, held: str = "0.00", released: str = "0.00") -> dict[str, Any]:
    """What a claim moves on a line."""
    return {
        "item_type": "contract_item",
        "line_item_id": line,
        "work_completed_this_period": work,
        "work_completed_retainage_retained_this_period": held,
        "work_completed_retainage_released_this_period": released,
    }


def connected(sandbox: Sandbox, given: dict[str, Any], **options: Any) -> Tenant:
    """A tenant connected to a world, with what head contract claims come after done."""
    sandbox.load(given)
    sandbox.switches.limits = False
    sandbox.clock.set(now=datetime.now(UTC))
    tenant = house.connect(given)
    CostCodeRule.objects.filter(tenant=tenant).update(revenue_account="200")
    Setting.objects.filter(tenant=tenant, integration=SLUG).update(options={**OPTIONS, **options})
    house.sync(tenant, *BEFORE)
    sandbox.calls.reset()
    return tenant


def invoices(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Xero's sales invoices by number."""
    found = sandbox.records("xero", "Invoices")
    return {one["InvoiceNumber"]: one for one in found if one["Type"] == "ACCREC"}


def again(sandbox: Sandbox, tenant: Tenant) -> tuple[int, Run]:
    """How much one more run writes, and that run."""
    sandbox.calls.reset()
    run = house.sync(tenant, SLUG)
    return house.writes(sandbox), run


def codes() -> set[str]:
    """The codes of the warnings that are open."""
    return set(Warning.objects.filter(integration=SLUG, state="open").values_list("code", flat=True))


def test_a_test_run_writes_nothing_and_a_live_run_sends_each_claim_once(sandbox: Sandbox) -> None:
    tenant = connected(sandbox, owned())
    tried = house.sync(tenant, SLUG, mode=Mode.DEBUG)
    assert house.writes(sandbox) == 0, shown(tried)
    assert not Link.objects.filter(integration=SLUG).exists()
    run = house.sync(tenant, SLUG)
    totals = {number: one["SubTotal"] for number, one in invoices(sandbox).items()}
    assert totals == {"W-01-HC-1-1": Decimal("97000.00"), "W-01-HC-1-2": Decimal("48500.00")}, shown(run)
    lines = [(line["AccountCode"], line["TaxType"]) for line in invoices(sandbox)["W-01-HC-1-1"]["LineItems"]]
    assert lines == [("200", "OUTPUT"), ("210", "OUTPUT"), ("615", "OUTPUT")]
    writes, second = again(sandbox, tenant)
    assert (writes, second.state) == (0, "done"), shown(second)
    assert looked_at(sandbox) == 0, "the lists say that nothing changed"


def looked_at(sandbox: Sandbox) -> int:
    """How many calls asked for single claims."""
    calls = sandbox.calls.summary()["by_path"]
    return sum(count for path, count in calls.items() if "payment_applications/{id" in path)


@pytest.mark.parametrize("method", ["net", "separate", "credit_note", "gross"])
def test_each_method_of_retention_settles_in_one_run(sandbox: Sandbox, method: str) -> None:
    upfront = (
        {"retention_tax": "upfront", "retention_tax_note": "our accountant"} if method == "gross" else {}
    )
    tenant = connected(sandbox, owned(), retention=method, bill_status="AUTHORISED", **upfront)
    run = house.sync(tenant, SLUG)
    assert run.state == "done", shown(run)
    credits = [one for one in sandbox.records("xero", "CreditNotes") if one["Type"] == "ACCRECCREDIT"]
    assert len(credits) == (2 if method == "credit_note" else 0), shown(run)
    if method == "credit_note":
        assert all(one["RemainingCredit"] == 0 and len(one["Allocations"]) == 1 for one in credits), shown(
            run
        )
    due = sum(one["SubTotal"] for one in invoices(sandbox).values()) - sum(one["SubTotal"] for one in credits)
    held = {"net": 0, "separate": 6500, "credit_note": 0, "gross": 6500}[method]
    assert due - held == Decimal("145500.00"), shown(run)
    writes, second = again(sandbox, tenant)
    assert (writes, second.state) == (0, "done"), shown(second)


def test_an_edited_claim_updates_its_invoice(sandbox: Sandbox) -> None:
    given = owned()
    tenant = connected(sandbox, given)
    house.sync(tenant, SLUG)
    company = sandbox.procore[given["procore"]["companies"][0]["id"]]
    with sandbox.lock:
        held = company.get("payment_applications", SECOND)
        work = next(one for one in held["items"] if one["line_item_id"] == WORKS)
        work["work_completed_this_period"] = "60000.00"
        company.changed("payment_applications", held)
    writes, run = again(sandbox, tenant)
    assert (writes, invoices(sandbox)["W-01-HC-1-2"]["SubTotal"]) == (1, Decimal("58500.00")), shown(run)
    assert again(sandbox, tenant)[0] == 0


def test_a_number_in_use_is_never_overwritten(sandbox: Sandbox) -> None:
    given = owned()
    organisation = given["xero"]["organisations"][0]
    other = next(one for one in organisation["Contacts"] if one["Name"] == "Banksia Steel")
    organisation["Invoices"] = [
        {
            "Type": "ACCREC",
            "InvoiceNumber": "W-01-HC-1-1",
            "Contact": {"ContactID": other["ContactID"]},
            "Date": "2026-09-20",
            "DueDate": "2026-10-20",
            "Status": "AUTHORISED",
            "LineItems": [
                {"Description": "Scrap", "Quantity": "1", "UnitAmount": "97000.00", "AccountCode": "260"}
            ],
        }
    ]
    run = house.sync(connected(sandbox, given), SLUG)
    assert codes() == {"number-taken"}, shown(run)
    assert invoices(sandbox)["W-01-HC-1-1"]["Contact"]["Name"] == "Banksia Steel"
    assert set(invoices(sandbox)) == {"W-01-HC-1-1", "W-01-HC-1-2"}


def test_faults_are_said_at_once_and_nothing_is_sent(sandbox: Sandbox) -> None:
    given = owned()
    place = given["procore"]["companies"][0]["projects"][0]
    place["prime_contracts"][0]["vendor_id"] = None
    run = house.sync(connected(sandbox, given, markup_account=""), SLUG)
    assert codes() == {"no-client", "no-revenue-account"}, shown(run)
    assert not invoices(sandbox)


def received(sandbox: Sandbox) -> dict[tuple[str, int], Decimal]:
    """What is written of payments received, by the number of the invoice and of the claim."""
    found: dict[tuple[str, int], Decimal] = {}
    for one in sandbox.records("procore", "contract_payments"):
        if one["contract_id"] == CONTRACT:
            assert str(one["notes"]).startswith("Xero "), one
            key = (one["invoice_number"], one["draw_request_number"])
            found[key] = found.get(key, Decimal(0)) + Decimal(str(one["amount"]))
    return found


def test_payments_on_invoices_come_back_before_tax(sandbox: Sandbox) -> None:
    """In part and in a batch; retention on the claim that released it; a deleted one is taken back."""
    upfront = {"retention": "gross", "retention_tax": "upfront", "retention_tax_note": "our accountant"}
    tenant = connected(sandbox, owned(), bill_status="AUTHORISED", **upfront)
    house.sync(tenant, SLUG)
    first, second = "W-01-HC-1-1", "W-01-HC-1-2"
    part = sandbox.act("pay_bill", bill=first, amount="10000.00")
    run = house.sync(tenant, RECEIVED)
    # 10,000 x 97,000 / 107,200: 5,000 of 102,000 are held, without their tax
    assert received(sandbox) == {(first, 1): Decimal("9048.51")}, shown(run)
    sandbox.act("pay_bill", bill=first, amount="2200.00")
    sandbox.act("delete_payment", payment=part["PaymentID"])
    sandbox.act("batch_pay", bills=[first, second])
    run = house.sync(tenant, RECEIVED)
    assert received(sandbox) == {
        (first, 1): Decimal("101000.00"), (second, 2): Decimal("51000.00"),
    }, shown(run)  # fmt: skip
    sandbox.calls.reset()
    run = house.sync(tenant, SLUG, RECEIVED)
    assert (house.writes(sandbox), run.state) == (0, "done"), shown(run)
