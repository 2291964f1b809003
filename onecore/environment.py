"""Typed readers of environment variables; a value of the wrong type stops the start, naming the variable."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"", "0", "false", "no", "off"})
POSTGRESQL_SCHEMES = frozenset({"postgres", "postgresql", "pgsql"})


def text(name: str, default: str = "") -> str:
    """The variable without surrounding blanks; an empty one counts as not set."""
    return os.environ.get(name, "").strip() or default


def required(name: str, hint: str, *, development: str | None = None) -> str:
    """The variable, or what development machines use; else ImproperlyConfigured with the hint."""
    value = text(name) or development
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {hint}")
    return value


def flag(name: str, default: bool = False) -> bool:
    """Yes or no; any other word is refused rather than guessed."""
    value = os.environ.get(name)
    if value is None:
        return default
    word = value.strip().lower()
    if word in YES:
        return True
    if word in NO:
        return False
    raise ImproperlyConfigured(f"{name} is {value!r}: write 1 or 0.")


def whole(name: str, default: int) -> int:
    """A whole number."""
    value = text(name)
    try:
        return int(value) if value else default
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {value!r}: write a whole number.") from None


def words(name: str, default: tuple[str, ...] = ()) -> list[str]:
    """The comma-separated parts, without empty ones."""
    return [part.strip() for part in text(name, ",".join(default)).split(",") if part.strip()]


def address(name: str, default: str) -> str:
    """An http or https address without a trailing slash."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ImproperlyConfigured(
            f"{name} is {value!r}: write an address such as https://onecore.example.com."
        )
    return value


def database(name: str, *, embedded: Path) -> dict[str, Any]:
    """One entry of Django's DATABASES from an address like postgresql://user:password@host:5432/name?sslmode=require.

    Without the variable: SQLite at `embedded`. sqlite:///relative and sqlite:////absolute are understood too.
    """
    value = text(name)
    if not value:
        return sqlite(embedded)
    parts = urlsplit(value)
    if parts.scheme == "sqlite":
        return sqlite(Path(unquote(parts.path[1:])))
    if parts.scheme not in POSTGRESQL_SCHEMES or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"{name} is understood as postgresql://user:password@host:port/name or sqlite:///path."
        )
    return postgresql(name, value)


def postgresql(name: str, value: str) -> dict[str, Any]:
    """PostgreSQL by host or, with ?host=/folder, by socket; other query parts are handed to the driver."""
    parts = urlsplit(value)
    options: Mapping[str, str] = dict(parse_qsl(parts.query))
    try:
        port = parts.port
    except ValueError:
        raise ImproperlyConfigured(f"{name} names a port that is not a number.") from None
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or options.get("user", "")),
        "PASSWORD": unquote(parts.password or options.get("password", "")),
        "HOST": options.get("host") or unquote(parts.hostname or ""),
        "PORT": str(port or options.get("port", "")),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            key: given for key, given in options.items() if key not in {"host", "port", "user", "password"}
        },
    }


def sqlite(path: Path) -> dict[str, Any]:
    """The embedded database; without write-ahead log and immediate transactions two writers fail."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
