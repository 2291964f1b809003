"""Reading, finding and writing records as their resources describe them: what both clients share."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from integrations.base import Record, Resource, Write, dig
from integrations.errors import Broken, Rejected
from integrations.transport import Access, Budget, Clock, Query, Tokens, Transport, Turn, Unlimited

__all__ = ["Access", "Budget", "Client", "Clock", "Outcome", "Query", "Tokens", "Turn", "Unlimited"]

MOST_PAGES = 10_000
NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Outcome:
    """What became of one payload: done (True), refused (False) or not known (None)."""

    ok: bool | None
    record: Mapping[str, Any] | None = None
    messages: tuple[str, ...] = ()


class Client(Transport):
    """A company or organisation and its records."""

    @abstractmethod
    def page(
        self,
        resource: Resource,
        number: int,
        query: Query,
        *,
        scope: Mapping[str, str],
        since: datetime | None,
    ) -> tuple[list[Any], bool]:
        """One page of a list, and whether another follows."""

    def read(
        self,
        resource: Resource,
        *,
        scope: Mapping[str, str] = NOTHING,
        changed_since: datetime | None = None,
        ids: Sequence[str] = (),
    ) -> Iterator[dict[str, Any]]:
        """The records of a list, page by page: all, those changed since a moment, or those with these ids.

        Ids that are not found are left out. A list that cannot be asked for changes is read whole.
        """
        if ids and resource.by_ids:
            for start in range(0, len(ids), resource.ids_per_read):
                some = ids[start : start + resource.ids_per_read]
                yield from self._list(resource, self.ids_query(resource, some), scope=scope)
        elif ids and resource.one:
            found = (self.read_one(resource, record_id, scope=scope) for record_id in ids)
            yield from (record for record in found if record is not None)
        elif ids:
            wanted = frozenset(ids)
            whole = self._list(resource, (), scope=scope)
            yield from (record for record in whole if str(dig(record, resource.key)) in wanted)
        else:
            yield from self._list(
                resource, (), scope=scope, since=changed_since if resource.changed else None
            )

    def _list(
        self, resource: Resource, query: Query, *, scope: Mapping[str, str], since: datetime | None = None
    ) -> Iterator[dict[str, Any]]:
        pages, number, more = Pages(resource), 0, True
        while more:
            number += 1
            records, more = self.page(resource, number, query, scope=scope, since=since)
            yield from pages.fresh(records)

    def read_one(
        self, resource: Resource, record_id: str, *, scope: Mapping[str, str] = NOTHING
    ) -> dict[str, Any] | None:
        """A record as it is now; None where the system says that there is none, or none for us."""
        if not resource.one:
            return next(self.read(resource, scope=scope, ids=(record_id,)), None)
        try:
            return self.single(resource, record_id, scope=scope)
        except Rejected as refusal:
            if refusal.status == 404:
                return None
            raise

    @abstractmethod
    def single(
        self, resource: Resource, record_id: str, *, scope: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """A record by its own address."""

    def ids_query(self, resource: Resource, ids: Sequence[str]) -> Query:
        """The parameters that ask for these ids."""
        if resource.by_ids.endswith("[]"):
            return [(resource.by_ids, record_id) for record_id in ids]
        return [(resource.by_ids, ",".join(ids))]

    @abstractmethod
    def search(
        self, resource: Resource, markers: Sequence[Record], *, scope: Mapping[str, str] = NOTHING
    ) -> Iterator[dict[str, Any]]:
        """The records that hold one of the markers' values in the field the resource is searched by."""

    @abstractmethod
    def write(
        self, write: Write, payloads: Sequence[Record], *, key: str, scope: Mapping[str, str] = NOTHING
    ) -> list[Outcome]:
        """Send payloads in one request and say what became of each, in their order.

        `scope` fills the path, `{id}` included; `key` marks the attempt. Raises Rejected (the whole request),
        Busy, Disconnected, Lost and Broken.
        """


class Pages:
    """Watches a paged read: each record once, and an end even where the system has none."""

    def __init__(self, resource: Resource) -> None:
        self._key, self._seen, self._pages = resource.key, set[str](), set[tuple[str, ...]]()

    def fresh(self, records: Sequence[Any]) -> Iterator[dict[str, Any]]:
        """The page's records that were not read before. Raises Broken for a repeated page or nonsense."""
        if any(not isinstance(record, dict) for record in records):
            raise Broken("A list holds something that is not a record.")
        ids = tuple(str(dig(record, self._key)) for record in records)
        if ids and ids in self._pages or len(self._pages) > MOST_PAGES:
            raise Broken("The list repeats itself without an end.")
        self._pages.add(ids)
        for record_id, record in zip(ids, records, strict=True):
            if record_id not in self._seen:
                self._seen.add(record_id)
                yield record
