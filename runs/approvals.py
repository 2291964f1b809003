"""Plans and their approval: exactly what was planned is sent, as far as its basis has not moved."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from integrations.changes import Action, Change
from integrations.registry import BY_SLUG
from runs import planning
from runs.models import (
    PLAN_LAPSES,
    Entry,
    Mode,
    Outcome,
    Run,
    RunState,
    Scope,
    StartedFrom,
    Warning,
)

EARLIER = "an earlier attempt of this plan had sent it"
PROPOSES = "needs-adjustment"  # the kind of warning that proposes an adjustment
ADJUSTMENT = "adjustment:"  # what the roles of adjustments have in common
MOVED = "it has moved since it was planned and was not sent: plan it again"


class NotApproved(Exception):
    """The plan cannot be applied; the text says why."""


def why_not(run: Run) -> str:
    """Why a plan cannot be approved now; "" when it can."""
    if run.decided_at is not None:
        return "It was decided already."
    is_plan = run.mode == Mode.DEBUG and run.state in (RunState.DONE, RunState.WARNED)
    if not is_plan and run.state != RunState.NEEDS_APPROVAL:
        return "Only a finished test or a run that needs approval can be approved."
    if run.finished_at is None or timezone.now() - run.finished_at > PLAN_LAPSES:
        return "The plan has lapsed: plans are kept for 7 days. Run the test again."
    if not Entry.objects.filter(run=run).to_send().exists():
        return "It plans no changes."
    return ""


def approve(run: Run, user: Any, *, by: str = "") -> Run:
    """A new live run that applies the plan as it stands; raises NotApproved.
    Enqueue it with `dispatch.enqueue`.
    """
    with transaction.atomic():
        if reason := why_not(run):
            raise NotApproved(reason)
        name = by or (user.get_username() if user is not None else "")
        decided = Run.objects.filter(pk=run.pk, decided_at__isnull=True)
        if not decided.update(decided_at=timezone.now(), decided_by=name):
            raise NotApproved("It was decided already.")
        planned = set(Entry.objects.filter(run=run).to_send().values_list("integration", flat=True))
        return Run.objects.create(
            tenant_id=run.tenant_id, integrations=[slug for slug in run.integrations if slug in planned],
            mode=Mode.LIVE, scope=Scope.RECORD, scope_value=f"plan of run {run.pk}",
            source=StartedFrom.APPROVAL, started_by=name, user=user, plan=run, confirmed=True,
            renews=run.renews,
        )  # fmt: skip


def approve_adjustment(warning: Warning, user: Any, *, by: str = "") -> Run:
    """A new live run that sends what a warning proposes, as it was shown; raises NotApproved.
    Enqueue it with `dispatch.enqueue`.
    """
    plan, subject = warning.run, warning.record_key
    if plan is None or not _proposed(plan, warning.integration, [subject]).exists():
        raise NotApproved("What was proposed is no longer kept: run again for this record first.")
    return Run.objects.create(
        tenant_id=warning.tenant_id, integrations=[warning.integration], mode=Mode.LIVE, scope=Scope.RECORD,
        scope_value=warning.record_title[:300], subjects=[subject], source=StartedFrom.APPROVAL,
        started_by=by or (user.get_username() if user is not None else ""), user=user, plan=plan,
        confirmed=True,
    )  # fmt: skip


def _proposed(plan: Run, integration: str, subjects: list[str]) -> QuerySet[Entry]:
    """The adjustments that a run proposed for these records."""
    entries = Entry.objects.filter(run=plan, integration=integration, subject__in=subjects, action="warn")
    return entries.filter(role__contains=ADJUSTMENT).exclude(fingerprint="")


def _approved(run: Run, integration: str) -> QuerySet[Entry]:
    """The entries that a run applies: its plan's, or the adjustments of the records it names."""
    if run.subjects and run.plan is not None:
        return _proposed(run.plan, integration, list(run.subjects))
    return Entry.objects.filter(run=run.plan, integration=integration).to_send()


def _left(run: Run, integration: str) -> list[Entry]:
    """Those of them that no earlier attempt, and no run that this one goes on with, has dealt with."""
    others = Entry.objects.filter(run__plan=run.plan, integration=integration).changes()
    if run.subjects:  # an adjustment that failed may be approved once more
        others = others.filter(Q(run=run) | Q(outcome=Outcome.DONE))
    dealt = set(others.exclude(outcome=Outcome.PLANNED).values_list("role", "subject", "action"))
    return [one for one in _approved(run, integration) if (one.role, one.subject, sent_as(one)) not in dealt]


def decline(run: Run, user: Any) -> None:
    """Decide that the plan is not applied."""
    Run.objects.filter(pk=run.pk, decided_at__isnull=True).update(
        decided_at=timezone.now(), decided_by=user.get_username()
    )


def lapse() -> int:
    """Close plans that nobody decided in time; the number of them."""
    late = Run.objects.filter(
        state=RunState.NEEDS_APPROVAL, decided_at__isnull=True, finished_at__lt=timezone.now() - PLAN_LAPSES
    )
    return late.update(
        decided_at=timezone.now(), decided_by="", message="The plan lapsed: nobody decided within 7 days."
    )


def places_of(run: Run, integration: str) -> dict[str, tuple[str, str]]:
    """The records that a run of an approved plan changes: subject -> (project, source record)."""
    return {one.subject: (one.project_id, one.group) for one in _left(run, integration)}


def sent_as(entry: Entry) -> str:
    """The action by which an entry is sent: a proposed adjustment is one document more."""
    return "create" if entry.action == "warn" else entry.action


Key = tuple[str, str, str]  # role, subject, action
SENT = ("create", "link", "update")


class Approved:
    """The entries of an approved plan for one integration, compared with what would be done now."""

    def __init__(self, run: Run, integration: str) -> None:
        self.targets = BY_SLUG[integration].targets()
        self.planned = {(one.role, one.subject, sent_as(one)): one for one in _left(run, integration)}
        held = Entry.objects.filter(run=run.plan, integration=integration, held_back=True).changes()
        self.held_back = set(held.values_list("role", "subject", "action"))
        self.seen: set[Key] = set()
        self.instead: dict[Key, Change] = {}  # what was found of a planned change that need not be sent now

    def kept(self, changes: list[Change]) -> list[Change]:
        """The changes that are still exactly what was planned; others are not part of the plan."""
        found = []
        for change in changes:
            key = (change.role, change.subject, str(change.action))
            entry = self.planned.get(key)
            if entry is not None and self._is_same(entry, change):
                self.seen.add(key)
                found.append(change)
            elif change.action in (Action.UNCHANGED, Action.SKIP):
                self._note(change)
        return found

    def _is_same(self, entry: Entry, change: Change) -> bool:
        """Whether a change is what was planned, and what was shown as far as that is still kept."""
        if (entry.fingerprint, entry.version) != (change.fingerprint, change.version):
            return False
        shown = planning.shown_rows(change, self.targets.get(change.resource))
        return not entry.differences or entry.differences == shown

    def _note(self, change: Change) -> None:
        """Remember of a planned change that it is done already, or waits for a lost answer."""
        for action in SENT:
            entry = self.planned.get((change.role, change.subject, action))
            if entry is not None and entry.fingerprint == change.fingerprint:
                self.instead[change.role, change.subject, action] = change

    def further(self, changes: list[Change]) -> list[Change]:
        """What the plan makes possible once it is applied; nothing that it held back or that has moved."""
        barred = self.held_back | (self.planned.keys() - self.seen)
        return [one for one in changes if (one.role, one.subject, str(one.action)) not in barred]

    def missed(self, run: Run) -> list[Entry]:
        """An entry, not saved yet, for each planned change that was not found again as it was."""
        names = (
            "integration", "role", "subject", "group", "project_id", "project", "title",
            "resource", "label", "source_url", "target_url", "target_id", "amount",
        )  # fmt: skip
        return [
            Entry(run=run, **{name: getattr(entry, name) for name in names}, **self._came_to(key))
            for key, entry in self.planned.items()
            if key not in self.seen
        ]

    def _came_to(self, key: Key) -> dict[str, Any]:
        change = self.instead.get(key)
        if change is None:
            return {"action": key[2], "outcome": Outcome.FAILED, "message": MOVED}
        if change.action is Action.UNCHANGED:
            return {"action": key[2], "outcome": Outcome.DONE, "message": EARLIER}
        return {"action": "skip", "outcome": Outcome.DONE, "message": change.message}
