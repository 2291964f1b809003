"""Rolling windows and requests in flight, counted on the sandbox clock."""

import threading
from collections import deque
from dataclasses import dataclass

from integrations.sandbox.clock import Clock


@dataclass(frozen=True)
class Window:
    """At most `limit` calls within any `seconds` for one key."""

    name: str
    key: str
    seconds: float
    limit: int


@dataclass(frozen=True)
class Count:
    """What a window says after a call was counted or refused: calls left, and seconds until one is free
    again.
    """

    window: Window
    remaining: int
    wait: float


class Limits:
    """Counts calls per window and requests in flight per key; safe between threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._calls: dict[tuple[str, str], deque[float]] = {}
        self._flying: dict[str, int] = {}

    def take(self, *windows: Window, count_refused: bool = False) -> tuple[Window | None, list[Count]]:
        """Count one call in every window, unless one is full: then that window is returned and nothing
        counted.
        """
        with self._lock:
            now = self._clock.seconds()
            queues = [self._queue(window, now) for window in windows]
            full = next((w for w, q in zip(windows, queues, strict=True) if len(q) >= w.limit), None)
            if full is None or count_refused:
                for queue in queues:
                    queue.append(now)
            return full, [self._count(w, q, now) for w, q in zip(windows, queues, strict=True)]

    def look(self, window: Window) -> Count:
        """What is left in a window, counting nothing."""
        with self._lock:
            now = self._clock.seconds()
            return self._count(window, self._queue(window, now), now)

    def enter(self, key: str, limit: int) -> bool:
        """Count a request in flight; False when `limit` are already."""
        with self._lock:
            if self._flying.get(key, 0) >= limit:
                return False
            self._flying[key] = self._flying.get(key, 0) + 1
            return True

    def leave(self, key: str) -> None:
        """The request is answered."""
        with self._lock:
            self._flying[key] = max(0, self._flying.get(key, 0) - 1)

    def forget(self) -> None:
        """Empty every window; requests in flight stay counted."""
        with self._lock:
            self._calls.clear()

    def _queue(self, window: Window, now: float) -> deque[float]:
        queue = self._calls.setdefault((window.name, window.key), deque())
        while queue and queue[0] <= now - window.seconds:
            queue.popleft()
        return queue

    @staticmethod
    def _count(window: Window, queue: deque[float], now: float) -> Count:
        over = len(queue) - window.limit
        wait = queue[over] + window.seconds - now if over >= 0 and queue else 0.0
        return Count(window, max(0, -over), max(0.0, wait))
