"""Payroll records as the API shows them, and the pay periods of a calendar."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import ZERO, ms_date, ms_moment

PAYROLL = ("PayrollEmployees", "EarningsRates", "PayrollCalendars", "PayRuns", "Timesheets")
DAYS = {"WEEKLY": 7, "FORTNIGHTLY": 14, "FOURWEEKLY": 28}
MONTHS = {"MONTHLY": 1, "QUARTERLY": 3}
_DATES = ("StartDate", "EndDate", "PaymentDate", "ReferenceDate", "DateOfBirth", "TerminationDate",
          "PayRunPeriodStartDate", "PayRunPeriodEndDate")  # fmt: skip


def shape(record: Record) -> dict[str, Any]:
    """A payroll record as the API shows it: dates in milliseconds, nothing that is empty."""
    shown = {name: value for name, value in record.items() if value is not None}
    for name in _DATES:
        if name in shown:
            shown[name] = ms_date(shown[name])
    if "TimesheetLines" in shown:
        shown["TimesheetLines"] = [
            {name: value for name, value in line.items() if value is not None}
            | {"UpdatedDateUTC": ms_moment(record["UpdatedDateUTC"])}
            for line in record["TimesheetLines"]
        ]
        shown["Hours"] = hours(record)
    return shown | {"UpdatedDateUTC": ms_moment(record["UpdatedDateUTC"])}


def hours(timesheet: Record) -> Decimal:
    """The hours of a timesheet."""
    return sum((unit for line in timesheet["TimesheetLines"] for unit in line["NumberOfUnits"]), ZERO)


def period_of(calendar: Record, day: date) -> tuple[date, date]:
    """The pay period of a calendar that a day lies in."""
    start, kind = calendar["StartDate"], calendar["CalendarType"]
    if kind in DAYS:
        first = start + timedelta(days=(day - start).days // DAYS[kind] * DAYS[kind])
        return first, first + timedelta(days=DAYS[kind] - 1)
    if kind == "TWICEMONTHLY":
        last = monthrange(day.year, day.month)[1]
        return (day.replace(day=1), day.replace(day=15)) if day.day <= 15 else (
            day.replace(day=16), day.replace(day=last))  # fmt: skip
    turns = (day.year - start.year) * 12 + day.month - start.month
    turns = turns // MONTHS[kind] * MONTHS[kind]
    first = _later(start, turns)
    if first > day:
        first, turns = _later(start, turns - MONTHS[kind]), turns - MONTHS[kind]
    return first, _later(start, turns + MONTHS[kind]) - timedelta(days=1)


def _later(start: date, months: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
