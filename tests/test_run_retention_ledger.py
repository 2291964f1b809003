"""Contracts with different ways of retention side by side, and their ledger against the books, over HTTP."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from integrations.models import Setting
from integrations.sandbox.server import Sandbox
from mappings.models import ContractTerms, HandLine, RetentionComparison
from mappings.retained import contracts_of
from runs import approvals
from runs.management.commands.sync import work_here
from runs.models import Mode
from tests import run_house as house
from tests.scenes import HELD, RELEASED, Scene, balances, move, scene, shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

LEDGER = ("retention-by-hand", "retention-ledger")


def ready(sandbox: Sandbox) -> Scene:
    """Two contracts: SC-1 as the options say, SC-2 by a second document."""
    given = scene(sandbox)
    for slug in LEDGER:
        Setting.objects.create(tenant=given.tenant, integration=slug, enabled=True)
    ContractTerms.objects.create(tenant=given.tenant, project="Q-1", number="SC-2", method="separate")
    return given


def ledger(given: Scene, number: str) -> dict[str, Any]:
    """A contract's ledger."""
    return next(one for one in contracts_of(given.tenant) if one["number"] == number)


def amounts(row: dict[str, Any]) -> list[Decimal]:
    return [row[name] for name in ("opening", "held", "released", "paid", "balance", "on_account")]


def decimals(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def test_contracts_side_by_side_and_their_ledger(sandbox: Sandbox) -> None:
    """Two methods in one tenant; the books agree; a release by hand is found, accepted, and then counts."""
    given = ready(sandbox)
    given.claim("A-1", move("10000.00", "1000.00"))
    given.claim("A-2", move("4000.00", "400.00", "300.00"))
    given.claim("B-1", move("8000.00", "800.00"), contract="SC-2")
    debug = given.run("nightly", mode=Mode.DEBUG)
    assert debug.writes == 0 and RetentionComparison.objects.count() == 0, shown(debug)
    run = given.run()
    assert set(given.documents()) == {"A-1", "A-2", "B-1", "B-1-RET"}, shown(run)
    assert given.codes() == set(), shown(run)
    assert amounts(ledger(given, "SC-1")) == decimals("0", "1400.00", "300.00", "0", "1100.00", "1100.00")
    assert amounts(ledger(given, "SC-2")) == decimals("0", "800.00", "0", "0", "800.00", "0")
    figures = RetentionComparison.objects.get(side="payable").figures
    assert (figures["ledger"], figures["books"], figures["difference"]) == ("1100.00", "1100.00", "0.00")
    assert given.run().writes == 0

    bill = given.enter("HAND-1", "Acacia Concrete", {
        "Description": "Retention paid out", "Quantity": 1, "UnitAmount": "250.00",
        "AccountCode": RELEASED, "TaxType": "INPUT",
    })  # fmt: skip
    given.run(*LEDGER)
    line = HandLine.objects.get()
    assert (line.document_id, line.amount, line.state) == (bill, Decimal("250.00"), "found")
    assert given.codes() == {"retention-by-hand", "retention-differs"}
    assert "a difference of 250.00" in given.message("retention-differs")
    line.state, line.contract = "accepted", str(given.contracts["SC-1"])
    line.save()
    again = given.run(*LEDGER)
    assert given.codes() == set(), shown(again)
    assert ledger(given, "SC-1")["balance"] == Decimal("850.00")
    assert given.run().writes == 0

    given.act("void_bill", bill="HAND-1")
    given.run(*LEDGER)
    assert not HandLine.objects.exists()
    assert ledger(given, "SC-1")["balance"] == Decimal("1100.00")


def test_retention_bills_are_compared_and_what_is_paid_is_told(sandbox: Sandbox) -> None:
    """A retention bill paid by mistake is a warning; a released amount counts as paid with its claim."""
    given = ready(sandbox)
    given.claim("B-1", move("8000.00", "800.00"), contract="SC-2")
    given.claim("A-1", move("10000.00", "1000.00"))
    given.claim("A-2", move("1000.00", released="600.00"))
    given.run()
    given.act("pay_bill", bill="A-2")
    given.act("pay_bill", bill="B-1-RET", amount="100.00")
    given.run()
    assert ledger(given, "SC-1")["paid"] == Decimal("600.00")
    assert given.codes() == {"retention-open-differs"}
    assert "still owe 700.00" in given.message("retention-open-differs")
    own = balances(given.documents().values())
    assert -(own[HELD] + own[RELEASED]) == ledger(given, "SC-1")["on_account"]


def before_the_start(sandbox: Sandbox) -> Scene:
    """A contract with a claim from before the start that holds 500, and two that follow it in one run."""
    given = ready(sandbox)
    Setting.objects.filter(tenant=given.tenant, integration="progress-claims").update(start_date="2026-09-01")
    given.claim("A-1", move("5000.00", "500.00"))
    given.claim("A-2", move("2000.00", "300.00", "400.00"))
    given.claim("A-3", move("1000.00", released="400.00"))
    return given


def test_claims_of_one_run_share_what_was_held_before(sandbox: Sandbox) -> None:
    """What the first of them releases of the opening is gone for the next one, though neither is sent yet."""
    given = before_the_start(sandbox)
    terms = {"project": "Q-1", "number": "SC-1", "opening_amount": Decimal(500), "opening_kept": "unpaid"}
    ContractTerms.objects.create(tenant=given.tenant, **terms)
    run = given.run("progress-claims")
    sums = {number: Decimal(str(one["SubTotal"])) for number, one in given.documents().items()}
    assert sums == {"A-2": Decimal("1700.00"), "A-3": Decimal("1300.00")}, shown(run)
    assert ledger(given, "SC-1")["balance"] == Decimal(0)
    assert given.run("progress-claims").writes == 0


def test_what_was_held_before_is_asked_for_by_all_claims_of_a_run(sandbox: Sandbox) -> None:
    """A release of what was held before the start is held, also where the claim before it is only planned."""
    given = before_the_start(sandbox)
    given.edit(given.claims()[1]["id"], move("2000.00", "300.00"))
    given.run("progress-claims")
    assert set(given.documents()) == {"A-2"}
    assert [title for code, title in given.warnings(code="release-unknown")] == [
        "Acacia Concrete, SC-1 claim 3"
    ]


def test_a_release_without_a_document_is_remembered(sandbox: Sandbox) -> None:
    """Under gross the last claim only lets the rest of an earlier bill fall due: nothing is sent, and the
    ledger, the payments and a claim taken back follow all the same.
    """
    given = scene(sandbox, basis="CASH", retention="gross")
    for slug in LEDGER:
        Setting.objects.create(tenant=given.tenant, integration=slug, enabled=True)
    given.claim("A-1", move("10000.00", "1000.00"))
    last = given.claim("A-2", move(released="1000.00"))
    run = given.run()
    assert set(given.documents()) == {"A-1"}, shown(run)
    assert amounts(ledger(given, "SC-1"))[:3] == decimals("0", "1000.00", "1000.00")
    given.act("pay_bill", bill="A-1")
    paid = given.run()
    assert {number: given.paid(number) for number in ("A-1", "A-2")} == {
        "A-1": Decimal("9000.00"), "A-2": Decimal("1000.00"),
    }, shown(paid)  # fmt: skip
    assert given.codes() == set()
    assert given.run().writes == 0

    given.act("reject_claim", claim_id=last)
    back = given.run("progress-claims")
    assert ledger(given, "SC-1")["balance"] == Decimal("1000.00"), shown(back)


def test_retention_paid_is_told_before_tax(sandbox: Sandbox) -> None:
    """Although payments are written with their tax."""
    given = ready(sandbox)
    given.options("payments", include_tax=True)
    given.claim("A-1", move("10000.00", "1000.00"))
    given.claim("A-2", move("1000.00", released="600.00"))
    given.run()
    given.act("pay_bill", bill="A-2", amount="880.00")
    run = given.run()
    assert given.paid("A-2") == Decimal("880.00"), shown(run)
    assert ledger(given, "SC-1")["paid"] == Decimal("300.00")


def approve(given: Scene) -> None:
    """Somebody approves what claims propose."""
    plan: Any = house.sync(given.tenant, "progress-claims", mode=Mode.DEBUG)
    work_here(approvals.approve(plan, None, by="tests"))


def test_adjusted_retention_bills_make_up_the_balance(sandbox: Sandbox) -> None:
    """More and less retention after the period was locked: its adjustments are open retention too."""
    given = ready(sandbox)
    claim = given.claim("B-1", move("8000.00", "800.00"), contract="SC-2")
    given.run()
    given.act("set_lock_date", date="2026-10-31")
    for held in ("1000.00", "900.00"):
        given.edit(claim, move("8000.00", held), contract="SC-2")
        approve(given)
        run = given.run()
        assert (ledger(given, "SC-2")["balance"], given.codes()) == (Decimal(held), set()), shown(run)
    adjusted = {number for number in given.documents() if number.startswith("B-1-RET-ADJ")}
    assert len(adjusted) == 2
