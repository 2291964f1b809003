"""How states, amounts, times and addresses are written in lists and pages."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.utils import dateformat, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from integrations.models import Tenant

NOTHING = "–"
USUAL = "j M Y"  # how days are written where no tenant says otherwise
CONNECTION_COLOURS = {
    "ok": "green",
    "expiring": "orange",
    "reconnect": "red",
    "wrong_organisation": "red",
    "missing_scope": "orange",
}
CONNECTION_WORDS = {
    "ok": "connected",
    "expiring": "expires soon",
    "reconnect": "reconnect needed",
    "wrong_organisation": "wrong organisation",
    "missing_scope": "missing permission",
}
SYSTEM_NAMES = {"procore": "Procore", "xero": "Xero", "onecore": "OneCore"}


def chip(words: str, colour: str = "grey") -> SafeString:
    """A state: a word with a colour."""
    return format_html('<span class="chip chip-{}">{}</span>', colour, words)


def amount(value: Decimal | int | None) -> str:
    """Two decimals and thousands separators; nothing where there is no amount."""
    return NOTHING if value is None else f"{value:,.2f}"


def local(value: datetime, tenant: Tenant | None = None) -> datetime:
    """The moment in the tenant's zone, else in the one of the page."""
    return timezone.localtime(value, ZoneInfo(tenant.time_zone) if tenant else None)


def day(value: date | None, tenant: Tenant | None = None) -> str:
    """A day as the tenant writes it; nothing where there is none."""
    return NOTHING if value is None else dateformat.format(value, tenant.date_format if tenant else USUAL)


def when(value: datetime | None, tenant: Tenant | None = None) -> str:
    """Day and time with the zone's name; a year that ends the day only where it is another one."""
    if value is None:
        return NOTHING
    there = local(value, tenant)
    written = tenant.date_format if tenant else USUAL
    short = written.removesuffix(" Y") if there.year == timezone.now().year else written
    words = f"{dateformat.format(there, short)} {there:%H:%M}"
    return format_html(
        '<time datetime="{}">{} <small>{}</small></time>', there.isoformat(), words, f"{there:%Z}"
    )


def duration(seconds: float | None) -> str:
    """As people say it."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def outside(address: str, words: str) -> str:
    """A link that leaves the portal; anything but a web address is shown as text."""
    if urlsplit(address or "").scheme not in {"http", "https"}:
        return format_html("{}", words) if words else NOTHING
    return format_html(
        '<a class="outside" href="{}" target="_blank" rel="noopener noreferrer">{}</a>', address, words
    )


def inside(address: str, words: Any) -> SafeString:
    """A link within the portal."""
    return format_html('<a href="{}">{}</a>', address, words)


def joined(parts: list[Any], between: str = " ") -> SafeString:
    """Several pieces of page in one cell."""
    return format_html_join(between, "{}", ((part,) for part in parts if part))


def two_lines(first: Any, second: Any) -> SafeString:
    """What it is, and in small type what identifies it."""
    return format_html('<span class="first">{}</span><span class="second">{}</span>', first, second or "")


def count(number: int, one: str, many: str = "") -> str:
    """`1 bill`, `1,200 bills`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
