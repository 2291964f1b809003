"""Which record here is which record there, the catalogues people choose from, and the rules they write."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from integrations.context import Known, Rule
from integrations.models import Tenant
from mappings.contract_terms import ContractTerms, HandLine, RetentionComparison
from mappings.labour import EarningsRate, Employee, LabourRate
from mappings.reverse import CostDecision, ReverseRule
from mappings.rule_books import KeptBook, KeptTable
from mappings.tax_codes import TaxCode
from mappings.vendors import UnregisteredVendor

__all__ = [
    "CatalogueEntry",
    "CatalogueKind",
    "ContractTerms",
    "CostCodeRule",
    "CostDecision",
    "EarningsRate",
    "Employee",
    "HandLine",
    "KeptBook",
    "KeptTable",
    "LabourRate",
    "Link",
    "LinkState",
    "RetentionComparison",
    "ReverseRule",
    "TaxCode",
    "UnregisteredVendor",
]


class LinkState(models.TextChoices):
    """How far a link has come; `sending` means that a request left and its outcome is not known yet."""

    INTENDED = "intended", "not sent yet"
    SENDING = "sending", "waiting for an answer"
    LINKED = "linked", "linked"
    REFUSED = "refused", "refused"
    UNLINKED = "unlinked", "unlinked"
    ALREADY = "already", "already there, not sent"


GIVEN_BACK = Q(state=LinkState.UNLINKED, details__has_any_keys=["adopted", "chosen"])


class LinkQuerySet(models.QuerySet["Link"]):
    """Named questions about links."""

    def of(self, tenant: Tenant, integration: str) -> LinkQuerySet:
        """One tenant's links of one integration."""
        return self.filter(tenant=tenant, integration=integration)

    def standing(self) -> LinkQuerySet:
        """Links that count: everything but unlinked ones."""
        return self.exclude(state=LinkState.UNLINKED)

    def linked(self) -> LinkQuerySet:
        """Links whose target is known to exist."""
        return self.filter(state=LinkState.LINKED)

    def unanswered(self) -> LinkQuerySet:
        """Links whose request left without a known outcome."""
        return self.filter(state=LinkState.SENDING)

    def given_back(self) -> LinkQuerySet:
        """Links to records of other people, found or chosen and linked as they stood, that were unlinked."""
        return self.filter(GIVEN_BACK)

    def written(self) -> LinkQuerySet:
        """Links to what OneCore wrote, unlinked ones too, and to what else it looks after today."""
        return self.exclude(GIVEN_BACK)


class Link(models.Model):
    """This subject there is that record here, in one role (a claim's bill, its credit note ...)."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="links", db_index=False)
    integration = models.CharField(max_length=50)
    role = models.CharField(max_length=50, default="record")
    subject = models.CharField(
        "record", max_length=200, help_text="The key of the record in the system it comes from."
    )
    group = models.CharField("source record", max_length=200, blank=True)
    title = models.CharField(max_length=300, blank=True)
    system = models.CharField(max_length=20)
    resource = models.CharField(max_length=60)
    scope_id = models.CharField("company or organisation", max_length=60, blank=True)
    scope = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    target_id = models.CharField(max_length=100, blank=True)
    exclusive = models.BooleanField(default=True)
    marker = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    state = models.CharField(max_length=10, choices=LinkState, default=LinkState.INTENDED)
    batch = models.UUIDField(
        null=True, blank=True, help_text="The request that carries it, while its answer is open."
    )
    pending = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    sent = models.JSONField(default=dict, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    refused_fingerprint = models.CharField(max_length=64, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    lines = models.JSONField(default=dict, blank=True)
    target_version = models.CharField(max_length=60, blank=True)
    number = models.CharField(max_length=255, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    contact_id = models.CharField(max_length=100, blank=True)
    project_id = models.CharField(max_length=60, blank=True)
    details = models.JSONField(default=dict, blank=True, encoder=DjangoJSONEncoder)
    note = models.CharField(max_length=500, blank=True)
    epoch = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    looked = models.PositiveSmallIntegerField(
        default=0, help_text="How often an unanswered record was not found."
    )
    looked_at = models.DateTimeField(null=True, blank=True)
    message = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = LinkQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=[
            "pending",
            "sent",
            "lines",
            "marker",
            "scope",
            "epoch",
            "since",
            "looked",
            "looked_at",
            "batch",
        ]
    )

    class Meta:
        ordering = ["tenant", "integration", "title", "subject"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "integration", "role", "subject"],
                condition=~Q(state="unlinked"),
                name="link_one_per_subject",
                violation_error_message="This record is linked already. Unlink it first.",
            ),
            models.UniqueConstraint(
                fields=["scope_id", "resource", "target_id"],
                condition=Q(state__in=["linked", "sending"], exclusive=True) & ~Q(target_id=""),
                name="link_one_per_target",
                violation_error_message="Another record is linked to that one already.",
            ),
            models.CheckConstraint(
                condition=~Q(state="linked") | ~Q(target_id=""),
                name="link_names_its_target",
                violation_error_message="A link needs the id of the record it leads to.",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "integration", "target_id"], name="link_by_target"),
            models.Index(fields=["tenant", "integration", "group"], name="link_by_group"),
            models.Index(fields=["tenant", "integration", "project_id"], name="link_by_project"),
            models.Index(fields=["tenant", "resource", "target_id"], name="link_by_resource"),
            models.Index(
                fields=["tenant", "integration", "since"],
                condition=Q(state="sending"),
                name="link_unanswered",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title or self.subject} to {self.number or self.target_id or 'nothing yet'}"

    @property
    def is_linked(self) -> bool:
        return self.state == LinkState.LINKED

    def known(self) -> Known:
        """The link as the planner sees it."""
        return Known(
            integration=self.integration,
            role=self.role,
            subject=self.subject,
            resource=self.resource,
            target_id=self.target_id,
            state=self.state,
            sent=self.sent,
            lines=self.lines,
            fingerprint=self.refused_fingerprint if self.state == LinkState.REFUSED else self.fingerprint,
            version=self.target_version,
            amount=self.amount,
            number=self.number,
            group=self.group,
            details={
                "project_id": self.project_id,
                "contact_id": self.contact_id,
                "title": self.title,
                **self.details,
                "scope": self.scope,
                "refused": self.refused_fingerprint if self.state == LinkState.LINKED else "",
            },
            message=self.message,
        )


class CatalogueKind(models.TextChoices):
    """What a catalogue entry is."""

    COST_CODE = "cost_code", "cost code"
    COST_TYPE = "cost_type", "cost type"
    ACCOUNT = "account", "account"
    TAX_RATE = "tax_rate", "tax type"
    ITEM = "item", "item"
    TAX_CODE = "tax_code", "tax code"


class CatalogueEntry(models.Model):
    """A code people choose from: cost codes and types of Procore, accounts, tax types and items of Xero."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="catalogue", db_index=False)
    kind = models.CharField(max_length=20, choices=CatalogueKind)
    key = models.CharField(max_length=200)
    code = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=300, blank=True)
    parent = models.CharField(max_length=200, blank=True)
    is_leaf = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    details = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["tenant", "kind", "code", "name"]
        verbose_name_plural = "catalogue entries"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "key"],
                name="catalogue_entry_once",
                violation_error_message="The catalogue holds this entry already.",
            )
        ]
        indexes = [models.Index(fields=["tenant", "kind", "code"], name="catalogue_by_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip() or self.key

    def as_record(self) -> dict[str, Any]:
        """The entry as clients give records."""
        own = ("key", "code", "name", "parent", "is_leaf", "is_active", "details")
        return {"id": self.key, **{name: getattr(self, name) for name in own}}


class CostCodeRule(models.Model):
    """Which account, item and tax type a cost gets; empty columns fit anything,
    the most specific rule wins.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="cost_code_rules", db_index=False)
    project = models.CharField(max_length=100, blank=True, help_text="Project number. Empty: every project.")
    code = models.CharField(
        max_length=100, blank=True, help_text="Cost code, or its beginning with *. Empty: every cost code."
    )
    cost_type = models.CharField(max_length=50, blank=True, help_text="Empty: every cost type.")
    vendor = models.CharField(
        max_length=200, blank=True, help_text="Name or number of the vendor in Procore. Empty: every vendor."
    )
    expense_account = models.CharField(max_length=20, blank=True)
    revenue_account = models.CharField(max_length=20, blank=True)
    item = models.CharField(max_length=40, blank=True)
    tax_type = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["tenant", "code", "project", "cost_type", "vendor"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "project", "code", "cost_type", "vendor"],
                name="cost_code_rule_once",
                violation_error_message=(
                    "There is a rule for this project, code, cost type and vendor already."
                ),
            )
        ]

    def __str__(self) -> str:
        parts = [self.code or "every code", self.project, self.cost_type, self.vendor]
        return ", ".join(part for part in parts if part)

    def clean(self) -> None:
        """A star stands at the end only; a rule says something."""
        if "*" in self.code[:-1]:
            raise ValidationError(
                {"code": "The star stands at the end: it means every code that begins like this."}
            )
        if not (self.expense_account or self.revenue_account or self.item or self.tax_type):
            raise ValidationError(
                "Fill in at least one of expense account, revenue account, item and tax type."
            )

    def as_rule(self) -> Rule:
        """The rule as the planner reads it."""
        columns = (
            "project",
            "code",
            "cost_type",
            "vendor",
            "expense_account",
            "revenue_account",
            "item",
            "tax_type",
        )
        return Rule(**{name: getattr(self, name) for name in columns})
