"""Locked periods: which days are open, and what becomes of a record dated in a locked one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from integrations.base import Option
from integrations.context import Context, Known
from integrations.values import calendar_date, hash_of, held_date

REDATE = "redate"
OPTION = Option(
    name="locked",
    label="When its date lies in a locked period",
    kind="choice",
    default="hold",
    choices=(("hold", "hold it and warn"), (REDATE, "date it on the first open day")),
    at_once=True,
)


def lock_date(context: Context) -> date | None:
    """The later of the two lock dates of the Xero organisation."""
    return later_of(context.organisation())


def later_of(organisation: Mapping[str, Any]) -> date | None:
    """The later of an organisation's two lock dates; None where it has none."""
    locks = [held_date(organisation.get(name)) for name in ("PeriodLockDate", "EndOfYearLockDate")]
    return max((one for one in locks if one), default=None)


def open_day(day: date, context: Context) -> date:
    """The day itself, or the first open day where it is locked."""
    lock = lock_date(context)
    return lock + timedelta(days=1) if lock is not None and day <= lock else day


def posted_on(day: date | None, known: Known | None, context: Context, *, moves: bool = True) -> date | None:
    """The day under which a record dated `day` is posted: where it `moves`, the first open day instead of a
    locked one. What was sent keeps its day until the record's own date becomes another.
    """
    if day is None:
        return None
    first = open_day(day, context) if moves else day
    if known is None or not known.is_linked:
        return first
    before = calendar_date(known.details.get("redated"))
    if known.details.get("redated_from") == day.isoformat():
        return before or day
    if known.sent.get("Date") in (None, hash_of(day)):
        return day
    return before if before and first != day else first


def remark(day: date | None, posted: date | None) -> str:
    """What is said of a record that is posted under another day than its own; "" otherwise."""
    if day is None or posted is None or day == posted:
        return ""
    return f"dated {posted:%-d %b %Y}, since its own date {day:%-d %b %Y} lies in a locked period"
