"""A change as data, and the target records a batch of changes is decided on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from integrations.base import Reason, Record, Resource, dig
from integrations.comparison import Difference
from integrations.context import Known
from integrations.drawing import Drawn


class Action(StrEnum):
    """What becomes of a subject in a role."""

    CREATE = "create"
    UPDATE = "update"
    LINK = "link"
    REMOVE = "remove"
    UNCHANGED = "unchanged"
    SKIP = "skip"
    WARN = "warn"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What would be done for one subject in one role, and why. `payload` is what would be sent."""

    action: Action
    integration: str
    role: str
    subject: str
    title: str
    resource: str = ""
    target_id: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    marker: Mapping[str, Any] = field(default_factory=dict)
    match_key: str = ""
    differences: tuple[Difference, ...] = ()
    reasons: tuple[Reason, ...] = ()
    message: str = ""
    amount: Decimal | None = None
    fingerprint: str = ""
    sent: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    version: str = ""
    number: str = ""
    group: str = ""
    scope: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    removal: str | None = None  # key in the resource's removals; None where there is nothing left to remove
    held: Mapping[str, Any] = field(default_factory=dict)  # what a link takes from the target found


@dataclass
class Wanted:
    """What has to be read of the targets: by id for what is linked, by marker for what may exist already."""

    ids: dict[tuple[str, tuple[tuple[str, str], ...]], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )
    searches: dict[tuple[str, tuple[tuple[str, str], ...]], list[Mapping[str, Any]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    # (resource, id) -> the version we left there, of records drawn as they were sent: one that still has it
    # need not be read whole.
    same: dict[tuple[str, str], str] = field(default_factory=dict)


class Held:
    """The target records read for a batch, found by id or by what a document looks for."""

    def __init__(self) -> None:
        self._by_id: dict[tuple[str, str], Record] = {}
        self._by_value: dict[tuple[str, str], list[Record]] = defaultdict(list)
        self._living: dict[tuple[str, str, str], list[Record]] = {}

    def add(self, resource: Resource, record: Record) -> None:
        """Keep a record that was read; a record read twice counts once."""
        key = (resource.name, str(dig(record, resource.key)))
        if key in self._by_id:
            return
        self._by_id[key] = record
        self._living.clear()
        self._by_value[resource.name, ""].append(record)
        if resource.search and resource.search.field:
            value = str(dig(record, resource.search.field) or "").strip().casefold()
            self._by_value[resource.name, value].append(record)

    def by_id(self, resource: str, record_id: str) -> Record | None:
        return self._by_id.get((resource, record_id))

    def candidates(self, drawn: Drawn) -> Sequence[Record]:
        """Living records that may be the drawn one: the whole catalogue, or those equal in the
        searched field.
        """
        resource, value = drawn.resource, ""
        if not resource.catalogue and resource.search and resource.search.field:
            value = str(drawn.payload.get(resource.search.field) or "").strip().casefold()
            if not value:
                return ()
        key = (resource.name, value, str(drawn.scope))
        if key not in self._living:
            self._living[key] = [
                one
                for one in self._by_value.get((resource.name, value), ())
                if _within(one, drawn.scope)
                and not (resource.status and str(dig(one, resource.status)) in resource.dead)
            ]
        return self._living[key]


def _within(record: Record, scope: Mapping[str, str]) -> bool:
    """Whether a record that says where it stands stands there."""
    return all(str(record[name]) == value for name, value in scope.items() if name in record)


def is_elsewhere(drawn: Drawn, known: Known) -> bool:
    """Whether what was sent stands on another record, or below another one, than it is drawn for now."""
    if drawn.amends:
        return drawn.amends != known.target_id
    follows = not drawn.document.add_only and not drawn.resource.catalogue
    return follows and known.details.get("scope") not in (None, {}, drawn.scope)
