"""Known contradictions of Xero's accounting document."""

from tests.contracts.documents import Known
from tests.contracts.shapes import EVERY_ANSWER, PROBLEM, TEXT, answered, json_answer, schemas

ACCOUNTING = "xero-accounting"
_YES_NO = {"type": "boolean"}
_ISO = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"}
_COLLECTIONS = [
    "Accounts",
    "Actions",
    "Allocations",
    "Attachments",
    "BankTransactions",
    "BatchPayments",
    "BrandingThemes",
    "Budgets",
    "ContactGroups",
    "Contacts",
    "CreditNotes",
    "Currencies",
    "HistoryRecords",
    "Invoices",
    "Items",
    "Journals",
    "ManualJournals",
    "OnlineInvoices",
    "Organisations",
    "Overpayments",
    "Payments",
    "Prepayments",
    "PurchaseOrders",
    "ReportWithRows",
    "TaxRates",
    "TrackingCategories",
    "TrackingOptions",
    "Users",
]

XERO_READING = (
    Known(
        "envelope",
        ACCOUNTING,
        schemas(*_COLLECTIONS),
        answered(
            Id={"type": "string", "format": "uuid"},
            Status=TEXT,
            ProviderName=TEXT,
            DateTimeUTC={"type": "string", "pattern": r"^/Date\(\d+\)/$"},
        ),
        "Every answer with a collection carries four envelope fields that no schema has.",
        "xero.md:22",
        "ProviderName",
    ),
    Known(
        "dates as text",
        ACCOUNTING,
        schemas("Invoice", "CreditNote", "BankTransaction", "PurchaseOrder", "Overpayment", "Prepayment"),
        answered(DateString=_ISO, DueDateString=_ISO, DeliveryDateString=_ISO),
        "Documents repeat their dates as ISO text beside the milliseconds.",
        "xero.md:23",
        "DateString",
    ),
    Known(
        "if modified since",
        ACCOUNTING,
        (("components", "parameters", "ifModifiedSince", "schema"),),
        {"format": None, "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?$"},
        "Clients send UTC to the second without a zone; a date-time would need one.",
        "xero.md:98",
        "If-Modified-Since",
    ),
)

XERO_EXAMPLES = (
    Known(
        "faults of a group",
        ACCOUNTING,
        schemas("ContactGroup"),
        answered(HasValidationErrors=_YES_NO),
        "The document's own examples have it.",
        "xero-accounting.openapi.yaml:3071",
        "HasValidationErrors",
    ),
    Known(
        "states of a tracking option",
        ACCOUNTING,
        schemas("TrackingOption"),
        answered(HasValidationErrors=_YES_NO, IsDeleted=_YES_NO, IsArchived=_YES_NO, IsActive=_YES_NO),
        "The document's own examples have them.",
        "xero-accounting.openapi.yaml:10930",
        "IsArchived",
    ),
    Known(
        "second id of a credit",
        ACCOUNTING,
        schemas("CreditNote", "Overpayment", "Prepayment"),
        answered(ID={"type": "string", "format": "uuid"}),
        "The document's own examples repeat the id under another name.",
        "xero-accounting.openapi.yaml:3368",
        "ID",
    ),
)

XERO_REFUSING = (
    Known(
        "refused queries",
        ACCOUNTING,
        (EVERY_ANSWER,),
        {"400": {"$ref": "#/components/responses/400Error"}},
        "Reading calls declare success alone; a bad `where` is answered 400 in the body of a refused write.",
        "xero.md:239",
        "QueryParseException",
        gaps=True,
    ),
    Known(
        "echo of a refused element",
        ACCOUNTING,
        (("components", "schemas", "Element"),),
        {"additionalProperties": True},
        "An element in an error is what was sent, whole, with its messages added.",
        "xero.md:238",
        "echoed element",
    ),
    Known(
        "unauthorised and forbidden",
        ACCOUNTING,
        (EVERY_ANSWER,),
        {"401": json_answer(PROBLEM), "403": json_answer(PROBLEM)},
        "No operation declares them.",
        "xero.md:242",
        "AuthenticationUnsuccessful",
    ),
    Known(
        "not found, busy, away",
        ACCOUNTING,
        (EVERY_ANSWER,),
        {"404": {"description": ""}, "429": {"description": ""}, "503": {"description": ""}},
        "No operation declares them; their bodies are text or empty.",
        "xero.md:244",
        "404",
    ),
    Known(
        "too large, failed",
        ACCOUNTING,
        (EVERY_ANSWER,),
        {"413": json_answer(PROBLEM), "500": json_answer(PROBLEM)},
        "No operation declares them.",
        "xero.md:246",
        "RequestEntityTooLarge",
    ),
)
