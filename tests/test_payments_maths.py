"""Payments: whatever is paid, deleted and held, the parts written add up to what is payable before tax."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.changes import Action, Change
from tests import cases

ZERO, CENT = Decimal("0.00"), Decimal("0.01")
QUIET = (Action.UNCHANGED, Action.SKIP)


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, "ROUND_HALF_UP")


@dataclass(frozen=True)
class Bill:
    """A bill and what is held of it. `held` is before tax; `taxed` says that its tax is held too."""

    before: Decimal
    rate: Decimal
    held: Decimal = ZERO
    taxed: bool = False
    method: str = "deduct"

    @property
    def tax(self) -> Decimal:
        return cents(self.before * self.rate)

    @property
    def held_with_tax(self) -> Decimal:
        return self.held + (cents(self.held * self.tax / self.before) if self.taxed else ZERO)

    @property
    def due(self) -> Decimal:
        """What falls due now, including tax."""
        return self.before + self.tax - self.held_with_tax

    @property
    def in_full(self) -> Decimal:
        """What can ever be paid on the bill, including tax: what a credit note covers never can."""
        return self.before + self.tax if self.method == "gross" else self.due

    @property
    def written_in_full(self) -> Decimal:
        """The same before tax."""
        return self.before if self.method == "gross" else self.before - self.held

    def as_record(self, payments: Mapping[str, Decimal]) -> dict[str, Any]:
        """As Xero shows it, with the link to its claim."""
        whole = str(self.held_with_tax)
        covered = {"CreditNoteID": "n-1", "AppliedAmount": whole, "Total": whole}
        credited = [covered] if self.method == "credit_note" and self.held else []
        return {
            "InvoiceID": "b-1", "InvoiceNumber": "INV-7", "Contact": {"Name": "Harris Concrete"},
            "SubTotal": str(self.before), "TotalTax": str(self.tax), "Total": str(self.before + self.tax),
            "Payments": [
                {"PaymentID": key, "Date": f"2026-11-{place % 28 + 1:02}", "Amount": str(amount)}
                for place, (key, amount) in enumerate(payments.items())
            ],
            "CreditNotes": credited,
            "own": [{"role": "credit_note", "target_id": "n-1", "amount": str(self.held)}] * len(credited),
            "link": {
                "group": "9001",
                "details": {"project": 11, "contract": 801, "left_open_taxed": self.taxed}
                | ({"left_open": str(self.held)} if self.method == "gross" else {}),
            },
        }  # fmt: skip


@dataclass
class Procore:
    """The payments of a contract as Procore keeps them, changed as the plans say."""

    bill: Bill
    paid: dict[str, Decimal] = field(default_factory=dict)
    written: dict[str, dict[str, Any]] = field(default_factory=dict)
    made: int = 0

    @property
    def total(self) -> Decimal:
        return sum((Decimal(one["amount"]) for one in self.written.values()), ZERO)

    def plan(self) -> list[Change]:
        links = [
            {"integration": "payments", "role": "payment", "subject": subject, "group": "b-1",
             "resource": "contract_payments", "target_id": str(one["id"]), "amount": one["amount"]}
            for subject, one in self.written.items()
        ]  # fmt: skip
        lost = sorted(set(self.written) - {f"b-1:{key}" for key in self.paid})
        return cases.changes_of("payments", {
            "record": self.bill.as_record(self.paid),
            "links": links,
            "existing": {"contract_payments": list(self.written.values())},
            "lost": lost,
        })  # fmt: skip

    def sweep(self) -> None:
        """Do what is planned; planned again at once, nothing is left to do."""
        for change in self.plan():
            if change.action is Action.REMOVE:
                del self.written[change.subject]
            elif change.action in (Action.CREATE, Action.UPDATE):
                self.made += change.action is Action.CREATE
                kept = self.written.get(change.subject, {"id": 700 + self.made, "contract_id": 801})
                texts = {name: str(value) for name, value in change.payload.items()}
                self.written[change.subject] = kept | {"project_id": 11} | texts
            else:
                assert change.action in QUIET, change.message
        assert all(change.action in QUIET for change in self.plan())


amounts = st.integers(1, 5_000_000).map(lambda number: Decimal(number) / 100)
rates = st.sampled_from([Decimal(0), Decimal("0.1"), Decimal("0.15"), Decimal("0.0825"), Decimal("0.25")])


@st.composite
def bills(draw: st.DrawFn) -> Bill:
    """A bill of any amount and tax, with retention left open, credited or deducted before."""
    before, method = draw(amounts), draw(st.sampled_from(["deduct", "gross", "credit_note"]))
    share = ZERO if method == "deduct" else draw(st.integers(0, 20)) * CENT
    return Bill(before, draw(rates), cents(before * share), draw(st.booleans()), method)


def portion(amount: Decimal, share: int) -> Decimal:
    """A part of an amount, in cents; `share` of 1000."""
    return cents(amount * share / 1000)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    bills(), st.lists(st.tuples(st.sampled_from(["pay", "pay", "delete"]), st.integers(1, 1000)), max_size=7)
)
def test_parts_add_up_and_are_never_more(bill: Bill, acts: list[tuple[str, int]]) -> None:
    procore, number = Procore(bill), 0
    for act, share in acts:
        if act == "delete" and procore.paid:
            procore.paid.pop(sorted(procore.paid)[share % len(procore.paid)])
        else:
            number += 1
            amount = portion(bill.in_full - sum(procore.paid.values(), ZERO), share)
            procore.paid |= {f"p-{number:02}": amount} if amount > 0 else {}
        procore.sweep()
        assert ZERO <= procore.total <= bill.written_in_full
        assert all(Decimal(one["amount"]) > 0 for one in procore.written.values())
    rest = bill.in_full - sum(procore.paid.values(), ZERO)
    if rest > 0:
        procore.paid["p-99"] = rest
    procore.sweep()
    assert procore.total == (bill.written_in_full if bill.in_full > 0 else ZERO)


@settings(max_examples=150, deadline=None)
@given(bills(), st.lists(st.integers(1, 1000), min_size=1, max_size=6))
def test_what_falls_due_is_written_without_what_is_held(bill: Bill, shares: list[int]) -> None:
    """Once what falls due is paid, Procore holds the bill before tax less its retention."""
    if bill.due <= 0:
        return
    procore = Procore(bill)
    for number, share in enumerate(shares):
        amount = portion(bill.due - sum(procore.paid.values(), ZERO), share)
        procore.paid |= {f"p-{number}": amount} if amount > 0 else {}
    rest = bill.due - sum(procore.paid.values(), ZERO)
    procore.paid |= {"p-9": rest} if rest > 0 else {}
    procore.sweep()
    assert procore.total == bill.before - bill.held


@settings(max_examples=80, deadline=None)
@given(bills(), st.permutations([1, 2, 3, 4]))
def test_the_order_of_deletions_does_not_matter(bill: Bill, order: list[int]) -> None:
    """What is written depends on what is paid now, not on how it came about; all deleted leaves nothing."""
    procore = Procore(bill, paid={f"p-{number}": portion(bill.in_full, 200) for number in order})
    procore.paid = {key: amount for key, amount in procore.paid.items() if amount > 0}
    for key in list(procore.paid):
        procore.sweep()
        fresh = Procore(bill, paid=dict(procore.paid))
        fresh.sweep()
        assert procore.total == fresh.total
        del procore.paid[key]
    procore.sweep()
    assert procore.total == ZERO and not procore.written
