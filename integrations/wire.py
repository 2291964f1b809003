"""Bodies, addresses and headers as they travel: exact decimals, quoted paths, bounded waits."""

import email.utils
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from integrations.base import Write

LONGEST_WAIT = 24 * 3600.0  # seconds; no limit of either system lasts longer


def parsed(body: bytes | bytearray) -> Any:
    """The JSON of a body with exact decimals, or None where it is none.

    NaN and Infinity become texts: no amount is ever read from them, and the other records stay readable.
    """
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def encoded(value: Any, *, decimals_as_text: bool) -> str:
    """JSON with Decimals written exactly, as numbers or as texts. Raises TypeError for a float or a NaN."""
    match value:
        case Decimal() if value.is_finite():
            text = format(value, "f")
            return json.dumps(text) if decimals_as_text else text
        case datetime():
            return json.dumps(value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
        case date():
            return json.dumps(value.isoformat())
        case Mapping():
            parts = (
                f"{json.dumps(str(k))}:{encoded(v, decimals_as_text=decimals_as_text)}"
                for k, v in value.items()
            )
            return "{" + ",".join(parts) + "}"
        case list() | tuple():
            return "[" + ",".join(encoded(item, decimals_as_text=decimals_as_text) for item in value) + "]"
        case None | bool() | int() | str():
            return json.dumps(value)
    raise TypeError(f"a {type(value).__name__} cannot be sent")


def retry_after(headers: Mapping[str, str], now: datetime, *, absent: float = 10.0) -> float:
    """Seconds from a Retry-After header (seconds or a date), kept between a half second and a day."""
    given = (headers.get("Retry-After") or "").strip()
    if not given:
        return absent
    if re.fullmatch(r"\d{1,12}(\.\d*)?", given):
        wait: float = int(given.partition(".")[0])
    else:
        try:
            moment = email.utils.parsedate_to_datetime(given)
        except ValueError:
            return absent
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        wait = (moment - now).total_seconds()
    return min(max(wait, 0.5), LONGEST_WAIT)


def filled(template: str, names: Mapping[str, str]) -> str:
    """A path with each {name} replaced by its value, quoted. Raises KeyError for a name that is not given."""
    return re.sub(r"\{(\w+)\}", lambda found: quote(str(names[found[1]]), safe=""), template)


def body_of(write: Write, payloads: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Any:
    """The body of a write: payloads renamed, with what is fixed, and what the scope adds beside them."""
    drawn = [
        {**{write.renames.get(name, name): v for name, v in one.items()}, **write.fixed} for one in payloads
    ]
    if write.bare:
        return drawn[0]
    if write.listed:
        return drawn
    beside = {name: _number(names[name]) for name in write.scope_in_body}
    if not write.wrap:
        return {**beside, **drawn[0]}
    return {**beside, write.wrap: drawn if takes_list(write) else drawn[0]}


def takes_list(write: Write) -> bool:
    """Whether the envelope holds a list: Xero's plural names and Procore's sync always do."""
    return write.batch > 1 or write.wrap[:1].isupper() or write.wrap == "updates"


def _number(value: str) -> int | str:
    return int(value) if str(value).isdigit() else value
