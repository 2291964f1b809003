"""Vendors that are marked as not registered for GST: a list that is edited in place and by file."""

from __future__ import annotations

from django.contrib import admin

from integrations.admin.access import TenantFilter
from mappings.admin.tables import FiledTable
from mappings.vendor_files import UnregisteredVendorResource
from mappings.vendors import UnregisteredVendor


@admin.register(UnregisteredVendor)
class UnregisteredVendorAdmin(FiledTable):
    """For whom nothing taxed is sent."""

    resource, called = UnregisteredVendorResource, "vendors not registered for GST"
    prefix = "unregistered_vendors"
    one, many = "vendor", "vendors"
    intro = (
        "Claims, direct costs and commitments of these vendors are not sent with tax: a taxed line is a "
        "warning. A vendor is marked by its number in Procore, so that the mark stays whatever it is linked "
        "to, and holds for the next vendor of its contact too; delete the row to take the mark off."
    )
    empty = "No vendor is marked. Mark them in the links of contacts, add them here, or import a file."
    list_display = ("title", "vendor", "tenant", "note")
    list_display_links = ("title",)
    list_editable = ("note",)
    narrow, width = ("note",), 40
    list_filter = (TenantFilter,)
    search_fields = ("name", "vendor", "note")
    ordering = ("tenant", "name")
    fieldsets = ((None, {"fields": ("tenant", "vendor", "name", "note")}),)

    @admin.display(description="vendor", ordering="name")
    def title(self, row: UnregisteredVendor) -> str:
        return str(row)
