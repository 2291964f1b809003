"""Reverse rules and decisions: what becomes of costs that start in Xero, edited in place and by file."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from integrations.admin.access import EDITORS, LimitedForm, TenantAdmin, TenantFilter
from mappings.admin.tables import FiledTable
from mappings.catalogue import Choices
from mappings.models import CostDecision, ReverseRule
from mappings.resources import ReverseRuleResource

EDITED = ("account", "contact", "item", "tracking", "text", "cost_code", "cost_type")
RIGHTS = {"view": "for_user", "change": EDITORS, "add": EDITORS, "delete": EDITORS}


class ReverseForm(forms.ModelForm):
    """A rule whose account, item and cost code exist in the tenant's catalogue."""

    def clean(self) -> dict[str, Any]:
        """Refuse what the catalogue does not know, at the field, with the nearest match."""
        given = super().clean() or {}
        tenant = given.get("tenant") or (self.instance.tenant if self.instance.tenant_id else None)
        choices = Choices(tenant) if tenant is not None and self.changed_data else None
        for column, named in ReverseRuleResource.checked.items():
            changed = column in self.changed_data and given.get(column)
            if choices and changed and (told := choices.wrong(named, given[column])):
                self.add_error(column, told)
        return given


class ReverseRowForm(LimitedForm, ReverseForm):
    """The same in the list."""


@admin.register(ReverseRule)
class ReverseRuleAdmin(FiledTable):
    """Which cost code a cost gets that starts in Xero."""

    renews = True
    form, row_form, narrow, width = ReverseForm, ReverseRowForm, EDITED, 12
    resource, called, prefix = ReverseRuleResource, "reverse rules", "reverse"
    intro = (
        "Which cost code and cost type a line of a bill, credit note, bank transaction or journal gets in "
        "Procore. An empty column fits anything; the rule that asks for most wins, and where several "
        "disagree a person is asked."
    )
    empty = "No reverse rules yet. Warnings about costs in Xero offer them, or import a file."
    list_display = ("asks", "tenant", *EDITED, "note")
    list_display_links = ("asks",)
    list_editable = EDITED
    list_filter = (TenantFilter,)
    search_fields = (*EDITED, "note")
    ordering = ("tenant", "account", "contact", "item", "tracking", "text")
    sortable_by = ("account", "contact", "cost_code")
    fieldsets = (
        ("A cost with", {"fields": ("tenant", "account", "contact", "item", "tracking", "text")}),
        ("gets", {"fields": ("cost_code", "cost_type", "note")}),
    )

    @admin.display(description="rule")
    def asks(self, rule: ReverseRule) -> str:
        """The rule in words."""
        return str(rule)


@admin.register(CostDecision)
class CostDecisionAdmin(TenantAdmin):
    """What was decided of vendors whose costs may come twice."""

    rights: Mapping[str, str] = RIGHTS  # type: ignore[misc]
    intro = (
        "What becomes of costs in Xero of a contact that has a commitment on the project, or of one document "
        "that may be a double: sent as direct costs, or left out."
    )
    empty = "No decisions yet. Warnings about costs in Xero offer them."
    list_display = ("vendor", "project", "tenant", "decision", "note")
    list_editable = ("decision",)
    list_filter = (TenantFilter, "decision")
    list_select_related = ("tenant",)
    search_fields = ("vendor", "project", "note")

    def list_title(self) -> str:
        return "Decisions about costs"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The history names the person."""
        obj._history_user = request.user
        super().save_model(request, obj, form, change)
