"""What a night costs a company of 200 projects of which five changed, and what its history adds to that."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

from django.utils import timezone

from integrations import registry
from integrations.models import Setting, Tenant
from integrations.sandbox.worlds import world as make_world
from mappings.models import Link
from runs.models import Cursor
from tests.bench import stage
from tests.bench.figures import Figure, over

PROJECTS, CHANGED, CLAIMS, HISTORY, TENFOLD = 200, 5, 400, 6, 10
OPTIONS_OF_TRACKING = 300  # more than Xero's usual hundred, or half of the projects could not be linked
OTHER_WAYS = ("items", "cost-code-options")  # codes are accounts here
NIGHTLY = tuple(slug for slug in registry.BY_SLUG if slug not in OTHER_WAYS)
# Calls allowed in so many seconds. Procore says its limits in its answers only; these are its samples.
LIMITS: Mapping[str, tuple[tuple[int, float], ...]] = {
    "xero": ((60, 60.0),),
    "procore": ((25, 10.0), (600, 3600.0)),
}
Seen = dict[str, Any]


def measure() -> list[Figure]:
    """The same night twice: with some history, and with ten times as much of it."""
    young, old = a_night(), a_night(TENFOLD)
    return [
        Figure("nightly_calls_of_200_projects", young["calls"], young),
        Figure(
            "nightly_calls_over_floor",
            over(young["calls"], sum(young["floor"].values())),
            {
                slug: {"calls": calls, "floor": young["floor"][slug]}
                for slug, calls in young["by integration"].items()
            },
        ),
        Figure("nightly_kilobytes_of_200_projects", round(young["bytes"] / 1000), {"bytes": young["bytes"]}),
        Figure("nightly_minutes_under_limits", round(young["seconds"] / 60, 1), young["by system"]),
        Figure("calls_with_ten_times_the_history", over(old["calls"], young["calls"]), old),
        Figure("bytes_with_ten_times_the_history", over(old["bytes"], young["bytes"])),
    ]


def a_night(times: int = 1) -> Seen:
    """Everything sent and settled; then a claim is edited in each of five projects, and the night is run.
    The same commitments have so many `times` the claims. Raises Unmeasured.
    """
    size = f"claims={CLAIMS * times},projects={PROJECTS},history={HISTORY * times}"
    world = stage.dated(make_world(f"generated:{size},refused=0.0,lines=3"))
    with stage.sandbox() as running, stage.database():
        running.load(world)
        running.ask("POST", "switches", most_tracking_options=OPTIONS_OF_TRACKING)
        tenant = connected(world)
        for _ in range(2):
            stage.sync(tenant, *NIGHTLY)
        linked = Link.objects.filter(tenant=tenant, integration="projects").linked().count()
        if linked != PROJECTS:
            raise stage.Unmeasured(f"{linked} projects were linked, not {PROJECTS}")
        Cursor.objects.filter(tenant=tenant).update(read_at=timezone.now())  # what came before is old
        time.sleep(2)  # both systems tell seconds apart, not less
        projects = world["procore"]["companies"][0]["projects"]
        for project in projects[:CHANGED]:
            edit(running, project)
        return night(running, tenant, world)


def connected(world: Mapping[str, Any]) -> Tenant:
    """A tenant with every integration of the night, whose bills are approved as most old ones are."""
    tenant = stage.connected(dict(world))
    settings = Setting.objects.filter(tenant=tenant)
    settings.exclude(integration__in=NIGHTLY).update(enabled=False)
    claims = settings.get(integration="progress-claims")
    claims.options = {**claims.options, "bill_status": "AUTHORISED"}
    claims.save()
    limit = {"category_limit": OPTIONS_OF_TRACKING}
    Setting.objects.create(tenant=tenant, integration="tenant", enabled=True, options=limit)
    return tenant


def edit(running: stage.SandboxProcess, project: Mapping[str, Any]) -> None:
    """One line of the project's last claim is worth more."""
    claim = project["requisitions"][-1]
    line = next(one for one in project_lines(project, claim))
    running.act(
        "edit_claim", claim_id=claim["id"],
        items=[{"line_item_id": line["id"], "work_completed_this_period": "1234.50"}],
    )  # fmt: skip


def project_lines(project: Mapping[str, Any], claim: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The lines of the claim's commitment."""
    for kind in ("work_order_contracts", "purchase_order_contracts"):
        for contract in project[kind]:
            if contract["id"] == claim["commitment_id"]:
                yield from contract["line_items"]


def night(running: stage.SandboxProcess, tenant: Tenant, world: Mapping[str, Any]) -> Seen:
    """The nightly list, one integration after the other: calls, what they carried, how long they take."""
    paths: dict[str, dict[str, int]] = {}
    log: list[dict[str, Any]] = []
    for slug in NIGHTLY:
        running.count_anew()
        stage.sync(tenant, slug)
        rows = [row for row in running.ask("GET", "calls?log=1")["calls"] if "-api/" in row["path"]]
        paths[slug] = running.calls()
        log += rows
    systems = [row["path"].split("-api/")[0].lstrip("/") for row in log]
    return {
        "calls": len(log),
        "bytes": sum(row["sent"] for row in log),
        "seconds": seconds_under_limits(systems),
        "by integration": {slug: sum(found.values()) for slug, found in paths.items()},
        "by path": paths,
        "by system": dict(Counter(systems)),
        "floor": floor(world),
    }


def floor(world: Mapping[str, Any]) -> dict[str, int]:
    """The fewest calls each integration could do such a night with, started alone, from the world alone.

    Projects are asked one by one: Procore's lists stand below them. Its list of commitments tells neither
    their kind nor when they changed, so both kinds and both kinds of variations are read where there are any.
    Five claims changed, and with them their commitments.
    """
    company = world["procore"]["companies"][0]
    count = len(company["projects"])
    busy = sum(bool(one["work_order_contracts"]) for one in company["projects"])
    projects = ceil(count / 100)
    coding = 5 + projects  # organisation, accounts, tax rates, contacts, tracking categories
    people = 5  # groups, the group, contacts, vendors, inactive vendors
    documents = 2  # bills and credit notes that changed
    return {
        "accounts": 1,
        "tax-types": 1,
        "tax-codes": 1,
        "projects": projects + 1,
        "vendor-contacts": people,
        "contacts": people,
        "cost-codes": 2,
        "cost-types": 2,
        "commitments": coding + 1 + count + 4 * busy + 2 * CHANGED + 1,
        "progress-claims": coding + count + 2 * CHANGED + documents + 2,
        "head-contract-claims": coding + count + documents,
        "direct-costs": coding + count + documents,
        # organisation, accounts, contacts, types, vendors twice; then the bank
        "xero-costs": 6 + projects + documents + 1,
        "payments": 1,
        "payments-received": 1,
        "paid-direct-costs": 1,
        "labour": 1,
        "timesheets": 5 + 1 + 1,  # employees, calendars, pay items, pay runs, settings; timecards, timesheets
        "retention-by-hand": documents,
        "retention-ledger": 2 + documents,  # accounts, their balance
    }


def seconds_under_limits(systems: Iterable[str], limits: Mapping[str, Any] = LIMITS) -> float:
    """Seconds that calls take one after the other, answered at once, when only limits hold them up."""
    now = 0.0
    made: dict[tuple[str, int], deque[float]] = {
        (system, place): deque() for system, rules in limits.items() for place in range(len(rules))
    }
    for system in systems:
        for place, (allowed, window) in enumerate(limits[system]):
            recent = made[system, place]
            if len(recent) == allowed:
                now = max(now, recent.popleft() + window)
        for place in range(len(limits[system])):
            made[system, place].append(now)
    return now
