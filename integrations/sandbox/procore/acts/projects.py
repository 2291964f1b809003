"""Acts on projects, cost codes and what the app may see."""

from collections.abc import Iterable
from typing import Any

from integrations.sandbox.procore import load
from integrations.sandbox.procore.acts import find
from integrations.sandbox.procore.fields import Record


def rename_project(
    sandbox: Any, *, project_id: int, name: str | None = None, project_number: str | None = None
) -> Record:
    """Give a project another name, number or both; an empty number takes it away."""
    company, project = find.record(sandbox, "projects", project_id)
    if name is not None:
        project["name"] = name
    if project_number is not None:
        project["project_number"] = project_number or None
    company.changed("projects", project)
    return {"id": project["id"], "name": project["name"], "project_number": project.get("project_number")}


def set_project_stage(sandbox: Any, *, project_id: int, stage: str | None) -> Record:
    """Move a project to the stage with this name, made when new; null takes the stage away."""
    company, project = find.record(sandbox, "projects", project_id)
    found = next((row for row in company.table("project_stages") if row["name"] == stage), None)
    if stage and found is None:
        found = company.add("project_stages", {"name": stage})
    project["project_stage_id"] = found["id"] if stage and found else None
    company.changed("projects", project)
    return {"id": project["id"], "stage": stage}


def set_project_active(sandbox: Any, *, project_id: int, active: bool) -> Record:
    """Make a project active or inactive."""
    company, project = find.record(sandbox, "projects", project_id)
    project["active"] = bool(active)
    company.changed("projects", project)
    return {"id": project["id"], "active": project["active"]}


def add_project(
    sandbox: Any,
    *,
    name: str,
    project_number: str | None = None,
    stage: str | None = None,
    company_id: int | None = None,
    **fields: Any,
) -> Record:
    """Open a project; it gets every standard cost code."""
    company = find.company(sandbox, company_id)
    project = {**fields, "name": name, "project_number": project_number}
    load.add_project(company, project | ({"stage": stage} if stage else {}))
    project = company.table("projects").all()[-1]
    own: dict[Any, Any] = {}
    for standard in company.table("standard_cost_codes").all():
        code = {
            "project_id": project["id"],
            "standard_cost_code_id": standard["id"],
            "parent_id": own.get(standard.get("parent_id")),
        }
        own[standard["id"]] = load.add_cost_code(company, code)["id"]
    return {"id": project["id"], "name": name}


def add_standard_cost_code(
    sandbox: Any, *, code: str, name: str, parent_id: int | None = None, company_id: int | None = None
) -> Record:
    """Add a code to the company's standard list."""
    company = find.company(sandbox, company_id)
    added = load.add_standard_cost_code(company, {"code": code, "name": name, "parent_id": parent_id})
    return {"id": added["id"], "full_code": added["full_code"]}


def add_project_cost_code(
    sandbox: Any,
    *,
    project_id: int,
    code: str | None = None,
    name: str | None = None,
    standard_cost_code_id: int | None = None,
    parent_id: int | None = None,
) -> Record:
    """Add a cost code to a project, taken from the standard list or of the project's own."""
    company, project = find.record(sandbox, "projects", project_id)
    given = {
        "code": code,
        "name": name,
        "standard_cost_code_id": standard_cost_code_id,
        "parent_id": parent_id,
    }
    fields = {key: value for key, value in given.items() if value is not None}
    if standard_cost_code_id is None and not (code and name):
        raise ValueError("a cost code needs a code and a name, or a standard_cost_code_id")
    added = load.add_cost_code(company, {**fields, "project_id": project["id"]})
    return {"id": added["id"], "full_code": added["full_code"]}


def permit_projects(
    sandbox: Any, *, project_ids: Iterable[int] | None = None, company_id: int | None = None
) -> Record:
    """Say which projects the app may see; null is every one."""
    company = find.company(sandbox, company_id)
    company.facts["permitted_project_ids"] = None if project_ids is None else [int(id) for id in project_ids]
    return {"permitted_project_ids": company.facts["permitted_project_ids"]}


def connect_company(sandbox: Any, *, connected: bool, company_id: int | None = None) -> Record:
    """Install the app in a company, or disconnect it."""
    company = find.company(sandbox, company_id)
    company.facts["connected"] = bool(connected)
    return {"id": company.id, "connected": company.facts["connected"]}
