"""Runs and their entries: what was done, for whom, and what came of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from integrations.models import Tenant

PLAN_LAPSES = timedelta(days=7)


class RunState(models.TextChoices):
    """How far a run has come, with a colour for its page."""

    QUEUED = "queued", "queued"
    READING = "reading", "reading"
    PLANNING = "planning", "planning"
    NEEDS_APPROVAL = "needs_approval", "needs approval"
    SENDING = "sending", "sending"
    DONE = "done", "done"
    WARNED = "done_with_warnings", "done with warnings"
    INTERRUPTED = "interrupted", "interrupted"
    FAILED = "failed", "failed"
    CANCELLED = "cancelled", "cancelled"


WAITING = (RunState.QUEUED, RunState.INTERRUPTED)
WORKING = (RunState.READING, RunState.PLANNING, RunState.SENDING)
FINISHED = (RunState.DONE, RunState.WARNED, RunState.FAILED, RunState.CANCELLED, RunState.NEEDS_APPROVAL)
RUN_COLOURS = {
    RunState.QUEUED: "grey",
    RunState.READING: "blue",
    RunState.PLANNING: "blue",
    RunState.SENDING: "blue",
    RunState.NEEDS_APPROVAL: "orange",
    RunState.DONE: "green",
    RunState.WARNED: "orange",
    RunState.INTERRUPTED: "red",
    RunState.FAILED: "red",
    RunState.CANCELLED: "grey",
}


class Mode(models.TextChoices):
    """Whether a run sends what it plans."""

    LIVE = "live", "live"
    DEBUG = "debug", "test"
    PAIRING = "pairing", "search for pairs"


class Scope(models.TextChoices):
    """How much a run looks at, widest first."""

    EVERYTHING = "everything", "everything"
    PROJECT = "project", "one project"
    RECORD = "record", "one record"


WIDTH = {Scope.EVERYTHING: 2, Scope.PROJECT: 1, Scope.RECORD: 0}


class StartedFrom(models.TextChoices):
    """What started a run."""

    SCHEDULE = "schedule", "schedule"
    HAND = "hand", "by hand"
    WEBHOOK = "webhook", "change in Procore or Xero"
    FORM = "form", "single project form"
    COMMAND = "command", "command line"
    APPROVAL = "approval", "approved plan"


class RunQuerySet(models.QuerySet["Run"]):
    """Named questions about runs."""

    def of(self, tenant: Tenant) -> RunQuerySet:
        """One tenant's runs."""
        return self.filter(tenant=tenant)

    def working(self) -> RunQuerySet:
        """Runs a worker is busy with."""
        return self.filter(state__in=WORKING)

    def waiting(self) -> RunQuerySet:
        """Runs that are to be worked on."""
        return self.filter(state__in=WAITING)

    def finished(self) -> RunQuerySet:
        """Runs nobody works on any more."""
        return self.filter(state__in=FINISHED)

    def undecided(self) -> RunQuerySet:
        """Plans somebody may still approve."""
        return self.filter(
            Q(state=RunState.NEEDS_APPROVAL) | Q(mode=Mode.DEBUG, state__in=[RunState.DONE, RunState.WARNED]),
            decided_at__isnull=True,
            finished_at__gt=timezone.now() - PLAN_LAPSES,
        )

    def with_counts(self) -> RunQuerySet:
        """Each run with its number of entries by outcome."""
        return self.annotate(
            done_entries=Count("entries", filter=Q(entries__outcome=Outcome.DONE)),
            failed_entries=Count("entries", filter=Q(entries__outcome=Outcome.FAILED)),
            warned_entries=Count("entries", filter=Q(entries__action="warn")),
        )


class Run(models.Model):
    """One execution of one or several integrations for a tenant."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="runs", db_index=False)
    integrations = models.JSONField(default=list)
    finished = models.JSONField(default=list, blank=True, help_text="Integrations this run is through with.")
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.LIVE)
    scope = models.CharField(max_length=12, choices=Scope, default=Scope.EVERYTHING)
    scope_value = models.CharField("project or record", max_length=300, blank=True)
    subjects = models.JSONField(
        default=list, blank=True, help_text="Keys of the records to look at, where they are known."
    )
    source = models.CharField("started from", max_length=10, choices=StartedFrom, default=StartedFrom.HAND)
    started_by = models.CharField(max_length=150, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="runs", db_index=False
    )
    schedule = models.ForeignKey(
        "Schedule", models.SET_NULL, null=True, blank=True, related_name="runs", db_index=False
    )
    plan = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="applied_by")
    continues = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="continued_by", db_index=False
    )
    renews = models.BooleanField(
        default=False, help_text="It brings what was sent to the rules and options in force."
    )
    confirmed = models.BooleanField(
        default=False, help_text="Somebody confirmed that it may change this much."
    )
    state = models.CharField(max_length=20, choices=RunState, default=RunState.QUEUED)
    phase = models.CharField(max_length=200, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True)
    calls = models.JSONField(default=dict, blank=True)
    calls_left = models.JSONField(default=dict, blank=True)
    message = models.TextField(blank=True)
    queued_at = models.DateTimeField(default=timezone.now)
    not_before = models.DateTimeField(null=True, blank=True)
    woken_at = models.DateTimeField(null=True, blank=True, help_text="When a worker was last told of it.")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.CharField(max_length=150, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    owner = models.CharField(max_length=64, blank=True)
    until = models.DateTimeField(null=True, blank=True)
    epoch = models.PositiveIntegerField(default=0)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at", "-id"]
        indexes = [
            models.Index(fields=["tenant", "-queued_at"], name="run_by_tenant"),
            models.Index(fields=["state", "until"], name="run_by_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(mode="debug", plan__isnull=False),
                name="run_applies_plan_live",
                violation_error_message="An approved plan is applied by a live run.",
            ),
            models.CheckConstraint(
                condition=Q(renews=False) | Q(mode="debug") | Q(plan__isnull=False),
                name="run_renews_by_plan",
                violation_error_message="What was sent is brought to other rules by a plan that is approved.",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}: {', '.join(self.integrations)} for {self.tenant_id}"

    @property
    def is_live(self) -> bool:
        return self.mode == Mode.LIVE

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED

    @property
    def is_whole(self) -> bool:
        return self.scope == Scope.EVERYTHING

    @property
    def colour(self) -> str:
        return RUN_COLOURS[RunState(self.state)]

    @property
    def seconds(self) -> float | None:
        """How long it took, or has taken so far; None before it starts. Seconds."""
        if self.started_at is None:
            return None
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()

    @property
    def lapses_at(self) -> datetime | None:
        """When its plan can no longer be approved."""
        return self.finished_at + PLAN_LAPSES if self.finished_at else None

    def next_integration(self) -> str | None:
        """The first integration it is not through with."""
        return next((slug for slug in self.integrations if slug not in self.finished), None)


class Outcome(models.TextChoices):
    """What became of a planned change."""

    PLANNED = "planned", "planned"
    DONE = "done", "done"
    FAILED = "failed", "failed"


class EntryQuerySet(models.QuerySet["Entry"]):
    """Named questions about entries."""

    def changes(self) -> EntryQuerySet:
        """Entries that change something in Procore, Xero or here."""
        return self.filter(action__in=CHANGING)

    def needing_attention(self) -> EntryQuerySet:
        """Entries somebody must look at."""
        return self.filter(Q(action="warn") | Q(outcome=Outcome.FAILED))

    def to_send(self) -> EntryQuerySet:
        """Planned changes that nobody held back."""
        return self.changes().filter(outcome=Outcome.PLANNED, held_back=False)


CHANGING = ("create", "update", "link", "remove")


class Entry(models.Model):
    """One record in one run: what was to be done about it, and what became of it."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="entries", db_index=False)
    integration = models.CharField(max_length=50)
    role = models.CharField(max_length=50, blank=True)
    subject = models.CharField(max_length=200)
    group = models.CharField(max_length=200, blank=True)
    project_id = models.CharField(max_length=60, blank=True)
    action = models.CharField(max_length=10)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PLANNED)
    title = models.CharField(max_length=300, blank=True)
    project = models.CharField(max_length=100, blank=True)
    resource = models.CharField(max_length=60, blank=True)
    label = models.CharField("kind of record", max_length=60, blank=True)
    source_url = models.CharField(max_length=500, blank=True)
    target_url = models.CharField(max_length=500, blank=True)
    target_id = models.CharField(max_length=100, blank=True)
    match_key = models.CharField(max_length=64, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    message = models.TextField(blank=True)
    reasons = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)
    differences = models.JSONField(default=list, blank=True, encoder=DjangoJSONEncoder)
    fingerprint = models.CharField(max_length=64, blank=True)
    version = models.CharField(max_length=60, blank=True)
    held_back = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = EntryQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["run", "integration", "subject", "role"], name="entry_by_subject"),
            models.Index(fields=["run", "action", "outcome"], name="entry_by_action"),
            models.Index(fields=["run", "match_key"], condition=~Q(match_key=""), name="entry_by_match_key"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.title}"
