"""Commitments and their lines as the API shows them; totals come from change orders, claims and payments."""

from collections.abc import Iterable
from decimal import Decimal

from integrations.sandbox.procore.budget_codes import short_wbs, wbs_code
from integrations.sandbox.procore.claims import claims_of, figures
from integrations.sandbox.procore.codes import nested_code, nested_type
from integrations.sandbox.procore.company import COMMITMENT_TYPES, Company
from integrations.sandbox.procore.fields import (
    ZERO,
    Record,
    amount,
    cents,
    money,
    overridden,
    share,
    without_nulls,
)

HOLDERS = {**COMMITMENT_TYPES, "prime_contracts": "PrimeContract"}
CERTIFIED = ("approved", "approved_as_noted")
WAITING = ("pricing", "not_pricing", "pending", "revised", "proceeding", "pending_billable")
DAYS = (
    "actual_completion_date",
    "contract_date",
    "contract_start_date",
    "contract_estimated_completion_date",
    "execution_date",
    "issued_on_date",
    "letter_of_intent_date",
    "returned_date",
    "signed_contract_received_date",
    "delivery_date",
    "approval_letter_date",
)
TEXTS = (
    "exclusions",
    "inclusions",
    "bill_to_address",
    "payment_terms",
    "ship_to_address",
    "ship_via",
    "origin_code",
    "origin_data",
)
_WORK_ORDER_ONLY = (
    "actual_completion_date",
    "contract_start_date",
    "contract_estimated_completion_date",
    "exclusions",
    "inclusions",
)
_PURCHASE_ORDER_ONLY = ("delivery_date", "bill_to_address", "payment_terms", "ship_to_address", "ship_via")
COMPACT = (
    "id",
    "number",
    "title",
    "status",
    "vendor",
    "project",
    "executed",
    "private",
    "grand_total",
    "accounting_method",
    "approved_change_orders",
    "revised_contract",
    "created_at",
    "updated_at",
    "deleted_at",
    "origin_id",
    "origin_data",
    "origin_code",
    "contract_date",
    "retainage_percent",
    "requisitions_are_enabled",
    "currency_configuration",
)


def totals(company: Company, contract: Record) -> dict[str, Decimal]:
    """A contract's sums: original, change orders by state, claimed, paid."""
    original = _sum(line.get("amount") for line in contract["line_items"])
    by_status: dict[str, Decimal] = {}
    packages = company.children("change_order_packages", "contract_id", contract["id"])
    older = {package["id"] for package in packages}
    newer = company.children("commitment_change_orders", "contract_id", contract["id"])
    for package in (*packages, *(one for one in newer if one.get("legacy_package_id") not in older)):
        if not package.get("deleted_at"):
            worth = package_total(package)
            by_status[package["status"]] = by_status.get(package["status"], ZERO) + worth
    approved = by_status.get("approved", ZERO)
    pending = sum((by_status.get(status, ZERO) for status in WAITING), ZERO)
    paid = _sum(p["amount"] for p in company.children("contract_payments", "contract_id", contract["id"]))
    claims = [claim for claim in claims_of(company, contract["id"]) if claim["status"] in CERTIFIED]
    return {
        "original": original,
        "approved": approved,
        "pending": pending,
        "draft": by_status.get("draft", ZERO),
        "revised": original + approved,
        "paid": paid,
        "claimed": sum((figures(company, claim).due for claim in claims), ZERO),
    }


def _sum(values: Iterable[object]) -> Decimal:
    return sum((amount(value) for value in values), ZERO)


def package_total(package: Record) -> Decimal:
    """A change order's worth: the sum of its lines, or what the world says."""
    if package.get("line_items"):
        return _sum(line.get("amount") for line in package["line_items"])
    return amount(package.get("grand_total"))


def render(company: Company, kind: str, contract: Record) -> Record:
    """A contract's header with every field of the extended list."""
    sums = totals(company, contract)
    project = company.get("projects", contract["project_id"]) or {}
    vendor = company.get("vendors", contract.get("vendor_id"))
    unwanted = _PURCHASE_ORDER_ONLY if kind == "work_order_contracts" else _WORK_ORDER_ONLY
    answer = {name: contract.get(name) for name in (*DAYS, *TEXTS) if name not in unwanted}
    answer |= {
        "id": contract["id"],
        "number": str(contract.get("number") or ""),
        "title": contract.get("title") or "",
        "status": contract["status"],
        "accounting_method": contract["accounting_method"],
        "description": contract.get("description") or "",
        "executed": bool(contract["executed"]),
        "private": bool(contract.get("private")),
        "origin_id": contract.get("origin_id"),
        "created_at": contract["created_at"],
        "updated_at": contract["updated_at"],
        "deleted_at": contract.get("deleted_at"),
        "requisitions_are_enabled": True,
        "show_line_items_to_non_admins": False,
        "retainage_percent": str(contract.get("retainage_percent") or "0.00"),
        "project": {"id": contract["project_id"], "name": project.get("name") or ""},
        "vendor": {"id": vendor["id"], "company": vendor["name"]} if vendor else None,
        "grand_total": money(sums["original"]),
        "approved_change_orders": money(sums["approved"]),
        "draft_change_orders_amount": money(sums["draft"]),
        "pending_change_orders": money(sums["pending"]),
        "revised_contract": money(sums["revised"]),
        "pending_revised_contract": money(sums["revised"] + sums["pending"]),
        "percentage_paid": share(sums["paid"], sums["revised"]),
        "total_payments": money(sums["paid"]),
        "remaining_balance_outstanding": money(sums["revised"] - sums["paid"]),
        "total_draw_requests_amount": "0.00",
        "total_requisitions_amount": money(sums["claimed"]),
        "currency_configuration": {"currency_iso_code": company.currency},
    }
    return without_nulls(answer, ("origin_id",))


def render_extended(company: Company, kind: str, contract: Record) -> Record:
    """A row of the list in its extended view."""
    return overridden(render(company, kind, contract), contract)


def render_compact(company: Company, kind: str, contract: Record) -> Record:
    """A row of the list in its default view."""
    answer = render(company, kind, contract)
    return overridden({name: answer[name] for name in COMPACT if name in answer}, contract)


def render_show(company: Company, kind: str, contract: Record) -> Record:
    """One contract with its lines, change order packages and payments."""
    answer = render(company, kind, contract)
    vendor = company.get("vendors", contract.get("vendor_id"))
    if vendor:
        answer["vendor"] |= without_nulls(
            {"origin_data": vendor.get("origin_data"), "origin_id": vendor.get("origin_id")}
        )
    packages = company.children("change_order_packages", "contract_id", contract["id"])
    answer["change_order_packages"] = [nested_package(company, p) for p in packages]
    answer["line_items"] = [line_item(company, kind, contract, line) for line in contract["line_items"]]
    payments = company.children("contract_payments", "contract_id", contract["id"])
    answer["payments_issued"] = [nested_payment(company, p) for p in payments]
    answer["created_by_id"] = company.users[0]["id"]
    answer["invoice_contacts"] = []
    if kind == "work_order_contracts":
        answer["attachments"] = []
    return overridden(answer, contract)


def line_item(company: Company, kind: str, contract: Record, line: Record) -> Record:
    """A schedule of values line."""
    return any_line(company, contract, line, {"id": contract["id"], "holder_type": HOLDERS[kind]})


def change_line(company: Company, package: Record, line: Record) -> Record:
    """A line of a change order package."""
    answer = any_line(company, package, line, {"id": package["id"], "holder_type": "ChangeOrderPackage"})
    kept = (
        "id",
        "position",
        "description",
        "quantity",
        "uom",
        "total_amount",
        "extended_amount",
        "unit_cost",
        "cost_code",
        "wbs_code",
        "holder",
        "line_item_type",
        "currency_configuration",
    )
    return {name: answer[name] for name in kept if name in answer} | {"markup_line_items": []}


def any_line(company: Company, holder_record: Record, line: Record, holder: Record) -> Record:
    """A line of whatever holds it, with every field lines have."""
    project_id = holder_record["project_id"]
    project = company.get("projects", project_id) or {}
    code = company.get("cost_codes", line.get("cost_code_id"))
    kind = company.get("line_item_types", line.get("line_item_type_id"))
    worth = cents(amount(line["amount"]))
    answer = {
        "id": line["id"],
        "amount": money(worth),
        "company": {"id": company.id, "name": company.facts["name"]},
        "cost_code": nested_code(company, code) if code else None,
        "line_item_type": nested_type(kind) if kind else None,
        "wbs_code": short_wbs(
            company, wbs_code(company, project_id, line.get("cost_code_id"), line.get("line_item_type_id"))
        ),
        "created_at": line.get("created_at") or holder_record["created_at"],
        "updated_at": line.get("updated_at") or holder_record["updated_at"],
        "description": line.get("description") or "",
        "position": line.get("position"),
        "holder": holder,
        "extended_type": "calculated" if line.get("unit_cost") else "manual",
        "origin_data": line.get("origin_data"),
        "origin_id": line.get("origin_id"),
        "project": {"id": project_id, "name": project.get("name") or ""},
        "quantity": str(line.get("quantity") or "1.0"),
        "unit_cost": str(line.get("unit_cost") or money(worth)),
        "total_amount": money(worth),
        "extended_amount": money(worth),
        "uom": line.get("uom"),
        "tax_code_id": line.get("tax_code_id"),
        "currency_configuration": {"currency_iso_code": company.currency},
    }
    return overridden(without_nulls(answer, ("origin_data", "origin_id")), line)


def nested_package(company: Company, package: Record) -> Record:
    """A change order package inside its contract."""
    names = (
        "id",
        "contract_id",
        "created_at",
        "deleted_at",
        "due_date",
        "invoiced_date",
        "origin_data",
        "origin_id",
        "paid_date",
        "reviewed_at",
        "title",
        "status",
        "updated_at",
    )
    answer = {name: package.get(name) for name in names} | {
        "number": str(package.get("number") or ""),
        "currency_configuration": {"currency_iso_code": company.currency},
    }
    return without_nulls(answer)


def nested_payment(company: Company, payment: Record) -> Record:
    """A payment inside its contract."""
    names = (
        "id",
        "amount",
        "check_number",
        "created_at",
        "date",
        "draw_request_number",
        "invoice_number",
        "notes",
        "payment_number",
        "origin_id",
        "origin_data",
    )
    answer = {name: payment.get(name) for name in names} | {
        "attachments": [],
        "currency_configuration": {"currency_iso_code": company.currency},
    }
    return without_nulls(answer)
