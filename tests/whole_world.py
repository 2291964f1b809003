"""The demonstration company with every integration at work, and what both systems hold, ids left out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from integrations import registry
from integrations.base import Resource, Write
from integrations.models import Credential, Tenant
from integrations.sandbox.procore.company import KINDS
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import world
from integrations.sandbox.xero.records import organisation_for
from runs.tenantfile import import_tenant
from tests import run_house as house

EXAMPLE = Path(settings.ROOT) / "docs" / "examples" / "bright-build.json"
VARIABLES = {
    "ONECORE_CREDENTIAL_PROCORE_ID": "sandbox-procore",
    "ONECORE_CREDENTIAL_PROCORE_SECRET": "sandbox-procore-secret",
    "ONECORE_CREDENTIAL_XERO_ID": "sandbox-xero-custom",
    "ONECORE_CREDENTIAL_XERO_SECRET": "sandbox-xero-custom-secret",
}
CHANGING = ("created", "updated", "linked", "removed")
# Codes are accounts in the demonstration: the other ways of sending them have tests of their own.
OTHER_WAYS = ("items", "cost-code-options")
AT_WORK = tuple(slug for slug in registry.BY_SLUG if slug not in OTHER_WAYS)
DERIVED = {"wbs_codes"}  # made by the sandbox when first asked for
# What differs from one making of the same record to the next: ids, moments, and addresses that hold ids.
UNSTEADY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z?|\d{5,}")
AMOUNT = re.compile(r"-?\d+\.\d+")
MOMENTS = re.compile(r"(_at|UTC|_date_utc)$|^(id|origin_id|number_in_order)$")


def tenant_of_demo(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Tenant:
    """The demo world loaded, and its tenant as its file describes it, with plenty of calls."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    given = world("demo")
    sandbox.load(given)
    sandbox.switches.limits = False
    sandbox.clock.set(now=datetime.now(UTC))  # cursors are kept by our clock
    tenant, _ = import_tenant(EXAMPLE.read_text(encoding="utf-8"))
    Credential.objects.update(tiers=house.PLENTY)
    return tenant


def forget(tenant: Tenant) -> None:
    """The tenant with all its rows, as if it had never been there."""
    tenant.delete()
    Credential.objects.all().delete()


def enabled(tenant: Tenant) -> list[str]:
    """The integrations that the tenant has switched on, in running order."""
    on = set(tenant.settings.filter(enabled=True).values_list("integration", flat=True))
    return [slug for slug in registry.BY_SLUG if slug in on]


def holds(sandbox: Sandbox) -> Counter[str]:
    """Every record of both systems as text, without what is new each time it is made."""
    found: Counter[str] = Counter()
    for kind in sorted(KINDS.keys() - DERIVED):
        found.update(f"procore {kind} {steady(one)}" for one in sandbox.records("procore", kind))
    for kind in organisation_for(sandbox, None).shelves:
        found.update(f"xero {kind} {steady(one)}" for one in sandbox.records("xero", kind))
    return found


def steady(value: Any) -> str:
    """A record's text with ids and moments left out."""
    return json.dumps(_steady(value), sort_keys=True, default=str)


def _steady(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _steady(one) for name, one in value.items() if not MOMENTS.search(name)}
    if isinstance(value, list | tuple):
        return sorted(
            (_steady(one) for one in value), key=lambda one: json.dumps(one, default=str, sort_keys=True)
        )
    if isinstance(value, int) and not isinstance(value, bool):
        return value if value < 10_000 else "#"
    if isinstance(value, str) and not AMOUNT.fullmatch(value):
        return UNSTEADY.sub("#", value)
    return value


def differences(one: Counter[str], other: Counter[str]) -> list[str]:
    """What only one of two states holds, few and short enough to read."""
    lines = [f"only before: {text}" for text in (one - other)] + [
        f"only after: {text}" for text in other - one
    ]
    return [line[:1500] for line in sorted(lines)[:8]]


def kinds_of_write(slugs: list[str]) -> Iterator[tuple[str, str, str]]:
    """Every integration, method and path (a pattern) by which one of them creates or changes a record."""
    seen = set()
    for slug in slugs:
        for resource in registry.BY_SLUG[slug].targets().values():
            for write in writes_of(resource):
                key = (write.method, pattern(resource, write))
                if resource.system != "onecore" and key not in seen:
                    seen.add(key)
                    yield slug, *key


def writes_of(resource: Resource) -> list[Write]:
    """How a resource is written."""
    return [write for write in (resource.create, resource.update) if write is not None]


def pattern(resource: Resource, write: Write) -> str:
    """The path of a write as a pattern of full paths in the sandbox."""
    path = re.sub(r"\{\w+\}", "[^/]+", write.path)
    return f"^/{resource.system}-api/.*{path.lstrip('/')}$"
