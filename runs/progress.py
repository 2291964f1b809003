"""A run's signs of life and what its page shows meanwhile; also where it notices that it should stop."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.conf import settings

from integrations.http import Clock
from runs import leases
from runs.models import Run

Read = TypeVar("Read")


def beat_seconds() -> float:
    """How often a working run says that it lives."""
    return getattr(settings, "ONECORE_BEAT_SECONDS", 5)


@dataclass
class Progress:
    """Beats for one run: renews it and the leases in use, saves phase and counts,
    raises Cancelled and LeaseLost.
    """

    run: Run
    held: list[leases.Held] = field(default_factory=list)
    clients: Mapping[str, Any] = field(default_factory=dict)
    last: float = 0.0

    def beat(self) -> None:
        """A safe point: nothing is half done. Writes at most every few seconds."""
        now = time.monotonic()
        if now - self.last < beat_seconds():
            return
        self.last = now
        leases.keep(self.run)
        for held in self.held:
            leases.renew(held)
        leases.save(self.run, done=self.run.done, total=self.run.total, calls=self.calls())

    def fence(self) -> None:
        """Make sure, right before a request that changes something leaves, that the leases are still ours.

        A process may stand still at any point, this one included: a check that took too long does not count.
        """
        begun = time.monotonic()
        leases.keep(self.run)
        for held in self.held:
            leases.renew(held)
        if time.monotonic() - begun > leases.length().total_seconds() / 2:
            raise leases.LeaseLost("this worker stood still while it was about to send")

    def phase(self, state: str, words: str, total: int = 0) -> None:
        """Enter a phase, named on the run's page; raises Cancelled when somebody asked to stop."""
        leases.keep(self.run)
        leases.save(self.run, state=state, phase=words, done=0, total=total, calls=self.calls())

    def step(self, count: int = 1) -> None:
        """So many more are done."""
        self.run.done += count
        self.beat()

    def beating(self, records: Iterable[Read]) -> Iterator[Read]:
        """The same records, with a beat at each."""
        for record in records:
            self.beat()
            yield record

    def calls(self) -> dict[str, int]:
        """Calls made so far by this run, per system."""
        made: Counter[str] = Counter(self.earlier)
        for system, client in self.clients.items():
            if sum(client.calls.values()):
                made[system] += sum(client.calls.values())
        return dict(made)

    @property
    def earlier(self) -> Mapping[str, int]:
        """Calls of this run's earlier attempts."""
        if not hasattr(self, "_earlier"):
            self._earlier = dict(self.run.calls or {})
        return self._earlier


class BeatingClock(Clock):
    """A client's clock whose waits are cut into short ones,
    so that a waiting run is not taken for a dead one.
    """

    def __init__(self, progress: Progress, **about: Any) -> None:
        super().__init__(**about)
        self.progress = progress

    def sleep(self, seconds: float) -> None:
        """Wait, with a beat every few seconds."""
        until: datetime = self.now() + timedelta(seconds=seconds)
        while (left := (until - self.now()).total_seconds()) > 0:
            super().sleep(min(left, beat_seconds()))
            self.progress.beat()
