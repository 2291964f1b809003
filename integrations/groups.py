"""Grouping: several source records that are planned as one subject. Data only.

Of which subject a record is part may change with the record (a card gets another day) and with what people
mapped (an employee another calendar). So the days a subject spans are part of its key, and every subject a
record is or was part of is read again, whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from integrations.paths import Record

if TYPE_CHECKING:
    from integrations.base import Resource
    from integrations.context import Context

MEMBERS = "cards"  # under this name a subject's record holds the records it was made of


@dataclass(frozen=True, kw_only=True)
class Group:
    """How records are put together.

    `key` names the subject that a record is part of, "" for none; `whole` makes a subject's record of its
    members and of what was joined to its project. `days` are the first and last day of a subject, `project`
    the project it stands in, `projects` those that its members speak of where it stands in none. `stays_in`
    says whether a record stays in the subject it was sent in, although its key is another now. `gone` lists
    the records deleted since a moment. A subject without members is removed, or drawn empty (`stays`).
    """

    key: Callable[[Record, Context], str]
    whole: Callable[[str, Sequence[Record], Record, Context], dict[str, Any]]
    days: Callable[[str], tuple[date, date]]
    gone: Resource
    project: Callable[[str], str] = lambda key: ""
    projects: Callable[[Iterable[Record]], set[str]] = lambda records: set()
    stays_in: Callable[[str, str, Record], bool] = lambda former, key, record: False
    stays: bool = False

    def is_before(self, key: str, start: date | None) -> bool:
        """Whether a subject begins before the start date; what was sent before stays looked after."""
        return start is not None and self.days(key)[0] < start
