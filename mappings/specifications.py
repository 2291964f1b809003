"""The specification of a tenant: what OneCore does for it, under its own options and rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from integrations import registry
from integrations.models import Setting, Tenant
from integrations.specs import OptionRow, Specification, option_rows, specification
from integrations.wording import words
from mappings.context import options_of
from mappings.resources import ReverseRuleResource, RuleResource
from mappings.tax_code_files import TaxCodeResource
from mappings.terms_file import TermsResource
from mappings.vendor_files import UnregisteredVendorResource

TABLES: Sequence[tuple[str, type[RuleResource]]] = (
    ("Cost code rules", RuleResource),
    ("Reverse rules", ReverseRuleResource),
    ("Tax codes", TaxCodeResource),
    ("Vendors not registered for GST", UnregisteredVendorResource),
    ("Retention terms of contracts", TermsResource),
)
MOST_ROWS = 2000
EVERY = "every"
UNSAID = frozenset({"note", "contract_id"})


@dataclass(frozen=True, kw_only=True)
class Part:
    """One integration: whether it is on, from which day, and who is told of its runs."""

    on: bool
    start: date | None
    told: str
    specification: Specification


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rules of one kind: rows of texts under columns, and how many more there are."""

    name: str
    columns: list[str]
    rows: list[list[str]]
    more: int


@dataclass(frozen=True, kw_only=True)
class TenantSpecification:
    """Choices common to all, the integrations in the order they run, and the rules in force."""

    common: tuple[OptionRow, ...]
    parts: list[Part]
    tables: list[Table]


def specification_of(tenant: Tenant) -> TenantSpecification:
    """Everything that a tenant's accountant signs."""
    settings = {setting.integration: setting for setting in Setting.objects.filter(tenant=tenant)}
    common = settings.get(registry.TENANT)
    return TenantSpecification(
        common=option_rows(registry.TENANT_OPTIONS, common.options if common else {}),
        parts=[_part(tenant, slug, settings.get(slug)) for slug in registry.BY_SLUG],
        tables=[_table(tenant, name, resource) for name, resource in TABLES],
    )


def _part(tenant: Tenant, slug: str, setting: Setting | None) -> Part:
    integration = registry.BY_SLUG[slug]
    return Part(
        on=bool(setting and setting.enabled),
        start=setting.start_date if setting else None,
        told=", ".join(setting.recipients) if setting and setting.recipients else "nobody",
        specification=specification(integration, options_of(tenant, integration)),
    )


def _table(tenant: Tenant, name: str, resource: type[RuleResource]) -> Table:
    """The tenant's rules of one kind, without the columns that none of them fills."""
    model: Any = resource._meta.model
    named = [one for one in (*resource.key, *resource.values) if one not in UNSAID]
    found = model.objects.filter(tenant=tenant).order_by(*resource.key)
    rows = [[_text(one, column, resource) for column in named] for one in found[:MOST_ROWS]]
    used = [place for place in range(len(named)) if any(row[place] not in ("", EVERY) for row in rows)]
    return Table(
        name=name,
        columns=[_headed(named[place]) for place in used],
        rows=[[row[place] for place in used] for row in rows],
        more=max(found.count() - MOST_ROWS, 0),
    )


def _headed(column: str) -> str:
    return words(column).capitalize()


def _text(rule: Any, column: str, resource: type[RuleResource]) -> str:
    """A value of a rule as people read it; an empty one that the rule asks for means every."""
    value = getattr(rule, column)
    if value in (None, ""):
        return EVERY if column in resource.key else ""
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, date):
        return f"{value:%-d %b %Y}"
    shown = getattr(rule, f"get_{column}_display", None)
    return str(shown() if shown else value)
