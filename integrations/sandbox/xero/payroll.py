"""Payroll AU 1.0: employees, earnings rates, calendars and their periods, pay runs, timesheets, settings."""

from collections.abc import Callable
from datetime import date
from typing import Any

from integrations.sandbox.routing import Answer, Request, dump
from integrations.sandbox.xero.batch import body
from integrations.sandbox.xero.errors import JSON, Invalid, messages, not_found, unparsable
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.listing import changed, chosen, enveloped
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.payroll_shapes import period_of, shape
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import (
    ZERO,
    as_id,
    new_id,
    to_date,
    to_decimal,
    to_list,
)
from integrations.sandbox.xero.where import Field, field

BASE = "/payroll.xro/1.0"
PAGE = 100
STATUSES = ("DRAFT", "PROCESSED", "APPROVED", "REJECTED", "REQUESTED")
_FIELDS: dict[str, dict[str, Field]] = {
    "PayrollEmployees": {
        "EmployeeID": field("guid", "EmployeeID"),
        "FirstName": field("text", "FirstName"),
        "LastName": field("text", "LastName"),
        "Status": field("text", "Status"),
        "PayrollCalendarID": field("guid", "PayrollCalendarID"),
    },
    "EarningsRates": {"EarningsRateID": field("guid", "EarningsRateID"), "Name": field("text", "Name")},
    "PayrollCalendars": {
        "PayrollCalendarID": field("guid", "PayrollCalendarID"),
        "Name": field("text", "Name"),
        "CalendarType": field("text", "CalendarType"),
    },
    "PayRuns": {
        "PayRunID": field("guid", "PayRunID"),
        "PayrollCalendarID": field("guid", "PayrollCalendarID"),
        "PayRunStatus": field("text", "PayRunStatus"),
        "PayRunPeriodStartDate": field("date", "PayRunPeriodStartDate"),
        "PayRunPeriodEndDate": field("date", "PayRunPeriodEndDate"),
    },
    "Timesheets": {
        "TimesheetID": field("guid", "TimesheetID"),
        "EmployeeID": field("guid", "EmployeeID"),
        "StartDate": field("date", "StartDate"),
        "EndDate": field("date", "EndDate"),
        "Status": field("text", "Status"),
    },
}
SHOWN = {"Employees": "PayrollEmployees", "PayrollCalendars": "PayrollCalendars", "PayRuns": "PayRuns",
         "Timesheets": "Timesheets"}  # fmt: skip


# --- reading ------------------------------------------------------------------------------------------------


def _page(request: Request, rows: list[Record]) -> list[Record]:
    number = max(int(request.arg("page") or 1), 1)
    return rows[(number - 1) * PAGE : number * PAGE]


def _rows(organisation: Organisation, request: Request, kind: str) -> list[Record]:
    found = changed(organisation, organisation[kind], request)
    known = _FIELDS[kind] | {"UpdatedDateUTC": field("moment", "UpdatedDateUTC")}
    return _page(request, chosen(found, request, known, kind))


def _lister(collection: str) -> Callable[[Any, Request], Answer]:
    def rows(sandbox: Any, request: Request) -> Answer:
        organisation = organisation_of(sandbox, request)
        found = _rows(organisation, request, SHOWN[collection])
        return enveloped(organisation, collection, [dump(shape(row)) for row in found])

    return rows


for _collection in SHOWN:
    router.route("GET", f"{BASE}/{_collection}")(_lister(_collection))


@router.route("GET", BASE + "/PayItems")
def list_pay_items(sandbox: Any, request: Request) -> Answer:
    """The earnings rates; deductions, leave and reimbursements are not simulated."""
    organisation = organisation_of(sandbox, request)
    rates = [shape(row) for row in _rows(organisation, request, "EarningsRates")]
    return _object(organisation, "PayItems", {"EarningsRates": rates})


@router.route("GET", BASE + "/Settings")
def show_settings(sandbox: Any, request: Request) -> Answer:
    """Which tracking categories payroll uses."""
    organisation = organisation_of(sandbox, request)
    category = timesheet_category(organisation)
    shown = {} if category is None else {
        "TrackingCategoryID": category["TrackingCategoryID"], "TrackingCategoryName": category["Name"]
    }  # fmt: skip
    used = {"TimesheetCategories": shown} if shown else {}
    return _object(organisation, "Settings", {"Accounts": [], "TrackingCategories": used})


@router.route("GET", BASE + "/Timesheets/{id}")
def show_timesheet(sandbox: Any, request: Request, id: str) -> Answer:
    """One timesheet: an object, not a list."""
    organisation = organisation_of(sandbox, request)
    found = organisation["Timesheets"].get(as_id(id))
    if found is None:
        raise not_found()
    return _object(organisation, "Timesheet", shape(found))


def _object(organisation: Organisation, name: str, value: Any) -> Answer:
    answer = enveloped(organisation, name, [])
    text = answer.rendered().decode()
    return Answer(body=f"{text[: text.rindex('[')]}{dump(value)}}}".encode(), content_type=JSON)


def timesheet_category(organisation: Organisation) -> Record | None:
    """The tracking category that payroll's settings name for timesheets."""
    return organisation["TrackingCategories"].get(organisation.timesheet_category)


# --- writing ------------------------------------------------------------------------------------------------


@router.route("POST", BASE + "/Timesheets")
def write_timesheets(sandbox: Any, request: Request) -> Answer:
    """Create timesheets, or change those whose ids are given: one refused refuses all."""
    return _written(organisation_of(sandbox, request), request, None)


@router.route("POST", BASE + "/Timesheets/{id}")
def update_timesheet(sandbox: Any, request: Request, id: str) -> Answer:
    """Change a timesheet; its lines become those sent."""
    organisation = organisation_of(sandbox, request)
    if organisation["Timesheets"].get(as_id(id)) is None:
        raise not_found()
    return _written(organisation, request, as_id(id))


def _written(organisation: Organisation, request: Request, id: str | None) -> Answer:
    sent = body(request)
    if not isinstance(sent, list) or not sent or (id and len(sent) != 1):
        raise unparsable("An array of timesheets was expected.")
    done: list[Record] = []
    faults: list[dict[str, Any]] = []
    for element in to_list(sent, "Timesheets"):
        try:
            with organisation.attempt():
                done.append(write_timesheet(organisation, element, id))
        except Invalid as error:
            faults.append({**element, "ValidationErrors": messages(error.messages)})
    if faults:
        for record in done:
            organisation["Timesheets"].remove(record["TimesheetID"])
        said = {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
        }
        return Answer(400, said | {"Timesheets": faults})
    return enveloped(organisation, "Timesheets", [dump(shape(record)) for record in done])


def write_timesheet(organisation: Organisation, sent: dict[str, Any], id: str | None = None) -> Record:
    """Create or change a timesheet. Raises Invalid."""
    old = organisation["Timesheets"].get(id or as_id(sent.get("TimesheetID")))
    if old is not None and old["Status"] == "PROCESSED":
        raise Invalid("The timesheet has been processed in a pay run and cannot be changed.")
    employee = organisation["PayrollEmployees"].get(as_id(sent.get("EmployeeID")))
    if employee is None:
        raise Invalid("The employee could not be found.")
    if employee.get("Status") != "ACTIVE":
        raise Invalid("Timesheets cannot be created for a terminated employee.")
    first, last = to_date(sent.get("StartDate")), to_date(sent.get("EndDate"))
    _check_period(organisation, employee, first, last, old)
    status = str(sent.get("Status") or (old or {}).get("Status") or "DRAFT")
    if status not in STATUSES or status == "PROCESSED":
        raise Invalid("The status of the timesheet is not valid.")
    assert first is not None and last is not None
    lines = [
        _line(organisation, line, (last - first).days + 1)
        for line in to_list(sent.get("TimesheetLines"), "TimesheetLines")
    ]
    return organisation["Timesheets"].save(
        Record(
            TimesheetID=old["TimesheetID"] if old else new_id(), EmployeeID=employee["EmployeeID"],
            StartDate=first, EndDate=last, Status=status, TimesheetLines=lines,
        )
    )  # fmt: skip


def _check_period(
    organisation: Organisation, employee: Record, first: date | None, last: date | None, old: Record | None
) -> None:
    """A timesheet is for one period of the employee's calendar, which no other one is for (unknown 15)."""
    calendar = organisation["PayrollCalendars"].get(as_id(employee.get("PayrollCalendarID")))
    if calendar is None:
        raise Invalid("The employee is not assigned to a payroll calendar.")
    if organisation["EarningsRates"].get(as_id(employee.get("OrdinaryEarningsRateID"))) is None:
        raise Invalid("The employee has no ordinary earnings rate.")
    if first is None or last is None or (first, last) != period_of(calendar, first):
        raise Invalid("The StartDate and EndDate do not correspond with a pay period.")
    for other in organisation["Timesheets"].find("employee", employee["EmployeeID"]):
        if other["StartDate"] == first and (old is None or other["TimesheetID"] != old["TimesheetID"]):
            raise Invalid("A timesheet already exists for this employee and period.")


def _line(organisation: Organisation, sent: dict[str, Any], days: int) -> dict[str, Any]:
    rate = as_id(sent.get("EarningsRateID"))
    if organisation["EarningsRates"].get(rate) is None:
        raise Invalid("The earnings rate could not be found.")
    tracked = as_id(sent.get("TrackingItemID"))
    if tracked and not _is_option(organisation, tracked):
        raise Invalid("The tracking item is not an active option of the timesheet category.")
    units = sent.get("NumberOfUnits")
    if not isinstance(units, list) or len(units) != days:
        raise Invalid(f"The number of units has to be given for each of the {days} days of the period.")
    held = [to_decimal(unit, "NumberOfUnits") or ZERO for unit in units]
    if any(unit < 0 or unit > 24 for unit in held):
        raise Invalid("The number of units has to lie between 0 and 24.")
    return {"EarningsRateID": rate, "TrackingItemID": tracked, "NumberOfUnits": held}


def _is_option(organisation: Organisation, id: str) -> bool:
    category = timesheet_category(organisation)
    options = category["Options"] if category else ()
    return any(one["TrackingOptionID"] == id and one["Status"] == "ACTIVE" for one in options)
