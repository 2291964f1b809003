"""Changing claims: which fields, which rules, and the history each change leaves."""

from typing import Any

from integrations.sandbox.procore.claims import REJECTED, line_key
from integrations.sandbox.procore.company import COMMITMENTS, Company
from integrations.sandbox.procore.errors import no_record, refused
from integrations.sandbox.procore.fields import Record, day, number
from integrations.sandbox.procore.load import add_history, add_requisition, fill_item

STATUSES = ("draft", "under_review", REJECTED, "approved", "approved_as_noted", "pending_owner_approval")
DAYS = ("requisition_start", "requisition_end", "billing_date", "payment_date", "submitted_at")
HEADER = (*DAYS, "period_id", "final", "invoice_number", "origin_data", "origin_id", "status")
MOVEMENTS = (
    "work_completed_this_period",
    "materials_presently_stored",
    "work_completed_retainage_retained_this_period",
    "materials_stored_retainage_currently_retained",
    "work_completed_retainage_released_this_period",
    "work_completed_this_period_quantity",
    "subcontractor_claimed_amount",
)
ITEM_TEXTS = ("status", "comment")


def refuse_locked(company: Company, record: Record, sent: Record, *, free: tuple[str, ...] = ()) -> None:
    """A record with an origin_id is read-only but for `free` (procore.md, section 12). Raises Refused."""
    if not record.get("origin_id"):
        return
    unlocks = (
        company.switches.procore_clearing_origin_unlocks and "origin_id" in sent and not sent["origin_id"]
    )
    if not unlocks and any(name not in free for name in sent):
        raise refused(
            422, "This record is synced with an ERP integration and cannot be changed", fields="origin_id"
        )


def refuse_taken_origin(company: Company, kind: str, record: Record | None, sent: Record) -> None:
    """An origin_id belongs to one record of a kind in a company. Raises Refused."""
    origin = sent.get("origin_id")
    if not origin:
        return
    if any(other.get("origin_id") == str(origin) and other is not record for other in company.table(kind)):
        status = company.switches.procore_duplicate_origin_status
        raise refused(status, "Origin ID has already been taken", fields="origin_id")


def change_claim(company: Company, claim: Record, sent: Record) -> None:
    """Apply what the API was sent to a claim; raises Refused and then changes nothing."""
    refuse_locked(company, claim, sent)
    refuse_taken_origin(company, "requisitions", claim, sent)
    header = _header(company, claim, sent)
    if sent.get("items") is not None:
        change_items(company, claim, sent["items"])
    set_fields(company, claim, header)


def _header(company: Company, claim: Record, sent: Record) -> Record:
    header = {name: day(sent[name]) if name in DAYS else sent[name] for name in HEADER if name in sent}
    if header.get("status", "draft") not in STATUSES:
        raise refused(400, f"'{header['status']}' is not a valid status", fields="status")
    period = header.get("period_id")
    if (
        period is not None
        and (company.get("billing_periods", period) or {}).get("project_id") != claim["project_id"]
    ):
        raise refused(422, "The billing period belongs to another project", fields="period_id")
    for name in ("invoice_number", "origin_id"):
        if header.get(name) is not None:
            header[name] = str(header[name])
    return header


def set_fields(company: Company, claim: Record, fields: Record, *, user: Record | None = None) -> None:
    """Give a claim new header values and write its history; `updated_at` moves."""
    changed = {name: value for name, value in fields.items() if claim.get(name) != value}
    company.changed("requisitions", claim)
    who = {"action_by": user["name"], "action_by_id": user["id"]} if user else {}
    for name, value in changed.items():
        add_history(company, claim, column=name, old_value=claim.get(name), new_value=value, **who)
    claim.update(changed)
    company.changed("requisitions", claim)


def change_items(company: Company, claim: Record, sent: Any) -> None:
    """Change rows by their ids; rules as the schema notes them. Raises Refused and then changes nothing."""
    refuse_locked(company, claim, {"items": sent})
    if not isinstance(sent, list) or not all(isinstance(row, dict) for row in sent):
        raise refused(400, "items has to be a list of objects", fields="items")
    rows = {item["id"]: item for item in claim["items"]}
    changes = []
    for row in sent:
        if row.get("id") not in rows:
            raise no_record("RequisitionItem", row.get("id"))
        changes.append((rows[row["id"]], _movements(row)))
    for item, movements in changes:
        move_item(item, movements)
    company.changed("requisitions", claim, touch=company.switches.procore_item_edits_touch_claim)


def _movements(row: Record) -> Record:
    try:
        found = {
            name: None if row[name] is None else str(number(row[name])) for name in MOVEMENTS if name in row
        }
    except ValueError as error:
        raise refused(400, str(error), fields="items") from error
    worked = number(found.get("work_completed_this_period"), None)
    held = number(found.get("work_completed_retainage_retained_this_period"), None)
    if held and worked is not None and not worked:
        raise refused(422, "Retainage needs work completed this period", fields="items")
    return found | {name: row[name] for name in ITEM_TEXTS if name in row}


def move_item(item: Record, movements: Record) -> None:
    """Give a row other movements; a balance of materials' retention replaces what was held on them before."""
    if "materials_stored_retainage_currently_retained" in movements:
        item.pop("materials_stored_retainage_new_materials", None)
    if "materials_stored_retainage_new_materials" in movements:
        item.pop("materials_stored_retainage_currently_retained", None)
    item.update(movements)


def create_claim(company: Company, project: Record, commitment_id: int, sent: Record) -> Record:
    """A new claim on a commitment, as a draft unless a status is sent. Raises Refused."""
    commitment = next((found for kind in COMMITMENTS if (found := company.get(kind, commitment_id))), None)
    if commitment is None or commitment["project_id"] != project["id"]:
        raise no_record("Commitment", commitment_id)
    refuse_taken_origin(company, "requisitions", None, sent)
    claim = {"commitment_id": commitment_id, "project_id": project["id"], "status": "draft"}
    header = _header(company, claim, {name: value for name, value in sent.items() if name != "items"})
    items = [
        {
            **{
                name: row[name]
                for name in ("item_type", "line_item_id", "detail_line_item_id")
                if name in row
            },
            **_movements(row),
        }
        for row in sent.get("items") or ()
        if isinstance(row, dict)
    ]
    items = items or [
        {"item_type": "contract_item", "line_item_id": line["id"]} for line in commitment["line_items"]
    ]
    return add_requisition(company, {**claim, **header, "items": items})


def row_for(company: Company, claim: Record, row: Record) -> Record:
    """The row an act means: by `id`, by `line_item_id`, or a new one for that line. Raises LookupError."""
    for item in claim["items"]:
        if row.get("id") == item["id"]:
            return item
        if row.get("line_item_id") is not None and line_key(item)[1] == row["line_item_id"]:
            return item
    if row.get("line_item_id") is None:
        raise LookupError(f"the claim has no row {row.get('id')}")
    item = fill_item(
        company, {"item_type": row.get("item_type", "contract_item"), "line_item_id": row["line_item_id"]}
    )
    claim["items"].append(item)
    return item
