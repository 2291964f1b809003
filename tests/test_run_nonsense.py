"""Systems that answer nonsense: a warning that names the record, all other records done, and an end."""

from __future__ import annotations

import time

import pytest

from integrations.models import Setting
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import poisoned, world
from mappings.models import CatalogueEntry, Link
from runs.models import Entry, RunState, Warning
from tests import run_house as house
from tests.scenes import MAIN_JOB, UNTAXED, move, scene, shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LONGEST = 120  # seconds that a run of forty claims may take, with much to spare


@pytest.mark.bad_answers
def test_nonsense_is_said_and_the_rest_is_done(sandbox: Sandbox) -> None:
    """Null vendors, endless names, NaN, wrong types, unknown words: they are told, the others sent."""
    given = world("nonsense")
    sandbox.load(given)
    sandbox.switches.limits = False
    tenant = house.connect(given, slug="nonsense", enabled=MAIN_JOB)
    begun = time.monotonic()
    run = house.sync(tenant)
    assert time.monotonic() - begun < LONGEST
    assert run.state in (RunState.DONE, RunState.WARNED), shown(run)
    spoilt = set(poisoned(given)["requisitions"])
    claims = {one["id"]: one for one in sandbox.records("procore", "requisitions")}
    linked = set(Link.objects.of(tenant, "progress-claims").linked().values_list("subject", flat=True))
    approved = {key for key, one in claims.items() if one["status"] in ("approved", "approved_as_noted")}
    quiet = [str(key) for key in approved - spoilt if str(key) not in linked]
    unsaid = [key for key in quiet if not told(key)]
    assert unsaid == [], shown(run)
    assert len(linked) >= len(approved - spoilt) - len(quiet)
    for claim in spoilt & approved:
        assert told(str(claim)) or str(claim) in linked, (claims[claim]["comment"], shown(run))
    messages = list(Warning.objects.values_list("message", flat=True))
    assert messages
    assert all("Traceback" not in one and "Error" not in one and len(one) < 1500 for one in messages)
    assert max(len(title) for title in Entry.objects.values_list("title", flat=True)) <= 300
    before = house.numbers(sandbox)
    again = house.sync(tenant, "progress-claims", "payments")
    assert house.numbers(sandbox) == before, shown(again)


def told(claim: str) -> bool:
    """Whether a warning names a claim, itself or among those it concerns."""
    found = Warning.objects.filter(integration="progress-claims").exclude(state="resolved")
    return any(one.record_key == claim or any(row["key"] == claim for row in one.affected) for one in found)


@pytest.mark.bad_answers
def test_endless_lists_come_to_an_end(sandbox: Sandbox) -> None:
    """A list whose last page repeats itself for ever ends the run with a sentence, within bounds."""
    given = world("nonsense:endless=1")
    sandbox.load(given)
    sandbox.switches.limits = False
    tenant = house.connect(given, slug="endless", enabled=MAIN_JOB)
    begun = time.monotonic()
    run = house.sync(tenant)
    assert time.monotonic() - begun < LONGEST
    assert run.state == RunState.FAILED, shown(run)
    assert run.message
    assert "Traceback" not in run.message
    assert sandbox.calls.summary()["total"] < 500
    warning = Warning.objects.exclude(state="resolved").get(code="run-failed")
    assert warning.message == run.message


def test_codes_are_sent_as_items_where_the_tenant_says_so(sandbox: Sandbox) -> None:
    """Items are made first, the bill's lines name them; the account stays that of the rule."""
    given = scene(sandbox)
    Setting.objects.create(tenant=given.tenant, integration="tenant", enabled=True, options={"mode": "item"})
    given.claim("A-1", move("1000.00", "100.00"), move("200.00", code=UNTAXED))
    run = given.run()
    items = {one["Code"]: one for one in sandbox.records("xero", "Items")}
    assert items["03-100.S"]["PurchaseDetails"]["AccountCode"] == "303", shown(run)
    lines = given.document("A-1")["LineItems"]
    assert [one.get("ItemCode") for one in lines] == ["03-100.S", f"{UNTAXED}.S", None], shown(run)
    assert [one["AccountCode"] for one in lines] == ["303", "312", "815"]
    assert CatalogueEntry.objects.filter(tenant=given.tenant, kind="cost_code").exists()
    again = given.run()
    assert again.writes == 0, shown(again)


def test_cost_types_stay_out_of_tracking_where_the_tenant_says_so(sandbox: Sandbox) -> None:
    """Lines carry the project's option alone."""
    given = scene(sandbox)
    Setting.objects.create(
        tenant=given.tenant, integration="tenant", enabled=True, options={"send_cost_types": False}
    )
    given.claim("A-1", move("1000.00"))
    run = given.run()
    (line,) = given.document("A-1")["LineItems"]
    assert [one["Name"] for one in line["Tracking"]] == ["Projects"], shown(run)
    assert given.warnings() == set()
    again = given.run()
    assert again.writes == 0, shown(again)
