"""Who may write for a tenant's integration: one conditional UPDATE decides, by the database's clock.

Taking a lease raises its epoch. Every write of a run happens in `fenced`, whose first statement renews the
lease under the epoch it was taken with: a worker that was frozen past its lease touches no row and stops at
once.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from runs.models import WAITING, WORKING, Lease, Run, RunState

ATTEMPTS = 3


class LeaseLost(Exception):
    """Another worker has taken over; this one must stop without another write."""


class Cancelled(Exception):
    """Somebody asked the run to stop."""


@dataclass(frozen=True)
class Held:
    """A lease in our hands."""

    id: int
    tenant_id: int
    integration: str
    owner: str
    epoch: int


def length() -> timedelta:
    """How long a lease lasts without a renewal."""
    return timedelta(seconds=getattr(settings, "ONECORE_LEASE_SECONDS", 60))


def new_owner() -> str:
    """A name nobody else has; it says which process of which machine works, so that support finds it."""
    return f"{socket.gethostname()[:24]}:{os.getpid()}:{uuid.uuid4().hex[:16]}"


def take(run: Run, integration: str, owner: str) -> Held | None:
    """The lease, or None while another holds it."""
    lease, _ = Lease.objects.get_or_create(tenant_id=run.tenant_id, integration=integration)
    free = Q(owner="") | Q(until__isnull=True) | Q(until__lt=Now())
    taken = Lease.objects.filter(free, pk=lease.pk).update(
        owner=owner, run_id=run.pk, epoch=F("epoch") + 1, until=Now() + length()
    )
    if not taken:
        return None
    epoch = Lease.objects.filter(pk=lease.pk, owner=owner).values_list("epoch", flat=True).first()
    return Held(lease.pk, run.tenant_id, integration, owner, epoch) if epoch is not None else None


def holder(tenant_id: int, integration: str) -> Run | None:
    """The run that holds the lease now, or None."""
    lease = (
        Lease.objects.filter(tenant_id=tenant_id, integration=integration, until__gte=Now())
        .exclude(owner="")
        .select_related("run")
        .first()
    )
    return lease.run if lease else None


@contextmanager
def fenced(held: Held) -> Iterator[None]:
    """A short transaction that only its holder can complete; raises LeaseLost.
    Never make a request inside.
    """
    with transaction.atomic():
        renew(held)
        yield


def renew(held: Held) -> None:
    """Prolong the lease; raises LeaseLost when it is no longer ours."""
    ours = Lease.objects.filter(pk=held.id, epoch=held.epoch, owner=held.owner)
    if not ours.update(until=Now() + length()):
        raise LeaseLost(f"the lease of {held.integration} was taken over")


def release(held: Held) -> None:
    """Give the lease back, if it is still ours."""
    Lease.objects.filter(pk=held.id, epoch=held.epoch, owner=held.owner).update(
        owner="", until=None, run=None
    )


# --- the run itself: one worker at a time works on it ---------------------------------------------


def claim(run_id: int, owner: str) -> Run | None:
    """The run, to be worked on by `owner`; None when another works on it, or nothing is to be done.

    The attempt is counted before any work, so that a run that kills its worker does not come back for ever.
    """
    due = Q(state__in=WAITING, not_before__isnull=True) | Q(state__in=WAITING, not_before__lte=Now())
    lapsed = Q(state__in=WORKING, until__lt=Now())
    taken = Run.objects.filter(due | lapsed, pk=run_id).update(
        owner=owner,
        until=Now() + length(),
        heartbeat_at=Now(),
        epoch=F("epoch") + 1,
        attempts=F("attempts") + 1,
        state=RunState.READING,
    )
    if not taken:
        return None
    return Run.objects.select_related("tenant", "user", "plan").filter(pk=run_id, owner=owner).first()


def keep(run: Run) -> None:
    """Sign of life of a working run; raises LeaseLost or Cancelled."""
    ours = Run.objects.filter(pk=run.pk, owner=run.owner, epoch=run.epoch)
    if not ours.update(until=Now() + length(), heartbeat_at=Now()):
        raise LeaseLost(f"run {run.pk} was taken over")
    if ours.filter(cancel_requested=True).exists():
        raise Cancelled


def save(run: Run, **values: object) -> None:
    """Write columns of a run that is ours; raises LeaseLost."""
    if not Run.objects.filter(pk=run.pk, owner=run.owner, epoch=run.epoch).update(**values):
        raise LeaseLost(f"run {run.pk} was taken over")
    for name, value in values.items():
        setattr(run, name, value)


def end_frozen_transactions() -> None:
    """Let PostgreSQL end a transaction whose worker stands still, so that its row locks hold nobody up."""
    if connection.vendor == "postgresql":
        seconds = int(length().total_seconds() / 2) or 1
        with connection.cursor() as cursor:
            cursor.execute(f"SET idle_in_transaction_session_timeout = '{seconds}s'")
