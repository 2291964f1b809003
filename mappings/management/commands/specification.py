"""`manage.py specification TENANT`: what each integration does for a tenant, in words an accountant can
sign.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.models import Tenant
from integrations.registry import NAMES
from integrations.specs import DocumentSpecification, FieldRow, OptionRow
from mappings.specifications import Part, Table, specification_of


class Command(BaseCommand):
    """Prints the specification of every enabled integration, or of those named."""

    help = "Print what each enabled integration does for a tenant."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", help="the tenant's slug")
        parser.add_argument("integration", nargs="*", help="slugs; without any, every enabled one")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            known = ", ".join(Tenant.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no tenant {options['tenant']}. There are: {known}.")
        unknown = [slug for slug in options["integration"] if slug not in NAMES]
        if unknown:
            raise CommandError(f"There is no integration {unknown[0]}. There are: {', '.join(NAMES)}.")
        self.stdout.write("\n".join(page(tenant, options["integration"])))


def page(tenant: Tenant, slugs: Sequence[str]) -> Iterator[str]:
    """The specification of the integrations named, else of every enabled one, as lines of text."""
    whole = specification_of(tenant)
    yield f"Specification for {tenant.name}"
    yield headed("Common choices")
    yield from option_lines(whole.common)
    for part in whole.parts:
        if part.specification.slug in slugs or (part.on and not slugs):
            yield from lines(part)
    for table in whole.tables:
        if table.rows:
            yield from rule_lines(table)


def headed(name: str) -> str:
    """A heading as text."""
    return f"\n{name}\n{'=' * len(name)}"


def lines(part: Part) -> Iterator[str]:
    """The specification of one integration as lines of text."""
    found = part.specification
    yield f"{headed(found.name)}\n{found.sentence}"
    yield f"\nRecords: {found.records}."
    if part.start:
        yield f"From: {part.start:%-d %b %Y}."
    yield f"Told by e-mail: {part.told}."
    if found.conditions:
        yield "Conditions, and what happens when one does not hold:"
        yield from (f"  - {condition}: {otherwise}" for condition, otherwise in found.conditions)
    if found.matching:
        yield f"An existing record is taken up by: {', '.join(found.matching)}."
    for document in found.documents:
        yield from _document(document)
    if found.options:
        yield "\nOptions in force:"
        yield from option_lines(found.options)


def option_lines(rows: Iterable[OptionRow]) -> Iterator[str]:
    """Options with their values; what differs from the standard is marked."""
    rows = list(rows)
    yield from (f"  {'*' if row.differs else ' '} {row.label}: {row.value}" for row in rows)
    if any(row.differs for row in rows):
        yield "  (* differs from the standard)"


def rule_lines(table: Table) -> Iterator[str]:
    """The rules of one kind, a line each."""
    yield headed(table.name)
    for row in table.rows:
        said = zip(table.columns, row, strict=True)
        yield "  " + "; ".join(f"{name.lower()} {value}" for name, value in said if value)
    if table.more:
        yield f"  and {table.more:,} more: the portal lists and exports them"


def _document(document: DocumentSpecification) -> Iterator[str]:
    yield f"\n{document.name}"
    yield from (_field(row) for row in document.fields)
    for sentence, rows in document.lines:
        yield f"  Lines: {sentence}"
        yield from ("  " + _field(row) for row in rows)


def _field(row: FieldRow) -> str:
    remark = f" ({row.remark})" if row.remark else ""
    return f"  {row.field}: {row.source}{remark}"
