"""Time: people, kinds of time and timecard entries, as lists of the company and of a project."""

from typing import Any

from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.errors import absent
from integrations.sandbox.procore.fields import Record, amount, overridden, without_nulls
from integrations.sandbox.procore.frame import api, company_of, project_of, writer
from integrations.sandbox.procore.lists import by_flag, by_ids, by_range, page, passing
from integrations.sandbox.routing import Answer, Request

APPROVALS = ("pending", "reviewed", "approved", "completed")
_PLAIN = (
    "id", "created_at", "date", "deleted_at", "description", "billable", "hours", "approval_status",
    "updated_at", "origin_id", "origin_data", "line_item_type_id",
)  # fmt: skip


def render_person(company: Company, record: Record) -> Record:
    """A person of the directory; people who work for us are employees."""
    answer = {
        "id": record["id"],
        "first_name": record.get("first_name", ""),
        "last_name": record.get("last_name", ""),
        "is_employee": record.get("is_employee", True),
        "employee_id": record.get("employee_id"),
        "user_id": record.get("user_id"),
        "user_uuid": None,
        "work_classification_id": record.get("work_classification_id"),
        "origin_id": record.get("origin_id"),
        "contact": {"is_active": record.get("is_active", True), "email": record.get("email", "")},
    }
    nullable = ("employee_id", "user_id", "user_uuid", "work_classification_id", "origin_id", "is_employee")
    return overridden(without_nulls(answer, nullable), record)


def _named(company: Company, kind: str, id: Any, *names: str) -> Record | None:
    found = company.get(kind, id)
    return None if found is None else {"id": found["id"]} | {name: found.get(name, "") for name in names}


def render(company: Company, record: Record) -> Record:
    """A timecard entry as the company's list has it; hours are a text."""
    person = company.get("people", record.get("party_id")) or {}
    name = f"{person.get('first_name', '')} {person.get('last_name', '')}".strip()
    code = company.get("cost_codes", record.get("cost_code_id"))
    kind = _named(company, "timecard_time_types", record.get("timecard_time_type_id"), "time_type")
    answer = {name: record.get(name) for name in _PLAIN} | {
        "in_progress": False,
        "time_in": record.get("time_in"),
        "time_out": record.get("time_out"),
        "lunch_time": record.get("lunch_time"),
        "cost_code": {"id": code["id"], "name": f"{code['full_code']} - {code['name']}"} if code else None,
        "timecard_time_type": kind and kind | {"company_id": company.id, "global": False},
        "party": {"id": person["id"], "name": name} if person else None,
        "project": _named(company, "projects", record.get("project_id"), "name"),
    }
    return overridden(without_nulls(answer), record)


def render_in_project(company: Company, record: Record) -> Record:
    """A timecard entry as the project's list has it."""
    whole = render(company, record)
    gone = ("in_progress", "project", "lunch_time", "time_in", "time_out")
    return {name: value for name, value in whole.items() if name not in gone}


@api.route("GET", "/rest/v1.0/companies/{company_id:int}/people")
def list_people(sandbox: Any, request: Request, company_id: int) -> Answer:
    """The people of the company's directory."""
    company = company_of(request, given=company_id)
    sought = (request.arg("filters[search]") or "").strip('"').casefold()
    found = passing(
        company.table("people"),
        by_flag(request, "is_employee", lambda one: bool(one.get("is_employee", True))),
        by_flag(request, "reference_users_only", lambda one: one.get("user_id") is not None),
        by_flag(request, "without_reference_users", lambda one: one.get("user_id") is None),
        by_ids(request, "vendor_id", "vendor_id"),
        [lambda one: sought in f"{one.get('first_name', '')} {one.get('last_name', '')}".casefold()],
    )
    return page(sandbox, request, found, writer(company, "people", "", render_person))


@api.route("GET", "/rest/v1.0/companies/{company_id:int}/timecard_time_types")
def list_time_types(sandbox: Any, request: Request, company_id: int) -> Answer:
    """The kinds of time, without paging."""
    company = company_of(request, given=company_id)
    rows = [{"id": one["id"], "time_type": one["time_type"]} for one in company.table("timecard_time_types")]
    return Answer(200, rows)


def _within(request: Request, first: str | None, last: str | None) -> list[Any]:
    tests: list[Any] = []
    if first:
        tests.append(lambda one: one["date"] >= first)
    if last:
        tests.append(lambda one: one["date"] <= last)
    return tests


@api.route("GET", "/rest/v1.0/companies/{company_id:int}/timecard_entries")
def list_entries(sandbox: Any, request: Request, company_id: int) -> Answer:
    """The company's timecard entries; deleted ones only where the filter asks for them."""
    company, ends = company_of(request, given=company_id), sandbox.switches.procore_range_ends_included
    gone = by_range(request, "deleted_at", ends=ends)
    found = passing(
        company.table("timecard_entries"),
        [lambda one: bool(one.get("deleted_at")) is bool(gone)],
        gone,
        by_ids(request),
        by_ids(request, "party_id", "party_id"),
        by_range(request, "updated_at", ends=ends),
        _within(request, request.arg("start_date"), request.arg("end_date")),
    )
    return page(sandbox, request, found, writer(company, "timecard_entries", "", render))


@api.route("GET", "/rest/v1.0/companies/{company_id:int}/timecard_entries/{id:int}")
def show_entry(sandbox: Any, request: Request, company_id: int, id: int) -> Answer:
    """One timecard entry; a deleted one is not found."""
    company = company_of(request, given=company_id)
    record = company.get("timecard_entries", id)
    if record is None or record.get("deleted_at"):
        raise absent("Timecard entry")
    return Answer(200, render(company, record))


@api.route("GET", "/rest/v1.0/projects/{project_id:int}/timecard_entries")
def list_project_entries(sandbox: Any, request: Request, project_id: int) -> Answer:
    """A project's timecard entries: those of today, unless days are named."""
    company, project = project_of(request, given=project_id)
    day = request.arg("log_date")
    first, last = day or request.arg("start_date"), day or request.arg("end_date")
    if not first and not last:
        first = last = company.now()[:10]
    own = [lambda one: one["project_id"] == project["id"] and not one.get("deleted_at")]
    found = passing(company.table("timecard_entries"), own, _within(request, first, last))
    return page(sandbox, request, found, writer(company, "timecard_entries", "project", render_in_project))


def add_entry(company: Company, record: Record) -> Record:
    """A timecard entry; its hours are kept as the text they are given as. Raises ValueError."""
    record = {"approval_status": "pending", "billable": False, **record}
    if record.get("hours") is not None:
        amount(record["hours"])
    if record["approval_status"] not in APPROVALS:
        raise ValueError(f"a timecard cannot be {record['approval_status']}")
    return company.add("timecard_entries", record)
