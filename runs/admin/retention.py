"""The retention ledger: what is held, released and paid of each contract, and whether the books agree."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from integrations.admin.access import ADMINISTRATORS, EDITORS, tenant_or_404, tenants_for
from integrations.admin.display import count
from integrations.holdings import NAMES
from integrations.ledger import months_after, statements
from integrations.models import Tenant
from integrations.retained import SIDES
from integrations.retention import METHODS
from integrations.values import calendar_date
from mappings.admin.links import Addresses
from mappings.csv_file import written
from mappings.models import HandLine, Link, RetentionComparison
from mappings.retained import contracts_of
from runs.admin.starting import started
from runs.models import Mode, Run

LEDGER = ("retention-by-hand", "retention-ledger")
SUMMED = ("opening", "held", "released", "paid", "balance", "overdue")
NOTHING = Decimal("0.00")
IN_FILE = (
    "side", "project_number", "project_name", "number", "title", "vendor", "method", *SUMMED, "on_account",
)  # fmt: skip


def choose(request: HttpRequest, site: Any) -> HttpResponse:
    """The ledger of the only tenant, or a list to choose from."""
    tenants = list(tenants_for(request)[:500])
    if len(tenants) == 1:
        return redirect("admin:retention_of", tenants[0].slug)
    context = {**site.each_context(request), "title": "Retention", "tenants": tenants}
    return TemplateResponse(request, "admin/retention/choose.html", context)


def page(request: HttpRequest, site: Any, slug: str) -> HttpResponse:
    """Every contract's ledger, the comparison with the books, and lines to decide about. Raises Http404."""
    tenant = tenant_or_404(request, slug)
    rows = contracts_of(tenant)
    shown = matching(rows, request.GET.get("q", ""), request.GET.get("show", ""))
    lines = HandLine.objects.filter(tenant=tenant, state=HandLine.State.FOUND)
    context = {
        **site.each_context(request),
        "title": "Retention",
        "tenant": tenant,
        "several": len(tenants_for(request)[:2]) > 1,
        "sides": [side_of(side, words, rows, shown) for side, words in SIDES.items()],
        "q": request.GET.get("q", ""),
        "show": request.GET.get("show", ""),
        "compared": compared(tenant, rows),
        "last": last_run(tenant),
        "lines": [(line, choices(rows, line), place_of(line)) for line in lines[:200]],
        "overdue": sum((row["overdue"] for row in rows), NOTHING),
        "may_decide": has(request, tenant, EDITORS),
        "may_run": has(request, tenant, ADMINISTRATORS),
        "country": tenant.country,
    }
    return TemplateResponse(request, "admin/retention/ledger.html", context)


def has(request: HttpRequest, tenant: Tenant, right: str) -> bool:
    """Whether the person has a right for the tenant."""
    return tenants_for(request, right).filter(pk=tenant.pk).exists()


def matching(rows: Iterable[dict[str, Any]], typed: str, show: str) -> list[dict[str, Any]]:
    """The contracts that hold what was typed, and only those overdue or with a balance where asked."""
    names = ("vendor", "number", "title", "project_number", "project_name")
    wanted = typed.strip().casefold()
    found = [row for row in rows if not wanted or any(wanted in str(row[name]).casefold() for name in names)]
    if show == "overdue":
        return [row for row in found if row["overdue"]]
    return [row for row in found if row["balance"]] if show == "held" else found


def side_of(side: str, words: str, rows: list[dict[str, Any]], shown: list[dict[str, Any]]) -> dict[str, Any]:
    """One side's contracts by project, with their sums."""
    own = [row for row in shown if row["side"] == side]
    projects: dict[str, list[dict[str, Any]]] = {}
    for row in own:
        name = f"{row['project_number']} {row['project_name']}".strip() or "No project"
        projects.setdefault(name, []).append({**row, "called": NAMES.get(row["method"], "")})
    whole = [row for row in rows if row["side"] == side]
    return {
        "side": side,
        "words": words,
        "balance": sum((row["balance"] for row in whole), NOTHING),
        "contracts": len(whole),
        "projects": [(name, some, sums(some)) for name, some in projects.items()],
        "sums": sums(own),
    }


def sums(rows: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    """The sums of the columns."""
    rows = list(rows)
    return {name: sum((row[name] for row in rows), NOTHING) for name in SUMMED}


def compared(tenant: Tenant, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The last comparison of each side that has accounts."""
    found = []
    for row in RetentionComparison.objects.filter(tenant=tenant).order_by("side"):
        if row.figures.get("accounts"):
            agrees = not Decimal(str(row.figures.get("difference") or 0))
            found.append({**row.figures, "words": SIDES[row.side], "agrees": agrees})
    return found


def last_run(tenant: Tenant) -> Run | None:
    """The last live run that compared."""
    runs = Run.objects.filter(tenant=tenant, mode=Mode.LIVE, finished__icontains='"retention-ledger"')
    return runs.order_by("-pk").first()


def choices(rows: list[dict[str, Any]], line: HandLine) -> list[tuple[str, str, bool]]:
    """The contracts a line may release retention of, those of its contact first."""
    own = [row for row in rows if row["side"] == line.side and row["contract"]]
    own.sort(key=lambda row: (row["vendor"] != line.contact, row["project_number"], row["number"]))
    likely = [row for row in own if row["vendor"] == line.contact]
    return [
        (row["contract"], f"{row['number']} {row['vendor']}, holds {row['balance']:,.2f}",
         len(likely) == 1 and row is likely[0])
        for row in own
    ]  # fmt: skip


def place_of(line: HandLine) -> str:
    """Where people see the document in Xero."""
    host, _ = Addresses().of(line.tenant, "xero")
    pages = {
        "bills": "/AccountsPayable/View.aspx?InvoiceID=" if line.side == "payable"
        else "/AccountsReceivable/View.aspx?InvoiceID=",
        "credit_notes": "/AccountsPayable/ViewCreditNote.aspx?creditNoteID=",
        "bank_transactions": "/Bank/ViewTransaction.aspx?bankTransactionID=",
        "manual_journals": "/Journal/View.aspx?invoiceID=",
    }  # fmt: skip
    return host.rstrip("/") + pages[line.resource] + line.document_id if host else ""


def contract(request: HttpRequest, site: Any, slug: str) -> HttpResponse:
    """One contract, claim by claim. Raises Http404 for a contract the tenant has not."""
    tenant = tenant_or_404(request, slug)
    row = next((one for one in contracts_of(tenant) if one["key"] == request.GET.get("key")), None)
    if row is None:
        raise Http404
    links = Link.objects.filter(tenant=tenant, target_id__in=[one["id"] for one in row["documents"]])
    addresses = Addresses()
    documents: dict[str, list[tuple[str, str]]] = {}
    for link in links.select_related("tenant").order_by("pk"):
        documents.setdefault(link.subject, []).append((link.number, addresses.target(link)))
    terms = tenant.contract_terms.filter(side=row["side"], number=row["number"]).first()
    context = {
        **site.each_context(request),
        "title": f"{row['number']} {row['title']}".strip(),
        "tenant": tenant,
        "row": {**row, "called": dict(METHODS).get(row["method"], ""), "by_hand": dated(row["by_hand"])},
        "claims": [{**one, "documents": documents.get(one["subject"], [])} for one in dated(row["claims"])],
        "terms": terms,
        "may_change": has(request, tenant, EDITORS),
    }
    return TemplateResponse(request, "admin/retention/contract.html", context)


def dated(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows with their days as dates, to be written as the tenant writes them."""
    return [{**row, "day": calendar_date(row["day"])} for row in rows]


def download(request: HttpRequest, site: Any, slug: str) -> HttpResponse:
    """The ledgers as a file. Raises Http404 for another tenant."""
    tenant = tenant_or_404(request, slug)
    rows = matching(contracts_of(tenant), request.GET.get("q", ""), request.GET.get("show", ""))
    shares = [f"{name}_{part}" for name in ("completion", "defects") for part in ("due", "day", "overdue")]
    body = [
        [
            *(str(row[name]) for name in IN_FILE),
            *(str(one[part] or "") for one in row["shares"] for part in ("due", "day", "overdue")),
        ]
        for row in rows
    ]
    answer = HttpResponse(
        "\ufeff" + written([*IN_FILE, *shares], body), content_type="text/csv; charset=utf-8"
    )
    name = f"retention-{tenant.slug}-{timezone.localdate():%Y-%m-%d}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def decide(request: HttpRequest, site: Any, slug: str) -> HttpResponse:
    """Accept a line as a release of a contract, or mark it as none. Raises Http404, PermissionDenied."""
    tenant = tenant_or_404(request, slug, EDITORS)
    if request.method != "POST":
        raise PermissionDenied
    line = get_object_or_404(HandLine, tenant=tenant, pk=request.POST.get("line") or 0)
    chosen = request.POST.get("contract", "")
    accepts = request.POST.get("decision") == "accept"
    known = {row["contract"] for row in contracts_of(tenant) if row["side"] == line.side}
    if accepts and chosen not in known - {""}:
        messages.error(request, "Choose the contract whose retention the line releases.")
        return HttpResponseRedirect(reverse("admin:retention_of", args=[slug]))
    with transaction.atomic():
        line.state = HandLine.State.ACCEPTED if accepts else HandLine.State.IGNORED
        line.contract, line.decided_at = chosen if accepts else "", timezone.now()
        line.decided_by = request.user.get_username()
        line.save()
    words = "counts as a release now" if accepts else "does not count as a release"
    messages.success(request, f"{line}, {line.amount:,.2f}: it {words}.")
    return HttpResponseRedirect(reverse("admin:retention_of", args=[slug]))


def compare(request: HttpRequest, site: Any, slug: str) -> HttpResponse:
    """Start the comparison now. Raises Http404, PermissionDenied."""
    tenant = tenant_or_404(request, slug, ADMINISTRATORS)
    if request.method != "POST":
        raise PermissionDenied
    return started(request, tenant, list(LEDGER), mode=Mode.LIVE)


def statement(request: HttpRequest, site: Any, slug: str) -> HttpResponse:
    """What is held for each subcontractor at the end of a quarter, to print. Raises Http404."""
    tenant = tenant_or_404(request, slug)
    last = last_day(request.GET.get("to", ""))
    first = months_after(last + timedelta(days=1), -3)
    found = statements(contracts_of(tenant), first, last)
    only = request.GET.get("vendor", "")
    context = {
        **site.each_context(request),
        "title": "Retention statements",
        "tenant": tenant,
        "first": first,
        "last": last,
        "earlier": first - timedelta(days=1),
        "later": months_after(last + timedelta(days=1), 3) - timedelta(days=1),
        "statements": [one for one in found if only in ("", one["vendor"])],
        "total": sum((one["balance"] for one in found), NOTHING),
        "told": count(len(found), "subcontractor"),
    }
    return TemplateResponse(request, "admin/retention/statement.html", context)


def last_day(typed: str) -> date:
    """The day asked for, else the end of the last whole quarter."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        today = timezone.localdate()
        return date(today.year, (today.month - 1) // 3 * 3 + 1, 1) - timedelta(days=1)
