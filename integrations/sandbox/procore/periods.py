"""Tax codes and billing periods."""

from decimal import Decimal
from typing import Any

from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.errors import absent
from integrations.sandbox.procore.fields import Record, overridden, without_nulls
from integrations.sandbox.procore.frame import api, needed_company, project_of, writer
from integrations.sandbox.procore.lists import by_ids, by_range, by_values, page, passing
from integrations.sandbox.routing import Answer, Request


@api.route("GET", "/rest/v1.0/tax_codes")
def list_tax_codes(sandbox: Any, request: Request) -> Answer:
    """The company's tax codes; `rate1` is a JSON number."""
    company = needed_company(request)
    write = writer(company, "tax_codes", "", tax_code)
    return page(sandbox, request, company.table("tax_codes").all(), write, default=30, largest=100)


@api.route("GET", "/rest/v1.0/tax_codes/{id:int}")
def show_tax_code(sandbox: Any, request: Request, id: int) -> Answer:
    """One tax code."""
    company = needed_company(request)
    record = company.get("tax_codes", id)
    if record is None:
        raise absent("Tax code")
    return Answer(body=tax_code(company, record))


def tax_code(company: Company, record: Record) -> Record:
    """A tax code, archived or not; nothing in it can be null."""
    answer = {
        "id": record["id"],
        "code": record["code"],
        "description": record.get("description") or record["code"],
        "origin_data": record.get("origin_data"),
        "origin_id": record.get("origin_id"),
        "rate1": Decimal(str(record["rate1"])),
        "archived": bool(record["archived"]),
        "default_tax_code": bool(record["default_tax_code"]),
    }
    return overridden(without_nulls(answer), record)


def _period(company: Company, record: Record) -> Record:
    names = (
        "id",
        "created_at",
        "due_date",
        "end_date",
        "position",
        "project_id",
        "start_date",
        "status",
        "updated_at",
    )
    return overridden(without_nulls({name: record.get(name) for name in names}), record)


@api.route("GET", "/rest/v1.0/projects/{project_id:int}/billing_periods")
def list_periods(sandbox: Any, request: Request, project_id: int) -> Answer:
    """The project's billing periods."""
    company, project = project_of(request, given=project_id)
    ends = sandbox.switches.procore_range_ends_included
    found = passing(
        company.children("billing_periods", "project_id", project["id"]),
        by_ids(request),
        by_values(request, "status"),
        by_range(request, "updated_at", ends=ends),
        by_range(request, "created_at", ends=ends),
    )
    return page(sandbox, request, found, writer(company, "billing_periods", "", _period))


@api.route("GET", "/rest/v1.0/projects/{project_id:int}/billing_periods/{id:int}")
def show_period(sandbox: Any, request: Request, project_id: int, id: int) -> Answer:
    """One billing period."""
    company, project = project_of(request, given=project_id)
    record = company.get("billing_periods", id)
    if record is None or record["project_id"] != project["id"]:
        raise absent("Billing period")
    return Answer(body=_period(company, record))
