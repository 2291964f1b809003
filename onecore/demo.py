"""The demonstration: sandbox, worker and portal as processes of their own, driven as a person would
drive them.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
from django.conf import settings

START_WAIT = 60  # seconds for a process to come up
RUN_WAIT = 600  # seconds for a run to end


class Failed(Exception):
    """The demonstration did not come out as it must; the text says where."""


# Calls the demonstration may make; the sandbox is told the same. Real limits are what script/bench measures.
WIDE = {"xero": {"minute": 600}, "procore": {"spike": 100, "hour": 3600}}


class Surroundings:
    """The processes of the demonstration. Leaving the context ends them, and nobody else's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.address = f"http://127.0.0.1:{free_port()}"
        self.portal = f"http://127.0.0.1:{free_port()}"
        self.token = "demo"
        names = ("PROCORE_API", "PROCORE_LOGIN", "XERO_API", "XERO_IDENTITY", "XERO_LOGIN")
        self.environment = os.environ | {
            f"ONECORE_SANDBOX_{name}": f"{self.address}/{name.lower().replace('_', '-')}" for name in names
        }
        self.environment |= {
            "ONECORE_SANDBOX_TOKEN": self.token,
            "ONECORE_ADDRESS": self.portal,
            "ONECORE_CREDENTIAL_PROCORE_ID": "sandbox-procore",
            "ONECORE_CREDENTIAL_PROCORE_SECRET": "sandbox-procore-secret",
            "ONECORE_CREDENTIAL_XERO_ID": "sandbox-xero-custom",
            "ONECORE_CREDENTIAL_XERO_SECRET": "sandbox-xero-custom-secret",
        }

    def __enter__(self) -> Surroundings:
        return self

    def __exit__(self, *error: object) -> None:
        for process in reversed(self.processes.values()):
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()

    def start(self, name: str, *arguments: str) -> None:
        """Start `manage.py` with these arguments beside us, its output in a file of the demo's folder."""
        log = (self.folder / f"{name}.log").open("wb")
        self.processes[name] = subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.ROOT,
            env=self.environment,
            stdout=log,
            stderr=log,
        )

    def manage(self, *arguments: str) -> str:
        """What `manage.py` with these arguments prints; Failed with its own words when it fails."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=settings.ROOT, env=self.environment, capture_output=True, text=True, timeout=RUN_WAIT,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise Failed(f"manage.py {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def control(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """One request to the sandbox's control interface."""
        answer = requests.request(
            "GET" if body is None else "POST",
            f"{self.address}/control/{path}",
            json=body,
            headers={"X-Sandbox-Token": self.token},
            timeout=30,
        )
        if not answer.ok:
            raise Failed(f"The sandbox refused {path} {body}: {answer.text[:300]}")
        return answer.json() if answer.content else None

    def ready(self, name: str, address: str) -> None:
        """Wait until something answers at the address."""
        until = time.monotonic() + START_WAIT
        while time.monotonic() < until:
            if self.processes[name].poll() is not None:
                break
            try:
                requests.get(address, timeout=2)
                return
            except requests.ConnectionError:
                time.sleep(0.2)
        raise Failed(f"The {name} did not start:\n{(self.folder / f'{name}.log').read_text()[-2000:]}")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


class Demonstration:
    """The main job from an empty database to a quiet last run."""

    tenant = "bright-build"

    def __init__(self, around: Surroundings, say: Any) -> None:
        self.around, self.say = around, say

    def prepare(self) -> None:
        """Sandbox with the demo world, the tenant's file, the worker."""
        around = self.around
        self.heading("A builder's company in the sandbox, and its tenant from a file")
        around.start("sandbox", "sandbox", "--port", around.address.rpartition(":")[2], "--world", "demo")
        around.ready("sandbox", around.address)
        around.control("clock", {"now": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")})
        around.control("switches", {"xero_minute_limit": WIDE["xero"]["minute"]})
        self.say(around.manage("tenant", "import", str(self.tenant_file())).rstrip())
        around.start("worker", "worker")

    def tenant_file(self) -> Path:
        """The example tenant with wider limits: four nights in a row would wait for Xero's minutes."""
        content = json.loads((settings.ROOT / "docs/examples/bright-build.json").read_text(encoding="utf-8"))
        for system, limits in WIDE.items():
            content["connections"][system]["credential"]["limits"] = limits
        path = self.around.folder / "bright-build.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return path

    def show(self) -> None:
        """Test, send, live on both sides, send again, and once more for nothing."""
        self.run("1. A test run: everything is read, checked and drawn; nothing is sent", "--debug", writes=0)
        self.run("2. The same for real")
        self.heading(
            "3. Meanwhile: bills are paid in Xero, a claim is edited in Procore, contacts are merged"
        )
        for act in self.around.control("later"):
            self.act(act)
            self.say("   " + words(act))
        self.run("4. The next night: payments come back, the edit goes over")
        self.run("5. One more run finds nothing to do", writes=0)

    def act(self, act: Mapping[str, Any]) -> None:
        """What a person does in one of the two systems."""
        self.around.control("act", act)

    def run(self, title: str, *arguments: str, writes: int | None = None) -> dict[str, Any]:
        """One nightly run by the worker, printed; Failed when the sandbox counted other than `writes`
        writes.
        """
        self.heading(title)
        self.around.control("calls/reset", {})
        began = time.monotonic()
        said = self.around.manage("sync", self.tenant, "nightly", "--wait", *arguments).rstrip()
        self.say(said)
        if "It goes on at" in said:
            raise Failed("The run ended before its end, for want of calls.")
        calls = self.around.control("calls")
        took = time.monotonic() - began
        self.say(
            f"   The sandbox counted {calls['total']} calls, {calls['writes']} of them writes, in "
            f"{took:.0f} seconds."
        )
        if writes is not None and calls["writes"] != writes:
            raise Failed(
                f"{calls['writes']} writes were counted where there must be {writes}: "
                f"{json.dumps(calls['by_path'])}"
            )
        return dict(calls)

    def heading(self, text: str) -> None:
        self.say("\n" + text + "\n" + "─" * min(len(text), 100))


def words(act: Mapping[str, Any]) -> str:
    """An act in words."""
    rest = ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in act.items() if name not in ("act", "items")
    )
    return f"{act['act'].replace('_', ' ')}: {rest}"
