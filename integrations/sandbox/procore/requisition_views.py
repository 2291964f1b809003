"""Progress claims as the API shows them."""

from typing import Any

from integrations.sandbox.procore import files
from integrations.sandbox.procore.budget_codes import short_wbs, wbs_code
from integrations.sandbox.procore.claims import CHANGE_ITEMS, Figures, Line, figures, summary
from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.fields import (
    ZERO,
    Record,
    amount,
    money,
    number,
    overridden,
    share,
    without_nulls,
)

HEADER_NULLABLE = (
    "comment",
    "final",
    "invoice_number",
    "origin_data",
    "origin_id",
    "payment_date",
    "submitted_at",
)
V10 = (
    "id",
    "project_id",
    "billing_date",
    "commitment_id",
    "commitment_type",
    "contract_name",
    "created_at",
    "created_by",
    "updated_at",
    "invoice_number",
    "origin_data",
    "origin_id",
    "payment_date",
    "period_id",
    "requisition_start",
    "requisition_end",
    "status",
    "erp_status",
    "submitted_at",
    "comment",
    "final",
    "number",
    "percent_complete",
    "vendor_name",
    "total_claimed_amount",
    "deletable",
    "custom_fields",
    "currency_configuration",
    "attachments",
    "summary",
)
_PLAIN = (
    "id",
    "project_id",
    "billing_date",
    "created_at",
    "updated_at",
    "commitment_id",
    "commitment_type",
    "final",
    "invoice_number",
    "origin_data",
    "origin_id",
    "payment_date",
    "period_id",
    "requisition_start",
    "requisition_end",
    "status",
    "number",
    "submitted_at",
    "comment",
)


def render(company: Company, claim: Record) -> Record:
    """A claim's header with its summary, as every view of v1.1 has it; `comment` belongs to v1.0."""
    _, contract = company.contract(claim["commitment_id"])
    contract = contract or {}
    vendor = company.get("vendors", contract.get("vendor_id")) or {}
    found = figures(company, claim)
    answer = {name: claim.get(name) for name in _PLAIN} | {
        "previous_requisition_id": found.previous_id,
        "contract_name": contract.get("title") or "",
        "deletable": not claim.get("origin_id"),
        "vendor_name": vendor.get("name"),
        "vendor_id": vendor.get("id"),
        "invoice_type": claim.get("invoice_type") or "progress",
        "erp_status": claim.get("erp_status") or "unsynced",
        "percent_complete": _percent_complete(found),
        "total_claimed_amount": money(claimed(claim, found)),
        "move_materials_to_previous_work_completed": bool(
            claim.get("move_materials_to_previous_work_completed")
        ),
        "summary_text": _summary_text(company, claim, contract, vendor),
        "summary": summary(claim, found),
        "created_by": _created_by(company, vendor),
        "custom_fields": claim.get("custom_fields") or {},
        "currency_configuration": {
            "currency_iso_code": company.currency,
            "base_currency_iso_code": company.currency,
        },
        "attachments": files.shown(company, claim),
    }
    answer["summary"] |= claim.get("summary_overrides") or {}
    return without_nulls(answer, HEADER_NULLABLE)


def claimed(claim: Record, found: Figures) -> Any:
    """What the subcontractor asked for, which may differ from what is certified."""
    given = number(claim.get("total_claimed_amount"), None)
    if given is not None:
        return given
    asked = [number(line.item.get("subcontractor_claimed_amount"), None) for line in found.lines]
    return sum((line.gross if a is None else a for line, a in zip(found.lines, asked, strict=True)), ZERO)


def _percent_complete(found: Figures) -> str:
    change = sum((*found.changes_before, *found.changes_new), ZERO)
    return share(found.totals.completed, found.original_sum + change) + "%"


def _created_by(company: Company, vendor: Record) -> Record:
    user = company.users[0]
    return {
        "company_name": vendor.get("name") or company.facts["name"],
        "id": user["id"],
        "login": user["login"],
        "name": user["name"],
    }


def _summary_text(company: Company, claim: Record, contract: Record, vendor: Record) -> Record:
    project = company.get("projects", claim["project_id"]) or {}
    return without_nulls(
        {
            "project_name": project.get("name") or "",
            "project_number": project.get("project_number") or "",
            "to_general_contractor": company.facts["name"],
            "requisition_period_start": claim.get("requisition_start"),
            "requisition_period_end": claim.get("requisition_end"),
            "subcontractor_name": vendor.get("name") or "",
            "subcontractor_street": vendor.get("address") or "",
            "subcontractor_city": vendor.get("city") or "",
            "subcontractor_state_code": vendor.get("state_code") or "",
            "subcontractor_zip": vendor.get("zip") or "",
            "subcontractor_country_code": vendor.get("country_code") or "",
            "application_number": str(claim["number"]),
            "contract_for": contract.get("title") or "",
            "contract_date": contract.get("contract_date"),
        }
    )


def render_default(company: Company, claim: Record) -> Record:
    """The v1.1 list's default view: no items."""
    answer = render(company, claim)
    answer.pop("comment", None)
    return overridden(answer, claim)


def render_v10(company: Company, claim: Record) -> Record:
    """The v1.0 form."""
    answer = render(company, claim)
    part = {name: answer[name] for name in V10 if name in answer}
    for name in ("new_materials", "new_materials_quantity", "stored_materials", "stored_materials_quantity"):
        part["summary"].pop(name, None)
    part["currency_configuration"] = {"currency_iso_code": company.currency}
    return overridden(part, claim)


def render_full(company: Company, claim: Record) -> Record:
    """The views extended and items, and the single claim of v1.1."""
    answer = render(company, claim)
    answer.pop("comment", None)
    lines = figures(company, claim).lines
    answer["items"] = [item(company, claim, line, n) for n, line in enumerate(lines, 1)]
    answer["item_packages"] = _packages(company, lines)
    return overridden(answer, claim)


def columns(line: Line) -> Record:
    """The columns of the detail sheet that every form of an item shares."""
    stored_base = line.stored - line.still_stored
    amounts = {
        "scheduled_value": line.scheduled,
        "work_completed_from_previous_application": line.work_before,
        "work_completed_this_period": line.work,
        "materials_presently_stored": line.stored,
        "total_completed_and_stored_to_date": line.completed,
        "work_completed_retainage_from_previous_application": line.retained_before,
        "work_completed_retainage_retained_this_period": line.retained,
        "work_completed_retainage_released_this_period": line.released,
        "materials_stored_retainage_currently_retained": line.stored_retainage,
        "materials_stored_retainage_released_this_period": line.stored_released,
        "materials_moved": line.moved,
        "materials_retainage_retained_moved": line.retainage_moved,
        "subcontractor_claimed_amount": amount(line.item.get("subcontractor_claimed_amount") or line.gross),
    }
    return {name: money(value) for name, value in amounts.items()} | {
        "total_completed_and_stored_to_date_percent": share(line.completed, line.scheduled),
        "work_completed_retainage_percent_this_period": share(line.retained, line.work),
        "materials_stored_retainage_percent_this_period": share(line.stored_retained_new, stored_base),
    }


def identity(company: Company, claim: Record, line: Line, *, segments: bool = False) -> Record:
    """Which line an item is: ids, code, text and, with unit accounting, quantities."""
    source, project_id = line.source, claim["project_id"]
    code = wbs_code(company, project_id, source.get("cost_code_id"), source.get("line_item_type_id"))
    answer = {
        "id": line.item["id"],
        "item_type": line.item["item_type"],
        "cost_code_id": source.get("cost_code_id"),
        "line_item_id": line.item.get("line_item_id"),
        "description_of_work": source.get("description"),
        "wbs_code": short_wbs(company, code, segments=segments),
        "comment": line.item.get("comment"),
        "status": line.item.get("status") or "no_action",
        "currency_configuration": {"currency_iso_code": company.currency},
    }
    answer["accounting_method"] = line.method
    if line.method == "unit":
        answer |= {
            "scheduled_quantity": str(source.get("quantity") or "0.0"),
            "scheduled_unit_price": str(source.get("unit_cost") or "0.0"),
            "work_completed_this_period_quantity": f"{line.quantity:f}",
            "work_completed_from_previous_application_quantity": f"{line.quantity_before:f}",
        }
    return answer


def item(company: Company, claim: Record, line: Line, position: int) -> Record:
    """One row of a v1.1 claim."""
    more: Record = {
        "net_amount": money(line.gross),
        "gross_amount": money(line.gross),
        "taxes": [],
        "materials_presently_stored_quantity": "0.0",
        "materials_previously_stored_quantity": "0.0",
        "materials_presently_stored_from_previous_progress": money(line.still_stored),
        "total_completed_and_stored_to_date_from_previous": money(line.completed_before),
        "materials_stored_retainage_new_materials": money(line.stored_retained_new),
        "position": position,
        "line_number": str(position),
        "ssr_manual_override": False,
        "previous_progress_id": line.previous_item_id,
        "uom": line.source.get("uom"),
    }
    answer = {**identity(company, claim, line, segments=True), **columns(line), **more}
    return overridden(without_nulls(answer, ("cost_code_id", "description_of_work", "comment")), line.item)


def _packages(company: Company, lines: list[Line]) -> list[Record]:
    ids = dict.fromkeys(
        line.source.get("package_id") for line in lines if line.item["item_type"] in CHANGE_ITEMS
    )
    packages = [found for id in ids if (found := company.get("change_order_packages", id)) is not None]
    return [
        {
            "id": package["id"],
            "contract_id": package["contract_id"],
            "change_order_id": package["id"],
            "number": package.get("number"),
            "title": package.get("title"),
            "status": package["status"],
            "position": n,
            "change_order_acronym_number": f"CO {package.get('number') or n}",
        }
        for n, package in enumerate(packages, 1)
    ]
