"""Going live with years of documents on both sides: which are the same, approved in bulk."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from integrations.admin.access import ADMINISTRATORS, TenantAdmin, TenantFilter, tenants_for
from integrations.admin.display import amount, chip, count, day, outside, two_lines
from integrations.admin.options import name_of
from integrations.models import Tenant
from integrations.registry import INTEGRATIONS
from mappings import decisions
from mappings.admin.links import IntegrationFilter
from mappings.decisions import Place, Undecided
from runs import linking, pairing
from runs.admin.starting import started
from runs.models import Mode, Pairing, PairState, Scope, StartedFrom

OFFERED = tuple(
    item.slug
    for item in INTEGRATIONS
    if any(one.total and one.search and one.system == "xero" for one in item.targets().values())
    and not item.follows
)
COLOURS = {PairState.PROPOSED: "orange", PairState.ACCEPTED: "green", PairState.DISMISSED: "grey"}
SAME = "paired at go-live"


class LookForm(forms.Form):
    """For whom, and which kinds of documents."""

    tenant = forms.ModelChoiceField(label="Tenant", queryset=Tenant.objects.none(), empty_label=None)
    integrations = forms.MultipleChoiceField(
        label="Documents", choices=(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *given: Any, request: HttpRequest, **named: Any) -> None:
        super().__init__(*given, **named)
        fields: dict[str, Any] = self.fields
        fields["tenant"].queryset = tenants_for(request, ADMINISTRATORS)
        fields["tenant"].initial = fields["tenant"].queryset.first()
        fields["integrations"].choices = [(slug, name_of(slug)) for slug in OFFERED]
        fields["integrations"].initial = ["progress-claims"]


class KindFilter(IntegrationFilter):
    """By the kinds of documents that are compared."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(slug, name_of(slug)) for slug in OFFERED]


class SureFilter(admin.SimpleListFilter):
    """By how sure it is."""

    title = "confidence"
    parameter_name = "sure"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [("yes", "Sure"), ("no", "Needs a look")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        sure = Pairing.objects.sure().values("pk")
        match self.value():
            case "yes":
                return queryset.filter(pk__in=sure)
            case "no":
                return queryset.exclude(pk__in=sure)
        return queryset


class StateFilter(admin.SimpleListFilter):
    """By what was decided; what is to be decided unless another is chosen."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        decided = [
            (value, words.capitalize()) for value, words in PairState.choices if value != PairState.PROPOSED
        ]
        return [*decided, ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        shown = list(super().choices(changelist))
        return [{**shown[0], "display": PairState.PROPOSED.label.capitalize()}, *shown[1:]]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        asked = self.value() or PairState.PROPOSED
        return queryset if asked == "all" else queryset.filter(state=asked)


@admin.register(Pairing)
class PairingAdmin(TenantAdmin):
    """Pairs to be decided: the same, not the same, or never to be sent."""

    intro = (
        "Documents that are in both systems already. Approve those that are the same: the next run links "
        "them and sends nothing."
    )
    empty = "No pairs to decide about. Choose “Look for pairs” before the first live run."
    list_display = ("record", "tenant", "there", "amounts", "days", "sureness", "decision")
    list_display_links = None
    list_filter = (TenantFilter, KindFilter, SureFilter, StateFilter)
    list_select_related = ("tenant",)
    search_fields = ("title", "number", "target_title", "target_number", "project")
    actions = ("same", "same_all", "not_the_same", "never_send")

    def get_urls(self) -> list[URLPattern]:
        look = path("look/", self.admin_site.admin_view(self.look), name="pairing_look")
        return [look, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The pairs, with the way to look for more."""
        look = {"words": "Look for pairs", "address": reverse("admin:pairing_look"), "main": True}
        tools = [look] if tenants_for(request, ADMINISTRATORS).exists() else []
        return super().changelist_view(request, {"tools": tools, **(extra_context or {})})

    def list_title(self) -> str:
        return "Go-live"

    # --- columns

    @admin.display(description="record in Procore", ordering="title")
    def record(self, row: Pairing) -> str:
        told = " · ".join(part for part in (name_of(row.integration), row.project) if part)
        return two_lines(outside(row.source_url, row.title), told)

    @admin.display(description="document in Xero", ordering="target_title")
    def there(self, row: Pairing) -> str:
        return two_lines(outside(row.target_url, row.target_title), row.words)

    @admin.display(description="before tax", ordering="amount")
    def amounts(self, row: Pairing) -> str:
        differs = "" if row.amount == row.target_amount else f"there {amount(row.target_amount)}"
        return two_lines(amount(row.amount), differs)

    @admin.display(description="date", ordering="day")
    def days(self, row: Pairing) -> str:
        differs = row.target_day is not None and row.target_day != row.day
        there = f"there {day(row.target_day, row.tenant)}" if differs else ""
        return two_lines(day(row.day, row.tenant), there)

    @admin.display(description="confidence", ordering="confidence")
    def sureness(self, row: Pairing) -> str:
        others = f"{count(row.rivals, 'other')} fit{'s' if row.rivals == 1 else ''} too" if row.rivals else ""
        return two_lines(chip(f"{row.confidence} %", "green" if row.is_sure else "orange"), others)

    @admin.display(description="decision", ordering="state")
    def decision(self, row: Pairing) -> str:
        return chip(row.get_state_display(), COLOURS[PairState(row.state)])

    # --- decisions

    @admin.action(description="They are the same: link them")
    def same(self, request: HttpRequest, queryset: Any) -> None:
        """Link the chosen pairs in the next run."""
        self.accept(request, queryset)

    @admin.action(description="Link those of them that are sure")
    def same_all(self, request: HttpRequest, queryset: Any) -> None:
        """Link only pairs that agree in all and have no rival."""
        self.accept(request, queryset.filter(pk__in=Pairing.objects.sure().values("pk")))

    @admin.action(description="They are not the same")
    def not_the_same(self, request: HttpRequest, queryset: Any) -> None:
        """The record is sent as a document of its own."""
        rows = self.decidable(request, queryset)
        for row in rows:
            pairing.decided(row, PairState.DISMISSED, request.user, timezone.now())
        messages.success(request, f"{count(len(rows), 'pair')} set apart.")

    @admin.action(description="Already there otherwise: never send the record")
    def never_send(self, request: HttpRequest, queryset: Any) -> None:
        """Mark the records as being in the other system, without a link."""
        rows, done = self.decidable(request, queryset), 0
        for row in rows:
            try:
                decisions.mark_already(place_of(row), reason=SAME, user=request.user)
            except Undecided as why:
                messages.warning(request, f"{row.title}: {why}")
                continue
            linking.look_again(place_of(row), settled=True)
            pairing.decided(row, PairState.ACCEPTED, request.user, timezone.now())
            done += 1
        messages.success(request, f"{count(done, 'record')} will never be sent.")

    def accept(self, request: HttpRequest, queryset: Any) -> None:
        """Choose each pair's document for its record; two pairs of one document are never both taken."""
        rows, done = self.decidable(request, queryset), 0
        for row in rows:
            try:
                decisions.choose(place_of(row), row.target_id, reason=SAME, user=request.user)
            except Undecided as why:
                messages.warning(request, f"{row.title}: {why}")
                continue
            linking.look_again(place_of(row))
            pairing.decided(row, PairState.ACCEPTED, request.user, timezone.now())
            done += 1
        messages.success(request, f"{count(done, 'pair')} approved. The next run links them.")

    def decidable(self, request: HttpRequest, queryset: Any) -> list[Pairing]:
        """Undecided pairs for whose tenants the person may decide. Raises PermissionDenied."""
        allowed = self.allowed(request, queryset, "view").filter(
            tenant__in=tenants_for(request, ADMINISTRATORS)
        )
        if queryset.exists() and not allowed.exists():
            raise PermissionDenied
        return list(allowed.filter(state=PairState.PROPOSED).select_related("tenant"))

    # --- looking for them

    def look(self, request: HttpRequest) -> HttpResponse:
        """Ask for whom, then start the search; its run shows how far it is."""
        if not tenants_for(request, ADMINISTRATORS).exists():
            raise PermissionDenied
        form = LookForm(request.POST or None, request=request)
        if request.method == "POST" and form.is_valid():
            tenant, chosen = form.cleaned_data["tenant"], form.cleaned_data["integrations"]
            return started(
                request, tenant, chosen, mode=Mode.PAIRING, scope=Scope.EVERYTHING, value="",
                source=StartedFrom.HAND,
            )  # fmt: skip
        context = {**self.admin_site.each_context(request), "title": "Look for pairs", "form": form,
                   "opts": self.opts}  # fmt: skip
        return TemplateResponse(request, "admin/runs/pairing/look.html", context)


def place_of(row: Pairing) -> Place:
    """The record of a pair, for a decision about it."""
    return Place(
        tenant=row.tenant, integration=row.integration, role=row.role, subject=row.subject, group=row.group,
        title=row.title, project_id=row.project_id, system=row.system, resource=row.resource,
        scope_id=row.scope_id,
    )  # fmt: skip
