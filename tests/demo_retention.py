"""What the demo world's contracts with retention of their own lead to, as the table of their world says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from mappings.models import ContractTerms, HandLine, RetentionComparison
from mappings.retained import contracts_of
from runs.models import Warning

INTEGRATIONS = ("retention-by-hand", "retention-ledger")
TERMS: tuple[dict[str, Any], ...] = (
    {"project": "BB-2602", "number": "SC-2602-91", "opening_amount": "2000.00", "opening_kept": "unpaid"},
    {"project": "BB-2602", "number": "SC-2602-92", "opening_amount": "1200.00", "opening_kept": "account"},
    {"project": "BB-2603", "number": "SC-2603-91", "method": "credit_note"},
    {"project": "BB-2604", "number": "SC-2604-91", "method": "gross", "tax": "upfront"},
    {"project": "BB-2605", "number": "SC-2605-91", "completion_date": "2026-09-30"},
)
# what of a claim's payment due is not on its bill: on its further documents, unpaid, or owed by older bills
ELSEWHERE = {
    "SC-2602-91-06": "1500.00",
    "SC-2603-91-01": "-1200.00",
    "SC-2603-91-02": "-400.00",
    "SC-2604-91-01": "-900.00",
    "SC-2604-91-02": "-300.00",
}
BALANCES = {  # contract -> opening, held, released, balance, on the account
    "SC-2602-91": ("2000.00", "1000.00", "1500.00", "1500.00", "1000.00"),
    "SC-2602-92": ("1200.00", "750.00", "600.00", "1350.00", "1350.00"),
    "SC-2603-91": ("0", "2000.00", "400.00", "1600.00", "1600.00"),
    "SC-2604-91": ("0", "1200.00", "0.00", "1200.00", "0.00"),
    "SC-2605-91": ("0", "2000.00", "0.00", "2000.00", "2000.00"),
}


def choose(tenant: Tenant) -> None:
    """The terms of the example file."""
    for slug in INTEGRATIONS:
        Setting.objects.get_or_create(tenant=tenant, integration=slug, defaults={"enabled": True})
    for terms in TERMS:
        ContractTerms.objects.create(tenant=tenant, **terms)


def elsewhere(number: str) -> Decimal:
    """What of a claim's payment due is not on its own bill."""
    return Decimal(ELSEWHERE.get(number, "0.00"))


def every_contract_is_told(sandbox: Sandbox, tenant: Tenant) -> None:
    """Balances, the overdue share, lines by hand, and that they explain the difference to the books."""
    rows = {row["number"]: row for row in contracts_of(tenant)}
    names = ("opening", "held", "released", "balance", "on_account")
    told = {number: tuple(rows[number][name] for name in names) for number in BALANCES}
    assert told == {number: tuple(map(Decimal, amounts)) for number, amounts in BALANCES.items()}
    opened = Warning.objects.filter(tenant=tenant, integration="retention-ledger").exclude(state="resolved")
    overdue = opened.get(code="retention-overdue", record_title__contains="SC-2605-91")
    assert "1,000.00 fell due at practical completion on 30 Sep 2026" in overdue.message
    assert opened.filter(code="opening-unknown", record_title__contains="SC-2602-54").exists() is False
    figures = RetentionComparison.objects.get(tenant=tenant, side="payable").figures
    by_hand = HandLine.objects.filter(tenant=tenant, side="payable", state="found")
    assert by_hand.count() >= 3  # the bills with a number that a claim has too
    missing = Decimal("1200.00")  # the opening on the account, which nobody booked in the sandbox's books
    hand = sum((line.amount for line in by_hand), Decimal(0))
    assert Decimal(str(figures["difference"])) == missing + hand
