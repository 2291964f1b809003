"""Values on the way between two systems: amounts, dates, lines and their fingerprints. Standard
library only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from hashlib import blake2s
from typing import Any

from integrations.context import Missing

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """A drawn line: the key by which it is known again, and its fields."""

    key: str
    fields: Mapping[str, Any]


def decimal(value: Any) -> Decimal | None:
    """A finite Decimal from a number or text; blank is zero; None where it is no number. Never through
    float.
    """
    if value is None or value == "":
        return Decimal(0)
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def cents(amount: Decimal) -> Decimal:
    """The amount rounded half up (away from zero) to cents."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def is_zero(value: Any) -> bool:
    """Whether a drawn amount is nothing: "0.00" and 0 are zero; a Missing or a non-number is not."""
    return not isinstance(value, Missing) and decimal(value) == 0


def calendar_date(value: Any) -> date | None:
    """The calendar date in an ISO text, never shifted by a time zone; None where there is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def held_date(value: Any) -> date | None:
    """The calendar date a system holds: ISO, or Xero's `/Date(ms+0000)/`, which is midnight UTC."""
    text = str(value or "")
    if text.startswith("/Date("):
        digits = text[6:].rstrip(")/").split("+")[0]
        digits = digits[:1] + digits[1:].split("-")[0]
        return (
            datetime.fromtimestamp(int(digits) / 1000, UTC).date() if digits.lstrip("-").isdigit() else None
        )
    return calendar_date(value)


def hash_of(value: Any) -> str:
    """A short hash of a drawn value: equal values, equal hash."""
    return blake2s(ENCODER.encode(value).encode(), digest_size=6).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, Line):
        return {"key": value.key, **value.fields}
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


ENCODER = json.JSONEncoder(default=_plain, sort_keys=True)
