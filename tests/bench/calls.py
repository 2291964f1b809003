"""How many calls 1,000 new claims need, and how many the next run."""

from __future__ import annotations

from typing import Any

from integrations.models import Tenant
from integrations.sandbox.worlds import refused_contacts
from mappings.models import Link
from runs.models import Entry, Run
from tests.bench import floor, stage
from tests.bench.figures import Figure, over

CLAIMS, REFUSED = 1000, 50
SLUG = "progress-claims"


def measure() -> list[Figure]:
    """Two live runs, one after the other. Limits are off: they change when a call leaves, not how many do."""
    world = stage.claims_world(CLAIMS, refused="0.05")
    with stage.sandbox() as running, stage.database():
        tenant = stage.prepared(running, world)
        for contact in refused_contacts(world):
            running.act("archive_contact", contact=contact)
        run, first = counted(running, tenant)
        refused = results(run)
        _run, second = counted(running, tenant)
    once, again = floor.of_first_run(world), floor.of_second_run(world, refused, CLAIMS - REFUSED)
    return [
        Figure("claims_write_calls_per_1000", writes(first), {"refused": len(refused)}),
        compared("claims_reads_over_floor", first, once),
        Figure("second_run_writes", writes(second)),
        compared("second_run_reads_over_floor", second, again),
    ]


def counted(running: stage.SandboxProcess, tenant: Tenant) -> tuple[Run, dict[str, int]]:
    """A run and the calls it made."""
    running.count_anew()
    run = stage.sync(tenant, SLUG)
    return run, running.calls()


def results(run: Run) -> list[str]:
    """The claims that were refused; raises Unmeasured unless each of the 1,000 has a result of its own."""
    linked = Link.objects.of(run.tenant, SLUG).linked().values("target_id").distinct().count()
    failed = Entry.objects.filter(run=run, integration=SLUG, outcome="failed").exclude(message="")
    refused = sorted(failed.values_list("subject", flat=True))
    if (linked, len(refused)) != (CLAIMS - REFUSED, REFUSED):
        raise stage.Unmeasured(f"{linked} claims were linked and {len(refused)} refused: {run.counts}")
    return refused


def writes(calls: dict[str, int]) -> int:
    """Calls that change something."""
    return sum(count for path, count in calls.items() if not path.startswith(("GET ", "HEAD ")))


def compared(name: str, calls: dict[str, int], least: dict[str, int]) -> Figure:
    """Reads over their floor, with both taken apart."""
    reads = {path: count for path, count in calls.items() if path.startswith("GET ")}
    total, bottom = sum(reads.values()), sum(least.values())
    parts: dict[str, Any] = {"reads": total, "floor": bottom, "by path": reads, "floor by kind": least}
    return Figure(name, over(total, bottom), parts)
