"""Warnings: what a person must settle, across runs."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.models import Tenant
from runs.models.run import Run


class WarningState(models.TextChoices):
    """Whether a warning waits for somebody."""

    OPEN = "open", "open"
    ACKNOWLEDGED = "acknowledged", "acknowledged"
    RESOLVED = "resolved", "resolved"


class WarningQuerySet(models.QuerySet["Warning"]):
    """Named questions about warnings."""

    def of(self, tenant: Tenant) -> WarningQuerySet:
        """One tenant's warnings."""
        return self.filter(tenant=tenant)

    def standing(self) -> WarningQuerySet:
        """Warnings whose cause is not gone."""
        return self.exclude(state=WarningState.RESOLVED)

    def waiting(self) -> WarningQuerySet:
        """Open warnings, and those whose acknowledgement has run out."""
        lapsed = Q(state=WarningState.ACKNOWLEDGED, acknowledged_until__lt=timezone.localdate())
        return self.filter(Q(state=WarningState.OPEN) | lapsed)

    def mentioning(self, words: str) -> WarningQuerySet:
        """Warnings whose record, number, id, project or message holds every word."""
        found = self
        for word in words.casefold().split():
            found = found.filter(search__contains=word)
        return found


class Warning(models.Model):  # noqa: A001 - the word of the product
    """Something about a record that a person must settle; it lives across runs until its cause is gone."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="warnings", db_index=False)
    integration = models.CharField(max_length=50)
    code = models.CharField(max_length=60)
    record_key = models.CharField(max_length=250)
    record_title = models.CharField("record", max_length=300)
    project = models.CharField(max_length=100, blank=True)
    message = models.TextField()
    fix = models.CharField(max_length=40, blank=True)
    audience = models.CharField("who acts", max_length=20, default="accounts")
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    links = models.JSONField(default=list, blank=True)
    choices = models.JSONField(
        default=list, blank=True, help_text="What a person may choose: words, and the rule that it becomes."
    )
    place = models.JSONField(
        default=dict, blank=True, help_text="Role, resource and ids under which its target is kept."
    )
    affected = models.JSONField(default=list, blank=True, help_text="Records held by a missing link or rule.")
    first_seen = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=1)
    run = models.ForeignKey(
        Run, models.SET_NULL, null=True, blank=True, related_name="warnings", db_index=False
    )
    state = models.CharField(max_length=14, choices=WarningState, default=WarningState.OPEN)
    acknowledged_until = models.DateField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="warnings",
        db_index=False,
    )
    search = models.TextField(blank=True, editable=False)

    objects = WarningQuerySet.as_manager()

    class Meta:
        ordering = ["-last_seen", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "integration", "code", "record_key"],
                condition=~Q(state="resolved"),
                name="warning_once_per_record",
                violation_error_message="This warning is open already.",
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "state", "-last_seen"], name="warning_by_state"),
            models.Index(fields=["tenant", "integration", "record_key"], name="warning_by_record"),
        ]

    def __str__(self) -> str:
        return f"{self.record_title}: {self.message}"

    @property
    def is_open(self) -> bool:
        """Open, or acknowledged until a date that has passed."""
        if self.state == WarningState.ACKNOWLEDGED:
            return self.acknowledged_until is not None and self.acknowledged_until < timezone.localdate()
        return self.state == WarningState.OPEN

    @property
    def subject(self) -> str:
        """The key of the record to run again for; "" when it speaks of several records."""
        return "" if self.affected else self.record_key

    def words(self) -> str:
        """What a search looks through, small letters."""
        held_up = [str(row.get(name) or "") for row in self.affected for name in ("title", "key")]
        parts = [self.record_title, self.record_key, self.project, self.message, *held_up]
        return " ".join(part for part in parts if part).casefold()

    def acknowledge(self, until: date, by: str) -> None:
        """Keep the warning quiet until a date."""
        self.state, self.acknowledged_until, self.acknowledged_by = WarningState.ACKNOWLEDGED, until, by
        self.save(update_fields=["state", "acknowledged_until", "acknowledged_by"])
