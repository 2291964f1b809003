"""Shared limits: never overrun, nearly used up, cheap, and wiser with every answer."""

import multiprocessing
import time
from collections import deque
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from integrations.allowance import LIMITS, Allowance
from integrations.budgets import SharedBudget, calls_left
from integrations.errors import Busy
from integrations.http import Clock
from integrations.models import CallBudget, Connection, Credential, Tenant
from integrations.procore.resources import PROJECTS
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds.small import TENANT
from integrations.xero.resources import ACCOUNTS
from tests.connecting import FixedTokens, procore, small, token, xero

NOW = 1_795_000_000_000
MINUTE = 60_000


def connected(system: str = "xero", **tiers: int) -> Connection:
    tenant = Tenant.objects.create(name="T", slug="t")
    credential = Credential.objects.create(
        name="c", system=system, environment="sandbox", client_id="c", tiers=tiers
    )
    return Connection.objects.create(tenant=tenant, system=system, credential=credential, external_id=TENANT)


def allowance(state: dict[str, Any] | None = None, *, at: int = NOW, system: str = "xero") -> Allowance:
    return Allowance(state or {}, LIMITS[system], now=at, lapse=70_000)


def called(
    state: dict[str, Any], at: int, headers: dict[str, str] | None = None, *, system: str = "xero"
) -> dict[str, Any]:
    """The state after one call that was answered at once."""
    counted = allowance(state, at=at, system=system)
    counted.take("t")
    counted.answered("t", headers or {}, wait=0)
    return counted.state()


# --- counting, as plain values


def test_five_are_in_flight_at_most() -> None:
    """The sixth waits until one is answered."""
    counted = allowance()
    for number in range(5):
        assert counted.wait() == 0
        counted.take(str(number))
    assert counted.wait() > 0
    counted.answered("0", {}, wait=0)
    assert counted.wait() == 0


def test_a_call_counts_until_a_minute_after_its_answer() -> None:
    """Whenever within its time the system counted it, its rolling minute is over then."""
    counted = allowance()
    counted.take("t")
    late = allowance(counted.state(), at=NOW + 20_000)
    late.answered("t", {}, wait=0)
    minute = LIMITS["xero"].windows[0]
    assert allowance(late.state(), at=NOW + 20_000 + MINUTE - 1).count(minute) == 1
    assert allowance(late.state(), at=NOW + 20_000 + MINUTE + 250).count(minute) == 0


def test_a_full_minute_says_how_long_to_wait() -> None:
    """Until the first of its calls no longer counts."""
    state: dict[str, Any] = {}
    for number in range(60):
        state = called(state, NOW + number * 100)
    wait = allowance(state, at=NOW + 6_000).wait()
    assert MINUTE - 6_000 <= wait <= MINUTE - 5_000
    assert allowance(state, at=NOW + 6_000 + wait).wait() == 0


def test_a_reserve_is_left_to_others() -> None:
    """A tenth of the day and half as much of the minute are kept for webhook runs."""
    state: dict[str, Any] = {}
    for _number in range(57):
        state = called(state, NOW)
    assert allowance(state).wait(reserve=0.1) > 0 and allowance(state).wait() == 0
    spent = called({}, NOW, {"X-DayLimit-Remaining": "500"})
    assert allowance(spent).wait(reserve=0.1) > 0 and allowance(spent).wait() == 0


def test_a_call_that_never_came_back_lapses() -> None:
    """It may have reached the system until its timeout, and counts a minute from then."""
    counted = allowance()
    counted.take("dead")
    minute = LIMITS["xero"].windows[0]
    later = allowance(counted.state(), at=NOW + 71_000)
    assert not later.flight and later.count(minute) == 1
    assert allowance(counted.state(), at=NOW + 70_000 + MINUTE + 250).count(minute) == 0


def test_calls_of_others_are_taken_over() -> None:
    """What the system counted beyond ours is somebody else's with the same application."""
    state = called({}, NOW, {"X-MinLimit-Remaining": "10", "X-DayLimit-Remaining": "400"})
    counted = allowance(state)
    assert [counted.left(window) for window in LIMITS["xero"].windows] == [10, 400]


def test_a_slow_answer_is_not_mistaken_for_calls_of_others() -> None:
    """Calls of ours that stopped counting while it was under way were counted by the system."""
    state: dict[str, Any] = {}
    for _number in range(59):
        state = called(state, NOW)
    counted = allowance(state, at=NOW + MINUTE - 100)
    counted.take("slow")
    later = allowance(counted.state(), at=NOW + MINUTE + 900)
    later.answered("slow", {"X-MinLimit-Remaining": "0"}, wait=0)
    assert later.count(LIMITS["xero"].windows[0]) == 1


def test_the_day_is_what_the_system_says() -> None:
    """Its window starts when it likes: a fresh day is believed."""
    spent = called({}, NOW, {"X-DayLimit-Remaining": "3"})
    fresh = called(spent, NOW + MINUTE, {"X-DayLimit-Remaining": "4999"})
    day = LIMITS["xero"].windows[1]
    assert allowance(spent).left(day) == 3 and allowance(fresh, at=NOW + MINUTE).left(day) == 4999


def test_an_app_near_its_own_limit_pauses() -> None:
    """One organisation among thousands waits a moment."""
    state = called({}, NOW, {"X-AppMinLimit-Remaining": "12"})
    assert allowance(state).wait() > 0 and allowance(state, at=NOW + 6_000).wait() == 0


def test_a_refusal_blocks_everybody() -> None:
    """A wait that one process is told holds for all."""
    counted = allowance()
    counted.take("t")
    counted.answered("t", {}, wait=30.0)
    assert allowance(counted.state()).wait() == 30_000


def test_nonsense_in_headers_is_ignored() -> None:
    """Empty, negative, endless and missing numbers teach nothing."""
    for said in ("", "-4", "many", "9" * 30, "1.5"):
        state = called({}, NOW, {"X-MinLimit-Remaining": said, "X-Rate-Limit-Limit": said})
        assert allowance(state).count(LIMITS["xero"].windows[0]) == 1


def told(limit: int, remaining: int, *, reset: int = 11) -> dict[str, str]:
    return {
        "X-Rate-Limit-Limit": str(limit),
        "X-Rate-Limit-Remaining": str(remaining),
        "X-Rate-Limit-Reset": str(NOW // 1000 + reset),
    }


def test_procore_limits_are_learned() -> None:
    """The short one from answers about it; the long one grows as far as answers allow."""
    state = called({}, NOW, told(100, 99), system="procore")
    counted = allowance(state, system="procore")
    spike, hour = LIMITS["procore"].windows
    assert (counted.allowed["spike"], counted.left(spike)) == (100, 99)
    assert counted.allowed["hour"] == 600
    for _number in range(520):
        state = called(state, NOW, told(100, 99), system="procore")
    assert allowance(state, system="procore").left(hour) >= 99


def test_an_hour_that_is_closer_shows_itself() -> None:
    """Its limit and what is left of it are taken as they are."""
    state = called({}, NOW, told(3600, 7, reset=1800), system="procore")
    counted = allowance(state, system="procore")
    spike, hour = LIMITS["procore"].windows
    assert (counted.allowed["hour"], counted.left(hour)) == (3600, 7)
    assert counted.allowed["spike"] == 25


# --- rows


@pytest.mark.django_db
def test_a_turn_is_taken_and_given_back() -> None:
    """In the row that all processes share."""
    held = connected()
    budget = SharedBudget(held)
    turn = budget.take()
    assert turn.ticket and CallBudget.objects.get().calls["flight"].keys() == {turn.ticket}
    budget.answered(turn.ticket, {"X-DayLimit-Remaining": "4999"})
    assert calls_left(held) == {"minute": (59, 60), "day": (4999, 5000)}


@pytest.mark.django_db
def test_a_tier_has_limits_of_its_own() -> None:
    """The free tier has a day of a thousand calls."""
    assert calls_left(connected(day=1000))["day"] == (1000, 1000)


@pytest.mark.django_db
def test_taking_and_giving_back_is_cheap() -> None:
    """Under two milliseconds of this process each, with a full minute behind."""
    budget = SharedBudget(connected(minute=100_000, concurrent=0))
    for _number in range(60):
        budget.answered(budget.take().ticket, {})
    times = []
    for _number in range(100):
        start = time.process_time()
        budget.answered(budget.take().ticket, {})
        times.append(time.process_time() - start)
    assert sorted(times)[50] / 2 < 0.002


@pytest.mark.django_db(transaction=True)
def test_no_room_in_the_minute_is_busy(sandbox: Sandbox) -> None:
    """The sixty-first call is not sent."""
    small(sandbox)
    client = xero(sandbox, budget=SharedBudget(connected()), clock=Clock())
    for _number in range(60):
        list(client.read(ACCOUNTS))
    with pytest.raises(Busy) as busy:
        list(client.read(ACCOUNTS))
    assert busy.value.until - client.clock.now() < timedelta(seconds=70)
    assert sandbox.calls.summary()["refused_429"] == 0


# The limits then allow some twelve calls a second, which a busy machine makes as well.
XERO_SPEED, PROCORE_SPEED = 12.0, 5.0
SECONDS = 11.0  # a little more than two minutes of the faster clock


def _call_until(
    address: str, secret: str, connection_id: int, clock: Clock, start: Any, results: Any
) -> None:
    connections.close_all()
    held = Connection.objects.select_related("credential").get(pk=connection_id)
    client = _made(held.system, address, secret, SharedBudget(held, clock=clock), clock)
    resource = ACCOUNTS if held.system == "xero" else PROJECTS
    start.wait(20)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        list(client.read(resource))
    results.put(sum(client.calls.values()))
    connections.close_all()


def _made(system: str, address: str, secret: str, budget: SharedBudget, clock: Clock) -> Any:
    class There:
        pass

    there: Any = There()
    there.address = address
    make = xero if system == "xero" else procore
    return make(there, FixedTokens(secret), budget=budget, clock=clock, max_wait=300.0)


def _shared(sandbox: Sandbox, held: Connection, processes: int, speed: float) -> list[float]:
    """Let processes call as fast as they may; when the sandbox was called, on its clock."""
    fork = multiprocessing.get_context("fork")
    start, results = fork.Barrier(processes), fork.Queue()
    secret = token(sandbox, held.system)
    sandbox.clock.set(speed=speed)
    sandbox.limits.forget()
    sandbox.calls.reset()
    clock = Clock(start=sandbox.clock.now(), speed=speed)
    connections.close_all()
    given = (sandbox.address, secret, held.pk, clock, start, results)
    running = [fork.Process(target=_call_until, args=given) for _ in range(processes)]
    for process in running:
        process.start()
    for _process in running:
        results.get(timeout=120)
    for process in running:
        process.join(20)
    assert sandbox.calls.summary()["refused_429"] == 0
    return [row["at"] for row in sandbox.calls.log() if "token" not in row["path"]]


def _used(times: list[float], seconds: float, allowed: int) -> float:
    """The share of the allowed calls that were made while busy, the last window left out."""
    times = sorted(times)
    window: deque[float] = deque()
    for moment in times:
        window.append(moment)
        while window[0] <= moment - seconds:
            window.popleft()
        assert len(window) <= allowed
    busy = [moment for moment in times if moment < times[0] + int((times[-1] - times[0]) / seconds) * seconds]
    return len(busy) / (allowed * int((times[-1] - times[0]) / seconds))


one_process_only = pytest.mark.skipif(settings.ON_SQLITE, reason="SQLite serves one worker process")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("processes", [1, pytest.param(4, marks=one_process_only)])
def test_xero_minutes_are_used_and_never_overrun(sandbox: Sandbox, processes: int) -> None:
    """Nine tenths of sixty a minute, not one 429."""
    small(sandbox)
    times = _shared(sandbox, connected(), processes, XERO_SPEED)
    assert _used(times, 60.0, 60) >= 0.9


@one_process_only
@pytest.mark.django_db(transaction=True)
def test_procore_limits_are_used_and_never_overrun(sandbox: Sandbox) -> None:
    """Learned from headers, from the first call on."""
    small(sandbox)
    sandbox.switches.procore_spike_limit, sandbox.switches.procore_hourly_limit = 25, 3600
    times = _shared(sandbox, connected("procore"), 4, PROCORE_SPEED)
    assert _used(times, 10.0, 25) >= 0.6
