"""Every record of a kind as the API shows it at its fullest, for the control interface and the page."""

from typing import Any

from integrations.sandbox.procore import (
    codes,
    contract_views,
    contracts,
    costs,
    labour,
    owner,
    payments,
    periods,
    projects,
    requisition_views,
    vendors,
)
from integrations.sandbox.procore.company import COMMITMENTS, KINDS, Company
from integrations.sandbox.procore.fields import Record

RENDERS: dict[str, Any] = {
    "vendors": vendors.render_extended,
    "projects": projects.render,
    "standard_cost_codes": codes.standard_code,
    "cost_codes": codes.cost_code,
    "tax_codes": periods.tax_code,
    "requisitions": requisition_views.render_full,
    "contract_payments": payments.render,
    "commitment_change_orders": contracts.change_order,
    "prime_contracts": owner.prime_contract,
    "payment_applications": owner.application,
    "direct_costs": costs.render_full,
    "people": labour.render_person,
    "timecard_entries": labour.render,
}


def records(sandbox: Any, kind: str, tenant: str | None = None) -> list[Record]:
    """The records of a kind in one company, or in all; raises LookupError."""
    if kind not in KINDS:
        raise LookupError(f"Procore has no records called {kind}")
    companies = [c for c in sandbox.procore.values() if tenant in (None, "", str(c.id))]
    return [_shown(company, kind, record) for company in companies for record in company.table(kind)]


def _shown(company: Company, kind: str, record: Record) -> Record:
    """With the project's id where the API leaves it out, and the fields only acts know (due_date)."""
    if kind in COMMITMENTS:
        answer = contract_views.render_extended(company, kind, record)
    else:
        answer = RENDERS[kind](company, record) if kind in RENDERS else dict(record)
    extra = {
        name: record[name] for name in ("project_id", "due_date", "answer_overrides") if record.get(name)
    }
    return extra | answer
