"""Catalogues: small lists that are read whole, once a run, and kept for every integration of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from integrations.base import Record, Resource, dig

Read = TypeVar("Read")


class Catalogues:
    """The catalogues of one run, by resource name; each is read when first asked for."""

    def __init__(self, clients: Mapping[str, Any], beating: Callable[[Iterable[Any]], Iterator[Any]]) -> None:
        self.clients, self.beating = clients, beating
        self._kept: dict[str, dict[str, Record]] = {}
        self._resources: dict[str, Resource] = {}

    def get(self, resource: Resource) -> dict[str, Record]:
        """The whole list by key."""
        if resource.name not in self._kept:
            self._resources[resource.name] = resource
            records = self.beating(self._read(resource))
            self._kept[resource.name] = {str(dig(record, resource.key)): record for record in records}
        return self._kept[resource.name]

    def all(self, resources: Iterable[Resource]) -> dict[str, dict[str, Record]]:
        """Several catalogues by name. Those that others lie inside of or below are read, and given,
        with them.
        """
        found: dict[str, dict[str, Record]] = {}
        for resource in resources:
            found[resource.name] = self.get(resource)
        return found

    def of_project(self, resource: Resource, project_id: str) -> Iterable[Record]:
        """A project's list, read when first asked for."""
        key = f"{resource.name} of project {project_id}"
        if key not in self._kept:
            read = self._client(resource).read(resource, scope={"project_id": project_id})
            self._kept[key] = {str(dig(record, resource.key)): record for record in self.beating(read)}
        return self._kept[key].values()

    def forget(self, written: Resource) -> None:
        """Read a catalogue anew when next asked for, with those that hold it or are taken from it."""
        stale = {written.name, written.inside[0]}
        stale |= {name for name, resource in self._resources.items() if resource.inside[0] in stale - {""}}
        for name in stale:
            self._kept.pop(name, None)

    def _read(self, resource: Resource) -> Iterator[Record]:
        outer, inner, name = resource.inside
        if outer and outer in self._kept:
            yield from self._inside(outer, inner, name)
        elif resource.below is not None:
            yield from self._below(resource, *resource.below)
        elif resource.read_each:
            yield from self._each(resource)
        else:
            yield from self._client(resource).read(resource, scope=self._scope(resource))
        for hidden in resource.hidden:
            yield from self._client(hidden).read(hidden, scope=self._scope(hidden))

    def _inside(self, outer: str, inner: str, name: str) -> Iterator[Record]:
        key = self._resources[outer].key
        for record in self._kept[outer].values():
            for one in record.get(inner) or ():
                yield {**one, name: dig(record, key), key: dig(record, key)}

    def _below(self, resource: Resource, parent: Resource, name: str) -> Iterator[Record]:
        for parent_id in self.get(parent):
            for record in self._client(resource).read(
                resource, scope={**self._scope(resource), name: parent_id}
            ):
                yield {**record, name: parent_id}

    def _each(self, resource: Resource) -> Iterator[Record]:
        client = self._client(resource)
        for named in client.read(resource, scope=self._scope(resource)):
            whole = client.read_one(resource, str(dig(named, resource.key)), scope=self._scope(resource))
            yield whole or named

    def _client(self, resource: Resource) -> Any:
        return self.clients[resource.system]

    def _scope(self, resource: Resource) -> dict[str, str]:
        return {"company_id": self._client(resource).external_id} if "company_id" in resource.scope else {}
