"""Every operation the sandbox offers keeps the contracts over real HTTP; every exception is needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from integrations.sandbox.server import Sandbox
from tests.contracts import documents
from tests.contracts.documents import Known
from tests.contracts.known import KNOWN
from tests.contracts.payroll import PAYROLL, PAYROLL_REFUSED
from tests.contracts.plugin import attach, exchange_of
from tests.contracts.schemas import ANSWER
from tests.contracts.sweep import Caller, offers, perform, read_everything, sign_out
from tests.contracts.validator import Exchange, Validator, of_folder
from tests.contracts.world import COMPANY, WORLD
from tests.contracts.writes import PROCORE, PROCORE_REFUSED, XERO, XERO_REFUSED

FOLDER = documents.folder() or Path()
pytestmark = [
    pytest.mark.skipif(documents.folder() is None, reason=documents.SKIPPED),
    pytest.mark.bad_requests,
]
HOSTS = (
    ("procore-api", "procore"),
    ("xero-api", "xero-accounting"),
    ("xero-api", "xero-payroll-au"),
    ("xero-api", "xero-identity"),
)


@dataclass
class Sweep:
    """What went over the wire, and what did not go as expected."""

    exchanges: list[Exchange]
    asked: set[tuple[str, str]]
    offered: set[tuple[str, str]]
    unexpected: list[str]
    violations: list[str]


@pytest.fixture(scope="module")
def sweep() -> Iterator[Sweep]:
    sandbox = Sandbox()
    sandbox.load(WORLD)
    sandbox.switches.limits = False
    sandbox.start()
    exchanges: list[Exchange] = []
    sandbox.observers.append(lambda request, answer: exchanges.append(exchange_of(request, answer)))
    recorder = attach(sandbox)
    caller = Caller(sandbox)
    offered = {
        (offer.method, offer.template)
        for host, name in HOSTS
        for offer in offers(sandbox, FOLDER, host, name)
    }
    unexpected = []
    for host, name in HOSTS:
        read_everything(caller, FOLDER, host, name)
    unexpected += perform(caller, "procore-api", PROCORE) + perform(caller, "xero-api", XERO)
    unexpected += perform(caller, "xero-api", PAYROLL)
    for host, name in HOSTS:
        read_everything(caller, FOLDER, host, name)
    recorder.sides = frozenset({ANSWER})
    unexpected += perform(caller, "procore-api", PROCORE_REFUSED) + perform(caller, "xero-api", XERO_REFUSED)
    unexpected += perform(caller, "xero-api", PAYROLL_REFUSED)
    sign_out(caller)
    asked = {tuple(name.split(" ", 1)) for name in recorder.operations}
    yield Sweep(exchanges, asked, offered, unexpected, [str(violation) for violation in recorder.violations])
    sandbox.stop()


def test_every_operation_offered_was_asked(sweep: Sweep) -> None:
    assert len(sweep.offered) > 120
    assert sweep.offered - sweep.asked == set()


def test_every_request_was_answered_as_expected(sweep: Sweep) -> None:
    assert sweep.unexpected == []


def test_nothing_broke_a_contract(sweep: Sweep) -> None:
    assert sweep.violations == []


@pytest.mark.parametrize("entry", KNOWN, ids=lambda entry: entry.name)
def test_every_known_contradiction_is_needed(sweep: Sweep, entry: Known) -> None:
    system = entry.document.split("-")[0]
    strict = Validator(FOLDER, tuple(other for other in KNOWN if other is not entry))
    lenient = of_folder(FOLDER)
    ours = [exchange for exchange in sweep.exchanges if exchange.host.startswith(system)]
    assert any(len(strict.violations(one)) > len(lenient.violations(one)) for one in ours)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox()
    running.load(WORLD)
    running.start()
    yield running
    running.stop()


def test_a_wrong_request_is_caught_on_the_wire(sandbox: Sandbox) -> None:
    recorder = attach(sandbox)
    caller = Caller(sandbox)
    caller.call("GET", "procore-api", "/rest/v1.0/vendors", [("company_id", "42"), ("colour", "red")])
    with pytest.raises(AssertionError, match=r"query colour: not declared"):
        recorder.check()
    recorder.check()


@pytest.mark.bad_answers
def test_nonsense_in_an_answer_is_caught_on_the_wire(sandbox: Sandbox) -> None:
    recorder = attach(sandbox)
    vendor = {"id": 11, "name": "Aldinga Concrete", "answer_overrides": {"name": 7}}
    sandbox.load(
        {
            "procore": {"companies": [{"id": COMPANY, "name": "Seabrook", "vendors": [vendor]}]},
            "xero": WORLD["xero"],
        }
    )
    caller = Caller(sandbox)
    caller.call("GET", "procore-api", "/rest/v1.0/vendors", [("company_id", "42")])
    with pytest.raises(AssertionError, match=r"/0/name: 7 is not of type \"string\""):
        recorder.check()


def test_an_injected_fault_breaks_no_contract(sandbox: Sandbox) -> None:
    recorder = attach(sandbox)
    sandbox.faults.add("html", path="/procore-api/", status=200)
    caller = Caller(sandbox)
    answer = caller.call("GET", "procore-api", "/rest/v1.0/vendors", [("company_id", "42")])
    assert "<html>" in answer.text
    recorder.check()
