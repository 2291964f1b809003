"""What a night costs a company of 200 projects of which five changed, and what its history adds to that."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

from django.utils import timezone

from integrations.models import Setting, Tenant
from integrations.sandbox.worlds import world as make_world
from runs.models import Cursor
from tests.bench import stage
from tests.bench.figures import Figure, over

PROJECTS, CHANGED, CLAIMS, TENFOLD = 200, 5, 400, 10
NIGHTLY = (
    "accounts", "projects", "contacts", "cost-codes", "cost-types", "commitments", "progress-claims",
    "direct-costs", "xero-costs", "payments",
)  # fmt: skip
# Calls allowed in so many seconds. Procore says its limits in its answers only; these are its samples.
LIMITS: Mapping[str, tuple[tuple[int, float], ...]] = {
    "xero": ((60, 60.0),),
    "procore": ((25, 10.0), (600, 3600.0)),
}
Seen = dict[str, Any]


def measure() -> list[Figure]:
    """The same night twice: with some history, and with ten times as much of it."""
    young, old = a_night(CLAIMS), a_night(CLAIMS * TENFOLD)
    return [
        Figure("nightly_calls_of_200_projects", young["calls"], young),
        Figure(
            "nightly_calls_over_floor", over(young["calls"], sum(young["floor"].values())), young["floor"]
        ),
        Figure("nightly_kilobytes_of_200_projects", round(young["bytes"] / 1000), {"bytes": young["bytes"]}),
        Figure("nightly_minutes_under_limits", round(young["seconds"] / 60, 1), young["by integration"]),
        Figure("calls_with_ten_times_the_history", over(old["calls"], young["calls"]), old),
        Figure("bytes_with_ten_times_the_history", over(old["bytes"], young["bytes"])),
    ]


def a_night(claims: int) -> Seen:
    """Everything sent and settled; then a claim is edited in each of five projects, and the night is run."""
    world = stage.dated(make_world(f"generated:claims={claims},projects={PROJECTS},refused=0.0,lines=3"))
    with stage.sandbox() as running, stage.database():
        running.load(world)
        tenant = stage.connected(world)
        Setting.objects.filter(tenant=tenant).exclude(integration__in=NIGHTLY).update(enabled=False)
        for _ in range(2):
            stage.sync(tenant, *NIGHTLY)
        Cursor.objects.filter(tenant=tenant).update(read_at=timezone.now())  # what came before is old
        time.sleep(2)  # both systems tell seconds apart, not less
        projects = world["procore"]["companies"][0]["projects"]
        for project in projects[:CHANGED]:
            edit(running, project)
        return night(running, tenant, world)


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

    Projects are asked one by one: Procore's lists stand below them. Commitments and both kinds of variations
    cannot be asked for changes, so their lists count. Five claims changed: the lists of their projects, one
    look at their bills, one write.
    """
    company = world["procore"]["companies"][0]
    count = len(company["projects"])
    kinds = sum(
        bool(project[kind])
        for project in company["projects"]
        for kind in ("work_order_contracts", "purchase_order_contracts")
    )
    projects = ceil(count / 100)
    coding = 5 + projects  # organisation, accounts, tax rates, contacts, tracking categories
    return {
        "accounts": 1,
        "projects": projects + 1,
        "contacts": 5,  # groups, the group, contacts, vendors, inactive vendors
        "cost-codes": 2,
        "cost-types": 2,
        "commitments": coding + 1 + 3 * count + kinds + 1,
        "progress-claims": coding + count + 2 * CHANGED + 2 + 2,
        "direct-costs": coding + 1 + count + 2,
        "xero-costs": coding + 4,
        "payments": 1,
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
