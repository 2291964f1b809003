"""Faults a test can inject: wrong statuses, delays, lost connections before or after the effect, requests
held.
"""

import itertools
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from integrations.sandbox.routing import Answer, Request, Run

EFFECTS = ("status", "delay", "drop_before", "drop_after", "truncate", "html", "hold_before", "hold_after")


class Dropped(Exception):
    """The connection is to be closed without an answer."""


class Truncated(Exception):
    """The answer is to be sent half."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


@dataclass
class Fault:
    """What happens to requests whose method and full path (`/xero-api/…`, a regular expression) fit.

    The first `skip` fitting requests pass, the next `times` (None: all) are hit. `seconds` are real seconds.
    A held request goes on when released; when its connection dies first it ends there, unless `late` is true:
    then it waits on and takes effect although nobody listens any more.
    """

    id: int
    effect: str
    path: str = ""
    method: str | None = None
    skip: int = 0
    times: int | None = 1
    status: int = 500
    seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    late: bool = False
    hits: int = 0
    held: int = 0
    released: threading.Event = field(default_factory=threading.Event, repr=False)

    def fits(self, request: Request) -> bool:
        """Whether this request is one the fault is about."""
        wanted = self.method is None or self.method.upper() == request.method
        return wanted and re.search(self.path, f"/{request.host}{request.path}") is not None

    def shown(self) -> dict[str, Any]:
        """The fault as the control interface lists it."""
        keys = (
            "id",
            "effect",
            "path",
            "method",
            "skip",
            "times",
            "status",
            "seconds",
            "late",
            "hits",
            "held",
        )
        return {key: getattr(self, key) for key in keys}


class Faults:
    """The faults in force, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._numbers = itertools.count(1)

    def add(self, effect: str, **fields: Any) -> int:
        """Inject a fault and return its id; raises ValueError for an unknown effect or field."""
        if effect not in EFFECTS:
            raise ValueError(f"effect is one of {', '.join(EFFECTS)}")
        with self._lock:
            try:
                fault = Fault(next(self._numbers), effect, **fields)
                re.compile(fault.path)
            except (TypeError, re.error) as error:
                raise ValueError(str(error)) from error
            self._faults.append(fault)
            return fault.id

    def all(self) -> list[dict[str, Any]]:
        """Every fault with its hits and how many requests it holds now."""
        with self._lock:
            return [fault.shown() for fault in self._faults]

    def release(self, id: int | None = None) -> None:
        """Let the held requests of a fault (of all, without an id) go on, and later ones pass."""
        with self._lock:
            for fault in self._faults:
                if id in (None, fault.id):
                    fault.released.set()

    def clear(self) -> None:
        """Remove every fault and let what it holds go on."""
        self.release()
        with self._lock:
            self._faults.clear()

    def take(self, request: Request) -> Fault | None:
        """The fault this request runs into, counted as hit."""
        with self._lock:
            for fault in self._faults:
                if fault.times == 0 or not fault.fits(request):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.hits += 1
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None


def suffer(fault: Fault, run: Run, gone: Callable[[], bool], pause: threading.Event) -> Answer:
    """Answer a request through a fault; `run` has the effect. Raises Dropped or Truncated."""
    match fault.effect:
        case "status":
            return Answer(fault.status, fault.body, dict(fault.headers))
        case "html":
            page = fault.body or "<!DOCTYPE html><html><body><h1>Service unavailable</h1></body></html>"
            return Answer(fault.status, str(page), dict(fault.headers))
        case "drop_before":
            raise Dropped
        case "delay":
            pause.wait(float(fault.seconds))
            return run()
        case "hold_before":
            _hold(fault, gone, pause)
            return run()
    answer = run()
    match fault.effect:
        case "drop_after":
            raise Dropped
        case "truncate":
            raise Truncated(answer)
    _hold(fault, gone, pause)
    return answer


def _hold(fault: Fault, gone: Callable[[], bool], pause: threading.Event) -> None:
    """Wait for the release; raises Dropped when the connection or the sandbox ends first."""
    fault.held += 1
    try:
        while not fault.released.wait(0.02):
            if pause.is_set() or (gone() and not fault.late):
                raise Dropped
    finally:
        fault.held -= 1
