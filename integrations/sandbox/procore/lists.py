"""Paging, filters and sorting of lists (procore.md, sections 3 and 4)."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from integrations.sandbox.clock import moment
from integrations.sandbox.procore.errors import refused
from integrations.sandbox.procore.fields import Record
from integrations.sandbox.routing import Answer, Request

Test = Callable[[Record], bool]
_RANGE = re.compile(r"^(.*?)\.\.\.(.*)$")


def values(request: Request, name: str) -> list[str]:
    """What `filters[name]` asks for, in any of its spellings: `1,2`, `[1,2]`, repeated with `[]`, quoted."""
    found: list[str] = []
    for key in (f"filters[{name}]", f"filters[{name}][]"):
        for text in request.all(key):
            text = text.strip()
            if text.startswith("[") and text.endswith("]"):
                found += _listed(text)
            else:
                found += [part.strip().strip('"') for part in text.split(",")]
    return [value for value in found if value]


def _listed(text: str) -> list[str]:
    try:
        return [str(part) for part in json.loads(text)]
    except ValueError:
        return [part.strip().strip("\"'") for part in text[1:-1].split(",")]


def one(request: Request, name: str) -> str | None:
    """A filter that takes one text, quotes around it left out."""
    text = request.arg(f"filters[{name}]")
    return None if text is None else text.strip().strip('"')


def whole(text: str | None, name: str) -> int:
    """A parameter that has to be a whole number; raises Refused."""
    if text is None or not re.fullmatch(r"-?\d+", text):
        raise refused(400, f"{name} is not a valid integer" if text else f"{name} is missing", fields=name)
    return int(text)


def by_ids(request: Request, name: str = "id", field: str = "id") -> list[Test]:
    """Records whose field is one of the ids asked for."""
    wanted = {whole(text, f"filters[{name}]") for text in values(request, name)}
    return [lambda record: record.get(field) in wanted] if wanted else []


def by_values(request: Request, name: str, read: Callable[[Record], Any] | None = None) -> list[Test]:
    """Records whose field is one of the texts asked for."""
    wanted = set(values(request, name))
    look = read or (lambda record: record.get(name))
    return [lambda record: look(record) in wanted] if wanted else []


def by_text(request: Request, name: str) -> list[Test]:
    """Records whose field is exactly this text, commas included."""
    wanted = one(request, name)
    return [] if wanted is None else [lambda record: record.get(name) == wanted]


def by_flag(request: Request, name: str, read: Callable[[Record], bool]) -> list[Test]:
    """Records for which something holds, or does not."""
    wanted = one(request, name)
    return [] if wanted is None else [lambda record: read(record) is (wanted.lower() == "true")]


def by_range(request: Request, name: str, *, ends: bool) -> list[Test]:
    """Records whose time lies in `a...b` (either end may be open), or equals one moment or day."""
    text = one(request, name)
    if not text:
        return []
    fit = _RANGE.match(text)
    try:
        if fit is None:
            sought, day_only = _moment(text), len(text) == 10
            return [lambda record: _same(record.get(name), sought, day_only=day_only)]
        low, high = (_moment(end) if end else None for end in (part.strip(' "') for part in fit.groups()))
    except ValueError:
        # No answer to an unreadable date is documented: it matches nothing, without a word.
        return [lambda record: False]
    return [lambda record: _inside(record.get(name), low, high, ends=ends)]


@lru_cache(maxsize=100_000)
def _moment(text: str) -> datetime:
    return moment(text.strip().replace(" ", "+")).astimezone(UTC)


def _same(value: str | None, sought: datetime, *, day_only: bool) -> bool:
    if not value:
        return False
    found = _moment(value)
    return found.date() == sought.date() if day_only else found == sought


def _inside(value: str | None, low: datetime | None, high: datetime | None, *, ends: bool) -> bool:
    if not value:
        return False
    found = _moment(value)
    if ends:
        return (low is None or low <= found) and (high is None or found <= high)
    return (low is None or low < found) and (high is None or found < high)


def passing(records: Iterable[Record], *groups: Sequence[Test]) -> list[Record]:
    """Records that pass every test of every group."""
    tests = [test for group in groups for test in group]
    return [record for record in records if all(test(record) for test in tests)] if tests else list(records)


def ordered(
    request: Request, records: list[Record], allowed: dict[str, Callable[[Record], Any]]
) -> list[Record]:
    """Records in the order of `sort` (`name`, `-name`, comma separated); unknown names are ignored."""
    for part in reversed((request.arg("sort") or "").split(",")):
        read = allowed.get(part.strip().lstrip("-+"))
        if read is not None:
            records = sorted(records, key=read, reverse=part.strip().startswith("-"))
    return records


def page(
    sandbox: Any,
    request: Request,
    records: Sequence[Record],
    write: Callable[[Record], bytes],
    *,
    default: int | None = None,
    largest: int | None = None,
    wrap: tuple[bytes, bytes] = (b"[", b"]"),
) -> Answer:
    """One page of a list with `Link`, `Per-Page` and `Total`; a page larger than allowed is cut."""
    switches = sandbox.switches
    largest = largest or switches.procore_largest_page
    size = _positive(request, "per_page", default or switches.procore_default_page)
    size, number = min(size, largest), _positive(request, "page", 1)
    last = max(1, -(-len(records) // size))
    shown_number = min(number, last) if switches.procore_endless_paging else number
    shown = records[(shown_number - 1) * size : shown_number * size]
    more = number < last or (switches.procore_endless_paging and bool(records))
    headers = {"Per-Page": str(size), "Link": _links(request, number, last, size, more=more)}
    if switches.procore_send_total:
        headers["Total"] = str(len(records))
    body = wrap[0] + b",".join(map(write, shown)) + wrap[1]
    return Answer(200, body, headers, "application/json; charset=utf-8")


def everything(records: Sequence[Record], write: Callable[[Record], bytes]) -> Answer:
    """A list without paging."""
    return Answer(200, b"[" + b",".join(map(write, records)) + b"]", {}, "application/json; charset=utf-8")


def _positive(request: Request, name: str, default: int) -> int:
    text = request.arg(name)
    found = default if text is None else whole(text, name)
    if found < 1:
        raise refused(400, f"{name} has to be 1 or more", fields=name)
    return found


def _links(request: Request, number: int, last: int, size: int, *, more: bool) -> str:
    base = f"http://{request.headers.get('host') or '127.0.0.1'}/{request.host}{quote(request.path)}"
    others = [(name, value) for name, value in request.query if name not in ("page", "per_page")]
    places = {
        "first": 1,
        "prev": number - 1 if number > 1 else None,
        "next": number + 1 if more else None,
        "last": last,
    }
    return ", ".join(
        f'<{base}?{urlencode([*others, ("page", place), ("per_page", size)])}>; rel="{name}"'
        for name, place in places.items()
        if place is not None
    )
