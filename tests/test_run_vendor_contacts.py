"""Vendors that are used without a contact get one, once, and their claims go out in the same nightly."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import Settings

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import world
from mappings.models import Link, LinkState
from runs.models import Warning
from tests import run_house as house
from tests.scenes import shown

pytestmark = pytest.mark.django_db(transaction=True)

MADE, OUTSIDE = "Banksia Steel", "Correa Timber Supplies"
CHAIN = ("accounts", "projects", "vendor-contacts", "contacts", "cost-codes", "cost-types", "progress-claims")
SHORT = ("projects", "vendor-contacts", "contacts")


@pytest.fixture
def tenant(sandbox: Sandbox, settings: Settings) -> Tenant:
    """The small world, in which one vendor has no contact and another one's is outside the group."""
    settings.ONECORE_READ_TIMEOUT = 5
    settings.ONECORE_SETTLE_MARGIN = settings.ONECORE_SETTLE_AGAIN = -600
    given = world("small")
    books = given["xero"]["organisations"][0]
    books["Contacts"] = [one for one in books["Contacts"] if one["Name"] != MADE]
    group = books["ContactGroups"][0]
    group["Contacts"] = [one for one in group["Contacts"] if one["Name"] not in (MADE, OUTSIDE)]
    sandbox.load(given)
    sandbox.switches.limits = False
    return house.connect(given, enabled=CHAIN)


def named(sandbox: Sandbox, name: str) -> list[dict[str, Any]]:
    """The living contacts of a name."""
    found = sandbox.records("xero", "Contacts")
    return [one for one in found if one["Name"] == name and one["ContactStatus"] == "ACTIVE"]


def members(sandbox: Sandbox) -> list[str]:
    """The ids in the group for Procore."""
    (group,) = sandbox.records("xero", "ContactGroups")
    return [one["ContactID"] for one in group["Contacts"]]


def codes() -> set[tuple[str, str]]:
    """The open warnings: integration and code."""
    return set(Warning.objects.exclude(state="resolved").values_list("integration", "code"))


def test_a_used_vendor_gets_a_contact_and_its_claims_go_out(sandbox: Sandbox, tenant: Tenant) -> None:
    run = house.sync(tenant)
    (contact,) = named(sandbox, MADE)
    (vendor,) = (one for one in sandbox.records("procore", "vendors") if one["name"] == MADE)
    assert contact["TaxNumber"] == vendor["business_register"]["identifier"], shown(run)
    assert contact["EmailAddress"] == vendor["email_address"]
    assert contact["Addresses"][0]["City"] == vendor["city"]
    assert contact["ContactID"] in members(sandbox), shown(run)
    link = Link.objects.get(integration="contacts", target_id=str(vendor["id"]))
    assert (link.subject, link.state) == (contact["ContactID"], LinkState.LINKED)
    assert {"BS-10", "BS-11"} <= set(house.numbers(sandbox)), shown(run)
    assert "CT-1001" not in house.numbers(sandbox)
    assert codes() == {("vendor-contacts", "outside-group"), ("progress-claims", "vendor-not-linked")}
    sandbox.calls.reset()
    again = house.sync(tenant)
    assert house.writes(sandbox) == 0, shown(again)
    setting = Setting.objects.get(tenant=tenant, integration="vendor-contacts")
    setting.options = {"outside": "add"}
    setting.save()
    freed = house.sync(tenant)
    assert codes() == set(), shown(freed)
    assert "CT-1001" in house.numbers(sandbox)
    assert len(named(sandbox, OUTSIDE)) == 1


def test_lost_answers_make_no_second_contact(sandbox: Sandbox, tenant: Tenant) -> None:
    """First that of the contact itself, then, once it is found, that of putting it into the group."""
    sandbox.faults.add("drop_after", method="PUT", path="/Contacts$", times=2)
    for role in ("contact", "member"):
        lost = house.sync(tenant, *SHORT)
        assert Link.objects.get(state=LinkState.SENDING).role == role, shown(lost)
    house.sync(tenant, *SHORT)
    (contact,) = named(sandbox, MADE)
    assert members(sandbox).count(contact["ContactID"]) == 1
    assert Link.objects.linked().filter(integration="contacts", subject=contact["ContactID"]).exists()
    sandbox.calls.reset()
    again = house.sync(tenant, *SHORT)
    assert house.writes(sandbox) == 0, shown(again)


def test_a_run_of_one_project_makes_only_the_contacts_used_there(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, "projects")
    run = house.sync(tenant, "vendor-contacts", scope="project", value="W-01")
    assert named(sandbox, MADE) == [], shown(run)
    house.sync(tenant, "vendor-contacts", scope="project", value="W-02")
    assert len(named(sandbox, MADE)) == 1
