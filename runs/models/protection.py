"""What keeps writing safe and complete: batches, leases, the inbox, cursors, retries and signs of life."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from integrations.models import Tenant
from runs.models.run import Run


class BatchState(models.TextChoices):
    """What is known of a request."""

    SENT = "sent", "sent"
    ANSWERED = "answered", "answered"
    SETTLED = "settled", "settled"


class Batch(models.Model):
    """One writing request: its random key and the links it carries, kept before it leaves."""

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, related_name="batches", db_index=False)
    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="batches", db_index=False)
    integration = models.CharField(max_length=50)
    resource = models.CharField(max_length=60)
    action = models.CharField(max_length=10)
    method = models.CharField(max_length=6)
    scope = models.JSONField(default=dict, blank=True)
    link_ids = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=BatchState, default=BatchState.SENT)
    created_at = models.DateTimeField(default=timezone.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["tenant", "integration", "created_at"], name="batch_by_tenant"),
            models.Index(fields=["run"], name="batch_by_run"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {len(self.link_ids)} {self.resource}"


class Lease(models.Model):
    """Who may write for a tenant's integration; every take raises the epoch, and writers name theirs."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="leases", db_index=False)
    integration = models.CharField(max_length=50)
    owner = models.CharField(max_length=64, blank=True)
    run = models.ForeignKey(
        Run, models.SET_NULL, null=True, blank=True, related_name="leases", db_index=False
    )
    epoch = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "integration"],
                name="lease_one_per_integration",
                violation_error_message="An integration has one lease.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.integration}, epoch {self.epoch}"


class InboxQuerySet(models.QuerySet["Inbox"]):
    """Named questions about the inbox."""

    def due(self, tenant: Tenant, integration: str) -> InboxQuerySet:
        """Requests nobody has taken yet, oldest first."""
        return self.filter(tenant=tenant, integration=integration, taken_at__isnull=True).order_by("id")


class Inbox(models.Model):
    """A narrower request handed to the run that holds the lease."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="inbox", db_index=False)
    integration = models.CharField(max_length=50)
    run = models.ForeignKey(Run, models.CASCADE, related_name="inbox", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)
    taken_at = models.DateTimeField(null=True, blank=True)

    objects = InboxQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "inbox"
        constraints = [
            models.UniqueConstraint(
                fields=["run", "integration"],
                name="inbox_once",
                violation_error_message="The request waits in the inbox already.",
            )
        ]
        indexes = [models.Index(fields=["tenant", "integration", "taken_at"], name="inbox_due")]

    def __str__(self) -> str:
        return f"{self.integration}: run {self.run_id}"


class Cursor(models.Model):
    """Up to when changes of one kind of record have been worked on, per project ("" where there is none)."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="cursors", db_index=False)
    integration = models.CharField(max_length=50)
    resource = models.CharField(max_length=60)
    project = models.CharField(max_length=60, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "integration", "resource", "project"],
                name="cursor_once",
                violation_error_message="There is one cursor for this kind of record and project.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.integration} {self.resource} {self.project}".strip()


class Retry(models.Model):
    """A record to look at again although it did not change: the reason lies outside it."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="retries", db_index=False)
    integration = models.CharField(max_length=50)
    subject = models.CharField(max_length=200)
    group = models.CharField(max_length=200, blank=True)
    project = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=60)
    fingerprint = models.CharField(max_length=64, blank=True)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "retries"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "integration", "subject"],
                name="retry_once",
                violation_error_message="The record is to be looked at again already.",
            )
        ]
        indexes = [models.Index(fields=["tenant", "integration", "project"], name="retry_by_project")]

    def __str__(self) -> str:
        return f"{self.integration} {self.subject}: {self.reason}"


class Member(models.Model):
    """Which subject a source record was part of, where a subject is a part or a group of records."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="members", db_index=False)
    integration = models.CharField(max_length=50)
    record = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "integration", "record", "subject"],
                name="member_once",
                violation_error_message="The record is a member of this subject already.",
            )
        ]
        indexes = [models.Index(fields=["tenant", "integration", "subject"], name="member_by_subject")]

    def __str__(self) -> str:
        return f"{self.record} in {self.subject}"


class Heartbeat(models.Model):
    """A sign of life of a worker: its watcher, and the queue's last finished task."""

    worker = models.CharField(max_length=150, unique=True)
    seen_at = models.DateTimeField()
    started_at = models.DateTimeField(default=timezone.now)
    restarts = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["worker"]

    def __str__(self) -> str:
        return self.worker
