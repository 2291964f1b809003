"""Retention terms as rows of a file: amounts, days and choices are read from the texts people write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from import_export import fields

from mappings.catalogue import Choices
from mappings.contract_terms import ContractTerms, Side
from mappings.resources import BATCH, GONE, STALE, OwnRules, RuleResource

TERMS_KEY = ("side", "project", "number")
TERMS_VALUES = (
    "contract_id", "title", "method", "tax", "opening_amount", "opening_kept", "converted_to",
    "completion_share", "completion_date", "defects_share", "defects_date", "defects_months", "note",
)  # fmt: skip
AMOUNTS = frozenset({"opening_amount", "completion_share", "defects_share"})
DAYS = frozenset({"completion_date", "defects_date"})


class Unchecked(Choices):
    """Terms name nothing of the catalogue."""

    def unread(self) -> list[str]:
        return []


class TermsResource(RuleResource):
    """A file of one tenant's retention terms."""

    key = TERMS_KEY
    values = TERMS_VALUES
    checked: ClassVar[Mapping[str, str]] = {}
    needed = ("number",)
    doubled = "the same side, project and contract"
    version = fields.Field(column_name="version", readonly=True)

    class Meta:
        model = ContractTerms
        fields = (*TERMS_KEY, *TERMS_VALUES, "version")
        import_id_fields = TERMS_KEY
        instance_loader_class = OwnRules
        use_bulk, batch_size = True, BATCH
        skip_unchanged, skip_diff, report_skipped = True, True, True
        use_transactions = True

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.choices = Unchecked(self.tenant)

    def key_of(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """The contract a row is about; without a side it is one whose retention we hold."""
        return (str(row.get("side") or Side.PAYABLE), *(str(row.get(name) or "") for name in TERMS_KEY[1:]))

    def text_of(self, rule: Any, name: str) -> str:
        """Values as they are read again: no thousands separators, days as 2026-09-30."""
        return written(getattr(rule, name))

    def before_import_row(self, row: Any, **given: Any) -> None:
        """As for rules, by what amounts and days mean and not by how they are written.
        Raises ValidationError.
        """
        number, key = given["row_number"] + 1, self.key_of(row)
        if key in self.seen:
            raise ValidationError({"number": f"Row {self.seen[key]} is for {self.doubled}."})
        self.seen[key], known = number, self.held.get(key)
        before = {name: self.text_of(known, name) for name in self.values} if known else {}
        for name in self.values:
            row[name] = plain(name, row[name]) if name in row else before.get(name, "")
        self.is_same = known is not None and all(row[name] == before[name] for name in before)
        version = str(row.get("version") or "")
        if version and known is None:
            raise ValidationError({"version": f"This row {GONE}"})
        if known is not None:
            self.before[number] = before
            if version and version != self.version_of(known) and not self.is_same:
                raise ValidationError({"version": f"This row {STALE}"})

    def import_instance(self, instance: Any, row: Any, **given: Any) -> None:
        """Texts to values. Raises ValidationError by column."""
        wrong = {}
        for name in (*self.key, *self.values):
            try:
                setattr(instance, name, read(name, str(row.get(name) or "").strip()))
            except ValueError as error:
                wrong[name] = str(error)
        if wrong:
            raise ValidationError(wrong)


def written(value: Any) -> str:
    """A value as a file has it."""
    return "" if value is None else str(value)


def plain(name: str, text: Any) -> str:
    """A cell as `written` would have it; as it stands where it cannot be read."""
    try:
        return written(read(name, str(text or "").strip()))
    except ValueError:
        return str(text)


def read(name: str, text: str) -> Any:
    """The value of a cell. Raises ValueError with what is wrong."""
    if name in AMOUNTS:
        return amount(text) if text else None
    if name in DAYS:
        return day(text) if text else None
    if name == "side":
        return text or Side.PAYABLE.value
    if name == "defects_months":
        if text and not text.isdigit():
            raise ValueError("This is no number of months.")
        return int(text) if text else 12
    return text


def amount(text: str) -> Decimal:
    """An amount with two decimals. Raises ValueError."""
    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValueError("This is no amount, such as 1200.00.") from None
    if not found.is_finite() or found != found.quantize(Decimal("0.01")):
        raise ValueError("This is no amount with two decimals, such as 1200.00.")
    return found.quantize(Decimal("0.01"))


def day(text: str) -> date:
    """A day written as 2026-09-30. Raises ValueError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("Write the day as 2026-09-30.") from None
