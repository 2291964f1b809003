"""Budget codes: a project's combinations of cost code and cost type."""

from typing import Any

from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.errors import refused_v2
from integrations.sandbox.procore.fields import Record, overridden
from integrations.sandbox.procore.frame import api, company_of, project_of, writer
from integrations.sandbox.procore.lists import by_range, one, page, passing, values
from integrations.sandbox.routing import Answer, Request, dump

SEGMENTS = {"cost_code": 1, "line_item_type": 2}  # the budget code pattern, in order
PATTERN_ID = 1


def wbs_code(company: Company, project_id: int | None, cost_code_id: Any, type_id: Any) -> Record | None:
    """The budget code of a cost code and cost type in a project, made when new; None without a known code."""
    code, kind = company.get("cost_codes", cost_code_id), company.get("line_item_types", type_id)
    if code is None or project_id is None:
        return None
    index = company.budget_codes
    found = index.get((project_id, cost_code_id, type_id))
    if found is None:
        # Added to the table directly: finding a code again must not count as a change.
        found = {
            "id": company.next_id(),
            "project_id": project_id,
            "cost_code_id": cost_code_id,
            "line_item_type_id": type_id if kind else None,
            "created_at": company.now(),
            "updated_at": company.now(),
        }
        index[project_id, cost_code_id, type_id] = company.table("wbs_codes").add(found)
    return found


def flat_code(company: Company, record: Record) -> str:
    """The budget code in one string, parts joined by dots."""
    return ".".join(
        part["full_code"] if "full_code" in part else part["code"] for part in _parts(company, record)
    )


def short_wbs(company: Company, record: Record | None, *, segments: bool = False) -> Record | None:
    """A budget code inside a line; with its segment items where the resource shows them."""
    if record is None:
        return None
    key = ("wbs", record["id"], segments)
    shown: Record = company.named(key, lambda: _short(company, record, segments=segments))
    return shown


def _short(company: Company, record: Record, *, segments: bool) -> Record:
    parts = _parts(company, record)
    answer = {"id": record["id"], "flat_code": flat_code(company, record), "description": _text(parts)}
    if segments:
        answer["segment_items"] = [_segment_item(company, part) for part in parts]
    return answer


def _text(parts: list[Record]) -> str:
    return ".".join(part["name"] for part in parts)


def _parts(company: Company, record: Record) -> list[Record]:
    found = (
        company.get("cost_codes", record["cost_code_id"]),
        company.get("line_item_types", record["line_item_type_id"]),
    )
    return [part for part in found if part is not None]


def _segment_item(company: Company, part: Record) -> Record:
    kind = "cost_code" if "full_code" in part else "line_item_type"
    path = _path(company, part)
    return {
        "id": part["id"],
        "code": part["code"],
        "name": part["name"],
        "path_ids": [p["id"] for p in path],
        "path_codes": [p["code"] for p in path],
        "segment_type": kind,
        "segment_id": SEGMENTS[kind],
    }


def _path(company: Company, part: Record) -> list[Record]:
    path = [part]
    while (parent := company.get("cost_codes", path[0].get("parent_id"))) is not None and len(path) < 10:
        path.insert(0, parent)
    return path


def _used_codes(company: Company, project: Record) -> list[Record]:
    """Every budget code the project's lines use."""
    for kind in ("work_order_contracts", "purchase_order_contracts", "change_order_packages", "direct_costs"):
        for record in company.children(kind, "project_id", project["id"]):
            for line in record.get("line_items") or ():
                wbs_code(company, project["id"], line.get("cost_code_id"), line.get("line_item_type_id"))
    return [record for record in company.table("wbs_codes") if record["project_id"] == project["id"]]


def _full_wbs(company: Company, record: Record) -> Record:
    parts = _parts(company, record)
    answer = {
        "id": record["id"],
        "flat_code": flat_code(company, record),
        "flat_name": _text(parts),
        "description": _text(parts),
        "status": "active",
        "created_at": record["created_at"],
        "updated_at": record["updated_at"],
        "segment_items": [_full_item(company, part) for part in parts],
        "wbs_pattern_id": PATTERN_ID,
    }
    return overridden(answer, record)


def _full_item(company: Company, part: Record) -> Record:
    path, item = _path(company, part), _segment_item(company, part)
    item["segment"] = _segment(item.pop("segment_type"), item.pop("segment_id"))
    return item | {
        "created_at": part["created_at"],
        "updated_at": part["updated_at"],
        "parent_id": part.get("parent_id"),
        "path_code": "-".join(p["code"] for p in path),
        "path_names": [p["name"] for p in path],
        "is_parent": False,
        "in_use": True,
        "status": "active",
    }


def _segment(kind: str, id: int) -> Record:
    return {
        "id": id,
        "type": kind,
        "name": kind.replace("_", " ").capitalize(),
        "position": SEGMENTS[kind],
        "required": True,
        "delimiter": ".",
        "wbs_pattern_id": PATTERN_ID,
        "structure": "tiered" if kind == "cost_code" else "flat",
    }


@api.route("GET", "/rest/v1.0/projects/{project_id:int}/work_breakdown_structure/wbs_codes")
def list_wbs_codes(sandbox: Any, request: Request, project_id: int) -> Answer:
    """The project's budget codes."""
    company, project = project_of(request, given=project_id)
    ends = sandbox.switches.procore_range_ends_included
    found = passing(_used_codes(company, project), by_range(request, "updated_at", ends=ends))
    return page(sandbox, request, found, writer(company, "wbs_codes", "", _full_wbs))


@api.route("GET", "/rest/v2.0/companies/{company_id:int}/projects/{project_id:int}/wbs/codes")
def list_wbs_codes_v2(sandbox: Any, request: Request, company_id: int, project_id: int) -> Answer:
    """The same, flat, with ids as strings."""
    company_of(request, given=company_id)
    company, project = project_of(request, given=project_id)
    wanted, sought = set(values(request, "id")), (one(request, "search") or "").casefold()
    if one(request, "scope") not in (None, "budget_code", "production_quantity_code"):
        raise refused_v2(400, "filters[scope] is not known")
    rows = [_flat_wbs(company, record) for record in _used_codes(company, project)]
    shown = [
        row
        for row in rows
        if (not wanted or row["id"] in wanted) and sought in f"{row['code']} {row['description']}".casefold()
    ]
    return page(
        sandbox,
        request,
        shown,
        lambda row: dump(row).encode(),
        default=10,
        largest=100,
        wrap=(b'{"data":[', b"]}"),
    )


def _flat_wbs(company: Company, record: Record) -> Record:
    parts = _parts(company, record)
    names = {f"attribute_{n}_name": part["name"] for n, part in enumerate(parts, 1)}
    return {
        "id": str(record["id"]),
        "code": flat_code(company, record),
        "description": _text(parts),
        "status": "active",
        **names,
    }
