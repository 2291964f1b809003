"""Read the documents that other integrations linked: those that changed, or all by their ids once a week.

A document belongs to the project of its link; while that is not worked on, the document is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from integrations.base import Record, dig
from mappings.models import Link
from runs.chunks import Chunk
from runs.models import Cursor

if TYPE_CHECKING:
    from runs.sources import Source


class Followed:
    """The documents that one integration follows, in one run."""

    def __init__(self, source: Source) -> None:
        self.source, self.part, self.asked, self.resource = source, source.part, source.asked, source.resource
        self.links = Link.objects.filter(
            tenant=self.part.tenant, integration__in=source.integration.follows, resource=self.resource.name
        )
        self.worked_on = {"", *(key for key, _ in source.projects())}  # "": of no project
        self.projects = self._projects()
        self.at_rest = {one for one, place in self.projects.items() if place not in self.worked_on}

    def _projects(self) -> dict[str, str]:
        """The project of each document that is linked, or of which something was written while it was."""
        own = Link.objects.of(self.part.tenant, self.source.integration.slug).linked().exclude(group="")
        written = dict(own.values_list("group", "project_id"))
        return written | dict(self.links.linked().values_list("target_id", "project_id"))

    def chunks(self) -> Iterator[Chunk]:
        """Every batch of subjects the run was asked for."""
        if not self.asked.is_whole:
            yield from self._these(self._asked_for())
            return
        since, late, now = self.source.since(""), self._of_reopened(), timezone.now()
        self.source.read_at |= {(self.resource.name, key): now for key in self.worked_on}
        if since is None:
            yield from self._these(self.projects)
            self.source.read_whole.add((self.resource.name, ""))
            self.source.whole = True
            return
        seen: set[str] = set()

        def changed() -> Iterator[Record]:
            client = self.source.clients[self.resource.system]
            for record in self.source.beating(client.read(self.resource, changed_since=since)):
                key = str(dig(record, self.resource.key))
                if key in self.projects and key not in self.at_rest:
                    seen.add(key)
                    yield record

        yield from self.source.chunked(changed(), "", {})
        late = (late | self._linked_anew(since)) & self.projects.keys() - seen
        yield from self._these(late)
        yield from self.source.again(seen | late, "", {})

    def _these(self, ids: Iterable[str]) -> Iterator[Chunk]:
        yield from self.source.by_ids(sorted(ids), "", {}, gone=False)

    def _asked_for(self) -> Iterable[str]:
        if self.asked.scope == "project":
            return [one for one, place in self.projects.items() if place and place in self.worked_on]
        wanted = self.asked.value.strip()
        named = Q(target_id=wanted) | Q(subject=wanted) | Q(number__iexact=wanted)
        return set(self.links.linked().filter(named).values_list("target_id", flat=True))

    def _linked_anew(self, since: datetime) -> set[str]:
        """Documents of records whose link is another since then, those before it too: they need not have
        changed themselves.
        """
        subjects = self.links.filter(updated_at__gte=since).values("subject")
        return set(self.links.filter(subject__in=subjects).values_list("target_id", flat=True))

    def _of_reopened(self) -> set[str]:
        """Documents of projects that the last run left alone: what changed meanwhile is made up for."""
        cursors = Cursor.objects.filter(tenant=self.part.tenant, integration=self.source.integration.slug)
        read = dict(cursors.filter(resource=self.resource.name).values_list("project", "read_at"))
        current = {key for key, read_at in read.items() if read_at >= read[""]} if "" in read else {""}
        return {one for one, place in self.projects.items() if place not in current}
