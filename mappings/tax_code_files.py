"""Tax codes as rows of a file, with the preview and undoing of rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from import_export import fields

from mappings.resources import BATCH, OwnRules, RuleResource
from mappings.tax_codes import TaxCode


class TaxCodeResource(RuleResource):
    """A file of one tenant's tax codes."""

    key = ("code",)
    values = ("tax_type", "note")
    checked: ClassVar[Mapping[str, str]] = {"code": "tax_code", "tax_type": "tax_type"}
    needed = ("code", "tax_type")
    doubled = "the same tax code"
    version = fields.Field(column_name="version", readonly=True)

    class Meta:
        model = TaxCode
        fields = ("code", "tax_type", "note", "version")
        import_id_fields = ("code",)
        instance_loader_class = OwnRules
        use_bulk, batch_size = True, BATCH
        skip_unchanged, skip_diff, report_skipped = True, True, True
        use_transactions = True
