"""Schedules: when runs start by themselves, with the next three times in the tenant's zone."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import reverse

from integrations.admin.access import ADMINISTRATORS, TenantAdmin, TenantFilter
from integrations.admin.display import chip, inside, joined, two_lines, when
from integrations.registry import NAMES
from runs.admin.words import names_of
from runs.dispatch import NIGHTLY
from runs.models import Repeat, Schedule
from runs.schedules import next_times

CHOICES = ((NIGHTLY, "Nightly: every integration that is on, in order"), *NAMES.items())
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class ScheduleForm(forms.ModelForm):
    """What runs, and when."""

    integrations = forms.MultipleChoiceField(
        choices=CHOICES, widget=forms.CheckboxSelectMultiple, label="Runs"
    )
    weekday = forms.TypedChoiceField(
        choices=tuple(enumerate(DAYS)), coerce=int, required=False, empty_value="0", help_text="For weekly."
    )

    class Meta:
        model = Schedule
        fields = (
            "tenant",
            "name",
            "integrations",
            "rule",
            "at",
            "weekday",
            "day",
            "minutes",
            "cron",
            "enabled",
        )
        widgets = {"at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M")}

    def clean(self) -> dict[str, Any]:
        """A rule that never comes is refused where it is typed."""
        given = super().clean() or {}
        tenant = given.get("tenant") or (self.instance.tenant if self.instance.tenant_id else None)
        if given.get("rule") == Repeat.CRON and tenant and not self.errors:
            asked = Schedule(tenant=tenant, rule=Repeat.CRON, cron=given.get("cron") or "")
            if not next_times(asked, 1):
                told = (
                    "Write five fields: minute, hour, day of month, month, weekday. "
                    "For 2:30 on weekdays: 30 2 * * 1-5"
                )
                raise ValidationError({"cron": told})
        return given


@admin.register(Schedule)
class ScheduleAdmin(TenantAdmin):
    """When runs start by themselves."""

    form = ScheduleForm
    rights = {"view": "for_user", "change": ADMINISTRATORS, "add": ADMINISTRATORS, "delete": ADMINISTRATORS}
    intro = (
        "When runs start by themselves, in the tenant's time zone. "
        "After a pause each schedule runs once, not once a slot."
    )
    empty = "No schedules yet. Most tenants begin with “nightly” at 02:00."
    list_display = ("called", "tenant", "what", "rule_words", "comes", "on")
    list_display_links = None
    list_filter = (TenantFilter,)
    list_select_related = ("tenant",)
    search_fields = ("name",)
    fieldsets = (
        (None, {"fields": ("tenant", "name", "integrations", "enabled")}),
        ("When", {"fields": ("rule", "at", "weekday", "day", "minutes", "cron", "comes")}),
    )
    readonly_fields = ("comes",)

    @admin.display(description="schedule", ordering="name")
    def called(self, schedule: Schedule) -> str:
        address = reverse("admin:runs_schedule_change", args=[schedule.pk])
        return two_lines(inside(address, schedule.name), schedule.message)

    @admin.display(description="runs")
    def what(self, schedule: Schedule) -> str:
        return "nightly" if NIGHTLY in schedule.integrations else names_of(schedule.integrations)

    @admin.display(description="repeats", ordering="rule")
    def rule_words(self, schedule: Schedule) -> str:
        return spoken(schedule)

    @admin.display(description="next times")
    def comes(self, schedule: Schedule) -> str:
        if not schedule.pk:
            return "Shown once it is saved."
        if not schedule.enabled:
            return "switched off"
        found = [when(moment, schedule.tenant) for moment in next_times(schedule)]
        return joined(found, ", ") if found else "never: correct the rule"

    @admin.display(description="state", ordering="enabled")
    def on(self, schedule: Schedule) -> str:
        return chip("on", "green") if schedule.enabled else chip("off")


def spoken(schedule: Schedule) -> str:
    """A rule in words."""
    at = schedule.at if isinstance(schedule.at, str) else f"{schedule.at:%H:%M}"
    return {
        Repeat.EVERY: f"every {schedule.minutes} minutes",
        Repeat.HOURLY: f"hourly at minute {at[3:5]}",
        Repeat.DAILY: f"daily at {at[:5]}",
        Repeat.WEEKDAYS: f"Monday to Friday at {at[:5]}",
        Repeat.WEEKLY: f"{DAYS[schedule.weekday]}s at {at[:5]}",
        Repeat.MONTHLY: f"on day {schedule.day} of the month at {at[:5]}",
        Repeat.CRON: f"cron {schedule.cron}",
    }[Repeat(schedule.rule)]
