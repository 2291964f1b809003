"""Put runs into the queue. A task carries a run's id and nothing else;
whether there is work is the run's own row.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django_q.tasks import async_task

from integrations import registry
from integrations.models import Setting, Tenant
from runs import leases
from runs.models import WAITING, WIDTH, WORKING, Inbox, Mode, Run, RunState, Scope, StartedFrom

NIGHTLY = "nightly"
WORK = "runs.tasks.work"
LONGEST = 24 * 3600  # seconds; a run watches over itself by its signs of life, not by the queue's alarm


class NothingToRun(ValueError):
    """No integration is left to run; the text says why."""


def integrations_of(tenant: Tenant, named: Iterable[str]) -> list[str]:
    """Slugs in running order. "nightly" stands for every enabled one. Raises NothingToRun."""
    wanted = list(named)
    unknown = [slug for slug in wanted if slug != NIGHTLY and slug not in registry.BY_SLUG]
    if unknown:
        known = ", ".join([NIGHTLY, *registry.BY_SLUG])
        raise NothingToRun(f"There is no integration {unknown[0]}. There are: {known}.")
    if NIGHTLY in wanted:
        wanted += Setting.objects.filter(tenant=tenant, enabled=True).values_list("integration", flat=True)
    found = [slug for slug in registry.BY_SLUG if slug in wanted]
    if not found:
        raise NothingToRun(f"No integration of {tenant} is switched on.")
    return found


def start(
    tenant: Tenant,
    named: Iterable[str],
    *,
    mode: str = Mode.LIVE,
    scope: str = Scope.EVERYTHING,
    value: str = "",
    subjects: Sequence[str] = (),
    renews: bool = False,
    source: str = StartedFrom.HAND,
    started_by: str = "",
    user: Any = None,
    schedule: Any = None,
) -> Run:
    """A new run, put into the queue when the transaction ends. Raises NothingToRun."""
    if not tenant.is_active:
        raise NothingToRun(f"{tenant} is not served at present.")
    run = Run.objects.create(
        tenant=tenant, integrations=integrations_of(tenant, named), mode=mode, scope=scope, scope_value=value,
        subjects=[str(key) for key in subjects], renews=renews, source=source, started_by=started_by,
        user=user, schedule=schedule,
    )  # fmt: skip
    enqueue(run)
    return run


def again(run: Run, subjects: Sequence[str], integration: str, *, started_by: str) -> Run:
    """A run for certain records of an earlier one, with its rights and no others: a plan's are its plan."""
    planned = run.plan_id is not None
    fresh = Run.objects.create(
        tenant_id=run.tenant_id, integrations=[integration], scope=Scope.RECORD,
        subjects=run.subjects if planned else list(subjects),
        scope_value=run.scope_value if planned else ", ".join(subjects)[:300],
        source=run.source, started_by=started_by, confirmed=run.confirmed, plan_id=run.plan_id,
        renews=run.renews, continues=run,
    )  # fmt: skip
    enqueue(fresh)
    return fresh


def continue_after(run: Run) -> Run | None:
    """What the run that `run` continues could not do, because an answer was lost that is known now.

    Those of its integrations that build on the one looked up are run again, as widely as they were meant to
    be.
    """
    origin = run.continues
    found = any(
        counts.get("settled_linked") or counts.get("settled_intended") for counts in run.counts.values()
    )
    if origin is None or not found or origin.plan_id is not None or not origin.is_live:
        return None
    waiting = [slug for slug in origin.integrations if any(builds_on(slug, one) for one in run.integrations)]
    if not waiting:
        return None
    fresh = Run.objects.create(
        tenant_id=run.tenant_id, integrations=waiting, scope=origin.scope, scope_value=origin.scope_value,
        subjects=origin.subjects, source=origin.source, started_by=run.started_by, confirmed=origin.confirmed,
    )  # fmt: skip
    enqueue(fresh)
    return fresh


def builds_on(slug: str, other: str) -> bool:
    """Whether an integration comes after another one, directly or through a third."""
    before = registry.BY_SLUG[slug].after if slug in registry.BY_SLUG else ()
    return other in before or any(builds_on(one, other) for one in before)


def enqueue(run: Run) -> None:
    """Wake a worker for the run, and hand it to the run that holds its lease where that one looks at more."""
    if run.is_live and (slug := run.next_integration()):
        into_inbox(run, slug)
    tell(run.pk)


def tell(run_id: int) -> None:
    """Put a task for the run into the queue, and note when."""
    with transaction.atomic():
        Run.objects.filter(pk=run_id).update(woken_at=Now())
        async_task(WORK, run_id, group=f"run {run_id}", timeout=LONGEST)


def into_inbox(run: Run, integration: str) -> bool:
    """Leave a narrower request with the run that holds the lease; it is looked after between two batches."""
    holder = leases.holder(run.tenant_id, integration)
    if holder is None or holder.pk == run.pk or run.plan_id is not None:
        return False
    if WIDTH[Scope(run.scope)] >= WIDTH[Scope(holder.scope)] or holder.plan_id is not None:
        return False
    Inbox.objects.update_or_create(
        run=run, integration=integration, defaults={"tenant_id": run.tenant_id, "taken_at": None}
    )
    return True


def wake(tenant_id: int, integration: str) -> None:
    """Wake the runs that waited for a lease just given back."""
    waiting = Run.objects.waiting().filter(tenant_id=tenant_id, mode=Mode.LIVE).order_by("queued_at")
    for run in waiting:
        if run.next_integration() == integration and run.phase:
            tell(run.pk)


def later(run: Run, until: datetime) -> Run | None:
    """A run that goes on with what another could not finish, once a limit allows it."""
    left = [slug for slug in run.integrations if slug not in run.finished]
    if not left:
        return None
    return Run.objects.create(
        tenant_id=run.tenant_id, integrations=left, mode=run.mode, scope=run.scope, plan_id=run.plan_id,
        scope_value=run.scope_value,
        subjects=run.subjects, source=run.source, started_by=run.started_by, user=run.user,
        schedule=run.schedule,
        confirmed=run.confirmed, renews=run.renews, not_before=until,
    )  # fmt: skip


def reminded_after() -> timedelta:
    """After how long the workers are told again of a run that waits."""
    return timedelta(seconds=getattr(settings, "ONECORE_REMIND_SECONDS", 45))


def repair() -> int:
    """Show runs whose worker died as interrupted, and tell the workers again of all that wait; how many died.

    A task may have been lost with its worker, or the time of a run has come: both end here.
    """
    lapsed = Run.objects.filter(Q(until__lt=Now()) | Q(until__isnull=True), state__in=WORKING)
    interrupted = lapsed.update(state=RunState.INTERRUPTED, woken_at=None)
    ready = Q(not_before__isnull=True) | Q(not_before__lte=Now())
    silent = Q(woken_at__isnull=True) | Q(woken_at__lt=Now() - reminded_after())
    due = Run.objects.waiting().filter(ready & silent).order_by("queued_at")
    for run_id in due.values_list("pk", flat=True)[:500]:
        tell(run_id)
    return interrupted


def cancel(run: Run) -> bool:
    """Ask a run to stop at its next safe point; one that nobody works on stops at once."""
    idle = Run.objects.filter(pk=run.pk, state__in=WAITING)
    if idle.update(
        state=RunState.CANCELLED, finished_at=timezone.now(), message="It was cancelled before it began."
    ):
        return True
    return bool(Run.objects.filter(pk=run.pk, state__in=WORKING).update(cancel_requested=True))
