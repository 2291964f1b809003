"""Put other resources' records into source records, as a source declares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from integrations.base import Join, Record, Resource, dig
from integrations.context import Context
from integrations.expressions import Node
from mappings.context import RunPart
from mappings.models import Link, LinkQuerySet
from runs import company_joins
from runs.catalogues import Catalogues
from runs.closing import open_of
from runs.uses import asked_for, of_projects

LONGEST_CHAIN = 20
LISTS = ("project", "whole")  # read once for all records; everything else costs calls for each


class Joiner:
    """Joins for one integration in one run; a project's lists are read once, when first needed."""

    def __init__(
        self,
        part: RunPart,
        clients: Mapping[str, Any],
        catalogues: Catalogues,
        beating: Callable[[Iterable[Any]], Iterator[Any]],
        projects: Callable[[], Iterable[tuple[str, Record]]] = tuple,
    ) -> None:
        self.part, self.clients, self.catalogues, self.beating = part, clients, catalogues, beating
        self.projects = projects  # the linked ones a run looks at
        self.source = part.integration.source
        self.project_id = ""
        self._lists: dict[tuple[str, str], dict[str, Record]] = {}
        self._by_id: dict[str, dict[str, Record | None]] = defaultdict(dict)
        self.kept: dict[tuple[str, str], dict[str, Any]] = {}  # what joins of the company keep for the run

    def join(
        self,
        records: Sequence[Record],
        project_id: str,
        scope: Mapping[str, str],
        settled: Mapping[str, str] | None = None,
    ) -> list[dict[str, Any]]:
        """The records with everything joined to them; without those whose lists say what they said when
        they were last looked at (`settled`: record -> stamp).
        """
        if project_id != self.project_id:
            self.project_id, self._lists = project_id, {}
            self._by_id.clear()
        joined = [dict(record) for record in records]
        joins, stamp = self.source.joins, self.source.stamp
        if stamp is not None:
            joins = tuple(sorted(joins, key=lambda join: join.per not in LISTS))
        for join in joins:
            if stamp is not None and join.per not in LISTS:
                joined, stamp = self._stamped(joined, stamp, settled or {}), None
            if join.when is None or join.when[0] in self.part.ever_on:
                READERS[join.per](self, join, joined, scope)
        return self.follow(joined) if self.part.integration.follows else joined

    def _stamped(
        self,
        records: Sequence[dict[str, Any]],
        stamp: Callable[[Record, date], str],
        settled: Mapping[str, str],
    ) -> list[dict[str, Any]]:
        """The records with their stamps, those that have no other one left out."""
        key = self.source.resource.key
        stamped = [record | {"stamp": stamp(record, self.part.today)} for record in records]
        return [one for one in stamped if not one["stamp"] or settled.get(str(dig(one, key))) != one["stamp"]]

    def follow(self, records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Followed targets with the link that leads to each as `link`, and its subject's other documents as
        `own`; one that no link leads to any more has as `instead` the link that came in its place.
        """
        resource = self.source.resource
        ids = [str(dig(record, resource.key)) for record in records]
        links = Link.objects.filter(
            tenant=self.part.tenant, integration__in=self.part.integration.follows
        ).linked()
        leading = {link.target_id: link for link in links.filter(resource=resource.name, target_id__in=ids)}
        others: dict[tuple[str, str], list[Link]] = defaultdict(list)
        for other in links.filter(group__in=[link.group for link in leading.values() if link.group]):
            others[other.integration, other.group].append(other)
        mentioned, kin = self._mentioned(links, records), self._kin(links, leading.values())
        instead = self._instead(links, [one for one in ids if one not in leading])
        for record, target_id in zip(records, ids, strict=True):
            link = leading.get(target_id)
            if link is not None:
                own = [one for one in others[link.integration, link.group] if one.pk != link.pk]
                record["link"], record["own"] = _shown(link), [_shown(one) for one in own]
                record["mentioned"] = {
                    key: mentioned[key] for key in self._spoken_of(record) if key in mentioned
                }
                record["kin"] = kin.get(link.pk, [])
            elif target_id in instead:
                record["instead"] = _shown(instead[target_id]) | {"title": instead[target_id].title}
        return list(records)

    def _instead(self, links: LinkQuerySet, unlinked: Sequence[str]) -> dict[str, Link]:
        """For targets that are linked no more, the link that their record has now."""
        follows, resource = self.part.integration.follows, self.source.resource
        ended = Link.objects.filter(tenant=self.part.tenant, integration__in=follows, resource=resource.name)
        rows = list(ended.filter(target_id__in=unlinked).order_by("updated_at")) if unlinked else []
        last = {one.target_id: (one.integration, one.role, one.subject) for one in rows}
        now = links.filter(subject__in=[one.subject for one in rows]) if rows else ()
        standing = {(one.integration, one.role, one.subject): one for one in now}
        return {target_id: standing[key] for target_id, key in last.items() if key in standing}

    def _spoken_of(self, record: Record) -> list[str]:
        return list(self.source.mentions(record)) if self.source.mentions else []

    def _mentioned(self, links: LinkQuerySet, records: Sequence[Record]) -> dict[str, dict[str, Any]]:
        """The links of further targets that the records speak of, by target."""
        wanted = {key for record in records for key in self._spoken_of(record)}
        return {link.target_id: _shown(link) for link in links.filter(target_id__in=wanted)} if wanted else {}

    def _kin(self, links: LinkQuerySet, leading: Iterable[Link]) -> dict[int, list[dict[str, Any]]]:
        """For each link that wants them, all links of its contract."""
        asked = self.source.kin
        contracts = {link.pk: contract for link in leading if asked and (contract := asked(_shown(link)))}
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        values = [
            value
            for name in set(contracts.values())
            for value in (name, int(name) if name.isdigit() else name)
        ]
        for link in links.filter(details__contract__in=values) if values else ():
            found[str(link.details["contract"])].append(_shown(link))
        return {pk: found[contract] for pk, contract in contracts.items()}

    # --- the ways of joining ------------------------------------------------------------------------------

    def _project(self, join: Join, records: Sequence[dict[str, Any]], scope: Mapping[str, str]) -> None:
        """A project's whole list, read once."""
        wanted = {str(value) for record in records if (value := dig(record, join.on)) not in (None, "")}
        if not wanted:
            return
        held = [self._list(resource, scope) for resource in told(join, records)]
        self._put(join, records, held)

    def _whole(self, join: Join, records: Sequence[dict[str, Any]], scope: Mapping[str, str]) -> None:
        """A catalogue of the company."""
        self._put(join, records, [self.catalogues.get(resource) for resource in join.resources])

    def _ids(self, join: Join, records: Sequence[dict[str, Any]], scope: Mapping[str, str]) -> None:
        """Only the records wanted, by their ids."""
        if join.ids is not None:
            self._named(join, records, scope)
            return
        wanted = {str(value) for record in records if (value := dig(record, join.on)) not in (None, "")}
        held = []
        for resource in join.resources:
            self._fetch(resource, wanted, scope)
            known = self._by_id[resource.name]
            held.append({key: found for key in wanted if (found := known.get(key)) is not None})
        self._put(join, records, held)

    def _named(self, join: Join, records: Sequence[dict[str, Any]], scope: Mapping[str, str]) -> None:
        """The records whose ids each source record says in its own way."""
        wanted = [list(join.ids(record)) for record in records] if join.ids else []
        for resource in join.resources:
            self._fetch(resource, {key for keys in wanted for key in keys}, scope)
        for record, keys in zip(records, wanted, strict=True):
            read = (self._by_id[resource.name].get(key) for resource in join.resources for key in keys)
            found = [one for one in read if one is not None]
            record[join.name] = found if join.many else next(iter(found), None)

    def _record(self, join: Join, records: Sequence[dict[str, Any]], scope: Mapping[str, str]) -> None:
        """One call for each record that is worth it."""
        context = self.context_of(records)
        for record in records:
            values = list(join.ids(record)) if join.ids else [dig(record, join.on)]
            if values in ([], [None], [""]) or join.only and not join.only(Node(record), context):
                continue
            found: list[Record] = []
            for resource in join.resources:
                asked = replace(resource, query={**resource.query, **join.query}) if join.query else resource
                one_page = "per_page" in join.query
                asked = replace(asked, paged=False) if one_page else asked
                for value in values:
                    read = self._below if join.on == "id" else self._once_below
                    found += read(asked, str(value), scope)
            record[join.name] = found if join.many else next(iter(found), None)

    def _below(self, resource: Resource, value: str, scope: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """The list below one record, whose id fills what the scope leaves open of the path."""
        known = {"project_id": self.project_id} if self.project_id else {}
        named = {**known, **scope}
        names = {name: named.get(name, value) for name in resource.scope if name != "company_id"}
        yield from self.beating(self.clients[resource.system].read(resource, scope=names))

    def _once_below(
        self, resource: Resource, value: str, scope: Mapping[str, str]
    ) -> Iterable[dict[str, Any]]:
        """The same below a record that several of them name, read once in a project."""
        key = (resource.name, value)
        if key not in self._lists:
            read = self._below(resource, value, scope)
            self._lists[key] = {str(dig(one, resource.key)): one for one in read}
        return [dict(one) for one in self._lists[key].values()]

    def _chain(self, join: Join, records: Sequence[dict[str, Any]], scope: Mapping[str, str]) -> None:
        """Back along a chain of source records, past those that do not count."""
        resource, known = self.source.resource, self._by_id["chain"]
        for record in records:
            known[str(dig(record, resource.key))] = record
        waiting = {id(record): str(dig(record, join.on) or "") for record in records}
        for _ in range(LONGEST_CHAIN):
            self._fetch(resource, {key for key in waiting.values() if key}, scope, kept="chain")
            moved = False
            for record in records:
                key = waiting[id(record)]
                found = known.get(key) if key else None
                if found is not None and _passed_over(join, found):
                    waiting[id(record)], moved = str(dig(found, join.on) or ""), True
            if not moved:
                break
        for record in records:
            found = known.get(waiting[id(record)])
            # Without its own predecessor, or a whole history would be carried along.
            record[join.name] = (
                {k: v for k, v in found.items() if k != join.name} if found is not None else None
            )
        self._forget(join, records)

    def _forget(self, join: Join, records: Sequence[Record]) -> None:
        """Keep only records that nobody has come after yet: memory grows with contracts, not with claims."""
        known = self._by_id["chain"]
        for record in records:
            previous = record.get(join.name)
            if isinstance(previous, Mapping):
                known.pop(str(dig(previous, self.source.resource.key)), None)

    # --- reading ------------------------------------------------------------------------------------------

    def _list(self, resource: Resource, scope: Mapping[str, str]) -> dict[str, Record]:
        key = (resource.name, self.project_id)
        if key not in self._lists:
            names = {**scope, "project_id": self.project_id} if self.project_id else dict(scope)
            wanted = {name: value for name, value in names.items() if name in resource.scope}
            read = self.beating(self.clients[resource.system].read(resource, scope=wanted))
            self._lists[key] = {str(dig(record, resource.key)): record for record in read}
        return self._lists[key]

    def _fetch(
        self, resource: Resource, wanted: Iterable[str], scope: Mapping[str, str], kept: str = ""
    ) -> None:
        known = self._by_id[kept or resource.name]
        missing = sorted(key for key in wanted if key not in known)
        if not missing:
            return
        known.update(dict.fromkeys(missing))
        names = {name: value for name, value in scope.items() if name in resource.scope}
        for record in self.beating(self.clients[resource.system].read(resource, scope=names, ids=missing)):
            known[str(dig(record, resource.key))] = record

    def _put(
        self, join: Join, records: Sequence[dict[str, Any]], held: Sequence[Mapping[str, Record]]
    ) -> None:
        if join.many:
            by_back = _by_back(join, held)
            for record in records:
                value = str(dig(record, join.on)) if join.on else ""
                record[join.name] = (
                    by_back.get(value, []) if join.back else [one for some in held for one in some.values()]
                )
            return
        for record in records:
            key = str(dig(record, join.on))
            record[join.name] = next((some[key] for some in held if key in some), None)

    def context_of(self, records: Sequence[Record]) -> Context:
        """What a join's `only` may ask for: options and the integration's own links."""
        keys = [str(dig(record, self.source.resource.key)) for record in records]
        links = (
            Link.objects.of(self.part.tenant, self.part.integration.slug).standing().filter(subject__in=keys)
        )
        own = {(link.role, link.subject): link.known() for link in links}
        return Context(options=self.part.options, today=self.part.today, own=own, scope=self.part.scope,
                       catalogues=self.part.catalogues, by_target=self.part.by_target)  # fmt: skip


def told(join: Join, records: Sequence[Record]) -> Sequence[Resource]:
    """The resources that hold what the records name, by what they say of its kind; all where they do not."""
    name, kinds = join.told
    named = {str(dig(record, name)) for record in records} if name else set()
    if not named or not named <= set(kinds):
        return join.resources
    return [resource for resource, kind in zip(join.resources, kinds, strict=True) if kind in named]


def _passed_over(join: Join, record: Record) -> bool:
    return any(dig(record, name) in values for name, values in join.passes_over.items())


def _by_back(join: Join, held: Sequence[Mapping[str, Record]]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for some in held:
        for record in some.values():
            found[str(dig(record, join.back))].append(record)
    return found


def _shown(link: Link) -> dict[str, Any]:
    """What a source record may read of a link."""
    names = (
        "integration",
        "role",
        "subject",
        "group",
        "resource",
        "target_id",
        "amount",
        "number",
        "details",
    )
    return {name: getattr(link, name) for name in names}


READERS: Mapping[str, Callable[[Joiner, Join, Sequence[dict[str, Any]], Mapping[str, str]], None]] = {
    "project": Joiner._project,
    "whole": Joiner._whole,
    "ids": Joiner._ids,
    "record": Joiner._record,
    "chain": Joiner._chain,
    "projects": of_projects,
    "asked": asked_for,
    "open": open_of,
    "linked": company_joins.linked,
    "each": company_joins.each_project,
    "links": company_joins.links,
}
