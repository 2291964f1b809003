"""The one script of a run: claim it, work through its integrations in order,
and close it whatever happens.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from django.utils import timezone

from integrations import registry
from integrations.errors import ApiError, Busy, Disconnected
from mappings.context import load_run
from runs import asked, dispatch, health, leases, pairing, passes, reports, warnings
from runs.catalogues import Catalogues
from runs.clients import WebAddresses, clients_of
from runs.models import Inbox, Mode, Run, RunState
from runs.progress import Progress

log = logging.getLogger(__name__)

ATTENTION = ("warn", "failed", "moved", "unanswered")


class Waits(Exception):
    """Another run holds the lease: this one goes back into the queue."""


def work(run_id: int) -> bool:
    """Work on a run if it is ours to work on. A task delivered twice ends here, without a call."""
    leases.end_frozen_transactions()
    run = leases.claim(run_id, leases.new_owner())
    if run is None:
        return False
    with Recording(run):
        if run.attempts > leases.ATTEMPTS:
            raise health.Hopeless
        Worker(run).work()
    return True


@dataclass
class Worker:
    """Works through the integrations of one run."""

    run: Run

    def work(self) -> None:
        """Every integration the run is not through with."""
        run = self.run
        leases.save(run, started_at=run.started_at or timezone.now())
        if run.attempts > 1:
            health.close_earlier_attempt(run)
        progress = Progress(run)
        progress.clients = clients = clients_of(run, progress)
        desk = passes.Desk(run, clients, Catalogues(clients, progress.beating), progress)
        while (slug := run.next_integration()) is not None:
            self.integration(desk, slug)
        finish(run, desk)

    def integration(self, desk: passes.Desk, slug: str) -> None:
        """One integration, under its lease when the run is live."""
        held = self.lease(slug) if self.run.is_live else None
        try:
            one(desk, slug, held, self.serving(desk, slug, held))
        finally:
            if held is not None:
                desk.progress.held.remove(held)
                leases.release(held)
                dispatch.wake(self.run.tenant_id, slug)

    def lease(self, slug: str) -> leases.Held:
        """The lease of an integration; raises Waits when another run has it."""
        held = leases.take(self.run, slug, self.run.owner)
        if held is None:
            dispatch.into_inbox(self.run, slug)
            raise Waits(slug)
        return held

    def serving(
        self, desk: passes.Desk, slug: str, held: leases.Held | None
    ) -> Callable[[passes.Pass], None]:
        """What is done between two batches: narrower requests that came meanwhile."""
        if held is None:
            return lambda current: None
        desk.progress.held.append(held)

        def serve(current: passes.Pass) -> None:
            for request in Inbox.objects.due(self.run.tenant, slug).exclude(run=self.run):
                taken = Inbox.objects.filter(pk=request.pk, taken_at__isnull=True).update(
                    taken_at=timezone.now()
                )
                if taken:
                    current.overtaken |= narrower(desk, request.run_id, slug, held)

        return serve


def one(
    desk: passes.Desk, slug: str, held: leases.Held | None, serve: Callable[[passes.Pass], None]
) -> passes.Pass:
    """One integration of one run, counted with it."""
    run = desk.run
    integration = registry.BY_SLUG[slug]
    desk.catalogues.clients = desk.clients
    approving = not run.is_live or run.plan_id is not None
    web = WebAddresses(run.tenant)
    part = load_run(
        run.tenant, integration, web=web, scope=run.scope, approving=approving, renewing=run.renews
    )
    kind = pairing.PairingPass if run.mode == Mode.PAIRING else passes.Pass
    current = kind(desk, part, asked.asked_of(run, slug), held)
    current.between = lambda: serve(current)
    if run.attempts > 1:
        current.counts.update(health.sent_before(run, slug))
    try:
        current.work()
    finally:
        counts = {**run.counts, slug: current.summary()}
        leases.save(run, counts=counts, calls=desk.progress.calls())
    leases.save(run, finished=[*run.finished, slug])
    return current


def narrower(desk: passes.Desk, run_id: int, slug: str, held: leases.Held) -> set[str]:
    """Do another run's integration under the lease in hand; the records it looked at."""
    waiting = Run.objects.filter(pk=run_id).first()
    if waiting is None or waiting.next_integration() != slug:
        return set()
    run = leases.claim(run_id, leases.new_owner())
    if run is None:
        return set()
    looked: set[str] = set()
    with Recording(run, returns=True):
        leases.save(run, started_at=run.started_at or timezone.now())
        progress = Progress(run, held=[held], clients={})
        own = passes.Desk(run, desk.clients, Catalogues(desk.clients, progress.beating), progress)
        done = one(own, slug, held, lambda current: None)
        looked = done.to_send | done.created | done.waiting
        if run.next_integration() is None:
            finish(run, own)
        else:
            raise Waits(slug)
    return looked


def finish(run: Run, desk: passes.Desk) -> None:
    """Close a run that came to its end, and mail its summary."""
    stopped = [counts["stopped"] for counts in run.counts.values() if counts.get("stopped")]
    attention = any(counts.get(name) for counts in run.counts.values() for name in ATTENTION)
    state = RunState.WARNED if attention else RunState.DONE
    dispatch.continue_after(run)
    leases.save(
        run, state=RunState.NEEDS_APPROVAL if stopped else state, phase="",
        message="; ".join(dict.fromkeys(stopped)),
        finished_at=timezone.now(), calls=desk.progress.calls(), calls_left=health.calls_left(run), owner="",
        until=None,
    )  # fmt: skip
    if run.is_live:
        warnings.settle_tenant(run, "run-failed")
        warnings.settle_tenant(run, "disconnected")
        health.connected(run)
    reports.after(run)


class Recording:
    """The one place that turns an error into the state of a run.
    Errors it does not know leave the run to be repaired.
    """

    def __init__(self, run: Run, *, returns: bool = False) -> None:
        self.run, self.returns = run, returns

    def __enter__(self) -> Run:
        return self.run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            return True
        if isinstance(error, leases.LeaseLost):
            log.warning("run %s stops: %s", self.run.pk, error)
            return True
        try:
            return self.record(error)
        except leases.LeaseLost as lost:
            log.warning("run %s stops: %s", self.run.pk, lost)
            return True

    def record(self, error: BaseException) -> bool:
        """Whether the error is dealt with."""
        match error:
            case Waits():
                self.wait()
                if self.returns:
                    dispatch.enqueue(self.run)
            case leases.Cancelled() if self.returns and not self.is_cancelled():
                self.wait()  # the run that did this one's work was asked to stop
                return False
            case leases.Cancelled():
                self.close(RunState.CANCELLED, "It was cancelled; what was sent before stays as it is.")
            case Busy():
                self.close(RunState.WARNED, f"{error.message} It goes on at {local(self.run, error)}.")
                dispatch.later(self.run, error.until)
            case Disconnected():
                # Who is told of every run hears of it once, not with every run until somebody connects again.
                news = health.disconnected(self.run, error)
                self.close(RunState.FAILED, error.message, mailed_at=None if news else timezone.now())
            case health.Hopeless():
                message = health.hopeless(self.run)
                self.close(RunState.FAILED, message)
                warnings.by_tenant(self.run, "run-failed", message, "runs")
            case ApiError():
                log.error("run %s: %s", self.run.pk, error.details, exc_info=error)
                message = (
                    f"An answer could not be understood ({error.message}) "
                    "Support finds the details in the log."
                )
                self.close(RunState.FAILED, message)
                warnings.by_tenant(self.run, "run-failed", message, "runs")
            case _:
                # Unknown: the run lapses at once, so that it is tried again, three times at most.
                Run.objects.filter(pk=self.run.pk, owner=self.run.owner).update(until=timezone.now())
                return False
        return True

    def wait(self) -> None:
        """Go back into the queue; the attempt does not count."""
        leases.save(
            self.run, state=RunState.QUEUED, attempts=max(self.run.attempts - 1, 0), owner="", until=None,
            phase="waits for another run of this integration",
        )  # fmt: skip

    def is_cancelled(self) -> bool:
        """Whether somebody asked this very run to stop."""
        return Run.objects.filter(pk=self.run.pk, cancel_requested=True).exists()

    def close(self, state: str, message: str, **more: object) -> None:
        """End the run with a sentence for people."""
        leases.save(
            self.run, state=state, message=message, phase="", finished_at=timezone.now(), owner="",
            until=None, **more,
        )  # fmt: skip
        reports.after(self.run)


def local(run: Run, error: Busy) -> str:
    """When a limit ends, in words."""
    until = error.until.astimezone(health.zone(run.tenant))
    day = "" if until.date() == timezone.now().astimezone(until.tzinfo).date() else f" on {until:%-d %b}"
    return f"{until:%H:%M}{day}"
