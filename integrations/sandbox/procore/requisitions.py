"""Progress claims (requisitions): lists, one claim, its items and history, and changes to it."""

from collections.abc import Callable, Sequence
from typing import Any

from integrations.sandbox.procore.claim_writes import change_claim, change_items, create_claim
from integrations.sandbox.procore.claims import CHANGE_ITEMS, Line, figures
from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.errors import no_record, refused, refused_v2
from integrations.sandbox.procore.fields import Record, day, money, without_nulls
from integrations.sandbox.procore.frame import api, body_of, company_of, part_of, project_of, writer
from integrations.sandbox.procore.lists import (
    by_flag,
    by_ids,
    by_range,
    by_text,
    by_values,
    everything,
    page,
    passing,
    values,
    whole,
)
from integrations.sandbox.procore.requisition_views import (
    columns,
    identity,
    render_default,
    render_full,
    render_v10,
)
from integrations.sandbox.routing import Answer, Refused, Request, dump

V11 = {
    "default": render_default,
    "action_policy": render_default,
    "items": render_full,
    "extended": render_full,
}
DEFAULT_PAGE = 30


def _found(sandbox: Any, request: Request, company: Company, project: Record) -> list[Record]:
    ends = sandbox.switches.procore_range_ends_included
    return passing(
        company.children("requisitions", "project_id", project["id"]),
        by_ids(request),
        by_ids(request, "commitment_id", "commitment_id"),
        by_ids(request, "period_id", "period_id"),
        by_values(request, "status"),
        by_text(request, "origin_id"),
        by_range(request, "updated_at", ends=ends),
        by_range(request, "created_at", ends=ends),
    )


def _is_last(company: Company, claim: Record) -> bool:
    others = company.children("requisitions", "commitment_id", claim["commitment_id"])
    return bool(max(others, key=lambda other: (other["number"], other["id"])) is claim)


@api.route("GET", "/rest/v1.1/requisitions")
def list_claims(sandbox: Any, request: Request) -> Answer:
    """A project's claims; items only in the views items and extended."""
    company, project = project_of(request)
    found = passing(
        _found(sandbox, request, company, project),
        by_flag(request, "is_last", lambda claim: _is_last(company, claim)),
    )
    view = request.arg("view") or "default"
    render = V11.get(view, render_default)
    key = "full" if render is render_full else "default"
    return page(
        sandbox,
        request,
        found,
        writer(company, "requisitions", key, render),
        default=DEFAULT_PAGE,
        largest=sandbox.switches.procore_largest_claims_page,
    )


@api.route("GET", "/rest/v1.0/requisitions")
def list_claims_v10(sandbox: Any, request: Request) -> Answer:
    """A project's claims in the older form."""
    company, project = project_of(request)
    return page(
        sandbox,
        request,
        _found(sandbox, request, company, project),
        writer(company, "requisitions", "v1.0", render_v10),
        largest=sandbox.switches.procore_largest_claims_page,
    )


def _claim(request: Request, id: int, *, project_id: Any = None) -> tuple[Company, Record]:
    company, project = project_of(request, given=project_id)
    claim = company.get("requisitions", id)
    if claim is None or claim["project_id"] != project["id"]:
        raise no_record("Requisition", id)
    return company, claim


def _shown(company: Company, claim: Record, render: Any, view: str, status: int = 200) -> Answer:
    body = writer(company, "requisitions", view, render)(claim)
    return Answer(status, body, content_type="application/json; charset=utf-8")


@api.route("GET", "/rest/v1.1/requisitions/{id:int}")
def show_claim(sandbox: Any, request: Request, id: int) -> Answer:
    """One claim with its items."""
    return _shown(*_claim(request, id), render_full, "full")


@api.route("GET", "/rest/v1.0/requisitions/{id:int}")
def show_claim_v10(sandbox: Any, request: Request, id: int) -> Answer:
    """One claim in the older form."""
    return _shown(*_claim(request, id), render_v10, "v1.0")


def _sent_claim(request: Request, id: int) -> tuple[Company, Record, Record]:
    """The claim a body names; project and commitment have to be repeated in it."""
    body = body_of(request)
    company, claim = _claim(request, id, project_id=body.get("project_id", request.arg("project_id")))
    if whole(str(body.get("commitment_id", "")), "commitment_id") != claim["commitment_id"]:
        raise refused(400, "commitment_id is not the requisition's", fields="commitment_id")
    return company, claim, part_of(body, "requisition")


@api.route("PATCH", "/rest/v1.1/requisitions/{id:int}")
def update_claim(sandbox: Any, request: Request, id: int) -> Answer:
    """Change a claim's header, status or items."""
    company, claim, sent = _sent_claim(request, id)
    change_claim(company, claim, sent)
    return _shown(company, claim, render_full, "full")


@api.route("PATCH", "/rest/v1.0/requisitions/{id:int}")
def update_claim_v10(sandbox: Any, request: Request, id: int) -> Answer:
    """Change a claim's header or status; the answer has the form of v1.1."""
    company, claim, sent = _sent_claim(request, id)
    change_claim(company, claim, {name: value for name, value in sent.items() if name != "items"})
    return _shown(company, claim, render_full, "full")


@api.route("POST", "/rest/v1.1/requisitions")
def add_claim(sandbox: Any, request: Request) -> Answer:
    """Create a claim."""
    body = body_of(request)
    company, project = project_of(request, given=body.get("project_id"))
    sent = part_of(body, "requisition")
    claim = create_claim(company, project, whole(str(body.get("commitment_id", "")), "commitment_id"), sent)
    return _shown(company, claim, render_full, "full", 201)


@api.route("PATCH", "/rest/v1.0/requisitions/{id:int}/bulk_item_update")
def update_items(sandbox: Any, request: Request, id: int) -> Answer:
    """Change a claim's items."""
    company, claim = _claim(request, id)
    change_items(company, claim, body_of(request).get("requisition_items"))
    return Answer(200, {})


@api.route("GET", "/rest/v1.0/requisitions/{id:int}/change_histories")
def list_histories(sandbox: Any, request: Request, id: int) -> Answer:
    """What was changed on a claim, when and by whom, oldest first."""
    company, claim = _claim(request, id)
    rows = company.children("change_histories", "ref_id", claim["id"])
    names = (
        "id",
        "column",
        "old_value",
        "new_value",
        "action_by",
        "action_by_id",
        "created_at",
        "ref_id",
        "ref_type",
    )
    return everything(rows, lambda row: dump({name: row[name] for name in names}).encode())


def _rows(
    sandbox: Any,
    request: Request,
    id: int,
    wanted: Sequence[str],
    form: Callable[[Company, Record, Line, int], Record],
) -> Answer:
    company, claim = _claim(request, id)
    lines = [line for line in figures(company, claim).lines if line.item["item_type"] in wanted]
    packages = {int(text) for text in values(request, "change_order_id") if text.isdigit()}
    if packages:
        lines = [line for line in lines if line.source.get("package_id") in packages]
    rows = [form(company, claim, line, n) for n, line in enumerate(lines, 1)]
    return page(sandbox, request, rows, lambda row: dump(row).encode())


def _item_v10(company: Company, claim: Record, line: Line, position: int) -> Record:
    answer = {**identity(company, claim, line), **columns(line), "position": position}
    return without_nulls(answer, ("cost_code_id", "description_of_work", "comment"))


def _contract_item(company: Company, claim: Record, line: Line, position: int) -> Record:
    return {**_item_v10(company, claim, line, position), "ssr_manual_override": False}


def _detail_item(company: Company, claim: Record, line: Line, position: int) -> Record:
    answer = _item_v10(company, claim, line, position)
    for name in ("item_type", "comment", "status", "accounting_method"):
        answer.pop(name, None)
    answer["detail_line_item_id"] = line.item.get("detail_line_item_id") or answer.pop("line_item_id", None)
    return without_nulls(answer, ("cost_code_id", "description_of_work"))


def _change_item(company: Company, claim: Record, line: Line, position: int) -> Record:
    answer = _item_v10(company, claim, line, position)
    for name in ("item_type", "comment", "status", "accounting_method"):
        answer.pop(name, None)
    answer["commitment_line_item_id"] = line.item.get("line_item_id")
    answer["change_order_package_id"] = line.source.get("package_id")
    return without_nulls(answer, ("cost_code_id", "description_of_work"))


@api.route("GET", "/rest/v1.0/requisitions/{id:int}/contract_items")
def list_contract_items(sandbox: Any, request: Request, id: int) -> Answer:
    """A claim's rows for the contract's schedule of values."""
    return _rows(sandbox, request, id, ("contract_item",), _contract_item)


@api.route("GET", "/rest/v1.0/requisitions/{id:int}/contract_detail_items")
def list_detail_items(sandbox: Any, request: Request, id: int) -> Answer:
    """A claim's rows for the subcontractor's own schedule of values."""
    return _rows(sandbox, request, id, ("contract_detail_item",), _detail_item)


@api.route("GET", "/rest/v1.0/requisitions/{id:int}/change_order_items")
def list_change_items(sandbox: Any, request: Request, id: int) -> Answer:
    """A claim's rows for change orders."""
    return _rows(sandbox, request, id, CHANGE_ITEMS, _change_item)


@api.route("GET", "/rest/v1.0/requisitions/{id:int}/detail")
def list_detail(sandbox: Any, request: Request, id: int) -> Answer:
    """The detail sheet of a claim (g703)."""
    company, claim = _claim(request, id)
    return Answer(body=[detail_row(line, n) for n, line in enumerate(figures(company, claim).lines, 1)])


def detail_row(line: Line, position: int) -> Record:
    """A row of the detail sheet."""
    shared = columns(line)
    shared.pop("subcontractor_claimed_amount")
    before = line.retained_before + line.stored_retained_before
    more = {
        "balance_to_finish": line.scheduled - line.completed,
        "work_completed_retainage_currently_retained": line.work_retainage,
        "materials_stored_retainage_from_previous_application": line.stored_retained_before,
        "materials_stored_retainage_retained_this_period": line.stored_retained_new,
        "total_retainage_currently_retained": line.work_retainage + line.stored_retainage,
        "total_retainage_from_previous_application": before,
    }
    answer = {
        **shared,
        **{name: money(value) for name, value in more.items()},
        "id": line.item["id"],
        "description_of_work": line.source.get("description"),
        "item_number": position,
        "item_type": line.item["item_type"],
        "cost_code_id": line.source.get("cost_code_id"),
    }
    return without_nulls(answer, ("description_of_work",))


@api.route(
    "PATCH",
    "/rest/v2.0/companies/{company_id:int}/projects/{project_id:int}/requisitions/{id:int}/payment_details",
)
def set_due_date(sandbox: Any, request: Request, company_id: int, project_id: int, id: int) -> Answer:
    """Set the day a claim is to be paid."""
    company, claim = _v2_claim(request, company_id, project_id, id)
    if "due_date" not in (sent := body_of(request)):
        raise refused_v2(400, "due_date is missing", reason_code="missing")
    claim["due_date"] = day(sent["due_date"])
    company.changed("requisitions", claim)
    return Answer(200, {"data": without_nulls({"due_date": claim["due_date"]})})


@api.route(
    "GET",
    "/rest/v2.0/companies/{company_id:int}/projects/{project_id:int}/requisitions/{id:int}/payment_details",
)
def show_due_date(sandbox: Any, request: Request, company_id: int, project_id: int, id: int) -> Answer:
    """The day a claim is to be paid; no contract lists this call, so it answers only by a switch."""
    _, claim = _v2_claim(request, company_id, project_id, id)
    if not sandbox.switches.procore_payment_details_readable:
        raise refused_v2(404, "Route not found", reason_code="not_found")
    return Answer(200, {"data": without_nulls({"due_date": claim.get("due_date")})})


def _v2_claim(request: Request, company_id: int, project_id: int, id: int) -> tuple[Company, Record]:
    try:
        company_of(request, given=company_id)
        return _claim(request, id, project_id=project_id)
    except Refused as refusal:
        body = refusal.answer.body
        raise refused_v2(refusal.answer.status, body.get("message", "")) from refusal
