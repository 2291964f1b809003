"""Read what the targets hold, as far as a batch of drawings has to be compared with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from integrations import sentences
from integrations.base import Reason, Record, Resource, dig
from integrations.changes import Held, Wanted
from integrations.errors import Rejected
from mappings.context import RunPart
from runs.catalogues import Catalogues

Scope = tuple[tuple[str, str], ...]
FEW = 5  # single reads that cost less than a list


class Targets:
    """The target records of one integration in one run."""

    def __init__(
        self,
        part: RunPart,
        clients: Mapping[str, Any],
        catalogues: Catalogues,
        beating: Callable[[Iterable[Any]], Iterator[Any]],
    ) -> None:
        self.part, self.clients, self.catalogues, self.beating = part, clients, catalogues, beating
        self.resources = part.integration.targets()
        self._lists: dict[tuple[str, Scope], list[Record]] = {}
        self._whole: Held | None = None
        self.ids: set[str] = set()  # of the records read last, catalogues left out
        self.refused: dict[tuple[str, Scope], Reason] = {}  # what could not be read of those wanted last

    def held(self, wanted: Wanted) -> Held:
        """Everything wanted, with the catalogues; what the connected user may not read is `refused`."""
        held, self.ids, self.refused = self._catalogues(), set(), {}
        for (name, scope), ids in wanted.ids.items():
            resource = self.resources.get(name)
            if resource is not None and not resource.catalogue:
                self._add(held, resource, scope, self._by_ids(resource, scope, sorted(ids), wanted.same))
        for (name, scope), payloads in wanted.searches.items():
            resource = self.resources[name]
            self._add(held, resource, scope, self._search(resource, scope, payloads))
        return held

    def _add(self, held: Held, resource: Resource, scope: Scope, records: Iterable[Record]) -> None:
        try:
            for record in records:
                held.add(resource, {**dict(scope), **record})  # where it was found
                self.ids.add(str(dig(record, resource.key)))
        except Rejected as refusal:
            self.refused[resource.name, scope] = sentences.unreadable(resource, refusal.message)

    def forget(self) -> None:
        """Something was written: lists kept so far are stale."""
        self._lists.clear()
        self._whole = None

    def _catalogues(self) -> Held:
        """The catalogue targets; kept between batches where there are no other targets to add."""
        only = all(resource.catalogue for resource in self.resources.values())
        if only and self._whole is not None:
            return self._whole
        held = Held()
        for resource in self.resources.values():
            if resource.catalogue:
                for record in self.catalogues.get(resource).values():
                    held.add(resource, record)
        self._whole = held if only else None
        return held

    def _by_ids(
        self, resource: Resource, scope: Scope, ids: Sequence[str], same: Mapping[tuple[str, str], str]
    ) -> Iterator[Record]:
        client = self.clients[resource.system]
        if resource.read_each and len(ids) > FEW:
            listed = {str(dig(one, resource.key)): one for one in self._list(resource, scope)}
            brief = [
                listed[one]
                for one in ids
                if one in listed
                and same.get((resource.name, one)) == str(dig(listed[one], resource.version) or "-")
            ]
            yield from brief
            ids = sorted(set(ids) - {str(dig(one, resource.key)) for one in brief})
        if resource.by_ids or resource.one and (resource.read_each or len(ids) <= FEW):
            yield from self.beating(client.read(resource, scope=dict(scope), ids=list(ids)))
            return
        wanted = set(ids)
        for record in self._list(resource, scope):
            if str(dig(record, resource.key)) in wanted:
                yield record

    def _search(
        self, resource: Resource, scope: Scope, payloads: Sequence[Mapping[str, Any]]
    ) -> Iterator[Record]:
        if resource.search is not None and resource.search.style == "list":
            yield from self._list(resource, scope)
            return
        client = self.clients[resource.system]
        yield from self.beating(client.search(resource, payloads, scope=dict(scope)))

    def _list(self, resource: Resource, scope: Scope) -> Sequence[Record]:
        """A whole (scoped) list, read once until something is written."""
        key = (resource.name, scope)
        if key not in self._lists:
            read = self.clients[resource.system].read(resource, scope=dict(scope))
            self._lists[key] = list(self.beating(read))
        return self._lists[key]
