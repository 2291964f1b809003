"""The kinds of record the page shows, with the columns of their tables and what acts call them."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One kind of record: `columns` are paths of fields, `named_by` the act arguments that take its id."""

    system: str
    name: str
    title: str
    key: str
    columns: tuple[str, ...]
    named_by: tuple[str, ...] = ()
    newest_by: str = ""  # the date that puts the newest record first


ALL: tuple[Kind, ...] = (
    Kind(
        "procore",
        "requisitions",
        "Progress claims",
        "id",
        (
            "invoice_number",
            "number",
            "contract_name",
            "vendor_name",
            "status",
            "billing_date",
            "summary.current_payment_due",
        ),
        ("claim", "claim_id", "requisition", "requisition_id"),
    ),
    Kind(
        "procore",
        "work_order_contracts",
        "Subcontracts",
        "id",
        ("number", "title", "vendor.company", "status", "grand_total", "revised_contract"),
        ("contract", "contract_id", "commitment", "commitment_id"),
    ),
    Kind(
        "procore",
        "purchase_order_contracts",
        "Purchase orders",
        "id",
        ("number", "title", "vendor.company", "status", "grand_total", "revised_contract"),
        ("contract", "contract_id", "commitment", "commitment_id"),
    ),
    Kind(
        "procore",
        "change_order_packages",
        "Variations",
        "id",
        ("number", "title", "status", "grand_total"),
        ("package_id", "change_order_id"),
    ),
    Kind(
        "procore",
        "contract_payments",
        "Payments issued and received",
        "id",
        ("date", "amount", "payment_number", "contract_id", "requisition_id", "invoice_number", "notes"),
        ("payment", "payment_id"),
    ),
    Kind(
        "procore",
        "direct_costs",
        "Direct costs",
        "id",
        (
            "invoice_number",
            "direct_cost_type",
            "vendor_name",
            "status",
            "direct_cost_date",
            "grand_total",
            "payment_date",
        ),
        ("cost_id", "direct_cost_id"),
        "direct_cost_date",
    ),
    Kind(
        "procore",
        "commitment_change_orders",
        "Variations, newer model",
        "id",
        ("number", "title", "status", "grand_total"),
    ),
    Kind(
        "procore",
        "prime_contracts",
        "Head contracts",
        "id",
        ("number", "title", "vendor.name", "status", "grand_total"),
        ("contract", "contract_id"),
    ),
    Kind(
        "procore",
        "payment_applications",
        "Head contract claims",
        "id",
        (
            "invoice_number",
            "number",
            "contract.title",
            "formatted_contract_company",
            "status",
            "billing_date",
            "g702.current_payment_due",
        ),
        ("application_id",),
        "billing_date",
    ),
    Kind(
        "procore",
        "timecard_entries",
        "Timecards",
        "id",
        ("date", "party.name", "hours", "timecard_time_type.time_type", "cost_code.name", "approval_status"),
        ("timecard", "timecard_id"),
        "date",
    ),
    Kind(
        "procore",
        "projects",
        "Projects",
        "id",
        ("project_number", "name", "active", "project_stage.name", "city"),
        ("project", "project_id"),
    ),
    Kind(
        "procore",
        "vendors",
        "Vendors",
        "id",
        (
            "name",
            "business_register.identifier",
            "origin_code",
            "is_active",
            "business_phone",
            "email_address",
        ),
        ("vendor", "vendor_id", "keep_id"),
    ),
    Kind("procore", "standard_cost_codes", "Standard cost codes", "id", ("full_code", "name"), ()),
    Kind(
        "procore",
        "cost_codes",
        "Project cost codes",
        "id",
        ("full_code", "name", "standard_cost_code_id"),
        (),
    ),
    Kind("procore", "line_item_types", "Cost types", "id", ("code", "name", "base_type"), ()),
    Kind(
        "procore",
        "tax_codes",
        "Tax codes",
        "id",
        ("code", "description", "rate1", "default_tax_code", "archived"),
        (),
    ),
    Kind("procore", "project_stages", "Project stages", "id", ("name", "category"), ()),
    Kind(
        "procore",
        "billing_periods",
        "Billing periods",
        "id",
        ("start_date", "end_date", "due_date", "status"),
        (),
    ),
    Kind(
        "xero",
        "Invoices",
        "Bills and invoices",
        "InvoiceID",
        ("InvoiceNumber", "Contact.Name", "Status", "Date", "SubTotal", "Total", "AmountDue", "Type"),
        ("invoice", "invoice_id", "bill", "bill_id", "document", "document_id"),
        "Date",
    ),
    Kind(
        "xero",
        "CreditNotes",
        "Credit notes",
        "CreditNoteID",
        ("CreditNoteNumber", "Type", "Contact.Name", "Status", "Date", "Total", "RemainingCredit"),
        ("credit_note", "credit_note_id", "credit", "document", "document_id"),
        "Date",
    ),
    Kind(
        "xero",
        "BankTransactions",
        "Bank transactions",
        "BankTransactionID",
        ("Date", "Type", "Contact.Name", "Reference", "Status", "SubTotal", "Total"),
        ("transaction",),
        "Date",
    ),
    Kind(
        "xero",
        "ManualJournals",
        "Manual journals",
        "ManualJournalID",
        ("Date", "Narration", "Status"),
        ("journal",),
        "Date",
    ),
    Kind(
        "xero",
        "PurchaseOrders",
        "Purchase orders",
        "PurchaseOrderID",
        ("PurchaseOrderNumber", "Contact.Name", "Status", "Date", "SubTotal", "Total"),
        newest_by="Date",
    ),
    Kind(
        "xero",
        "Payments",
        "Payments",
        "PaymentID",
        ("Date", "Invoice.InvoiceNumber", "Invoice.Contact.Name", "Amount", "Status", "Reference"),
        ("payment", "payment_id"),
        "Date",
    ),
    Kind(
        "xero",
        "Contacts",
        "Contacts",
        "ContactID",
        ("Name", "TaxNumber", "ContactNumber", "ContactStatus", "EmailAddress"),
        ("contact", "contact_id", "keep_id", "kept_id"),
    ),
    Kind(
        "xero",
        "Timesheets",
        "Timesheets",
        "TimesheetID",
        ("StartDate", "EndDate", "EmployeeID", "Hours", "Status"),
        ("timesheet", "timesheet_id"),
        "StartDate",
    ),
    Kind(
        "xero",
        "PayrollEmployees",
        "Payroll employees",
        "EmployeeID",
        ("FirstName", "LastName", "Status"),
        ("employee", "employee_id"),
    ),
    Kind(
        "xero", "ContactGroups", "Contact groups", "ContactGroupID", ("Name", "Status"), ("group", "group_id")
    ),
    Kind(
        "xero",
        "TrackingCategories",
        "Tracking categories",
        "TrackingCategoryID",
        ("Name", "Status", "Options"),
        ("category", "category_id"),
    ),
    Kind(
        "xero",
        "Accounts",
        "Accounts",
        "AccountID",
        ("Code", "Name", "Type", "TaxType", "Status"),
        ("account",),
    ),
    Kind("xero", "TaxRates", "Tax rates", "TaxType", ("TaxType", "Name", "EffectiveRate", "Status"), ()),
    Kind("xero", "Items", "Items", "ItemID", ("Code", "Name"), ("item",)),
    Kind(
        "xero",
        "Organisations",
        "Organisations",
        "tenantId",
        ("Name", "BaseCurrency", "PeriodLockDate", "EndOfYearLockDate"),
        ("tenant",),
    ),
)
SYSTEMS = {"procore": "Procore", "xero": "Xero"}
_MOMENT = re.compile(r"/Date\((-?\d+)(?:[+-]\d{4})?\)/")
_AMOUNT = re.compile(r"-?\d+\.\d{2}")


def find(system: str, name: str) -> Kind | None:
    """The kind of this name, or None."""
    return next((kind for kind in ALL if (kind.system, kind.name) == (system, name)), None)


def look_up(record: Any, path: str) -> Any:
    """The value at a dotted path, None where there is none."""
    for step in path.split("."):
        record = record.get(step) if isinstance(record, dict) else None
    return record


def shown(value: Any) -> str:
    """A value as a person reads it: dates as dates, amounts with separators, lists by their number."""
    match value:
        case None | "":
            return "–"
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:,.2f}"
        case list():
            return f"{len(value)}"
        case str() if _AMOUNT.fullmatch(value):
            return f"{Decimal(value):,.2f}"
        case str() if moment := _MOMENT.fullmatch(value):
            return datetime.fromtimestamp(int(moment[1]) // 1000, UTC).date().isoformat()
    return str(value)


def is_amount(value: Any) -> bool:
    """Whether a value is written as an amount of money."""
    return isinstance(value, Decimal) or isinstance(value, str) and bool(_AMOUNT.fullmatch(value))


def heading(path: str) -> str:
    """A field's path as the heading of a column."""
    last = (
        path.split(".")[-1]
        if not path.endswith(".Name") and not path.endswith(".name")
        else path.split(".")[-2]
    )
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", last).replace("_", " ").lower()
    return {"invoice id": "invoice", "identifier": "ABN", "company": "vendor"}.get(words, words).capitalize()
