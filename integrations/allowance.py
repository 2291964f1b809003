"""Counting calls against limits, as plain values: what is in flight, what still counts, how long to wait.

A call counts from the moment its turn is taken until a window's length after its answer came, so that no
rolling window of the system, whenever it counted the call, can be overrun. Answers correct the count: the
system knows of calls that are not ours. Times are whole milliseconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

FINENESS = 240  # a window is counted in so many parts: neither many entries nor much capacity lost
POLL = 100  # ms until asking again when nothing says when a turn will be free
SHORT = 60  # seconds
SMALL = 250  # a limit up to this may belong to a short window


@dataclass(frozen=True)
class Window:
    """A limit: so many calls in so many seconds.

    `header` tells how many are left. With `trusted`, what the header says replaces our own count: the system
    alone knows when its day begins. With `learned`, the limit itself comes from answers.
    """

    name: str
    seconds: int
    allowed: int
    header: str = ""
    trusted: bool = False
    learned: bool = False


@dataclass(frozen=True)
class Limits:
    """The limits of one system. `concurrent` 0 means that calls in flight are not limited."""

    windows: tuple[Window, ...]
    concurrent: int = 0


LIMITS = {
    "xero": Limits(
        (
            Window("minute", 60, 60, "X-MinLimit-Remaining"),
            Window("day", 86_400, 5_000, "X-DayLimit-Remaining", trusted=True),
        ),
        concurrent=5,
    ),
    # Not published; each answer describes whichever of the two is closer (rate_limiting.md).
    "procore": Limits((Window("spike", 10, 25, learned=True), Window("hour", 3_600, 600, learned=True))),
}
# One app may reach so many organisations that their minutes together exceed its own.
APP_HEADER, APP_RESERVE, APP_PAUSE = "X-AppMinLimit-Remaining", 100, 5_000


class Allowance:
    """The calls of one company or organisation. Made from a row's JSON, changed, and written back whole."""

    def __init__(self, state: Mapping[str, Any], limits: Limits, *, now: int, lapse: int) -> None:
        """`lapse`: ms after which a call in flight must have reached the system, or never will."""
        self.limits, self.now, self.lapse = limits, now, lapse
        self.flight: dict[str, list[int]] = dict(state.get("flight", {}))
        self.used: dict[str, list[list[int]]] = {
            w.name: list(state.get("used", {}).get(w.name, ())) for w in limits.windows
        }
        self.allowed: dict[str, int] = {w.name: w.allowed for w in limits.windows} | dict(
            state.get("allowed", {})
        )
        self.told: set[str] = set(state.get("told", ()))  # learned windows that an answer has described
        self.blocked, self.taken = int(state.get("blocked", 0)), int(state.get("taken", 0))
        self._prune()

    def state(self) -> dict[str, Any]:
        """What the row keeps."""
        return {
            "flight": self.flight,
            "used": self.used,
            "allowed": self.allowed,
            "told": sorted(self.told),
            "blocked": self.blocked,
            "taken": self.taken,
        }

    def count(self, window: Window) -> int:
        """Calls that count in a window now, those in flight included."""
        return sum(number for _, number in self.used[window.name]) + len(self.flight)

    def left(self, window: Window) -> int:
        """Calls left in a window."""
        return max(0, self.allowed[window.name] - self.count(window))

    def wait(self, *, reserve: float = 0.0) -> int:
        """Milliseconds until a turn may be free; 0: at once. `reserve`: share of a window for others.

        Half of it is enough of a short window, which is whole again in a minute.
        """
        waits = [self.blocked - self.now]
        if self.limits.concurrent and len(self.flight) >= self.limits.concurrent:
            waits.append(POLL)
        for window in self.limits.windows:
            # What is kept back of a limit that no answer has described yet would be a share of a guess.
            unknown = window.learned and window.name not in self.told
            kept = 0 if unknown else reserve if window.seconds > SHORT else reserve / 2
            over = self.count(window) - ceil(self.allowed[window.name] * (1 - kept)) + 1
            if over > 0:
                waits.append(self._until_free(window, over))
        return max(0, *waits)

    def take(self, ticket: str) -> None:
        """Count a call that is about to leave."""
        self.taken += 1
        self.flight[ticket] = [self.now, self.taken]
        self.flight[ticket] += [self.count(window) for window in self.limits.windows]

    def answered(self, ticket: str, headers: Mapping[str, str], *, wait: float) -> None:
        """The answer came: the call counts a window's length longer. `wait`: seconds the system asked for."""
        started = self.flight.pop(ticket, None)
        if started is not None:
            for window in self.limits.windows:
                self._add(window, self.now, 1)
            self._learn(headers, started)
        app = _number(headers, APP_HEADER)
        if app is not None and app < APP_RESERVE:
            self.blocked = max(self.blocked, self.now + APP_PAUSE)
        if wait > 0:
            self.blocked = max(self.blocked, self.now + int(wait * 1000))

    # --- inside

    def _prune(self) -> None:
        for ticket, (started, *_rest) in list(self.flight.items()):
            if started + self.lapse <= self.now:
                del self.flight[ticket]
                for window in self.limits.windows:
                    self._add(window, started + self.lapse, 1)
        for name, entries in self.used.items():
            self.used[name] = [entry for entry in entries if entry[0] > self.now]

    def _add(self, window: Window, since: int, number: int) -> None:
        grain = max(1, window.seconds * 1000 // FINENESS)
        until = -(-(since + window.seconds * 1000) // grain) * grain
        entries = self.used[window.name]
        same = next((entry for entry in entries if entry[0] == until), None)
        if same is not None:
            entries[entries.index(same)] = [until, same[1] + number]
        else:
            entries.append([until, number])
            entries.sort()

    def _until_free(self, window: Window, over: int) -> int:
        for until, number in self.used[window.name]:
            over -= number
            if over <= 0:
                return until - self.now
        return POLL

    def _learn(self, headers: Mapping[str, str], started: Sequence[int]) -> None:
        since = self.taken - started[1]  # turns taken while this call was under way
        before = dict(zip((window.name for window in self.limits.windows), started[2:], strict=False))
        for window in self.limits.windows:
            remaining = _number(headers, window.header) if window.header else None
            if remaining is not None and window.name in before:
                self._correct(window, remaining, before[window.name], since)
        self._learn_limits(headers, before, since)

    def _correct(self, window: Window, remaining: int, before: int, since: int) -> None:
        """Take over calls that the system counted and we did not make."""
        counted = self.allowed[window.name] - remaining
        if window.trusted:
            self.used[window.name] = []
            self._add(window, self.now, counted + since)
        elif counted > before + since:
            self._add(window, self.now, counted - before - since)

    def _learn_limits(self, headers: Mapping[str, str], before: Mapping[str, int], since: int) -> None:
        limit, remaining = _number(headers, "X-Rate-Limit-Limit"), _number(headers, "X-Rate-Limit-Remaining")
        learned = [window for window in self.limits.windows if window.learned]
        if limit is None or remaining is None or len(learned) != 2:
            return
        short, long = learned
        told = short if limit <= SMALL and not self._is_far(headers, short) else long
        self.allowed[told.name] = max(1, limit)
        self.told.add(told.name)
        if told.name in before:
            self._correct(told, remaining, before[told.name], since)
        if told is short:
            # The answer describes the closer limit, so the other has at least as many calls left.
            known = self.count(long) + remaining - since
            self.allowed[long.name] = max(self.allowed[long.name], known)

    def _is_far(self, headers: Mapping[str, str], short: Window) -> bool:
        reset = _number(headers, "X-Rate-Limit-Reset")
        return reset is not None and 2 * short.seconds < reset - self.now / 1000 < 7_200


def _number(headers: Mapping[str, str], name: str) -> int | None:
    given = str(headers.get(name) or "").strip()
    return int(given) if given.isdigit() and len(given) < 12 else None
