"""What every test may ask for: a sandbox, a browser."""

import copy
import os
import shutil
from collections.abc import Iterator

import pytest
from django.test import TransactionTestCase
from playwright.sync_api import Browser, sync_playwright
from pytest_django import Settings

from integrations.sandbox.server import Sandbox
from tests import emptying

pytest_plugins = ["tests.contracts.plugin"]

# Two minutes each: script/faults collects them.
collect_ignore = [] if os.environ.get("ONECORE_FAULTS") == "all" else ["faults/test_every.py"]
BROWSER_LINE = "apt-get install -y chromium fonts-dejavu-core"
HOSTS = {
    "ONECORE_SANDBOX_PROCORE_API": "procore-api",
    "ONECORE_SANDBOX_PROCORE_LOGIN": "procore-login",
    "ONECORE_SANDBOX_XERO_API": "xero-api",
    "ONECORE_SANDBOX_XERO_IDENTITY": "xero-identity",
    "ONECORE_SANDBOX_XERO_LOGIN": "xero-login",
}


def chromium() -> str | None:
    """The path of a Chromium on this machine."""
    names = (os.environ.get("ONECORE_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests are skipped where there is no browser, and say so; ONECORE_BROWSER=require forbids it."""
    wish = os.environ.get("ONECORE_BROWSER", "")
    in_browser = [item for item in items if item.get_closest_marker("browser")]
    if not in_browser or (wish != "skip" and chromium()):
        return
    if wish == "require":
        raise pytest.UsageError(f"The browser tests need Chromium: {BROWSER_LINE}")
    for item in in_browser:
        item.add_marker(pytest.mark.skip(reason=f"no Chromium here: {BROWSER_LINE}"))


@pytest.fixture(scope="session", autouse=True)
def emptied_quickly() -> Iterator[None]:
    """Tables are emptied between tests without making permissions anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", emptying.empty)
        yield


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[Sandbox]:
    """An empty sandbox on a free port, the settings pointing at it; `sandbox.load(world)` fills it."""
    running = Sandbox(token="tests")
    address = running.start()
    for name, host in HOSTS.items():
        setattr(settings, name, f"{address}/{host}")
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    policy["DIRECTIVES"]["form-action"].append(address)
    settings.CONTENT_SECURITY_POLICY = policy
    settings.ONECORE_SANDBOX_TOKEN = "tests"
    settings.ONECORE_LOCAL_SANDBOX = True
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; one for all browser tests of a process."""
    # Playwright's loop runs in this thread, so Django would take every query for one from asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium(), args=["--disable-dev-shm-usage"], chromium_sandbox=os.geteuid() != 0
        )
        yield running
        running.close()
