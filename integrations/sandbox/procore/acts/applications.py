"""Acts on payment applications, the claims on prime contracts."""

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.sandbox.procore.acts import find
from integrations.sandbox.procore.claim_writes import move_item, row_for
from integrations.sandbox.procore.claims import REJECTED, figures
from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.fields import Record, day, money
from integrations.sandbox.procore.load import add_application, fill_item

STATUSES = ("draft", "under_review", REJECTED, "approved")  # procore.md, section 11
_EDITABLE = frozenset({"number", "invoice_number", "billing_date", "period_id", "total_amount_paid"})
_NAMING = ("id", "line_item_id", "item_type")


def _application(sandbox: Any, application_id: Any) -> tuple[Company, Record]:
    company, application = find.record(sandbox, "payment_applications", application_id)
    find.refuse_locked(application)
    return company, application


def _result(company: Company, application: Record) -> Record:
    return {
        "id": application["id"],
        "status": application["status"],
        "number": application["number"],
        "current_payment_due": money(figures(company, application).due),
        "updated_at": application["updated_at"],
    }


def _set_status(sandbox: Any, application_id: Any, status: str) -> Record:
    company, application = _application(sandbox, application_id)
    if status not in STATUSES:
        raise ValueError(f"a payment application cannot be {status}")
    application["status"] = status
    company.changed("payment_applications", application)
    return _result(company, application)


def approve_application(sandbox: Any, *, application_id: int) -> Record:
    """Approve a claim on a prime contract."""
    return _set_status(sandbox, application_id, "approved")


def unapprove_application(sandbox: Any, *, application_id: int, status: str = "under_review") -> Record:
    """Take an approval back: the claim is under review (or draft) again."""
    return _set_status(sandbox, application_id, status)


def reject_application(sandbox: Any, *, application_id: int) -> Record:
    """Send a claim on a prime contract back to be revised and resubmitted."""
    return _set_status(sandbox, application_id, REJECTED)


def edit_application(
    sandbox: Any, *, application_id: int, items: Iterable[Mapping[str, Any]] = (), **fields: Any
) -> Record:
    """Change a claim's header fields, and rows given by id or line_item_id with their new movements, named
    as those of a progress claim.
    """
    company, application = _application(sandbox, application_id)
    unknown = fields.keys() - _EDITABLE
    if unknown:
        raise ValueError(f"a payment application has no field {', '.join(sorted(unknown))} to edit")
    changes = [(dict(row), {n: v for n, v in row.items() if n not in _NAMING}) for row in items]
    for _, movements in changes:
        fill_item(company, {**movements, "id": 0})
    for row, movements in changes:
        move_item(row_for(company, application, row), movements)
    if fields.get("billing_date") is not None:
        fields["billing_date"] = day(fields["billing_date"])
    application.update(fields)
    company.changed("payment_applications", application)
    return _result(company, application)


def add_payment_application(
    sandbox: Any,
    *,
    contract_id: int,
    items: Iterable[Mapping[str, Any]],
    status: str = "draft",
    **fields: Any,
) -> Record:
    """Enter a claim on a prime contract; `items` as for edit_application, each naming its line_item_id."""
    company, contract = find.record(sandbox, "prime_contracts", contract_id)
    given = {"contract_id": contract["id"], "project_id": contract["project_id"], "status": status}
    rows = [dict(row) for row in items]
    return _result(company, add_application(company, {**fields, **given, "items": rows}))


def delete_application(sandbox: Any, *, application_id: int) -> Record:
    """Delete a claim on a prime contract for good; later ones are computed anew."""
    company, application = _application(sandbox, application_id)
    company.remove("payment_applications", application)
    return {"id": application["id"]}
