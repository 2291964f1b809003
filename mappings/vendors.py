"""Vendors marked as not registered for GST: by their number in Procore, whatever they are linked to."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from simple_history.models import HistoricalRecords

from integrations.models import Tenant

NUMBER = RegexValidator(
    r"^\d{1,18}\Z", "The id is a number, as in the address of the vendor's page in Procore."
)


class UnregisteredVendor(models.Model):
    """A vendor for which nothing taxed is sent; the mark stays when its link is taken apart and made anew."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="unregistered_vendors", db_index=False)
    vendor = models.CharField(
        "id in Procore", max_length=40, validators=[NUMBER], help_text="The vendor's number in the directory."
    )
    name = models.CharField(max_length=300, blank=True)
    note = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["tenant", "name"]
        verbose_name = "vendor not registered for GST"
        verbose_name_plural = "vendors not registered for GST"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "vendor"],
                name="unregistered_vendor_once",
                violation_error_message="This vendor is marked already.",
            )
        ]

    def __str__(self) -> str:
        return self.name or f"vendor {self.vendor}"
