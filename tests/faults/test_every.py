"""Answers lost and workers killed at each kind of write of every integration: afterwards both systems hold
what they hold without.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from integrations.models import Tenant
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import demo_commitments, world
from integrations.sandbox.worlds.demo_labour import FIRST_CARD
from mappings.models import Link
from runs import dispatch
from tests import run_house
from tests import whole_world as whole
from tests.faults import house

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.slow]

EFFECTS = ("hold_after", "hold_before")
WRITES = list(whole.kinds_of_write(list(whole.AT_WORK)))
# What the demonstration never sends, and why: everything else must be hit by a fault.
NEVER = {
    ("POST", "^/xero-api/.*Contacts$"): "contacts are only made here; from then on Xero has the last word",
}
# What nobody sends before somebody has changed something of what was sent.
LATER = {
    (method, f"^/{path}$")
    for method, path in (
        ("POST", "xero-api/.*TrackingCategories/[^/]+/Options/[^/]+"),
        ("POST", "xero-api/.*PurchaseOrders"),
        ("POST", "xero-api/.*Invoices"),
        ("POST", "xero-api/.*CreditNotes"),
        ("PATCH", "procore-api/.*rest/v1.0/contract_payments/[^/]+"),
    )
}
MADE = [write for write in WRITES if write[1:] not in NEVER]
POINTS = [(*write, effect) for write in MADE for effect in EFFECTS]
# Of two records with one number, which is sent may depend on what was linked first.
TWICE, TWICE_BOUGHT = "TCH-7781", "FL-77"
WITHOUT: dict[bool, Counter[str]] = {}  # what both systems hold after undisturbed runs; True: changed since


def prepared(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """The demonstration company, without the two cases that depend on the order of things."""
    tenant = whole.tenant_of_demo(sandbox, monkeypatch)
    for place, claim in enumerate(sandbox.records("procore", "requisitions")):
        if claim["invoice_number"] == TWICE:
            sandbox.act("edit_claim", claim_id=claim["id"], invoice_number=f"{TWICE}-{place}")
    for place, cost in enumerate(sandbox.records("procore", "direct_costs")):
        if cost.get("invoice_number") == TWICE_BOUGHT:
            sandbox.act("edit_direct_cost", cost_id=cost["id"], invoice_number=f"{TWICE_BOUGHT}-{place}")
    return tenant


def people_go_on(sandbox: Sandbox, tenant: Tenant) -> None:
    """What people change of what was sent, so that each kind of update is to be made."""
    own = Link.objects.filter(tenant=tenant).linked()
    project = own.filter(integration="projects").order_by("subject")[0]
    sandbox.act("rename_project", project_id=int(project.subject), name="Under another name")
    for act in demo_commitments.later(world("demo")["procore"]["companies"][0])[:1]:
        sandbox.act(act["act"], **{name: value for name, value in act.items() if name != "act"})
    sandbox.act("edit_timecard", timecard_id=FIRST_CARD, hours="6.0")
    claims = {str(one["id"]): one for one in sandbox.records("procore", "requisitions")}
    sent = own.filter(integration="progress-claims", role="bill", subject__in=claims).order_by("subject")
    lessen(sandbox, claims[sent.filter(resource="bills", number="SC-2602-01-01").get().subject])
    lessen(sandbox, claims[sent.filter(resource="credit_notes")[0].subject])
    paid = min(
        (
            one
            for one in sandbox.records("procore", "contract_payments")
            if str(one.get("notes") or "").startswith("Xero ") and str(one.get("requisition_id")) in claims
        ),
        key=lambda one: str(claims[str(one["requisition_id"])]["invoice_number"]),
    )
    number = claims[str(paid["requisition_id"])]["invoice_number"]
    sandbox.act("edit_claim", claim_id=paid["requisition_id"], invoice_number=f"{number}-A")


def lessen(sandbox: Sandbox, claim: dict[str, Any]) -> None:
    """A claim that asks for 10.00 less."""
    item = next(one for one in claim["items"] if Decimal(str(one["work_completed_this_period"])))
    less = Decimal(str(item["work_completed_this_period"])) - 10
    row = {"line_item_id": item["line_item_id"], "work_completed_this_period": f"{less:.2f}"}
    sandbox.act("edit_claim", claim_id=claim["id"], items=[row])


def undisturbed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, *, changed: bool) -> Counter[str]:
    """What both systems hold after runs that nothing disturbs."""
    if changed not in WITHOUT:
        tenant = prepared(sandbox, monkeypatch)
        for _ in range(2):
            run_house.sync(tenant)
        if changed:
            people_go_on(sandbox, tenant)
            for _ in range(2):
                run_house.sync(tenant)
        WITHOUT[changed] = whole.holds(sandbox)
        whole.forget(tenant)
    return WITHOUT[changed]


def run_and_settle(tenant: Tenant) -> None:
    """Every integration is settled before the next, so that each finds what it would."""
    for slug in whole.AT_WORK:
        run_house.sync(tenant, slug)
        while Link.objects.unanswered().filter(integration=slug).exists():
            run_house.sync(tenant, slug)


def hit(sandbox: Sandbox) -> set[tuple[str, str]]:
    """The kinds of write that ran into their fault."""
    return {(fault["method"], fault["path"]) for fault in sandbox.faults.all() if fault["hits"]}


def test_answers_lost_of_each_kind_of_write(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Each is lost once; those of updates after people have changed what was sent."""
    settings.ONECORE_READ_TIMEOUT, settings.ONECORE_SETTLE_MARGIN, settings.ONECORE_SETTLE_AGAIN = (
        5,
        -600,
        -600,
    )
    expected = undisturbed(sandbox, monkeypatch, changed=True)
    tenant = prepared(sandbox, monkeypatch)
    every = {write[1:] for write in WRITES}
    for method, path in sorted(every):
        sandbox.faults.add("drop_after", method=method, path=path, times=1)
    run_and_settle(tenant)
    assert every - hit(sandbox) == LATER | NEVER.keys()
    people_go_on(sandbox, tenant)
    run_and_settle(tenant)
    assert every - hit(sandbox) == set(NEVER)
    sandbox.faults.clear()
    sandbox.calls.reset()
    run_house.sync(tenant)
    assert run_house.writes(sandbox) == 0, house.story(sandbox, tenant)
    assert whole.differences(expected, whole.holds(sandbox)) == []


@pytest.mark.parametrize(("slug", "method", "path", "effect"), POINTS)
def test_killed_at_a_kind_of_write(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slug: str, method: str, path: str,
    effect: str,
) -> None:  # fmt: skip
    later = (method, path) in LATER
    expected = undisturbed(sandbox, monkeypatch, changed=later)
    tenant = prepared(sandbox, monkeypatch)
    if later:
        for _ in range(2):
            run_house.sync(tenant)
        people_go_on(sandbox, tenant)
    sandbox.faults.add(effect, path=path, method=method, times=1)
    with house.running(house.Workers(sandbox, tmp_path)):
        run = dispatch.start(tenant, ("nightly",))
        house.until(lambda: house.held(sandbox) or house.finished(run), 180, f"{slug} never wrote")
        assert house.held(sandbox), f"{slug} never wrote to {method} {path}"
        os.kill(house.carrier(run), signal.SIGKILL)
        killed = time.monotonic()
        house.until(lambda: house.finished(run) or run.attempts > 1, house.REPAIRED, "nobody took it up")
        left = house.SETTLED - (time.monotonic() - killed)
        settled = lambda: not Link.objects.unanswered().filter(integration=slug).exists()  # noqa: E731
        house.until(settled, max(left, 1), f"answers of {slug} are still open")
        house.until(lambda: house.finished(run) and house.quiet(), 240, "the run does not end")
    sandbox.faults.clear()
    run_house.sync(tenant)
    sandbox.calls.reset()
    run_house.sync(tenant)
    assert run_house.writes(sandbox) == 0, house.story(sandbox, tenant)
    assert whole.differences(expected, whole.holds(sandbox)) == []
