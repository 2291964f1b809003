"""Known contradictions of Xero's document for Australian payroll."""

from tests.contracts.documents import Known
from tests.contracts.shapes import EVERY_ANSWER, PROBLEM, TEXT, answered, json_answer, schemas

PAYROLL = "xero-payroll-au"
_ENVELOPES = (
    "Employees", "PayItems", "PayRuns", "PayrollCalendars", "SettingsObject", "TimesheetObject", "Timesheets",
)  # fmt: skip

XERO_PAYROLL = (
    Known(
        "envelope of payroll",
        PAYROLL,
        schemas(*_ENVELOPES),
        answered(
            Id={"type": "string", "format": "uuid"},
            Status=TEXT,
            ProviderName=TEXT,
            DateTimeUTC={"type": "string", "pattern": r"^/Date\(\d+\)/$"},
        ),
        "Every answer carries four envelope fields that no schema has; the document's examples show them.",
        "xero.md:22",
        "ProviderName",
    ),
    Known(
        "if modified since of payroll",
        PAYROLL,
        tuple(
            ("paths", f"/{name}", "get", "parameters")
            for name in ("Employees", "PayItems", "PayRuns", "PayrollCalendars", "Timesheets")
        ),
        [
            {
                "name": "If-Modified-Since",
                "in": "header",
                "schema": {
                    "type": "string",
                    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)?$",
                },
            }
        ],
        "Clients send UTC to the second without a zone; a date-time would need one.",
        "xero.md:98",
        "If-Modified-Since",
    ),
    Known(
        "refused timesheets",
        PAYROLL,
        (EVERY_ANSWER,),
        {
            "400": json_answer({"$ref": "#/components/schemas/APIException"}),
            "401": json_answer(PROBLEM),
            "403": json_answer(PROBLEM),
            "404": {"description": ""},
        },
        "Some operations declare success alone; refusals have the bodies that every other API of Xero has.",
        "xero.md:243",
        "AuthenticationUnsuccessful",
        gaps=True,
    ),
)
