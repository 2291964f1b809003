"""Where the documents contradict the references beside them: what stands there instead, why, and who says so.

An entry nobody needs is reported by tests/test_contracts.py, and so is one whose line does not say it.
"""

from typing import Any

from tests.contracts.documents import Known

ACCOUNTING = "xero-accounting"
IDENTITY = "xero-identity"
PROCORE = "procore"

_EVERY_ANSWER = ("paths", "*", "*", "responses")
_JSON = "application/json"


def _schemas(*names: str) -> tuple[tuple[str, ...], ...]:
    return tuple(("components", "schemas", name, "properties") for name in names)


def _answered(**properties: dict[str, Any]) -> dict[str, Any]:
    """Properties found in answers only."""
    return {name: {**schema, "readOnly": True} for name, schema in properties.items()}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "", "content": {_JSON: {"schema": schema}}}


_TEXT = {"type": "string"}
_YES_NO = {"type": "boolean"}
_ISO = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"}
_PROBLEM = {
    "type": "object",
    "required": ["Title", "Status", "Detail"],
    "properties": {
        "Type": {"type": "string", "nullable": True},
        "Title": _TEXT,
        "Status": {"type": "integer"},
        "Detail": _TEXT,
        "Instance": _TEXT,
        "Extensions": {"type": "object"},
    },
}
_TOKEN_REFUSED = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "enum": [
                "invalid_grant",
                "invalid_client",
                "unauthorized_client",
                "invalid_scope",
                "invalid_request",
                "unsupported_grant_type",
            ]
        },
        "error_description": _TEXT,
    },
}
_FORM = "application/x-www-form-urlencoded"
_COLLECTIONS = (
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
)

XERO_READING = (
    Known(
        "envelope",
        ACCOUNTING,
        _schemas(*_COLLECTIONS),
        _answered(
            Id={"type": "string", "format": "uuid"},
            Status=_TEXT,
            ProviderName=_TEXT,
            DateTimeUTC={"type": "string", "pattern": r"^/Date\(\d+\)/$"},
        ),
        "Every answer with a collection carries four envelope fields that no schema has.",
        "xero.md:22",
        "ProviderName",
    ),
    Known(
        "dates as text",
        ACCOUNTING,
        _schemas("Invoice", "CreditNote", "BankTransaction", "PurchaseOrder", "Overpayment", "Prepayment"),
        _answered(DateString=_ISO, DueDateString=_ISO, DeliveryDateString=_ISO),
        "Documents repeat their dates as ISO text beside the milliseconds.",
        "xero.md:23",
        "DateString",
    ),
    Known(
        "time of a history record as text",
        ACCOUNTING,
        _schemas("HistoryRecord"),
        _answered(DateUTCString=_ISO),
        "The documents' own examples repeat it as ISO text.",
        "xero-accounting.openapi.yaml:11447",
        "DateUTCString",
    ),
    Known(
        "times of a connection",
        IDENTITY,
        tuple(
            ("components", "schemas", "Connection", "properties", name)
            for name in ("createdDateUtc", "updatedDateUtc")
        ),
        {"format": None, "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}$"},
        "Seven digits of a second and no zone: not the date-time the document promises.",
        "xero.md:48",
        "7-digit",
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

XERO_REFUSING = (
    Known(
        "refused queries",
        ACCOUNTING,
        (_EVERY_ANSWER,),
        {"400": {"$ref": "#/components/responses/400Error"}},
        "Reading calls declare success alone; a bad `where` is answered 400 in the body of a refused write.",
        "xero.md:239",
        "QueryParseException",
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
        "messages on a line",
        ACCOUNTING,
        _schemas("LineItem"),
        _answered(
            ValidationErrors={"type": "array", "items": {"$ref": "#/components/schemas/ValidationError"}}
        ),
        "Lines carry their own messages.",
        "xero.md:238",
        "LineItems",
    ),
    Known(
        "unauthorised and forbidden",
        ACCOUNTING,
        (_EVERY_ANSWER,),
        {"401": _json(_PROBLEM), "403": _json(_PROBLEM)},
        "No operation declares them.",
        "xero.md:242",
        "AuthenticationUnsuccessful",
    ),
    Known(
        "connections unauthorised",
        IDENTITY,
        (_EVERY_ANSWER,),
        {"401": _json(_PROBLEM), "403": _json(_PROBLEM)},
        "No operation declares them.",
        "xero.md:242",
        "AuthenticationUnsuccessful",
    ),
    Known(
        "not found, busy, away",
        ACCOUNTING,
        (_EVERY_ANSWER,),
        {"404": {"description": ""}, "429": {"description": ""}, "503": {"description": ""}},
        "No operation declares them; their bodies are text or empty.",
        "xero.md:244",
        "404",
    ),
    Known(
        "too large, failed",
        ACCOUNTING,
        (_EVERY_ANSWER,),
        {"413": _json(_PROBLEM), "500": _json(_PROBLEM)},
        "No operation declares them.",
        "xero.md:246",
        "RequestEntityTooLarge",
    ),
)

_CONNECTIONS: dict[str, Any] = {"$ref": "#/components/schemas/Connection"}
_NOT_OURS = {"401": _json(_PROBLEM), "403": _json(_PROBLEM)}

XERO_IDENTITY = (
    Known(
        "connections in small letters",
        IDENTITY,
        (("paths", "/connections"),),
        {
            "get": {
                "parameters": [
                    {"in": "query", "name": "authEventId", "schema": {"type": "string", "format": "uuid"}}
                ],
                "security": [{"OAuth2": []}],
                "responses": {"200": _json({"type": "array", "items": _CONNECTIONS}), **_NOT_OURS},
            }
        },
        "The service itself is addressed in small letters.",
        "xero.md:16",
        "serve both",
    ),
    Known(
        "a connection in small letters",
        IDENTITY,
        (("paths", "/connections/{id}"),),
        {
            "delete": {
                "parameters": [{"in": "path", "name": "id", "required": True, "schema": {"type": "string"}}],
                "security": [{"OAuth2": []}],
                "responses": {"204": {"description": ""}, "404": {"description": ""}, **_NOT_OURS},
            }
        },
        "The service itself is addressed in small letters.",
        "xero.md:16",
        "serve both",
    ),
    Known(
        "tokens",
        IDENTITY,
        (("paths", "/connect/token"),),
        {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        _FORM: {
                            "schema": {
                                "type": "object",
                                "required": ["grant_type"],
                                "properties": {
                                    "grant_type": {
                                        "enum": ["authorization_code", "refresh_token", "client_credentials"]
                                    },
                                    **dict.fromkeys(
                                        (
                                            "client_id",
                                            "client_secret",
                                            "code",
                                            "redirect_uri",
                                            "refresh_token",
                                            "scope",
                                            "code_verifier",
                                        ),
                                        _TEXT,
                                    ),
                                },
                            }
                        }
                    },
                },
                "responses": {
                    "200": _json({"$ref": "#/components/schemas/AccessToken"}),
                    "400": _json(_TOKEN_REFUSED),
                    "401": _json(_TOKEN_REFUSED),
                },
            }
        },
        "The document has the schemas of tokens and no path that answers them.",
        "xero.md:15",
        "/connect/token",
    ),
    Known(
        "scopes granted",
        IDENTITY,
        _schemas("AccessToken"),
        {"scope": _TEXT},
        "An answer names the scopes granted.",
        "xero.md:43",
        "scope",
    ),
    Known(
        "revocation",
        IDENTITY,
        (("paths", "/connect/revocation"),),
        {
            "post": {
                "requestBody": {
                    "required": True,
                    "content": {
                        _FORM: {
                            "schema": {
                                "type": "object",
                                "required": ["token"],
                                "properties": dict.fromkeys(
                                    ("token", "token_type_hint", "client_id", "client_secret"), _TEXT
                                ),
                            }
                        }
                    },
                },
                "responses": {"200": {"description": ""}, "400": _json(_TOKEN_REFUSED)},
            }
        },
        "The document has no path for it.",
        "xero.md:15",
        "/connect/revocation",
    ),
)

KNOWN: tuple[Known, ...] = (*XERO_READING, *XERO_REFUSING, *XERO_IDENTITY)
