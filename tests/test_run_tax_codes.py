"""Procore's tax codes on their way to Xero's tax types, over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import world
from mappings.models import CatalogueEntry, CostCodeRule, TaxCode
from runs.models import Cursor
from tests import run_house as house
from tests.test_run_small import shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
LISTS = ("accounts", "tax-types", "tax-codes", "contacts", "projects", "cost-codes", "cost-types")
CLAIMS = "progress-claims"
FREE = "EXEMPTEXPENSES"


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    """The small world with two tax codes, on no line yet."""
    given = world("small")
    given["procore"]["companies"][0]["tax_codes"] = [
        {"id": 900, "code": "FRE", "description": "GST free", "rate1": 0},
        {"id": 901, "code": "OLD", "description": "Before 2000", "rate1": 0, "archived": True},
    ]
    sandbox.load(given)
    sandbox.switches.limits = False
    sandbox.clock.set(now=datetime.now(UTC))
    found = house.connect(given)
    house.sync(found, *LISTS)
    return found


def tax_types(sandbox: Sandbox) -> dict[str, set[str]]:
    """The tax types on the lines of each bill."""
    found = house.bills(sandbox)
    return {one["InvoiceNumber"]: {line["TaxType"] for line in one["LineItems"]} for one in found}


def test_the_lists_become_choices(tenant: Tenant) -> None:
    entries = CatalogueEntry.objects.filter(tenant=tenant)
    codes = {one.code: one.is_active for one in entries.filter(kind="tax_code")}
    assert codes == {"FRE": True, "OLD": False}
    assert {"INPUT", FREE} <= set(entries.filter(kind="tax_rate").values_list("code", flat=True))


def test_a_mapped_code_on_a_contract_gives_its_claims_their_tax_type(
    sandbox: Sandbox, tenant: Tenant
) -> None:
    contract = sandbox.records("procore", "work_order_contracts")[0]
    [company] = sandbox.procore.values()
    for line in company.get("work_order_contracts", contract["id"])["line_items"]:
        sandbox.act("set_tax_code", kind="commitment", line_id=line["id"], tax_code_id=900)
    own = {
        one["invoice_number"]
        for one in sandbox.records("procore", "requisitions")
        if one["commitment_id"] == contract["id"]
    }
    TaxCode.objects.create(tenant=tenant, code="FRE", tax_type=FREE)
    sandbox.calls.reset()
    run = house.sync(tenant, CLAIMS)
    before = tax_types(sandbox)
    assert before and all(FREE not in found for found in before.values()), shown(run)
    Setting.objects.create(tenant=tenant, integration="tenant", enabled=True, options={"tax_codes": True})
    Cursor.objects.all().delete()
    assert house.sync(tenant, CLAIMS).state == "done" and tax_types(sandbox) == before, "sent before"
    run = house.renewed(tenant, CLAIMS)
    after = tax_types(sandbox)
    assert {name for name, found in after.items() if found == {FREE}} == own & after.keys(), shown(run)
    assert own & after.keys(), "the contract has claims that were sent"
    # Switched off, it holds for what is sent from then on.
    Setting.objects.filter(tenant=tenant, integration="tenant").update(options={})
    Cursor.objects.all().delete()
    run = house.sync(tenant, CLAIMS)
    assert tax_types(sandbox) == after and not run.counts[CLAIMS].get("updated"), shown(run)
    Setting.objects.filter(tenant=tenant, integration="tenant").update(options={"tax_codes": True})
    # A rule comes before the code.
    CostCodeRule.objects.filter(tenant=tenant).update(tax_type="INPUT")
    run = house.renewed(tenant, CLAIMS)
    assert all(found == {"INPUT"} for found in tax_types(sandbox).values()), shown(run)


def test_the_lines_of_a_contract_are_read_once_for_all_its_claims(sandbox: Sandbox, tenant: Tenant) -> None:
    Setting.objects.create(tenant=tenant, integration="tenant", enabled=True, options={"tax_codes": True})
    sandbox.calls.reset()
    house.sync(tenant, CLAIMS)
    read = [row["path"] for row in sandbox.calls.log() if "_contracts/" in row["path"]]
    claims = sandbox.records("procore", "requisitions")
    sent = [one for one in claims if one["invoice_number"] in house.numbers(sandbox)]
    contracts = {str(one["commitment_id"]) for one in sent}
    assert len(sent) > len(contracts), "one of the contracts has two claims that are sent"
    lines = [path for path in read if path.endswith("line_items")]
    assert contracts <= {path.split("/")[-2] for path in lines}, read
    assert len(lines) == len(set(lines))
