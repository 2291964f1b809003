"""The specification of a tenant as a page to print and sign."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone

from integrations.admin.access import tenant_or_404, tenants_for
from mappings.specifications import specification_of


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
    context = {
        **site.each_context(request),
        "title": f"Specification for {tenant}",
        "tenant": tenant,
        "today": timezone.localdate(),
        "whole": specification_of(tenant),
    }
    return TemplateResponse(request, "admin/specification.html", context)
