"""People, timecards and a payroll for a world of a builder: two weeks of time, with every case of labour.

Section 5.11, labour
    employee-unmapped                  Robin Quill works on the first project and nobody mapped them
    no-rate                            Ash Tran is an apprentice, and apprentices have no rate
    no-earnings-rate                   Travel Time of Jo Carr has no earnings rate
    no-labour-type                     Kim Ode on 13-200 of the second project, which has no labour there
    period-processed                   a card of 4 November, whose pay run is posted
    left-out                           Lee Marsh of labour hire, a pending card, a project that is not linked
    lines-of-others                    sick leave in a draft timesheet of Kim Ode
    edited-after-pay-run               later: the week of 9 November is paid, then a card of it is edited
"""

from typing import Any

from integrations.sandbox.worlds import catalogue
from integrations.sandbox.worlds.names import guid

Record = dict[str, Any]
FIRST_PERSON, FIRST_CARD, FIRST_KIND = 640001, 660001, 670001
PEOPLE = (("Jo", "Carr"), ("Kim", "Ode"), ("Ash", "Tran"), ("Lee", "Marsh"), ("Robin", "Quill"))
OWN = PEOPLE[:3]  # on the payroll
KINDS = ("Regular Time", "Overtime", "Travel Time")
CALENDAR = guid("payroll calendar", "Weekly")
ORDINARY, OVERTIME, LEAVE = (guid("earnings rate", name) for name in ("ordinary", "overtime", "leave"))
CODES = ("03-100", "06-100")  # on both projects, with labour
BARE = "13-200"  # on the second project, without
PAID = "2026-11-09"  # the week that a later pay run is for
# person, first or second project, code, day, hours, kind
CARDS: tuple[tuple[int, int, str, str, str, int], ...] = (
    *((0, 0, CODES[0], f"2026-11-{day:02d}", "8.0", 0) for day in range(9, 14)),
    *((1, 0, CODES[0], f"2026-11-{day:02d}", "7.6", 0) for day in range(9, 13)),
    *((0, 1, CODES[1], f"2026-11-{day:02d}", "8.0", 0) for day in range(16, 19)),
    (0, 1, CODES[1], "2026-11-17", "2.5", 1),
    (1, 1, CODES[1], "2026-11-16", "7.6", 0),
    (2, 0, CODES[0], "2026-11-16", "8.0", 0),  # no-rate
    (3, 0, CODES[0], "2026-11-16", "8.0", 0),  # labour hire
    (4, 0, CODES[0], "2026-11-16", "8.0", 0),  # employee-unmapped
    (0, 0, CODES[0], "2026-11-24", "1.0", 2),  # no-earnings-rate
    (1, 1, BARE, "2026-11-24", "4.0", 0),  # no-labour-type
    (1, 0, CODES[0], "2026-11-04", "3.0", 0),  # period-processed
)


def add_labour(world: Record, first: str, second: str, without: str = "") -> None:
    """Give a world's company people and time on two projects, by number, and its organisation a payroll.

    `without` is the name of a project that is never linked and has time too.
    """
    company, organisation = world["procore"]["companies"][0], world["xero"]["organisations"][0]
    company["people"] = [
        {"id": FIRST_PERSON + row, "first_name": given, "last_name": family, "is_employee": row != 3}
        for row, (given, family) in enumerate(PEOPLE)
    ]
    company["timecard_time_types"] = [
        {"id": FIRST_KIND + row, "time_type": kind} for row, kind in enumerate(KINDS)
    ]
    by_number = {project["project_number"]: project for project in company["projects"]}
    sites = (by_number[first], by_number[second])
    labour = next(kind["id"] for kind in company["line_item_types"] if kind["code"] == "L")
    for site in sites:
        site["wbs_codes"] = [
            {"cost_code_id": code_id(site, code), "line_item_type_id": labour} for code in CODES
        ]
    for row, (person, place, code, day, hours, kind) in enumerate(CARDS):
        site = sites[place]
        given = card(row, person, code_id(site, code), day=day, hours=hours, kind=kind)
        site.setdefault("timecard_entries", []).append(given)
    extra = card(len(CARDS), 0, code_id(sites[0], CODES[0]), day="2026-11-18", hours="1.0", kind=0)
    sites[0]["timecard_entries"].append(extra | {"approval_status": "pending"})
    for site in (one for one in company["projects"] if without and one["name"] == without):
        given = card(len(CARDS) + 1, 3, code_id(site, CODES[0]), day="2026-11-18", hours="4.0", kind=0)
        site["timecard_entries"] = [given]
    organisation["Payroll"] = payroll()


def card(row: int, person: int, code: int, *, day: str, hours: str, kind: int) -> Record:
    """Draw an approved timecard."""
    return {
        "id": FIRST_CARD + row,
        "date": day,
        "hours": hours,
        "party_id": FIRST_PERSON + person,
        "cost_code_id": code,
        "timecard_time_type_id": FIRST_KIND + kind,
        "approval_status": "approved",
        "created_at": "2026-11-19T06:00:00Z",
    }


def code_id(site: Record, full_code: str) -> int:
    """The id of a project's copy of a standard cost code."""
    standard = next(one["id"] for one in catalogue.standard_cost_codes() if one["full_code"] == full_code)
    found: int = next(one["id"] for one in site["cost_codes"] if one.get("standard_cost_code_id") == standard)
    return found


def payroll() -> Record:
    """Draw the payroll: a weekly calendar, three employees, a posted pay run and a draft with sick leave."""
    employees = [
        {
            "EmployeeID": guid("payroll employee", family),
            "FirstName": given,
            "LastName": family,
            "PayrollCalendarID": CALENDAR,
            "OrdinaryEarningsRateID": ORDINARY,
            "StartDate": "2025-02-03",
        }
        for given, family in OWN
    ]
    rates = ((ORDINARY, "Ordinary Hours"), (OVERTIME, "Overtime Hours"), (LEAVE, "Personal Leave Paid"))
    return {
        "TimesheetCategory": "Projects",
        "PayrollCalendars": [
            {"PayrollCalendarID": CALENDAR, "Name": "Weekly", "StartDate": PAID, "PaymentDate": "2026-11-18"}
        ],
        "EarningsRates": [{"EarningsRateID": id, "Name": name, "AccountCode": "477"} for id, name in rates],
        "Employees": employees,
        "PayRuns": [
            {
                "PayrollCalendarID": CALENDAR,
                "PayRunPeriodStartDate": "2026-11-02",
                "PayRunPeriodEndDate": "2026-11-08",
                "PaymentDate": "2026-11-11",
            }
        ],
        "Timesheets": [
            {
                "TimesheetID": guid("timesheet", "Ode"),
                "EmployeeID": employees[1]["EmployeeID"],
                "StartDate": PAID,
                "EndDate": "2026-11-15",
                "TimesheetLines": [{"EarningsRateID": LEAVE, "NumberOfUnits": [0, 0, 0, 0, "7.6", 0, 0]}],
            }
        ],
    }


def later() -> list[Record]:
    """Give the acts for after a finished run: the pay run of a week, and an edit of one of its cards."""
    return [
        {"act": "run_pay", "calendar": "Weekly", "day": PAID},
        {"act": "edit_timecard", "timecard_id": FIRST_CARD, "hours": "6.0"},
    ]
