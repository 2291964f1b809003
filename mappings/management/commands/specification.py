"""`manage.py specification TENANT`: what each integration does for a tenant, in words an accountant can
sign.
"""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.models import Setting, Tenant
from integrations.registry import BY_SLUG
from integrations.specs import DocumentSpecification, FieldRow, Specification, specification
from mappings.context import options_of
from mappings.models import CostCodeRule


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
        enabled = Setting.objects.filter(tenant=tenant, enabled=True)
        wanted = set(options["integration"] or enabled.values_list("integration", flat=True))
        unknown = [slug for slug in options["integration"] if slug not in BY_SLUG]
        if unknown:
            raise CommandError(f"There is no integration {unknown[0]}. There are: {', '.join(BY_SLUG)}.")
        self.stdout.write(f"Specification for {tenant.name}\n")
        for slug, integration in BY_SLUG.items():
            if slug in wanted:
                found = specification(integration, options_of(tenant, integration))
                self.stdout.write("\n".join(lines(found)))
        rules = CostCodeRule.objects.filter(tenant=tenant).count()
        self.stdout.write(f"\n{rules} cost code rules are in force; the portal lists and exports them.")


def lines(found: Specification) -> Iterator[str]:
    """The specification of one integration as lines of text."""
    yield f"\n{found.name}\n{'=' * len(found.name)}\n{found.sentence}"
    yield f"\nRecords: {found.records}."
    if found.conditions:
        yield "Conditions, and what happens when one does not hold:"
        yield from (f"  - {condition}: {otherwise}" for condition, otherwise in found.conditions)
    if found.matching:
        yield f"Found again in the other system by: {', '.join(found.matching)}."
    for document in found.documents:
        yield from _document(document)
    if found.options:
        yield "\nOptions in force:"
        yield from (f"  {'*' if row.differs else ' '} {row.label}: {row.value}" for row in found.options)
        if any(row.differs for row in found.options):
            yield "  (* differs from the standard)"


def _document(document: DocumentSpecification) -> Iterator[str]:
    yield f"\n{document.name}"
    yield from (_field(row) for row in document.fields)
    for sentence, rows in document.lines:
        yield f"  Lines: {sentence}"
        yield from ("  " + _field(row) for row in rows)


def _field(row: FieldRow) -> str:
    remark = f" ({row.remark})" if row.remark else ""
    return f"  {row.field}: {row.source}{remark}"
