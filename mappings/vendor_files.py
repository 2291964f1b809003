"""Vendors marked as not registered for GST as rows of a file, with the preview and undoing of rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from import_export import fields

from mappings.models import Link
from mappings.resources import BATCH, OwnRules, RuleResource
from mappings.vendors import UnregisteredVendor


class UnregisteredVendorResource(RuleResource):
    """A file of one tenant's marks; a name that is left out is that of the vendor's link."""

    key = ("vendor",)
    values = ("name", "note")
    checked: ClassVar[Mapping[str, str]] = {}
    needed = ("vendor",)
    doubled = "the same vendor"
    version = fields.Field(column_name="version", readonly=True)

    class Meta:
        model = UnregisteredVendor
        fields = ("vendor", "name", "note", "version")
        import_id_fields = ("vendor",)
        instance_loader_class = OwnRules
        use_bulk, batch_size = True, BATCH
        skip_unchanged, skip_diff, report_skipped = True, True, True
        use_transactions = True

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        links = Link.objects.of(self.tenant, "contacts").linked()
        self.names = dict(links.values_list("target_id", "title"))

    def before_import_row(self, row: Any, **given: Any) -> None:
        """As for rules. Raises ValidationError."""
        key = self.key_of(row)
        if "name" not in row and key not in self.held:
            row["name"] = self.names.get(key[0], "")
        super().before_import_row(row, **given)
