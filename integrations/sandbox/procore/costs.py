"""Direct costs: lists, one of them with its lines, and writing them through v1.1."""

from typing import Any

from integrations.sandbox.procore import files
from integrations.sandbox.procore.claim_writes import refuse_locked, refuse_taken_origin
from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.contract_views import any_line
from integrations.sandbox.procore.errors import absent, refused
from integrations.sandbox.procore.fields import ZERO, Record, amount, day, money, overridden, without_nulls
from integrations.sandbox.procore.frame import api, body_of, part_of, project_of, writer
from integrations.sandbox.procore.lists import by_ids, by_range, by_text, by_values, page, passing, whole
from integrations.sandbox.procore.load import add_direct_cost, fill_line
from integrations.sandbox.routing import Answer, Request, dump

TYPES = ("invoice", "expense", "payroll")
STATUSES = ("draft", "pending", "revise_and_resubmit", "approved")
DAYS = ("direct_cost_date", "payment_date", "received_date")
TEXTS = ("description", "invoice_number", "origin_data", "origin_id", "terms")
LARGEST_LINES = 100
_HEADER = ("id", "created_at", "deleted_at", "direct_cost_type", "status", "updated_at", *DAYS, *TEXTS)


def total(record: Record) -> str | None:
    """A direct cost's worth: the sum of its lines."""
    return money(sum((amount(line["amount"]) for line in record["line_items"]), ZERO))


def _header(company: Company, record: Record) -> Record:
    vendor = company.get("vendors", record.get("vendor_id"))
    return {name: record.get(name) for name in _HEADER} | {
        "grand_total": total(record),
        "vendor_id": record.get("vendor_id"),
        "vendor_name": vendor["name"] if vendor else None,
        "currency_configuration": {
            "currency_iso_code": company.currency,
            "currency_exchange_rate": "1.0",
            "base_currency_iso_code": company.currency,
        },
    }


def render(company: Company, record: Record) -> Record:
    """A row of the lists."""
    answer = _header(company, record)
    return overridden(
        without_nulls(answer | {"amount": total(record), "vendor": answer["vendor_name"]}), record
    )


def render_show(company: Company, record: Record) -> Record:
    """One direct cost with its lines, as v1.1 has it."""
    answer, project = _header(company, record), company.get("projects", record["project_id"]) or {}
    vendor = {"id": answer["vendor_id"], "name": answer["vendor_name"]} if answer["vendor_name"] else None
    answer |= {
        "attachments": files.shown(company, record),
        "attachments_count": len(record.get("attachments") or ()),
        "line_items_count": len(record["line_items"]),
        "vendor": vendor,
        "company": {"id": company.id, "name": company.facts["name"]},
        "project": {"id": record["project_id"], "name": project.get("name") or ""},
        "line_items": [line_item(company, record, line) for line in record["line_items"]],
    }
    return overridden(without_nulls(answer), record)


def render_full(company: Company, record: Record) -> Record:
    """Everything that a list or a single record shows."""
    return render_show(company, record) | {"amount": total(record)}


def line_item(company: Company, record: Record, line: Record) -> Record:
    """A line; `ref` is echoed once and never kept."""
    answer = any_line(company, record, line, {})
    for name in ("holder", "project"):
        answer.pop(name, None)
    answer["currency_configuration"] = {"currency_iso_code": company.currency}
    return answer


def _one(request: Request, project_id: int, id: int) -> tuple[Company, Record]:
    company, project = project_of(request, given=project_id)
    record = company.get("direct_costs", id)
    if record is None or record["project_id"] != project["id"]:
        raise absent("Direct cost")
    return company, record


def list_costs(sandbox: Any, request: Request, project_id: int) -> Answer:
    """A project's direct costs; there is no filter by status."""
    company, project = project_of(request, given=project_id)
    ends = sandbox.switches.procore_range_ends_included
    names = ("updated_at", "created_at", "payment_date", "received_date")
    ranges = [test for name in names for test in by_range(request, name, ends=ends)]
    found = passing(
        company.children("direct_costs", "project_id", project["id"]),
        by_ids(request),
        by_text(request, "origin_id"),
        by_text(request, "invoice_number"),
        ranges,
    )
    return page(sandbox, request, found, writer(company, "direct_costs", "", render))


for _version in ("v1.0", "v1.1"):
    api.route("GET", f"/rest/{_version}/projects/{{project_id:int}}/direct_costs")(list_costs)


@api.route("GET", "/rest/v1.1/projects/{project_id:int}/direct_costs/{id:int}")
def show_cost(sandbox: Any, request: Request, project_id: int, id: int) -> Answer:
    """One direct cost."""
    return Answer(body=render_show(*_one(request, project_id, id)))


@api.route("GET", "/rest/v1.0/projects/{project_id:int}/direct_costs/{id:int}/line_items")
def list_cost_lines(sandbox: Any, request: Request, project_id: int, id: int) -> Answer:
    """A direct cost's lines."""
    company, record = _one(request, project_id, id)
    rows = [line_item(company, record, line) for line in record["line_items"]]
    found = passing(
        rows,
        by_ids(request),
        by_values(request, "cost_code_id", lambda row: str(row.get("cost_code", {}).get("id"))),
        by_values(request, "line_item_type_id", lambda row: str(row.get("line_item_type", {}).get("id"))),
    )
    return page(sandbox, request, found, lambda row: dump(row).encode())


@api.route("POST", "/rest/v1.1/projects/{project_id:int}/direct_costs")
def create_cost(sandbox: Any, request: Request, project_id: int) -> Answer:
    """Enter a direct cost with up to 100 lines."""
    company, project = project_of(request, given=project_id)
    sent = part_of(body_of(request), "direct_cost")
    kind = sent.get("direct_cost_type")
    if kind not in TYPES:
        raise refused(422, f"'{kind}' is not a valid direct_cost_type", fields="direct_cost_type")
    if kind == "invoice" and not (sent.get("vendor_id") and sent.get("invoice_number")):
        raise refused(422, "An invoice needs vendor_id and invoice_number", fields="vendor_id")
    refuse_taken_origin(company, "direct_costs", None, sent)
    fields = {
        "status": "draft",
        **_taken(company, sent),
        "direct_cost_type": kind,
        "project_id": project["id"],
    }
    fields["line_items"] = [_line(company, project, row, n) for n, row in enumerate(_rows(sent), 1)]
    return Answer(201, render_show(company, add_direct_cost(company, fields)))


@api.route("PATCH", "/rest/v1.1/projects/{project_id:int}/direct_costs/{id:int}")
def update_cost(sandbox: Any, request: Request, project_id: int, id: int) -> Answer:
    """Change a direct cost; any origin_id makes it read-only."""
    company, record = _one(request, project_id, id)
    sent = part_of(body_of(request), "direct_cost")
    refuse_locked(company, record, sent)
    refuse_taken_origin(company, "direct_costs", record, sent)
    fields, project = _taken(company, sent), {"id": record["project_id"]}
    own = {line["id"]: line for line in record["line_items"]}
    lines = [
        (own.get(row.get("id")), _line(company, project, row, n)) for n, row in enumerate(_rows(sent), 1)
    ]
    for old, new in lines:
        if old is None:
            record["line_items"].append(new)
        else:
            old.update({name: value for name, value in new.items() if name not in ("id", "position")})
    record.update(fields)
    company.changed("direct_costs", record)
    return Answer(200, render_show(company, record))


@api.route("DELETE", "/rest/v1.0/projects/{project_id:int}/direct_costs/{id:int}")
def delete_cost(sandbox: Any, request: Request, project_id: int, id: int) -> Answer:
    """Delete a direct cost, unless it is locked."""
    company, record = _one(request, project_id, id)
    refuse_locked(company, record, {"deleted": True})
    company.remove("direct_costs", record)
    return Answer(200, {})


def _rows(sent: Record) -> list[Record]:
    rows = sent.get("line_items") or []
    if (
        not isinstance(rows, list)
        or len(rows) > LARGEST_LINES
        or not all(isinstance(row, dict) for row in rows)
    ):
        raise refused(
            400, f"line_items has to be a list of at most {LARGEST_LINES} objects", fields="line_items"
        )
    return rows


def _taken(company: Company, sent: Record) -> Record:
    fields: Record = {name: None if sent[name] is None else str(sent[name]) for name in TEXTS if name in sent}
    fields |= {name: day(sent[name]) for name in DAYS if name in sent}
    if sent.get("status") is not None:
        if sent["status"] not in STATUSES:
            raise refused(400, f"'{sent['status']}' is not a valid status", fields="status")
        fields["status"] = sent["status"]
    if sent.get("vendor_id") is not None:
        if company.get("vendors", sent["vendor_id"]) is None:
            raise refused(422, "The vendor is not in the company directory", fields="vendor_id")
        fields["vendor_id"] = sent["vendor_id"]
    return fields


def _line(company: Company, project: Record, row: Record, position: int) -> Record:
    """A line as sent: a budget code of this project, and an amount or quantity and unit cost."""
    code = company.get("wbs_codes", row.get("wbs_code_id"))
    if code is None or code["project_id"] != project["id"]:
        raise refused(422, "The budget code belongs to another project", fields="wbs_code_id")
    try:
        worth, amounts = (
            row.get("manual_amount"),
            [str(amount(row.get(n))) for n in ("quantity", "unit_cost")],
        )
        given = None if worth is None else money(amount(worth))
    except ValueError as error:
        raise refused(400, str(error), fields="line_items") from error
    kept = {"id": whole(str(row["id"]), "id")} if row.get("id") is not None else {}
    return fill_line(
        company,
        {
            **kept,
            "description": row.get("description"),
            "uom": row.get("uom"),
            "amount": given,
            "quantity": amounts[0] if row.get("quantity") is not None else None,
            "unit_cost": amounts[1] if row.get("unit_cost") is not None else None,
            "cost_code_id": code["cost_code_id"],
            "line_item_type_id": code["line_item_type_id"],
        },
        position,
    )
