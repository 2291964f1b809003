"""Xero's wire values: `/Date()/` texts, money in cents rounded half up, and what a client's JSON may hold
instead.
"""

import re
import unicodedata
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from integrations.sandbox.xero.errors import unparsable

NO_ID = "00000000-0000-0000-0000-000000000000"
ZERO = Decimal("0.00")
_CENT, _FOURTH = Decimal("0.01"), Decimal("0.0001")
_DAY_ONE = date(1970, 1, 1)
_MS_DATE = re.compile(r"/Date\((-?\d+)([+-]\d{4})?\)/")


def cents(value: Decimal) -> Decimal:
    """Rounded to two places, half away from zero."""
    return value.quantize(_CENT, ROUND_HALF_UP)


def places(value: Decimal, number: int) -> Decimal:
    """Rounded to 2 or 4 places, half away from zero."""
    return value.quantize(_FOURTH if number == 4 else _CENT, ROUND_HALF_UP)


@lru_cache(maxsize=8192)
def ms_date(day: date) -> str:
    """A calendar date as Xero writes it: UTC midnight in milliseconds."""
    return f"/Date({(day - _DAY_ONE).days * 86_400_000}+0000)/"


def ms_moment(milliseconds: int) -> str:
    """A moment as Xero writes it."""
    return f"/Date({milliseconds}+0000)/"


def iso_moment(milliseconds: int) -> str:
    """A moment in ISO form, whole seconds, as in UpdatedDateUTCString."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def day_string(day: date) -> str:
    """A date as in DateString."""
    return f"{day.isoformat()}T00:00:00"


def to_date(value: Any) -> date | None:
    """A date from `YYYY-MM-DD`, an ISO time (one with a zone is taken to UTC first) or `/Date(ms)/`.

    Raises the 400 of an unparsable body.
    """
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return value
    try:
        if found := _MS_DATE.fullmatch(str(value)):
            return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(found[1]))).date()
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise unparsable(f"Error converting value {value!r} to type 'System.DateTime'.")
    return moment.astimezone(UTC).date() if moment.tzinfo else moment.date()


def to_milliseconds(value: Any) -> int | None:
    """A moment in milliseconds from `/Date(ms)/`, an ISO time (UTC when it names no zone) or a number."""
    if value is None or isinstance(value, int):
        return value
    if found := _MS_DATE.fullmatch(str(value)):
        return int(found[1])
    moment = datetime.fromisoformat(str(value))
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def to_decimal(value: Any, name: str) -> Decimal | None:
    """A number from a JSON number or its text; raises the 400 of an unparsable body."""
    if value is None or value == "":
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
            raise ValueError
        number = Decimal(value)
        if not number.is_finite() or abs(number) >= Decimal(10) ** 20:
            raise ValueError
    except (InvalidOperation, ValueError):
        raise unparsable(
            f"Error converting value {value!r} to type 'System.Decimal'. Path '{name}'."
        ) from None
    return number


def to_text(value: Any, name: str) -> str | None:
    """A text; numbers become one, objects and arrays raise the 400 of an unparsable body."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise unparsable(f"Unexpected value when reading a string. Path '{name}'.")
    return str(value)


def to_bool(value: Any) -> bool:
    """A truth value from JSON or from query text."""
    return value is True or str(value).lower() in ("true", "1")


def to_object(value: Any, name: str) -> dict[str, Any]:
    """An object, {} for null; anything else raises the 400 of an unparsable body."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise unparsable(f"Cannot deserialize the current JSON value into type '{name}'.")
    return value


def to_list(value: Any, name: str) -> list[dict[str, Any]]:
    """An array of objects, [] for null; anything else raises the 400 of an unparsable body."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise unparsable(f"Cannot deserialize the current JSON value into an array of '{name}'.")
    return [to_object(item, name) for item in value]


def as_id(value: Any) -> str | None:
    """A record id in the form records are kept by; None for an absent or all-zero one."""
    text = str(value).strip().strip("{}").lower() if value else ""
    return None if text in ("", NO_ID) else text


def is_id(text: str) -> bool:
    """Whether a text has the form of an id."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def new_id() -> str:
    """A new record id."""
    return str(uuid.uuid4())


def fold(text: str) -> str:
    """A text without case, accents and superfluous spaces, for comparing names."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())
