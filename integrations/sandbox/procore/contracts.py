"""Commitments and change orders: lists, one of them, their lines."""

from collections.abc import Callable
from functools import partial
from typing import Any

from integrations.sandbox.procore.company import COMMITMENTS, Company
from integrations.sandbox.procore.contract_views import (
    change_line,
    line_item,
    package_total,
    render_compact,
    render_extended,
    render_show,
)
from integrations.sandbox.procore.errors import absent
from integrations.sandbox.procore.fields import Record, money, overridden, without_nulls
from integrations.sandbox.procore.frame import api, company_of, project_of
from integrations.sandbox.procore.lists import (
    by_flag,
    by_ids,
    by_range,
    by_text,
    by_values,
    one,
    ordered,
    page,
    passing,
    whole,
)
from integrations.sandbox.routing import Answer, Request, dump

JSON = "application/json; charset=utf-8"


def _undeleted(request: Request, kind_of: Callable[[Record], bool]) -> list[Any]:
    """`filters[include_deleted]`: only, with; otherwise deleted records stay out."""
    match one(request, "include_deleted"):
        case "only":
            return [kind_of]
        case "with":
            return []
    return [lambda record: not kind_of(record)]


def _is_deleted(record: Record) -> bool:
    return bool(record.get("deleted_at"))


def _list(sandbox: Any, request: Request, *, kind: str) -> Answer:
    company, project = project_of(request)
    ends = sandbox.switches.procore_range_ends_included
    found = passing(
        company.children(kind, "project_id", project["id"]),
        _undeleted(request, _is_deleted),
        by_ids(request),
        by_values(request, "status"),
        by_text(request, "origin_id"),
        by_range(request, "updated_at", ends=ends),
        by_range(request, "created_at", ends=ends),
    )
    extended = request.arg("view") == "extended"
    render = partial(render_extended if extended else render_compact, company, kind)
    view = "extended" if extended else "compact"
    return page(sandbox, request, found, lambda record: company.written(kind, record, view, render))


def _one(request: Request, id: int, kind: str) -> tuple[Company, Record]:
    company, project = project_of(request)
    record = company.get(kind, id)
    if record is None or record["project_id"] != project["id"] or record.get("deleted_at"):
        raise absent("Contract")
    return company, record


def _show(sandbox: Any, request: Request, id: int, *, kind: str) -> Answer:
    company, record = _one(request, id, kind)
    return Answer(
        200, company.written(kind, record, "show", partial(render_show, company, kind)), content_type=JSON
    )


def _lines(sandbox: Any, request: Request, id: int, *, kind: str) -> Answer:
    company, record = _one(request, id, kind)
    ends = sandbox.switches.procore_range_ends_included
    shown = [line_item(company, kind, record, line) for line in record["line_items"]]
    found = passing(
        shown,
        by_ids(request),
        by_range(request, "updated_at", ends=ends),
        by_range(request, "created_at", ends=ends),
        by_values(request, "cost_code_id", lambda line: str(line.get("cost_code", {}).get("id"))),
        by_values(request, "line_item_type_id", lambda line: str(line.get("line_item_type", {}).get("id"))),
    )
    return page(sandbox, request, found, lambda line: dump(line).encode())


for _kind in COMMITMENTS:
    api.route("GET", f"/rest/v1.0/{_kind}")(partial(_list, kind=_kind))
    api.route("GET", f"/rest/v1.0/{_kind}/{{id:int}}")(partial(_show, kind=_kind))
    api.route("GET", f"/rest/v1.0/{_kind}/{{id:int}}/line_items")(partial(_lines, kind=_kind))


@api.route("GET", "/rest/v1.0/commitments")
def list_commitments(sandbox: Any, request: Request) -> Answer:
    """Subcontracts and purchase orders together, thinly; the schema only has subcontracts' status names."""
    company, project = project_of(request)
    found = [
        record
        for kind in COMMITMENTS
        for record in company.children(kind, "project_id", project["id"])
        if not record.get("deleted_at")
    ]
    return page(sandbox, request, found, lambda record: dump(_thin(company, record)).encode())


@api.route("GET", "/rest/v1.0/commitments/{id:int}")
def show_commitment(sandbox: Any, request: Request, id: int) -> Answer:
    """One commitment, thinly."""
    company, project = project_of(request)
    record = next((found for kind in COMMITMENTS if (found := company.get(kind, id))), None)
    if record is None or record["project_id"] != project["id"] or record.get("deleted_at"):
        raise absent("Commitment")
    return Answer(body=_thin(company, record))


def _thin(company: Company, record: Record) -> Record:
    vendor = company.get("vendors", record.get("vendor_id"))
    answer = {
        "id": record["id"],
        "title": record.get("title") or "",
        "number": str(record.get("number") or ""),
        "status": record["status"],
        "description": record.get("description") or "",
        "executed": bool(record["executed"]),
        "delivery_date": record.get("delivery_date"),
        "created_at": record["created_at"],
        "private": bool(record.get("private")),
        "vendor": {"id": vendor["id"], "name": vendor["name"]} if vendor else None,
    }
    shown = overridden(without_nulls(answer), record)
    return {name: value for name, value in shown.items() if name in answer}


def _package(company: Company, record: Record) -> Record:
    names = (
        "id",
        "contract_id",
        "created_at",
        "deleted_at",
        "due_date",
        "invoiced_date",
        "origin_code",
        "origin_data",
        "origin_id",
        "paid_date",
        "reviewed_at",
        "signed_change_order_received_date",
        "status",
        "updated_at",
    )
    answer = {name: record.get(name) for name in names} | {
        "created_by_id": company.users[0]["id"],
        "executed": bool(record.get("executed", True)),
        "number": str(record.get("number") or ""),
        "title": record.get("title") or "",
        "revision": record.get("revision") or 0,
        "grand_total": money(package_total(record)),
        "currency_configuration": {
            "base_currency_iso_code": company.currency,
            "currency_iso_code": company.currency,
        },
        "custom_fields": record.get("custom_fields") or {},
    }
    return without_nulls(answer)


def _package_row(company: Company, record: Record) -> Record:
    return overridden(_package(company, record), record)


def _package_show(company: Company, record: Record) -> Record:
    answer = _package(company, record)
    answer.pop("created_by_id")
    answer |= {
        "description": record.get("description") or "",
        "private": bool(record.get("private")),
        "attachments": [],
        "type": "CommitmentContractChangeOrder",
        "line_items": [change_line(company, record, line) for line in record["line_items"]],
    }
    return overridden(answer, record)


@api.route("GET", "/rest/v1.0/change_order_packages")
def list_packages(sandbox: Any, request: Request) -> Answer:
    """A project's or a contract's change order packages."""
    company, project = project_of(request)
    ends = sandbox.switches.procore_range_ends_included
    contract_id = request.arg("contract_id")
    found = company.children("change_order_packages", "project_id", project["id"])
    if contract_id is not None:
        wanted = whole(contract_id, "contract_id")
        found = [record for record in found if record["contract_id"] == wanted]
    ranges = [
        test
        for name in ("updated_at", "created_at", "reviewed_at", "due_date")
        for test in by_range(request, name, ends=ends)
    ]
    found = passing(found, _undeleted(request, _is_deleted), by_ids(request), ranges)
    render = partial(_package_row, company)
    return page(sandbox, request, found, lambda r: company.written("change_order_packages", r, "row", render))


@api.route("GET", "/rest/v1.0/change_order_packages/{id:int}")
def show_package(sandbox: Any, request: Request, id: int) -> Answer:
    """One change order package with its lines."""
    company, project = project_of(request)
    record = company.get("change_order_packages", id)
    if record is None or record["project_id"] != project["id"] or record.get("deleted_at"):
        raise absent("Change order package")
    return Answer(body=_package_show(company, record))


_ORDER_FIELDS = (
    "invoiced_date", "due_date", "revised_substantial_completion_date", "signed_change_order_received_date",
    "reviewed_at", "batch_id", "legacy_request_id", "location_id", "schedule_impact_amount", "revision",
    "reference", "designated_reviewer", "received_from", "reviewed_by", "change_order_change_reason",
)  # fmt: skip


def change_order(company: Company, record: Record) -> Record:
    """One of the newer commitment change orders; it has no origin fields."""
    user = company.users[0]
    return overridden(
        {
            **{name: record.get(name) for name in _ORDER_FIELDS},
            "id": record["id"],
            "contract_id": record["contract_id"],
            "legacy_package_id": record.get("legacy_package_id"),
            "description": record.get("description"),
            "title": record.get("title"),
            "updated_at": record["updated_at"],
            "created_at": record["created_at"],
            "executed": bool(record.get("executed", True)),
            "paid": False,
            "signature_required": False,
            "private": bool(record.get("private")),
            "field_change": False,
            "grand_total": money(package_total(record)),
            "number": str(record.get("number") or ""),
            "type": "CommitmentChangeOrder",
            "status": record["status"],
            "created_by": {"id": user["id"], "name": user["name"]},
            "custom_fields": record.get("custom_fields") or {},
            "currency_configuration": {"currency_iso_code": company.currency},
        },
        record,
    )


def _vendor_of(company: Company, record: Record) -> Any:
    _, contract = company.contract(record["contract_id"])
    return (contract or {}).get("vendor_id")


@api.route("GET", "/rest/v1.0/projects/{project_id:int}/commitment_change_orders")
def list_change_orders(sandbox: Any, request: Request, project_id: int) -> Answer:
    """A project's commitment change orders, without paging."""
    company, project = project_of(request, given=project_id)
    ends = sandbox.switches.procore_range_ends_included
    found = passing(
        company.children("commitment_change_orders", "project_id", project["id"]),
        by_ids(request),
        by_ids(request, "contract_id", "contract_id"),
        by_ids(request, "legacy_package_id", "legacy_package_id"),
        by_values(request, "vendor_id", lambda record: str(_vendor_of(company, record))),
        by_values(request, "status"),
        by_flag(request, "executed", lambda record: bool(record.get("executed", True))),
        by_range(request, "updated_at", ends=ends),
    )
    found = ordered(request, found, {"id": lambda r: r["id"], "created_at": lambda r: r["created_at"]})
    return Answer(body=[change_order(company, record) for record in found])


@api.route("GET", "/rest/v1.0/projects/{project_id:int}/commitment_change_orders/{id:int}")
def show_change_order(sandbox: Any, request: Request, project_id: int, id: int) -> Answer:
    """One commitment change order."""
    company, project = project_of(request, given=project_id)
    record = company.get("commitment_change_orders", id)
    if record is None or record["project_id"] != project["id"]:
        raise absent("Commitment change order")
    return Answer(body={**change_order(company, record), "attachments": []})


_ORDER_LINES = (
    "/rest/v2.0/companies/{company_id:int}/projects/{project_id:int}"
    "/commitment_change_orders/{id:int}/line_items"
)


@api.route("GET", _ORDER_LINES)
def list_change_order_lines(
    sandbox: Any, request: Request, company_id: int, project_id: int, id: int
) -> Answer:
    """The lines of one commitment change order: ids are strings, quantities numbers."""
    company_of(request, given=company_id)
    company, project = project_of(request, given=project_id)
    record = company.get("commitment_change_orders", id)
    if record is None or record["project_id"] != project["id"]:
        raise absent("Commitment change order")
    rows = [_order_line(company, record, line) for line in record["line_items"]]
    return page(
        sandbox,
        request,
        rows,
        lambda row: dump(row).encode(),
        default=10,
        largest=100,
        wrap=(b'{"data":[', b"]}"),
    )


def _order_line(company: Company, record: Record, line: Record) -> Record:
    shown = change_line(company, record, line)
    code, tax_code_id = shown.get("wbs_code"), line.get("tax_code_id")
    return without_nulls(
        {
            "id": str(line["id"]),
            "description": shown["description"],
            "uom": shown.get("uom"),
            "quantity": 1,
            "unit_cost": shown["unit_cost"],
            "amount": shown["total_amount"],
            "extended_type": "manual",
            "wbs_code_id": str(code["id"]) if code else None,
            "tax_code_id": str(tax_code_id) if tax_code_id is not None else None,
            "position": shown.get("position"),
            "wbs_code": code,
        }
    )
