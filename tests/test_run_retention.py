"""A contract's whole life over HTTP, for each way of booking retention and each tax choice."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from integrations.registry import BY_SLUG
from integrations.sandbox.server import Sandbox
from tests.scenes import HELD, NOTHING, RELEASED, UNTAXED, WAYS, Scene, balances, move, scene, shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

RATES = {"INPUT": Decimal("0.1"), "EXEMPTEXPENSES": NOTHING, "BASEXCLUDED": NOTHING}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def moved(claim: dict[str, Any], before: dict[str, Any] | None) -> list[dict[str, Decimal]]:
    """Work, held and released of each line of a claim, with the rate of its tax."""
    earlier = {one["line_item_id"]: one for one in before["items"]} if before else {}
    found = []
    for item in claim["items"]:
        to_date = "total_completed_and_stored_to_date"
        was = Decimal(earlier.get(item["line_item_id"], {}).get(to_date, "0"))
        code = item["wbs_code"]["flat_code"].split(".")[0]
        found.append(
            {
                "work": Decimal(item[to_date]) - was,
                "held": Decimal(item["work_completed_retainage_retained_this_period"]),
                "released": Decimal(item["work_completed_retainage_released_this_period"]),
                "rate": NOTHING if code == UNTAXED else Decimal("0.1"),
            }
        )
    return found


def tax_expected(lines: list[dict[str, Decimal]], method: str, tax: str) -> Decimal:
    """The tax on all documents of a claim: on its work, and on retention where that is deferred."""
    if method == "net":
        return sum(
            (cents((one["work"] - one["held"] + one["released"]) * one["rate"]) for one in lines), NOTHING
        )
    total = sum((cents(one["work"] * one["rate"]) for one in lines), NOTHING)
    if tax == "upfront" or method == "gross":
        return total
    for rate in {one["rate"] for one in lines}:
        same = [one for one in lines if one["rate"] == rate]
        total -= cents(sum((one["held"] for one in same), NOTHING) * rate)
        total += cents(sum((one["released"] for one in same), NOTHING) * rate)
    return total


def check(scene: Scene, method: str, tax: str) -> None:
    """Every document of the contract against its claims, to the cent."""
    documents, before = scene.documents(), None
    for claim in scene.claims():
        number, lines = claim["invoice_number"], moved(claim, before)
        own = [documents[number + end] for end in ("", "-CN", "-REL") if number + end in documents]
        held = sum((one["held"] - one["released"] for one in lines), NOTHING)
        subtotal = sum((one["sign"] * Decimal(str(one["SubTotal"])) for one in own), NOTHING)
        left_open = held if method == "gross" else NOTHING
        assert subtotal - left_open == Decimal(claim["summary"]["current_payment_due"]), number
        taxes = sum((one["sign"] * Decimal(str(one["TotalTax"])) for one in own), NOTHING)
        assert taxes == tax_expected(lines, method, tax), number
        if method == "separate":
            placeholder = documents.get(f"{number}-RET")
            amount = (
                NOTHING if placeholder is None else placeholder["sign"] * Decimal(str(placeholder["Total"]))
            )
            assert amount == held, number
        before = claim
    assert before is not None
    retained = Decimal(before["summary"]["total_retainage"])
    account = balances(documents.values())
    on_account = retained if method in ("deduct", "credit_note") else NOTHING
    assert -(account[HELD] + account[RELEASED]) == on_account
    if method == "separate":
        assert account[HELD] == account[RELEASED] == 0
        due = (
            one["AmountDue"]
            for number, one in documents.items()
            if number.endswith("-RET") and one["sign"] > 0
        )
        assert sum(map(Decimal, map(str, due)), NOTHING) == retained
    for one in documents.values():
        if one["sign"] < 0 and one["CreditNoteNumber"].endswith(("-CN", "-RET")):
            assert one["RemainingCredit"] == 0, one["CreditNoteNumber"]


@pytest.mark.faults
@pytest.mark.parametrize(("method", "tax", "basis"), WAYS)
def test_a_contracts_life(sandbox: Sandbox, method: str, tax: str, basis: str) -> None:
    """Hold, hold, release a part, edit earlier claims, take work back, release the rest."""
    given = scene(
        sandbox, basis=basis, retention=method, retention_tax=tax, retention_tax_note="the accountant"
    )
    given.claim("INV-1", move("10000.00", "1000.00"), move("2000.00", "200.00", code=UNTAXED))
    first = given.claims()[0]["id"]
    steps = [
        lambda: None,
        lambda: given.claim("INV-2", move("5000.00", "500.00")),
        lambda: given.claim("INV-3", move("10000.00", "1000.00", "200.00"), move("333.33", code=UNTAXED)),
        lambda: given.edit(given.claims()[1]["id"], move("6000.00", "600.00")),
        lambda: given.claim("INV-4", move("-5000.00", "-500.00")),
        lambda: given.edit(first, move("10500.00", "1050.00")),
        lambda: given.claim("INV-5", move(released="1950.00"), move(released="200.00", code=UNTAXED)),
    ]
    for number, step in enumerate(steps):
        step()
        run = given.run("progress-claims")
        assert run.state == "done", f"step {number}: {shown(run)}"
        check(given, method, tax)
    last = given.run()
    assert last.writes == 0, shown(last)
    assert given.codes() == set()


@pytest.mark.faults
@pytest.mark.parametrize(("method", "tax", "basis"), WAYS)
def test_the_example_of_the_specification(sandbox: Sandbox, method: str, tax: str, basis: str) -> None:
    """Work 10,000, held 1,000, 200 of earlier retention released: what is billed, and its tax."""
    given = scene(sandbox, basis=basis, retention=method, retention_tax=tax, retention_tax_note="noted")
    given.claim("A-1", move("10000.00", "1000.00"))
    given.claim("A-2", move("10000.00", "1000.00", "200.00"))
    given.run("progress-claims")
    own = [one for number, one in given.documents().items() if number in ("A-2", "A-2-CN", "A-2-REL")]
    sums = [
        sum((one["sign"] * Decimal(str(one[name])) for one in own), NOTHING)
        for name in ("SubTotal", "TotalTax")
    ]
    whole = method == "gross"
    assert sums == [
        Decimal("10000.00" if whole else "9200.00"),
        Decimal("1000.00" if whole or tax == "upfront" else "920.00"),
    ]


def test_combinations_that_do_not_go_together_are_refused(sandbox: Sandbox) -> None:
    """Net with tax paid upfront by the options; gross with deferred tax on accruals by a warning."""
    needs = next(one.needs for one in BY_SLUG["progress-claims"].options if one.name == "retention_tax")
    assert needs is not None
    assert "net" in needs({"retention": "net", "retention_tax": "upfront", "retention_tax_note": "noted"})
    assert "note" in needs({"retention": "deduct", "retention_tax": "upfront"})
    assert needs({"retention": "deduct", "retention_tax": "upfront", "retention_tax_note": "noted"}) == ""
    given = scene(sandbox, retention="gross", retention_tax="defer")
    given.claim("A-1", move("10000.00", "1000.00"))
    given.run("progress-claims")
    assert given.codes() == {"retention-tax"}
    assert given.documents() == {}
    given.options(retention_tax="upfront", retention_tax_note="the accountant")
    given.run("progress-claims")
    assert given.codes() == set()
    assert set(given.documents()) == {"A-1"}


def test_without_an_account_nothing_is_sent(sandbox: Sandbox) -> None:
    """A claim with retention and no account is a warning; one without retention goes out."""
    given = scene(sandbox, retention_held_account="", retention_released_account="")
    given.claim("A-1", move("10000.00", "1000.00"))
    given.claim("B-1", move("700.00"), contract="SC-2")
    given.run("progress-claims")
    assert given.codes() == {"no-retention-account"}
    assert set(given.documents()) == {"B-1"}
    given.options(retention_held_account=HELD)
    given.run("progress-claims")
    assert given.codes() == set()
    assert set(given.documents()) == {"A-1", "B-1"}


def test_drafts_are_allocated_once_both_are_approved(sandbox: Sandbox) -> None:
    """The credit note for what is held waits for people to approve both; nobody else has to set it."""
    given = scene(sandbox, retention="credit_note", bill_status="DRAFT")
    given.claim("A-1", move("10000.00", "1000.00"))
    given.run("progress-claims")
    assert {one["Status"] for one in given.documents().values()} == {"DRAFT"}
    given.act("approve_bill", bill="A-1", due="2026-12-20")
    waiting = given.run("progress-claims")
    assert waiting.writes == 0, shown(waiting)
    note = given.document("A-1-CN")
    given.approve_note(note["CreditNoteID"])
    run = given.run("progress-claims")
    assert given.document("A-1-CN")["RemainingCredit"] == 0, shown(run)
    assert given.document("A-1")["AmountDue"] == Decimal("9900.00")
    assert given.run("progress-claims").writes == 0


def test_a_bill_paid_with_its_retention_is_told_until_its_credit_note_is_used(sandbox: Sandbox) -> None:
    """Nothing of nothing is allocated, neither then nor after somebody set it against another bill."""
    given = scene(sandbox, retention="credit_note", bill_status="DRAFT")
    given.claim("A-1", move("10000.00", "1000.00"))
    given.claim("A-2", move("5000.00"))
    given.run("progress-claims")
    for bill in ("A-1", "A-2"):
        given.act("approve_bill", bill=bill, due="2026-12-20")
    given.act("pay_bill", bill="A-1")
    given.approve_note(given.document("A-1-CN")["CreditNoteID"])
    run = given.run("progress-claims")
    assert (run.writes, given.codes()) == (0, {"retention-paid-out"}), shown(run)
    said = given.message("retention-paid-out")
    assert "1,100.00 including tax of its credit note A-1-CN stays open" in said
    given.act("allocate_credit", credit="A-1-CN", bill="A-2")
    run = given.run("progress-claims")
    assert (run.writes, given.codes()) == (0, set()), shown(run)


def test_a_claim_of_less_than_nothing_is_set_against_the_oldest_bills(sandbox: Sandbox) -> None:
    """Where the option says so; for an edit of such a bill it is taken back, and set again."""
    given = scene(sandbox, set_off=True)
    for number, work in (("A-1", "3000.00"), ("A-2", "4000.00"), ("A-3", "-3500.00")):
        given.claim(number, move(work))
    run = given.run("progress-claims")
    open_now = [given.document(number)["AmountDue"] for number in ("A-1", "A-2")]
    assert (open_now, given.document("A-3")["RemainingCredit"]) == ([0, Decimal("3850.00")], 0), shown(run)
    assert given.run("progress-claims").writes == 0
    given.edit(given.claims()[0]["id"], move("3200.00"))
    run = given.run("progress-claims")
    open_now = [given.document(number)["AmountDue"] for number in ("A-1", "A-2")]
    assert open_now == [Decimal("220.00"), Decimal("3850.00")], shown(run)  # what was set off stays so much
    assert given.document("A-3")["RemainingCredit"] == 0
    given.options(set_off=False)
    assert given.run("progress-claims").writes == 0
    assert given.codes() == set()
