"""Employees, labour rates and earnings rates: lists that are edited in place and by file."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from integrations.admin.access import TenantFilter
from integrations.admin.display import day
from mappings.admin.tables import FiledTable
from mappings.labour import EarningsRate, Employee, LabourRate
from mappings.labour_files import EarningsRateResource, EmployeeResource, LabourRateResource


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
class EmployeeAdmin(FiledTable):
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
class LabourRateAdmin(FiledTable):
    """What an hour is charged to a project."""

    renews = True
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
class EarningsRateAdmin(FiledTable):
    """Which earnings rate of payroll a time type is paid by."""

    renews = True
    resource, called, prefix = EarningsRateResource, "earnings rates", "earnings_rates"
    one, many = "earnings rate", "earnings rates"
    intro = "Which earnings rate of Xero payroll the hours of each time type of Procore are put under."
    empty = "No earnings rates yet. Add one for each time type of Procore, the regular one first."
    list_display = ("time_type", "tenant", "earnings_rate", "note")
    list_display_links = ("time_type",)
    list_editable = ("earnings_rate",)
    narrow, width = ("earnings_rate",), 30
    list_filter = (TenantFilter,)
    search_fields = ("time_type", "earnings_rate", "note")
    ordering = ("tenant", "time_type")
    fieldsets = ((None, {"fields": ("tenant", "time_type", "earnings_rate", "note")}),)
