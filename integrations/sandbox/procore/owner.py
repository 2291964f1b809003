"""The owner's side: prime contracts and payment applications."""

from typing import Any

from integrations.sandbox.procore import files
from integrations.sandbox.procore.claims import Figures, Line, claims_of, figures, summary
from integrations.sandbox.procore.codes import nested_code
from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.contract_views import (
    any_line,
    line_item,
    nested_package,
    nested_payment,
    totals,
)
from integrations.sandbox.procore.contract_views import (
    render as render_contract,
)
from integrations.sandbox.procore.errors import absent
from integrations.sandbox.procore.fields import Record, money, number, overridden, share, without_nulls
from integrations.sandbox.procore.frame import api, project_of, writer
from integrations.sandbox.procore.lists import by_flag, by_ids, by_range, by_values, page, passing
from integrations.sandbox.procore.requisitions import detail_row
from integrations.sandbox.procore.vendors import render_extended as render_vendor
from integrations.sandbox.routing import Answer, Request, dump

PAGE, LARGEST_PAGE = 30, 100
_CONTRACT = (
    "id", "accounting_method", "actual_completion_date", "approval_letter_date", "approved_change_orders",
    "contract_date", "contract_estimated_completion_date", "contract_start_date", "created_at", "deleted_at",
    "description", "executed", "execution_date", "exclusions", "grand_total", "inclusions", "issued_on_date",
    "letter_of_intent_date", "number", "origin_data", "private", "retainage_percent", "returned_date",
    "signed_contract_received_date", "show_line_items_to_non_admins", "status", "title", "updated_at",
    "currency_configuration",
)  # fmt: skip
_VENDOR_LESS = ("business_id", "is_connected", "company_vendor")
# Columns of the detail sheet that owner's invoices do not have.
_ROW_LESS = ("materials_moved", "materials_retainage_retained_moved", "cost_code_id", "item_type")


def _vendor(company: Company, record: Record) -> Record | None:
    vendor = company.get("vendors", record.get("vendor_id"))
    if vendor is None:
        return None
    return {name: value for name, value in render_vendor(company, vendor).items() if name not in _VENDOR_LESS}


def prime_contract(company: Company, record: Record) -> Record:
    """A prime contract as the plural list has it; `vendor` is the client."""
    whole = render_contract(company, "work_order_contracts", record)
    user = company.users[0]
    answer = {name: whole.get(name) for name in _CONTRACT} | {
        "origin_id": record.get("origin_id"),
        "origin_code": record.get("origin_code"),
        "attachments": [],
        "vendor": _vendor(company, record),
        "created_by": {"id": user["id"], "name": user["name"], "login": user["login"]},
    }
    return overridden(without_nulls(answer), record)


def _prime_show(company: Company, record: Record) -> Record:
    answer, sums = prime_contract(company, record), totals(company, record)
    answer.pop("origin_code", None)
    packages = company.children("change_order_packages", "contract_id", record["id"])
    payments = company.children("contract_payments", "contract_id", record["id"])
    answer |= {
        "draft_change_orders_amount": money(sums["draft"]),
        "pending_change_orders_amount": money(sums["pending"]),
        "revised_contract_amount": money(sums["revised"]),
        "line_items_total": money(sums["original"]),
        "pending_revised_contract_amount": money(sums["revised"] + sums["pending"]),
        "total_payments": money(sums["paid"]),
        "percentage_paid": share(sums["paid"], sums["revised"]),
        "outstanding_balance": money(sums["revised"] - sums["paid"]),
        "type": "PrimeContract",
        "change_order_packages": [nested_package(company, package) for package in packages],
        "line_items": [line_item(company, "prime_contracts", record, line) for line in record["line_items"]],
        "payments_received": [nested_payment(company, payment) for payment in payments],
    }
    return overridden(answer, record)


def _contract(request: Request, id: int) -> tuple[Company, Record]:
    company, project = project_of(request)
    record = company.get("prime_contracts", id)
    if record is None or record["project_id"] != project["id"]:
        raise absent("Prime contract")
    return company, record


@api.route("GET", "/rest/v1.0/prime_contracts")
def list_prime_contracts(sandbox: Any, request: Request) -> Answer:
    """A project's prime contracts."""
    company, project = project_of(request)
    ends = sandbox.switches.procore_range_ends_included
    found = passing(
        company.children("prime_contracts", "project_id", project["id"]),
        by_ids(request),
        by_range(request, "updated_at", ends=ends),
    )
    return page(sandbox, request, found, writer(company, "prime_contracts", "", prime_contract))


@api.route("GET", "/rest/v1.0/prime_contract")
def show_first_prime_contract(sandbox: Any, request: Request) -> Answer:
    """The project's first prime contract: all the singular list gives."""
    company, project = project_of(request)
    found = company.children("prime_contracts", "project_id", project["id"])
    if not found:
        raise absent("Prime contract")
    return Answer(body=_prime_show(company, found[0]))


@api.route("GET", "/rest/v1.0/prime_contract/{id:int}")
def show_prime_contract(sandbox: Any, request: Request, id: int) -> Answer:
    """One prime contract; there is no plural form of this call."""
    return Answer(body=_prime_show(*_contract(request, id)))


@api.route("GET", "/rest/v1.0/prime_contracts/{id:int}/line_items")
def list_prime_lines(sandbox: Any, request: Request, id: int) -> Answer:
    """A prime contract's schedule of values."""
    company, record = _contract(request, id)
    rows = [line_item(company, "prime_contracts", record, line) for line in record["line_items"]]
    found = passing(
        rows,
        by_ids(request),
        by_values(request, "cost_code_id", lambda row: str(row.get("cost_code", {}).get("id"))),
        by_values(request, "line_item_type_id", lambda row: str(row.get("line_item_type", {}).get("id"))),
    )
    return page(sandbox, request, found, lambda row: dump(row).encode())


def application(company: Company, record: Record) -> Record:
    """A payment application as lists show it; its times are declared as plain dates."""
    _, contract = company.contract(record["contract_id"])
    contract, found, period = contract or {}, figures(company, record), _period(company, record)
    value = found.original_sum + sum((*found.changes_before, *found.changes_new))
    names = ("id", "billing_date", "number", "status", "origin_data", "origin_id", "period_id")
    answer = {name: record.get(name) for name in names} | {
        "invoice_number": record.get("invoice_number") or str(record["number"]),
        "billing_period": period,
        "percent_complete": share(found.totals.completed, value) + "%",
        "period_start": (period or {}).get("start_date"),
        "period_end": (period or {}).get("end_date"),
        "total_amount_paid": money(number(record.get("total_amount_paid"))),
        "total_amount_accrued_this_period": money(found.gross),
        "formatted_contract_company": (_vendor(company, contract) or {}).get("name") or "",
        "currency_configuration": {
            "currency_iso_code": company.currency,
            "currency_exchange_rate": "1.0",
            "base_currency_iso_code": company.currency,
        },
        "g702": _sheet(record, found, period),
        "created_at": record["created_at"][:10],
        "updated_at": record["updated_at"][:10],
        "contract": {
            "id": record["contract_id"],
            "type": "PrimeContract",
            "title": contract.get("title") or "",
        },
    }
    nullable = ("origin_data", "origin_id", "period_id", "billing_period")
    return overridden(without_nulls(answer, nullable), record)


def _period(company: Company, record: Record) -> Record | None:
    period = company.get("billing_periods", record.get("period_id"))
    return {name: period.get(name) for name in ("start_date", "end_date")} if period else None


def _sheet(record: Record, found: Figures, period: Record | None) -> Record:
    dates = period or {}
    dated = {"requisition_start": dates.get("start_date"), "requisition_end": dates.get("end_date")}
    sheet = summary(record | dated, found)
    for name in ("new_materials", "new_materials_quantity", "stored_materials", "stored_materials_quantity"):
        sheet.pop(name)
    return sheet | (record.get("summary_overrides") or {})


def _application_show(company: Company, record: Record) -> Record:
    lines = figures(company, record).lines
    rows = [_row(company, record, line, n) for n, line in enumerate(lines, 1)]
    answer = {**application(company, record), "attachments": files.shown(company, record), "g703": rows}
    for name in ("created_at", "updated_at"):
        answer.pop(name)
    answer["currency_configuration"] = {"currency_iso_code": company.currency}
    return overridden(answer, record)


def _row(company: Company, record: Record, line: Line, position: int) -> Record:
    """A row of the owner's detail sheet; `origin_id` is the line's own id here."""
    shown = {name: value for name, value in detail_row(line, position).items() if name not in _ROW_LESS}
    code = company.get("cost_codes", line.source.get("cost_code_id"))
    wbs = any_line(company, record, line.source, {}).get("wbs_code") if code else None
    return without_nulls(
        {
            **shown,
            "origin_id": line.source.get("id"),
            "origin_type": "LineItem",
            "added_from_source": "contract",
            "added_from_source_id": record["contract_id"],
            "cost_code": nested_code(company, code) if code else None,
            "wbs_code": wbs,
            "currency_configuration": {"currency_iso_code": company.currency},
            "type": "item",
        },
        ("description_of_work",),
    )


def _listed(sandbox: Any, request: Request, company: Company, records: list[Record]) -> Answer:
    write = writer(company, "payment_applications", "", application)
    return page(sandbox, request, records, write, default=PAGE, largest=LARGEST_PAGE)


@api.route("GET", "/rest/v1.0/payment_applications")
def list_applications(sandbox: Any, request: Request) -> Answer:
    """A project's payment applications; there are no filters."""
    company, project = project_of(request)
    found = company.children("payment_applications", "project_id", project["id"])
    return _listed(sandbox, request, company, found)


@api.route("GET", "/rest/v1.0/payment_applications/{id:int}")
def show_application(sandbox: Any, request: Request, id: int) -> Answer:
    """One payment application with its rows."""
    company, project = project_of(request)
    record = company.get("payment_applications", id)
    if record is None or record["project_id"] != project["id"]:
        raise absent("Payment application")
    return Answer(body=_application_show(company, record))


@api.route("GET", "/rest/v1.0/prime_contracts/{contract_id:int}/payment_applications")
def list_contract_applications(sandbox: Any, request: Request, contract_id: int) -> Answer:
    """A prime contract's payment applications."""
    company, contract = _contract(request, contract_id)
    records = claims_of(company, contract["id"])
    last = by_flag(request, "is_last", lambda record: record is records[-1])
    return _listed(sandbox, request, company, passing(records, by_ids(request), last))
