"""Tax codes of Procore and the tax types of Xero they stand for: edited in place and by file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin

from integrations.admin.access import LimitedForm, TenantFilter
from mappings.admin.tables import FiledTable
from mappings.catalogue import Choices
from mappings.tax_code_files import TaxCodeResource
from mappings.tax_codes import TaxCode


class TaxCodeForm(forms.ModelForm):
    """A code and a type that the tenant's catalogue knows."""

    def clean(self) -> dict[str, Any]:
        """Refuse what the catalogue does not know, at the field, with the nearest match."""
        given = super().clean() or {}
        tenant = given.get("tenant") or (self.instance.tenant if self.instance.tenant_id else None)
        choices = Choices(tenant) if tenant is not None else None
        asked: Mapping[str, str] = {"code": "tax_code", "tax_type": "tax_type"}
        for name, column in asked.items():
            value = str(given.get(name) or "")
            if choices and name in self.changed_data and (told := choices.wrong(column, value)):
                self.add_error(name, told)
        return given


class TaxCodeRowForm(LimitedForm, TaxCodeForm):
    """The same in the list."""


@admin.register(TaxCode)
class TaxCodeAdmin(FiledTable):
    """Which tax type a tax code gives."""

    form, row_form, narrow = TaxCodeForm, TaxCodeRowForm, ("tax_type",)
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
