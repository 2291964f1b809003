"""A small world with at least one record of every kind the sandbox knows, and the ids to reach them by."""

from typing import Any

COMPANY, PROJECT = 42, 7
TENANT = "fe79f7dd-b6d4-4a92-ba7b-538af6289c58"
BANK, COSTS, SALES = "090", "310", "200"
SUPPLIER = "430fa14a-f945-44d3-9f97-5df5e28441b8"
BILL, PAID_BILL = "ed255415-e141-4150-aab7-89c3bbbb851c", "d4956132-ed94-4dd7-9eaa-aa22dfdf06f2"
CREDIT_NOTE = "7be578f5-63af-45c8-9b00-dcc4732baf0b"
PAYMENT = "38928000-e9a0-420c-8884-f624bab2a351"
CATEGORY, OPTION = "297c2dc5-cc47-4afd-8ec8-74990b8761e9", "ae777a87-5ef3-4fa0-a4f0-d10e1f13073a"
ITEM = "c8c54d65-f3f2-452d-926e-bf450b81fb07"
EMPLOYEE, CALENDAR = "b34e89ff-770d-4099-b7e5-f968767118bc", "22a05fc5-386d-4950-9842-3e7a6c812135"
RATE, TIMESHEET = "ab874dfb-ab09-4c91-954e-43acf6fc23b4", "863bbd31-0447-4419-80d5-d733d5e723ba"
GROUP = "17b44ed7-4389-4162-91cb-3dd5766e4e22"

# Ids in Procore's paths by the word before them.
PLACES: dict[str, Any] = {
    "companies": COMPANY,
    "projects": PROJECT,
    "vendors": 11,
    "inactive": 12,
    "work_order_contracts": 21,
    "purchase_order_contracts": 22,
    "prime_contracts": 23,
    "prime_contract": 23,
    "commitments": 21,
    "requisitions": 32,
    "change_order_packages": 41,
    "commitment_change_orders": 45,
    "contract_payments": 51,
    "billing_periods": 61,
    "payment_applications": 71,
    "direct_costs": 81,
    "cost_codes": 91,
    "standard_cost_codes": 2,
    "standard_cost_code_lists": 1,
    "line_item_types": 5,
    "project_stages": 8,
    "tax_codes": 9,
    "contract_items": 311,
    "change_order_items": 312,
    "line_items": 211,
    "wbs_codes": 1,
    "contract_detail_items": 311,
    "timecard_entries": 95,
}
# Values of query parameters by their name.
QUERY: dict[str, Any] = {
    "company_id": COMPANY,
    "project_id": PROJECT,
    "contract_id": 21,
    "standard_cost_code_list_id": 1,
    "vendor_id": 11,
    "page": 1,
    "per_page": 1,
    "commitment_id": 21,
}
# Ids in Xero's paths by their own name.
NAMES: dict[str, str] = {
    "InvoiceID": BILL,
    "ContactID": SUPPLIER,
    "CreditNoteID": CREDIT_NOTE,
    "PaymentID": PAYMENT,
    "ItemID": ITEM,
    "TrackingCategoryID": CATEGORY,
    "TrackingOptionID": OPTION,
    "ContactGroupID": GROUP,
    "TaxType": "INPUT",
    "FileName": "plan.png",
    "ContactNumber": "V-11",
    "TimesheetID": TIMESHEET,
    "EmployeeID": EMPLOYEE,
}


def _line(number: int, code: int, amount: str) -> dict[str, Any]:
    return {
        "id": number,
        "cost_code_id": code,
        "line_item_type_id": 5,
        "tax_code_id": 9,
        "amount": amount,
        "description": f"Line {number}",
    }


def _claim(number: int, claim: int, **more: Any) -> dict[str, Any]:
    moved = {
        "work_completed_this_period": "1000.00",
        "materials_presently_stored": "200.00",
        "work_completed_retainage_retained_this_period": "100.00",
    }
    return {
        "id": number,
        "commitment_id": 21,
        "number": claim,
        "period_id": 61,
        "billing_date": "2026-10-31",
        "invoice_number": f"PC-{claim}",
        "status": "approved",
        "items": [
            {"id": number * 10, "line_item_id": 211, **moved},
            {"id": number * 10 + 1, "line_item_id": 212},
            {"id": number * 10 + 2, "line_item_id": 411, "item_type": "change_order_item"},
        ],
    } | more


_COST_CODES = [
    {"id": 91, "standard_cost_code_id": 2},
    {"id": 92, "code": "200", "name": "Formwork"},
]
_PROJECT: dict[str, Any] = {
    "id": PROJECT,
    "name": "Harbour Rise",
    "project_number": "24-007",
    "stage": "Course of Construction",
    "start_date": "2026-02-02",
    "completion_date": "2027-06-30",
    "total_value": "4200000.00",
    "custom_fields": {"custom_field_77": {"data_type": "string", "value": "Wests"}},
    "cost_codes": _COST_CODES,
    "billing_periods": [
        {
            "id": 61,
            "start_date": "2026-10-01",
            "end_date": "2026-10-31",
            "due_date": "2026-11-05",
            "status": "open",
        }
    ],
    "work_order_contracts": [
        {
            "id": 21,
            "number": "SC-1",
            "title": "Concrete",
            "vendor_id": 11,
            "line_items": [_line(211, 91, "8000.00"), _line(212, 92, "2000.00")],
        },
        {"id": 24, "number": "SC-2", "vendor_id": None, "status": "Draft"},
    ],
    "purchase_order_contracts": [
        {
            "id": 22,
            "number": "PO-1",
            "status": "Received",
            "title": "Reinforcement",
            "vendor_id": 11,
            "accounting_method": "unit",
            "line_items": [
                {
                    "id": 221,
                    "cost_code_id": 91,
                    "line_item_type_id": 5,
                    "quantity": "12.5",
                    "unit_cost": "80.00",
                    "uom": "ea",
                }
            ],
        }
    ],
    "prime_contracts": [
        {
            "id": 23,
            "number": "HC-1",
            "title": "Head contract",
            "vendor_id": 13,
            "line_items": [_line(231, 91, "20000.00")],
        }
    ],
    "change_order_packages": [
        {
            "id": 41,
            "contract_id": 21,
            "number": "1",
            "title": "Extra footing",
            "reviewed_at": "2026-09-30T01:00:00Z",
            "line_items": [_line(411, 91, "500.00")],
        }
    ],
    "commitment_change_orders": [
        {
            "id": 45,
            "contract_id": 21,
            "number": "2",
            "title": "Pump hire",
            "grand_total": "300.00",
            "line_items": [_line(451, 92, "300.00")],
        }
    ],
    "requisitions": [_claim(31, 1), _claim(32, 2, final=True, comment="Second claim")],
    "contract_payments": [
        {
            "id": 51,
            "contract_id": 21,
            "amount": "900.00",
            "date": "2026-11-10",
            "requisition_id": 31,
            "invoice_number": "PC-1",
        }
    ],
    "payment_applications": [
        {
            "id": 71,
            "contract_id": 23,
            "number": 1,
            "billing_date": "2026-10-31",
            "period_id": 61,
            "items": [{"id": 711, "line_item_id": 231, "work_completed_this_period": "5000.00"}],
        }
    ],
    "direct_costs": [
        {
            "id": 81,
            "vendor_id": 11,
            "invoice_number": "DC-1",
            "direct_cost_date": "2026-10-12",
            "line_items": [_line(811, 91, "75.00")],
        }
    ],
    "timecard_entries": [
        {
            "id": 95,
            "date": "2026-11-16",
            "hours": "8.0",
            "party_id": 96,
            "timecard_time_type_id": 97,
            "cost_code_id": 91,
            "approval_status": "approved",
            "description": "Formwork",
        }
    ],
}
_PROCORE: dict[str, Any] = {
    "id": COMPANY,
    "name": "Seabrook Constructions",
    "project_stages": [{"id": 8, "name": "Course of Construction", "category": "course_of_construction"}],
    "standard_cost_codes": [
        {"id": 1, "code": "03", "name": "Concrete"},
        {"id": 2, "code": "100", "name": "Footings", "parent_id": 1},
    ],
    "line_item_types": [{"id": 5, "code": "S", "name": "Subcontract", "base_type": "commitment"}],
    "tax_codes": [{"id": 9, "code": "GST", "description": "GST 10%"}],
    "vendors": [
        {
            "id": 11,
            "name": "Aldinga Concrete Pty Ltd",
            "abn": "51824753556",
            "email_address": "a@example.com",
            "business_phone": "08 5550 0011",
            "address": "1 Civic Parade",
            "city": "Aldinga",
            "state_code": "SA",
            "zip": "5173",
            "origin_id": "x-11",
            "notes": "Prompt",
        },
        {"id": 12, "name": "Gone Steel", "is_active": False},
        {"id": 13, "name": "Council"},
    ],
    "people": [{"id": 96, "first_name": "Jo", "last_name": "Carr", "employee_id": "E-7"}],
    "timecard_time_types": [{"id": 97, "time_type": "Regular Time"}],
    "projects": [_PROJECT, {"id": 8, "name": "Empty site", "active": False}],
}
_LINE: dict[str, Any] = {
    "Description": "Concrete",
    "Quantity": "1",
    "UnitAmount": "100.00",
    "AccountCode": COSTS,
    "TaxType": "INPUT",
    "Tracking": [{"TrackingCategoryID": CATEGORY, "TrackingOptionID": OPTION}],
}
_DOCUMENT: dict[str, Any] = {
    "Contact": {"ContactID": SUPPLIER},
    "Date": "2026-11-01",
    "LineAmountTypes": "Exclusive",
    "LineItems": [_LINE],
    "Status": "AUTHORISED",
}
_ORGANISATION: dict[str, Any] = {
    "tenantId": TENANT,
    "Name": "Seabrook Constructions",
    "BaseCurrency": "AUD",
    "PeriodLockDate": "2026-06-30",
    "Contacts": [
        {
            "ContactID": SUPPLIER,
            "Name": "Aldinga Concrete Pty Ltd",
            "ContactNumber": "V-11",
            "TaxNumber": "51824753556",
            "EmailAddress": "a@example.com",
            "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "55500011", "PhoneAreaCode": "08"}],
            "Addresses": [{"AddressType": "STREET", "AddressLine1": "1 Civic Parade", "City": "Aldinga"}],
        },
        {
            "ContactID": "a3675fc4-f8dd-4f03-ba5b-f1870566bcd7",
            "Name": "Gone Steel",
            "ContactStatus": "ARCHIVED",
        },
        *({"Name": f"Vendor {number:03}"} for number in range(1, 121)),
    ],
    "ContactGroups": [
        {"ContactGroupID": GROUP, "Name": "Subcontractors", "Contacts": [{"ContactID": SUPPLIER}]}
    ],
    "TrackingCategories": [
        {
            "TrackingCategoryID": CATEGORY,
            "Name": "Job",
            "Options": [
                {"TrackingOptionID": OPTION, "Name": "24-007"},
                {"Name": "23-001", "Status": "ARCHIVED"},
            ],
        }
    ],
    "Payroll": {
        "TimesheetCategory": "Job",
        "PayrollCalendars": [
            {
                "PayrollCalendarID": CALENDAR,
                "Name": "Weekly",
                "StartDate": "2026-11-09",
                "PaymentDate": "2026-11-17",
            }
        ],
        "EarningsRates": [{"EarningsRateID": RATE, "Name": "Ordinary Hours", "AccountCode": COSTS}],
        "Employees": [
            {
                "EmployeeID": EMPLOYEE,
                "FirstName": "Jo",
                "LastName": "Carr",
                "PayrollCalendarID": CALENDAR,
                "OrdinaryEarningsRateID": RATE,
                "StartDate": "2025-01-06",
            }
        ],
        "Timesheets": [
            {
                "TimesheetID": TIMESHEET,
                "EmployeeID": EMPLOYEE,
                "StartDate": "2026-11-09",
                "EndDate": "2026-11-15",
                "TimesheetLines": [{"EarningsRateID": RATE, "NumberOfUnits": [8, 8, 8, 8, 8, 0, 0]}],
            }
        ],
        "PayRuns": [
            {
                "PayrollCalendarID": CALENDAR,
                "PayRunPeriodStartDate": "2026-11-02",
                "PayRunPeriodEndDate": "2026-11-08",
                "PaymentDate": "2026-11-10",
            }
        ],
    },
    "Items": [{"ItemID": ITEM, "Code": "03-100", "Name": "Footings"}],
    "Invoices": [
        {"InvoiceID": BILL, "Type": "ACCPAY", "InvoiceNumber": "PC-1", "DueDate": "2026-11-30", **_DOCUMENT},
        {
            "InvoiceID": PAID_BILL,
            "Type": "ACCPAY",
            "InvoiceNumber": "PC-2",
            "DueDate": "2026-11-30",
            **_DOCUMENT,
        },
        {
            "Type": "ACCREC",
            "InvoiceNumber": "INV-1",
            "DueDate": "2026-11-30",
            **_DOCUMENT,
            "LineItems": [_LINE | {"AccountCode": SALES, "TaxType": "OUTPUT"}],
        },
    ],
    "CreditNotes": [
        {"CreditNoteID": CREDIT_NOTE, "Type": "ACCPAYCREDIT", "CreditNoteNumber": "CN-1", **_DOCUMENT}
    ],
    "PurchaseOrders": [{"PurchaseOrderNumber": "PO-1", **_DOCUMENT}],
    "Payments": [
        {
            "PaymentID": PAYMENT,
            "Invoice": {"InvoiceID": PAID_BILL},
            "Account": {"Code": BANK},
            "Date": "2026-11-12",
            "Amount": "110.00",
        }
    ],
}
WORLD: dict[str, Any] = {
    "now": "2026-11-20T02:00:00Z",
    "users": {"procore": [{"id": 101, "login": "office@example.com", "name": "Office user"}]},
    "procore": {"companies": [_PROCORE]},
    "xero": {"organisations": [_ORGANISATION]},
}
