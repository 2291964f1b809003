"""Filters of warnings and runs, named after what people ask."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from integrations.admin.access import holding
from integrations.registry import NAMES
from runs.admin.words import AUDIENCES, kind_words
from runs.models import WORKING, Mode, RunState, WarningState


class StateFilter(admin.SimpleListFilter):
    """Open ones unless something else is asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("acknowledged", "Acknowledged"), ("resolved", "Resolved"), ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        shown = list(super().choices(changelist))
        return [{**shown[0], "display": "Open"}, *shown[1:]]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "all":
                return queryset
            case "resolved":
                return queryset.filter(state=WarningState.RESOLVED)
            case "acknowledged":
                return queryset.filter(
                    state=WarningState.ACKNOWLEDGED, acknowledged_until__gte=timezone.localdate()
                )
        return queryset.waiting()


class IntegrationFilter(admin.SimpleListFilter):
    """By integration, under its name."""

    title = "integration"
    parameter_name = "integration"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return list(NAMES.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(integration=self.value()) if self.value() else queryset


class AudienceFilter(admin.SimpleListFilter):
    """By who should act."""

    title = "who acts"
    parameter_name = "acts"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [*((key, words.capitalize()) for key, words in AUDIENCES.items()), ("me", "Assigned to me")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "me":
            return queryset.filter(assigned_to=request.user)
        return queryset.filter(audience=self.value()) if self.value() else queryset


class KindFilter(admin.SimpleListFilter):
    """By kind; offered as groups above the list."""

    title = "kind"
    parameter_name = "kind"
    template = "admin/runs/warning/no_filter.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(self.value(), kind_words(self.value()))] if self.value() else [("", "")]

    def value(self) -> Any:
        return self.used_parameters.get(self.parameter_name)

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(code=self.value()) if self.value() else queryset


class RunIntegrationFilter(admin.SimpleListFilter):
    """Runs of an integration, alone or among others."""

    title = "integration"
    parameter_name = "integration"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return list(NAMES.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = str(self.value())
        return queryset.filter(holding("integrations", [chosen])) if chosen in NAMES else queryset


class RunStateFilter(admin.SimpleListFilter):
    """How far runs are."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [
            ("open", "Waiting or working"),
            *((value, words.capitalize()) for value, words in RunState.choices if value not in WORKING),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "open":
            return queryset.filter(state__in=[*WORKING, RunState.QUEUED, RunState.INTERRUPTED])
        return queryset.filter(state=self.value()) if self.value() else queryset


class ModeFilter(admin.SimpleListFilter):
    """Live or test."""

    title = "mode"
    parameter_name = "mode"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(value, words.capitalize()) for value, words in Mode.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(mode=self.value()) if self.value() else queryset
