"""Adjustments: whatever a claim becomes after payment, its documents come to it together, and then stay."""

from __future__ import annotations

import copy
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from integrations.changes import Action, Change
from tests import cases
from tests.claim_worlds import ZERO, ContractLife, LineLife, cents, movement
from tests.test_retention import GIVEN, METHOD_NAMES, RULES

CLAIMS = "progress-claims"
NUMBERS = {"bills": ("InvoiceID", "InvoiceNumber"), "credit_notes": ("CreditNoteID", "CreditNoteNumber")}
IDS = count(1)
SIGNS = {"bills": 1, "credit_notes": -1}
QUIET = (Action.UNCHANGED, Action.SKIP)
OPTIONS = {
    "retention_tax_note": "checked", "country": "AU", "bill_status": "AUTHORISED",
    "retention_held_account": "820", "retention_released_account": "821",
}  # fmt: skip


@dataclass
class Books:
    """What Xero holds of one claim, and the links to it."""

    options: dict[str, Any]
    links: list[dict[str, Any]] = field(default_factory=list)
    held: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"bills": [], "credit_notes": []})

    def planned(self, claim: dict[str, Any], *, approving: bool = True) -> list[Change]:
        """What is planned for the claim now."""
        changed = {
            "options": self.options, "rules": RULES, "approving": approving, "existing": self.held,
            "cost_codes": [{"code": code, "name": "Code", "is_leaf": True} for code in ("100", "200")],
            "+links": self.links,
        }  # fmt: skip
        made = cases.merge(GIVEN, changed)
        record = {name: value for name, value in made["record"].items() if name not in ("items", "summary")}
        return cases.changes_of(CLAIMS, made | {"record": record, "records": [claim]})

    def post(self, changes: list[Change]) -> None:
        """Take over what was planned, as Xero would."""
        for change in changes:
            if change.resource not in NUMBERS or change.action not in (
                Action.CREATE,
                Action.UPDATE,
                Action.REMOVE,
            ):
                continue
            before = {} if change.action is Action.CREATE else self._drop(change)
            if change.action is not Action.REMOVE:
                self._write(change, before)

    def _drop(self, change: Change) -> dict[str, Any]:
        key = NUMBERS[change.resource][0]
        before = next(one for one in self.held[change.resource] if one[key] == change.target_id)
        self.links = [one for one in self.links if one["role"] != change.role]
        self.held[change.resource] = [
            one for one in self.held[change.resource] if one[key] != change.target_id
        ]
        return before

    def _write(self, change: Change, before: dict[str, Any]) -> None:
        key, _ = NUMBERS[change.resource]
        target_id = change.target_id or str(next(IDS))
        lines = [
            dict(line) | {"LineItemID": line.get("LineItemID") or str(next(IDS))}
            for line in change.payload["LineItems"]
        ]
        record = (
            before | dict(change.payload) | {key: target_id, "LineItems": lines, "SubTotal": change.amount}
        )
        self.held[change.resource].append(record | {"AmountPaid": 0, "UpdatedDateUTC": "v"})
        self.links.append({
            "integration": CLAIMS, "role": change.role, "subject": change.subject, "state": "linked",
            "resource": change.resource, "target_id": target_id, "sent": dict(change.sent),
            "lines": dict(zip(change.lines, (one["LineItemID"] for one in lines), strict=True)),
            "amount": change.amount, "number": change.number, "details": dict(change.details),
        })  # fmt: skip

    def pay(self, roles: set[str]) -> None:
        """Somebody pays, or uses up, the documents in these roles."""
        ids = {one["target_id"] for one in self.links if one["role"] in roles}
        for name, (key, _) in NUMBERS.items():
            for one in self.held[name]:
                one |= {"AmountPaid": 1, "AppliedAmount": 1} if one[key] in ids else {}

    def balances(self) -> dict[tuple[str, str], Decimal]:
        """What the living documents come to, by account and tax type."""
        total: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
        for name, sign in SIGNS.items():
            for one in self.held[name]:
                for line in one["LineItems"]:
                    amount = Decimal(str(line["UnitAmount"])) * Decimal(str(line["Quantity"]))
                    total[line["AccountCode"], line["TaxType"]] += sign * amount
        return {place: amount for place, amount in total.items() if amount}


@st.composite
def versions(draw: Any) -> list[dict[str, Any]]:
    """One claim as it was sent, and as it became later, twice."""
    codes = draw(st.lists(st.sampled_from(("100", "200")), min_size=1, max_size=3))
    found = []
    for _ in range(3):
        life = ContractLife([LineLife(61 + place, code) for place, code in enumerate(codes)])
        moves = []
        for _code in codes:
            work = draw(st.decimals(min_value=-5000, max_value=20_000, places=2))
            held = cents(work * draw(st.sampled_from((ZERO, Decimal("0.05"), Decimal("0.1")))))
            moves.append(movement() | {"work": work, "held": held})
        found.append(life.claim(moves))
    return found


@pytest.mark.parametrize("tax", ["defer", "upfront"])
@pytest.mark.parametrize("method", METHOD_NAMES)
@given(claims=versions(), paid=st.sets(st.sampled_from(("bill", "credit_note", "retention")), min_size=1))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_documents_and_adjustments_come_to_the_claim(
    method: str, tax: str, claims: list[dict[str, Any]], paid: set[str]
) -> None:
    """By account and tax type, for every method, whatever was paid; then nothing more is planned."""
    books = Books(OPTIONS | {"retention": method, "retention_tax": tax})
    for place, claim in enumerate(claims):
        fresh = Books(books.options)
        fresh.post(fresh.planned(claim))
        assume(fresh.links)
        unapproved = copy.deepcopy(books).planned(claim, approving=False)
        moved = any(change.action is Action.WARN for change in unapproved)
        assert not moved or not any(_moves_money(change) for change in unapproved), unapproved
        books.post(books.planned(claim))
        books.post(books.planned(claim))
        assert books.balances() == fresh.balances(), (place, books.links)
        again = books.planned(claim, approving=False)
        loud = [one for one in again if one.resource in NUMBERS and one.action not in QUIET]
        assert not loud, [(one.role, one.message) for one in loud]
        books.pay(paid)


def _moves_money(change: Change) -> bool:
    return change.action in (Action.CREATE, Action.REMOVE)
