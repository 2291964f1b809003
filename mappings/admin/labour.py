"""Employees, labour rates and earnings rates: lists that are edited in place and by file."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from integrations.admin.access import EDITORS, LimitedForm, TenantAdmin, TenantFilter
from integrations.admin.display import day
from mappings.admin.rule_files import RuleFiles
from mappings.labour import EarningsRate, Employee, LabourRate
from mappings.labour_files import EarningsRateResource, EmployeeResource, LabourRateResource

RIGHTS = {"view": "for_user", "change": EDITORS, "add": EDITORS, "delete": EDITORS}


class RowForm(LimitedForm, forms.ModelForm):
    """A row of a list, limited to the person's tenants."""


class LabourTable(RuleFiles):
    """What the three lists have in common: files, editing in place, history."""

    rights: Mapping[str, str] = RIGHTS  # type: ignore[misc]
    narrow: tuple[str, ...] = ()  # columns that have to fit beside each other
    list_select_related = ("tenant",)

    def get_urls(self) -> list[URLPattern]:
        return [*self.file_urls(), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list with its ways in and out."""
        return super().changelist_view(request, {"tools": self.file_tools(request), **(extra_context or {})})

    def get_changelist_form(self, request: HttpRequest, **given: Any) -> Any:
        """Rows of tenants that the person may change."""
        keys = frozenset(self.tenants(request, "change").values_list("pk", flat=True))
        limited = type("LimitedRow", (RowForm,), {"changeable": keys})
        return super(TenantAdmin, self).get_changelist_form(request, form=limited, **given)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        """Narrow columns."""
        field: Any = super().formfield_for_dbfield(db_field, request, **given)
        if db_field.name in self.narrow:
            field.widget.attrs |= {"size": 14}
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The history names the person."""
        obj._history_user = request.user
        super().save_model(request, obj, form, change)


class PayrollFilter(admin.SimpleListFilter):
    """Whether a person has a place in the payroll."""

    title = "in payroll"
    parameter_name = "payroll"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("yes", "Named"), ("no", "Not named yet")]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        match self.value():
            case "yes":
                return queryset.exclude(payroll_employee="")
            case "no":
                return queryset.filter(payroll_employee="", kind="own")
        return queryset


@admin.register(Employee)
class EmployeeAdmin(LabourTable):
    """Who the people of Procore's timecards are."""

    resource, called, prefix = EmployeeResource, "employees", "employees"
    one, many = "employee", "employees"
    intro = (
        "Whose time is costed and paid. Own employees are costed by labour rates and, where timesheets are "
        "on, paid as the employee named here in Xero payroll; labour hire is left out unless the options say "
        "so."
    )
    empty = "No employees yet. Warnings name the people on timecards, or import a file."
    list_display = ("name", "person", "tenant", "kind", "trade", "payroll_employee", "note")
    list_display_links = ("name",)
    list_editable = ("kind", "trade", "payroll_employee")
    narrow = ("trade", "payroll_employee")
    list_filter = (TenantFilter, "kind", PayrollFilter)
    search_fields = ("name", "person", "trade", "payroll_employee", "note")
    ordering = ("tenant", "name")
    fieldsets = (
        ("Person", {"fields": ("tenant", "person", "name", "kind", "trade")}),
        ("Paid as", {"fields": ("payroll_employee", "note")}),
    )


@admin.register(LabourRate)
class LabourRateAdmin(LabourTable):
    """What an hour is charged to a project."""

    resource, called, prefix = LabourRateResource, "labour rates", "labour_rates"
    one, many = "labour rate", "labour rates"
    intro = (
        "What an hour of time costs a project, before tax. An empty column fits anything, and the most "
        "specific rate wins: employee before trade, trade before project, project before time type. Of two "
        "equal ones the later day counts."
    )
    empty = "No labour rates yet. Import a file, or add one rate for everybody first."
    list_display = ("whose", "tenant", "project", "time_type", "since", "rate", "note")
    list_display_links = ("whose",)
    list_editable = ("rate",)
    list_filter = (TenantFilter,)
    search_fields = ("employee", "trade", "project", "time_type", "note")
    ordering = ("tenant", "employee", "trade", "project", "time_type", "valid_from")
    fieldsets = (
        ("An hour of", {"fields": ("tenant", "employee", "trade", "project", "time_type", "valid_from")}),
        ("costs", {"fields": ("rate", "note")}),
    )

    @admin.display(description="valid from", ordering="valid_from")
    def since(self, rate: LabourRate) -> str:
        """The first day on which the rate holds."""
        return day(rate.valid_from, rate.tenant) if rate.valid_from else "the beginning"

    @admin.display(description="for", ordering="employee")
    def whose(self, rate: LabourRate) -> str:
        """The employee, the trade, or everybody."""
        return rate.employee or rate.trade or "every employee"


@admin.register(EarningsRate)
class EarningsRateAdmin(LabourTable):
    """Which earnings rate of payroll a time type is paid by."""

    resource, called, prefix = EarningsRateResource, "earnings rates", "earnings_rates"
    one, many = "earnings rate", "earnings rates"
    intro = "Which earnings rate of Xero payroll the hours of each time type of Procore are put under."
    empty = "No earnings rates yet. Add one for each time type of Procore, the regular one first."
    list_display = ("time_type", "tenant", "earnings_rate", "note")
    list_display_links = ("time_type",)
    list_editable = ("earnings_rate",)
    list_filter = (TenantFilter,)
    search_fields = ("time_type", "earnings_rate", "note")
    ordering = ("tenant", "time_type")
    fieldsets = ((None, {"fields": ("tenant", "time_type", "earnings_rate", "note")}),)
