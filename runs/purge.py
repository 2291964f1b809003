"""Erase the values that entries show: as soon as they are mailed, and at most a day later."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from runs.models import FINISHED, Batch, BatchState, Entry, Mode, Run, RunState

LONGEST = timedelta(days=1)
KEPT_BATCHES = timedelta(days=30)


def purge() -> int:
    """Erase what is due; the number of runs it was erased from."""
    now = timezone.now()
    undecided = Q(decided_at__isnull=True, finished_at__gt=now - timedelta(days=7)) & (
        Q(state=RunState.NEEDS_APPROVAL) | Q(mode=Mode.DEBUG)
    )
    applied = Run.objects.filter(plan__isnull=False).exclude(state__in=FINISHED).values("plan")
    due = Q(mailed_at__isnull=False) | Q(finished_at__lt=now - LONGEST)
    runs = list(
        Run.objects.filter(due, state__in=FINISHED, purged_at__isnull=True)
        .exclude(undecided)
        .exclude(pk__in=applied)
        .values_list("pk", flat=True)[:200]
    )
    if runs:
        Entry.objects.filter(run__in=runs).exclude(differences=[]).update(differences=[])
        Run.objects.filter(pk__in=runs).update(purged_at=now)
    Batch.objects.exclude(state=BatchState.SENT).filter(created_at__lt=now - KEPT_BATCHES).delete()
    return len(runs)
