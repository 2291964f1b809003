"""What holds for every integration without being written for it: tests write nothing, a second run changes
nothing. What lost answers and killed workers may not do to any of them is in tests/faults/test_every.py.

They run on the demonstration company, whose tenant file switches integrations on: a new one takes part as
soon as it stands in the registry and in the file.
"""

from __future__ import annotations

import pytest

from integrations.sandbox.server import Sandbox
from runs.models import Mode, Run
from tests import run_house as house
from tests import whole_world as whole
from tests.scenes import shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def changed(run: Run, slug: str) -> int:
    """How many records an integration changed in a run, or would have."""
    counts = run.counts.get(slug, {})
    return sum(int(counts.get(name, 0)) for name in whole.CHANGING)


def test_every_integration(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Test runs write nothing, the first run does something real, the second nothing."""
    tenant = whole.tenant_of_demo(sandbox, monkeypatch)
    slugs = whole.enabled(tenant)
    assert slugs == list(whole.AT_WORK), "an integration is not switched on in the demonstration"
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
