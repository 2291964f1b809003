"""Lists that others write in too: our lines are laid into what the target holds, theirs are carried along.

A line is known by what names it (an earnings rate and a tracking option). Ours are those that are drawn now
or were sent before, which the link remembers; one that a person changed stays until the source changes. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from integrations.values import decimal, hash_of

OURS = "ours"  # in a link's details: our lines by what names them, with a hash of what was sent
Line = Mapping[str, Any]
Moved = tuple[str, Any, Any, bool]  # field, before, after, whether the target's value stays


def key_of(line: Line, names: Iterable[str]) -> str:
    """What names a line, in one text."""
    return "|".join(str(line.get(name) or "").lower() for name in names)


def remembered(lines: Iterable[Line], names: tuple[str, ...]) -> dict[str, str]:
    """Our lines as a link remembers them."""
    return {key_of(line, names): hash_of(_values(line, names)) for line in lines}


def laid(
    drawn: list[Line],
    held: Iterable[Line],
    sent: Mapping[str, str],
    *,
    names: tuple[str, ...],
    ours_win: bool,
) -> tuple[list[dict[str, Any]], list[Moved]]:
    """The whole list to send, and how it differs from what is held."""
    wanted = {key_of(line, names): line for line in drawn}
    lines: list[dict[str, Any]] = []
    moved: list[Moved] = []
    held = list(held)
    ours = _ours(held, sent, names)
    for place, there in enumerate(held):
        key = key_of(there, names)
        if key not in wanted or ours[key] != place:
            if key in sent and ours[key] == place:
                moved.append(("line removed", _shown(there, names), None, False))
            else:
                lines.append(_plain(there, names, drawn))
            continue
        line = wanted.pop(key)
        if _same(line, there, names):
            lines.append(dict(line))
            continue
        kept = not ours_win and sent.get(key) == hash_of(_values(line, names))
        moved.append(("hours of a line", _shown(there, names), _shown(line, names), kept))
        lines.append(_plain(there, names, drawn) if kept else dict(line))
    for line in wanted.values():
        moved.append(("line added", None, _shown(line, names), False))
        lines.append(dict(line))
    return lines, moved


def _ours(held: list[Line], sent: Mapping[str, str], names: tuple[str, ...]) -> dict[str, int]:
    """Which of several lines that are named alike is ours: the one as it was sent, else the first."""
    found: dict[str, int] = {}
    for place, there in enumerate(held):
        key = key_of(there, names)
        if key not in found or _is_as_sent(there, held[found[key]], sent.get(key), names):
            found[key] = place
    return found


def _is_as_sent(line: Line, before: Line, sent: str | None, names: tuple[str, ...]) -> bool:
    """Whether a line holds what was sent, and one before it does not."""
    now, then = (
        hash_of(_values({"NumberOfUnits": one.get("NumberOfUnits")}, names)) for one in (line, before)
    )
    return now == sent and then != sent


def _values(line: Line, names: Iterable[str]) -> dict[str, Any]:
    return {name: _number(value) for name, value in line.items() if name not in names}


def _number(value: Any) -> Any:
    """A value in which equal numbers are equal, however they are written."""
    if isinstance(value, list | tuple):
        return [_number(one) for one in value]
    return decimal(value) if isinstance(value, int | Decimal) else value


def _same(line: Line, there: Line, names: tuple[str, ...]) -> bool:
    mine = _values(line, names)
    return all(_number(there.get(name)) == value for name, value in mine.items())


def _plain(there: Line, names: tuple[str, ...], drawn: Iterable[Line]) -> dict[str, Any]:
    """A line of the target in the fields in which lines are sent."""
    fields = {*names, "NumberOfUnits", *(name for line in drawn for name in line)}
    return {name: value for name, value in there.items() if name in fields and value is not None}


def _shown(line: Line, names: tuple[str, ...]) -> str:
    numbers = [one for value in _values(line, names).values() if isinstance(value, list) for one in value]
    total = sum((one for one in numbers if isinstance(one, Decimal)), Decimal(0))
    return f"{total.normalize():f} hours"
