"""What a contract's retention goes by, and what people decided about lines entered by hand."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from simple_history.models import HistoricalRecords

from integrations.models import Tenant
from integrations.retention import METHODS, TAXES
from integrations.terms import Terms

HUNDRED = Decimal(100)


class Side(models.TextChoices):
    """Who holds the retention."""

    PAYABLE = "payable", "we hold it (progress claims)"
    RECEIVABLE = "receivable", "the client holds it (head contract claims)"


class Kept(models.TextChoices):
    """How retention held before OneCore is kept in the books."""

    ACCOUNT = "account", "on the retention account"
    UNPAID = "unpaid", "as unpaid bills"
    RETENTION_BILLS = "retention_bills", "as retention bills"
    NOWHERE = "nowhere", "not in Xero"


class ContractTerms(models.Model):
    """How one contract's retention is booked, opened and released; what is empty is as the options say."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="contract_terms", db_index=False)
    side = models.CharField(max_length=10, choices=Side, default=Side.PAYABLE)
    project = models.CharField("project number", max_length=100, blank=True)
    number = models.CharField("contract number", max_length=100)
    contract_id = models.CharField("id in Procore", max_length=40, blank=True)
    title = models.CharField(max_length=200, blank=True)
    method = models.CharField(
        "retention",
        max_length=12,
        choices=METHODS,
        blank=True,
        help_text="Empty: as the tenant's option says.",
    )
    tax = models.CharField("tax on retention", max_length=8, choices=TAXES, blank=True)
    opening_amount = models.DecimalField(
        "opening",
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="Retention held before the first claim here, before tax. Empty: not known.",
    )
    opening_kept = models.CharField("opening is kept", max_length=16, choices=Kept, blank=True)
    converted_to = models.CharField(
        "balance was converted to",
        max_length=12,
        choices=METHODS,
        blank=True,
        help_text="After you entered in Xero the document that a change of the method needs.",
    )
    completion_share = models.DecimalField(
        "released at practical completion (%)",
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="Empty: half.",
    )
    completion_date = models.DateField(
        "practical completion", null=True, blank=True, help_text="Empty: the project's completion in Procore."
    )
    defects_share = models.DecimalField(
        "released at the end of defects (%)",
        max_digits=5,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text="Empty: the rest.",
    )
    defects_date = models.DateField(
        "end of defects", null=True, blank=True, help_text="Empty: practical completion and the months."
    )
    defects_months = models.PositiveSmallIntegerField("months for defects", default=12)
    note = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["tenant", "project", "number", "side"]
        verbose_name = "retention terms"
        verbose_name_plural = "retention terms"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "side", "project", "number"],
                name="contract_terms_once",
                violation_error_message="There are terms for this contract already.",
            )
        ]

    def __str__(self) -> str:
        return " ".join(part for part in (self.project, self.number, self.title) if part)

    def clean(self) -> None:
        """An opening says how it is kept; shares make no more than the whole; net has no tax of its own."""
        wrong: dict[str, str] = {}
        if self.opening_amount and not self.opening_kept:
            wrong["opening_kept"] = "Say how the opening is kept in the books."
        if self.opening_amount is not None and self.opening_amount < 0:
            wrong["opening_amount"] = "An opening is what was held: it is not negative."
        if (self.completion_share or 0) + (self.defects_share or 0) > HUNDRED:
            wrong["defects_share"] = "The two shares come to more than 100 %."
        if self.completion_date and self.defects_date and self.defects_date < self.completion_date:
            wrong["defects_date"] = "The end of defects lies before practical completion."
        if self.method == "net" and self.tax == "upfront":
            wrong["tax"] = "Net takes the tax with each line, so its tax cannot be paid upfront."
        if wrong:
            raise ValidationError(wrong)

    def as_terms(self) -> Terms:
        """The terms as the planner reads them."""
        return Terms(
            project=self.project,
            number=self.number,
            contract_id=self.contract_id,
            method=self.method,
            tax=self.tax,
            opening=self.opening_amount,
            kept=self.opening_kept,
            completes=self.completion_date,
            converted=self.converted_to,
        )


class HandLine(models.Model):
    """A line on a retention account in a Xero document that is not ours: a release, or not."""

    class State(models.TextChoices):
        """What a person decided about it."""

        FOUND = "found", "to be decided"
        ACCEPTED = "accepted", "accepted as a release"
        IGNORED = "ignored", "not a release"

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="hand_lines", db_index=False)
    side = models.CharField(max_length=10, choices=Side)
    key = models.CharField(max_length=100, help_text="The line's id in Xero.")
    document_id = models.CharField(max_length=60)
    resource = models.CharField(max_length=40)
    number = models.CharField(max_length=255, blank=True)
    contact = models.CharField(max_length=300, blank=True)
    description = models.CharField(max_length=300, blank=True)
    day = models.DateField(null=True)
    amount = models.DecimalField(
        max_digits=14, decimal_places=2, help_text="Before tax; positive takes off what is held."
    )
    state = models.CharField(max_length=10, choices=State, default=State.FOUND)
    contract = models.CharField("contract's id in Procore", max_length=40, blank=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=150, blank=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["tenant", "-day", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "key"],
                name="hand_line_once",
                violation_error_message="This line is listed already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact} {self.number}".strip()


class RetentionComparison(models.Model):
    """One side's ledgers against the books, as last compared: figures for a page, nothing else."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="retention_comparisons", db_index=False)
    side = models.CharField(max_length=10, choices=Side)
    figures: Any = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "side"],
                name="retention_comparison_once",
                violation_error_message="This side is compared already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.tenant}: {self.get_side_display()}"
