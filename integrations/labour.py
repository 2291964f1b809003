"""Timecards on their way to a project's costs: which count, what an hour is charged at, on which budget code.

A subject's key holds the project, the day and, where each employee has a direct cost of their own, the
person: "70001:2026-11-16:55". Hours and rates are Decimals; amounts are before tax, as labour has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from integrations.base import Audience, Match, Reason, Record, dig
from integrations.context import Context, Missing
from integrations.expressions import Node
from integrations.labour_book import ORDINARY, Worker
from integrations.values import calendar_date, cents, decimal

APPROVED = ("approved", "completed")
LABOUR_TYPES = ("l", "labour", "labor")  # codes and names that say that a cost type is labour
MARK = "Labour"
PLAIN = ("cost_code", "line_item_type")  # the segments of a budget code that has no others


# --- cards --------------------------------------------------------------------------------------------------


def counts(card: Record) -> bool:
    """Whether a card is approved, dated, and still there."""
    gone = bool(card.get("deleted_at"))
    return card.get("approval_status") in APPROVED and not gone and day_of(card) is not None


def day_of(card: Record) -> date | None:
    """The day of a card."""
    return calendar_date(card.get("date"))


def person_of(card: Record) -> str:
    """The id of the person a card is for."""
    return str(dig(card, "party.id") or "")


def project_of(card: Record) -> str:
    """The id of the project a card is for."""
    return str(dig(card, "project.id") or "")


def time_type_of(card: Record) -> str:
    """What kind of time a card holds."""
    return str(dig(card, "timecard_time_type.time_type") or "").strip() or ORDINARY


def worker_of(card: Record, context: Context) -> Worker | None:
    """The employee of a card, None where nobody mapped the person."""
    return context.labour.workers.get(person_of(card))


def name_of(card: Record) -> str:
    """The person's name as the card has it."""
    return str(dig(card, "party.name") or f"person {person_of(card)}")


def hours_of(card: Record) -> Decimal | None:
    """A card's hours: as entered, else from its times less the break. None where they are no number, or the
    times end before they begin.
    """
    entered = decimal(card.get("hours"))
    if entered is None or entered:
        return entered
    try:
        first, last = (datetime.fromisoformat(str(card[name])) for name in ("time_in", "time_out"))
        minutes = Decimal(int((last - first).total_seconds()) // 60)
    except (KeyError, ValueError, TypeError):
        return entered
    pause = decimal(card.get("lunch_time"))
    if pause is None or minutes < pause:
        return None
    return ((minutes - pause) / 60).quantize(Decimal("0.01"))


def sum_of(cards: Iterable[Record]) -> Decimal:
    """The hours of cards; those that are no number count nothing here and are said where they are drawn."""
    return sum((hours_of(card) or Decimal(0) for card in cards), Decimal(0))


def unmapped(card: Record) -> Reason:
    """Why nothing can be said of a card's person."""
    return Reason(
        "employee-unmapped",
        f"{name_of(card)} is not among the employees: add them on the employees page, as our own or "
        "as labour hire",
        Audience.ACCOUNTS,
        "employees",
        key=f"employee {name_of(card)} (id {person_of(card)})",
    )


# --- subjects -----------------------------------------------------------------------------------------------


def key(card: Record, context: Context) -> str:
    """Approved ones on linked projects, by our own people or, where chosen, labour hire."""
    project, worker = project_of(card), worker_of(card, context)
    linked = context.by_subject.get(("projects", project))
    if not counts(card) or linked is None or not linked.is_linked:
        return ""
    if worker is not None and not worker.is_own and not context.options.get("labour_hire"):
        return ""
    parts = [project, str(day_of(card))]
    return ":".join([*parts, person_of(card)] if context.options.get("one_per") != "day" else parts)


def days(key: str) -> tuple[date, date]:
    """The day of a subject, twice."""
    day = date.fromisoformat(key.split(":")[1])
    return day, day


def project(key: str) -> str:
    """The project of a subject."""
    return key.split(":")[0]


def projects_of(cards: Iterable[Record]) -> set[str]:
    """The projects that cards are for."""
    return {project_of(card) for card in cards}


def who(cards: Iterable[Record]) -> str:
    """The person of the cards, or how many they are."""
    names = sorted({name_of(card) for card in cards})
    return names[0] if len(names) == 1 else f"{len(names)} employees"


def whole(key: str, cards: Sequence[Record], place: Record, context: Context) -> dict[str, Any]:
    """What is planned of a day's cards: who, when, how long."""
    return {
        "id": key,
        "day": str(days(key)[0]),
        "when": f"{days(key)[0]:%-d %b %Y}",
        "who": "" if context.options.get("hide_names") else who(cards),
        "hours": sum_of(cards),
        "cards": list(cards),
    }


# --- conditions and fields ----------------------------------------------------------------------------------


same_mark = Match(
    "day and employee",
    lambda node, payload: payload.get("invoice_number"),
    lambda record: record.get("invoice_number") if record.get("direct_cost_type") == "payroll" else None,
)


def has_hours(node: Node, context: Context) -> bool:
    """It has hours."""
    return any(hours_of(card) != 0 for card in node.get("cards") or ())


def mark(node: Node, context: Context) -> str:
    """The day and, where there is one per employee, the person's number: how it is known again."""
    _, day, *person = str(node.get("id")).split(":")
    return f"{MARK} {day} {person[0]}" if person else f"{MARK} {day}"


def described(node: Node, context: Context) -> str:
    """“Labour”, the day, and who worked unless names are hidden."""
    named = "" if context.options.get("hide_names") else who(node.get("cards") or ())
    return f"{MARK} {node.get('when')} {named}".strip()


def lines(node: Node, context: Context) -> list[dict[str, Any]]:
    """A line for each budget code, employee, time type and rate, with its hours."""
    found: list[dict[str, Any]] = node.once("lines", lambda: _lines(node, context))
    return found


def _lines(node: Node, context: Context) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for card in node.get("cards") or ():
        one = _priced(card, node.record, context)
        line = found.setdefault(one["id"], one | {"hours": Decimal(0)})
        hours = hours_of(card)
        line["hours"] = None if hours is None or line["hours"] is None else line["hours"] + hours
    return list(found.values())


def _priced(card: Record, place: Record, context: Context) -> dict[str, Any]:
    """What is said of a card's hours: who, at which rate, on which budget code."""
    worker, kind = worker_of(card, context), time_type_of(card)
    number, day = str(dig(place, "project.project_number") or ""), day_of(card)
    rate = context.labour.rate(worker, number, kind, day) if worker and day else None
    if worker is None:
        priced: Any = Missing(unmapped(card))
    else:
        priced = Missing(_no_rate(card, worker, kind, number)) if rate is None else rate
    hidden = bool(context.options.get("hide_names"))
    who = (worker.trade if worker and worker.trade else MARK) if hidden else name_of(card)
    code = budget_code(card, place, context)
    shown = str(code) if not isinstance(code, Missing) else code.reason.key
    named = worker.trade if hidden and worker else person_of(card)
    line = "|".join((shown, named, kind, *((str(rate),) if hidden else ())))
    return {"id": line, "code": code, "rate": priced, "who": who, "kind": kind}


def _no_rate(card: Record, worker: Worker, kind: str, number: str) -> Reason:
    trade = f" as {worker.trade}" if worker.trade else ""
    return Reason(
        "no-rate",
        f"{name_of(card)}{trade} has no rate for {kind} on project {number}: add one on the labour "
        "rates page",
        Audience.ACCOUNTS,
        "labour-rates",
        key=f"rate of {name_of(card)} for {kind} on project {number}",
    )


def budget_code(card: Record, place: Record, context: Context) -> int | Missing:
    """The project's budget code of a card's cost code, with the card's cost type, else that of labour."""
    code = card.get("cost_code")
    if not isinstance(code, Mapping):
        return Missing(
            Reason(
                "no-code",
                f"the timecard of {name_of(card)} has no cost code: give it one in Procore",
                Audience.PROJECT,
                "procore",
            )
        )
    fitting = [one for one in place.get("budget_codes") or () if _fits(one, card, code, context)]
    job = card.get("sub_job")
    own = [one for one in fitting if isinstance(job, Mapping) and _names(one, job)]
    some = own or [one for one in fitting if len(_segments(one)) == len(PLAIN)] or fitting
    if len(some) > 1 and len(_segments(some[0])) > len(PLAIN):
        return Missing(_several(code, place))
    return some[0].get("id") or 0 if some else Missing(_no_labour_type(code, place))


def _fits(one: Record, card: Record, code: Record, context: Context) -> bool:
    """Whether a budget code is that of the card's cost code, with its cost type, else that of labour."""
    segments, wanted = _segments(one), card.get("line_item_type_id")
    coded, typed = segments.get("cost_code"), segments.get("line_item_type")
    if coded is None or typed is None or str(coded.get("id")) != str(code.get("id")):
        return False
    if one.get("status") == "inactive":
        return False
    return str(typed.get("id")) == str(wanted) if wanted else _is_labour(typed, context)


def _segments(one: Record) -> dict[str, Record]:
    """The parts of a budget code by what they are: cost code, cost type, sub job and others."""
    return {_type_of(part): part for part in one.get("segment_items") or () if isinstance(part, Mapping)}


def _names(one: Record, job: Record) -> bool:
    """Whether a budget code is that of a sub job."""
    held = _segments(one).get("sub_job") or {}
    return any(job.get(name) and str(held.get(name)) == str(job.get(name)) for name in ("id", "code"))


def _several(code: Record, place: Record) -> Reason:
    named = f"cost code {code.get('name') or code.get('id')} of project {_number(place)}"
    return Reason(
        "no-labour-type",
        f"{named} has several budget codes for labour, which differ in further segments: add one without "
        "them in Procore",
        Audience.PROJECT,
        "procore",
        key=named,
    )


def _number(place: Record) -> str:
    return str(dig(place, "project.project_number") or place.get("project_id"))


def _no_labour_type(code: Record, place: Record) -> Reason:
    named = f"cost code {code.get('name') or code.get('id')} of project {_number(place)}"
    return Reason(
        "no-labour-type",
        f"{named} has no labour cost type: add labour to it in the project's budget codes in Procore",
        Audience.PROJECT,
        "procore",
        key=named,
    )


def _type_of(part: Record) -> str:
    return str(dig(part, "segment.type") or part.get("segment_type") or "")


def _is_labour(kind: Record, context: Context) -> bool:
    chosen = str(context.options.get("labour_type") or "").strip().casefold()
    held = {str(kind.get(name) or "").strip().casefold() for name in ("code", "name")}
    return chosen in held if chosen else bool(held & set(LABOUR_TYPES))


def line_code(node: Node, context: Context) -> Any:
    """The project's budget code of the card's cost code, with the card's cost type, else that of labour."""
    return node.get("code")


def amount(node: Node, context: Context) -> Decimal | Missing:
    """Hours times the most specific rate, in cents."""
    rate, hours = node.get("rate"), node.get("hours")
    if isinstance(rate, Missing):
        return rate
    if hours is None:
        return Missing(
            Reason(
                "not-a-number",
                f"the hours of {node.get('who')} are not a number: correct the timecard in Procore",
                Audience.PROJECT,
                "procore",
            )
        )
    return cents(hours * rate)


def line_text(node: Node, context: Context) -> str:
    """Who or which trade, the time type, the hours and the rate."""
    hours, rate = node.get("hours"), node.get("rate")
    shown = f"{hours.normalize():f} hours" if isinstance(hours, Decimal) else "hours"
    at = f" at {rate:,.2f}" if isinstance(rate, Decimal) else ""
    return f"{node.get('who')}, {node.get('kind')}, {shown}{at}"
