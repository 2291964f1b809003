"""A record's history as sentences: who, when, and each field before and after."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, pairwise
from typing import Any

from django.utils.text import capfirst

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


Spoken = Callable[[Any, str, Any, Any], tuple[Field, ...]]  # a row, a field's name, before and after


def changes_of(row: Any, spoken: Spoken) -> list[Past]:
    """The last changes of a record that keeps its history, newest first; `spoken` puts a field in words."""
    found = list(row.history.select_related("history_user")[: SHOWN + 1])
    past = [told(later, earlier, spoken) for later, earlier in pairwise(found)]
    return past + ([told(found[-1], None, spoken)] if found and len(found) <= SHOWN else [])


def told(later: Any, earlier: Any, spoken: Spoken) -> Past:
    """One historical row against the one before it."""
    fields: tuple[Field, ...] = ()
    if earlier is not None and later.history_type == "~":
        changes = later.diff_against(earlier, foreign_keys_are_objs=True).changes
        found = (spoken(later, one.field, one.old, one.new) for one in changes if one.field != "updated_at")
        fields = tuple(chain.from_iterable(found))
    who = (
        later.history_user.get_full_name() or later.history_user.username if later.history_user else "OneCore"
    )
    what = KINDS.get(later.history_type, "")
    return Past(later.history_date, who, what, later.history_change_reason or "", fields)


def usual(row: Any, name: str, before: Any, after: Any) -> tuple[Field, ...]:
    """A field as forms call it, with its values as forms show them."""
    field = row._meta.get_field(name)
    choices = dict(getattr(field, "flatchoices", None) or ())
    return (Field(capfirst(str(field.verbose_name)), in_words(before, choices), in_words(after, choices)),)


def in_words(value: Any, choices: Mapping[Any, Any]) -> str:
    """A value in words; "" for none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else str(choices.get(value, value))
