"""What the sweep writes: one request for every writing operation, in an order in which each can succeed.

A path may hold names in braces: ids of the small world, or what an earlier answer called by that name.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.contracts.world import (
    BANK,
    BILL,
    CATEGORY,
    COMPANY,
    COSTS,
    CREDIT_NOTE,
    PROJECT,
    SALES,
    SUPPLIER,
    TENANT,
)

REST, REST2 = "/rest/v1.0", f"/rest/v2.0/companies/{COMPANY}/projects/{PROJECT}"
XERO_API = "/api.xro/2.0"


@dataclass(frozen=True)
class Ask:
    """One request, and the status it should be answered with."""

    method: str
    path: str
    body: Any = None
    status: int = 200
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


_OF_PROJECT = {"project_id": PROJECT, "commitment_id": 21}
_ITEM = {"item_type": "contract_item", "line_item_id": 211, "work_completed_this_period": "250.00"}
_CHANGED_ITEM = {"id": 320, "item_type": "contract_item", "work_completed_this_period": "900.00"}
_PAYMENT = {"amount": "100.00", "date": "2026-11-15", "check_number": "1007", "requisition_id": 31}
_PAID = {"project_id": PROJECT, "contract_id": 21}
_ABN = {"business_register": {"type": "abn", "identifier": "53004085616"}}
_COMPANY = {"company_id": COMPANY}


def _vendor(**fields: Any) -> dict[str, Any]:
    return {"company_id": COMPANY, "vendor": fields}


def _claim(**fields: Any) -> dict[str, Any]:
    return {**_OF_PROJECT, "requisition": fields}


_SYNCED = [
    {"id": 13, "origin_id": "xero:13", "origin_code": "C-13"},
    {"name": "Synced Glass", "origin_id": "xero:99"},
    {"id": 999999, "name": "Nobody"},
]

_COST = {"direct_cost_type": "invoice", "invoice_number": "DC-2", "vendor_id": 11, "status": "draft"}
_COSTS = f"projects/{PROJECT}/direct_costs"
_HERE = {"project_id": PROJECT}

PROCORE: tuple[Ask, ...] = (
    Ask("POST", f"/rest/v1.1/{_COSTS}", {"direct_cost": _COST}, 201),
    Ask("POST", f"/rest/v1.1/{_COSTS}", {"direct_cost": {"direct_cost_type": "payroll"}}, 201),
    Ask("PATCH", f"/rest/v1.1/{_COSTS}/81", {"direct_cost": {"description": "Hire"}}),
    Ask("DELETE", f"{REST}/{_COSTS}/81"),
    Ask("POST", f"{REST}/vendors", _vendor(name="New Roofing", country_code="AU", state_code="SA"), 201),
    Ask("PATCH", f"{REST}/vendors/11", _vendor(name="Aldinga Concrete Pty Ltd", city="Willunga")),
    Ask("PATCH", f"{REST}/vendors/sync", {"company_id": COMPANY, "updates": _SYNCED}),
    Ask("POST", f"{REST}/vendors/13/business_register", _ABN, 201, _COMPANY),
    Ask("PATCH", f"{REST}/vendors/11/business_register", _ABN, 200, _COMPANY),
    Ask("PATCH", f"{REST}/companies/{COMPANY}/vendors/inactive/12"),
    Ask("POST", f"{REST}/contract_payments", {**_PAID, "contract_payment": _PAYMENT}, 201),
    Ask("PATCH", f"{REST}/contract_payments/51", {**_PAID, "contract_payment": {"notes": "In two parts"}}),
    Ask("DELETE", f"{REST}/contract_payments/51", None, 200, _PAID),
    Ask(
        "POST",
        "/rest/v1.1/requisitions",
        _claim(billing_date="2026-11-30", status="draft", items=[_ITEM]),
        201,
    ),
    Ask("PATCH", "/rest/v1.1/requisitions/32", _claim(payment_date="2026-11-18"), 200, {"view": "items"}),
    Ask("PATCH", f"{REST}/requisitions/32", _claim(status="under_review")),
    Ask(
        "PATCH",
        f"{REST}/requisitions/32/bulk_item_update",
        {"requisition_items": [_CHANGED_ITEM]},
        200,
        {"project_id": PROJECT},
    ),
    Ask("PATCH", f"{REST2}/requisitions/32/payment_details", {"due_date": "2026-12-20"}),
)

_CLAIMS = "/rest/v1.1/requisitions"
_PAYMENTS = f"{REST}/contract_payments"

PROCORE_REFUSED: tuple[Ask, ...] = (
    Ask("GET", f"{REST}/vendors", None, 400),
    Ask("GET", _CLAIMS, None, 400, {"project_id": "x"}),
    Ask("GET", _CLAIMS, None, 400, _HERE, {"Procore-Company-Id": ""}),
    Ask("GET", _CLAIMS, None, 401, _HERE, {"Authorization": "Bearer gone"}),
    Ask("GET", f"{REST}/me", None, 401, {}, {"Authorization": ""}),
    Ask("GET", _CLAIMS, None, 403, _HERE, {"Procore-Company-Id": "43"}),
    Ask("GET", _CLAIMS, None, 404, {"project_id": 99}),
    Ask("GET", f"{_CLAIMS}/99", None, 404, _HERE),
    Ask("GET", f"{REST}/vendors/99", None, 404, _COMPANY),
    Ask("GET", f"{REST}/projects/99", None, 404, _COMPANY),
    Ask("GET", f"{REST}/work_order_contracts/99", None, 404, _HERE),
    Ask("GET", f"{REST}/tax_codes/99", None, 404, _COMPANY),
    Ask("GET", f"{_PAYMENTS}/99", None, 404, _PAID),
    Ask("POST", _PAYMENTS, {"project_id": PROJECT}, 400),
    Ask("POST", _PAYMENTS, _PAID, 400),
    Ask("POST", _PAYMENTS, {**_PAID, "contract_payment": {"notes": "No amount"}}, 422),
    Ask("POST", _PAYMENTS, {**_PAID, "contract_id": 99, "contract_payment": _PAYMENT}, 404),
    Ask("POST", f"{REST}/vendors", _vendor(), 400),
    Ask("PATCH", f"{REST}/vendors/99", _vendor(name="A"), 404),
    Ask("PATCH", f"{REST}/vendors/sync", {"company_id": COMPANY, "updates": "all"}, 400),
    Ask("POST", _CLAIMS, _claim(status="paid"), 400),
    Ask("PATCH", f"{_CLAIMS}/99", _claim(), 404),
)

_LINE = {
    "Description": "Formwork",
    "Quantity": 2,
    "UnitAmount": 50.05,
    "AccountCode": COSTS,
    "TaxType": "INPUT",
}
_BILL = {
    "Type": "ACCPAY",
    "Contact": {"ContactID": SUPPLIER},
    "InvoiceNumber": "PC-20",
    "Date": "2026-11-01",
    "DueDate": "2026-12-01",
    "Status": "DRAFT",
    "LineItems": [_LINE],
}
_NOTE = {
    "Type": "ACCPAYCREDIT",
    "Contact": {"ContactID": SUPPLIER},
    "Date": "2026-11-01",
    "LineItems": [_LINE],
}
_ORDER = {"Contact": {"ContactID": SUPPLIER}, "Date": "2026-11-01", "LineItems": [_LINE]}
_MONEY = {"Account": {"Code": BANK}, "Date": "2026-11-18", "Amount": 10}
_EACH = {"summarizeErrors": "false"}
_BOTH = [
    {**_BILL, "InvoiceNumber": "PC-21"},
    {**_BILL, "InvoiceNumber": "PC-22", "LineItems": []},
    {**_BILL, "InvoiceNumber": "PC-23", "LineItems": [{**_LINE, "AccountCode": "999"}]},
]
_USED = {"Invoice": {"InvoiceID": BILL}, "Amount": 5, "Date": "2026-11-18"}
_HISTORY = {"HistoryRecords": [{"Details": "Sent from Procore"}]}
_SPENT = {
    "Contact": {"ContactID": SUPPLIER},
    "BankAccount": {"Code": BANK},
    "Date": "2026-11-02",
    "LineItems": [_LINE],
}
_JOURNAL = {
    "Narration": "Accrual of October",
    "Date": "2026-11-02",
    "JournalLines": [{"LineAmount": 10, "AccountCode": COSTS}, {"LineAmount": -10, "AccountCode": SALES}],
}
_GONE = {"Status": "DELETED", "Type": "SPEND", "LineItems": [], "BankAccount": {"Code": BANK}}
_HOLDERS = (
    f"/Invoices/{BILL}",
    f"/CreditNotes/{CREDIT_NOTE}",
    f"/Contacts/{SUPPLIER}",
    "/PurchaseOrders/{PurchaseOrderID}",
    "/BankTransactions/{BankTransactionID}",
)


def _x(method: str, path: str, body: Any = None, status: int = 200, **query: Any) -> Ask:
    return Ask(method, XERO_API + path, body, status, query)


XERO: tuple[Ask, ...] = (
    _x("PUT", "/Contacts", {"Contacts": [{"Name": "New Roofing", "ContactNumber": "V-20"}]}),
    _x("POST", "/Contacts", {"Contacts": [{"Name": "Other Roofing", "TaxNumber": "53004085616"}]}, **_EACH),
    _x("POST", f"/Contacts/{SUPPLIER}", {"Contacts": [{"EmailAddress": "b@example.com"}]}),
    _x("PUT", "/ContactGroups/{ContactGroupID}/Contacts", {"Contacts": [{"ContactID": SUPPLIER}]}),
    _x("DELETE", "/ContactGroups/{ContactGroupID}/Contacts/{ContactID}", None, 204),
    _x("DELETE", "/ContactGroups/{ContactGroupID}/Contacts", None, 204),
    _x("PUT", "/ContactGroups", {"ContactGroups": [{"Name": "Consultants"}]}),
    _x("POST", "/ContactGroups/{ContactGroupID}", {"ContactGroups": [{"Name": "Engineers"}]}),
    _x("PUT", "/Invoices", {"Invoices": [_BILL]}, unitdp=4),
    _x("POST", "/Invoices", {"Invoices": _BOTH}, **_EACH),
    _x("POST", f"/Invoices/{BILL}", {"Invoices": [{"InvoiceID": BILL, "DueDate": "2026-12-05"}]}),
    _x("PUT", f"/CreditNotes/{CREDIT_NOTE}/Allocations", {"Allocations": [_USED]}),
    _x("DELETE", f"/CreditNotes/{CREDIT_NOTE}/Allocations/{{AllocationID}}"),
    _x("PUT", "/CreditNotes", {"CreditNotes": [_NOTE]}),
    _x("POST", "/CreditNotes", {"CreditNotes": [_NOTE]}, **_EACH),
    _x("POST", "/CreditNotes/{CreditNoteID}", {"CreditNotes": [{"Status": "SUBMITTED"}]}),
    _x("PUT", "/Payments", {"Payments": [{**_MONEY, "Invoice": {"InvoiceID": BILL}}]}),
    _x("POST", "/Payments", {**_MONEY, "Invoice": {"InvoiceID": BILL}}),
    _x("POST", "/Payments/{PaymentID}", {"Status": "DELETED"}),
    _x(
        "PUT",
        "/BatchPayments",
        {
            "BatchPayments": [
                {
                    "Account": {"AccountID": "{AccountID}"},
                    "Date": "2026-11-18",
                    "Payments": [{"Invoice": {"InvoiceID": BILL}, "Amount": 4}],
                }
            ]
        },
    ),
    _x("POST", "/BatchPayments", {"BatchPaymentID": "{BatchPaymentID}", "Status": "DELETED"}),
    _x("PUT", "/PurchaseOrders", {"PurchaseOrders": [_ORDER]}),
    _x("POST", "/PurchaseOrders", {"PurchaseOrders": [{**_ORDER, "Status": "SUBMITTED"}]}, **_EACH),
    _x("POST", "/PurchaseOrders/{PurchaseOrderID}", {"PurchaseOrders": [{"Reference": "24-007"}]}),
    _x("POST", "/BatchPayments/{BatchPaymentID}", {"Status": "DELETED"}, 400),
    _x("PUT", "/BankTransactions", {"BankTransactions": [{**_SPENT, "Type": "SPEND-OVERPAYMENT"}]}),
    _x("PUT", "/Overpayments/{OverpaymentID}/Allocations", {"Allocations": [_USED]}),
    _x("DELETE", "/Overpayments/{OverpaymentID}/Allocations/{AllocationID}"),
    _x("PUT", "/Overpayments/{OverpaymentID}/History", _HISTORY),
    _x("PUT", "/BankTransactions", {"BankTransactions": [{**_SPENT, "Type": "SPEND-PREPAYMENT"}]}),
    _x("PUT", "/Prepayments/{PrepaymentID}/Allocations", {"Allocations": [_USED]}),
    _x("DELETE", "/Prepayments/{PrepaymentID}/Allocations/{AllocationID}"),
    _x("PUT", "/Prepayments/{PrepaymentID}/History", _HISTORY),
    _x("POST", "/BankTransactions", {"BankTransactions": [{**_SPENT, "Type": "SPEND"}]}, **_EACH),
    _x("PUT", "/ManualJournals", {"ManualJournals": [_JOURNAL]}),
    _x("POST", "/ManualJournals", {"ManualJournals": [_JOURNAL]}, **_EACH),
    *(Ask("PUT", f"{XERO_API}{place}/Attachments/plan.png", b"picture") for place in _HOLDERS),
    *(Ask("POST", f"{XERO_API}{place}/Attachments/plan.png", b"picture") for place in _HOLDERS),
    *(_x("PUT", f"{place}/History", _HISTORY) for place in (*_HOLDERS, "/Payments/{PaymentID}")),
    _x("POST", "/BankTransactions/{BankTransactionID}", {"BankTransactions": [_GONE]}),
    _x("PUT", f"/TrackingCategories/{CATEGORY}/Options", {"Name": "24-008"}),
    _x("POST", f"/TrackingCategories/{CATEGORY}/Options/{{TrackingOptionID}}", {"Name": "24-008a"}),
    _x("DELETE", f"/TrackingCategories/{CATEGORY}/Options/{{TrackingOptionID}}"),
    _x("POST", f"/TrackingCategories/{CATEGORY}", {"Name": "Jobs"}),
    _x("PUT", "/TrackingCategories", {"Name": "Region"}),
    _x("DELETE", "/TrackingCategories/{TrackingCategoryID}"),
    _x("PUT", "/Items", {"Items": [{"Code": "04-100", "Name": "Masonry"}]}),
    _x("POST", "/Items", {"Items": [{"Code": "04-100", "Name": "Brickwork"}]}, **_EACH),
    _x("POST", "/Items/{ItemID}", {"Items": [{"Code": "04-110", "Name": "Blockwork"}]}),
    _x("DELETE", "/Items/{ItemID}", None, 204),
    _x("PUT", "/Currencies", {"Code": "USD"}),
    _x("PUT", "/Accounts", {"Code": "350", "Name": "Scaffold", "Type": "DIRECTCOSTS"}),
    _x("POST", "/Accounts/{AccountID}", {"Accounts": [{"Name": "Scaffolding"}]}),
)

_INVOICES = f"{XERO_API}/Invoices"
_PDF = {"Content-Type": "application/pdf"}
_ANOTHER_TENANT = {"xero-tenant-id": CREDIT_NOTE}

XERO_REFUSED: tuple[Ask, ...] = (
    _x("PUT", "/Invoices", {"Invoices": [{**_BILL, "LineItems": []}]}, 400),
    _x("PUT", "/Invoices", {"Invoices": [{**_BILL, "LineItems": [{**_LINE, "AccountCode": "999"}]}]}, 400),
    _x("PUT", "/Invoices", {"Invoices": [{**_BILL, "Date": "soon"}]}, 400),
    _x("PUT", "/Contacts", {"Contacts": [{"Name": "Aldinga Concrete Pty Ltd"}]}, 400),
    _x("POST", "/Payments", {**_MONEY, "Amount": 100000, "Invoice": {"InvoiceID": BILL}}, 400),
    _x("PUT", f"/CreditNotes/{CREDIT_NOTE}/Allocations", {"Allocations": [{**_USED, "Amount": 100000}]}, 400),
    _x("GET", "/Invoices", None, 400, where="Status=="),
    _x("GET", f"/Invoices/{TENANT}", None, 404),
    _x("GET", f"/Contacts/{TENANT}", None, 404),
    _x("GET", "/Nothing", None, 404),
    Ask("GET", f"{XERO_API}/Organisation", headers={"Accept": "*/*"}),
    Ask("PUT", f"{_INVOICES}/{BILL}/Attachments/plan.pdf", b"plan", headers=_PDF),
    Ask("GET", f"{_INVOICES}/{BILL}/Attachments/plan.pdf", headers={"contentType": "application/pdf"}),
    _x("PUT", f"/TrackingCategories/{CATEGORY}/Options", {"Name": "24-009 "}, 500),
    _x("PUT", "/Contacts", {"Contacts": [{"Name": "A" * 3_600_000}]}, 413),
    Ask("GET", _INVOICES, None, 401, {}, {"Authorization": "Bearer gone"}),
    Ask("GET", _INVOICES, None, 403, {}, _ANOTHER_TENANT),
    Ask("GET", "/connections", None, 401, {}, {"Authorization": "Bearer gone"}),
)
