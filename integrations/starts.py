"""Start dates: what is dated before the start is not sent, and what was approved after it is listed. Pure.

A record that was sent stays looked after, and one that a person chose to send all the same goes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from integrations.base import Check
from integrations.context import Context
from integrations.expressions import Node
from integrations.values import calendar_date

ALTHOUGH = "although_before_start"  # in a link's details: a person chose to send the record all the same
Day = Callable[[Node, Context], date | None]


def is_before(node: Node, context: Context, dated: Day) -> bool:
    """Whether the record is dated before the start, was never sent, and nobody chose to send or link it."""
    start, day = calendar_date(context.options.get("start_date")), dated(node, context)
    if start is None or day is None or day >= start:
        return False
    known = context.own_links(str(node.get("id")))
    return not any(one.is_linked or one.is_chosen or one.details.get(ALTHOUGH) for one in known)


def touched_on(node: Node, context: Context) -> date | None:
    """The day, in the tenant's time zone, on which anybody last changed the record."""
    text = str(node.get("updated_at") or "")
    if len(text) <= len("2026-01-01"):
        return calendar_date(text)
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment.astimezone(ZoneInfo(str(context.options.get("time_zone") or "UTC"))).date()


def checks(dated: Day, approved: Day = touched_on, verb: str = "changed") -> tuple[Check, Check]:
    """The two conditions of a start date: silent for what was approved before it, else a warning.

    Where Procore keeps no day of approval, a record that nobody touched since the start was approved
    before it.
    """

    def since(node: Node, context: Context) -> bool:
        """It is dated on or after the start date, or was approved after it"""
        if not is_before(node, context, dated):
            return True
        day, start = approved(node, context), calendar_date(context.options.get("start_date"))
        return day is None or start is None or day >= start

    def not_before(node: Node, context: Context) -> bool | str:
        """It is dated on or after the start date"""
        day, start = dated(node, context), calendar_date(context.options.get("start_date"))
        if day is None or start is None or not is_before(node, context, dated):
            return True
        touched = approved(node, context)
        when = f" on {touched:%-d %b %Y}" if touched else ""
        return (
            f"it is dated {day:%-d %b %Y}, before the start on {start:%-d %b %Y}, but was {verb}{when}: mark "
            "it as already in Xero if it was entered there by hand, or choose to send it, both on the "
            "review page"
        )

    return Check(test=since), Check(test=not_before, warn="before-start")


def is_since(dated: Day) -> Check:
    """A silent condition, for records that nobody approves."""

    def since(node: Node, context: Context) -> bool:
        """It is dated on or after the start date"""
        start, day = calendar_date(context.options.get("start_date")), dated(node, context)
        return start is None or day is None or day >= start

    return Check(test=since)
