"""Employees, labour rates and earnings rates as rows of a file, with the rules' preview and undoing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from import_export import fields

from integrations.values import cents
from mappings.labour import EarningsRate, Employee, EmployeeKind, LabourRate
from mappings.resources import BATCH, OwnRules, RuleResource

RATE_KEY = ("employee", "trade", "project", "time_type", "valid_from")


class _Own:
    """What all three files have in common with those of rules."""

    instance_loader_class = OwnRules
    use_bulk, batch_size = True, BATCH
    skip_unchanged, skip_diff, report_skipped = True, True, True
    use_transactions = True


class EmployeeResource(RuleResource):
    """A file of one tenant's employees."""

    key = ("person",)
    values = ("name", "kind", "trade", "payroll_employee", "note")
    checked: ClassVar[Mapping[str, str]] = {}
    needed = ("person",)
    doubled = "the same person"
    version = fields.Field(column_name="version", readonly=True)

    class Meta(_Own):
        model = Employee
        fields = ("person", "name", "kind", "trade", "payroll_employee", "note", "version")
        import_id_fields = ("person",)

    def before_import_row(self, row: Any, **given: Any) -> None:
        """An empty kind means an own employee. Raises ValidationError."""
        if "kind" in row and not str(row["kind"] or "").strip():
            row["kind"] = EmployeeKind.OWN.value
        super().before_import_row(row, **given)

    def import_instance(self, instance: Any, row: Any, **given: Any) -> None:
        """As of any rule; a new person without a kind is an own employee."""
        super().import_instance(instance, row, **given)
        instance.kind = instance.kind or EmployeeKind.OWN


class EarningsRateResource(RuleResource):
    """A file of which earnings rate each time type has."""

    key = ("time_type",)
    values = ("earnings_rate", "note")
    checked: ClassVar[Mapping[str, str]] = {}
    needed = ("time_type",)
    doubled = "the same time type"
    version = fields.Field(column_name="version", readonly=True)

    class Meta(_Own):
        model = EarningsRate
        fields = ("time_type", "earnings_rate", "note", "version")
        import_id_fields = ("time_type",)


class LabourRateResource(RuleResource):
    """A file of one tenant's labour rates."""

    key = RATE_KEY
    values = ("rate", "note")
    checked: ClassVar[Mapping[str, str]] = {}
    needed = ("rate",)
    doubled = "the same employee, trade, project, time type and day"
    version = fields.Field(column_name="version", readonly=True)

    class Meta(_Own):
        model = LabourRate
        fields = (*RATE_KEY, "rate", "note", "version")
        import_id_fields = RATE_KEY

    def text_of(self, rule: Any, name: str) -> str:
        """A rate's value as a file has it: cents always, days as in 2026-07-01, nothing for none."""
        value = getattr(rule, name)
        if isinstance(value, Decimal):
            return f"{value:.2f}"
        return value.isoformat() if isinstance(value, date) else str(value or "")

    def before_import_row(self, row: Any, **given: Any) -> None:
        """Rates are compared with their cents. Raises ValidationError."""
        rate = _rate(row.get("rate"))
        if rate is not None and rate == cents(rate):
            row["rate"] = f"{rate:.2f}"
        super().before_import_row(row, **given)

    def import_instance(self, instance: Any, row: Any, **given: Any) -> None:
        """Amounts and days from their texts. Raises ValidationError by column."""
        super().import_instance(instance, row, **given)
        wrong = {}
        instance.rate = _rate(instance.rate)
        if instance.rate is None:
            wrong["rate"] = "The rate is an amount in dollars and cents, such as 85.50."
        try:
            instance.valid_from = date.fromisoformat(instance.valid_from) if instance.valid_from else None
        except ValueError:
            wrong["valid_from"] = "The day is written as in 2026-07-01."
        if wrong:
            instance.valid_from = instance.valid_from if isinstance(instance.valid_from, date) else None
            instance.rate = instance.rate if instance.rate is not None else Decimal(0)
            raise ValidationError(wrong)


def _rate(text: Any) -> Decimal | None:
    try:
        found = Decimal(str(text or "").strip().removeprefix("$"))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
