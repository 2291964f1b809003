"""Acts on commitments and their change orders."""

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.sandbox.procore import load
from integrations.sandbox.procore.acts import find
from integrations.sandbox.procore.company import COMMITMENTS
from integrations.sandbox.procore.fields import Record

_EDITABLE = frozenset(
    {
        "number",
        "title",
        "vendor_id",
        "status",
        "description",
        "executed",
        "contract_date",
        "retainage_percent",
        "private",
        "custom_fields",
        "payment_terms",
        "origin_code",
        "origin_data",
    }
)
_ENDED = {"work_order_contracts": "Void", "purchase_order_contracts": "Closed"}


def add_commitment(
    sandbox: Any,
    *,
    project_id: int,
    number: str,
    line_items: Iterable[Mapping[str, Any]],
    vendor_id: int | None = None,
    kind: str = "work_order_contracts",
    **fields: Any,
) -> Record:
    """Write a subcontract or (kind purchase_order_contracts) a purchase order."""
    if kind not in COMMITMENTS:
        raise LookupError(f"Procore has no commitments called {kind}")
    company, project = find.record(sandbox, "projects", project_id)
    added = load.add_contract(
        company,
        kind,
        {
            **fields,
            "project_id": project["id"],
            "number": number,
            "vendor_id": vendor_id,
            "line_items": [dict(line) for line in line_items],
        },
    )
    return {"id": added["id"], "line_items": [line["id"] for line in added["line_items"]]}


def edit_commitment(
    sandbox: Any, *, commitment_id: int, line_items: Iterable[Mapping[str, Any]] = (), **fields: Any
) -> Record:
    """Change a commitment's fields and lines; a line with a known id is changed, another one added."""
    unknown = fields.keys() - _EDITABLE
    if unknown:
        raise ValueError(f"a commitment has no field {', '.join(sorted(unknown))} to edit")
    company, kind, commitment = find.commitment(sandbox, commitment_id)
    own = {line["id"]: line for line in commitment["line_items"]}
    for line in line_items:
        if line.get("id") in own:
            own[line["id"]].update(line)
        else:
            commitment["line_items"].append(load.fill_line(company, line, len(commitment["line_items"]) + 1))
    commitment.update(fields)
    company.changed(kind, commitment)
    return {"id": commitment["id"], "status": commitment["status"]}


def void_commitment(sandbox: Any, *, commitment_id: int) -> Record:
    """Void a subcontract, or close a purchase order, which has no such status."""
    _, kind, commitment = find.commitment(sandbox, commitment_id)
    return edit_commitment(sandbox, commitment_id=commitment["id"], status=_ENDED[kind])


def add_change_order(
    sandbox: Any,
    *,
    commitment_id: int,
    number: str,
    line_items: Iterable[Mapping[str, Any]],
    title: str = "Variation",
    status: str = "approved",
    **fields: Any,
) -> Record:
    """Add a change order package with its lines to a commitment."""
    company, _, commitment = find.commitment(sandbox, commitment_id)
    added = load.add_change_order(
        company,
        "change_order_packages",
        {
            **fields,
            "project_id": commitment["project_id"],
            "contract_id": commitment["id"],
            "number": number,
            "title": title,
            "status": status,
            "line_items": [dict(line) for line in line_items],
        },
    )
    return {"id": added["id"], "line_items": [line["id"] for line in added["line_items"]]}
