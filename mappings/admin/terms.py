"""Retention terms of contracts: what differs from the options, the opening, and when shares fall due."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from integrations.admin.access import TenantFilter
from integrations.admin.display import amount, day, two_lines
from mappings.admin.tables import FiledTable
from mappings.contract_terms import ContractTerms
from mappings.terms_file import TermsResource


class OpeningFilter(admin.SimpleListFilter):
    """By what the terms say."""

    title = "says"
    parameter_name = "says"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [
            ("opening", "An opening"),
            ("method", "A method of its own"),
            ("dates", "Dates of its own"),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        match self.value():
            case "opening":
                return queryset.exclude(opening_amount=None)
            case "method":
                return queryset.exclude(method="", tax="")
            case "dates":
                return queryset.exclude(completion_date=None, defects_date=None)
        return queryset


@admin.register(ContractTerms)
class ContractTermsAdmin(FiledTable):
    """How one contract's retention is booked, opened and released."""

    resource, called, prefix = TermsResource, "retention terms", "terms"
    one, many = "contract’s terms", "contracts’ terms"
    intro = (
        "Contracts whose retention differs from the tenant's options: the method, what was held before "
        "OneCore began, and the days on which the shares fall due. A method changes only once nothing is "
        "held, or after the balance was converted in Xero."
    )
    empty = "No terms yet. Without any, every contract follows the options of progress claims."
    list_display = ("contract", "tenant", "side", "booked", "opening", "first_share", "last_share", "note")
    list_display_links = ("contract",)
    list_filter = (TenantFilter, "side", OpeningFilter)
    search_fields = ("project", "number", "title", "note", "contract_id")
    fieldsets = (
        ("Contract", {"fields": ("tenant", "side", "project", "number", "title", "contract_id")}),
        ("Booked", {"fields": ("method", "tax", "converted_to")}),
        ("Held before OneCore", {"fields": ("opening_amount", "opening_kept")}),
        (
            "Released",
            {
                "fields": (
                    ("completion_share", "completion_date"),
                    ("defects_share", "defects_date", "defects_months"),
                    "note",
                )
            },
        ),
    )

    def file_tools(self, request: HttpRequest) -> list[dict[str, str]]:
        """The ways in and out, and to the ledger."""
        return [*super().file_tools(request), {"address": reverse("admin:retention"), "words": "Ledger"}]

    @admin.display(description="contract", ordering="number")
    def contract(self, terms: ContractTerms) -> str:
        return two_lines(f"{terms.project} {terms.number}".strip(), terms.title)

    @admin.display(description="retention", ordering="method", empty_value="as the options say")
    def booked(self, terms: ContractTerms) -> str | None:
        words = [terms.get_method_display(), terms.get_tax_display()]
        return "; ".join(str(one) for one in words if one) or None

    @admin.display(description="opening", ordering="opening_amount")
    def opening(self, terms: ContractTerms) -> str:
        if terms.opening_amount is None:
            return ""
        return two_lines(amount(terms.opening_amount), terms.get_opening_kept_display())

    @admin.display(description="practical completion", ordering="completion_date")
    def first_share(self, terms: ContractTerms) -> str:
        return self.share(terms, terms.completion_share, terms.completion_date)

    @admin.display(description="end of defects", ordering="defects_date")
    def last_share(self, terms: ContractTerms) -> str:
        return self.share(terms, terms.defects_share, terms.defects_date)

    def share(self, terms: ContractTerms, share: Any, due: Any) -> str:
        """A share and its day, as far as they are entered."""
        return two_lines(day(due, terms.tenant), f"{share.normalize():f} %" if share else "")
