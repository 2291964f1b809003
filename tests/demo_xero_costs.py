"""What becomes of the demo world's costs that start in Xero, case by case of their table."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds.demo_xero_costs import BILLS, DECISIONS, RULES, spent
from mappings.models import CostDecision, Link, ReverseRule
from runs.models import Warning

INTEGRATIONS = ("xero-costs",)
OPTIONS: dict[str, Any] = {"manual_journals": True, "never": "320, 477"}
WARNED = {
    "XC-112": {"several-codes"},
    "XC-113": {"no-cost-code"},
    "XC-114": {"no-cost-type"},
    "XC-115": {"code-not-on-project"},
    "XC-116": {"contact-not-linked"},
    "XC-118": {"has-commitment"},
    "XC-119": {"has-commitment", "possible-double"},
    "manual journal": {"no-contact"},
}
# number in Procore -> project and amount
SENT = {
    "XC-101": ("BB-2604", "1240.00"),
    "XC-102": ("BB-2604", "360.00"),
    "XC-103": ("BB-2604", "-80.00"),
    spent()[:8]: ("BB-2604", "50.00"),
    "XC-105": ("BB-2604", "-30.00"),
    "XC-106": ("BB-2604", "415.00"),
    "XC-107": ("BB-2604", "220.00"),
}
LATER = {name: value for name, value in SENT.items() if name != "XC-106"} | {
    "XC-101": ("BB-2602", "1240.00"),
    "XC-201": ("BB-2604", "310.00"),
}


def choose(tenant: Tenant) -> None:
    """The options, rules and decisions of the demo tenant."""
    Setting.objects.filter(tenant=tenant, integration="xero-costs").update(options=OPTIONS)
    for rule in RULES:
        ReverseRule.objects.create(tenant=tenant, **rule)
    for decision in DECISIONS:
        CostDecision.objects.create(tenant=tenant, **decision)


def every_cost_is_told(sandbox: Sandbox) -> None:
    """Each cost of the table: its warnings, what it became, or nothing at all."""
    quiet = {"XC-108", "XC-109", "XC-110"}
    numbers = {number for number, *_ in BILLS.values()}
    assert numbers <= {*WARNED, *SENT, *quiet}
    assert _warned() == WARNED
    assert _sent(sandbox) == SENT


def what_happened_later_is_told(sandbox: Sandbox) -> None:
    """A line moved, a bill voided, a bill entered."""
    assert _warned() == WARNED
    assert _sent(sandbox) == LATER


def _warned() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in Warning.objects.filter(integration="xero-costs").exclude(state="resolved"):
        titles = [row["title"] for row in one.affected] or [one.record_title]
        for title in titles:
            name = next((name for name in WARNED if name in title), title)
            found.setdefault(name, set()).add(one.code)
    return found


def _sent(sandbox: Sandbox) -> dict[str, tuple[str, str]]:
    links = set(Link.objects.filter(integration="xero-costs").linked().values_list("target_id", flat=True))
    numbers = {one["id"]: one["project_number"] for one in sandbox.records("procore", "projects")}
    return {
        one["invoice_number"]: (numbers[one["project"]["id"]], str(Decimal(str(one["grand_total"]))))
        for one in sandbox.records("procore", "direct_costs")
        if str(one["id"]) in links
    }
