"""Cost code rules: a list that is edited in place, by file, and for codes that have no rule yet."""

from collections import Counter
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from integrations.admin.access import TenantFilter
from integrations.models import Tenant
from mappings.admin.tables import CheckedForm
from mappings.admin.winning import Winning
from mappings.catalogue import Choices
from mappings.models import CatalogueEntry, CatalogueKind, CostCodeRule
from mappings.resources import RuleResource

EDITED = ("expense_account", "revenue_account", "item", "tax_type")


class RuleForm(CheckedForm):
    """A rule whose codes and accounts exist in the tenant's catalogue."""

    checked = RuleResource.checked


class ScopeFilter(admin.SimpleListFilter):
    """What a rule speaks of."""

    title = "applies to"
    parameter_name = "for"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [
            ("everywhere", "Every project"),
            ("project", "One project"),
            ("vendor", "One vendor"),
            ("division", "A division (with *)"),
        ]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        match self.value():
            case "everywhere":
                return queryset.filter(project="")
            case "project":
                return queryset.exclude(project="")
            case "vendor":
                return queryset.exclude(vendor="")
            case "division":
                return queryset.filter(code__endswith="*")
        return queryset


class GapFilter(admin.SimpleListFilter):
    """What a rule does not say."""

    title = "without"
    parameter_name = "without"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("expense_account", "Expense account"), ("revenue_account", "Revenue account")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        chosen = str(self.value())
        return queryset.filter(**{chosen: ""}) if chosen in EDITED else queryset


@admin.register(CostCodeRule)
class CostCodeRuleAdmin(Winning):
    """Which account, item and tax type a cost gets."""

    renews = True
    form = RuleForm
    intro = (
        "Which account, item and tax type a cost gets. An empty column fits anything, and the most specific "
        "rule "
        "wins: project before code, code before cost type, cost type before vendor."
    )
    empty = "No rules yet. Import a file, or give accounts to the codes that have none."
    list_display = ("code", "code_name", "tenant", "only_for", *EDITED, "note")
    list_display_links = ("code_name",)
    list_editable = EDITED
    list_filter = (TenantFilter, ScopeFilter, GapFilter)
    search_fields = ("code", "project", "vendor", "expense_account", "revenue_account", "item", "note")
    ordering = ("tenant", "code", "project", "cost_type", "vendor")
    fieldsets = (
        ("A cost with", {"fields": ("tenant", "code", "cost_type", "project", "vendor")}),
        ("gets", {"fields": (*EDITED, "note")}),
    )

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("unmapped/", wrap(self.unmapped), name="rules_unmapped"),
            path("winning/", wrap(self.winning), name="rules_winning"),
        ]
        return [*own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list with its ways in and out, and the codes that wait for a rule."""
        tenant = self.one_tenant(request)
        end = f"?client={tenant.slug}" if tenant else ""
        tools = self.file_tools(request)
        tools.append({"address": reverse("admin:rules_unmapped") + end, "words": "Codes without a rule"})
        tools.append({"address": reverse("admin:rules_winning") + end, "words": "Which rule wins?"})
        context = {"tools": tools, "waiting": self.waiting_words(request), **(extra_context or {})}
        if tenant:
            context["choices"] = Choices(tenant)
            context["datalists"] = [
                (name, list(context["choices"].titles(name)))
                for name in ("expense_account", "tax_type", "item")
            ]
        return super().changelist_view(request, context)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        """Accounts are typed with the tenant's own offered below."""
        field: Any = super().formfield_for_dbfield(db_field, request, **given)
        if db_field.name in EDITED:
            field.widget.attrs |= {"list": f"known_{offered(db_field.name)}", "size": 10, "class": "code"}
        return field

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        self.names: dict[int, dict[str, str]] = {}
        return super().get_queryset(request)

    @admin.display(description="only for", empty_value="")
    def only_for(self, rule: CostCodeRule) -> str:
        """What else has to fit."""
        named = (("project", rule.project), ("type", rule.cost_type), ("vendor", rule.vendor))
        return ", ".join(f"{words} {value}" for words, value in named if value)

    @admin.display(description="what it is")
    def code_name(self, rule: CostCodeRule) -> str:
        """The code's name in the catalogue; how many codes a division holds."""
        if rule.tenant_id not in self.names:
            entries = CatalogueEntry.objects.filter(tenant=rule.tenant_id, kind=CatalogueKind.COST_CODE)
            self.names[rule.tenant_id] = dict(entries.values_list("code", "name"))
        names = self.names[rule.tenant_id]
        if not rule.code:
            return "every code"
        if rule.code.endswith("*"):
            fits = Counter(code.startswith(rule.code[:-1]) for code in names)[True]
            return f"{fits} codes" if names else "a division"
        return names.get(rule.code) or "not on the standard list"


def offered(column: str) -> str:
    """Which list of choices belongs to a column."""
    return "expense_account" if column.endswith("account") else column


def tenants_rules(tenant: Tenant) -> "QuerySet[CostCodeRule]":
    """Rules of a tenant that give an expense account."""
    return CostCodeRule.objects.filter(tenant=tenant).exclude(Q(expense_account=""))
