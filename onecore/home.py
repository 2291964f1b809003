"""The home page: what waits for this person, and how each integration is doing;
for support, every tenant, worst first.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from integrations import budgets
from integrations.admin.access import ADMINISTRATORS, APPROVERS, EDITORS, tenant_or_404, tenants_for
from integrations.admin.display import CONNECTION_COLOURS, CONNECTION_WORDS, amount, chip, count, when
from integrations.environments import SYSTEMS
from integrations.models import Setting, State, Tenant, connections_of, is_support
from integrations.registry import INTEGRATIONS, NAMES, TENANT
from mappings.admin.unmapped import CODES
from runs.admin.words import AUDIENCES, amount_of
from runs.dispatch import NIGHTLY
from runs.models import CHANGING, Entry, Outcome, Run, RunState, Schedule, Warning
from runs.runner import ATTENTION
from runs.schedules import next_times

DAYS = 14
WIDTH, HEIGHT = 8, 34  # of a bar, in pixels


def page(request: HttpRequest, site: Any) -> HttpResponse:
    """One tenant's home, or a row for each."""
    tenants = tenants_for(request)
    if not is_support(request.user):
        only = list(tenants[:2])
        if len(only) == 1:
            return of_tenant(request, site, only[0])
    context = {**site.each_context(request), "title": "Tenants", "rows": rows_of(tenants)}
    return TemplateResponse(request, "admin/tenants.html", context)


def of(request: HttpRequest, site: Any, slug: str) -> HttpResponse:
    """The home of one of the person's tenants. Raises Http404 for others."""
    return of_tenant(request, site, tenant_or_404(request, slug))


def rows_of(tenants: "QuerySet[Tenant]") -> list[dict[str, Any]]:
    """Tenants with their state in a few queries, worst first."""
    asked = tenants.filter(is_active=True).prefetch_related("connections", "connections__credential")
    open_ones = dict(
        Warning.objects.waiting()
        .filter(tenant__in=tenants)
        .order_by()
        .values_list("tenant")
        .annotate(Count("pk"))
    )
    plans = Counter(
        Run.objects.filter(
            state=RunState.NEEDS_APPROVAL, decided_at__isnull=True, tenant__in=tenants
        ).values_list("tenant", flat=True)
    )
    since = timezone.now() - timedelta(days=30)
    last: dict[int, Run] = {}
    for run in Run.objects.filter(tenant__in=tenants, mode="live", queued_at__gte=since).order_by(
        "queued_at", "pk"
    ):
        last[run.tenant_id] = run
    rows = [
        row_of(tenant, open_ones.get(tenant.pk, 0), plans[tenant.pk], last.get(tenant.pk)) for tenant in asked
    ]
    return sorted(rows, key=lambda row: (-row["bad"], -row["open"], row["tenant"].name))


def row_of(tenant: Tenant, waiting: int, plans: int, last: Run | None) -> dict[str, Any]:
    """A tenant's row, and how bad it is."""
    held = {connection.system: connection for connection in tenant.connections.all()}
    states = [connection_chip(name, held.get(system)) for system, name in SYSTEMS]
    broken = sum(1 for system, _ in SYSTEMS if system not in held or worst(held[system]) != State.OK)
    failed = bool(last and last.state in (RunState.FAILED, RunState.INTERRUPTED))
    return {
        "tenant": tenant,
        "connections": states,
        "open": waiting,
        "plans": plans,
        "last": last,
        "last_when": when(last.queued_at, tenant) if last else "never",
        "last_state": chip(RunState(last.state).label, last.colour) if last else "",
        "bad": broken * 4 + failed * 3 + bool(plans) * 2 + bool(waiting),
    }


def worst(connection: Any) -> str:
    """The worse of a connection's state and its credential's."""
    credential = connection.credential
    return connection.state if credential.state == State.OK else credential.state


def connection_chip(name: str, connection: Any) -> Any:
    """`Procore connected`."""
    if connection is None:
        return chip(f"{name} not connected")
    state = worst(connection)
    return chip(f"{name} {CONNECTION_WORDS[state]}", CONNECTION_COLOURS[state])


def of_tenant(request: HttpRequest, site: Any, tenant: Tenant) -> HttpResponse:
    """The home page of one tenant."""
    rights = {
        name: tenants_for(request, right).filter(pk=tenant.pk).exists()
        for name, right in (("may_run", ADMINISTRATORS), ("may_test", EDITORS), ("may_approve", APPROVERS))
    }
    context = {
        **site.each_context(request),
        **rights,
        "title": tenant.name,
        "tenant": tenant,
        "several": tenants_for(request).count() > 1,
        "connections": connections(tenant),
        "waiting": waiting_for(tenant),
        "integrations": integrations_of(tenant),
        "steps": first_steps(tenant),
        "charts": charts(tenant),
        "common": reverse("admin:setting_of", args=[tenant.slug, TENANT]),
    }
    return TemplateResponse(request, "admin/home.html", context)


def connections(tenant: Tenant) -> list[dict[str, Any]]:
    """The state of both connections, with the calls left today."""
    held = connections_of(tenant)
    shown = []
    for system, name in SYSTEMS:
        connection = held.get(system)
        left = budgets.calls_left(connection).get("day") if connection else None
        words = f"{left[0]:,} of {left[1]:,} calls left today" if left else ""
        shown.append({"chip": connection_chip(name, connection), "calls": words})
    return shown


def waiting_for(tenant: Tenant) -> list[dict[str, Any]]:
    """Tiles: plans to approve, warnings by who acts, codes without an account."""
    client = f"?client={tenant.slug}"
    tiles = []
    for run in Run.objects.filter(tenant=tenant, state=RunState.NEEDS_APPROVAL, decided_at__isnull=True)[:3]:
        planned = Entry.objects.filter(run=run).to_send().count()
        words = f"planned by run {run.pk}: {amount(amount_of(run))} before tax"
        address = reverse("admin:runs_run_change", args=[run.pk])
        tiles.append(
            {"number": count(planned, "change"), "words": f"{words}, to approve", "address": address}
        )
    open_ones = Warning.objects.of(tenant).waiting()
    by_audience = dict(open_ones.order_by().values_list("audience").annotate(Count("pk")))
    review = reverse("admin:runs_warning_changelist")
    for key, words in AUDIENCES.items():
        if by_audience.get(key):
            number = count(by_audience[key], "warning")
            tiles.append(
                {"number": number, "words": f"for {words}", "address": f"{review}{client}&acts={key}"}
            )
    held = open_ones.filter(code__in=CODES).aggregate(
        codes=Count("record_key", distinct=True), money=Sum("amount")
    )
    if held["codes"]:
        words = f"without an account hold {amount(held['money'] or 0)}"
        address = f"{reverse('admin:rules_unmapped')}{client}&show=used"
        tiles.append({"number": count(held["codes"], "cost code"), "words": words, "address": address})
    return tiles


def integrations_of(tenant: Tenant) -> list[dict[str, Any]]:
    """Every integration with its last and next run and what is open."""
    settings = {setting.integration: setting for setting in Setting.objects.filter(tenant=tenant)}
    open_ones = dict(
        Warning.objects.of(tenant).waiting().order_by().values_list("integration").annotate(Count("pk"))
    )
    last = last_runs(tenant)
    coming = next_runs(tenant)
    rows = []
    for integration in INTEGRATIONS:
        slug, setting = integration.slug, settings.get(integration.slug)
        run = last.get(slug)
        on = bool(setting and setting.enabled)
        rows.append(
            {
                "slug": slug,
                "name": NAMES[slug],
                "sentence": " ".join((integration.__doc__ or "").split()),
                "on": on,
                "settings": reverse("admin:setting_of", args=[tenant.slug, slug]),
                "known": setting is not None,
                "last": run,
                "last_when": when(run.started_at or run.queued_at, tenant) if run else "",
                "last_state": own_state(run, slug) if run else "",
                "next": when(coming.get(slug), tenant) if on and coming.get(slug) else "",
                "open": open_ones.get(slug, 0),
            }
        )
    return rows


def last_runs(tenant: Tenant) -> dict[str, Run]:
    """The last live run of each integration, of the latest hundred."""
    found: dict[str, Run] = {}
    for run in Run.objects.filter(tenant=tenant, mode="live").order_by("-queued_at", "-pk")[:100]:
        for slug in run.integrations:
            found.setdefault(slug, run)
    return found


def own_state(run: Run, slug: str) -> Any:
    """How a run ended for one of its integrations: another's warnings are not its own."""
    state = RunState(run.state)
    if slug in run.finished and run.is_finished and state != RunState.NEEDS_APPROVAL:
        counts = run.counts.get(slug) or {}
        state = RunState.WARNED if any(counts.get(name) for name in ATTENTION) else RunState.DONE
    return chip(state.label, Run(state=state).colour)


def next_runs(tenant: Tenant) -> dict[str, Any]:
    """When a schedule runs each integration next."""
    found: dict[str, Any] = {}
    for schedule in Schedule.objects.filter(tenant=tenant, enabled=True).select_related("tenant"):
        moments = next_times(schedule, 1)
        slugs: Iterable[str] = NAMES if NIGHTLY in schedule.integrations else schedule.integrations
        for slug in slugs if moments else ():
            found[slug] = min(found.get(slug, moments[0]), moments[0])
    return found


def first_steps(tenant: Tenant) -> list[dict[str, Any]]:
    """What a new tenant does first, in order; [] once there was a live run."""
    if Run.objects.filter(tenant=tenant, mode="live").exists():
        return []
    held = connections_of(tenant)
    steps = [
        ("Connect Procore", "procore" in held, reverse("admin:connections_of", args=[tenant.slug])),
        ("Connect Xero", "xero" in held, reverse("admin:connections_of", args=[tenant.slug])),
        (
            "Switch on the integrations you want",
            Setting.objects.filter(tenant=tenant, enabled=True).exists(),
            "#integrations",
        ),
        (
            "Give cost codes their accounts",
            tenant.cost_code_rules.exists(),
            f"{reverse('admin:rules_unmapped')}?client={tenant.slug}",
        ),
        ("Make a test run: it sends nothing", tenant.runs.filter(mode="debug").exists(), "#integrations"),
        (
            "Schedule the nightly run",
            tenant.schedules.exists(),
            f"{reverse('admin:runs_schedule_add')}?tenant={tenant.pk}",
        ),
    ]
    return [{"words": words, "done": done, "address": address} for words, done, address in steps]


def charts(tenant: Tenant) -> list[dict[str, Any]]:
    """Documents and new warnings per day of the last fortnight, as bars;
    [] where there is nothing to draw.
    """
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    since = timezone.now() - timedelta(days=DAYS)
    sent = Entry.objects.filter(
        Q(action__in=CHANGING), run__tenant=tenant, outcome=Outcome.DONE, created_at__gte=since
    )
    by_day = Counter(
        timezone.localdate(moment) for moment in sent.values_list("created_at", flat=True)[:50_000]
    )
    seen = Warning.objects.of(tenant).filter(first_seen__gte=since).values_list("first_seen", flat=True)
    warned = Counter(timezone.localdate(moment) for moment in seen[:50_000])
    drawn = [("Documents a day", by_day), ("New warnings a day", warned)]
    return [bars(words, [(day, counts[day]) for day in days]) for words, counts in drawn if counts]


def bars(words: str, values: list[tuple[Any, int]]) -> dict[str, Any]:
    """The rectangles of a small bar chart."""
    most = max(number for _, number in values) or 1
    drawn = []
    for place, (day, number) in enumerate(values):
        tall = max(round(HEIGHT * number / most), 2 if number else 1)
        drawn.append(
            {
                "x": place * (WIDTH + 3),
                "y": HEIGHT - tall,
                "height": tall,
                "title": f"{day:%-d %b}: {number:,}",
            }
        )
    total = sum(number for _, number in values)
    return {
        "words": words,
        "bars": drawn,
        "width": len(values) * (WIDTH + 3),
        "height": HEIGHT,
        "total": f"{total:,}",
    }
