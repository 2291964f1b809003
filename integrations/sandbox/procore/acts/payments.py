"""Acts on contract payments."""

from typing import Any

from integrations.sandbox.procore import load
from integrations.sandbox.procore.acts import find
from integrations.sandbox.procore.fields import Record, amount, money

_EDITABLE = frozenset(
    {
        "amount",
        "date",
        "requisition_id",
        "invoice_number",
        "check_number",
        "payment_number",
        "notes",
        "draw_request_number",
        "external_payment_id",
        "status",
    }
)


def _refuse_unknown(fields: Record) -> None:
    unknown = fields.keys() - _EDITABLE
    if unknown:
        raise ValueError(f"a payment has no field {', '.join(sorted(unknown))} to edit")


def add_contract_payment(sandbox: Any, *, contract_id: int, amount: str, date: str, **fields: Any) -> Record:
    """Record a payment on a contract; an `external_payment_id` makes it one of Procore Pay."""
    _refuse_unknown(fields)
    for company in sandbox.procore.values():
        _, contract = company.contract(int(contract_id))
        if contract is not None:
            added = load.add_payment(
                company,
                {
                    **fields,
                    "contract_id": contract["id"],
                    "amount": amount,
                    "date": date,
                    "project_id": contract["project_id"],
                },
            )
            return {"id": added["id"], "payment_number": added["payment_number"]}
    raise LookupError(f"Procore has no contract {contract_id}")


def edit_contract_payment(sandbox: Any, *, payment_id: int, **fields: Any) -> Record:
    """Change a payment."""
    _refuse_unknown(fields)
    company, payment = find.record(sandbox, "contract_payments", payment_id)
    find.refuse_locked(payment)
    if "amount" in fields:
        fields["amount"] = money(amount(fields["amount"]))
    payment.update(fields)
    company.changed("contract_payments", payment)
    return {"id": payment["id"], "amount": payment["amount"]}


def delete_contract_payment(sandbox: Any, *, payment_id: int) -> Record:
    """Delete a payment."""
    company, payment = find.record(sandbox, "contract_payments", payment_id)
    find.refuse_locked(payment)
    company.remove("contract_payments", payment)
    return {"id": payment["id"]}
