"""Answers lost and workers killed at each kind of write of every integration: afterwards both systems hold
what they hold without.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from pytest_django import Settings

from integrations.models import Tenant
from integrations.sandbox.server import Sandbox
from mappings.models import Link
from runs import dispatch
from tests import run_house
from tests import whole_world as whole
from tests.faults import house

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, pytest.mark.slow]

EFFECTS = ("hold_after", "hold_before")
WRITES = list(whole.kinds_of_write(list(whole.AT_WORK)))
POINTS = [(*write, effect) for write in WRITES for effect in EFFECTS]
TWICE = "TCH-7781"  # of two claims with one number, which is sent may depend on what was linked first
WITHOUT: list[Counter[str]] = []  # what both systems hold after undisturbed runs


def prepared(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """The demonstration company, without the one case that depends on the order of things."""
    tenant = whole.tenant_of_demo(sandbox, monkeypatch)
    for place, claim in enumerate(sandbox.records("procore", "requisitions")):
        if claim["invoice_number"] == TWICE:
            sandbox.act("edit_claim", claim_id=claim["id"], invoice_number=f"{TWICE}-{place}")
    return tenant


def undisturbed(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """What both systems hold after runs that nothing disturbs."""
    if not WITHOUT:
        tenant = prepared(sandbox, monkeypatch)
        for _ in range(2):
            run_house.sync(tenant)
        WITHOUT.append(whole.holds(sandbox))
        whole.forget(tenant)
    return WITHOUT[0]


def test_answers_lost_of_each_kind_of_write(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Each is lost once; every integration is settled before the next, so that each finds what it would."""
    settings.ONECORE_READ_TIMEOUT, settings.ONECORE_SETTLE_MARGIN, settings.ONECORE_SETTLE_AGAIN = (
        5,
        -600,
        -600,
    )
    expected = undisturbed(sandbox, monkeypatch)
    tenant = prepared(sandbox, monkeypatch)
    lost = [sandbox.faults.add("drop_after", method=method, path=path, times=1) for _, method, path in WRITES]
    for slug in whole.AT_WORK:
        run_house.sync(tenant, slug)
        while Link.objects.unanswered().filter(integration=slug).exists():
            run_house.sync(tenant, slug)
    hit = {fault["id"]: fault["hits"] for fault in sandbox.faults.all()}
    assert sum(bool(hit[fault]) for fault in lost) >= len(lost) // 2, sandbox.faults.all()
    sandbox.faults.clear()
    sandbox.calls.reset()
    run_house.sync(tenant)
    assert run_house.writes(sandbox) == 0, house.story(sandbox, tenant)
    assert whole.differences(expected, whole.holds(sandbox)) == []


@pytest.mark.parametrize(("slug", "method", "path", "effect"), POINTS)
def test_killed_at_a_kind_of_write(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slug: str, method: str, path: str,
    effect: str,
) -> None:  # fmt: skip
    expected = undisturbed(sandbox, monkeypatch)
    tenant = prepared(sandbox, monkeypatch)
    sandbox.faults.add(effect, path=path, method=method, times=1)
    with house.running(house.Workers(sandbox, tmp_path)):
        run = dispatch.start(tenant, ("nightly",))
        house.until(lambda: house.held(sandbox) or house.finished(run), 180, f"{slug} never wrote")
        pid = house.carrier(run) if house.held(sandbox) else 0
        if pid:
            os.kill(pid, signal.SIGKILL)
            killed = time.monotonic()
            house.until(lambda: house.finished(run) or run.attempts > 1, house.REPAIRED, "nobody took it up")
            left = house.SETTLED - (time.monotonic() - killed)
            settled = lambda: not Link.objects.unanswered().filter(integration=slug).exists()  # noqa: E731
            house.until(settled, max(left, 1), f"answers of {slug} are still open")
        house.until(lambda: house.finished(run) and house.quiet(), 240, "the run does not end")
    sandbox.faults.clear()
    run_house.sync(tenant)
    sandbox.calls.reset()
    run_house.sync(tenant)
    assert run_house.writes(sandbox) == 0, house.story(sandbox, tenant)
    assert whole.differences(expected, whole.holds(sandbox)) == []
