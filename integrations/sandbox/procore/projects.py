"""Who asks, companies, projects and their stages."""

from typing import Any

from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.errors import absent, refused
from integrations.sandbox.procore.fields import Record, money, number, overridden, without_nulls
from integrations.sandbox.procore.frame import api, company_of, needed_company, permitted, writer
from integrations.sandbox.procore.lists import (
    by_flag,
    by_ids,
    by_range,
    by_text,
    one,
    ordered,
    page,
    passing,
    whole,
)
from integrations.sandbox.routing import Answer, Request, dump

NULLABLE = (
    "accounting_project_number",
    "address",
    "city",
    "completion_date",
    "country_code",
    "county",
    "description",
    "designated_market_area",
    "estimated_completion_date",
    "estimated_start_date",
    "estimated_value",
    "flag",
    "latitude",
    "longitude",
    "origin_code",
    "origin_data",
    "origin_id",
    "owners_project_id",
    "parent_job_id",
    "phone",
    "photo_id",
    "project_bid_type_id",
    "project_number",
    "project_owner_type_id",
    "project_region_id",
    "projected_finish_date",
    "public_notes",
    "square_feet",
    "standard_cost_code_list_id",
    "start_date",
    "state_code",
    "store_number",
    "total_value",
    "warranty_end_date",
    "warranty_start_date",
    "zip",
)
_V10_LIST = (
    "id",
    "name",
    "is_demo",
    "parent_job_id",
    "display_name",
    "project_number",
    "address",
    "city",
    "state_code",
    "country_code",
    "zip",
    "county",
    "time_zone",
    "latitude",
    "longitude",
    "stage",
    "project_stage",
    "phone",
    "created_at",
    "updated_at",
    "active",
    "origin_id",
    "origin_data",
    "origin_code",
    "owners_project_id",
    "total_value",
    "store_number",
    "accounting_project_number",
    "designated_market_area",
    "project_region_id",
    "project_bid_type_id",
    "project_owner_type_id",
    "photo_id",
    "start_date",
    "completion_date",
    "estimated_value",
    "company",
    "custom_fields",
)
_NORMAL = tuple(name for name in _V10_LIST if name not in ("stage", "county", "phone"))
_SHOW_MORE = ("is_erp_integrated", "code", "template", "project_stage_id")
_NOT_EXTENDED = (*_SHOW_MORE, "stage", "is_demo", "project_bid_type_id")


def stage_of(company: Company, record: Record) -> Record | None:
    """The project's stage, or None when it never got one."""
    return company.get("project_stages", record.get("project_stage_id"))


def render(company: Company, record: Record) -> Record:
    """A project with every field of the extended view."""
    stage, value = stage_of(company, record), money(number(record.get("total_value"), None))
    answer = {name: record.get(name) for name in NULLABLE}
    answer |= {
        "id": record["id"],
        "name": record["name"],
        "active": record["active"],
        "departments": [],
        "actual_start_date": record.get("actual_start_date"),
        "company": {"id": company.id, "name": company.facts["name"]},
        "country_code": record.get("country_code") or "AU",
        "created_at": record["created_at"],
        "custom_fields": record.get("custom_fields") or {},
        "dictionary_type": "standard",
        "display_name": " - ".join(str(t) for t in (record.get("project_number"), record["name"]) if t),
        "estimated_completion_date": record.get("completion_date"),
        "estimated_start_date": record.get("start_date"),
        "estimated_value": value,
        "is_demo": False,
        "total_value": value,
        "project_stage": {"id": stage["id"], "name": stage["name"]} if stage else None,
        "project_stage_id": stage["id"] if stage else None,
        "stage": stage["name"] if stage else None,
        "standard_cost_code_list_id": record.get("standard_cost_code_list_id") or _list_id(company),
        "time_zone": record.get("time_zone") or "Australia/Sydney",
        "tz_name": record.get("tz_name") or "Australia/Sydney",
        "updated_at": record["updated_at"],
        "is_erp_integrated": bool(record.get("origin_id")),
        "code": record.get("code"),
        "template": False,
    }
    return overridden(without_nulls(answer, (*NULLABLE, "code")), record)


def _list_id(company: Company) -> int:
    first: int = company.table("standard_cost_code_lists").all()[0]["id"]
    return first


def _only(names: tuple[str, ...]) -> Any:
    def render_part(company: Company, record: Record) -> Record:
        whole_record = render(company, record)
        part = {name: whole_record[name] for name in names if name in whole_record}
        # The v1.1 normal view allows null in few fields only; v1.0 needs a country.
        return overridden(part, record)

    return render_part


def _normal(company: Company, record: Record) -> Record:
    part = _only(_NORMAL)(company, record)
    nullable = (
        "origin_code",
        "origin_data",
        "origin_id",
        "owners_project_id",
        "parent_job_id",
        "photo_id",
        "project_bid_type_id",
        "project_owner_type_id",
        "project_region_id",
    )
    return without_nulls(part, nullable)


def _extended(company: Company, record: Record) -> Record:
    answer = render(company, record)
    return {name: value for name, value in answer.items() if name not in _NOT_EXTENDED}


def _show(company: Company, record: Record) -> Record:
    return {name: value for name, value in render(company, record).items() if name != "stage"}


VIEWS = {
    "compact": _only(("id", "name")),
    "minimal": _only(("id", "name")),
    "normal": _normal,
    "extended": _extended,
    "v1.0": _only(_V10_LIST),
    "show": _show,
}


def visible(company: Company) -> list[Record]:
    """The projects the app may see."""
    return [record for record in company.table("projects") if permitted(company, record)]


def _found(sandbox: Any, request: Request, company: Company) -> list[Record]:
    ends = sandbox.switches.procore_range_ends_included
    status = one(request, "by_status") or "Active"
    if status not in ("All", "Active", "Inactive"):
        raise refused(400, "filters[by_status] is not one of All, Active, Inactive", fields="by_status")
    wanted = {"All": (True, False), "Active": (True,), "Inactive": (False,)}[status]
    found = passing(
        visible(company),
        [lambda record: record["active"] in wanted],
        by_ids(request),
        by_text(request, "name"),
        by_text(request, "origin_id"),
        by_range(request, "updated_at", ends=ends),
        by_range(request, "created_at", ends=ends),
        by_flag(request, "synced", lambda r: bool(r.get("origin_id"))),
    )
    names = {
        "name": lambda r: r["name"].casefold(),
        "display_name": lambda r: f"{r.get('project_number') or ''} {r['name']}".casefold(),
    }
    return ordered(request, found, names)


@api.route("GET", "/rest/v1.0/projects")
def list_projects(sandbox: Any, request: Request) -> Answer:
    """The company's projects, active ones unless asked otherwise."""
    company = needed_company(request)
    view = "compact" if request.arg("serializer_view") == "compact" else "v1.0"
    return page(
        sandbox,
        request,
        _found(sandbox, request, company),
        writer(company, "projects", view, VIEWS[view]),
        default=100,
        largest=300,
    )


@api.route("GET", "/rest/v1.1/projects")
def list_projects_v11(sandbox: Any, request: Request) -> Answer:
    """The same with views and more filters."""
    company = needed_company(request)
    stage = one(request, "by_stage")
    found = passing(
        _found(sandbox, request, company),
        by_text(request, "project_number"),
        by_flag(request, "is_demo", lambda record: False),
        by_flag(request, "template", lambda record: False),
        [
            lambda record: (
                stage in (str(record.get("project_stage_id")), (stage_of(company, record) or {}).get("name"))
            )
        ]
        if stage
        else [],
    )
    view = request.arg("view") or "normal"
    if view == "ids":
        return page(
            sandbox, request, found, lambda record: b'{"id":%d}' % record["id"], default=100, largest=300
        )
    known = view if view in ("compact", "extended") else "normal"
    return page(
        sandbox, request, found, writer(company, "projects", known, VIEWS[known]), default=100, largest=300
    )


@api.route("GET", "/rest/v1.0/projects/{id:int}")
def show_project(sandbox: Any, request: Request, id: int) -> Answer:
    """One project, active or not."""
    company = needed_company(request)
    record = company.get("projects", id)
    if record is None:
        raise absent("Project")
    if not permitted(company, record):
        raise refused(403, "You do not have access to this project")
    view = "minimal" if request.arg("view") == "minimal" else "show"
    body = writer(company, "projects", view, VIEWS[view])(record)
    return Answer(200, body, content_type="application/json; charset=utf-8")


@api.route("GET", "/rest/v1.0/companies/{company_id:int}/projects")
def list_projects_thinly(sandbox: Any, request: Request, company_id: int) -> Answer:
    """Every project of the company with a little about it, without paging."""
    company = company_of(request, given=company_id)
    return Answer(body=[_thin(company, record) for record in visible(company)])


def _thin(company: Company, record: Record) -> Record:
    place = {
        "street": record.get("address") or "",
        "city": record.get("city") or "",
        "zip": record.get("zip") or "",
        "state_code": record.get("state_code"),
        "country_code": record.get("country_code") or "AU",
    }
    stage = stage_of(company, record)
    return {
        "id": record["id"],
        "name": record["name"],
        "address": place,
        "stage_name": stage["name"] if stage else "",
        "status_name": "Active" if record["active"] else "Inactive",
        "type_name": None,
        "open_items": [],
    }


def _stage(company: Company, record: Record) -> Record:
    answer = {"id": record["id"], "name": record["name"], "category": record.get("category")}
    flags = (
        "is_bidding_stage",
        "is_concept_stage",
        "readonly",
        "default_stage",
        "hideable",
        "has_rfi_prefixes",
        "project_stage_has_children",
    )
    return overridden({**answer, **{name: bool(record.get(name)) for name in flags}}, record)


@api.route("GET", "/rest/v1.0/companies/{company_id:int}/project_stages")
def list_stages(sandbox: Any, request: Request, company_id: int) -> Answer:
    """The company's project stages."""
    company = company_of(request, given=company_id)
    return page(
        sandbox, request, company.table("project_stages").all(), writer(company, "project_stages", "", _stage)
    )


@api.route("GET", "/rest/v1.0/companies/{company_id:int}/project_stages/{id:int}")
def show_stage(sandbox: Any, request: Request, company_id: int, id: int) -> Answer:
    """One project stage."""
    company = company_of(request, given=company_id)
    record = company.get("project_stages", id)
    if record is None:
        raise absent("Project stage")
    return Answer(body=_stage(company, record))


@api.route("GET", "/rest/v1.0/me")
def show_me(sandbox: Any, request: Request) -> Answer:
    """Who the token acts for."""
    user = request.caller.user
    return Answer(body={"id": whole(str(user["id"]), "id"), "name": user["name"], "login": user["login"]})


@api.route("GET", "/rest/v1.0/companies")
def list_companies(sandbox: Any, request: Request) -> Answer:
    """The companies that installed the app."""
    client = sandbox.oauth.client("procore", request.caller.token.client_id)
    targets = client.targets if client else None
    companies = [c for c in sandbox.procore.values() if targets is None or str(c.id) in targets]
    rows = [
        {
            "id": c.id,
            "name": c.facts["name"],
            "is_active": c.facts.get("is_active", True),
            "logo_url": "",
            "pcn_business_experience": None,
            "my_company": True,
        }
        for c in companies
        if c.facts.get("connected", True)
    ]
    return page(sandbox, request, rows, lambda row: dump(row).encode())


@api.route("GET", "/rest/v1.0/company_base_url")
def show_base_url(sandbox: Any, request: Request) -> Answer:
    """Where the company's people open Procore in their browser."""
    company = company_of(request)
    zone = company.facts.get("zone") or "au01"
    return Answer(
        body={
            "zone": zone,
            "web_base_url": company.facts.get("web_base_url") or f"https://{zone}.procore.com",
        }
    )
