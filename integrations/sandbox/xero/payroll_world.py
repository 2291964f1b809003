"""Payroll from a world: `Payroll: {Employees, EarningsRates, PayrollCalendars, Timesheets, PayRuns,
TimesheetCategory}` of an organisation, in the API's own shape.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import as_id, new_id, to_date, to_milliseconds

_DATES = ("StartDate", "EndDate", "PaymentDate", "ReferenceDate", "DateOfBirth", "TerminationDate",
          "PayRunPeriodStartDate", "PayRunPeriodEndDate")  # fmt: skip
_SHELVES: dict[str, tuple[str, dict[str, Any]]] = {
    "PayrollCalendars": ("PayrollCalendars", {"CalendarType": "WEEKLY"}),
    "EarningsRates": (
        "EarningsRates",
        {"EarningsType": "ORDINARYTIMEEARNINGS", "RateType": "RATEPERUNIT", "TypeOfUnits": "Hours",
         "CurrentRecord": True, "IsQualifyingEarnings": True},
    ),
    "Employees": ("PayrollEmployees", {"Status": "ACTIVE", "DateOfBirth": "1985-03-01"}),
    "Timesheets": ("Timesheets", {"Status": "DRAFT", "TimesheetLines": []}),
    "PayRuns": ("PayRuns", {"PayRunStatus": "POSTED"}),
}  # fmt: skip


def load_payroll(made: Organisation, given: Mapping[str, Any]) -> None:
    """Fill the payroll shelves of an organisation."""
    named = given.get("TimesheetCategory", "Projects")
    for category in made["TrackingCategories"].rows():
        if category["Name"] == named:
            made.timesheet_category = category["TrackingCategoryID"]
    for name, (kind, defaults) in _SHELVES.items():
        for row in given.get(name, ()):
            record = Record(defaults | row)
            record |= {name: to_date(record[name]) for name in _DATES if record.get(name) is not None}
            if "TimesheetLines" in record:
                record["TimesheetLines"] = [_line(line) for line in record["TimesheetLines"]]
            key = made[kind].key
            record[key] = as_id(record.get(key)) or new_id()
            record["UpdatedDateUTC"] = to_milliseconds(record.get("UpdatedDateUTC"))
            made[kind].save(record, touch=False)


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "EarningsRateID": as_id(line.get("EarningsRateID")),
        "TrackingItemID": as_id(line.get("TrackingItemID")),
        "NumberOfUnits": [Decimal(str(unit)) for unit in line["NumberOfUnits"]],
    }
