"""Records in memory, by kind and id."""

from collections.abc import Iterator
from typing import Any

Record = dict[str, Any]


class Table:
    """The records of one kind in order of arrival, by id; it keeps the very dicts it is given."""

    def __init__(self, key: str = "id", first_id: int = 1) -> None:
        self.key = key
        self._records: dict[Any, Record] = {}
        self._next = first_id

    def add(self, record: Record) -> Record:
        """Keep a record; one without an id gets the next number. Replaces a record of the same id."""
        if record.get(self.key) is None:
            record[self.key] = self.next_id()
        number = record[self.key]
        if isinstance(number, int):
            self._next = max(self._next, number + 1)
        self._records[number] = record
        return record

    def get(self, id: Any) -> Record | None:
        """The record with this id, or None."""
        return self._records.get(id)

    def all(self) -> list[Record]:
        """Every record, oldest first."""
        return list(self._records.values())

    def remove(self, id: Any) -> Record | None:
        """Take a record out and return it; None when it is not there."""
        return self._records.pop(id, None)

    def next_id(self) -> int:
        """A number no record of this table has had."""
        number, self._next = self._next, self._next + 1
        return number

    def __iter__(self) -> Iterator[Record]:
        return iter(self._records.values())

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, id: object) -> bool:
        return id in self._records
