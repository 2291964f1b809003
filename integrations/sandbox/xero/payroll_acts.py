"""What people do in Xero's payroll screens: run the pay, type into timesheets, end an employment."""

from datetime import timedelta
from typing import Any

from integrations.sandbox.xero.acting import act
from integrations.sandbox.xero.errors import Invalid
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.payroll import write_timesheet
from integrations.sandbox.xero.payroll_shapes import hours, period_of
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import as_id, new_id, to_date


def _calendar(organisation: Organisation, name: str) -> Record:
    for found in organisation["PayrollCalendars"].rows():
        if name in (found["PayrollCalendarID"], found["Name"]):
            return found
    raise LookupError(f"there is no payroll calendar {name}")


def _employee(organisation: Organisation, name: str) -> Record:
    for found in organisation["PayrollEmployees"].rows():
        if name in (found["EmployeeID"], f"{found['FirstName']} {found['LastName']}"):
            return found
    raise LookupError(f"there is no employee {name}")


def _timesheet(organisation: Organisation, id: str) -> Record:
    found = organisation["Timesheets"].get(as_id(id))
    if found is None:
        raise LookupError(f"there is no timesheet {id}")
    return found


@act
def run_pay(organisation: Organisation, *, calendar: str, day: str) -> dict[str, Any]:
    """Post the pay run of the period a day lies in: its timesheets are processed."""
    found = _calendar(organisation, calendar)
    first, last = period_of(found, to_date(day) or organisation.today())
    processed = 0
    for employee in organisation["PayrollEmployees"].rows():
        if employee.get("PayrollCalendarID") != found["PayrollCalendarID"]:
            continue
        for timesheet in organisation["Timesheets"].find("employee", employee["EmployeeID"]):
            if timesheet["StartDate"] == first and timesheet["Status"] != "PROCESSED":
                organisation["Timesheets"].save(timesheet.but(Status="PROCESSED"))
                processed += 1
    made = Record(
        PayRunID=new_id(), PayrollCalendarID=found["PayrollCalendarID"], PayRunPeriodStartDate=first,
        PayRunPeriodEndDate=last, PaymentDate=last + timedelta(days=3), PayRunStatus="POSTED",
    )  # fmt: skip
    organisation["PayRuns"].save(made)
    if found["StartDate"] <= first:
        organisation["PayrollCalendars"].save(found.but(StartDate=last + timedelta(days=1)))
    return {"PayRunID": made["PayRunID"], "processed": processed}


@act
def add_timesheet(
    organisation: Organisation, *, employee: str, day: str, lines: list[dict[str, Any]]
) -> dict[str, Any]:
    """Type a draft timesheet for the employee's pay period that a day lies in."""
    found = _employee(organisation, employee)
    calendar = _calendar(organisation, str(found.get("PayrollCalendarID")))
    first, last = period_of(calendar, to_date(day) or organisation.today())
    sent = {
        "EmployeeID": found["EmployeeID"], "StartDate": first.isoformat(), "EndDate": last.isoformat(),
        "TimesheetLines": lines,
    }  # fmt: skip
    made = write_timesheet(organisation, sent)
    return {"TimesheetID": made["TimesheetID"], "Hours": hours(made)}


@act
def edit_timesheet(
    organisation: Organisation, *, timesheet: str, lines: list[dict[str, Any]]
) -> dict[str, Any]:
    """Type other lines into a timesheet."""
    old = _timesheet(organisation, timesheet)
    sent = {
        "EmployeeID": old["EmployeeID"], "StartDate": old["StartDate"].isoformat(),
        "EndDate": old["EndDate"].isoformat(), "TimesheetLines": lines,
    }  # fmt: skip
    return {"Hours": hours(write_timesheet(organisation, sent, old["TimesheetID"]))}


@act
def delete_timesheet(organisation: Organisation, *, timesheet: str) -> dict[str, Any]:
    """Delete a timesheet that no pay run has processed."""
    old = _timesheet(organisation, timesheet)
    if old["Status"] == "PROCESSED":
        raise Invalid("A processed timesheet cannot be deleted.")
    organisation["Timesheets"].remove(old["TimesheetID"])
    return {"TimesheetID": old["TimesheetID"]}


@act
def terminate_employee(organisation: Organisation, *, employee: str, day: str) -> dict[str, Any]:
    """End an employment."""
    found = _employee(organisation, employee)
    saved = found.but(Status="TERMINATED", TerminationDate=to_date(day), TerminationReason="V")
    organisation["PayrollEmployees"].save(saved)
    return {"EmployeeID": found["EmployeeID"], "Status": "TERMINATED"}
