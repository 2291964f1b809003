"""Acts on the tax codes of lines."""

from typing import Any

from integrations.sandbox.procore.acts import find
from integrations.sandbox.procore.company import COMMITMENTS, Company
from integrations.sandbox.procore.fields import Record

# What people call the record a line belongs to, and where such records are kept.
HOLDERS: dict[str, tuple[str, ...]] = {
    "direct_cost": ("direct_costs",),
    "commitment": COMMITMENTS,
    "prime_contract": ("prime_contracts",),
}


def set_tax_code(sandbox: Any, *, kind: str, line_id: int, tax_code_id: int | None = None) -> Record:
    """Give a line of a direct_cost, commitment or prime_contract a tax code, or with null none."""
    if kind not in HOLDERS:
        raise LookupError(f"this sets the code of a line of a {', '.join(HOLDERS)}, not of a {kind}")
    company, shelf, holder, line = _line(sandbox, kind, int(line_id))
    if shelf == "direct_costs":
        find.refuse_locked(holder)
    if tax_code_id is not None and company.get("tax_codes", int(tax_code_id)) is None:
        raise LookupError(f"Procore has no tax code {tax_code_id} in this company")
    line["tax_code_id"] = None if tax_code_id is None else int(tax_code_id)
    company.changed(shelf, holder)
    return {"id": line["id"], "tax_code_id": line["tax_code_id"], "updated_at": holder["updated_at"]}


def _line(sandbox: Any, kind: str, line_id: int) -> tuple[Company, str, Record, Record]:
    places = (
        (company, shelf, holder, line)
        for company in sandbox.procore.values()
        for shelf in HOLDERS[kind]
        for holder in company.table(shelf)
        for line in holder["line_items"]
        if line["id"] == line_id
    )
    found = next(places, None)
    if found is None:
        raise LookupError(f"Procore has no line {line_id} of a {kind}")
    return found
