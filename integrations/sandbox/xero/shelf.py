"""Records of one kind, in order of their last update, with look-ups and a way back.

A record is never changed in place: a changed copy is saved over it. So a rendered text kept on a record is
right as long
as the record is there, and a refused batch is undone by putting the old records back.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable
from typing import Any, Self

Lookup = Callable[["Record"], Iterable[Any]]
Undo = list[tuple["Shelf", str, "Record | None"]]


class Record(dict[str, Any]):
    """A record with Python values: dates, Decimals, UpdatedDateUTC in milliseconds; `rendered` keeps its
    JSON texts.
    """

    __slots__ = ("rendered",)

    def __init__(self, *parts: Any, **fields: Any) -> None:
        super().__init__(*parts, **fields)
        self.rendered: dict[Any, str] = {}

    def but(self, **changes: Any) -> Self:
        """A copy with some fields changed."""
        return type(self)(self, **changes)


class Shelf:
    """The records of one kind of one organisation; `lookups` name functions that give a record's values to
    find it by.
    """

    def __init__(self, key: str, stamp: Callable[[], int], **lookups: Lookup) -> None:
        self.key = key
        self._stamp = stamp
        self._lookups = lookups
        self._found: dict[str, dict[Any, dict[str, None]]] = {name: {} for name in lookups}
        self._records: dict[str, Record] = {}
        self._order: list[tuple[int, str]] = []
        self._rows: list[Record] | None = None  # all of them in order, until one changes
        self.undo: Undo | None = None

    def save(self, record: Record, *, touch: bool = True) -> Record:
        """Keep a record in place of the one with its id, stamped with the present time unless `touch` is
        false.
        """
        if touch or record.get("UpdatedDateUTC") is None:
            record["UpdatedDateUTC"] = self._stamp()
        record.rendered.clear()
        id = record[self.key]
        self._remember(id)
        self._put(id, record)
        return record

    def remove(self, id: str) -> None:
        """Take a record out for good."""
        self._remember(id)
        self._put(id, None)

    def get(self, id: str | None) -> Record | None:
        """The record with this id."""
        return self._records.get(id) if id else None

    def find(self, lookup: str, value: Any) -> list[Record]:
        """The records a look-up finds for a value, in the order they came."""
        return [self._records[id] for id in self._found[lookup].get(value, ())]

    def has(self, lookup: str, value: Any) -> bool:
        """Whether a look-up finds anything for a value."""
        return bool(self._found[lookup].get(value))

    def rows(self, since: int | None = None) -> list[Record]:
        """Every record, oldest update first; with `since` (milliseconds) those updated then or later. Not to
        be changed.
        """
        records = self._records
        if since is not None:
            return [records[id] for _, id in self._order[bisect_left(self._order, (since, "")) :]]
        if self._rows is None:
            self._rows = [records[id] for _, id in self._order]
        return self._rows

    def put_back(self, id: str, record: Record | None) -> None:
        """Undo: the record as it was, None if it was not there."""
        self._put(id, record)

    def __len__(self) -> int:
        return len(self._records)

    def _remember(self, id: str) -> None:
        if self.undo is not None:
            self.undo.append((self, id, self._records.get(id)))

    def _put(self, id: str, record: Record | None) -> None:
        self._rows = None
        if (old := self._records.get(id)) is not None:
            place = (old["UpdatedDateUTC"], id)
            del self._order[bisect_left(self._order, place)]
            for name, values in self._lookups.items():
                for value in values(old):
                    self._found[name][value].pop(id, None)
        if record is None:
            self._records.pop(id, None)
            return
        self._records[id] = record
        insort(self._order, (record["UpdatedDateUTC"], id))
        for name, values in self._lookups.items():
            for value in values(record):
                self._found[name].setdefault(value, {})[id] = None
