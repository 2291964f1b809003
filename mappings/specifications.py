"""The specification of a tenant: what OneCore does for it, under its own options and rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from integrations import registry
from integrations.models import Setting, Tenant
from integrations.specs import OptionRow, Specification, option_rows, specification
from mappings.context import options_of
from mappings.models import CostCodeRule

MOST_RULES = 2000


@dataclass(frozen=True, kw_only=True)
class Part:
    """One integration: whether it is on, from which day, and who is told of its runs."""

    on: bool
    start: date | None
    told: str
    specification: Specification


@dataclass(frozen=True, kw_only=True)
class TenantSpecification:
    """Choices common to all, the integrations in the order they run, and the rules in force."""

    common: tuple[OptionRow, ...]
    parts: list[Part]
    rules: Iterable[CostCodeRule]
    more_rules: int


def specification_of(tenant: Tenant) -> TenantSpecification:
    """Everything that a tenant's accountant signs."""
    settings = {setting.integration: setting for setting in Setting.objects.filter(tenant=tenant)}
    common = settings.get(registry.TENANT)
    rules = CostCodeRule.objects.filter(tenant=tenant).order_by("code", "project", "cost_type", "vendor")
    return TenantSpecification(
        common=option_rows(registry.TENANT_OPTIONS, common.options if common else {}),
        parts=[_part(tenant, slug, settings.get(slug)) for slug in registry.BY_SLUG],
        rules=rules[:MOST_RULES],
        more_rules=max(rules.count() - MOST_RULES, 0),
    )


def _part(tenant: Tenant, slug: str, setting: Setting | None) -> Part:
    integration = registry.BY_SLUG[slug]
    return Part(
        on=bool(setting and setting.enabled),
        start=setting.start_date if setting else None,
        told=", ".join(setting.recipients) if setting and setting.recipients else "nobody",
        specification=specification(integration, options_of(tenant, integration)),
    )
