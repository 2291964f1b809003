"""Watches every sandbox a test starts; a test whose exchanges break a contract fails at its end.

Used by importing its names into the suite's conftest.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.sandbox.routing import Answer, Request
from integrations.sandbox.server import Sandbox
from tests.contracts import documents
from tests.contracts.schemas import ANSWER, REQUEST
from tests.contracts.validator import Exchange, Validator, Violation, of_folder

# These play clients that send wrong requests to see them refused; the answers are checked all the same.
BAD_CLIENTS = ("test_sandbox",)
MARKERS = (
    "bad_requests: sends requests no document allows, on purpose; only answers are held to contracts",
    "bad_answers: has the sandbox answer nonsense, on purpose; only requests are held to contracts",
)
BOTH = frozenset({REQUEST, ANSWER})
MARKED = {"bad_requests": REQUEST, "bad_answers": ANSWER}
_INJECTED = frozenset({"status", "html"})
_MOST_SHOWN = 40


class Recorder:
    """Counts exchanges and keeps what is wrong with them; without a validator it does nothing."""

    def __init__(self, validator: Validator | None, *, sides: frozenset[str] = BOTH) -> None:
        self.operations: Counter[str] = Counter()
        self.violations: Counter[Violation] = Counter()
        self.sides = sides
        self._validator = validator
        self._lock = threading.Lock()

    def observe(self, sandbox: Sandbox, request: Request, answer: Answer) -> None:
        """Check one exchange as it happens: records in an answer may change afterwards."""
        if self._validator is None:
            return
        exchange = exchange_of(request, answer)
        operation, found = self._validator.examined(exchange)
        sides = self.sides - {ANSWER} if _injected(sandbox, answer) else self.sides
        found = [violation for violation in found if not sides.isdisjoint(violation.side.split(" and "))]
        with self._lock:
            self.operations[operation] += 1
            self.violations.update(found)

    def check(self) -> None:
        """Raise AssertionError naming every violation since the last check."""
        with self._lock:
            found, self.violations = self.violations, Counter()
        if found:
            lines = [f"{count} x {violation}" for violation, count in found.most_common(_MOST_SHOWN)]
            more = len(found) - len(lines)
            lines += [f"and {more} more"] if more else []
            raise AssertionError("\n".join(["contracts broken:", *lines]))


class Watch:
    """Passes what every sandbox of the test run observes to the recorder of the test now running."""

    def __init__(self) -> None:
        self.recorder = Recorder(None)

    def over(self, start: Callable[..., str]) -> Callable[..., str]:
        """Return `Sandbox.start` with an observer added first."""

        def observed(sandbox: Sandbox, *args: Any, **named: Any) -> str:
            sandbox.observers.append(lambda request, answer: self.recorder.observe(sandbox, request, answer))
            return start(sandbox, *args, **named)

        return observed


WATCH = Watch()


def attach(sandbox: Sandbox, *, sides: frozenset[str] = BOTH) -> Recorder:
    """Observe one sandbox; `sides` are those held to the contracts."""
    recorder = Recorder(_validator(), sides=sides)
    sandbox.observers.append(lambda request, answer: recorder.observe(sandbox, request, answer))
    return recorder


def exchange_of(request: Request, answer: Answer) -> Exchange:
    """Return an exchange as the sandbox saw it."""
    body = answer.rendered()
    content = {"Content-Type": answer.kind()} if body else {}
    return Exchange(
        request.host,
        request.method,
        request.path,
        request.query,
        request.headers,
        request.body,
        answer.status,
        {**content, **answer.headers},
        body,
    )


@pytest.fixture(scope="session", autouse=True)
def observed_sandboxes() -> Iterator[None]:
    """Let every sandbox of the run be observed, those of wider fixtures as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Sandbox, "start", WATCH.over(Sandbox.start))
        yield


@pytest.fixture(autouse=True)
def contracts(request: pytest.FixtureRequest, observed_sandboxes: None) -> Iterator[Recorder]:
    """Hold this test's exchanges to the contracts."""
    module = request.node.nodeid.split("::")[0].rsplit("/", 1)[-1]
    off = {side for mark, side in MARKED.items() if request.node.get_closest_marker(mark)}
    if module.startswith(BAD_CLIENTS):
        off.add(REQUEST)
    WATCH.recorder = Recorder(_validator(), sides=BOTH - off)
    yield WATCH.recorder
    WATCH.recorder.check()


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known; stop at once where the documents are not where the environment says."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    folder = documents.folder()
    if folder is not None and not folder.is_dir():
        raise pytest.UsageError(f"{documents.VARIABLE} names a folder that does not exist")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say so when nothing was checked."""
    if documents.folder() is None:
        terminalreporter.write_line(documents.SKIPPED, yellow=True)


def _validator() -> Validator | None:
    folder = documents.folder()
    return None if folder is None else of_folder(folder)


def _injected(sandbox: Sandbox, answer: Answer) -> bool:
    """Whether an injected fault wrote this answer: such answers are meant to be wrong."""
    return any(
        fault["effect"] in _INJECTED and fault["hits"] and fault["status"] == answer.status
        for fault in sandbox.faults.all()
    )
