"""Acts on progress claims."""

import mimetypes
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from integrations.sandbox.procore.acts import find
from integrations.sandbox.procore.claim_writes import DAYS, move_item, row_for, set_fields
from integrations.sandbox.procore.claims import REJECTED, claims_of, figures, summary
from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.fields import Record, amount, day, money
from integrations.sandbox.procore.load import add_requisition, fill_item

_EDITABLE = frozenset(
    {
        *DAYS,
        "number",
        "invoice_number",
        "period_id",
        "final",
        "comment",
        "due_date",
        "custom_fields",
        "total_claimed_amount",
        "tax_applicable_to_this_payment",
        "invoice_type",
        "erp_status",
        "origin_data",
        "move_materials_to_previous_work_completed",
    }
)
_NAMING = ("id", "line_item_id", "item_type")


def _claim(sandbox: Any, claim_id: Any) -> tuple[Company, Record]:
    company, claim = find.record(sandbox, "requisitions", claim_id)
    find.refuse_locked(claim)
    return company, claim


def _result(company: Company, claim: Record) -> Record:
    return {
        "id": claim["id"],
        "status": claim["status"],
        "number": claim["number"],
        "current_payment_due": money(figures(company, claim).due),
        "updated_at": claim["updated_at"],
    }


def _set_status(sandbox: Any, claim_id: Any, status: str) -> Record:
    company, claim = _claim(sandbox, claim_id)
    set_fields(company, claim, {"status": status}, user=company.users[0])
    return _result(company, claim)


def approve_claim(sandbox: Any, *, claim_id: int, as_noted: bool = False) -> Record:
    """Approve a claim, or approve it as noted."""
    return _set_status(sandbox, claim_id, "approved_as_noted" if as_noted else "approved")


def unapprove_claim(sandbox: Any, *, claim_id: int, status: str = "under_review") -> Record:
    """Take an approval back: the claim is under review (or draft, or pending_owner_approval) again."""
    return _set_status(sandbox, claim_id, status)


def reject_claim(sandbox: Any, *, claim_id: int) -> Record:
    """Send a claim back to be revised and resubmitted."""
    return _set_status(sandbox, claim_id, REJECTED)


def edit_claim(
    sandbox: Any, *, claim_id: int, items: Iterable[Mapping[str, Any]] = (), **fields: Any
) -> Record:
    """Change a claim's header fields, and rows given by id or line_item_id with their new movements.

    A movement is this claim's own: `work_completed_this_period`,
    `work_completed_retainage_retained_this_period`, `work_completed_retainage_released_this_period`,
    `materials_presently_stored`, `materials_stored_retainage_new_materials`,
    `materials_stored_retainage_released_this_period`, `comment`.
    """
    company, claim = _claim(sandbox, claim_id)
    unknown = fields.keys() - _EDITABLE
    if unknown:
        raise ValueError(f"a claim has no field {', '.join(sorted(unknown))} to edit")
    changes = [(dict(row), {n: v for n, v in row.items() if n not in _NAMING}) for row in items]
    for _, movements in changes:
        fill_item(company, {**movements, "id": 0})
    for row, movements in changes:
        move_item(row_for(company, claim, row), movements)
    header = {
        name: day(value) if name in (*DAYS, "due_date") and value is not None else value
        for name, value in fields.items()
    }
    set_fields(company, claim, header, user=company.users[0])
    return _result(company, claim)


def add_claim(
    sandbox: Any,
    *,
    commitment_id: int,
    items: Iterable[Mapping[str, Any]],
    status: str = "draft",
    **fields: Any,
) -> Record:
    """Enter a claim on a commitment; `items` as for edit_claim, each naming its line_item_id."""
    company, _, commitment = find.commitment(sandbox, commitment_id)
    claim = add_requisition(
        company,
        {
            **fields,
            "commitment_id": commitment["id"],
            "project_id": commitment["project_id"],
            "status": status,
            "items": [dict(row) for row in items],
        },
    )
    return _result(company, claim)


def attach_file(
    sandbox: Any, *, claim_id: int, filename: str, text: str = "", size: int = 0, content: str | None = None
) -> Record:
    """Attach a file to a claim; `content` in base64, else something that its ending fits."""
    company, claim = find.record(sandbox, "requisitions", claim_id)
    kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    one = {"id": company.next_id(), "filename": filename, "content_type": kind, "text": text, "size": size}
    claim["attachments"] = [*(claim.get("attachments") or ()), one | {"content": content}]
    company.changed("requisitions", claim)
    return {"id": one["id"], "filename": filename}


def delete_claim(sandbox: Any, *, claim_id: int) -> Record:
    """Delete a claim for good; later claims of the contract are computed anew."""
    company, claim = _claim(sandbox, claim_id)
    company.remove("requisitions", claim)
    for row in company.children("change_histories", "ref_id", claim["id"]):
        company.remove("change_histories", row)
    return {"id": claim["id"], "left": [other["id"] for other in claims_of(company, claim["commitment_id"])]}


def break_claim_summary(
    sandbox: Any, *, claim_id: int, field: str = "current_payment_due", by: str | int | Decimal = "0.05"
) -> Record:
    """Make one figure of a claim's summary wrong by an amount, so that its lines miss it; 0 mends it."""
    company, claim = _claim(sandbox, claim_id)
    wrong = amount(by)
    overrides = claim.setdefault("summary_overrides", {})
    overrides.pop(field, None)
    if wrong:
        shown = summary(claim, figures(company, claim))
        if field not in shown:
            raise LookupError(f"a claim's summary has no {field}")
        overrides[field] = money(amount(shown[field]) + wrong)
    company.changed("requisitions", claim)
    return _result(company, claim)
