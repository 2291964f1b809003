"""The lock dates of Xero, read again just before documents are sent: people lock periods meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from integrations.base import Audience, Reason, dig
from integrations.changes import Action, Change
from integrations.lock_dates import later_of
from integrations.values import held_date
from integrations.xero.resources import ORGANISATION
from mappings.context import RunPart
from runs import execute
from runs.catalogues import Catalogues
from runs.models import Outcome

Batch = list[tuple[int, Change]]
SENT = (Action.CREATE, Action.UPDATE)
LASTS = 60.0  # seconds for which a reading counts as just before


class LockWatch:
    """Whether what is about to be sent still lies in an open period."""

    def __init__(self, part: RunPart, catalogues: Catalogues) -> None:
        self.resources, self.catalogues = part.integration.targets(), catalogues
        self._lock: date | None = None
        self._read_at = 0.0

    def open(
        self, batches: Iterable[Batch], tell: Callable[[list[tuple[int, execute.Result]]], None]
    ) -> Iterator[Batch]:
        """What may be sent of each batch; of changes that lie in a locked period now, `tell` is told."""
        for batch in batches:
            days = {place: day for place, (_, change) in enumerate(batch) if (day := self._day(change))}
            lock = self._read() if days else None
            late = {place for place, day in days.items() if lock is not None and day <= lock}
            tell([(batch[place][0], refused(batch[place][1], days[place], lock)) for place in sorted(late)])
            left = [one for place, one in enumerate(batch) if place not in late]
            if left:
                yield left

    def _day(self, change: Change) -> date | None:
        resource = self.resources[change.resource]
        if resource.system != "xero" or not resource.dated or change.action not in SENT:
            return None
        return held_date(dig(change.payload, resource.dated))

    def _read(self) -> date | None:
        now = time.monotonic()
        if not self._read_at or now - self._read_at > LASTS:
            self.catalogues.forget(ORGANISATION)
            organisation = next(iter(self.catalogues.get(ORGANISATION).values()), {})
            self._lock, self._read_at = later_of(organisation), now
        return self._lock


def refused(change: Change, day: date, lock: date | None) -> execute.Result:
    """What is said of a document whose period was locked while it waited to be sent."""
    message = (
        f"its date {day:%-d %b %Y} lies in a period that was locked up to {lock:%-d %b %Y} while it waited "
        "to be sent: change the date, unlock the period in Xero, or choose in the options to date it on the "
        "first open day"
    )
    reason = Reason("locked-period", message, Audience.ACCOUNTS, "xero")
    return execute.Result(
        change=change, outcome=Outcome.FAILED, message=message, reasons=(reason,), retry="locked"
    )
