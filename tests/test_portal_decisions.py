"""What people decide about single records, on the portal, and what the next runs make of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from mappings.models import Link
from runs.models import Retry, Warning
from tests import run_house as house
from tests import test_run_xero_costs as costs
from tests.portal_house import full_tenant, person, signed_in
from tests.scenes import Scene, move, scene, shown

pytestmark = pytest.mark.django_db(transaction=True)
CLAIMS = "progress-claims"


def decide(client: Client, row: Any, **given: str) -> str:
    """The page of a link or a warning after a decision, or what it says instead."""
    name = "link_decide" if isinstance(row, Link) else "warning_decide"
    answer = client.post(reverse(f"admin:{name}", args=[row.pk]), given, follow=True)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def bill_link(subject: int) -> Link:
    """The standing link of a claim."""
    return Link.objects.of(Setting.objects.first().tenant, CLAIMS).standing().get(subject=str(subject))


def warning(code: str) -> Warning:
    """The only open warning of a kind."""
    return Warning.objects.standing().get(code=code)


@pytest.fixture
def given(sandbox: Sandbox) -> Scene:
    """A tenant whose first run is done."""
    return scene(sandbox)


@pytest.fixture
def ada(given: Scene) -> Client:
    """Its administrator."""
    return signed_in(person("ada", given.tenant))


def test_links_are_taken_apart_and_chosen_by_hand(given: Scene, ada: Client) -> None:
    """In turn, on one scene."""
    an_unlinked_bill_is_neither_linked_again_nor_doubled(given, ada)
    a_voided_bill_is_sent_again_once_it_is_unlinked(given, ada)
    another_record_is_chosen_with_its_amount_shown(given, ada)


def an_unlinked_bill_is_neither_linked_again_nor_doubled(given: Scene, ada: Client) -> None:
    """Unlinked with a reason, asked about run after run, then linked again by its address."""
    claim = given.claim("A-1", move("1000.00"))
    given.run(CLAIMS)
    link = bill_link(claim)
    assert "Give a reason" in decide(ada, link, do="unlink", reason="")
    assert "no run links the two again by itself" in decide(ada, link, do="unlink", reason="the wrong bill")
    for times in (1, 2):
        run = given.run(CLAIMS)
        assert run.writes == 0 and len(given.documents()) == 1, shown(run)
        asked = warning("unlinked")
        assert "(the wrong bill)" in asked.message and asked.times == times
    address = f"https://go.xero.com/AccountsPayable/View.aspx?InvoiceID={link.target_id}"
    page = decide(ada, asked, do="look", target=address)
    assert "Acacia Concrete A-1" in page and "1,000.00" in page and "amounts differ" not in page
    assert "The next run links it to Acacia Concrete A-1" in decide(
        ada, asked, do="choose", target=link.target_id, reason="it was right after all"
    )
    assert not Warning.objects.standing().exists()
    run = given.run(CLAIMS)
    assert run.writes == 0 and bill_link(claim).state == "linked", shown(run)
    again = given.run(CLAIMS)
    assert again.writes == 0 and not given.warnings(), shown(again)
    page = ada.get(reverse("admin:link_decide", args=[bill_link(claim).pk])).content.decode()
    assert "the wrong bill" in page and "it was right after all" in page and "ada" in page


def a_voided_bill_is_sent_again_once_it_is_unlinked(given: Scene, ada: Client) -> None:
    """As the warning about a voided bill promises."""
    claim = given.claim("B-1", move("1000.00"), contract="SC-2")
    given.run(CLAIMS)
    given.act("void_bill", bill="B-1")
    given.run(CLAIMS)
    asked = warning("target-voided")
    page = ada.get(reverse("admin:runs_warning_change", args=[asked.pk])).content.decode()
    assert reverse("admin:warning_decide", args=[asked.pk]) in page
    decide(ada, asked, do="unlink", reason="voided by mistake")
    run = given.run(CLAIMS)
    assert run.writes == 1 and given.document("B-1")["Status"] == "AUTHORISED", shown(run)
    assert bill_link(claim).is_linked and not given.warnings()


def another_record_is_chosen_with_its_amount_shown(given: Scene, ada: Client) -> None:
    """A bill entered by hand with another number and amount takes the place of the one that was sent."""
    claim = given.claim("C-1", move("1000.00"))
    other = given.claim("C-2", move("500.00"))
    given.run(CLAIMS)
    line = {"Description": "Works", "Quantity": 1, "UnitAmount": "990.00", "AccountCode": "303"}
    typed = given.enter("77", "Acacia Concrete", line | {"TaxType": "INPUT"})
    link = bill_link(claim)
    assert "Xero has no such bill" in decide(
        ada, link, do="look", target="7b0c5a0e-0000-4000-8000-000000000000"
    )
    taken = decide(ada, link, do="choose", target=bill_link(other).target_id, reason="try it")
    assert "already. Unlink that one first" in taken and bill_link(claim).target_id == link.target_id
    page = decide(ada, link, do="look", target=typed)
    assert "990.00" in page and "(1,000.00 here)" in page and "The amounts differ" in page
    decide(ada, link, do="choose", target=typed, reason="entered twice")
    run = given.run(CLAIMS)
    kept = bill_link(claim)
    assert (kept.target_id, kept.state, str(kept.amount)) == (typed, "linked", "990.00"), shown(run)
    assert run.writes == 0 and not given.warnings(), shown(run)
    again = given.run(CLAIMS)
    assert again.writes == 0 and not given.warnings(), shown(again)


def test_a_payment_typed_by_hand_is_linked_by_its_id_or_address(given: Scene, ada: Client) -> None:
    """As its warning offers; it is not written a second time, and what it is not is said."""
    claim = given.claim("A-1", move("1000.00"))
    given.claim("B-1", move("1000.00"), contract="SC-2")
    given.run()
    given.act("pay_bill", bill="A-1")
    typed = {"contract_id": given.contracts["SC-1"], "amount": "1000.00", "requisition_id": claim}
    payment = given.act("add_contract_payment", **typed, date="2026-11-20")
    elsewhere = typed | {"contract_id": given.contracts["SC-2"], "requisition_id": None}
    other = given.act("add_contract_payment", **elsewhere, date="2026-11-20")
    given.run()
    asked = warning("similar")
    assert "Procore has no such payment" in decide(ada, asked, do="look", target=str(other["id"]))
    project, contract = given.payments()[0]["project_id"], given.contracts["SC-1"]
    pages = f"https://app.procore.com/{project}/project/commitments/{contract}/payments"
    page = decide(ada, asked, do="look", target=f"{pages}/{payment['id']}")
    assert "1,000.00" in page and "Link to this one" in page and "amounts differ" not in page
    told = decide(ada, asked, do="choose", target=str(payment["id"]), reason="typed before we began")
    assert "The next run links it to payment" in told
    run = given.run()
    assert (run.writes, len(given.payments()), given.warnings()) == (0, 1, set()), shown(run)
    link = Link.objects.get(integration="payments", state="linked")
    assert link.target_id == str(payment["id"]) and link.scope["contract_id"] == str(contract)
    again = given.run()
    assert (again.writes, given.warnings()) == (0, set()), shown(again)


def test_a_payment_kept_back_can_still_be_linked(given: Scene, ada: Client) -> None:
    """Marked as already in Procore, then linked on the page of its mark; one found long ago is asked for."""
    claim = given.claim("A-1", move("1000.00"))
    given.run()
    given.act("pay_bill", bill="A-1")
    typed = {"contract_id": given.contracts["SC-1"], "amount": "1000.00", "requisition_id": claim}
    payment = given.act("add_contract_payment", **typed, date="2026-11-20")
    given.run()
    asked = warning("similar")
    known = dict(asked.place)
    Warning.objects.filter(pk=asked.pk).update(place={})  # as one found before that was kept
    says = "It is not known yet in which project of Procore it belongs"
    assert says in decide(ada, asked, do="look", target=str(payment["id"]))
    given.run()
    assert warning("similar").place == known
    decide(ada, asked, do="mark", reason="typed by hand")
    mark = Link.objects.get(integration="payments", state="already")
    decide(ada, mark, do="choose", target=str(payment["id"]), reason="look after it")
    run = given.run()
    assert (run.writes, len(given.payments()), given.warnings()) == (0, 1, set()), shown(run)
    assert Link.objects.get(integration="payments", state="linked").target_id == str(payment["id"])


def test_a_cost_is_linked_again_and_one_before_the_start_to_what_is_there(sandbox: Sandbox) -> None:
    """Direct costs stand in a project: a warning knows in which."""
    tenant = costs.ready(sandbox)
    client = signed_in(person("ada", tenant))
    bill = {"contact": costs.VENDOR, "amount": "99.00", "account": costs.TIMBER, "project": "W-01"}
    today = timezone.localdate()
    sandbox.act("enter_bill", **bill, number="M-1")
    sandbox.act("edit_bill", bill="M-1", date=str(today - timedelta(days=60)))
    costs.run_costs(sandbox, tenant)
    link = Link.objects.get(integration="xero-costs", state="linked")
    decide(client, link, do="unlink", reason="the wrong one")
    costs.run_costs(sandbox, tenant)
    asked = warning("unlinked")
    assert "99.00" in decide(client, asked, do="look", target=link.target_id)
    decide(client, asked, do="choose", target=link.target_id, reason="it was right after all")
    run = costs.run_costs(sandbox, tenant)
    assert (run.writes, len(costs.costs(sandbox)), costs.codes()) == (0, 1, set()), costs.shown(run)  # type: ignore[attr-defined]
    Setting.objects.filter(tenant=tenant, integration="xero-costs").update(
        start_date=today - timedelta(days=30)
    )
    decide(client, bill_of(tenant), do="unlink", reason="tried once more")
    run = costs.run_costs(sandbox, tenant)
    asked = warning("before-start")
    decide(client, asked, do="choose", target=link.target_id, reason="there already")
    run = costs.run_costs(sandbox, tenant)
    assert (run.writes, costs.codes()) == (0, set()), costs.shown(run)  # type: ignore[attr-defined]


def bill_of(tenant: Tenant) -> Link:
    """The only linked cost."""
    return Link.objects.of(tenant, "xero-costs").linked().get()


def test_documents_are_kept_back_or_sent_by_hand(given: Scene, ada: Client) -> None:
    """In turn, on one scene."""
    what_is_marked_as_already_in_xero_is_never_sent(given, ada)
    what_was_approved_after_the_start_is_listed_until_it_is_decided(given, ada)
    who_may_decide(given)


def what_is_marked_as_already_in_xero_is_never_sent(given: Scene, ada: Client) -> None:
    """From the review page, for many at once; taking the mark off sends it."""
    line = {"Description": "Works", "Quantity": 1, "UnitAmount": "990.00", "AccountCode": "303"}
    given.enter("A-1", "Acacia Concrete", line | {"TaxType": "INPUT"})
    claim = given.claim("A-1", move("1000.00"))
    given.run(CLAIMS)
    asked = warning("other-amount")
    review = reverse("admin:runs_warning_changelist")
    chosen = {"action": "mark_already", "_selected_action": [asked.pk]}
    assert "1 document, 1,000.00 before tax" in ada.post(review, chosen).content.decode()
    ada.post(review, {**chosen, "apply": "1", "reason": "typed in June"})
    mark = bill_link(claim)
    assert (mark.state, mark.note) == ("already", "typed in June")
    assert not Warning.objects.standing().exists()
    run = given.run(CLAIMS)
    assert run.writes == 0 and not given.warnings() and len(given.documents()) == 1, shown(run)
    given.edit(claim, move("1100.00"), invoice_number="A-9")
    assert given.run(CLAIMS).writes == 0
    decide(ada, mark, do="unlink", reason="it was another one")
    run = given.run(CLAIMS)
    assert run.writes == 1 and "A-9" in given.documents(), shown(run)


def what_was_approved_after_the_start_is_listed_until_it_is_decided(given: Scene, ada: Client) -> None:
    """Dated before the start: not sent; listed once; sent or marked by a person. What was sent stays."""
    sent = given.claim("D-0", move("100.00"), contract="SC-2")
    given.run(CLAIMS)
    Setting.objects.filter(integration=CLAIMS).update(start_date=date(2026, 10, 1))
    early, late = (
        given.claim("D-1", move("1000.00"), contract="SC-2"),
        given.claim("D-2", move("2000.00"), contract="SC-2"),
    )
    assert [one["billing_date"] for one in given.claims("SC-2")] == ["2026-08-20", "2026-09-20", "2026-10-20"]
    run = given.run(CLAIMS)
    assert {"D-0", "D-2"} == {one for one in given.documents() if one.startswith("D-")}, shown(run)
    listed = warning("before-start")
    assert listed.record_key == str(early) and "before the start on 1 Oct 2026" in listed.message
    assert "was approved on" in listed.message
    run = given.run(CLAIMS)
    assert run.writes == 0 and warning("before-start").pk == listed.pk, shown(run)
    decide(ada, listed, do="send", reason="the bookkeeper asked for it")
    run = given.run(CLAIMS)
    assert run.writes == 1 and "D-1" in given.documents() and not given.warnings(), shown(run)
    for claim, work in ((sent, "150.00"), (late, "2500.00")):
        given.edit(claim, move(work), contract="SC-2")
    given.run(CLAIMS)
    assert str(given.document("D-0")["SubTotal"]) == "150.00" and given.run(CLAIMS).writes == 0


def who_may_decide(given: Scene) -> None:
    """Administrators about money, editors about names; viewers look; another tenant's is not there."""
    bill = Link.objects.of(given.tenant, CLAIMS).linked().earliest("pk")
    vendor = Link.objects.filter(integration="contacts", state="linked").earliest("pk")
    stranger = signed_in(person("stranger", full_tenant("other", "zebra")["tenant"]))
    editor = signed_in(person("ed", given.tenant, "editor"))
    viewer = signed_in(person("vi", given.tenant, "viewer"))
    for client, row, status in (
        (stranger, bill, 404), (viewer, bill, 403), (viewer, vendor, 403), (editor, bill, 403),
        (editor, vendor, 302),
    ):  # fmt: skip
        address = reverse("admin:link_decide", args=[row.pk])
        assert client.post(address, {"do": "unlink", "reason": "not these"}).status_code == status
        assert client.get(address).status_code == (404 if status == 404 else 200)
    vendor.refresh_from_db()
    assert vendor.state == "unlinked" and Link.objects.get(pk=bill.pk).is_linked
    assert Retry.objects.filter(subject=vendor.subject, integration="contacts").exists()
    run = house.sync(given.tenant, "contacts")
    assert warning("unlinked").record_key == vendor.subject, shown(run)
