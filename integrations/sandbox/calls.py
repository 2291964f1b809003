"""What was called: counts, the busiest minute, and the last calls."""

import threading
from collections import Counter, deque
from typing import Any

from integrations.sandbox.clock import Clock
from integrations.sandbox.routing import API_HOSTS, Answer, Request

LOG_LENGTH = 2000


class Calls:
    """Counts every answered request; a write is any method but GET and HEAD to an API host."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Start counting anew."""
        with self._lock:
            self._since = self._clock.seconds()
            self._paths: Counter[str] = Counter()
            self._systems: Counter[str] = Counter()
            self._writes = self._refused = self._received = self._sent = 0
            self._minutes: dict[str, Counter[int]] = {}
            self._recent: dict[str, deque[float]] = {}
            self._busiest: Counter[str] = Counter()
            self._log: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)

    def count(self, request: Request, answer: Answer | None, sent: int, *, bodies: bool = False) -> None:
        """Count one request; answer None is a connection dropped on purpose."""
        now, system = self._clock.seconds(), request.host.partition("-")[0]
        status = answer.status if answer else None
        row: dict[str, Any] = {
            "at": now,
            "method": request.method,
            "path": f"/{request.host}{request.path}",
            "query": request.query,
            "status": status,
            "received": len(request.body),
            "sent": sent,
        }
        if bodies:
            row["request"] = request.body.decode("utf-8", "replace")
            row["answer"] = answer.rendered().decode("utf-8", "replace") if answer else None
        with self._lock:
            self._log.append(row)
            self._paths[f"{request.method} {request.pattern or request.path}"] += 1
            self._systems[system] += 1
            self._received += len(request.body)
            self._sent += sent
            self._refused += status == 429
            if request.host in API_HOSTS:
                self._writes += request.method not in ("GET", "HEAD")
                self._busy(system, now)

    def _busy(self, system: str, now: float) -> None:
        self._minutes.setdefault(system, Counter())[int((now - self._since) // 60)] += 1
        recent = self._recent.setdefault(system, deque())
        recent.append(now)
        while recent[0] <= now - 60:
            recent.popleft()
        self._busiest[system] = max(self._busiest[system], len(recent))

    def summary(self) -> dict[str, Any]:
        """The counts since the last reset.

        `busiest_minute` is the most API calls within any 60 sandbox seconds per system, `minutes` the API
        calls of each
        sandbox minute since the reset, `bytes` what bodies received and sent add up to.
        """
        with self._lock:
            return {
                "total": sum(self._systems.values()),
                "writes": self._writes,
                "by_system": dict(self._systems),
                "by_path": dict(self._paths),
                "refused_429": self._refused,
                "busiest_minute": dict(self._busiest),
                "minutes": {s: {str(m): n for m, n in c.items()} for s, c in self._minutes.items()},
                "bytes": {"received": self._received, "sent": self._sent},
            }

    def log(self) -> list[dict[str, Any]]:
        """The last calls, oldest first."""
        with self._lock:
            return list(self._log)
