"""Acts on timecard entries."""

from typing import Any

from integrations.sandbox.procore import labour
from integrations.sandbox.procore.acts import find
from integrations.sandbox.procore.fields import Record, amount

_EDITABLE = frozenset(
    {
        "date", "hours", "party_id", "project_id", "cost_code_id", "timecard_time_type_id", "description",
        "line_item_type_id", "approval_status",
    }
)  # fmt: skip


def _refuse_unknown(fields: Record) -> None:
    unknown = fields.keys() - _EDITABLE
    if unknown:
        raise ValueError(f"a timecard has no field {', '.join(sorted(unknown))} to edit")


def add_timecard(sandbox: Any, *, project_id: int, date: str, hours: str, **fields: Any) -> Record:
    """Enter a timecard, pending unless `approval_status` says otherwise."""
    _refuse_unknown(fields)
    company, project = find.record(sandbox, "projects", project_id)
    added = labour.add_entry(company, {**fields, "project_id": project["id"], "date": date, "hours": hours})
    return {"id": added["id"], "approval_status": added["approval_status"]}


def approve_timecard(sandbox: Any, *, timecard_id: int) -> Record:
    """Approve a timecard."""
    return edit_timecard(sandbox, timecard_id=timecard_id, approval_status="approved")


def edit_timecard(sandbox: Any, *, timecard_id: int, **fields: Any) -> Record:
    """Change a timecard: its day, hours, person, project, cost code, kind of time or approval."""
    _refuse_unknown(fields)
    company, entry = find.record(sandbox, "timecard_entries", timecard_id)
    if entry.get("deleted_at"):
        raise ValueError(f"timecard {timecard_id} was deleted")
    if fields.get("approval_status", "approved") not in labour.APPROVALS:
        raise ValueError(f"a timecard cannot be {fields['approval_status']}")
    if "hours" in fields:
        amount(fields["hours"])
    entry.update(fields)
    company.changed("timecard_entries", entry)
    return {"id": entry["id"], "date": entry["date"], "hours": entry["hours"]}


def delete_timecard(sandbox: Any, *, timecard_id: int) -> Record:
    """Delete a timecard; it stays readable among the deleted ones alone."""
    company, entry = find.record(sandbox, "timecard_entries", timecard_id)
    company.changed("timecard_entries", entry)
    entry["deleted_at"] = entry["updated_at"]
    return {"id": entry["id"]}
