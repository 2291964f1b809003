"""What OneCore reads and writes in Xero Payroll AU, version 1.0. Data only; paths and fields as in its API.

Timesheets have no field for a mark of ours: there is one for an employee and a pay period, and that is how
it is known again. They cannot be deleted; one without our hours keeps what others wrote.
"""

from integrations.base import Resource, Search, Write

PAYROLL = "/payroll.xro/1.0/"
PERMISSIONS = (
    "payroll.employees.read",
    "payroll.payruns.read",
    "payroll.settings.read",
    "payroll.timesheets",
)

EMPLOYEES = Resource(
    system="xero",
    name="payroll_employees",
    label="employee",
    plural="employees",
    key="EmployeeID",
    title="{FirstName} {LastName}",
    path=PAYROLL + "Employees",
    envelope="Employees",
    version="UpdatedDateUTC",
    status="Status",
    catalogue=True,
)
EARNINGS_RATES = Resource(
    system="xero",
    name="earnings_rates",
    label="earnings rate",
    plural="earnings rates",
    key="EarningsRateID",
    title="{Name}",
    path=PAYROLL + "PayItems",
    envelope="PayItems.EarningsRates",
    catalogue=True,
)
PAYROLL_CALENDARS = Resource(
    system="xero",
    name="payroll_calendars",
    label="payroll calendar",
    plural="payroll calendars",
    key="PayrollCalendarID",
    title="{Name}",
    path=PAYROLL + "PayrollCalendars",
    envelope="PayrollCalendars",
    catalogue=True,
)
PAY_RUNS = Resource(
    system="xero",
    name="pay_runs",
    label="pay run",
    plural="pay runs",
    key="PayRunID",
    title="pay run of {PayRunPeriodStartDate}",
    path=PAYROLL + "PayRuns",
    query={"where": 'PayRunStatus=="POSTED"'},
    envelope="PayRuns",
    catalogue=True,
)
PAYROLL_SETTINGS = Resource(
    system="xero",
    name="payroll_settings",
    label="payroll setting",
    plural="payroll settings",
    key="TrackingCategories.TimesheetCategories.TrackingCategoryID",
    title="{TrackingCategories.TimesheetCategories.TrackingCategoryName}",
    path=PAYROLL + "Settings",
    envelope="Settings",
    paged=False,
    catalogue=True,
)
TIMESHEETS = Resource(
    system="xero",
    name="timesheets",
    label="timesheet",
    plural="timesheets",
    key="TimesheetID",
    title="timesheet of {Hours} hours",
    path=PAYROLL + "Timesheets",
    one=PAYROLL + "Timesheets/{id}",
    envelope="Timesheets",
    changed="If-Modified-Since",
    by_ids="where",
    ids_per_read=25,
    version="UpdatedDateUTC",
    create=Write(method="POST", path=PAYROLL + "Timesheets", listed=True, batch=25),
    update=Write(method="POST", path=PAYROLL + "Timesheets/{id}", listed=True),
    search=Search(style="period", parameter="where"),
    status="Status",
    in_books=False,
    shared=("TimesheetLines", ("EarningsRateID", "TrackingItemID")),
)
