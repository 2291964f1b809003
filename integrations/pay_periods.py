"""Pay periods of a payroll calendar of Xero: which one a day lies in. Standard library only."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

WEEKS = {"WEEKLY": 7, "FORTNIGHTLY": 14, "FOURWEEKLY": 28}
MONTHS = {"MONTHLY": 1, "QUARTERLY": 3}
HALF = 15  # the last day of the first half of a month


def period_of(kind: str, start: date, day: date) -> tuple[date, date] | None:
    """First and last day of the period that holds `day`; `start` is the first day of any of its periods.

    None for a kind of calendar that is not known.
    """
    if kind in WEEKS:
        first = start + timedelta(days=(day - start).days // WEEKS[kind] * WEEKS[kind])
        return first, first + timedelta(days=WEEKS[kind] - 1)
    if kind == "TWICEMONTHLY":
        if day.day <= HALF:
            return day.replace(day=1), day.replace(day=HALF)
        return day.replace(day=HALF + 1), day.replace(day=monthrange(day.year, day.month)[1])
    if kind in MONTHS:
        step = MONTHS[kind]
        turns = ((day.year - start.year) * 12 + day.month - start.month) // step * step
        turns = turns - step if _later(start, turns) > day else turns
        return _later(start, turns), _later(start, turns + step) - timedelta(days=1)
    return None


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the day's week."""
    first = day - timedelta(days=day.weekday())
    return first, first + timedelta(days=6)


def _later(start: date, months: int) -> date:
    """The same day some months later; the last day of a month that is too short."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
