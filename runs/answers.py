"""Read an answer to a write: which element speaks of which change, and whether it holds what was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from integrations import sentences, taxes
from integrations.base import Audience, Reason, Record, Resource, dig
from integrations.changes import Action, Change
from integrations.comparison import STORED, same
from integrations.http import Outcome
from integrations.values import decimal, hash_of


def match(changes: Sequence[Change], answered: Sequence[Outcome], resource: Resource) -> list[Outcome | None]:
    """One outcome per change: by target id or marker, else by position where the counts agree,
    else unknown.
    """
    positional: list[Outcome | None] = (
        list(answered) if len(answered) == len(changes) else [None] * len(changes)
    )
    named_by = [_held_mark(one.record or {}, changes[0], resource) for one in answered]
    by_mark = _unique(dict(zip(named_by, answered, strict=True)), named_by)
    marks = [_mark(change) for change in changes]
    found: list[Outcome | None] = []
    for change, mark, by_position in zip(changes, marks, positional, strict=True):
        named = by_mark.get(mark) if mark and marks.count(mark) == 1 else None
        found.append(named or (by_position if _may_be(change, by_position, resource, marks) else None))
    return found


def _unique(by_mark: dict[Any, Outcome], marks: list[Any]) -> dict[Any, Outcome]:
    counts = Counter(marks)
    return {mark: one for mark, one in by_mark.items() if mark and counts[mark] == 1}


def _mark(change: Change) -> tuple[str, ...] | None:
    if change.target_id and change.action is not Action.CREATE:
        return ("id", change.target_id)
    return tuple(str(value).strip() for value in change.marker.values()) or None


def _held_mark(record: Record, like: Change, resource: Resource) -> tuple[str, ...] | None:
    if like.target_id and like.action is not Action.CREATE:
        held = dig(record, resource.key)
        return ("id", str(held)) if held else None
    values = [str(dig(record, name) or "").strip() for name in like.marker]
    return tuple(values) if values and all(values) else None


def _may_be(
    change: Change, answer: Outcome | None, resource: Resource, marks: Sequence[tuple[str, ...] | None]
) -> bool:
    """Whether the element at a change's place may speak of it: it names no other one."""
    if answer is None:
        return False
    held = _held_mark(answer.record or {}, change, resource)
    return held is None or held == _mark(change) or held not in marks


def line_ids(change: Change, resource: Resource, record: Record) -> dict[str, str]:
    """Our line keys with the ids the target gave its lines, in the order sent;
    {} where the counts disagree.
    """
    held = dig(record, resource.lines) if resource.lines else None
    if isinstance(held, Sequence) and not isinstance(held, str) and resource.keeps_lines:
        return _kept_lines(change, resource, held)
    if not isinstance(held, Sequence) or isinstance(held, str) or len(held) != len(change.lines):
        return {}
    ids = [str(line.get(resource.line_key) or "") for line in held if isinstance(line, Mapping)]
    return dict(zip(change.lines, ids, strict=False)) if all(ids) else {}


def _kept_lines(change: Change, resource: Resource, held: Sequence[Any]) -> dict[str, str]:
    """Where lines stay that are no longer drawn: those sent keep their ids, new ones are the rest."""
    sent = [str(line.get(resource.line_key) or "") for line in change.payload.get(resource.lines) or ()]
    there = [str(line.get(resource.line_key) or "") for line in held if isinstance(line, Mapping)]
    unknown = [key for key in there if key and key not in sent]  # those without an amount, then the new ones
    new = iter(unknown[len(unknown) - sent.count("") :])
    ids = [key or next(new, "") for key in sent[: len(change.lines)]]
    return dict(zip(change.lines, ids, strict=False)) if all(ids) and len(ids) == len(change.lines) else {}


def refusal(resource: Resource, change: Change, said: str) -> Reason:
    """Why the other system did not take it, in its own words."""
    if resource.files:
        return Reason("attachment", said, Audience.ACCOUNTS, resource.system)
    system, removal = sentences.system(resource), change.action is Action.REMOVE
    refused = f"{system} refused to remove the" if removal else f"{system} refused the"
    told = f"{refused} {resource.label}: {sentences.explained(said)}"
    return Reason("refused", told, Audience.ACCOUNTS, resource.system)


def made_of(change: Change, resource: Resource, record: Record) -> dict[str, dict[str, str]]:
    """What the target made of values, amounts left out, that it did not store as they were sent: for the
    link to remember.
    """
    words = change.payload.keys() & change.sent.keys() & record.keys() - resource.money - {resource.total}
    sent = {name: change.payload[name] for name in words}
    found = {name: hash_of(record[name]) for name, value in sent.items() if not same(value, record[name])}
    return {STORED: found} if found else {}


def stored_otherwise(change: Change, resource: Resource, record: Record) -> tuple[Reason, ...]:
    """Where what was stored is not what was sent: another total, a dropped tracking option, another tax."""
    if not record:
        return ()
    found = []
    stored = (
        decimal(dig(record, resource.total))
        if resource.total and dig(record, resource.total) is not None
        else None
    )
    if stored is not None and isinstance(change.amount, Decimal) and stored != change.amount:
        found.append(
            Reason(
                "stored-otherwise",
                f"{stored:,.2f} before tax was stored where {change.amount:,.2f} was sent: correct the "
                f"{resource.label}",
                Audience.ACCOUNTS, resource.system,
            )
        )  # fmt: skip
    lines = _line_pairs(change, resource, record)
    if any(_count(sent) > _count(held) for sent, held in lines):
        found.append(sentences.tracking_dropped(resource))
    if any(_other_tax(sent, held) for sent, held in lines) or _tax_differs(resource, record):
        found.append(sentences.tax_otherwise(resource))
    return (*found, *taxes.own_tax_differs(change.role, change.details, record, resource))


OTHERWISE = {"tracking-dropped": "Tracking", "tax-otherwise": "TaxType"}


def kept_otherwise(reasons: Sequence[Reason]) -> dict[str, list[str]]:
    """Fields of lines that were stored otherwise than sent, for the link to remember until they are right."""
    found = [OTHERWISE[reason.code] for reason in reasons if reason.code in OTHERWISE]
    return {"otherwise": found} if found else {}


def _line_pairs(change: Change, resource: Resource, record: Record) -> list[tuple[Any, Any]]:
    """Each line as it was sent and as it was stored; none where the answer does not hold them all."""
    sent = change.payload.get(resource.lines) if resource.lines else None
    held = dig(record, resource.lines) if resource.lines else None
    if not isinstance(sent, list) or not isinstance(held, list) or len(sent) != len(held):
        return []
    return list(zip(sent, held, strict=True))


def _other_tax(sent: Any, held: Any) -> bool:
    """Whether a line was given another tax type than it was sent with."""
    if not isinstance(sent, Mapping) or not isinstance(held, Mapping):
        return False
    wanted, stored = sent.get("TaxType"), held.get("TaxType")
    return bool(wanted and stored) and wanted != stored


def _tax_differs(resource: Resource, record: Record) -> bool:
    """Whether the tax of the whole is not the sum of the taxes of its lines."""
    whole, lines = record.get("TotalTax"), dig(record, resource.lines) if resource.lines else None
    if resource.system != "xero" or whole is None or not isinstance(lines, list) or not lines:
        return False
    taxes = [decimal(line.get("TaxAmount")) for line in lines if isinstance(line, Mapping)]
    known = [tax for tax in taxes if tax is not None]
    return len(known) == len(taxes) and sum(known, Decimal(0)) != decimal(whole)


def _count(line: Any) -> int:
    return len(line.get("Tracking") or ()) if isinstance(line, Mapping) else 0
