"""A record's history as sentences: who, when, and each field before and after."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

SHOWN = 100
KINDS = {"+": "created", "~": "changed", "-": "deleted"}


@dataclass(frozen=True)
class Field:
    """One field before and after."""

    label: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Past:
    """One change of a record."""

    at: datetime
    who: str
    what: str
    reason: str
    fields: tuple[Field, ...]


def changes_of(row: Any) -> list[Past]:
    """The last changes of a record that keeps its history, newest first."""
    found = list(row.history.select_related("history_user")[: SHOWN + 1])
    past = [told(later, earlier) for later, earlier in pairwise(found)]
    return past + ([told(found[-1], None)] if found and len(found) <= SHOWN else [])


def told(later: Any, earlier: Any) -> Past:
    """One historical row against the one before it."""
    fields: tuple[Field, ...] = ()
    if earlier is not None and later.history_type == "~":
        fields = tuple(
            Field(label(later, change.field), change.old, change.new)
            for change in later.diff_against(earlier, foreign_keys_are_objs=True).changes
            if change.field != "updated_at"
        )
    who = (
        later.history_user.get_full_name() or later.history_user.username if later.history_user else "OneCore"
    )
    what = KINDS.get(later.history_type, "")
    return Past(later.history_date, who, what, later.history_change_reason or "", fields)


def label(row: Any, field: str) -> str:
    """A field as forms call it."""
    return str(row._meta.get_field(field).verbose_name).capitalize()
