"""Read the source records a run works on, with what is joined to them, as batches of subjects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any

from django.utils import timezone

from integrations.base import Record, Resource, Subject, dig
from integrations.errors import Rejected
from integrations.procore.resources import PROJECTS
from mappings.context import RunPart
from mappings.models import Link
from runs import revisits
from runs.catalogues import Catalogues
from runs.chunks import CHUNK, SWEEP, Asked, Chunk, gathered, number_of, placed, sweep_of
from runs.feeds import Feeds
from runs.followed import Followed
from runs.grouping import Grouped
from runs.joins import Joiner
from runs.models import Cursor, Retry


class Source:
    """Reads one integration's source records for one run."""

    def __init__(
        self,
        part: RunPart,
        asked: Asked,
        clients: Mapping[str, Any],
        catalogues: Catalogues,
        beating: Callable[[Iterable[Any]], Iterator[Any]],
    ) -> None:
        self.part, self.asked, self.clients, self.catalogues, self.beating = (
            part,
            asked,
            clients,
            catalogues,
            beating,
        )
        self.integration, self.resource = part.integration, part.integration.source.resource
        self.client = clients[self.resource.system]
        self.joiner = Joiner(part, clients, catalogues, beating, self.projects)
        self.read_at: dict[tuple[str, str], datetime] = {}  # (resource, project) -> when reading began
        self.read_whole: set[tuple[str, str]] = set()
        self.whole = False  # whether every record there is has been looked at
        self.unreadable: dict[str, tuple[str, str]] = {}  # project -> number, why it could not be read

    # --- what is read -----------------------------------------------------------------------------------

    def chunks(self) -> Iterator[Chunk]:
        """Every batch of subjects the run was asked for, project by project."""
        return gathered(self._all())

    def _all(self) -> Iterator[Chunk]:
        if self.integration.source.also:
            yield from Feeds(self).chunks()
        elif self.integration.source.group is not None:
            yield from Grouped(self, self.integration.source.group).chunks()
        elif self.asked.subjects:
            yield from self._by_subjects(sorted(self.asked.subjects))
        elif not self.integration.per_project:
            yield from self._company()
        else:
            for project_id, project in self.projects():
                yield from self._as_far_as_readable(project_id, project, self._project(project_id, project))

    def _as_far_as_readable(
        self, project_id: str, project: Record, chunks: Iterator[Chunk]
    ) -> Iterator[Chunk]:
        """A project's batches; one that the connected user may not see is read whole once that is mended."""
        try:
            yield from chunks
        except Rejected as refusal:
            self.unreadable[project_id] = (self._named(project), refusal.message)
            self.read_at.pop((self.resource.name, project_id), None)
            self.read_whole.discard((self.resource.name, project_id))

    def projects(self) -> list[tuple[str, Record]]:
        """The linked projects the run looks at, with their records:
        active or not, in the order of their links.
        """
        linked = Link.objects.of(self.part.tenant, "projects").linked().filter(role="option").order_by("pk")
        ids = list(linked.values_list("subject", flat=True))
        records = self.catalogues.get(PROJECTS)
        found = [(project_id, records.get(project_id) or {"id": project_id}) for project_id in ids]
        if self.asked.scope == "project":
            wanted = self.asked.value.strip().casefold()
            found = [(key, record) for key, record in found if wanted in (key, number_of(record).casefold())]
        wanted_of, options = self.integration.source.for_project, self.part.options
        found = [(key, one) for key, one in found if wanted_of is None or wanted_of(one, options)]
        return [(key, record) for key, record in found if record.get("active") is not False]

    def read_projects(self) -> list[str]:
        """The numbers of the projects that were read."""
        return [self._named(one) for key, one in self.projects() if key not in self.unreadable]

    @cached_property
    def followed(self) -> Followed | None:
        """The documents of others that this integration follows; None where it has its own source."""
        return Followed(self) if self.integration.follows else None

    def _company(self) -> Iterator[Chunk]:
        """A source that has no projects: read whole."""
        if self.followed is not None:
            yield from self.followed.chunks()
            return
        if self._is_catalogue():
            records: Iterable[Record] = self.catalogues.get(self.resource).values()
        else:
            records = self.client.read(self.resource, scope=self.scope_of(""))
        seen: set[str] = set()

        def chosen() -> Iterator[Record]:
            for record in self.beating(records):
                seen.add(str(dig(record, self.resource.key)))
                if self._asked_for(record):
                    yield record

        yield from self.chunked(chosen(), "", {})
        self.read_whole.add((self.resource.name, ""))
        if self.asked.is_whole:
            self.whole = True
            yield from self._gone(seen, "")

    def _project(self, project_id: str, project: Record) -> Iterator[Chunk]:
        if self.asked.scope == "record":
            records = (record for record in self._read(project_id, None) if self._asked_for(record))
            yield from self.chunked(records, project_id, project)
            return
        since = self.since(project_id) if self.asked.is_whole else None
        self.read_at[self.resource.name, project_id] = timezone.now()
        seen: set[str] = set()

        def noted() -> Iterator[Record]:
            for record in self._read(project_id, since):
                seen.add(str(dig(record, self.resource.key)))
                yield record

        settled = self._settled(project_id)
        yield from self.chunked(noted(), project_id, project, settled)
        if settled is not None:
            yield from self._gone(seen, project_id, project)
        elif since is None:
            self.read_whole.add((self.resource.name, project_id))
            # Its targets are compared in this run; whoever changes them from now on is for the next one.
            for target in self.watched():
                self.read_at.setdefault((target.name, ""), self.read_at[self.resource.name, project_id])
            yield from self._gone(seen, project_id, project)
        else:
            yield from self.again(seen, project_id, project)

    def _settled(self, project_id: str) -> dict[str, str] | None:
        """The stamps of records that need no look unless theirs is another; None where all are looked at."""
        if self.asked.anew or not self.asked.is_whole or self.integration.source.stamp is None:
            return None
        own = Cursor.objects.filter(tenant=self.part.tenant, integration=self.integration.slug)
        swept = own.filter(project=project_id, resource=sweep_of(self.resource.name)).first()
        if swept is None or timezone.now() - swept.read_at > SWEEP:
            return None
        return revisits.settled(self.part, project_id, self.target_moved(project_id))

    def _read(self, project_id: str, since: datetime | None) -> Iterator[Record]:
        scope = self.scope_of(project_id)
        return self.beating(self.client.read(self.resource, scope=scope, changed_since=since))

    def since(self, project_id: str) -> datetime | None:
        """From when on changes are asked for; None to read everything:
        new project, or a week since it was.
        """
        cursors = Cursor.objects.filter(
            tenant=self.part.tenant, integration=self.integration.slug, project=project_id
        )
        found = {cursor.resource: cursor.read_at for cursor in cursors}
        swept = found.get(sweep_of(self.resource.name))
        if self.asked.anew or not self.resource.changed or swept is None or timezone.now() - swept > SWEEP:
            return None
        return found.get(self.resource.name)

    # --- what is read besides what changed ----------------------------------------------------------------

    def again(self, seen: set[str], project_id: str, project: Record) -> Iterator[Chunk]:
        """Records that did not change: to be tried again, whose target moved,
        or that follow a changed one.
        """
        retries = Retry.objects.filter(
            tenant=self.part.tenant, integration=self.integration.slug, project=project_id
        )
        ids = {group or subject for subject, group in retries.values_list("subject", "group")}
        ids |= self.target_moved(project_id) | revisits.followers(self.part, seen, project_id)
        yield from self.by_ids(sorted(ids - seen), project_id, project)

    def target_moved(self, project_id: str) -> set[str]:
        moved = self.__dict__.setdefault("_moved", None)
        if moved is None:
            moved = self._moved = self._read_moved()
        return moved.get(project_id, set())

    def watched(self) -> list[Resource]:
        """The targets that can be asked for what others changed."""
        targets = self.integration.targets().values()
        return [one for one in targets if one.changed and one.version and not one.catalogue and not one.scope]

    def _read_moved(self) -> dict[str, set[str]]:
        """By project, the source records whose target changed since the last run, other than by us."""
        groups: dict[str, set[str]] = {}
        for resource in self.watched():
            cursor = Cursor.objects.filter(
                tenant=self.part.tenant, integration=self.integration.slug, resource=resource.name, project=""
            ).first()
            self.read_at.setdefault((resource.name, ""), timezone.now())
            if cursor is None:
                continue
            read = self.clients[resource.system].read(resource.in_brief(), changed_since=cursor.read_at)
            versions = {
                str(dig(one, resource.key)): str(dig(one, resource.version)) for one in self.beating(read)
            }
            for project_id, group, subject in revisits.links_moved(self.part, resource, versions):
                groups.setdefault(project_id, set()).add(group or subject)
        return groups

    def _gone(self, seen: set[str], project_id: str, project: Record | None = None) -> Iterator[Chunk]:
        """Linked records that the whole list does not hold:
        each is asked for by its id before it counts as gone.
        """
        links = Link.objects.of(self.part.tenant, self.integration.slug).standing().exclude(target_id="")
        if self.integration.per_project:
            links = links.filter(project_id=project_id)
        ids = {group or subject for group, subject in links.values_list("group", "subject")} - seen
        yield from self.by_ids(sorted(ids), project_id, project or {})

    # --- by key -------------------------------------------------------------------------------------------

    def _by_subjects(self, keys: Sequence[str]) -> Iterator[Chunk]:
        """Certain records, read by their ids in the projects they are known to be in."""
        places = revisits.places(self.part, self.asked, keys)
        wanted = set(keys)
        if not self.integration.per_project:
            yield from self._only(
                wanted, self.by_ids(sorted({places.get(key, ("", key))[1] for key in keys}), "", {})
            )
            return
        for project_id, project in self.projects():
            ids = {places[key][1] for key in keys if key in places and places[key][0] == project_id}
            ids |= {key for key in keys if key not in places}
            found = self.by_ids(sorted(ids), project_id, project, gone=bool(places))
            yield from self._as_far_as_readable(project_id, project, self._only(wanted, found))

    def _only(self, wanted: set[str], chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        for chunk in chunks:
            chunk.subjects = [one for one in chunk.subjects if {one.key, one.group} & wanted]
            if chunk.subjects:
                yield chunk

    def by_ids(
        self, ids: Sequence[str], project_id: str, project: Record, *, gone: bool = True
    ) -> Iterator[Chunk]:
        if self.followed is not None:
            ids = [one for one in ids if one not in self.followed.at_rest]
        if not ids:
            return
        scope, missing = self.scope_of(project_id), set(ids)
        known = self.catalogues.get(self.resource) if self._is_catalogue() else None

        def found() -> Iterator[Record]:
            read = (
                [known[one] for one in ids if one in known]
                if known is not None
                else self.client.read(self.resource, scope=scope, ids=list(ids))
            )
            for record in self.beating(read):
                missing.discard(str(dig(record, self.resource.key)))
                yield record

        yield from self.chunked(found(), project_id, project)
        if gone:
            yield from self._missing(sorted(missing), project_id, project, scope, known is None)

    def _missing(
        self, ids: Sequence[str], project_id: str, project: Record, scope: Mapping[str, str], ask: bool
    ) -> Iterator[Chunk]:
        """Records that a list left out: asked for one by one; what is not there is gone."""
        there, removed = [], []
        for record_id in ids:
            record = (
                self.client.read_one(self.resource, record_id, scope=scope)
                if ask and self.resource.one
                else None
            )
            if record is not None:
                there.append(record)
            else:
                removed += self._removed(record_id)
        yield from self.chunked(iter(there), project_id, project)
        if removed:
            yield Chunk(subjects=removed, places=placed(removed, project_id, project))

    def _removed(self, record_id: str) -> list[Subject]:
        links = Link.objects.of(self.part.tenant, self.integration.slug).standing()
        keys = links.filter(group=record_id).values_list("subject", flat=True).distinct()
        return [Subject(key, {"id": record_id}, record_id, removed=True) for key in keys or [record_id]]

    # --- records to subjects ------------------------------------------------------------------------------

    def chunked(
        self,
        records: Iterator[Record],
        project_id: str,
        project: Record,
        settled: Mapping[str, str] | None = None,
    ) -> Iterator[Chunk]:
        while some := list(islice(records, CHUNK)):
            if project_id:
                some = [{"project_id": project_id, **one, "project": project} for one in some]
            joined = self.joiner.join(some, project_id, self.scope_of(project_id), settled)
            subjects = self.subjects_of(joined)
            yield Chunk(
                subjects=subjects,
                places=placed(subjects, project_id, project),
                followed={str(dig(record, self.resource.key)) for record in joined}
                if self.integration.follows
                else set(),
            )

    def subjects_of(self, records: Sequence[Record]) -> list[Subject]:
        """What is planned of records: each itself, or the parts it is split into
        and those it no longer has.
        """
        keys = [str(dig(record, self.resource.key)) for record in records]
        split = self.integration.source.split
        if split is None:
            return [Subject(key, record, key) for key, record in zip(keys, records, strict=True)]
        links = Link.objects.of(self.part.tenant, self.integration.slug).standing().filter(group__in=keys)
        before: dict[str, set[str]] = {}
        for group, subject in links.values_list("group", "subject"):
            before.setdefault(group, set()).add(subject)
        found = []
        for key, record in zip(keys, records, strict=True):
            parts = list(split(record))
            lost = self._lost(record, before.get(key, set()), {part.key for part in parts})
            found += parts + [Subject(one, record, key, removed=True) for one in sorted(lost)]
        return found

    def _lost(self, record: Record, sent: set[str], parts: set[str]) -> set[str]:
        """Parts that were sent and are no longer there.

        Of a followed document that nothing is linked to for now, a share of a part stays with the part.
        """
        lost = sent - parts
        if self.followed is None or record.get("link") or record.get("instead"):
            return lost
        return {one for one in lost if one.rpartition(":")[0] not in parts}

    def scope_of(self, project_id: str) -> dict[str, str]:
        """The ids that the source's paths need."""
        known = {"company_id": self.client.external_id, "project_id": project_id}
        return {name: known[name] for name in self.resource.scope if known.get(name)}

    def _asked_for(self, record: Record) -> bool:
        """Whether a record is the one a person asked for, by its id or a number people know it by."""
        if self.asked.is_whole:
            return True
        if self.asked.scope == "project":
            return self.integration.slug != "projects" or self._is_project(record)
        wanted = self.asked.value.strip().casefold()
        held = [dig(record, name) for name in (self.resource.key, *self.integration.source.by_number)]
        return wanted in [str(value).strip().casefold() for value in held if value not in (None, "")]

    def _is_project(self, record: Record) -> bool:
        wanted = self.asked.value.strip().casefold()
        return wanted in (number_of(record).casefold(), str(record.get("id")))

    def _is_catalogue(self) -> bool:
        return self.resource.catalogue or bool(self.resource.below)

    def _named(self, project: Record) -> str:
        return number_of(project) or str(project.get("id"))
