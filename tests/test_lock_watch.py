"""The lock dates are read again just before documents leave: what was locked meanwhile is held."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

from integrations.changes import Action, Change
from integrations.registry import BY_SLUG
from runs.lock_watch import LockWatch


class Organisation:
    """The organisation as it is read now; counts how often."""

    def __init__(self, **locks: str) -> None:
        self.locks, self.read = locks, 0

    def forget(self, resource: Any) -> None:
        self.read += 1

    def get(self, resource: Any) -> dict[str, Any]:
        return {"o": self.locks}


def change(subject: str, day: date, action: Action = Action.CREATE, resource: str = "bills") -> Change:
    return Change(
        action=action, integration="progress-claims", role="bill", subject=subject, title=subject,
        resource=resource, payload={"Date": day},
    )  # fmt: skip


def sent(books: Organisation, *changes: Change) -> tuple[list[str], list[str]]:
    """The subjects that may leave, and what is said of the others."""
    part: Any = SimpleNamespace(integration=BY_SLUG["progress-claims"])
    told: list[Any] = []
    watch = LockWatch(part, books)  # type: ignore[arg-type]
    batches = watch.open([list(enumerate(changes))], told.extend)
    return [one.subject for batch in batches for _, one in batch], [result.message for _, result in told]


def test_what_was_locked_meanwhile_waits() -> None:
    """The later of the two lock dates counts, and its own day is locked."""
    books = Organisation(PeriodLockDate="2026-10-31", EndOfYearLockDate="2026-06-30")
    open_one, late = change("open", date(2026, 11, 1)), change("late", date(2026, 10, 31))
    left, said = sent(books, open_one, late)
    assert left == ["open"]
    assert len(said) == 1
    assert "locked up to 31 Oct 2026 while it waited" in said[0]


def test_without_a_lock_or_a_date_everything_leaves() -> None:
    books = Organisation()
    removal = change("removed", date(2020, 1, 1), Action.REMOVE)
    allocation = change("allocated", date(2020, 1, 1), resource="allocations")
    assert sent(books, change("old", date(2020, 1, 1)), removal, allocation)[0] == [
        "old",
        "removed",
        "allocated",
    ]
    assert books.read == 1
    assert sent(books, removal, allocation)[0] == ["removed", "allocated"]
    assert books.read == 1, "nothing dated, nothing read"
