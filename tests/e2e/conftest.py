"""A portal with a worker of its own, and a browser whose complaints fail the test."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from playwright.sync_api import Browser, ConsoleMessage, Page

from integrations.models import Tenant
from integrations.sandbox.server import Sandbox
from tests import run_house
from tests.conftest import HOSTS
from tests.faults.house import database_url
from tests.portal_house import PASSWORD

MAIN = ("accounts", "contacts", "projects", "cost-codes", "cost-types", "progress-claims", "payments")


@pytest.fixture
def portal(live_server: Any, settings: Any, sandbox: Sandbox) -> str:
    """The address of a running portal that talks to the sandbox."""
    settings.ONECORE_ADDRESS = live_server.url
    settings.ONECORE_SECOND_FACTOR = False
    return str(live_server.url)


@pytest.fixture
def tenant(portal: str, sandbox: Sandbox) -> Tenant:
    """A tenant connected to the small world."""
    tenant = run_house.prepared(sandbox, enabled=MAIN)
    sandbox.switches.limits = False
    return tenant


@pytest.fixture
def worker(portal: str, sandbox: Sandbox, tmp_path: Path) -> Iterator[None]:
    """A real worker on the test database and the same sandbox."""
    addresses = {name: f"{sandbox.address}/{host}" for name, host in HOSTS.items()}
    about = {
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "ONECORE_STATE": str(tmp_path),
    }
    with (tmp_path / "worker.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "worker"],
            cwd=configured.ROOT,
            env={**os.environ, **addresses, **about},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        yield
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        for pid in (process.pid, *(child.pid for child in family)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def is_fault(said: ConsoleMessage) -> bool:
    """An error that no journey asks for: a refused page is one it may ask for."""
    return said.type == "error" and "Failed to load resource" not in said.text


@pytest.fixture
def page(browser: Browser, portal: str) -> Iterator[Page]:
    """A page; a script error, a blocked resource or a 500 fails the test."""
    context = browser.new_context(
        base_url=portal, accept_downloads=True, viewport={"width": 1360, "height": 900}
    )
    context.set_default_timeout(20_000)
    shown, complaints = context.new_page(), []
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("console", lambda said: complaints.append(said.text) if is_fault(said) else None)
    shown.on("response", lambda got: complaints.append(got.url) if got.status >= 500 else None)
    yield shown
    context.close()
    assert not complaints


@pytest.fixture
def sign_in(page: Page) -> Callable[[User], None]:
    """Signs a person in by the form."""

    def by_form(user: User) -> None:
        page.goto("/admin/")
        page.get_by_label("User name or e-mail address").fill(user.username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/admin/")

    return by_form
