"""Standard cost codes, project cost codes and cost types."""

from typing import Any

from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.errors import absent
from integrations.sandbox.procore.fields import Record, overridden, without_nulls
from integrations.sandbox.procore.frame import api, needed_company, project_of, writer
from integrations.sandbox.procore.lists import (
    by_ids,
    by_text,
    page,
    passing,
    whole,
)
from integrations.sandbox.routing import Answer, Request, dump


def line_item_type(record: Record) -> Record:
    """A cost type."""
    return overridden(
        {
            "id": record["id"],
            "name": record["name"],
            "code": record["code"],
            "base_type": record["base_type"],
            "origin_data": record.get("origin_data"),
            "origin_id": record.get("origin_id"),
        },
        record,
    )


def nested_type(record: Record) -> Record:
    """A cost type inside another record, where origin_data cannot be null."""
    return without_nulls(line_item_type(record), ("origin_id",))


def standard_code(company: Company, record: Record) -> Record:
    """A standard cost code in the compact and extended views."""
    names = (
        "id",
        "standard_cost_code_list_id",
        "parent_id",
        "code",
        "full_code",
        "name",
        "origin_data",
        "origin_id",
    )
    return overridden(without_nulls({name: record.get(name) for name in names}), record)


def is_budgeted(company: Company, record: Record) -> bool:
    """Whether a budget line uses the code; true unless the world says otherwise."""
    return bool(record.get("budgeted", True))


def cost_code(company: Company, record: Record) -> Record:
    """A project's cost code."""
    project = company.get("projects", record["project_id"]) or {}
    types = [
        t
        for t in company.table("line_item_types")
        if record.get("line_item_type_ids") is None or t["id"] in record["line_item_type_ids"]
    ]
    answer = {
        "id": record["id"],
        "biller": project.get("name", ""),
        "biller_id": record["project_id"],
        "biller_type": "Project",
        "biller_origin_id": project.get("origin_id"),
        "budgeted": is_budgeted(company, record),
        "code": record["code"],
        "created_at": record["created_at"],
        "deleted_at": record.get("deleted_at"),
        "full_code": record["full_code"],
        "name": record["name"],
        "origin_data": record.get("origin_data"),
        "origin_id": record.get("origin_id"),
        "parent": {"id": record.get("parent_id")},
        "position": record.get("position"),
        "sortable_code": record["full_code"],
        "standard_cost_code_id": record.get("standard_cost_code_id"),
        "updated_at": record["updated_at"],
        "line_item_types": [nested_type(t) for t in types],
    }
    return overridden(answer, record)


def nested_code(company: Company, record: Record) -> Record:
    """A cost code inside a line or on its own page, where nothing can be null."""
    answer = without_nulls(cost_code(company, record))
    answer["parent"] = without_nulls(answer["parent"])
    answer["standard_cost_code_list_id"] = company.table("standard_cost_code_lists").all()[0]["id"]
    return answer


def _erp_code(company: Company, record: Record) -> Record:
    names = ("id", "name", "full_code", "origin_data", "origin_id", "standard_cost_code_id")
    return overridden(without_nulls({name: record.get(name) for name in names}, ("id", "origin_id")), record)


@api.route("GET", "/rest/v1.0/standard_cost_code_lists")
def list_lists(sandbox: Any, request: Request) -> Answer:
    """The lists of standard cost codes."""
    company = needed_company(request)
    return page(
        sandbox,
        request,
        company.table("standard_cost_code_lists").all(),
        lambda record: dump(
            {
                "id": record["id"],
                "name": record["name"],
                "is_erp_list": bool(record.get("is_erp_list")),
                "available_to_use_on_new_projects": True,
            }
        ).encode(),
    )


@api.route("GET", "/rest/v1.0/standard_cost_codes")
def list_standard_codes(sandbox: Any, request: Request) -> Answer:
    """A list's codes; the default view gives ids only."""
    company = needed_company(request)
    list_id = whole(request.arg("standard_cost_code_list_id"), "standard_cost_code_list_id")
    if company.get("standard_cost_code_lists", list_id) is None:
        raise absent("Standard cost code list")
    codes = company.children("standard_cost_codes", "standard_cost_code_list_id", list_id)
    full = request.arg("view") in ("compact", "extended")
    write = writer(company, "standard_cost_codes", "full", standard_code)
    return page(
        sandbox,
        request,
        passing(codes, by_text(request, "origin_id")),
        write if full else lambda record: b'{"id":%d}' % record["id"],
    )


@api.route("GET", "/rest/v1.0/standard_cost_codes/{id:int}")
def show_standard_code(sandbox: Any, request: Request, id: int) -> Answer:
    """One standard cost code."""
    company = needed_company(request)
    record = company.get("standard_cost_codes", id)
    if record is None:
        raise absent("Standard cost code")
    return Answer(body=standard_code(company, record))


@api.route("GET", "/rest/v1.0/cost_codes")
def list_cost_codes(sandbox: Any, request: Request) -> Answer:
    """A project's cost codes."""
    company, project = project_of(request)
    codes = company.children("cost_codes", "project_id", project["id"])
    found = passing(codes, by_ids(request), by_text(request, "origin_id"))
    erp = request.arg("view") == "erp_compact"
    return page(
        sandbox,
        request,
        found,
        writer(company, "cost_codes", "erp", _erp_code)
        if erp
        else writer(company, "cost_codes", "", cost_code),
    )


@api.route("GET", "/rest/v1.0/cost_codes/{id:int}")
def show_cost_code(sandbox: Any, request: Request, id: int) -> Answer:
    """One cost code of a project."""
    company, project = project_of(request)
    record = company.get("cost_codes", id)
    if record is None or record["project_id"] != project["id"]:
        raise absent("Cost code")
    return Answer(body=nested_code(company, record))


@api.route("GET", "/rest/v1.0/line_item_types")
def list_types(sandbox: Any, request: Request) -> Answer:
    """The company's cost types."""
    company = project_of(request)[0] if request.arg("project_id") else needed_company(request)
    found = passing(company.table("line_item_types").all(), by_text(request, "origin_id"))
    return page(sandbox, request, found, lambda record: dump(line_item_type(record)).encode())


@api.route("GET", "/rest/v1.0/line_item_types/{id:int}")
def show_type(sandbox: Any, request: Request, id: int) -> Answer:
    """One cost type."""
    record = needed_company(request).get("line_item_types", id)
    if record is None:
        raise absent("Line item type")
    return Answer(body=line_item_type(record))
