"""Lists over their life: options of projects that close, options of cost codes, values kept otherwise."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from integrations.models import Setting
from integrations.sandbox.server import Sandbox
from mappings.models import CostCodeRule, Link, UnregisteredVendor
from tests.scenes import TAXED, UNTAXED, Scene, move, scene, shown

pytestmark = pytest.mark.django_db(transaction=True)

CODED = ("cost-code-options", "progress-claims")
SHORT = ("projects", "progress-claims")


def category(sandbox: Sandbox, name: str) -> dict[str, dict[str, Any]]:
    """The options of a tracking category by name."""
    found = sandbox.records("xero", "TrackingCategories")
    options = next(one["Options"] for one in found if one["Name"] == name)
    return {one["Name"]: one for one in options}


def quiet(given: Scene, *integrations: str) -> None:
    """The next run writes nothing."""
    run = given.run(*integrations)
    assert run.writes == 0, shown(run)


def test_a_closed_project_keeps_its_option_until_nothing_is_open(sandbox: Sandbox) -> None:
    """Open bill, retention and an unseen claim are one warning; then the option is archived."""
    given = scene(sandbox)
    given.options("projects", archive=True)
    first = given.claim("A-1", move("1000.00", "100.00"))
    given.run(*SHORT)
    given.claim("B-1", move("500.00"), contract="SC-2")
    given.act("set_project_active", project_id=given.site.record["id"], active=False)
    run = given.run(*SHORT)
    assert given.warnings() == {("project-closed", "project Q-1 Quarry House")}, shown(run)
    said = given.message("project-closed")
    assert "A-1 (990.00 open); retention of 100.00 on SC-1; one record not sent yet" in said
    given.act("set_project_active", project_id=given.site.record["id"], active=True)
    given.edit(first, move("1000.00"))
    given.run(*SHORT)
    assert given.warnings() == set()
    given.act("set_project_active", project_id=given.site.record["id"], active=False)
    for number in ("A-1", "B-1"):
        given.act("pay_bill", bill=number)
    run = given.run(*SHORT)
    assert given.warnings() == set(), shown(run)
    assert category(sandbox, "Projects")["Q-1 Quarry House"]["Status"] == "ARCHIVED"
    assert not Link.objects.linked().filter(integration="projects").exists()
    quiet(given, *SHORT)


def test_nothing_taxed_goes_out_for_a_vendor_that_is_marked(sandbox: Sandbox) -> None:
    """What is free of tax goes; what is taxed waits until the mark is taken off, or its rule has no tax."""
    given = scene(sandbox)
    vendor = UnregisteredVendor(tenant=given.tenant, vendor=str(given.vendors["SC-1"]))
    vendor.save()
    given.claim("A-1", move("1000.00", "100.00"))
    given.claim("A-2", move("500.00", code=UNTAXED))
    given.claim("B-1", move("300.00"), contract="SC-2")
    run = given.run("progress-claims")
    assert set(given.documents()) == {"A-2", "B-1"}, shown(run)
    assert given.codes() == {"taxed-not-registered"}
    said = given.message("taxed-not-registered")
    assert "Acacia Concrete is marked as not registered for GST" in said and TAXED in said
    vendor.delete()
    run = given.run("progress-claims")
    assert set(given.documents()) == {"A-1", "A-2", "B-1"} and given.codes() == set(), shown(run)
    quiet(given, "progress-claims")


def test_cost_codes_are_options_of_the_second_category(sandbox: Sandbox) -> None:
    """Those with a rule of their own; others once a claim waits for them; renamed with the code."""
    given = scene(sandbox)
    CostCodeRule.objects.filter(tenant=given.tenant).delete()
    rules = CostCodeRule.objects
    rules.create(tenant=given.tenant, code=TAXED, expense_account="303")
    rules.create(tenant=given.tenant, expense_account="304")
    given.options("cost-code-options")
    Setting.objects.update_or_create(
        tenant=given.tenant,
        integration="tenant",
        defaults={"options": {"mode": "tracking", "cost_code_category": "Cost Types"}},
    )
    given.claim("A-1", move("1000.00"))
    given.claim("A-2", move("0", code=TAXED), move("200.00", code="12-100"))
    run = given.run(*CODED)
    options = category(sandbox, "Cost Types")
    assert [name for name in options if name.startswith("03-")] == [f"{TAXED} {name_of(sandbox, TAXED)}"]
    line = given.document("A-1")["LineItems"][0]
    drawn = [one["Option"] for one in line["Tracking"]]
    assert drawn == ["Q-1 Quarry House", f"{TAXED} {name_of(sandbox, TAXED)}"], shown(run)
    assert given.codes() == {"cost-code-not-linked"}, shown(run)
    run = given.run(*CODED)
    assert given.warnings() == set(), shown(run)
    (line,) = given.document("A-2")["LineItems"]
    assert (line["AccountCode"], Decimal(str(line["LineAmount"]))) == ("304", Decimal("200.00"))
    quiet(given, *CODED)


def name_of(sandbox: Sandbox, code: str) -> str:
    """A standard code's name."""
    found = sandbox.records("procore", "standard_cost_codes")
    return str(next(one["name"] for one in found if one["full_code"] == code))


def test_what_people_change_is_looked_at_and_what_procore_keeps_otherwise_is_sent_once(
    sandbox: Sandbox,
) -> None:
    """The first run begins the watch over bills; a phone number written in Procore's own way is left."""
    given = scene(sandbox)
    given.claim("A-1", move("1000.00"))
    assert given.run("progress-claims").writes == 1
    assert given.warnings() == set()
    given.act("edit_bill", bill="A-1", amount="1100.00")
    vendor = next(one for one in sandbox.records("procore", "vendors") if one["name"] == "Acacia Concrete")
    kept = {"business_phone": "(08) 5550-KEPT"}
    given.act("answer_nonsense", kind="vendors", id=vendor["id"], fields=kept)
    given.act("edit_contact", contact="Acacia Concrete", fields={"EmailAddress": "new@example.com"})
    run = given.run("contacts", "progress-claims")
    assert given.codes() == {"amount-by-hand"}, shown(run)
    assert run.writes == 1, shown(run)
    quiet(given, "contacts")
    phone = [{"PhoneType": "DEFAULT", "PhoneNumber": "5550 9999"}]
    given.act("edit_contact", contact="Acacia Concrete", fields={"Phones": phone})
    assert given.run("contacts").writes == 1
    quiet(given, "contacts")
