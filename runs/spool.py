"""Changes waiting to be sent, kept in compressed temporary files that have no name
and die with the process.
"""

from __future__ import annotations

import gzip
import pickle
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from typing import IO

from integrations.changes import Action, Change

ORDER = {Action.REMOVE: 0, Action.LINK: 1, Action.CREATE: 2, Action.UPDATE: 3}
Key = tuple[int, str, str]


class Spool:
    """Changes with their entries, by what is to be done first: removals, links, new records, updates.

    Within an integration the resources keep the order in which its documents are declared.
    """

    def __init__(self, resources: list[str]) -> None:
        self._places = {name: place for place, name in enumerate(resources)}
        self._files: dict[Key, IO[bytes]] = {}
        self._writers: dict[Key, gzip.GzipFile] = {}
        self.counts: dict[Key, int] = defaultdict(int)

    def add(self, change: Change, entry_id: int) -> None:
        """Keep a change until it is its turn."""
        place = self._places.get(change.resource, 99)
        # What was made last goes first: an allocation before the documents that it ties.
        place = 999 - place if change.action is Action.REMOVE else place
        key = (ORDER[change.action], f"{place:03d}", change.removal or "")
        if key not in self._writers:
            self._files[key] = tempfile.TemporaryFile()  # noqa: SIM115 - `close` closes it
            self._writers[key] = gzip.GzipFile(fileobj=self._files[key], mode="wb", compresslevel=1)
        pickle.dump((entry_id, change), self._writers[key])
        self.counts[key] += 1

    def __len__(self) -> int:
        return sum(self.counts.values())

    def in_order(self) -> Iterator[tuple[int, Change]]:
        """Every change with its entry's id, in the order of sending."""
        for writer in self._writers.values():
            writer.close()
        for key in sorted(self._files):
            self._files[key].seek(0)
            with gzip.GzipFile(fileobj=self._files[key], mode="rb") as reader:
                for _ in range(self.counts[key]):
                    yield pickle.load(reader)  # noqa: S301 - written by this very process

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files.values():
            file.close()
