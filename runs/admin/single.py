"""One project: find it, tick what to run, test or send."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from integrations.admin.access import ADMINISTRATORS, EDITORS, tenants_for
from integrations.errors import ApiError
from integrations.models import Setting, Tenant
from integrations.registry import BY_SLUG, INTEGRATIONS, NAMES
from runs.admin.starting import started
from runs.lookup import Found, find_project
from runs.models import Mode, Scope, StartedFrom

OFFERED = tuple(
    item.slug for item in INTEGRATIONS if item.per_project or item.slug == "projects" or item.follows
)


class ProjectForm(forms.Form):
    """The project, and what to run for it."""

    tenant = forms.ModelChoiceField(label="Tenant", queryset=Tenant.objects.none(), empty_label=None)
    project = forms.CharField(
        label="Project",
        max_length=300,
        widget=forms.TextInput(
            attrs={"size": 60, "placeholder": "Number, or the address of its page in Procore"}
        ),
    )
    integrations = forms.MultipleChoiceField(
        label="Integrations", choices=(), widget=forms.CheckboxSelectMultiple, required=False
    )

    def __init__(self, *given: Any, request: HttpRequest, ticked: list[str], **named: Any) -> None:
        super().__init__(*given, **named)
        tenants = tenants_for(request, EDITORS)
        fields: dict[str, Any] = self.fields
        fields["tenant"].queryset = tenants
        self.fields["tenant"].initial = (
            tenants.filter(slug=request.GET.get("client", "")).first() or tenants.first()
        )
        fields["integrations"].choices = [(slug, NAMES[slug]) for slug in OFFERED]
        self.fields["integrations"].initial = ticked


def page(request: HttpRequest, site: Any, remembered: Any) -> HttpResponse:
    """Find first, then test or send. `remembered` keeps what the person ticked."""
    if not tenants_for(request, EDITORS).exists():
        raise PermissionDenied
    ticked = [slug for slug in remembered.ticked if slug in OFFERED] or list(OFFERED)
    form = ProjectForm(request.POST or None, request=request, ticked=ticked)
    found: Found | None = None
    told = ""
    if request.method == "POST" and form.is_valid():
        tenant, chosen = form.cleaned_data["tenant"], form.cleaned_data["integrations"]
        remembered.ticked = chosen
        remembered.save()
        found, told = looked_for(tenant, form.cleaned_data["project"])
        mode = request.POST.get("mode")
        if mode and (found or told) and not chosen:
            form.add_error("integrations", "Tick at least one integration.")
        elif mode in (Mode.LIVE, Mode.DEBUG) and found:
            return send(request, tenant, found, chosen, mode)
        if found is None and not told:
            form.add_error("project", "Procore has no such project, or the connection may not see it.")
    context = {
        **site.each_context(request),
        "title": "Single project",
        "form": form,
        "found": found,
        "told": told,
        "may_send": may_send(request, form),
        "off": switched_off(form),
    }
    return TemplateResponse(request, "admin/runs/run/single.html", context)


def looked_for(tenant: Tenant, typed: str) -> tuple[Found | None, str]:
    """The project in Procore now, or why it could not be looked for."""
    try:
        return find_project(tenant, typed), ""
    except ApiError as error:
        return None, getattr(error, "message", "") or "Procore did not answer."


def may_send(request: HttpRequest, form: ProjectForm) -> bool:
    """Whether the person may start live runs for the chosen tenant."""
    tenant = getattr(form, "cleaned_data", {}).get("tenant") or form.fields["tenant"].initial
    return tenant is not None and tenants_for(request, ADMINISTRATORS).filter(pk=tenant.pk).exists()


def switched_off(form: ProjectForm) -> list[str]:
    """Ticked integrations that are off for the tenant: this form runs them all the same."""
    given = getattr(form, "cleaned_data", {})
    tenant, chosen = given.get("tenant"), given.get("integrations") or []
    if tenant is None:
        return []
    on = set(Setting.objects.filter(tenant=tenant, enabled=True).values_list("integration", flat=True))
    return [NAMES[slug] for slug in chosen if slug not in on]


def send(request: HttpRequest, tenant: Tenant, found: Found, chosen: list[str], mode: str) -> HttpResponse:
    """Start the run; a live one needs an administrator. Raises PermissionDenied."""
    if mode == Mode.LIVE and not tenants_for(request, ADMINISTRATORS).filter(pk=tenant.pk).exists():
        raise PermissionDenied
    named = [slug for slug in BY_SLUG if slug in chosen]
    return started(
        request, tenant, named, mode=mode, scope=Scope.PROJECT, value=found.value, source=StartedFrom.FORM
    )
