"""Acts on direct costs."""

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.sandbox.procore import load
from integrations.sandbox.procore.acts import find
from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.costs import DAYS, STATUSES, TEXTS, TYPES, total
from integrations.sandbox.procore.fields import Record, day

_EDITABLE = frozenset({*DAYS, *TEXTS, "vendor_id"} - {"origin_id"})


def _cost(sandbox: Any, cost_id: Any) -> tuple[Company, Record]:
    company, cost = find.record(sandbox, "direct_costs", cost_id)
    find.refuse_locked(cost)
    return company, cost


def _result(cost: Record) -> Record:
    return {
        "id": cost["id"],
        "status": cost["status"],
        "amount": total(cost),
        "line_items": [line["id"] for line in cost["line_items"]],
        "updated_at": cost["updated_at"],
    }


def _set_status(sandbox: Any, cost_id: Any, status: str) -> Record:
    if status not in STATUSES:
        raise ValueError(f"a direct cost has no status {status}")
    company, cost = _cost(sandbox, cost_id)
    cost["status"] = status
    company.changed("direct_costs", cost)
    return _result(cost)


def add_direct_cost(
    sandbox: Any,
    *,
    project_id: int,
    line_items: Iterable[Mapping[str, Any]],
    vendor_id: int | None = None,
    invoice_number: str | None = None,
    kind: str = "invoice",
    status: str = "draft",
    **fields: Any,
) -> Record:
    """Enter a direct cost (kind invoice, expense or payroll); lines with cost_code_id, line_item_type_id
    and amount.
    """
    if kind not in TYPES or status not in STATUSES:
        raise ValueError(f"there is no direct cost of type {kind} and status {status}")
    company, project = find.record(sandbox, "projects", project_id)
    record = {**_fields(fields), "project_id": project["id"], "vendor_id": vendor_id}
    record |= {"invoice_number": invoice_number, "direct_cost_type": kind, "status": status}
    return _result(load.add_direct_cost(company, record | {"line_items": [dict(row) for row in line_items]}))


def edit_direct_cost(
    sandbox: Any, *, cost_id: int, line_items: Iterable[Mapping[str, Any]] = (), **fields: Any
) -> Record:
    """Change a direct cost's fields and lines; a line with a known id is changed (removed with `removed`),
    another one added.
    """
    company, cost = _cost(sandbox, cost_id)
    changed, own = _fields(fields), {line["id"]: line for line in cost["line_items"]}
    for row in line_items:
        if row.get("id") not in own:
            cost["line_items"].append(load.fill_line(company, row, len(cost["line_items"]) + 1))
        elif row.get("removed"):
            cost["line_items"].remove(own[row["id"]])
        else:
            own[row["id"]].update(row)
    cost.update(changed)
    company.changed("direct_costs", cost)
    return _result(cost)


def approve_direct_cost(sandbox: Any, *, cost_id: int) -> Record:
    """Approve a direct cost."""
    return _set_status(sandbox, cost_id, "approved")


def unapprove_direct_cost(sandbox: Any, *, cost_id: int, status: str = "pending") -> Record:
    """Take an approval back: the direct cost is pending (or draft, or revise_and_resubmit) again."""
    return _set_status(sandbox, cost_id, status)


def delete_direct_cost(sandbox: Any, *, cost_id: int) -> Record:
    """Delete a direct cost for good."""
    company, cost = _cost(sandbox, cost_id)
    company.remove("direct_costs", cost)
    return {"id": cost["id"]}


def _fields(fields: Mapping[str, Any]) -> Record:
    """Header fields as they are kept; raises ValueError for a field that a direct cost does not have."""
    unknown = fields.keys() - _EDITABLE
    if unknown:
        raise ValueError(f"a direct cost has no field {', '.join(sorted(unknown))} to edit")
    return {
        name: day(value) if name in DAYS and value is not None else value for name, value in fields.items()
    }
