"""The sandbox's own time, which can start anywhere and run faster than the wall clock."""

import time
from datetime import UTC, datetime


class Clock:
    """Time that started at `now` (real time unless set) and runs `speed` sandbox seconds a real second."""

    def __init__(self, now: datetime | None = None, speed: float = 1.0) -> None:
        self.speed = speed
        self.set(now=now or datetime.now(UTC))

    def seconds(self) -> float:
        """Seconds since 1970 on the sandbox clock."""
        return self._start + (time.monotonic() - self._mark) * self.speed

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def set(self, *, now: datetime | None = None, speed: float | None = None) -> None:
        """Move the clock, change its speed, or both; what was read before stays in the past."""
        start = now.timestamp() if now is not None else self.seconds()
        if speed is not None:
            self.speed = speed
        self._start, self._mark = start, time.monotonic()


def moment(text: str) -> datetime:
    """An aware time from ISO text; one without a zone is UTC. Raises ValueError."""
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
