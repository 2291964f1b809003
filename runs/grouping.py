"""Read a source whose records are put together: every subject that a changed record is or was in, whole.

Subjects span days, so records are read by days. Memory holds the records of one window, and of what reaches
beyond its end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from integrations import sentences
from integrations.base import Record, Resource, Subject, dig
from integrations.context import Context
from integrations.errors import Rejected
from integrations.groups import Group
from integrations.procore.resources import PROJECTS
from integrations.values import calendar_date
from mappings.models import Link
from runs import members
from runs.chunks import CHUNK, SWEEP, Chunk, number_of, placed, sweep_of
from runs.models import Cursor, Retry

if TYPE_CHECKING:
    from runs.sources import Source

WINDOW = timedelta(days=91)
CLOSE = timedelta(days=14)  # days that lie so near each other are read together
FAR = date(2100, 1, 1)
ROUNDS = 5  # a subject read again may send its records to another one, seldom further
Wanted = Callable[[str, Sequence[Record]], bool]


class Grouped:
    """The subjects of one grouped source in one run."""

    def __init__(self, source: Source, group: Group) -> None:
        self.source, self.group, self.part, self.asked = source, group, source.part, source.asked
        self.own = Link.objects.of(self.part.tenant, source.integration.slug).standing()
        self.start = calendar_date(self.part.options.get("start_date"))
        self.sent = set(self.own.linked().values_list("subject", flat=True))
        self.context = Context(
            options=self.part.options, today=self.part.today, by_subject=self.part.by_subject,
            by_target=self.part.by_target, catalogues=self.part.catalogues, labour=self.part.book.labour,
        )  # fmt: skip

    def chunks(self) -> Iterator[Chunk]:
        """Every batch of subjects the run was asked for."""
        if self.asked.subjects:
            yield from self._again({key for one in self.asked.subjects for key in self._keys_of(one)})
        elif self.asked.scope == "project":
            yield from self._of_project({key for key, _ in self.source.projects()})
        elif self.asked.scope == "record":
            yield from self._of_record(self.asked.value.strip())
        else:
            yield from self._all()

    # --- which subjects -----------------------------------------------------------------------------------

    def _all(self) -> Iterator[Chunk]:
        """What changed since the last run and what is to be looked at again; all of it once a week."""
        resource, since = self.source.resource, self._since()
        begun = self.source.read_at[resource.name, ""] = timezone.now()
        for target in self.source.watched():
            self.source.read_at.setdefault((target.name, ""), begun)
        if since is not None:
            yield from self._again(self._touched(since))
            return
        yield from self._whole(lambda key, records: True, set(self.own.values_list("subject", flat=True)))
        self.source.read_whole.add((resource.name, ""))
        self.source.whole = True

    def _since(self) -> datetime | None:
        """From when on changes are asked for; None to read everything: never yet, a week ago, new project."""
        rows = Cursor.objects.filter(tenant=self.part.tenant, integration=self.source.integration.slug)
        cursors = dict(rows.filter(project="").values_list("resource", "read_at"))
        swept = cursors.get(sweep_of(self.source.resource.name))
        if self.source.asked.anew or swept is None or timezone.now() - swept > SWEEP:
            return None
        projects = Link.objects.of(self.part.tenant, "projects").linked()
        newer = projects.filter(created_at__gt=swept).exists()
        return None if newer else cursors.get(self.source.resource.name)

    def _touched(self, since: datetime) -> set[str]:
        """The subjects of what changed or was deleted, those to be tried again, and those moved by others."""
        changed = [self._slim(one) for one in self._read(self.source.resource, since=since)]
        gone = [str(dig(one, "id")) for one in self._read(self.group.gone, since=since)]
        ids = [str(one["id"]) for one in changed]
        keys = {key for key in (self.group.key(one, self.context) for one in changed) if key}
        for found in members.former(self.part, [*ids, *gone]).values():
            keys |= found
        retries = Retry.objects.filter(tenant=self.part.tenant, integration=self.source.integration.slug)
        keys |= set(retries.values_list("subject", flat=True))
        return keys | self.source.target_moved("")

    def _of_project(self, projects: set[str]) -> Iterator[Chunk]:
        if not projects:
            return
        known = {key for key in self.sent if self.group.project(key) in projects}

        def wanted(key: str, records: Sequence[Record]) -> bool:
            place = self.group.project(key)
            return place in projects if place else bool(self.group.projects(records) & projects)

        yield from self._whole(wanted, known)

    def _of_record(self, value: str) -> Iterator[Chunk]:
        """A subject by its key, those of a record by its id, or those of a person by name."""
        keys = self._keys_of(value)
        if keys:
            yield from self._again(keys)
            return
        name = value.casefold()

        def of_person(key: str, records: Sequence[Record]) -> bool:
            return any(str(dig(one, "party.name")).casefold() == name for one in records)

        yield from self._whole(of_person, set())

    def _keys_of(self, value: str) -> set[str]:
        """The subjects that a person or a message means: by a subject's key, or by a record's id."""
        if is_key(value, self.group):
            return {value}
        keys = set(members.former(self.part, [value])[value])
        one = self.source.client.read_one(self.source.resource, value) if value.isdigit() else None
        return keys | ({self.group.key(one, self.context)} - {""} if one is not None else set())

    # --- reading by days ----------------------------------------------------------------------------------

    def _whole(self, wanted: Wanted, known: set[str]) -> Iterator[Chunk]:
        """Every subject there is that is wanted, window by window; then those known that have no records."""
        waiting: dict[str, list[Record]] = defaultdict(list)
        known = {key for key in known if self._stands_in_a_linked_project(key)}
        seen, done, left = set[str](), set[str](), set[str]()
        for first, last in self._windows():
            for key, record in self._placed(self._slim(one) for one in self._between(first, last)):
                waiting[key].append(record)
            ready = [key for key in waiting if last is None or self.group.days(key)[1] <= last]
            full = {key: waiting.pop(key) for key in ready}
            seen |= full.keys()
            some = {key: records for key, records in full.items() if wanted(key, records)}
            done, left = done | some.keys(), left | self._left(some)
            yield from self._subjects(some)
        older = {key for key in known - seen if self.group.is_before(key, self.start)}
        yield from self._subjects({key: [] for key in known - seen - older})
        yield from self._again(older | left - known - done, done)

    def _windows(self) -> Iterator[tuple[date | None, date | None]]:
        """Days from the start date on; without one, everything at once."""
        first = self.start
        if first is None:
            yield None, None
            return
        while first + WINDOW < self.part.today:
            yield first, first + WINDOW
            first += WINDOW + timedelta(days=1)
        yield first, None

    def _again(self, keys: set[str], besides: Iterable[str] = ()) -> Iterator[Chunk]:
        """Certain subjects, whole, and those their records have moved to or were sent as; not those done
        `besides`.
        """
        done = set(besides)
        for _ in range(ROUNDS):
            waiting = {key for key in keys - done if self._stands_in_a_linked_project(key)}
            moved = set[str]()
            for first, last, some in self._spans(waiting):
                held: dict[str, list[Record]] = {key: [] for key in some}
                moved |= self._fill(held, waiting, first, last)
                yield from self._subjects(held)
            done |= waiting
            keys = moved
            if not moved - done:
                return

    def _fill(self, held: dict[str, list[Record]], waiting: set[str], first: date, last: date) -> set[str]:
        """Put the records of these days into their subjects; gives others that some have moved to."""
        records = [self._slim(one) for one in self._between(first, last)]
        former = members.former(self.part, [str(one["id"]) for one in records])
        moved = set[str]()
        for key, record in self._placed(records):
            if key in held:
                held[key].append(record)
                moved |= former.get(str(record["id"]), set()) & self.sent - {key}
            elif former.get(str(record["id"]), set()) & waiting:
                moved.add(key)
        return moved

    def _left(self, held: Mapping[str, Sequence[Record]]) -> set[str]:
        """The other subjects that the records of some were sent as."""
        ids = {str(record["id"]): key for key, records in held.items() for record in records}
        former = members.former(self.part, list(ids))
        return {one for record_id, keys in former.items() for one in keys & self.sent - {ids[record_id]}}

    def _stands_in_a_linked_project(self, key: str) -> bool:
        """Whether a subject's project is linked: what was sent stays where a person took its project's link
        apart.
        """
        place = self.group.project(key) if is_key(key, self.group) else ""
        known = self.part.by_subject.get(("projects", place))
        return not place or bool(known and known.is_linked)

    def _spans(self, keys: Iterable[str]) -> Iterator[tuple[date, date, list[str]]]:
        """Runs of days to read together, each with its subjects."""
        first = last = FAR
        together: list[str] = []
        for (start, end), key in sorted(
            (self.group.days(key), key) for key in keys if is_key(key, self.group)
        ):
            if together and (start > last + CLOSE or end - first > WINDOW):
                yield first, last, together
                together = []
            first, last = (min(first, start), max(last, end)) if together else (start, end)
            together.append(key)
        if together:
            yield first, last, together

    def _between(self, first: date | None, last: date | None) -> Iterator[Record]:
        if first is None:
            return self._read(self.source.resource)
        days = {"start_date": first.isoformat(), "end_date": (last or FAR).isoformat()}
        asked = replace(self.source.resource, query={**self.source.resource.query, **days})
        return self._read(asked)

    def _read(self, resource: Resource, since: datetime | None = None) -> Iterator[Record]:
        scope = {"company_id": self.source.client.external_id}
        return self.source.beating(self.source.client.read(resource, scope=scope, changed_since=since))

    def _slim(self, record: Record) -> dict[str, Any]:
        """What is kept of a record in memory."""
        return {name: value for name, value in record.items() if name not in LEFT_OUT}

    def _placed(self, records: Iterable[Record]) -> Iterator[tuple[str, Record]]:
        """Each record with the subject it is part of; one that was sent may stay where it was."""
        some = list(records)
        former = members.former(self.part, [str(one.get("id")) for one in some])
        for record in some:
            key = self.group.key(record, self.context)
            before = sorted(former.get(str(record.get("id")), set()) & self.sent)
            stays = [one for one in before if one != key and self.group.stays_in(one, key, record)]
            # What was sent stays looked after, whatever the start date is now.
            if key and (before or not self.group.is_before(key, self.start)):
                yield (stays[0] if stays else key), record

    # --- records to subjects ------------------------------------------------------------------------------

    def _subjects(self, held: dict[str, list[Record]]) -> Iterator[Chunk]:
        """Subjects, project by project, with what is joined to their projects."""
        by_project: dict[str, list[str]] = defaultdict(list)
        for key in sorted(held):
            by_project[self.group.project(key)].append(key)
        for project_id, keys in by_project.items():
            project = self._project(project_id)
            for start in range(0, len(keys), CHUNK):
                some = keys[start : start + CHUNK]
                yield self._chunk(some, held, project_id, project)

    def _chunk(
        self, keys: Sequence[str], held: dict[str, list[Record]], project_id: str, project: Record
    ) -> Chunk:
        """Subjects of one project; where that may not be read, each says so and is looked at again."""
        unreadable = {}
        try:
            subjects = self._made(keys, held, project_id, project)
        except Rejected as refusal:
            reason = sentences.unreadable_project(number_of(project) or project_id, refusal.message)
            subjects, unreadable = self._alone(keys, held, project), dict.fromkeys(keys, reason)
        places = placed(subjects, project_id, project)
        return Chunk(subjects=subjects, places=places, unreadable=unreadable)

    def _alone(self, keys: Sequence[str], held: dict[str, list[Record]], project: Record) -> list[Subject]:
        """Subjects without what is joined to their project."""
        place = {"project": project}
        return [
            Subject(key, {"id": key, **place, **self.group.whole(key, held[key], place, self.context)}, key)
            for key in keys
        ]

    def _project(self, project_id: str) -> Record:
        known = self.source.catalogues.get(PROJECTS) if project_id else {}
        return known.get(project_id) or {"id": project_id}

    def _made(
        self, keys: Sequence[str], held: dict[str, list[Record]], project_id: str, project: Record
    ) -> list[Subject]:
        place = {"project_id": project_id, "project": project} if project_id else {}
        scope = {"project_id": project_id} if project_id else {}
        alive = [key for key in keys if held[key] or (self.group.stays and key in self.sent)]
        joined = self.source.joiner.join([{"id": key, **place} for key in alive], project_id, scope)
        found = [
            Subject(key, {**there, **self.group.whole(key, held[key], there, self.context)}, key)
            for key, there in zip(alive, joined, strict=True)
        ]
        gone = [Subject(key, {"id": key, **place}, key, removed=True) for key in keys if key not in alive]
        return [*found, *gone]


# What a card says of its signature, its timesheet and its author is never asked for.
LEFT_OUT = frozenset(
    {
        "procore_signature", "timesheet", "created_by", "login_information", "crew", "clock_in", "clock_out",
        "custom_fields", "automatically_split_timecard_entries",
    }
)  # fmt: skip


def is_key(key: str, group: Group) -> bool:
    """Whether a text has the form of a subject's key."""
    try:
        group.days(key)
    except (ValueError, IndexError):
        return False
    return True
