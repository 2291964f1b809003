"""Review: why something is not in the other system, and who does what about it."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from integrations.admin.access import (
    ADMINISTRATORS,
    EDITORS,
    TenantFilter,
    colleagues,
    tenants_for,
)
from integrations.admin.display import amount, chip, count, day, inside, joined, outside, two_lines, when
from integrations.admin.options import name_of
from integrations.sentences import sentence
from mappings.csv_file import written
from runs import dispatch, fixes
from runs.admin import adjusting
from runs.admin.deciding import Deciding
from runs.admin.filters import AudienceFilter, IntegrationFilter, KindFilter, StateFilter
from runs.admin.words import AUDIENCES, SIDES, WARNING_COLOURS, kind_words
from runs.models import Mode, Run, Scope, Warning, WarningState

UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
COLUMNS = (
    "tenant", "integration", "record", "project", "what is wrong", "who acts", "amount", "first seen",
    "last seen", "times", "state", "links",
)  # fmt: skip


class UntilForm(forms.Form):
    """Until when warnings stay quiet."""

    until = forms.DateField(label="Quiet until", widget=forms.DateInput(attrs={"type": "date"}))

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if until < timezone.localdate():
            raise forms.ValidationError("Choose today or a later day.")
        return until


class AssignForm(forms.Form):
    """Who looks after warnings."""

    person = forms.ModelChoiceField(queryset=User.objects.none(), required=False, empty_label="nobody")


@admin.register(Warning)
class WarningAdmin(Deciding):
    """Warnings across runs."""

    rights = {"view": "for_user"}
    intro = (
        "Records that wait for somebody: what is wrong, who acts, and since when. A warning closes by itself "
        "when a "
        "run finds its cause gone."
    )
    empty = "Nothing waits for anybody. Warnings of the next run appear here."
    list_display = ("record", "tenant", "problem", "amount_held", "acts", "since", "again_button")
    list_display_links = None
    list_filter = (TenantFilter, StateFilter, IntegrationFilter, AudienceFilter, KindFilter)
    list_select_related = ("tenant", "assigned_to")
    search_fields = ("search",)
    search_help_text = "Name, number, id, project, message, or an address pasted from Procore or Xero."
    least_letters = 3
    actions = (
        "run_again", "test_again", "acknowledge", "assign", "mark_already", "send_although", "export",
    )  # fmt: skip

    def list_title(self) -> str:
        return "Review"

    def get_urls(self) -> list[URLPattern]:
        again = path("<int:pk>/again/", self.admin_site.admin_view(self.again), name="warning_again")
        sent = path("<int:pk>/adjust/", self.admin_site.admin_view(self.adjust), name="warning_adjust")
        return [again, sent, *super().get_urls()]

    # --- searching and grouping

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Words, or the record that a pasted address leads to."""
        if search_term.strip().lower().startswith(("http://", "https://")):
            return queryset.filter(by_address(search_term.strip())), False
        found, duplicates = super().get_search_results(request, queryset, search_term)
        short = bool(search_term) and max(map(len, search_term.split()), default=0) < self.least_letters
        return (found, duplicates) if short else (queryset.mentioning(search_term), False)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list below its groups: how many of each kind, and the money they hold."""
        answer = super().changelist_view(request, extra_context)
        shown = getattr(answer, "context_data", None)
        if shown and "cl" in shown:
            shown["groups"] = groups_of(shown["cl"], request)
        return answer

    # --- columns

    @admin.display(description="record", ordering="record_title")
    def record(self, warning: Warning) -> str:
        address = reverse("admin:runs_warning_change", args=[warning.pk])
        sides = joined(
            [outside(link["url"], SIDES.get(link.get("label", ""), "Open")) for link in warning.links], " · "
        )
        project = f"project {warning.project}" if warning.project else ""
        below = joined([part for part in (project, sides) if part], " · ")
        return two_lines(inside(address, warning.record_title), below)

    @admin.display(description="what is wrong")
    def problem(self, warning: Warning) -> str:
        below = name_of(warning.integration)
        if warning.affected:
            below += f", holds up {count(len(warning.affected), 'record')}"
        return format_html('<span>{}</span><span class="second">{}</span>', sentence(warning.message), below)

    @admin.display(description="holds", ordering="amount")
    def amount_held(self, warning: Warning) -> str:
        return amount(warning.amount) if warning.amount is not None else ""

    @admin.display(description="who acts", ordering="audience")
    def acts(self, warning: Warning) -> str:
        person = warning.assigned_to
        name = (person.get_full_name() or person.username) if person else ""
        words = AUDIENCES.get(warning.audience, warning.audience)
        return format_html('<span>{}</span><span class="second">{}</span>', words, name)

    @admin.display(description="since", ordering="first_seen")
    def since(self, warning: Warning) -> str:
        state = "" if warning.is_open else chip(state_words(warning), WARNING_COLOURS[warning.state])
        often = f"in {count(warning.times, 'run')}"
        return joined(
            [
                when(warning.first_seen, warning.tenant),
                format_html('<span class="second">{}</span>', often),
                state,
            ]
        )

    @admin.display(description="")
    def again_button(self, warning: Warning) -> str:
        if warning.state == WarningState.RESOLVED:
            return ""
        address = reverse("admin:warning_again", args=[warning.pk])
        return format_html(
            '<button class="button quiet small" type="submit" formaction="{}" name="mode" value="live" '
            'title="Reads this record again and sends it if its cause is gone">Run again</button>',
            address,
        )

    # --- one warning

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Cause, fix, links to both systems and what happened so far. Raises Http404 for another tenant's."""
        warning = self.get_object(request, object_id)
        if warning is None:
            raise Http404
        words, address = fixes.fix_of(warning)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": warning.record_title,
            "warning": warning,
            "sentence": sentence(warning.message),
            "state": chip(state_words(warning), WARNING_COLOURS[warning.state]),
            "acts": AUDIENCES.get(warning.audience, warning.audience),
            "kind": kind_words(warning.code),
            "fix_words": words,
            "fix_address": address,
            "sides": [(link["url"], SIDES.get(link.get("label", ""), "Open")) for link in warning.links],
            "may_run": self.rows_for(request, [warning], ADMINISTRATORS),
            "may_test": self.rows_for(request, [warning], EDITORS),
            "may_adjust": adjusting.may_send(request, warning),
        }
        return TemplateResponse(request, "admin/runs/warning/page.html", context)

    def rows_for(self, request: HttpRequest, warnings: Iterable[Warning], right: str) -> list[Warning]:
        """Those warnings for whose tenants the person has a right."""
        allowed = set(tenants_for(request, right).values_list("pk", flat=True))
        return [warning for warning in warnings if warning.tenant_id in allowed]

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Run again for one record, from its button. Raises Http404 for another tenant's."""
        warning = self.get_queryset(request).filter(pk=pk).select_related("tenant").first()
        if warning is None or request.method != "POST":
            raise Http404
        mode = Mode.DEBUG if request.POST.get("mode") == "debug" else Mode.LIVE
        right = EDITORS if mode == Mode.DEBUG else ADMINISTRATORS
        if not self.rows_for(request, [warning], right):
            raise PermissionDenied
        runs = start_again([warning], request, mode)
        return HttpResponseRedirect(reverse("admin:runs_run_change", args=[runs[0].pk]))

    def adjust(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send the adjustment that a warning proposes, from its button."""
        return adjusting.send_adjustment(request, self.get_queryset(request), pk)

    # --- actions

    @admin.action(description="Run again for these records")
    def run_again(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self.repeat(request, queryset, Mode.LIVE)

    @admin.action(description="Test again (nothing is sent)")
    def test_again(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self.repeat(request, queryset, Mode.DEBUG)

    def repeat(self, request: HttpRequest, queryset: Any, mode: str) -> HttpResponse | None:
        """One run per tenant and integration for the chosen records."""
        right = EDITORS if mode == Mode.DEBUG else ADMINISTRATORS
        chosen = self.rows_for(request, queryset.select_related("tenant"), right)
        if not chosen:
            raise PermissionDenied
        runs = start_again(chosen, request, mode)
        if len(runs) == 1:
            return HttpResponseRedirect(reverse("admin:runs_run_change", args=[runs[0].pk]))
        messages.success(request, f"{count(len(runs), 'run')} started for {count(len(chosen), 'record')}.")
        return None

    @admin.action(description="Acknowledge until a date…")
    def acknowledge(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Keep warnings quiet until a date."""
        form = UntilForm(request.POST if "apply" in request.POST else None)
        chosen = self.rows_for(request, queryset, EDITORS)
        if not chosen:
            raise PermissionDenied
        if "apply" in request.POST and form.is_valid():
            for warning in chosen:
                warning.acknowledge(form.cleaned_data["until"], request.user.get_username())
            until = form.cleaned_data["until"]
            told = f"{count(len(chosen), 'warning')} acknowledged until {day(until, chosen[0].tenant)}."
            messages.success(request, told)
            return None
        return self.asked(request, chosen, form, "acknowledge", "Acknowledge warnings", "Acknowledge")

    @admin.action(description="Assign to somebody…")
    def assign(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Give warnings to a person of their tenant."""
        form = AssignForm(request.POST if "apply" in request.POST else None)
        form.fields["person"].queryset = colleagues(request)  # type: ignore[attr-defined]
        chosen = self.rows_for(request, queryset, EDITORS)
        if not chosen:
            raise PermissionDenied
        if "apply" in request.POST and form.is_valid():
            Warning.objects.filter(pk__in=[row.pk for row in chosen]).update(
                assigned_to=form.cleaned_data["person"]
            )
            messages.success(request, f"{count(len(chosen), 'warning')} assigned.")
            return None
        return self.asked(request, chosen, form, "assign", "Assign warnings", "Assign")

    def asked(
        self,
        request: HttpRequest,
        chosen: list[Warning],
        form: forms.Form,
        action: str,
        title: str,
        words: str,
        says: str = "",
    ) -> HttpResponse:
        """The page that asks for what an action needs."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "form": form,
            "chosen": chosen,
            "action": action,
            "words": words,
            "says": says,
            "checkbox": ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/runs/warning/ask.html", context)

    @admin.action(description="Export as CSV")
    def export(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        """The chosen warnings as a file that no spreadsheet takes for formulas."""
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="warnings-{timezone.localdate():%Y-%m-%d}.csv"'
        answer.write(
            "\ufeff" + written(COLUMNS, (row_of(warning) for warning in queryset.select_related("tenant")))
        )
        return answer


def row_of(warning: Warning) -> list[str]:
    """A warning as a row of a file."""
    return [
        warning.tenant.name, name_of(warning.integration), warning.record_title, warning.project,
        sentence(warning.message),
        AUDIENCES.get(warning.audience, warning.audience),
        "" if warning.amount is None else str(warning.amount),
        warning.first_seen.isoformat(), warning.last_seen.isoformat(), str(warning.times),
        state_words(warning),
        " ".join(link["url"] for link in warning.links),
    ]  # fmt: skip


def state_words(warning: Warning) -> str:
    """`acknowledged until 3 Dec`."""
    if warning.state == WarningState.ACKNOWLEDGED and warning.acknowledged_until and not warning.is_open:
        return f"acknowledged until {day(warning.acknowledged_until, warning.tenant)}"
    return "open" if warning.is_open else str(WarningState(warning.state).label)


def by_address(address: str) -> Q:
    """Warnings about the record that an address leads to."""
    place = address.split("?")[0].split("#")[0].rstrip("/")
    ids = UUID.findall(address) + re.findall(r"(?<=[/=])\d{3,}(?=[/?&#]|$)", address)
    found = Q(links__icontains=place.partition("://")[2])
    return found | Q(record_key__in=ids[-1:]) if ids else found


def start_again(warnings: Iterable[Warning], request: HttpRequest, mode: str) -> list[Run]:
    """A run per tenant and integration for the records that warnings are about."""
    groups: dict[tuple[int, str], list[Warning]] = {}
    for warning in warnings:
        groups.setdefault((warning.tenant_id, warning.integration), []).append(warning)
    runs = []
    for (_tenant, integration), rows in groups.items():
        keys = dict.fromkeys(key for row in rows for key in keys_of(row))
        whole = not keys
        runs.append(
            dispatch.start(
                rows[0].tenant,
                [integration],
                mode=mode,
                scope=Scope.EVERYTHING if whole else Scope.RECORD,
                value="" if whole else ", ".join(row.record_title for row in rows)[:300],
                subjects=list(keys),
                started_by=request.user.get_username(),
                user=request.user,
            )
        )
    return runs


def keys_of(warning: Warning) -> list[str]:
    """The records to look at again: its own, or those it holds up; none when it is about an integration."""
    if warning.affected:
        return [str(row["key"]) for row in warning.affected]
    return [warning.record_key] if warning.record_key != "*" else []


def groups_of(changelist: Any, request: HttpRequest) -> list[dict[str, Any]]:
    """Kinds of warnings within the filters, with counts and money, most first."""
    chosen = request.GET.get(KindFilter.parameter_name, "")
    rows = changelist.root_queryset
    for spec in changelist.filter_specs:
        if not isinstance(spec, KindFilter):
            rows = spec.queryset(request, rows)
    if changelist.query:
        rows, _ = changelist.model_admin.get_search_results(request, rows, changelist.query)
    counted = (
        rows.order_by()
        .values("code")
        .annotate(number=Count("pk"), money=Sum("amount"))
        .order_by("-number")[:30]
    )
    return [
        {
            "words": kind_words(row["code"]),
            "number": row["number"],
            "money": amount(row["money"]) if row["money"] else "",
            "chosen": row["code"] == chosen,
            "address": changelist.get_query_string(
                {KindFilter.parameter_name: row["code"]} if row["code"] != chosen else {},
                [KindFilter.parameter_name] if row["code"] == chosen else [],
            ),
        }
        for row in counted
    ]
