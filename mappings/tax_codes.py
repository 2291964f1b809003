"""Which tax type of Xero a tax code of Procore stands for."""

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords

from integrations.models import Tenant


class TaxCode(models.Model):
    """A tax code on a line in Procore gives this tax type, where no cost code rule gives one."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="tax_codes", db_index=False)
    code = models.CharField(max_length=100, help_text="As in Procore: GST, FRE ...")
    tax_type = models.CharField(max_length=50, help_text="Tax type in Xero: INPUT, EXEMPTEXPENSES ...")
    note = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["tenant", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "code"],
                name="tax_code_once",
                violation_error_message="This tax code has a tax type already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.code}: {self.tax_type}"


def tax_types(tenant: Tenant) -> list[dict[str, str]]:
    """Procore's tax codes that have a tax type, with their ids. Two queries."""
    given = dict(TaxCode.objects.filter(tenant=tenant).values_list("code", "tax_type"))
    entries = tenant.catalogue.filter(kind="tax_code", code__in=given).order_by("key")
    return [
        {"id": key, "code": code, "tax_type": given[code]} for key, code in entries.values_list("key", "code")
    ]
