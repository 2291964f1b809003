"""Read a source that several lists of the company feed, each with a cursor of its own.

A record's group is its list's name and its id (`bills:0c3f…`), so that it can be read again from the right
list. Records come with `feed` (the list), `before` (the subjects it was sent as), `written` (whether OneCore
wrote it) and `listed` (whether it waits for somebody); the source's `split` says what each is and what it no
longer is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone

from integrations.base import Record, Resource, Subject, dig
from mappings.models import Link, LinkState
from runs import revisits, settle
from runs.chunks import CHUNK, SWEEP, Chunk, number_of, sweep_of
from runs.models import Cursor, Retry

if TYPE_CHECKING:
    from runs.sources import Source

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Feeds:
    """The lists of one source in one run."""

    def __init__(self, source: Source) -> None:
        self.source, self.part, self.asked = source, source.part, source.asked
        declared = source.integration.source
        more = (one for one, option in declared.also if not option or self.part.options.get(option))
        self.resources = {one.name: one for one in (declared.resource, *more)}
        self.own = Link.objects.of(self.part.tenant, source.integration.slug).standing()

    def chunks(self) -> Iterator[Chunk]:
        """Every batch of subjects the run was asked for."""
        if self.asked.subjects:
            yield from self._by_subjects(sorted(self.asked.subjects))
            return
        for resource in self.resources.values():
            if self.asked.scope == "record":
                yield from self._one(resource, self.asked.value.strip())
            else:
                yield from self._list(resource)
        self.source.whole = len(self.source.read_whole) == len(self.resources)

    # --- reading ------------------------------------------------------------------------------------------

    def _list(self, resource: Resource) -> Iterator[Chunk]:
        """A whole list, or what changed in it and what is to be looked at again."""
        since = self._since(resource) if self.asked.is_whole else None
        if self.asked.is_whole:
            self.source.read_at[resource.name, ""] = timezone.now()
        seen: set[str] = set()

        def noted() -> Iterator[Record]:
            client = self.source.clients[resource.system]
            for record in self.source.beating(client.read(resource, changed_since=since)):
                seen.add(str(dig(record, resource.key)))
                yield record

        yield from self._chunked(resource, noted())
        if not self.asked.is_whole:
            return
        if since is None:
            self.source.read_whole.add((resource.name, ""))
        again = self._again(resource, whole=since is None) | self._taken_over(resource, since)
        yield from self._by_ids(resource, sorted(again - seen))

    def _since(self, resource: Resource) -> datetime | None:
        """From when on changes are asked for; None to read everything.

        A project linked since everything was read may have records that are older.
        """
        rows = Cursor.objects.filter(tenant=self.part.tenant, integration=self.source.integration.slug)
        cursors = dict(rows.filter(project="").values_list("resource", "read_at"))
        swept = cursors.get(sweep_of(resource.name))
        if self.asked.anew or not resource.changed or swept is None or timezone.now() - swept > SWEEP:
            return None
        projects = Link.objects.of(self.part.tenant, "projects").linked()
        return None if projects.filter(created_at__gt=swept).exists() else cursors.get(resource.name)

    def _again(self, resource: Resource, *, whole: bool) -> set[str]:
        """The ids of records to be tried again; where the list was read whole, all that were sent."""
        begin = f"{resource.name}:"
        groups = set(self._retries().filter(group__startswith=begin).values_list("group", flat=True))
        if whole:
            sent = self.own.filter(group__startswith=begin).exclude(target_id="")
            groups |= set(sent.values_list("group", flat=True))
        return {group.removeprefix(begin) for group in groups}

    def _retries(self) -> QuerySet[Retry]:
        """The records to be tried again."""
        return Retry.objects.filter(tenant=self.part.tenant, integration=self.source.integration.slug)

    def _taken_over(self, resource: Resource, since: datetime | None) -> set[str]:
        """The ids of records sent from here that another integration linked since, and of those that were
        unlinked there: nothing else tells of that, where it left the record as it was.
        """
        if since is None:
            return set()
        links = Link.objects.filter(tenant=self.part.tenant, resource=resource.name, updated_at__gte=since)
        begin = f"{resource.name}:"
        groups = [f"{begin}{one}" for one in links.values_list("target_id", flat=True) if one]
        own = self.own.filter(group__in=groups).exclude(target_id="")
        taken = {group.removeprefix(begin) for group in own.values_list("group", flat=True)}
        return taken | set(links.given_back().values_list("target_id", flat=True))

    def _one(self, resource: Resource, value: str) -> Iterator[Chunk]:
        """The record of an id, or those of a number."""
        if GUID.fullmatch(value):
            yield from self._by_ids(resource, [value.lower()], gone=False)
            return
        wanted, names = value.casefold(), self.source.integration.source.by_number
        read = self.source.beating(self.source.clients[resource.system].read(resource))
        found = (one for one in read if wanted in [str(dig(one, name) or "").casefold() for name in names])
        yield from self._chunked(resource, found)

    def _by_subjects(self, keys: Sequence[str]) -> Iterator[Chunk]:
        """Certain subjects, by the records they are known to come from; others by the id they begin with."""
        places = revisits.places(self.part, self.asked, keys)
        groups = {places[key][1] for key in keys if key in places}
        loose = sorted({key.partition(":")[0] for key in keys if key not in places})
        for resource in self.resources.values():
            begin = f"{resource.name}:"
            ids = sorted(group.removeprefix(begin) for group in groups if group.startswith(begin))
            for chunk in (*self._by_ids(resource, ids), *self._by_ids(resource, loose, gone=False)):
                chunk.subjects = [one for one in chunk.subjects if {one.key, one.group} & set(keys)]
                if chunk.subjects:
                    yield chunk

    def _by_ids(self, resource: Resource, ids: Sequence[str], *, gone: bool = True) -> Iterator[Chunk]:
        if not ids:
            return
        missing, client = set(ids), self.source.clients[resource.system]

        def found() -> Iterator[Record]:
            for record in self.source.beating(client.read(resource, ids=list(ids))):
                missing.discard(str(dig(record, resource.key)))
                yield record

        yield from self._chunked(resource, found())
        lost = [one for one in sorted(missing) if gone and client.read_one(resource, one) is None]
        subjects = [one for record_id in lost for one in self._removed(f"{resource.name}:{record_id}")]
        if subjects:
            yield Chunk(subjects=subjects)

    def _removed(self, group: str) -> Iterator[Subject]:
        """What a record that is gone was sent as, or waited as."""
        keys = set(self.own.filter(group=group).values_list("subject", flat=True))
        keys |= set(self._retries().filter(group=group).values_list("subject", flat=True))
        for key in sorted(keys):
            yield Subject(key, {"id": key}, group, removed=True)

    # --- records to subjects ------------------------------------------------------------------------------

    def _chunked(self, resource: Resource, records: Iterator[Record]) -> Iterator[Chunk]:
        split = self.source.integration.source.split
        assert split is not None
        while some := list(islice(records, CHUNK)):
            joined = self.source.joiner.join(self._known(resource, some), "", {})
            subjects = [one for record in joined for one in split(record) if self._wanted(one)]
            places = {one.key: place_of(one.record) for one in subjects}
            if subjects:
                yield Chunk(
                    subjects=subjects, places={key: place for key, place in places.items() if place[0]}
                )

    def _known(self, resource: Resource, records: Sequence[Record]) -> list[dict[str, Any]]:
        """The records with what our own tables say of them."""
        ids = [str(dig(record, resource.key)) for record in records]
        groups = [f"{resource.name}:{one}" for one in ids]
        before: dict[str, list[str]] = {}
        for group, subject in self.own.filter(group__in=groups).values_list("group", "subject"):
            before.setdefault(group, []).append(subject)
        listed = set(self._retries().filter(group__in=groups).values_list("group", flat=True))
        written = self._written(resource, ids, records)
        return [
            {
                **record,
                "feed": resource.name,
                "group": f"{resource.name}:{key}",
                "before": sorted(set(before.get(f"{resource.name}:{key}", ()))),
                "written": key in written,
                "listed": f"{resource.name}:{key}" in listed,
            }
            for key, record in zip(ids, records, strict=True)
        ]

    def _written(self, resource: Resource, ids: Sequence[str], records: Iterable[Record]) -> set[str]:
        """Records that OneCore wrote, also unlinked ones and those whose answer is still out."""
        links = Link.objects.filter(tenant=self.part.tenant, resource=resource.name).written()
        found = set(links.filter(target_id__in=ids).values_list("target_id", flat=True))
        for link in links.filter(state=LinkState.SENDING, target_id=""):
            alike = [one for one in records if link.marker and settle.is_ours(link, one, resource)]
            found |= {str(dig(one, resource.key)) for one in alike}
        return found

    def _wanted(self, subject: Subject) -> bool:
        if self.asked.scope != "project":
            return True
        project_id, number = place_of(subject.record)
        return self.asked.value.strip().casefold() in (project_id, number.casefold())


def place_of(record: Record) -> tuple[str, str]:
    """The project a subject belongs to: its id and number."""
    project = record.get("project")
    return (str(project.get("id") or ""), number_of(project)) if isinstance(project, dict) else ("", "")
