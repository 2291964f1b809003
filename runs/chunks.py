"""What a run is asked to look at, and the batches of subjects it looks at together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from integrations.base import Reason, Record, Subject

CHUNK = 200
OVERLAP = timedelta(minutes=10)  # late commits: Airbyte's cursors look back as far
SWEEP = timedelta(days=7)  # the longest time between two readings of everything


@dataclass(kw_only=True)
class Chunk:
    """Subjects that are planned together. `followed` are ids of other integrations' targets they speak of."""

    subjects: list[Subject]
    places: dict[str, tuple[str, str]] = field(default_factory=dict)  # subject -> project's id and number
    followed: set[str] = field(default_factory=set)
    unreadable: dict[str, Reason] = field(default_factory=dict)  # subject -> why what it needs was not read

    def project_id(self, subject: str) -> str:
        """The project a subject is read in, "" where there is none."""
        return self.places.get(subject, ("", ""))[0]

    def project(self, subject: str) -> str:
        """That project's number."""
        return self.places.get(subject, ("", ""))[1]

    def add(self, other: Chunk) -> None:
        """Take another chunk's subjects in."""
        self.subjects += other.subjects
        self.places |= other.places
        self.followed |= other.followed
        self.unreadable |= other.unreadable

    def taken(self, count: int) -> Chunk:
        """Its first subjects as a chunk of their own; here they are no longer."""
        first, self.subjects = self.subjects[:count], self.subjects[count:]
        places = {one.key: self.places[one.key] for one in first if one.key in self.places}
        followed = {one.group or one.key for one in first} & self.followed
        left = {one.group or one.key for one in self.subjects}
        self.places = {one.key: self.places[one.key] for one in self.subjects if one.key in self.places}
        self.followed &= left
        unreadable = {one.key: self.unreadable.pop(one.key) for one in first if one.key in self.unreadable}
        return Chunk(subjects=first, places=places, followed=followed, unreadable=unreadable)


def gathered(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """The same subjects in chunks of one size: projects share the look-ups of their targets."""
    waiting = Chunk(subjects=[])
    for chunk in chunks:
        waiting.add(chunk)
        while len(waiting.subjects) >= CHUNK:
            yield waiting.taken(CHUNK)
    if waiting.subjects:
        yield waiting


@dataclass(kw_only=True)
class Asked:
    """What a run was asked to look at: everything, one project by its number, or certain records."""

    scope: str = "everything"
    value: str = ""
    subjects: frozenset[str] = frozenset()
    places: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # subject -> project, source record
    anew: bool = False  # of everything, also what has not changed since the last run

    @property
    def is_whole(self) -> bool:
        return self.scope == "everything"

    def also(self, subjects: Iterable[str]) -> Asked:
        """With these records, where it names records: what was settled beside them is sent again too."""
        return replace(self, subjects=self.subjects | set(subjects)) if self.subjects else self


def placed(subjects: Iterable[Subject], project_id: str, project: Record) -> dict[str, tuple[str, str]]:
    """The project of each subject."""
    return {subject.key: (project_id, number_of(project)) for subject in subjects} if project_id else {}


def number_of(project: Record) -> str:
    """A project's number, "" where it has none."""
    return str(project.get("project_number") or "").strip()


def sweep_of(resource: str) -> str:
    """The name under which the cursor of whole readings is kept."""
    return f"{resource}:whole"
