"""What the sweep asks of payroll besides its lists: timesheets created, changed and refused."""

from typing import Any

from tests.contracts.world import EMPLOYEE, OPTION, RATE, TIMESHEET
from tests.contracts.writes import Ask

TIMESHEETS = "/payroll.xro/1.0/Timesheets"
_UNITS = [8, 8, 7.6, 8, 8, 0, 0]
_LINE = {"EarningsRateID": RATE, "TrackingItemID": OPTION, "NumberOfUnits": _UNITS}


def timesheet(**over: Any) -> list[dict[str, Any]]:
    """The array that payroll takes, with one timesheet for the week of 16 November."""
    plain = {"EmployeeID": EMPLOYEE, "StartDate": "2026-11-16", "EndDate": "2026-11-22", "Status": "DRAFT"}
    return [plain | {"TimesheetLines": [_LINE]} | over]


_FIRST_WEEK = {"StartDate": "2026-11-09", "EndDate": "2026-11-15"}
PAYROLL: tuple[Ask, ...] = (
    Ask("POST", TIMESHEETS, timesheet()),
    Ask("POST", f"{TIMESHEETS}/{TIMESHEET}", timesheet(**_FIRST_WEEK)),
)
PAYROLL_REFUSED: tuple[Ask, ...] = (
    Ask("POST", TIMESHEETS, timesheet(**_FIRST_WEEK), 400),
    Ask("POST", TIMESHEETS, timesheet(EndDate="2026-11-23"), 400),
    Ask("POST", TIMESHEETS, timesheet(TimesheetLines=[{**_LINE, "NumberOfUnits": [8]}]), 400),
    Ask("POST", TIMESHEETS, {"Timesheets": timesheet()}, 400),
    Ask("GET", f"{TIMESHEETS}/{EMPLOYEE}", None, 404),
    Ask("GET", TIMESHEETS, None, 400, {"where": "Colour==1"}),
    Ask("GET", TIMESHEETS, None, 401, {}, {"Authorization": "Bearer gone"}),
    Ask("GET", TIMESHEETS, None, 403, {}, {"xero-tenant-id": EMPLOYEE}),
)
