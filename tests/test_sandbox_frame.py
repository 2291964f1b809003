"""The sandbox's frame over real HTTP: routes, faults, limits, clock, counts, control."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from integrations.sandbox.clock import Clock, moment
from integrations.sandbox.limits import Limits, Window
from integrations.sandbox.routing import Answer, BadBody, Headers, Request, Router, dump
from integrations.sandbox.server import Sandbox
from integrations.sandbox.store import Table
from tests.xero_caller import WORLD, Caller, bill

TOKEN = {"X-Sandbox-Token": "frame"}
INVOICES = "/xero-api/api.xro/2.0/Invoices"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox(token="frame")
    running.load(WORLD)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def caller(sandbox: Sandbox) -> Caller:
    return Caller(sandbox)


def control(sandbox: Sandbox, method: str, path: str, body: Any = None) -> requests.Response:
    return requests.request(method, f"{sandbox.address}/control/{path}", json=body, headers=TOKEN, timeout=10)


def test_a_route_converts_its_parameters_and_knows_what_does_not_fit() -> None:
    router = Router()
    router.route("GET", "/v1.0/projects/{project_id:int}/files/{name}")(lambda *_, **__: Answer())
    found = router.find("GET", "/v1.0/projects/12/files/a.b")
    assert found is not None
    assert found[1] == {"project_id": 12, "name": "a.b"}
    assert router.find("GET", "/v1.0/projects/x/files/a") is None
    assert router.find("GET", "/v1x0/projects/1/files/a") is None
    assert router.find("POST", "/v1.0/projects/12/files/a.b") is None


def test_amounts_are_written_and_read_exactly() -> None:
    text = dump({"a": Decimal("0.10"), "b": [Decimal("12345678901234.5600")], "c": "0.1"})
    assert text == '{"a":0.10,"b":[12345678901234.5600],"c":"0.1"}'
    assert Request("GET", "", "", body=b'{"a": 0.10}').json == {"a": Decimal("0.10")}


@pytest.mark.parametrize("body", [b"{", b'{"a": NaN}', b"\xff"])
def test_a_body_that_is_not_json_is_told(body: bytes) -> None:
    with pytest.raises(BadBody):
        _ = Request("POST", "", "", body=body).json


def test_forms_come_urlencoded_as_json_and_multipart() -> None:
    kinds = {
        "application/x-www-form-urlencoded": b"a=1&b=x%20y",
        "application/json": b'{"a": 1, "b": "x y"}',
        "multipart/form-data; boundary=B": b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        b'--B\r\nContent-Disposition: form-data; name="b"\r\n\r\nx y\r\n--B--\r\n',
    }
    for kind, body in kinds.items():
        request = Request("POST", "", "", headers=Headers([("Content-Type", kind)]), body=body)
        assert request.form == {"a": "1", "b": "x y"}, kind


def test_a_table_gives_ids_it_never_had() -> None:
    table = Table(first_id=10)
    assert table.add({"id": 40})["id"] == 40
    assert table.add({"name": "next"})["id"] == 41
    table.remove(41)
    assert table.next_id() == 42
    assert [row["id"] for row in table.all()] == [40]


def test_windows_roll_on_the_sandbox_clock() -> None:
    clock = Clock(moment("2026-01-01T00:00:00Z"), speed=0)
    limits, window = Limits(clock), Window("minute", "k", 60, 2)
    assert [limits.take(window)[0] for _ in range(2)] == [None, None]
    full, counts = limits.take(window)
    assert full == window
    assert (counts[0].remaining, counts[0].wait) == (0, 60)
    clock.set(now=moment("2026-01-01T00:00:59Z"))
    assert limits.take(window)[0] == window
    clock.set(now=moment("2026-01-01T00:01:00Z"))
    assert limits.take(window)[0] is None


def test_the_control_interface_needs_its_token(sandbox: Sandbox) -> None:
    assert requests.get(f"{sandbox.address}/control/calls", timeout=5).status_code == 401
    assert control(sandbox, "GET", "calls").status_code == 200
    assert control(sandbox, "GET", "nowhere").status_code == 404


def test_control_refuses_what_it_does_not_know(sandbox: Sandbox) -> None:
    assert control(sandbox, "POST", "act", {"act": "fly"}).status_code == 404
    assert control(sandbox, "POST", "act", {"act": "pay_bill", "wings": 2}).status_code == 400
    assert control(sandbox, "POST", "world", {"name": "atlantis"}).status_code == 404
    assert control(sandbox, "POST", "faults", {"effect": "magic"}).status_code == 400
    assert control(sandbox, "POST", "faults", {"effect": "status", "path": "("}).status_code == 400
    assert control(sandbox, "POST", "switches", {"unknown": True}).status_code == 400
    assert control(sandbox, "POST", "switches", {"xero_minute_limit": "many"}).status_code == 400


def test_switches_are_set_and_shown(sandbox: Sandbox) -> None:
    shown = control(sandbox, "POST", "switches", {"xero_minute_limit": 7}).json()
    assert shown["xero_minute_limit"] == 7
    assert sandbox.switches.xero_minute_limit == 7


def test_a_world_is_loaded_over_control_and_listed(sandbox: Sandbox) -> None:
    assert control(sandbox, "POST", "world", {"world": WORLD}).status_code == 200
    rows = control(sandbox, "GET", "records?system=xero&kind=Contacts").json()["records"]
    assert [row["Name"] for row in rows] == ["Ayr Concreting", "Bondi Steel"]
    assert control(sandbox, "GET", "records?system=xero&kind=Dragons").status_code == 404
    acts = control(sandbox, "GET", "acts").json()
    assert {"name": "bill", "required": True} in acts["pay_bill"]["arguments"]


def test_a_status_fault_skips_then_hits_then_passes(sandbox: Sandbox, caller: Caller) -> None:
    fault = {
        "effect": "status",
        "status": 503,
        "path": "Invoices",
        "skip": 1,
        "headers": {"Retry-After": "3"},
    }
    control(sandbox, "POST", "faults", fault)
    answers = [caller.call("GET", "Invoices") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 503, 200]
    assert answers[1].headers["Retry-After"] == "3"
    assert control(sandbox, "GET", "faults").json()["faults"][0]["hits"] == 1
    assert control(sandbox, "DELETE", "faults").status_code == 204
    assert control(sandbox, "GET", "faults").json()["faults"] == []


@pytest.mark.parametrize(("effect", "stored"), [("drop_before", 0), ("drop_after", 1), ("truncate", 1)])
def test_a_lost_answer_is_stored_or_not(sandbox: Sandbox, caller: Caller, effect: str, stored: int) -> None:
    sandbox.faults.add(effect, method="PUT", path=INVOICES)
    with pytest.raises(requests.RequestException):
        caller.call("PUT", "Invoices", bill())
    assert len(caller.get("Invoices")["Invoices"]) == stored


def test_an_html_fault_answers_a_page(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.add("html", path=INVOICES, status=502)
    answer = caller.call("PUT", "Invoices", bill())
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    assert caller.get("Invoices")["Invoices"] == []


def until(check: Any) -> None:
    """Wait for something another thread does, at most five seconds."""
    ends = time.monotonic() + 5
    while not check():
        assert time.monotonic() < ends
        time.sleep(0.005)


@pytest.mark.parametrize(("effect", "while_held"), [("hold_before", 0), ("hold_after", 1)])
def test_a_held_request_goes_on_when_released(
    sandbox: Sandbox, caller: Caller, effect: str, while_held: int
) -> None:
    id, other, answers = sandbox.faults.add(effect, method="PUT", path=INVOICES), Caller(sandbox), []
    thread = threading.Thread(target=lambda: answers.append(caller.call("PUT", "Invoices", bill())))
    thread.start()
    until(lambda: sandbox.faults.all()[0]["held"] == 1)
    assert len(other.get("Invoices")["Invoices"]) == while_held
    assert control(sandbox, "POST", "release", {"id": id}).status_code == 204
    thread.join(5)
    assert answers[0].status_code == 200
    assert len(other.get("Invoices")["Invoices"]) == 1


@pytest.mark.parametrize(("late", "stored"), [(False, 0), (True, 1)])
def test_a_held_request_ends_with_its_connection_unless_it_is_late(
    sandbox: Sandbox, caller: Caller, late: bool, stored: int
) -> None:
    id = sandbox.faults.add("hold_before", method="PUT", path=INVOICES, late=late)
    body = json.dumps(bill()).encode()
    head = f"PUT {INVOICES} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {caller.token}\r\n"
    with socket.create_connection(("127.0.0.1", int(sandbox.address.rpartition(":")[2]))) as client:
        client.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        until(lambda: sandbox.faults.all()[0]["held"] == 1)
    if late:
        sandbox.faults.release(id)
    until(lambda: sandbox.faults.all()[0]["held"] == 0)
    until(lambda: len(sandbox.records("xero", "Invoices")) == stored)


def test_calls_are_counted_by_system_and_path(sandbox: Sandbox, caller: Caller) -> None:
    control(sandbox, "POST", "calls/reset")
    caller.put("Invoices", bill())
    caller.get("Invoices")
    caller.ask(grant_type="client_credentials", scope="accounting.invoices")
    counts = control(sandbox, "GET", "calls").json()
    assert (counts["total"], counts["writes"], counts["by_system"]) == (3, 1, {"xero": 3})
    assert counts["by_path"]["PUT /api.xro/2.0/Invoices"] == 1
    assert counts["busiest_minute"] == {"xero": 2}
    assert counts["bytes"]["sent"] > 0
    row = control(sandbox, "GET", "calls?log=1").json()["calls"][0]
    assert (row["method"], row["path"], row["status"]) == ("PUT", INVOICES, 200)
    assert "request" not in row


def test_bodies_are_logged_when_switched_on(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.switches.log_bodies = True
    caller.put("Invoices", bill("LOGGED-1"))
    assert "LOGGED-1" in sandbox.calls.log()[-1]["request"]


def test_the_clock_runs_as_fast_as_it_is_told(sandbox: Sandbox) -> None:
    control(sandbox, "POST", "clock", {"speed": 0, "now": "2027-01-01T00:00:00Z"})
    assert sandbox.clock.now() == moment("2027-01-01T00:00:00Z")
    control(sandbox, "POST", "clock", {"speed": 3600})
    time.sleep(0.02)
    assert sandbox.clock.now() > moment("2027-01-01T00:01:00Z")


def test_observers_see_each_answer(sandbox: Sandbox, caller: Caller) -> None:
    seen: list[tuple[str, int]] = []
    sandbox.observers.append(lambda request, answer: seen.append((request.path, answer.status)))
    caller.get("Invoices")
    assert seen == [("/api.xro/2.0/Invoices", 200)]


def test_answers_come_without_hidden_delay(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.switches.limits = False
    caller.get("Invoices")
    started = time.monotonic()
    for _ in range(50):
        caller.get("Invoices")
    assert (time.monotonic() - started) / 50 < 0.03


def test_stopping_ends_every_connection(sandbox: Sandbox, caller: Caller) -> None:
    caller.get("Invoices")
    sandbox.stop()
    with pytest.raises(requests.ConnectionError):
        caller.get("Invoices")


def test_the_command_prints_where_it_listens_and_stops_when_told() -> None:
    line = [sys.executable, "manage.py", "sandbox", "--port", "0", "--world", "small", "--token", "given"]
    root = Path(__file__).resolve().parent.parent
    with subprocess.Popen(
        line, cwd=root, env={**os.environ, "ONECORE_DEBUG": "1"}, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        said = [running.stdout.readline() for _ in range(7)]
        address = said[0].split()[4]
        assert "127.0.0.1" in address
        assert any("/xero-identity" in row for row in said)
        calls = requests.get(f"{address}/control/calls", headers={"X-Sandbox-Token": "given"}, timeout=10)
        assert calls.status_code == 200
        running.terminate()
        assert running.wait(10) == 0
        assert "given" not in "".join(said)
