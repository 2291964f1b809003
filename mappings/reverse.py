"""Rules for costs that start in Xero: which cost code they get, and what was decided of vendors."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords

from integrations.models import Tenant
from integrations.reverse import ASKED, Decision
from integrations.reverse import ReverseRule as Rule

__all__ = ["ASKED", "COLUMNS", "CostDecision", "ReverseRule", "chosen"]

COLUMNS = (*ASKED, "cost_code", "cost_type")


class ReverseRule(models.Model):
    """Which cost code and cost type a line in Xero gets in Procore; empty columns fit anything, the rule that
    asks for most wins.
    """

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="reverse_rules", db_index=False)
    account = models.CharField(
        max_length=20,
        blank=True,
        help_text="Account in Xero. One that is no expense account counts as a cost.",
    )
    contact = models.CharField(
        max_length=255, blank=True, help_text="Name or id of the contact in Xero. Empty: every contact."
    )
    item = models.CharField(max_length=40, blank=True, help_text="Item in Xero. Empty: every item.")
    tracking = models.CharField(
        max_length=100,
        blank=True,
        help_text="Name of a tracking option, or a project's number. Empty: every option.",
    )
    text = models.CharField(
        max_length=200, blank=True, help_text="What the line, the number or the reference holds."
    )
    cost_code = models.CharField(max_length=100)
    cost_type = models.CharField(
        max_length=50,
        blank=True,
        help_text="Used where the line has no option of the category for cost types.",
    )
    note = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["tenant", "account", "contact", "item", "tracking", "text"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", *ASKED],
                name="reverse_rule_once",
                violation_error_message=(
                    "There is a rule for this account, contact, item, option and text already."
                ),
            )
        ]

    def __str__(self) -> str:
        asked = [getattr(self, name) for name in ASKED if getattr(self, name)]
        return f"{', '.join(asked) or 'everything'} to {self.cost_code}"

    def clean(self) -> None:
        """A rule asks for something."""
        if not any(getattr(self, name) for name in ASKED):
            raise ValidationError("Fill in at least one of account, contact, item, tracking option and text.")

    def as_rule(self) -> Rule:
        """The rule as the planner reads it."""
        return Rule(**{name: getattr(self, name) for name in COLUMNS})


class CostDecision(models.Model):
    """What becomes of a vendor's costs in Xero on a project on which it has a commitment."""

    class Choice(models.TextChoices):
        """What was decided."""

        SEND = "send", "send as direct costs"
        SKIP = "skip", "leave out"

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="cost_decisions", db_index=False)
    vendor = models.CharField("contact", max_length=255, help_text="Name or id of the contact in Xero.")
    project = models.CharField(max_length=100, help_text="Project number.")
    decision = models.CharField(max_length=10, choices=Choice)
    note = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["tenant", "vendor", "project"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "vendor", "project"],
                name="cost_decision_once",
                violation_error_message="There is a decision for this contact and project already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.vendor} on {self.project}: {self.get_decision_display()}"

    def as_decision(self) -> Decision:
        """The decision as the planner reads it."""
        return Decision(vendor=self.vendor, project=self.project, decision=self.decision)


def chosen(tenant: Tenant, choice: Any, user: Any) -> models.Model:
    """Keep what a person chose on a warning as a rule or a decision; one for the same thing is changed.

    `choice` holds the columns. Raises ValidationError for what is no rule.
    """
    given = {name: str(value) for name, value in dict(choice).items()}
    model: type[models.Model] = CostDecision if "decision" in given else ReverseRule
    keys = ("vendor", "project") if model is CostDecision else ASKED
    wanted = {name: given.get(name, "") for name in keys}
    row = model._default_manager.filter(tenant=tenant, **wanted).first() or model(tenant=tenant, **wanted)
    for name in given.keys() - set(keys):
        setattr(row, name, given[name])
    row.full_clean()
    row._history_user = user  # type: ignore[attr-defined]
    row.save()
    return row
