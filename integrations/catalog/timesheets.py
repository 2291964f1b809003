"""Approved timecards in Procore -> draft timesheets in Xero Payroll AU: hours only."""

from integrations import shared_lines, timesheets
from integrations.base import Audience, Check, Document, Integration, Option, Source
from integrations.expressions import call, const
from integrations.groups import Group
from integrations.labour import projects_of
from integrations.procore import labour as procore
from integrations.xero import payroll as xero

source = Source(
    resource=procore.TIMECARDS,
    group=Group(
        key=timesheets.key,
        whole=timesheets.whole,
        days=timesheets.days,
        gone=procore.TIMECARDS_DELETED,
        projects=projects_of,
        stays_in=timesheets.stays_in,
        stays=True,  # payroll deletes no timesheet: one without our hours keeps what others wrote
    ),
)
timesheet = Document(
    target=xero.TIMESHEETS,
    once=frozenset({"Status"}),
    marker=("EmployeeID", "StartDate"),
    matches=(timesheets.same_period,),
    refuses=timesheets.refuses,
    details={shared_lines.OURS: call(timesheets.sent_lines)},
    fields={
        "EmployeeID": call(timesheets.employee_id),
        "StartDate": call(timesheets.first_day),
        "EndDate": call(timesheets.last_day),
        "Status": const("DRAFT"),
        "TimesheetLines": call(timesheets.lines),
    },
)


class Timesheets(Integration):
    """Approved timecards of our own people become draft timesheets in payroll, one for each pay period."""

    slug, name, source = "timesheets", "Timesheets", source
    after, permissions = ("projects",), xero.PERMISSIONS
    catalogues = (
        xero.EMPLOYEES, xero.PAYROLL_CALENDARS, xero.EARNINGS_RATES, xero.PAY_RUNS, xero.PAYROLL_SETTINGS,
    )  # fmt: skip
    per_project, removed = False, "remove"
    title, documents = "Timesheet of {who} for {period}", {"timesheet": timesheet}
    options = (
        Option(name="track", label="Track hours by project", kind="yes-no", default=True),
        Option(
            name="procore_wins",
            label="Overwrite what was changed by hand",
            kind="yes-no",
            default=False,
            at_once=True,
        ),
    )
    overall = (
        Check(test=timesheets.category_fits, warn="timesheet-category", audience=Audience.ADMINISTRATOR,
              fix="xero", stops=True),
    )  # fmt: skip
    checks = (
        Check(test=timesheets.has_hours),
        Check(test=timesheets.is_mapped, warn="employee-unmapped", fix="employees"),
        Check(test=timesheets.has_calendar, warn="no-pay-calendar", fix="xero"),
        Check(test=timesheets.is_open, warn="period-processed", fix="xero"),
    )
