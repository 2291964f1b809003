"""Tax codes of Procore and the tax types of Xero they stand for: edited in place and by file."""

from __future__ import annotations

from django.contrib import admin

from integrations.admin.access import TenantFilter
from mappings.admin.tables import CheckedForm, FiledTable
from mappings.tax_code_files import TaxCodeResource
from mappings.tax_codes import TaxCode


class TaxCodeForm(CheckedForm):
    """A code and a type that the tenant's catalogue knows."""

    checked = TaxCodeResource.checked


@admin.register(TaxCode)
class TaxCodeAdmin(FiledTable):
    """Which tax type a tax code gives."""

    form, narrow = TaxCodeForm, ("tax_type",)
    renews = True
    resource, called, prefix = TaxCodeResource, "tax codes", "tax_codes"
    one, many = "tax code", "tax codes"
    intro = (
        "Which tax type of Xero a line gets whose tax code in Procore is this one. A cost code rule with a "
        "tax type comes first; without either the contact's default in Xero counts, then the account's."
    )
    empty = (
        "No tax code has a tax type yet. Switch on the integration “Tax codes” and the common choice “Use "
        "Procore's tax codes”, then add the codes here or import a file."
    )
    list_display = ("code", "tenant", "tax_type", "note")
    list_display_links = ("code",)
    list_editable = ("tax_type",)
    list_filter = (TenantFilter,)
    search_fields = ("code", "tax_type", "note")
    ordering = ("tenant", "code")
    fieldsets = ((None, {"fields": ("tenant", "code", "tax_type", "note")}),)
