"""The specification of a tenant as a page to print and sign."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from integrations.admin.access import tenant_or_404, tenants_for
from integrations.models import Setting
from integrations.registry import INTEGRATIONS, TENANT, TENANT_OPTIONS
from integrations.specs import specification
from mappings.models import CostCodeRule

MOST_RULES = 2000


def choose(request: HttpRequest, site: Any) -> HttpResponse:
    """The specification of the only tenant, or a list to choose from."""
    tenants = list(tenants_for(request)[:500])
    if len(tenants) == 1:
        return redirect("admin:specification", tenants[0].slug)
    context = {**site.each_context(request), "title": "Specification", "tenants": tenants}
    return TemplateResponse(request, "admin/specifications.html", context)


def page(request: HttpRequest, site: Any, slug: str) -> HttpResponse:
    """Everything OneCore does for a tenant, in words. Raises Http404 for another tenant."""
    tenant = tenant_or_404(request, slug)
    settings = {setting.integration: setting for setting in Setting.objects.filter(tenant=tenant)}
    rules = CostCodeRule.objects.filter(tenant=tenant).order_by("code", "project", "cost_type", "vendor")
    context = {
        **site.each_context(request),
        "title": f"Specification for {tenant}",
        "tenant": tenant,
        "today": timezone.localdate(),
        "common": common_options(settings.get(TENANT)),
        "parts": [part_of(integration, settings) for integration in INTEGRATIONS],
        "rules": rules[:MOST_RULES],
        "more_rules": max(rules.count() - MOST_RULES, 0),
    }
    return TemplateResponse(request, "admin/specification.html", context)


def part_of(integration: Any, settings: dict[str, Setting]) -> dict[str, Any]:
    """One integration's part, with the tenant's own and common options in force."""
    setting, common = settings.get(integration.slug), settings.get(TENANT)
    own = dict(setting.options) if setting else {}
    shared = dict(common.options) if common else {}
    return {
        "on": bool(setting and setting.enabled),
        "start": setting.start_date if setting else None,
        "told": ", ".join(setting.recipients) if setting and setting.recipients else "nobody",
        "specification": specification(integration, shared | own),
    }


def common_options(setting: Setting | None) -> list[tuple[str, str, bool]]:
    """The tenant's own options: label, value in words, whether it differs from the standard."""
    chosen = dict(setting.options) if setting else {}
    rows = []
    for option in TENANT_OPTIONS:
        value = chosen.get(option.name, option.default)
        words = (
            {True: "yes", False: "no"}[value]
            if isinstance(value, bool)
            else dict(option.choices).get(value, value)
        )
        shown = f"{words:,}" if isinstance(words, int) else str(words)
        rows.append((option.label, shown, value != option.default))
    return rows
