"""Reverse rules and decisions: what becomes of costs that start in Xero, edited in place and by file."""

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from integrations.admin.access import EDITORS, TenantAdmin, TenantFilter
from mappings.admin.tables import CheckedForm, FiledTable
from mappings.models import CostDecision, ReverseRule
from mappings.resources import ReverseRuleResource

EDITED = ("account", "contact", "item", "tracking", "text", "cost_code", "cost_type")
RIGHTS = {"view": "for_user", "change": EDITORS, "add": EDITORS, "delete": EDITORS}


class ReverseForm(CheckedForm):
    """A rule whose account, item and cost code exist in the tenant's catalogue."""

    checked = ReverseRuleResource.checked


@admin.register(ReverseRule)
class ReverseRuleAdmin(FiledTable):
    """Which cost code a cost gets that starts in Xero."""

    renews = True
    form, narrow, width = ReverseForm, EDITED, 12
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
