"""Runs: what each did, whether that is right, and the decision on plans."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from integrations.admin.access import (
    ADMINISTRATORS,
    APPROVERS,
    EDITORS,
    TenantAdmin,
    TenantFilter,
    tenant_or_404,
    tenants_for,
)
from integrations.admin.display import chip, duration, inside, joined, two_lines, when
from mappings.csv_file import written
from runs import approvals, dispatch
from runs.admin import renewing, run_page
from runs.admin.filters import ModeFilter, RunIntegrationFilter, RunStateFilter
from runs.admin.starting import started
from runs.admin.words import counts_words, scope_words, starter, title_of
from runs.models import Entry, Mode, Run, RunState, Scope


@admin.register(Run)
class RunAdmin(TenantAdmin):
    """Runs, newest first. A run is read, cancelled, approved; never edited."""

    intro = "What was started, by whom, and what came of it. A test reads everything and sends nothing."
    empty = "No runs yet. Start a test from the home page: it shows what would be sent and sends nothing."
    list_display = ("which", "tenant", "how", "state_chip", "came_to", "started", "took")
    list_display_links = None
    list_filter = (TenantFilter, RunStateFilter, ModeFilter, RunIntegrationFilter)
    list_select_related = ("tenant",)
    search_fields = ("=id", "scope_value", "started_by")
    search_help_text = "Number of the run, project or record, or who started it."

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        own = [
            path("start/", wrap(self.start), name="run_start"),
            path("renew/", wrap(self.renew), name="run_renew"),
            path("<int:pk>/state/", wrap(self.state), name="run_state"),
            path("<int:pk>/cancel/", wrap(self.cancel), name="run_cancel"),
            path("<int:pk>/approve/", wrap(self.approve), name="run_approve"),
            path("<int:pk>/decline/", wrap(self.decline), name="run_decline"),
            path("<int:pk>/hold/", wrap(self.hold), name="run_hold"),
            path("<int:pk>/again/", wrap(self.again), name="run_again"),
            path("<int:pk>/entries.csv", wrap(self.entries), name="run_entries"),
        ]
        return [*own, *super().get_urls()]

    # --- columns

    @admin.display(description="run", ordering="id")
    def which(self, run: Run) -> str:
        address = reverse("admin:runs_run_change", args=[run.pk])
        return two_lines(inside(address, title_of(run)), f"run {run.pk}, {scope_words(run)}")

    @admin.display(description="mode", ordering="mode")
    def how(self, run: Run) -> str:
        return chip(Mode(run.mode).label, "green" if run.is_live else "blue")

    @admin.display(description="state", ordering="state")
    def state_chip(self, run: Run) -> str:
        return joined([chip(RunState(run.state).label, run.colour)])

    @admin.display(description="came to")
    def came_to(self, run: Run) -> str:
        return counts_words(run) or run.phase

    @admin.display(description="started", ordering="queued_at")
    def started(self, run: Run) -> str:
        return two_lines(when(run.started_at or run.queued_at, run.tenant), starter(run))

    @admin.display(description="took")
    def took(self, run: Run) -> str:
        return duration(run.seconds)

    # --- one run

    def one(self, request: HttpRequest, pk: int, right: str = "") -> Run:
        """The run, for a posted decision. Raises Http404 for another tenant's,
        PermissionDenied without the right.
        """
        run = self.get_queryset(request).select_related("tenant").filter(pk=pk).first()
        if run is None or (right and request.method != "POST"):
            raise Http404
        if right and not tenants_for(request, right).filter(pk=run.tenant_id).exists():
            raise PermissionDenied
        return run

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The run page. Raises Http404 for another tenant's run."""
        run = self.get_object(request, object_id)
        if run is None:
            raise Http404
        rights = {
            name: tenants_for(request, right).filter(pk=run.tenant_id).exists()
            for name, right in (
                ("may_run", ADMINISTRATORS),
                ("may_test", EDITORS),
                ("may_approve", APPROVERS),
            )
        }
        context = {**self.admin_site.each_context(request), "opts": self.opts, **rights}
        context |= run_page.content(run, request.GET)
        return TemplateResponse(request, "admin/runs/run/page.html", context)

    def state(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the run page asks for every two seconds."""
        return JsonResponse(run_page.progress(self.one(request, pk)))

    def back(self, run: Run) -> HttpResponse:
        """To the run's page."""
        return HttpResponseRedirect(reverse("admin:runs_run_change", args=[run.pk]))

    def start(self, request: HttpRequest) -> HttpResponse:
        """Start integrations for a tenant, from a button. Raises Http404 and PermissionDenied."""
        if request.method != "POST":
            raise Http404
        mode = Mode.LIVE if request.POST.get("mode") == Mode.LIVE else Mode.DEBUG
        right = ADMINISTRATORS if mode == Mode.LIVE else EDITORS
        tenant = tenant_or_404(request, request.POST.get("tenant", ""), right)
        return started(request, tenant, request.POST.getlist("integration"), mode=mode)

    def renew(self, request: HttpRequest) -> HttpResponse:
        """Plan what the rules and options in force would change in what was sent."""
        return renewing.page(request, self.admin_site, self.opts)

    def cancel(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stop at the next safe point."""
        run = self.one(request, pk, EDITORS)
        if run.is_live and not tenants_for(request, ADMINISTRATORS).filter(pk=run.tenant_id).exists():
            raise PermissionDenied
        if dispatch.cancel(run):
            messages.success(request, "The run stops at its next safe point. What was sent stays sent.")
        else:
            messages.info(request, "The run had ended already.")
        return self.back(run)

    def approve(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Apply the plan as it stands, without what was held back."""
        run = self.one(request, pk, APPROVERS)
        try:
            applied = approvals.approve(run, request.user)
        except approvals.NotApproved as error:
            messages.error(request, str(error))
            return self.back(run)
        dispatch.enqueue(applied)
        messages.success(
            request, "The plan is being applied. Each change is looked at once more before it is sent."
        )
        return self.back(applied)

    def decline(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Decide that the plan is not applied."""
        run = self.one(request, pk, APPROVERS)
        approvals.decline(run, request.user)
        messages.success(request, "The plan was declined. Nothing was sent.")
        return self.back(run)

    def hold(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hold chosen changes back from a plan, or let them go again."""
        run = self.one(request, pk, APPROVERS)
        if approvals.why_not(run) and run.decided_at is not None:
            messages.error(request, "The plan was decided already.")
            return self.back(run)
        keys = [key for key in request.POST.getlist("entry") if key.isdigit()]
        if not keys:
            messages.warning(request, "Choose changes first.")
            return self.back(run)
        held = request.POST.get("held") == "1"
        number = run.entries.changes().filter(pk__in=keys, outcome="planned").update(held_back=held)
        words = "held back from the plan" if held else "part of the plan again"
        messages.success(request, f"{number} {'change is' if number == 1 else 'changes are'} {words}.")
        return HttpResponseRedirect(f"{reverse('admin:runs_run_change', args=[run.pk])}?tab=changes")

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The same once more, live or as a test; a search for pairs stays one."""
        mode = Mode.LIVE if request.POST.get("mode") == Mode.LIVE else Mode.DEBUG
        run = self.one(request, pk)
        mode = Mode.PAIRING if run.mode == Mode.PAIRING else mode
        run = self.one(request, pk, EDITORS if mode == Mode.DEBUG else ADMINISTRATORS)
        asked: dict[str, Any] = {"scope": run.scope, "value": run.scope_value, "subjects": run.subjects}
        if run.renews:  # sent by approving what is planned anew
            asked, mode = {"renews": True}, Mode.DEBUG
        elif run.plan_id is not None:
            asked = {"scope": Scope.EVERYTHING, "value": "", "subjects": ()}
        return started(request, run.tenant, run.integrations, mode=mode, **asked)

    def entries(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The run's entries as a file that no spreadsheet takes for formulas."""
        run = self.one(request, pk)
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="run-{run.pk}.csv"'
        rows = (run_page.row_of(entry) for entry in Entry.objects.filter(run=run).iterator(chunk_size=2000))
        answer.write("\ufeff" + written(run_page.COLUMNS, rows))
        return answer
