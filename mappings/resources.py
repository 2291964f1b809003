"""Cost code rules as rows of a file: looked at first, then applied as one batch that can be undone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import CharField
from import_export import fields, resources
from import_export.instance_loaders import BaseInstanceLoader
from simple_history.utils import bulk_create_with_history
from tablib import Dataset

from integrations.models import Tenant
from integrations.reverse import ASKED
from mappings import bulk
from mappings.bulk import BATCH
from mappings.catalogue import COLUMNS, Choices
from mappings.models import CostCodeRule, ReverseRule

KEY = ("project", "code", "cost_type", "vendor")
VALUES = ("expense_account", "revenue_account", "item", "tax_type", "note")
FILE_COLUMNS = (*KEY, *VALUES, "version")
REVERSE_VALUES = ("cost_code", "cost_type", "note")
STALE = "was changed here after the file was exported. Export again and repeat the change."
GONE = "was deleted here after the file was exported. Empty its version to add it again."
BEFORE = "As it was before an import"


class OwnRules(BaseInstanceLoader):
    """The tenant's rules, read once; another tenant's are not among them."""

    def __init__(self, resource: RuleResource, dataset: Dataset | None = None) -> None:
        super().__init__(resource, dataset)
        self.rules = resource.held

    def get_instance(self, row: Mapping[str, Any]) -> Any:
        return self.rules.get(self.resource.key_of(row))


class RuleResource(resources.ModelResource):
    """A file of one tenant's rules. The tenant comes from the portal, never from the file."""

    key: ClassVar[tuple[str, ...]] = KEY
    values: ClassVar[tuple[str, ...]] = VALUES
    checked: ClassVar[Mapping[str, str]] = {  # column -> what it may name
        name: name for name in (*KEY, *VALUES) if name in COLUMNS
    }
    needed: ClassVar[tuple[str, ...]] = ("code",)
    doubled = "the same project, code, type and vendor"
    version = fields.Field(column_name="version", readonly=True)

    class Meta:
        model = CostCodeRule
        fields = FILE_COLUMNS
        import_id_fields = KEY
        instance_loader_class = OwnRules
        use_bulk, batch_size = True, BATCH
        skip_unchanged, skip_diff, report_skipped = True, True, True
        use_transactions = True

    def __init__(self, tenant: Tenant, *, writes: bool = False, user: Any = None, reason: str = "") -> None:
        super().__init__()
        self.tenant, self.writes, self.user, self.reason = tenant, writes, user, reason
        self.choices = Choices(tenant)
        self.model: Any = self._meta.model
        self.held = {
            tuple(self.text_of(rule, name) for name in self.key): rule
            for rule in self.model.objects.filter(tenant=tenant)
        }
        self.plain = plain_texts(self.model)
        self.judged: dict[tuple[str, str], str] = {}
        self.seen: dict[tuple[str, ...], int] = {}
        self.changes: dict[int, list[tuple[str, str, str]]] = {}
        self.before: dict[int, dict[str, str]] = {}
        self.is_same = False

    def text_of(self, rule: Any, name: str) -> str:
        """A rule's value as a file has it."""
        return str(getattr(rule, name))

    @classmethod
    def file_columns(cls) -> tuple[str, ...]:
        """The columns of a file."""
        return (*cls.key, *cls.values, "version")

    def key_of(self, row: Mapping[str, Any]) -> tuple[str, ...]:
        """What makes a row one rule and no other."""
        return tuple(str(row.get(name) or "") for name in self.key)

    def described(self, cells: Mapping[str, str]) -> dict[str, Any]:
        """A row in words: what the rule asks for, and what it gives."""
        asked = [f"{name.replace('_', ' ')} {cells[name]}" for name in self.key if cells.get(name)]
        given = [(name.replace("_", " "), cells[name]) for name in self.values if cells.get(name)]
        return {"words": ", ".join(asked) or "everything", "given": given}

    def version_of(self, rule: Any) -> str:
        """A short mark of a rule's content: a file that carries another one is out of date."""
        content = "\x1f".join(self.text_of(rule, name) for name in (*self.key, *self.values))
        return hashlib.sha256(content.encode()).hexdigest()[:10]

    def dehydrate_version(self, rule: Any) -> str:
        """The mark that is written beside a rule."""
        return self.version_of(rule)

    def export_resource(self, instance: Any, *_given: Any, **_named: Any) -> list[str]:
        """A rule as a row; the library would ask each column how it is written."""
        texts = [self.text_of(instance, name) for name in (*self.key, *self.values)]
        return [*texts, self.version_of(instance)]

    def before_import(self, dataset: Dataset, **given: Any) -> None:
        """A file without a key column means every project, type or vendor."""
        for name in self.key:
            if name not in dataset.headers:
                dataset.append_col([""] * len(dataset), header=name)

    def before_import_row(self, row: Any, **given: Any) -> None:
        """Refuse a row that says the same as another, or that starts from an old export.
        Raises ValidationError.
        """
        number, key = given["row_number"] + 1, self.key_of(row)
        if key in self.seen:
            raise ValidationError({self.needed[0]: f"Row {self.seen[key]} is for {self.doubled}."})
        self.seen[key] = number
        for name in self.values:
            row.setdefault(name, "" if key not in self.held else self.text_of(self.held[key], name))
        known, version = self.held.get(key), str(row.get("version") or "")
        self.is_same = known is not None and all(
            str(row[name]) == self.text_of(known, name) for name in self.values
        )
        if version and known is None:
            raise ValidationError({"version": f"This rule {GONE}"})
        if known is not None:
            self.before[number] = {name: self.text_of(known, name) for name in self.values}
            if version and version != self.version_of(known) and not self.is_same:
                raise ValidationError({"version": f"This rule {STALE}"})

    def before_save_instance(self, instance: Any, row: Any, **given: Any) -> None:
        """The tenant is the portal's."""
        instance.tenant = self.tenant

    def validate_instance(
        self, instance: Any, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """Lengths, codes and accounts; what stays as it is is not judged.
        Raises ValidationError by column.
        """
        if self.is_same:
            return
        wrong: dict[str, Any] = dict(import_validation_errors or {})
        for column, named in self.checked.items():
            if told := self.wrong(named, getattr(instance, column)):
                wrong.setdefault(column, told)
        for name, longest in self.plain.items():
            if len(getattr(instance, name)) > longest:
                wrong.setdefault(name, f"This is longer than {longest} letters.")
        try:
            left_out = ["tenant", *wrong, *self.plain]  # each text was looked at just above
            instance.full_clean(exclude=left_out, validate_unique=False, validate_constraints=False)
        except ValidationError as error:
            wrong = error.update_error_dict(wrong)
        if wrong:
            raise ValidationError(wrong)

    def wrong(self, named: str, value: str) -> str:
        """What is wrong with a value; asked once for each, since a file repeats few of them."""
        if (named, value) not in self.judged:
            self.judged[named, value] = self.choices.wrong(named, value)
        return self.judged[named, value]

    def get_or_init_instance(self, instance_loader: Any, row: Any) -> tuple[Any, bool]:
        """The rule that a row is about, or a new one; the library would work out its columns for each row."""
        known = instance_loader.get_instance(row)
        return (known, False) if known is not None else (self.model(tenant=self.tenant), True)

    def import_instance(self, instance: Any, row: Any, **given: Any) -> None:
        """Every column is plain text and taken as it stands: a hundred thousand rows feel the difference."""
        for name in (*self.key, *self.values):
            setattr(instance, name, str(row.get(name) or "").strip())

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        """A row that says what the rule says already; found before the rule was overwritten."""
        return self.is_same

    def after_import_row(self, row: Any, row_result: Any, **given: Any) -> None:
        """Remember what a changed row changes, for the preview."""
        number = given["row_number"] + 1
        before = self.before.get(number)
        if before is not None and row_result.import_type == "update":
            self.changes[number] = [
                (name, before[name], str(row[name])) for name in self.values if before[name] != str(row[name])
            ]

    def bulk_create(self, *_given: Any, **_named: Any) -> None:
        """Write new rules with their history; nothing while the file is only looked at."""
        if self.writes and self.create_instances:
            bulk_create_with_history(
                self.create_instances,
                self.model,
                batch_size=BATCH,
                default_user=self.user,
                default_change_reason=self.reason,
            )
        self.create_instances.clear()

    def bulk_update(self, *_given: Any, **_named: Any) -> None:
        """Write changed rules with their history; nothing while the file is only looked at."""
        if self.writes and self.update_instances:
            begin_histories((rule.pk for rule in self.update_instances), self.model)
            bulk.change(self.model, self.update_instances, self.values, user=self.user, reason=self.reason)
        self.update_instances.clear()


class ReverseRuleResource(RuleResource):
    """A file of one tenant's reverse rules."""

    key = ASKED
    values = REVERSE_VALUES
    checked: ClassVar[Mapping[str, str]] = {
        "account": "expense_account", "item": "item", "cost_code": "code", "cost_type": "cost_type",
    }  # fmt: skip
    needed = ("cost_code",)
    doubled = "the same account, contact, item, tracking option and text"
    version = fields.Field(column_name="version", readonly=True)

    class Meta:
        model = ReverseRule
        fields = (*ASKED, *REVERSE_VALUES, "version")
        import_id_fields = ASKED
        instance_loader_class = OwnRules
        use_bulk, batch_size = True, BATCH
        skip_unchanged, skip_diff, report_skipped = True, True, True
        use_transactions = True


def plain_texts(model: Any) -> dict[str, int]:
    """Columns that may hold any text, and how long it may be."""
    fields = [one for one in model._meta.fields if isinstance(one, CharField)]
    return {one.name: int(one.max_length or 0) for one in fields if one.blank and not one.choices}


def begin_histories(keys: Iterable[int], model: Any = CostCodeRule) -> None:
    """Rules that came without a history (with a tenant's file, say) get one, else nothing could be undone."""
    rules = model.objects.in_bulk(list(keys))
    told = set(model.history.filter(id__in=rules).values_list("id", flat=True))
    untold = [rule for key, rule in rules.items() if key not in told]
    model.history.bulk_history_create(untold, batch_size=BATCH, default_change_reason=BEFORE)


@dataclass(frozen=True)
class Wrong:
    """One thing wrong in a file: where, and what."""

    row: int
    column: str
    value: str
    message: str


@dataclass
class Preview:
    """What a file would do."""

    new: int = 0
    changed: int = 0
    same: int = 0
    wrong: list[Wrong] = field(default_factory=list)
    examples: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.new + self.changed


SHOWN = 100
COUNTED = {"new": "new", "update": "changed", "skip": "same"}


def look_at(table: Dataset, tenant: Tenant, of: type[RuleResource] = RuleResource) -> Preview:
    """What the file would do, without writing anything."""
    resource = of(tenant)
    return told(resource, resource.import_data(table, raise_errors=False), table)


def apply(
    table: Dataset, tenant: Tenant, *, user: Any, reason: str, of: type[RuleResource] = RuleResource
) -> Preview:
    """Write the whole file, or nothing when a row has become wrong since it was looked at."""
    with transaction.atomic():
        resource = of(tenant, writes=True, user=user, reason=reason)
        result = resource.import_data(table, raise_errors=False)
        seen = told(resource, result, table)
        if seen.wrong:
            transaction.set_rollback(True)
    return seen


def told(resource: RuleResource, result: Any, table: Dataset) -> Preview:
    """The library's result as counts, mistakes and examples."""
    if result.base_errors:
        raise result.base_errors[0].error  # a fault of ours or of the database, not of the file
    seen = Preview()
    invalid = {row.number: row.error for row in result.invalid_rows}
    for number, row in enumerate(result.rows, 1):
        given = dict(zip(table.headers, table[number - 1], strict=True))
        errors = [invalid[number]] if number in invalid else [error.error for error in row.errors]
        if errors:
            seen.wrong += [wrong for error in errors for wrong in mistakes(number + 1, given, error)]
            continue
        kind = COUNTED.get(row.import_type, "same")
        setattr(seen, kind, getattr(seen, kind) + 1)
        if kind != "same" and len(seen.examples) < SHOWN:
            changes = resource.changes.get(number + 1, [])
            row_words = {"row": number + 1, "kind": kind, "cells": given, "changes": changes}
            seen.examples.append(row_words | resource.described(given))
    return seen


def mistakes(number: int, given: Mapping[str, str], error: Exception) -> Iterable[Wrong]:
    """An error as one line per column."""
    if not isinstance(error, ValidationError):
        yield Wrong(number, "", "", "This row cannot be read.")
        return
    by_column = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    for column, messages in by_column.items():
        name = "" if column == "__all__" else column
        for message in messages:
            yield Wrong(number, name, str(given.get(name, "")), message)
