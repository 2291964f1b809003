"""Money, days and moments as Procore writes and reads them."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

Record = dict[str, Any]

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def number(value: Any, default: Decimal | None = ZERO) -> Decimal | None:
    """An amount from JSON text or number, or the default when empty; raises ValueError for anything else."""
    if value is None or value == "":
        return default
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise ValueError(f"{value!r} is not an amount")
    try:
        amount = Decimal(value)
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is not an amount") from error
    if not amount.is_finite():
        raise ValueError(f"{value!r} is not an amount")
    return amount


def amount(value: Any) -> Decimal:
    """As `number`, with nothing counted as zero."""
    found = number(value)
    return ZERO if found is None else found


def cents(value: Decimal) -> Decimal:
    """Rounded half up to two decimals."""
    return value.quantize(CENT, ROUND_HALF_UP)


def money(value: Decimal | None) -> str | None:
    """A decimal string with two places; None stays None."""
    if not value:
        return None if value is None else "0.00"
    text = str(value)
    return text if text[-3:-2] == "." else f"{cents(value):f}"


def share(part: Decimal, whole: Decimal) -> str:
    """`part` in percent of `whole`, two decimals; nothing of nothing is 0.00."""
    return "0.00" if not whole or not part else f"{cents(part * 100 / whole):f}"


def instant(moment: datetime) -> str:
    """`2026-11-20T02:00:00Z`: whole seconds, as Procore writes them (procore.md, section 10)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day(value: Any) -> str | None:
    """A calendar date from a date or timestamp; whatever cannot be read becomes None without a word.

    A page of the documentation warns of exactly that (procore.md, section 10).
    """
    if not isinstance(value, str) or not _DAY.match(value):
        return None
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        return None


def australian(value: str | None) -> str:
    """`31/10/26`, the way a period is printed; empty for none."""
    return date.fromisoformat(value).strftime("%d/%m/%y") if value else ""


def without_nulls(record: Mapping[str, Any], nullable: Iterable[str] = ()) -> Record:
    """The record less its empty fields, save those whose schema allows null."""
    allowed = frozenset(nullable)
    return {name: value for name, value in record.items() if value is not None or name in allowed}


def overridden(answer: Record, record: Mapping[str, Any]) -> Record:
    """The answer with the record's `answer_overrides` put in: `{"summary.total_retainage": "NaN", ...}`.

    So a world or an act makes the system answer nonsense; paths step through objects and list positions, and
    one that leads nowhere in this view is left out.
    """
    for path, value in (record.get("answer_overrides") or {}).items():
        *steps, last = path.split(".")
        place: Any = answer
        for step in steps:
            place = _inner(place, step)
        if isinstance(place, list) and int(last) < len(place):
            place[int(last)] = value
        elif isinstance(place, dict):
            place[last] = value
    return answer


def _inner(place: Any, step: str) -> Any:
    if isinstance(place, list):
        return place[int(step)] if int(step) < len(place) else None
    return place.get(step) if isinstance(place, dict) else None
