"""Compare what is drawn with what the target holds, by value, and merge what people changed by hand. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from integrations import shared_lines
from integrations.base import Record, Resource, dig
from integrations.context import Context, Known
from integrations.drawing import Drawn
from integrations.values import decimal, hash_of, held_date

STORED = "stored"  # in a link's details: field -> hash of what the target made of the value sent


@dataclass(frozen=True)
class Difference:
    """One field before and after; `kept` says that the target's value stays, because a person set it
    there.
    """

    field: str
    before: Any
    after: Any
    kept: bool = False


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What differs between a drawn document and its target."""

    differences: tuple[Difference, ...]
    payload: dict[str, Any]  # what an update would send
    money_moved: bool  # the source's amounts differ from what was sent
    tax_moved: bool  # the source's tax types do
    money_by_hand: bool  # the target's amounts differ from what was sent
    harmless: bool  # only fields that may change after payment
    lasting: Mapping[str, Any]  # what the link's details keep of before: the rest stays as people wrote it

    @property
    def to_send(self) -> tuple[Difference, ...]:
        return tuple(difference for difference in self.differences if not difference.kept)


def compare(
    drawn: Drawn, known: Known, target: Record, context: Context, *, fixed: bool = False
) -> Comparison:
    """The fields the document owns against the target's, with the merge of both sides' changes.

    `fixed` documents, paid or locked, keep the dates that cannot be changed any more.
    """
    resource = drawn.resource
    target = read_as_drawn(target, resource)
    again = bool(context.options.get("write_again"))  # whatever anybody changed
    theirs_win = not (context.options.get("procore_wins") or again)
    payload = dict(drawn.payload)
    stay = resource.hand - resource.after_payment if fixed else frozenset()
    differences = list(_fields(drawn, known, target, payload, theirs_win, stay))
    if resource.lines and known.is_adopted and not _lines_moved(drawn, known):
        payload.pop(resource.lines)  # left out of an update, they stay as they are
    elif resource.lines:
        lines, more = _lines(drawn, known, target, theirs_win)
        payload[resource.lines] = lines
        differences += more
    differences += _shared(drawn, known, target, payload, ours_win=not theirs_win)
    for name in drawn.document.once & payload.keys():
        held = dig(target, name)
        if held is not None and held in _ways_to(drawn, name):
            differences.append(Difference(name, held, payload[name]))
        elif held is not None:
            payload.pop(name)  # what is left out of an update stays as it is
    sent_total = decimal(known.amount) if known.amount is not None else None
    return Comparison(
        differences=tuple(differences),
        payload=payload,
        money_moved=drawn.total is not None
        and sent_total is not None
        and drawn.total != sent_total
        or any(not d.kept and d.field.rpartition(": ")[2] in resource.money for d in differences),
        tax_moved=any(not d.kept and d.field.endswith(": TaxType") for d in differences),
        money_by_hand=not again and _money_by_hand(known, target, resource, sent_total),
        harmless=all(d.kept or d.field.rpartition(": ")[2] in resource.after_payment for d in differences),
        lasting={"adopted": True} if known.is_adopted and resource.lines not in payload else {},
    )


def agreed(drawn: Drawn, known: Known, target: Record) -> Known | None:
    """What counts as sent where a person changed amounts in the target and the record has come to the same:
    the whole of it and, but for what was found there, each line. None where nobody did, or it has not.
    """
    resource, sent = drawn.resource, decimal(known.amount)
    target = read_as_drawn(target, resource)
    total = decimal(dig(target, resource.total)) if resource.total else None
    if total is None or total != drawn.total or not _money_by_hand(known, target, resource, sent):
        return None
    lines = known.lines if known.is_adopted or not resource.lines else _lines_there(drawn, known, target)
    if lines is None:
        return None
    last = "" if known.is_adopted else resource.line_amount  # found lines stay as people wrote them
    same = {name: one for name, one in drawn.sent.items() if "." in name and name.endswith(last)}
    same |= {name: one for name, one in drawn.sent.items() if name == resource.total}
    return replace(known, amount=total, lines=lines, sent={**known.sent, **same})


def _lines_there(drawn: Drawn, known: Known, target: Record) -> Mapping[str, str] | None:
    """The target's line for each one drawn, where each has one of its amount and nothing is left over: the
    one remembered for it, else one that is nobody's.
    """
    resource, found = drawn.resource, {}
    lines = dict(zip(drawn.lines, drawn.payload[resource.lines], strict=True))
    rest = {
        str(line.get(resource.line_key)): _amount(line, resource)
        for line in target.get(resource.lines) or ()
        if isinstance(line, Mapping)
    }
    own = {key: line_id for key, line_id in known.lines.items() if key in lines and line_id in rest}
    for key, line in lines.items():
        may_be = [own[key]] if key in own else [one for one in rest if one not in own.values()]
        line_id = next((one for one in may_be if rest[one] == _amount(line, resource)), None)
        if line_id is None:
            return None
        found[key] = line_id
        del rest[line_id]
    return None if any(amount != 0 for amount in rest.values()) else found


def _money_by_hand(known: Known, target: Record, resource: Resource, sent: Decimal | None) -> bool:
    """Whether a person changed what the target comes to, or what a line of ours does."""
    there = dig(target, resource.total) if resource.total else None
    total = decimal(there) if there is not None else None
    moved = total is not None and sent is not None and total != sent
    return moved or (not known.is_adopted and lines_by_hand(known, target, resource))


def _fields(
    drawn: Drawn,
    known: Known,
    target: Record,
    payload: dict[str, Any],
    theirs_win: bool,
    stay: frozenset[str],
) -> Iterator[Difference]:
    resource = drawn.resource
    for name, value in drawn.payload.items():
        apart = name in (resource.lines, resource.shared[0]) or name in drawn.document.once
        if apart or same(value, dig(target, name)) or _stored_so(drawn, known, target, name):
            continue
        stays = known.is_adopted or (theirs_win and name in resource.hand)
        kept = name in stay or (stays and known.sent.get(name) == drawn.sent.get(name))
        if kept:
            payload[name] = plain(dig(target, name), value)
            if payload[name] is None:
                payload.pop(name)  # nothing is there, and nothing is said of it
        yield Difference(name, dig(target, name), value, kept)


def _stored_so(drawn: Drawn, known: Known, target: Record, name: str) -> bool:
    """Whether the target holds what it made of this very value when it was sent: it will not take it."""
    stored = known.details.get(STORED)
    made = stored.get(name) if isinstance(stored, Mapping) else None
    return bool(made) and known.sent.get(name) == drawn.sent.get(name) and made == hash_of(dig(target, name))


def _shared(
    drawn: Drawn, known: Known, target: Record, payload: dict[str, Any], *, ours_win: bool
) -> list[Difference]:
    """The differences of a list that others write in too; the payload gets the whole of it."""
    name, names = drawn.resource.shared
    if not name:
        return []
    sent = known.details.get(shared_lines.OURS)
    payload[name], moved = shared_lines.laid(
        payload.get(name) or [], target.get(name) or (), sent if isinstance(sent, Mapping) else {},
        names=names, ours_win=ours_win,
    )  # fmt: skip
    return [Difference(*one) for one in moved]


def stuck(drawn: Drawn, target: Record) -> tuple[str, str] | None:
    """What the target holds and the value it should go to, where no step leads from one to the other."""
    for name in drawn.document.steps:
        held, ways = dig(target, name), _ways_to(drawn, name)
        if ways and held is not None and held != drawn.payload[name] and held not in ways:
            return str(held), str(drawn.payload[name])
    return None


def _ways_to(drawn: Drawn, name: str) -> tuple[str, ...]:
    """The values held from which a field may be moved to the value drawn."""
    return drawn.document.steps.get(name, {}).get(str(drawn.payload.get(name)), ())


def _lines_moved(drawn: Drawn, known: Known) -> bool:
    """Whether the source's lines differ from what they were when the target was found."""
    ours = {name: value for name, value in drawn.sent.items() if "." in name}
    return ours != {name: value for name, value in known.sent.items() if "." in name}


def _lines(
    drawn: Drawn, known: Known, target: Record, theirs_win: bool
) -> tuple[list[dict[str, Any]], list[Difference]]:
    resource = drawn.resource
    held = {
        str(line.get(resource.line_key)): line
        for line in target.get(resource.lines) or ()
        if isinstance(line, Mapping)
    }
    by_order = list(held.values()) if not known.lines else []
    merged, differences, used = [], [], set()
    for place, (key, line) in enumerate(zip(drawn.lines, drawn.payload[resource.lines], strict=True)):
        there = held.get(known.lines.get(key, "")) or (by_order[place] if place < len(by_order) else None)
        if there is None:
            merged.append(dict(line))
            amount = resource.line_amount
            differences.append(Difference(f"line {place + 1}: {amount}", None, line.get(amount)))
            continue
        used.add(str(there.get(resource.line_key)))
        out = dict(line) | {resource.line_key: there.get(resource.line_key)}
        for name, value in line.items():
            if same(value, there.get(name)):
                continue
            free = theirs_win and name in resource.hand
            split = name in resource.money and _amount(line, resource) == _amount(there, resource)
            kept = (free or split) and known.sent.get(f"{key}.{name}") == drawn.sent.get(f"{key}.{name}")
            if kept:
                out[name] = plain(there.get(name), value)
            differences.append(Difference(f"line {place + 1}: {name}", there.get(name), value, kept))
        merged.append({name: value for name, value in out.items() if value is not None})
    unused = {key: line for key, line in held.items() if key not in used}
    left, more = _left(
        resource, known, unused, new=[line for line in merged if resource.line_key not in line]
    )
    return merged + left, differences + more


def _left(
    resource: Resource, known: Known, lines: Mapping[str, Record], new: Sequence[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[Difference]]:
    """What an update says of lines that are there and not drawn: they are left out; where they would stay,
    the new ones are written over them, and those that remain are set to nothing.
    """
    merged, differences, amount = [], [], resource.line_amount
    over = iter(new if resource.keeps_lines else ())
    for line_id, line in lines.items():
        if _amount(line, resource) == 0 and line_id not in known.lines.values():
            # A text that a person added stays: what is left out of an update is deleted, or stays by itself.
            kept = () if resource.keeps_lines else (resource.line_key, *KEPT_OF_A_LINE)
            merged += [{name: line[name] for name in kept if name in line}] if kept else []
            continue
        differences.append(Difference(f"line removed: {amount}", line.get(amount), None))
        if (instead := next(over, None)) is not None:
            instead[resource.line_key] = line.get(resource.line_key)
        elif resource.keeps_lines:
            names = (resource.line_key, *resource.held_as)
            merged.append({**{name: line.get(name) for name in names}, amount: Decimal(0)})
    return merged, differences


def read_as_drawn(target: Record, resource: Resource) -> Record:
    """The target with what its lines hold under the names under which it is drawn."""
    lines = target.get(resource.lines) if resource.held_as else None
    if not isinstance(lines, Sequence) or isinstance(lines, str):
        return target
    named = [
        {**line, **{name: dig(line, path) for name, path in resource.held_as.items()}}
        for line in lines
        if isinstance(line, Mapping)
    ]
    return {**target, resource.lines: named}


KEPT_OF_A_LINE = ("Description", "Quantity", "UnitAmount", "AccountCode", "TaxType", "Tracking")


def line_amount(line: Record, name: str = "UnitAmount") -> Decimal | None:
    """What a line comes to before tax; None where it is no number."""
    unit, quantity = decimal(line.get(name)), decimal(line.get("Quantity", 1))
    return None if unit is None or quantity is None else unit * quantity


def _amount(line: Record, resource: Resource) -> Decimal | None:
    return line_amount(line, resource.line_amount)


def lines_by_hand(known: Known, target: Record, resource: Resource) -> bool:
    """Whether a person gave a line another amount, took one away, or added one that has an amount."""
    if not resource.lines or not known.lines:
        return False
    held = {
        str(line.get(resource.line_key)): line
        for line in target.get(resource.lines) or ()
        if isinstance(line, Mapping)
    }
    if any(_amount(line, resource) != 0 for key, line in held.items() if key not in known.lines.values()):
        return True
    for key, line_id in known.lines.items():
        there = held.get(line_id, {})
        amount, sent = _amount(there, resource), known.sent.get(f"{key}.{resource.line_amount}")
        if sent is not None and hash_of(amount) != sent:
            return True
    return False


def same(drawn: Any, held: Any) -> bool:
    """Whether the target holds the drawn value, read as the kind of value that is drawn; blank equals
    absent.
    """
    if isinstance(drawn, bool):
        return bool(held) is drawn
    if isinstance(drawn, Decimal | int):
        number = decimal(held)
        return number is not None and number == drawn
    if isinstance(drawn, date):
        return held_date(held) == drawn
    if isinstance(drawn, Mapping):
        return isinstance(held, Mapping) and all(same(value, held.get(name)) for name, value in drawn.items())
    if isinstance(drawn, Sequence) and not isinstance(drawn, str):
        there = held if isinstance(held, Sequence) and not isinstance(held, str) else ()
        return len(drawn) == len(there) and all(any(same(one, other) for other in there) for one in drawn)
    if drawn in (None, "") or held in (None, ""):
        return drawn in (None, "") and held in (None, "")
    return str(drawn).strip() == str(held).strip()


def plain(held: Any, drawn: Any) -> Any:
    """A held value in the shape in which it is sent back."""
    if isinstance(drawn, date):
        return held_date(held)
    if isinstance(drawn, Mapping) and isinstance(held, Mapping):
        return {name: held.get(name) for name in drawn}
    if isinstance(drawn, list) and isinstance(held, list):
        names = drawn[0].keys() if drawn and isinstance(drawn[0], Mapping) else ()
        return [
            {name: one.get(name) for name in names} if isinstance(one, Mapping) and names else one
            for one in held
        ]
    return held


def covered(target: Record, resource: Resource, ours: Iterable[Known] = ()) -> Decimal:
    """What payments and other people's credits have covered of a document, including tax; `ours` do not
    count.
    """
    names = [name for name in (resource.paid, resource.credited) if name]
    whole = sum((decimal(dig(target, name)) or Decimal(0) for name in names), Decimal(0))
    return whole - sum((decimal(known.amount) or Decimal(0) for known in ours), Decimal(0))
