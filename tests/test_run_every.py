"""What holds for every integration without being written for it: tests write nothing, a second run changes
nothing, a lost answer loses and doubles nothing.

They run on the demonstration company, whose tenant file switches integrations on: a new one takes part as
soon as it stands in the registry and in the file.
"""

from __future__ import annotations

import pytest
from pytest_django import Settings

from integrations import registry
from integrations.sandbox.server import Sandbox
from mappings.models import Link
from runs.models import Mode, Run
from tests import run_house as house
from tests import whole_world as whole
from tests.scenes import shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# Codes are accounts in the demonstration: the other ways of sending them have tests of their own.
OTHER_WAYS = ("items", "cost-code-options")
EVERY = tuple(slug for slug in registry.BY_SLUG if slug not in OTHER_WAYS)


@pytest.fixture(autouse=True)
def no_waiting(settings: Settings) -> None:
    """Lost answers may be looked up at once, and a second time right after."""
    settings.ONECORE_READ_TIMEOUT, settings.ONECORE_SETTLE_MARGIN, settings.ONECORE_SETTLE_AGAIN = (
        5,
        -600,
        -600,
    )


def changed(run: Run, slug: str) -> int:
    """How many records an integration changed in a run, or would have."""
    counts = run.counts.get(slug, {})
    return sum(int(counts.get(name, 0)) for name in whole.CHANGING)


def test_every_integration(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Test runs write nothing, the first run does something real, the second nothing; lost answers of each
    kind of write leave both systems as they are without.
    """
    tenant = whole.tenant_of_demo(sandbox, monkeypatch)
    slugs = whole.enabled(tenant)
    assert slugs == list(EVERY), "an integration is not switched on in the demonstration"
    before = whole.holds(sandbox)
    tried = house.sync(tenant, mode=Mode.DEBUG)
    assert house.writes(sandbox) == 0, shown(tried)
    assert whole.holds(sandbox) == before
    first = house.sync(tenant)
    idle = [slug for slug in slugs if not changed(first, slug)]
    assert not idle, f"they had nothing to do: {idle}\n{shown(first)}"
    sandbox.calls.reset()
    second = house.sync(tenant)
    assert house.writes(sandbox) == 0, shown(second)
    assert not [slug for slug in slugs if changed(second, slug)], shown(second)
    whole_state = whole.holds(sandbox)
    whole.forget(tenant)

    tenant = whole.tenant_of_demo(sandbox, monkeypatch)
    lost = [
        sandbox.faults.add("drop_after", method=method, path=path, times=1)
        for _, method, path in whole.kinds_of_write(slugs)
    ]
    for slug in slugs:  # each settled before the next: what a later one finds is what it would have found
        house.sync(tenant, slug)
        while Link.objects.unanswered().filter(integration=slug).exists():
            house.sync(tenant, slug)
    hit = {fault["id"]: fault["hits"] for fault in sandbox.faults.all()}
    assert sum(bool(hit[fault]) for fault in lost) >= len(lost) // 2, sandbox.faults.all()
    assert not Link.objects.unanswered().exists()
    sandbox.faults.clear()
    sandbox.calls.reset()
    last = house.sync(tenant)
    assert house.writes(sandbox) == 0, shown(last)
    found = whole.holds(sandbox)
    assert whole.differences(whole_state, found) == []
