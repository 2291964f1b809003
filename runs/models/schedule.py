"""Schedules: when runs start by themselves."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.models import Tenant


class Repeat(models.TextChoices):
    """How often a schedule starts a run."""

    EVERY = "every", "every few minutes"
    HOURLY = "hourly", "hourly"
    DAILY = "daily", "daily"
    WEEKDAYS = "weekdays", "Monday to Friday"
    WEEKLY = "weekly", "weekly"
    MONTHLY = "monthly", "monthly"
    CRON = "cron", "by a cron expression"


class Schedule(models.Model):
    """When runs start by themselves, in the tenant's time zone."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="schedules", db_index=False)
    name = models.CharField(max_length=100)
    integrations = models.JSONField(default=list, help_text='Slugs, or "nightly" for all in their order.')
    rule = models.CharField("repeats", max_length=10, choices=Repeat, default=Repeat.DAILY)
    minutes = models.PositiveIntegerField(default=15, help_text="For every few minutes: 1 to 1,439.")
    at = models.TimeField(
        "at", default="02:00", help_text="In the tenant's time zone; hourly uses its minute."
    )
    weekday = models.PositiveSmallIntegerField(default=0, help_text="For weekly: 0 Monday to 6 Sunday.")
    day = models.PositiveSmallIntegerField(
        default=1, help_text="For monthly: 1 to 31, at most the month's last."
    )
    cron = models.CharField(max_length=100, blank=True, help_text="For cron: five fields.")
    enabled = models.BooleanField(default=True)
    last_slot = models.DateTimeField(null=True, blank=True, editable=False)
    message = models.CharField(max_length=300, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["tenant", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"],
                name="schedule_name_once",
                violation_error_message="There is a schedule with this name already.",
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=1, minutes__lte=1439),
                name="schedule_minutes_in_a_day",
                violation_error_message="Write 1 to 1,439 minutes.",
            ),
            models.CheckConstraint(
                condition=Q(weekday__lte=6) & Q(day__gte=1, day__lte=31),
                name="schedule_day_exists",
                violation_error_message="The weekday is 0 to 6, the day of the month 1 to 31.",
            ),
        ]

    def __str__(self) -> str:
        return self.name
