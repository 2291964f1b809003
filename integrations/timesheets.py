"""Timecards on their way to payroll: one draft timesheet for an employee and a pay period, hours only.

A subject's key holds the person and the first and last day of the period: "55:2026-11-16:2026-11-22". While
nobody said which employee of the payroll a person is, the week from Monday to Sunday stands for the period.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integrations import shared_lines
from integrations.base import Audience, Match, Reason, Record, dig
from integrations.context import Context, Missing
from integrations.expressions import Node
from integrations.labour import (
    counts,
    day_of,
    hours_of,
    name_of,
    person_of,
    project_of,
    sum_of,
    time_type_of,
    unmapped,
    worker_of,
)
from integrations.pay_periods import period_of, week_of
from integrations.values import decimal, held_date

NAMED_BY = ("EarningsRateID", "TrackingItemID")
NOTHING = Decimal(0)


# --- whose, and when ----------------------------------------------------------------------------------------


def payroll_employee(card: Record, context: Context) -> Record | None:
    """The employee of the payroll that a card's person is: by id, else the only one of that name."""
    worker = worker_of(card, context)
    wanted = worker.payroll.strip().casefold() if worker else ""
    if not wanted:
        return None
    known = context.memory.setdefault("payroll employees", {})
    if not known:
        for one in context.records("payroll_employees").values():
            known.setdefault(str(one.get("EmployeeID")).casefold(), []).append(one)
            known.setdefault(f"{one.get('FirstName')} {one.get('LastName')}".casefold(), []).append(one)
    named = known.get(wanted, ())
    found = [one for one in named if one.get("Status") == "ACTIVE"] or named
    return found[0] if len(found) == 1 else None


def pay_period(employee: Record | None, day: date, context: Context) -> tuple[date, date] | None:
    """The employee's pay period that a day lies in; None without a calendar."""
    calendar = context.records("payroll_calendars").get(str((employee or {}).get("PayrollCalendarID")))
    start = held_date((calendar or {}).get("StartDate"))
    return period_of(str(calendar.get("CalendarType")), start, day) if calendar and start else None


def key(card: Record, context: Context) -> str:
    """Approved ones of our own people, put together by employee and pay period."""
    worker, day = worker_of(card, context), day_of(card)
    if not counts(card) or day is None or (worker is not None and not worker.is_own):
        return ""
    first, last = pay_period(payroll_employee(card, context), day, context) or week_of(day)
    return f"{person_of(card)}:{first}:{last}"


def days(key: str) -> tuple[date, date]:
    """First and last day of the period."""
    _, first, last = key.split(":")
    return date.fromisoformat(first), date.fromisoformat(last)


def stays_in(former: str, key: str, card: Record) -> bool:
    """Whether a card stays in the timesheet it was sent in: the person's, and for a period with its day.

    So another calendar for an employee leaves the periods that were paid as they are.
    """
    (first, last), day = days(former), day_of(card)
    return former.split(":")[0] == key.split(":")[0] and day is not None and first <= day <= last


def whole(key: str, cards: Sequence[Record], place: Record, context: Context) -> dict[str, Any]:
    """What is planned of a period's cards: who, when, how long."""
    person, (first, last) = key.split(":")[0], days(key)
    worker = context.labour.workers.get(person)
    named = {"party": {"id": person, "name": worker.name if worker else ""}}
    card: Record = cards[0] if cards else named
    return {
        "id": key,
        "card": card,
        "who": name_of(card),
        "first": first,
        "last": last,
        "period": f"{first:%-d %b} to {last:%-d %b %Y}",
        "hours": sum_of(cards),
        "cards": list(cards),
    }


# --- conditions ---------------------------------------------------------------------------------------------


def has_hours(node: Node, context: Context) -> bool:
    """It has hours, or had some when it was sent."""
    known = context.own_link("timesheet", str(node.get("id")))
    some = any(hours_of(card) != 0 for card in node.get("cards") or ())
    return some or bool(known and known.is_linked)


def is_mapped(node: Node, context: Context) -> bool | Reason:
    """The person is one of the employees, and the employees page says who that is in the payroll."""
    card: Record = node.get("card") or {}
    worker = worker_of(card, context)
    if worker is None:
        return unmapped(card)
    known = context.own_link("timesheet", str(node.get("id")))
    found = payroll_employee(card, context)
    if found is not None and (found.get("Status") == "ACTIVE" or (known and known.is_linked)):
        return True
    said = f"“{worker.payroll}” is no active employee of the payroll in Xero" if worker.payroll else (
        "the employees page does not say who that is in the payroll"
    )  # fmt: skip
    return Reason(
        "employee-unmapped",
        f"{name_of(card)} has no place in the payroll: {said}; correct it on the employees page",
        Audience.ACCOUNTS,
        "employees",
        key=f"employee {name_of(card)} (id {person_of(card)})",
    )


def has_calendar(node: Node, context: Context) -> bool | str:
    """The employee has a payroll calendar in Xero."""
    employee = payroll_employee(node.get("card") or {}, context)
    day = node.get("first")
    return (
        employee is None
        or pay_period(employee, day, context) is not None
        or f"{node.get('who')} has no payroll calendar in Xero: choose one for the employee there"
    )


def is_open(node: Node, context: Context) -> bool | str:
    """The pay run of its period was not posted before its hours were sent."""
    known = context.own_link("timesheet", str(node.get("id")))
    employee = payroll_employee(node.get("card") or {}, context)
    if employee is None or (known and known.is_linked):
        return True
    period = (str(employee.get("PayrollCalendarID")), node.get("first"))
    for run in context.records("pay_runs").values():
        if (str(run.get("PayrollCalendarID")), held_date(run.get("PayRunPeriodStartDate"))) == period:
            return (
                f"the pay run of {node.get('period')} is posted and does not hold these "
                f"{shown(node.get('hours'))} hours of {node.get('who')}: enter them in the next pay run"
            )
    return True


def category_fits(node: Node, context: Context) -> bool | str:
    """Payroll tracks timesheets by the tracking category for projects, where hours are tracked."""
    if not context.options.get("track"):
        return True
    wanted = str(context.options.get("project_category") or "")
    path = "TrackingCategories.TimesheetCategories.TrackingCategoryName"
    found = [dig(one, path) for one in context.records("payroll_settings").values()]
    if any(str(one or "").strip().casefold() == wanted.strip().casefold() for one in found):
        return True
    said = f"by “{found[0]}”" if found and found[0] else "by no category"
    return (
        f"payroll in Xero tracks timesheets {said}, not by “{wanted}”: choose that category in the payroll "
        "settings, or switch tracking off in the options"
    )


# --- fields -------------------------------------------------------------------------------------------------


def first_day(node: Node, context: Context) -> date:
    """The first day of the employee's pay period."""
    day: date = node.get("first")
    return day


def last_day(node: Node, context: Context) -> date:
    """The last day of the employee's pay period."""
    day: date = node.get("last")
    return day


def employee_id(node: Node, context: Context) -> str | None:
    """The employee of the payroll."""
    found = payroll_employee(node.get("card") or {}, context)
    return str(found.get("EmployeeID")) if found else None


def lines(node: Node, context: Context) -> list[dict[str, Any]]:
    """Its hours day by day, a line for each earnings rate and project."""

    def make() -> list[dict[str, Any]]:
        return list(_lines(node, context).values())

    found: list[dict[str, Any]] = node.once("timesheet lines", make)
    return found


def _lines(node: Node, context: Context) -> dict[str, dict[str, Any]]:
    first, last = node.get("first"), node.get("last")
    found: dict[str, dict[str, Any]] = {}
    for card in node.get("cards") or ():
        day, hours = day_of(card), hours_of(card)
        rate, option = earnings_rate(card, context), tracking_option(card, context)
        named: dict[str, Any] = {"EarningsRateID": rate} | ({"TrackingItemID": option} if option else {})
        empty = [NOTHING] * ((last - first).days + 1)
        line = found.setdefault(str(sorted(map(str, named.values()))), {**named, "NumberOfUnits": empty})
        if day is None or not first <= day <= last:
            continue
        if hours is None:
            line["NumberOfUnits"] = _not_hours(card)
        elif isinstance(line["NumberOfUnits"], list):
            line["NumberOfUnits"][(day - first) // timedelta(days=1)] += hours
    return found


def _not_hours(card: Record) -> Missing:
    message = (
        f"the hours of {name_of(card)} on {day_of(card)} are not a number: correct the timecard in Procore"
    )
    return Missing(Reason("not-a-number", message, Audience.PROJECT, "procore"))


def sent_lines(node: Node, context: Context) -> dict[str, str] | None:
    """Our lines as the link remembers them."""
    drawn = lines(node, context)
    missing = any(isinstance(value, Missing) for line in drawn for value in line.values())
    return None if missing else shared_lines.remembered(drawn, NAMED_BY)


def earnings_rate(card: Record, context: Context) -> str | Missing:
    """The earnings rate of the card's time type, by id or name."""
    kind = time_type_of(card)
    wanted = context.labour.earnings_rate(kind).strip().casefold()
    for one in context.records("earnings_rates").values() if wanted else ():
        held = (str(one.get("EarningsRateID")).casefold(), str(one.get("Name") or "").strip().casefold())
        if wanted in held and one.get("CurrentRecord") is not False:
            return str(one.get("EarningsRateID"))
    said = f"names “{wanted}”, which payroll in Xero does not have" if wanted else "has no earnings rate"
    return Missing(
        Reason(
            "no-earnings-rate",
            f"the time type {kind} {said}: choose one on the earnings rates page",
            Audience.ACCOUNTS,
            "earnings-rates",
            key=f"time type {kind}",
        )
    )


def tracking_option(card: Record, context: Context) -> str | Missing | None:
    """The tracking option of the card's project, where hours are tracked by project."""
    if not context.options.get("track"):
        return None
    known = context.by_subject.get(("projects", project_of(card)))
    if known is not None and known.is_linked:
        return known.target_id
    named = dig(card, "project.name") or project_of(card)
    return Missing(
        Reason(
            "project-not-linked",
            f"its project {named} is not linked to a tracking option in Xero yet: Projects links it",
            Audience.ADMINISTRATOR,
            "links",
            key=f"project {named}",
        )
    )


# --- what is there already ----------------------------------------------------------------------------------


def refuses(payload: Mapping[str, Any], found: Record) -> Reason | None:
    """Why a timesheet takes no hours: a pay run has processed it."""
    if found.get("Status") != "PROCESSED":
        return None
    now, paid = _total(payload.get("TimesheetLines")), _total(_of_ours(payload, found))
    return Reason(
        "changed-after-pay",
        f"the pay run has processed this timesheet with {shown(paid)} hours, and the timecards now come to "
        f"{shown(now)}: enter the difference of {shown(now - paid)} hours in the next pay run",
    )


def typed_otherwise(payload: Mapping[str, Any], found: Record) -> Reason | None:
    """Why a timesheet that somebody typed is not taken over: processed, or other hours on a line of ours."""
    if reason := refuses(payload, found):
        return reason
    ours = {shared_lines.key_of(line, NAMED_BY): line for line in payload.get("TimesheetLines") or ()}
    for line in found.get("TimesheetLines") or ():
        mine = ours.get(shared_lines.key_of(line, NAMED_BY))
        typed = [decimal(one) for one in line.get("NumberOfUnits") or ()]
        if mine is not None and any(typed) and typed != mine["NumberOfUnits"]:
            return _typed(line, mine)
    return None


def _typed(line: Record, mine: Record) -> Reason:
    return Reason(
        "typed-hours",
        f"somebody typed {shown(_total([line]))} hours into the same line of this timesheet, and the "
        f"timecards come to {shown(_total([mine]))}: delete that line in Xero, or correct the timecards",
        fix="xero",
    )


same_period = Match(
    "employee and pay period",
    lambda node, payload: (str(payload.get("EmployeeID")).casefold(), held_date(payload.get("StartDate"))),
    lambda record: (str(record.get("EmployeeID")).casefold(), held_date(record.get("StartDate"))),
    refuses=typed_otherwise,
)


def _of_ours(payload: Mapping[str, Any], found: Record) -> list[Record]:
    """The held lines that are named like ours; all of them where none of ours is drawn."""
    ours = {shared_lines.key_of(line, NAMED_BY) for line in payload.get("TimesheetLines") or ()}
    held = list(found.get("TimesheetLines") or ())
    return [line for line in held if shared_lines.key_of(line, NAMED_BY) in ours] or ([] if ours else held)


def _total(lines: Iterable[Record] | None) -> Decimal:
    units = (unit for line in lines or () for unit in line.get("NumberOfUnits") or ())
    return sum((decimal(unit) or NOTHING for unit in units), NOTHING)


def shown(hours: Any) -> str:
    """Hours as people write them."""
    return f"{(decimal(hours) or NOTHING):.2f}"
