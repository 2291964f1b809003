"""Payments in Xero come back to Procore before tax, for each way of booking retention."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from integrations.sandbox.server import Sandbox
from mappings import decisions
from mappings.models import Link
from runs import linking
from runs.models import Cursor, Entry
from tests.portal_house import person
from tests.scenes import UNTAXED, VENDORS, WAYS, Scene, move, scene, shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

PAYMENTS = "payments"


def quiet(given: Scene) -> None:
    """The next run writes nothing and says nothing."""
    run = given.run()
    assert run.writes == 0, shown(run)
    assert given.warnings() == set(), shown(run)


def due_now(given: Scene, number: str, method: str, tax: str) -> Decimal:
    """What is owed of a bill now, including tax: under gross without what is held."""
    owed = Decimal(str(given.document(number)["AmountDue"]))
    if method != "gross":
        return owed
    return owed - (Decimal("1100.00") if tax == "defer" else Decimal("1000.00"))


@pytest.mark.faults
@pytest.mark.parametrize(("method", "tax", "basis"), WAYS)
def test_parts_and_rest_add_up_before_tax(sandbox: Sandbox, method: str, tax: str, basis: str) -> None:
    """In three parts, then the retention once it is released; every payment carries its mark."""
    given = scene(
        sandbox, basis=basis, retention=method, retention_tax=tax, retention_tax_note="the accountant"
    )
    given.claim("A-1", move("10000.00", "1000.00"))
    given.run()
    whole = due_now(given, "A-1", method, tax)
    for part in ("1234.56", "3000.00"):
        given.act("pay_bill", bill="A-1", amount=part)
        given.run()
    assert Decimal("0") < given.paid("A-1") < Decimal("9000.00")
    given.act("pay_bill", bill="A-1", amount=str(whole - Decimal("4234.56")))
    run = given.run()
    assert given.paid("A-1") == Decimal("9000.00"), shown(run)
    assert all(one["requisition_id"] == given.claims()[0]["id"] for one in given.payments())
    quiet(given)
    given.claim("A-2", move("500.00", released="1000.00"))
    given.run()
    for number in ("A-2", "A-2-REL"):
        if number in given.documents():
            given.act("pay_bill", bill=number)
    if method == "gross":
        given.act("pay_bill", bill="A-1")
    run = given.run()
    assert given.paid() == Decimal("10500.00"), shown(run)
    assert len({one["notes"] for one in given.payments()}) == len(given.payments())
    second = [one for one in given.payments() if one["requisition_id"] == given.claims()[1]["id"]]
    assert sum(Decimal(str(one["amount"])) for one in second) == Decimal("1500.00"), "retention it released"
    quiet(given)


def test_batches_prepayments_and_overpayments(sandbox: Sandbox) -> None:
    """Each bill of a batch and each allocation is a payment of its own; mixed taxes are taken out exactly."""
    given = scene(sandbox)
    given.claim("A-1", move("1000.00"), move("333.33", code=UNTAXED))
    given.claim("A-2", move("2000.00"))
    given.claim("A-3", move("3000.00"))
    given.claim("A-4", move("4000.00"))
    given.run()
    given.act("batch_pay", bills=["A-1", "A-2"])
    given.credit("PREPAYMENT", VENDORS[0], "1500.00", ("A-3", "1100.00"))
    given.credit("OVERPAYMENT", VENDORS[0], "600.00", ("A-3", "220.00"), ("A-4", "330.00"))
    run = given.run()
    paid = {number: given.paid(number) for number in ("A-1", "A-2", "A-3", "A-4")}
    assert paid == {
        "A-1": Decimal("1333.33"), "A-2": Decimal("2000.00"),
        "A-3": Decimal("1200.00"), "A-4": Decimal("300.00"),
    }, shown(run)  # fmt: skip
    assert len(given.payments()) == 5
    quiet(given)


def test_a_payment_deleted_in_xero_is_removed_in_procore(sandbox: Sandbox) -> None:
    """And what is left still adds up; what a person typed or Procore Pay made stays."""
    given = scene(sandbox)
    claim = given.claim("A-1", move("1000.00"))
    given.act(
        "add_contract_payment",
        contract_id=given.contracts["SC-1"],
        amount="77.00",
        date="2026-07-01",
        notes="By hand",
    )
    given.run()
    first = given.act("pay_bill", bill="A-1", amount="500.00")
    given.act("pay_bill", bill="A-1", amount="600.00")
    given.run()
    assert given.paid("A-1") == Decimal("1000.00")
    assert {one.get("requisition_id") for one in given.payments()} == {claim, None}
    given.act("delete_payment", payment=first["PaymentID"])
    run = given.run()
    ours = [one for one in given.payments() if str(one["notes"]).startswith("Xero")]
    assert [str(one["amount"]) for one in ours] == ["545.45"], shown(run)
    assert [one["notes"] for one in given.payments() if one not in ours] == ["By hand"]
    quiet(given)
    given.act("pay_bill", bill="A-1")
    given.run()
    assert given.paid("A-1") == Decimal("1000.00")
    quiet(given)


def test_a_payment_deleted_or_changed_in_procore_is_said(sandbox: Sandbox) -> None:
    """Nothing is written twice; a person decides."""
    given = scene(sandbox)
    given.claim("A-1", move("1000.00"))
    given.claim("B-1", move("2000.00"), contract="SC-2")
    given.run()
    given.act("batch_pay", bills=["A-1", "B-1"])
    given.run()
    given.act("delete_contract_payment", payment_id=given.payments()[0]["id"])
    given.act("edit_contract_payment", payment_id=given.payments("SC-2")[0]["id"], amount="1999.00")
    given.act("edit_bill", bill="A-1", due="2027-01-15")
    given.act("edit_bill", bill="B-1", due="2027-01-15")
    run = given.run()
    assert run.writes == 0, shown(run)
    assert given.payments() == []
    assert given.codes() <= {"target-gone", "amount-by-hand"}, shown(run)


def test_a_credit_note_between_two_claims_is_on_both_or_on_neither(sandbox: Sandbox) -> None:
    """Where Procore refuses to take it off the one claim, it does not count on the other either."""
    given = scene(sandbox)
    given.claim("A-1", move("5000.00"))
    given.claim("A-2", move("-1000.00"))
    given.claim("A-3", move("300.00"), move("200.00", code=UNTAXED))
    given.run()
    given.act("allocate_credit", credit="A-2", bill="A-1", amount="550.00")
    sandbox.switches.procore_negative_payments = False
    run = given.run()
    assert given.payments() == [] and given.codes() == {"refused"}, shown(run)
    sandbox.switches.procore_negative_payments = True
    Link.objects.filter(state="refused").update(refused_at=None)  # a day later
    run = given.run()
    assert (given.paid("A-1"), given.paid("A-2")) == (Decimal("500.00"), Decimal("-500.00")), shown(run)
    quiet(given)
    given.act("pay_bill", bill="A-1")
    given.act("allocate_credit", credit="A-2", bill="A-3", amount="110.00")
    run = given.run()
    assert (given.paid("A-1"), given.paid()) == (Decimal("5000.00"), Decimal("4500.00")), shown(run)
    assert given.warnings() == {("other-claim-credit", f"credit note of 110.00 on {VENDORS[0]} A-3")}


def test_a_payment_goes_with_a_bill_that_was_voided_and_unlinked_the_same_day(sandbox: Sandbox) -> None:
    given = scene(sandbox)
    given.claim("A-1", move("5000.00"))
    given.run()
    given.act("pay_bill", bill="A-1")
    given.run()
    assert given.paid("A-1") == Decimal("5000.00")
    given.act("delete_payment", bill="A-1")
    given.act("void_bill", bill="A-1")
    link = Link.objects.linked().get(integration="progress-claims", role="bill")
    decisions.unlink(link, reason="voided in Xero", user=None)
    run = given.run()
    assert given.payments() == [], shown(run)


def line(amount: str) -> dict[str, Any]:
    """A line that a person enters."""
    return {"Description": "Works", "Quantity": 1, "UnitAmount": amount, "AccountCode": "303"} | {
        "TaxType": "INPUT"
    }


def relink(given: Scene, claim: int, bill: str) -> None:
    """A person links a claim to a bill, by its id."""
    links = Link.objects.of(given.tenant, "progress-claims").filter(role="bill", subject=str(claim))
    place = linking.place_of_link(links.latest("pk"))
    decisions.choose(place, bill, reason="the right bill", user=person(f"ada-{bill}"))
    linking.look_again(place)


def unlink(claim: int) -> str:
    """A person takes a claim and its bill apart; the bill's id."""
    link = Link.objects.linked().get(integration="progress-claims", role="bill", subject=str(claim))
    decisions.unlink(link, reason="the wrong bill", user=None)
    linking.look_again(linking.place_of_link(link))
    return str(link.target_id)


def hours_later() -> None:
    """Nothing is read again only because it changed a moment ago."""
    Cursor.objects.filter(integration=PAYMENTS).update(read_at=timezone.now())


def test_payments_of_the_wrong_bill_go_once_its_claim_has_the_right_one(sandbox: Sandbox) -> None:
    """Both are paid; the claim shows what was paid on its own bill, once."""
    given = scene(sandbox)
    claim = given.claim("A-1", move("10000.00"))
    right = given.enter("77", VENDORS[0], line("10000.00"))
    given.run()
    given.act("pay_bill", bill="A-1")
    given.act("pay_bill", bill="77")
    given.run()
    wrong = {one["id"] for one in given.payments()}
    assert given.paid() == Decimal("10000.00")
    relink(given, claim, right)
    hours_later()
    run = given.run()
    assert given.paid() == Decimal("10000.00"), shown(run)
    assert not wrong & {one["id"] for one in given.payments()}
    assert [one["requisition_id"] for one in given.payments()] == [claim]
    why = Entry.objects.get(run=run, integration=PAYMENTS, action="remove").message
    assert why == f"{VENDORS[0]}, SC-1 claim 1 is linked to another bill now"
    quiet(given)


def test_payments_of_a_bill_that_belongs_to_no_claim_for_now_stay(sandbox: Sandbox) -> None:
    """All of them, also what counts on the claim that released retention; they go with a new bill."""
    given = scene(sandbox, basis="CASH", retention="gross", retention_tax="defer")
    claim = given.claim("A-1", move("10000.00", "1000.00"))
    given.run()
    given.claim("A-2", move("500.00", released="1000.00"))
    right = given.enter("77", VENDORS[0], line("10000.00"))
    given.run()
    given.act("pay_bill", bill="A-1")
    run = given.run()
    assert sorted(str(one["amount"]) for one in given.payments()) == ["1000.00", "9000.00"], shown(run)
    unlink(claim)
    for _ in range(2):
        run = given.run(PAYMENTS)
        assert run.writes == 0 and given.paid() == Decimal("10000.00"), shown(run)
    assert given.warnings() == set()
    relink(given, claim, right)
    hours_later()
    run = given.run()
    assert given.payments() == [], shown(run)


def test_payments_move_with_a_bill_to_a_claim_of_another_contract(sandbox: Sandbox) -> None:
    """They are taken back from the one contract and written on the other, once."""
    given = scene(sandbox)
    wrong, right = given.claim("A-1", move("1000.00")), given.claim("B-1", move("1000.00"), contract="SC-2")
    given.run()
    given.act("pay_bill", bill="A-1")
    given.run()
    bill = unlink(wrong)
    relink(given, right, bill)
    hours_later()
    run = given.run()
    assert given.payments() == [], shown(run)
    assert [one["requisition_id"] for one in given.payments("SC-2")] == [right]
    assert given.codes() == {"taken"}
    run = given.run()
    assert run.writes == 0 and given.codes() == {"taken"}, shown(run)


def test_nothing_is_paid_in_a_project_that_is_closed(sandbox: Sandbox) -> None:
    """Neither new payments nor those deleted in Xero; once the project is open again both are made up for."""
    given = scene(sandbox)
    for number in ("A-1", "A-2"):
        given.claim(number, move("1000.00"))
    given.run()
    given.act("pay_bill", bill="A-1")
    given.run()
    project = given.site.record["id"]
    given.act("set_project_active", project_id=project, active=False)
    given.act("delete_payment", bill="A-1")
    given.act("pay_bill", bill="A-2")
    for scope in ({}, {"scope": "record", "value": "A-2"}, {"scope": "project", "value": "Q-1"}):
        run = given.run(PAYMENTS, **scope)
        assert run.writes == 0, shown(run)
    assert given.paid() == given.paid("A-1") == Decimal("1000.00")
    Cursor.objects.filter(integration=PAYMENTS, project="").update(read_at=timezone.now())
    given.act("set_project_active", project_id=project, active=True)
    run = given.run()
    assert given.paid() == given.paid("A-2") == Decimal("1000.00"), shown(run)
    quiet(given)


def test_a_warning_of_a_payment_ends_while_its_project_is_closed(sandbox: Sandbox) -> None:
    given = scene(sandbox)
    given.claim("A-1", move("1000.00"))
    given.run()
    given.act("pay_bill", bill="A-1")
    given.run()
    given.act("delete_contract_payment", payment_id=given.payments()[0]["id"])
    run = given.run()
    assert given.codes() == {"target-gone"}, shown(run)
    project = given.site.record["id"]
    given.act("set_project_active", project_id=project, active=False)
    run = given.run(PAYMENTS)
    assert given.codes() == set(), shown(run)
    given.act("set_project_active", project_id=project, active=True)
    run = given.run()
    assert given.codes() == {"target-gone"}, shown(run)
