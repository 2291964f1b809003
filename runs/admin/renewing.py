"""Bring what was sent to the rules and options in force: choose integrations, make a plan to approve."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from integrations.admin.access import EDITORS, tenant_or_404, tenants_for
from integrations.models import Setting, Tenant
from integrations.registry import BY_SLUG, NAMES
from integrations.rule_books import OWN
from mappings.models import Link
from runs.admin.starting import started
from runs.models import Mode


class RenewalForm(forms.Form):
    """What is to be looked at. Only integrations that are on and have sent something are offered."""

    integrations = forms.MultipleChoiceField(
        label="Integrations",
        choices=(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one integration."},
    )

    def __init__(self, *given: Any, tenant: Tenant, **named: Any) -> None:
        super().__init__(*given, **named)
        fields: dict[str, Any] = self.fields
        fields["integrations"].choices = [(slug, NAMES[slug]) for slug in offered(tenant)]


def offered(tenant: Tenant) -> list[str]:
    """Slugs of the integrations that are on and have sent something to Procore or Xero, in running order."""
    on = set(Setting.objects.filter(tenant=tenant, enabled=True).values_list("integration", flat=True))
    linked = Link.objects.filter(tenant=tenant).linked().order_by()
    sent = set(linked.values_list("integration", flat=True).distinct())
    own = {slug for slug, one in BY_SLUG.items() if {t.system for t in one.targets().values()} == {OWN}}
    return [slug for slug in BY_SLUG if slug in (on & sent) - own]


def page(request: HttpRequest, site: Any, opts: Any) -> HttpResponse:
    """What it does, for which integrations, and the button that makes the plan. Raises Http404 and
    PermissionDenied.
    """
    tenants = tenants_for(request, EDITORS)
    named = request.GET.get("client", "")
    tenant = tenant_or_404(request, named, EDITORS) if named else tenants.first()
    if tenant is None:
        raise PermissionDenied
    asked = request.GET.get("integration", "")
    ticked = [slug for slug in offered(tenant) if asked in ("", slug)]
    posted = request.POST if request.method == "POST" else None
    form = RenewalForm(posted, tenant=tenant, initial={"integrations": ticked})
    if form.is_valid():
        chosen = form.cleaned_data["integrations"]
        return started(request, tenant, chosen, mode=Mode.DEBUG, renews=True)
    context = {**site.each_context(request), "title": "Apply rules to what was sent", "opts": opts}
    context |= {"form": form, "tenant": tenant, "tenants": tenants, "nothing": not offered(tenant)}
    return TemplateResponse(request, "admin/runs/run/renew.html", context)
