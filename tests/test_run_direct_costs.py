"""Direct costs on their way to Xero and the day they were paid on its way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import world
from mappings import decisions
from mappings.models import Link
from runs import linking
from runs.models import Cursor, Mode, Run, Warning
from tests import run_house as house
from tests.portal_house import person
from tests.test_run_small import shown

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = ("contacts", "projects", "cost-codes", "cost-types")
OUT, BACK = "direct-costs", "paid-direct-costs"


@dataclass
class Costs:
    """The small world's tenant, to whose projects a test adds direct costs."""

    sandbox: Sandbox
    tenant: Tenant
    projects: dict[str, dict[str, Any]]
    vendors: dict[str, int]

    def add(self, number: str, *amounts: str, project: str = "W-01", **over: Any) -> int:
        """A new approved invoice of Acacia Concrete with lines of these amounts; its id."""
        given = {"vendor_id": self.vendors["Acacia Concrete"], "status": "approved"}
        given |= {"direct_cost_date": "2026-10-12", "project_id": self.projects[project]["id"]}
        rows = [self.line(amount, project=project) for amount in amounts]
        made = self.sandbox.act(
            "add_direct_cost", invoice_number=number, line_items=rows, **{**given, **over}
        )
        return int(made["id"])

    def line(self, amount: str, code: str = "03-100", project: str = "W-01") -> dict[str, Any]:
        """A line of a cost code."""
        codes = self.projects[project]["cost_codes"]
        standard = {
            one["id"]: one["full_code"] for one in self.sandbox.records("procore", "standard_cost_codes")
        }
        named = next(one for one in codes if standard[one["standard_cost_code_id"]] == code)
        kind = next(one for one in self.sandbox.records("procore", "line_item_types") if one["code"] == "S")
        return {
            "cost_code_id": named["id"],
            "line_item_type_id": kind["id"],
            "amount": amount,
            "description": "Hire",
        }

    def run(self, *integrations: str, **over: Any) -> Run:
        """A run of direct costs and their paid dates."""
        self.sandbox.calls.reset()
        return house.sync(self.tenant, *(integrations or (OUT, BACK)), **over)

    def quiet(self) -> None:
        """One more run writes nothing."""
        again = self.run()
        assert house.writes(self.sandbox) == 0, shown(again)

    def bill(self, number: str) -> dict[str, Any]:
        """The living bill with this number; fails on two."""
        found = [one for one in house.bills(self.sandbox) if one["InvoiceNumber"] == number]
        assert len(found) == 1, found
        return found[0]

    def cost(self, cost_id: int) -> dict[str, Any]:
        """A direct cost as Procore has it now."""
        return next(one for one in self.sandbox.records("procore", "direct_costs") if one["id"] == cost_id)

    def codes(self) -> set[str]:
        """The codes of the warnings that are open."""
        found = Warning.objects.filter(integration__in=(OUT, BACK), state="open")
        return set(found.values_list("code", flat=True))

    def options(self, **options: Any) -> None:
        """Choose options of the way out."""
        setting = Setting.objects.get(tenant=self.tenant, integration=OUT)
        setting.options |= options
        setting.save()


@pytest.fixture
def costs(sandbox: Sandbox) -> Costs:
    """The small world, its contacts, projects and codes linked."""
    given = world("small")
    sandbox.load(given)
    sandbox.switches.limits = False
    sandbox.clock.set(now=datetime.now(UTC))
    tenant = house.connect(given)
    house.sync(tenant, *BEFORE)
    company = given["procore"]["companies"][0]
    made = Costs(
        sandbox,
        tenant,
        {one["project_number"]: one for one in company["projects"]},
        {one["name"]: one["id"] for one in company["vendors"]},
    )
    made.options(bill_status="AUTHORISED")
    return made


def test_a_direct_cost_goes_out_once_and_only_what_is_approved_and_of_its_type(costs: Costs) -> None:
    sent = costs.add("AC-901", "120.50", "79.50", terms="Net 14")
    costs.add("AC-902", "50.00", status="pending")
    costs.add("AC-903", "50.00", kind="expense")
    other = costs.add("AC-904", "75.00", project="W-02")
    held = costs.add("AC-905", "60.00")
    costs.sandbox.act("set_origin", kind="direct_costs", id=held, origin_id="erp:1")
    costs.options(projects="W-01")
    tried = costs.run(mode=Mode.DEBUG)
    assert house.writes(costs.sandbox) == 0, shown(tried)
    assert not Link.objects.filter(integration=OUT).exists()
    before = len(house.bills(costs.sandbox))
    run = costs.run()
    assert run.state == "done", shown(run)
    assert len(house.bills(costs.sandbox)) == before + 1
    bill = costs.bill("AC-901")
    assert [Decimal(str(line["LineAmount"])) for line in bill["LineItems"]] == [
        Decimal("120.50"),
        Decimal("79.50"),
    ]
    assert bill["Url"].endswith(f"/direct_costs/{sent}")
    costs.quiet()
    costs.options(projects="")
    run = costs.run()
    assert Decimal(str(costs.bill("AC-904")["SubTotal"])) == Decimal("75.00"), shown(run)
    assert Link.objects.filter(integration=OUT, subject=str(other)).exists()


def test_a_vendor_used_on_direct_costs_alone_gets_a_contact_and_they_go_out(costs: Costs) -> None:
    """The night after the first of them waits for it; lists of direct costs are not read for that."""
    people, listed = ("vendor-contacts", "contacts"), "GET /rest/v1.1/projects/{project_id}/direct_costs"
    vendor = costs.sandbox.act("add_vendor", name="Quoll Hire")["id"]
    costs.add("QH-1", "10.00", vendor_id=vendor, status="pending")
    run = costs.run(*people, OUT)
    assert house.writes(costs.sandbox) == 0, shown(run)
    costs.add("QH-2", "25.00", vendor_id=vendor)
    run = costs.run(*people, OUT)
    assert costs.codes() == {"vendor-not-linked"}, shown(run)
    run = costs.run(*people, OUT)
    assert costs.bill("QH-2")["Contact"]["Name"] == "Quoll Hire", shown(run)
    assert (house.numbers(costs.sandbox)["QH-1"], costs.codes()) == (0, set())
    costs.run(*people)
    assert listed not in costs.sandbox.calls.summary()["by_path"]


def test_edits_signs_and_deletions_are_followed(costs: Costs) -> None:
    kept, gone = costs.add("AC-901", "200.00"), costs.add("AC-902", "50.00")
    costs.run()
    line = costs.cost(kept)["line_items"][0]["id"]
    more = [{"id": line, "amount": "250.00"}, costs.line("10.00", "03-400")]
    costs.sandbox.act("edit_direct_cost", cost_id=kept, line_items=more)
    costs.sandbox.act("unapprove_direct_cost", cost_id=gone)
    run = costs.run()
    assert Decimal(str(costs.bill("AC-901")["SubTotal"])) == Decimal("260.00"), shown(run)
    assert (house.writes(costs.sandbox), costs.codes()) == (1, {"withdrawn"}), shown(run)
    costs.options(withdrawn="remove")
    costs.sandbox.act("edit_direct_cost", cost_id=kept, line_items=[{"id": line, "amount": "-300.00"}])
    run = costs.run()
    numbers = house.numbers(costs.sandbox)
    assert (numbers["AC-901"], numbers["AC-902"], costs.codes()) == (0, 0, set()), shown(run)
    note = next(one for one in costs.sandbox.records("xero", "CreditNotes") if one["Status"] == "AUTHORISED")
    assert (note["CreditNoteNumber"], Decimal(str(note["SubTotal"]))) == ("AC-901", Decimal("290.00"))
    costs.quiet()


def test_the_day_of_payment_comes_back_and_one_that_was_deleted_is_asked_about(costs: Costs) -> None:
    paid, locked = costs.add("AC-901", "100.00"), costs.add("AC-902", "40.00")
    costs.run()
    costs.sandbox.act("pay_bill", bill="AC-901", amount="30.00", date="2026-11-02")
    run = costs.run()
    assert costs.cost(paid).get("payment_date") is None, shown(run)
    costs.sandbox.act("pay_bill", bill="AC-901", date="2026-11-16")
    costs.sandbox.act("pay_bill", bill="AC-902", date="2026-11-16")
    costs.sandbox.act("set_origin", kind="direct_costs", id=locked, origin_id="erp:1")
    tried = costs.run(mode=Mode.DEBUG)
    assert house.writes(costs.sandbox) == 0, shown(tried)
    run = costs.run()
    assert costs.cost(paid)["payment_date"] == "2026-11-16", shown(run)
    assert (house.writes(costs.sandbox), costs.codes()) == (1, {"locked"}), shown(run)
    costs.sandbox.act("set_origin", kind="direct_costs", id=locked, origin_id=None)
    run = costs.run()
    assert costs.cost(locked)["payment_date"] == "2026-11-16", shown(run)
    assert costs.codes() == set()
    costs.quiet()
    costs.sandbox.act("delete_payment", bill="AC-901")
    run = costs.run()
    assert (house.writes(costs.sandbox), costs.codes()) == (0, {"paid-date-stands"}), shown(run)
    costs.sandbox.act("edit_direct_cost", cost_id=paid, payment_date=None)
    run = costs.run()
    assert (house.writes(costs.sandbox), costs.codes()) == (0, set()), shown(run)
    costs.sandbox.act("pay_bill", bill="AC-901", date="2026-11-18")
    run = costs.run()
    assert costs.cost(paid)["payment_date"] == "2026-11-18", shown(run)
    costs.quiet()


def test_what_onecore_wrote_into_procore_never_goes_out(costs: Costs) -> None:
    """Neither while it is linked, nor after an unlink, nor while an answer is waited for."""
    linked, unlinked, waiting = (costs.add(f"AC-90{row}", "10.00") for row in range(3))
    made = {
        "tenant": costs.tenant,
        "integration": "contacts",
        "resource": "direct_costs",
        "system": "procore",
    }
    Link.objects.create(**made, subject="a", target_id=str(linked), state="linked")
    Link.objects.create(**made, subject="b", target_id=str(unlinked), state="unlinked")
    Link.objects.create(**made, subject="c", state="sending", marker={"invoice_number": "AC-902"})
    run = costs.run(OUT)
    assert house.writes(costs.sandbox) == 0, shown(run)
    assert costs.cost(waiting)["invoice_number"] == "AC-902"


def test_a_direct_cost_chosen_for_a_bill_by_mistake_goes_out_once_it_is_unlinked(costs: Costs) -> None:
    """Entered by hand, it was linked as it stood."""
    cost = costs.add("AC-901", "10.00")
    link = Link.objects.create(
        tenant=costs.tenant, integration="xero-costs", role="cost", subject="a:1", resource="direct_costs",
        system="procore", target_id=str(cost), state="linked", details={"adopted": True},
    )  # fmt: skip
    run = costs.run(OUT)
    assert house.writes(costs.sandbox) == 0, shown(run)
    decisions.unlink(link, reason="another bill was meant", user=None)
    Cursor.objects.all().delete()  # the direct cost itself does not change: as in the weekly reading of all
    run = costs.run(OUT)
    assert costs.bill("AC-901")["Url"].endswith(f"/direct_costs/{cost}"), shown(run)


def test_a_paid_date_that_no_bill_bears_out_is_said_of_the_bill_sent_anew(costs: Costs) -> None:
    """Paid, the payment deleted, the bill voided, unlinked and sent again: the date still stands."""
    cost = costs.add("DC-1", "100.00")
    costs.run()
    costs.sandbox.act("pay_bill", bill="DC-1")
    costs.run()
    assert costs.cost(cost)["payment_date"]
    costs.sandbox.act("delete_payment", bill="DC-1")
    costs.run()
    assert costs.codes() == {"paid-date-stands"}
    costs.sandbox.act("void_bill", bill=costs.bill("DC-1")["InvoiceID"])
    [link] = Link.objects.filter(integration=OUT, subject=str(cost)).linked()
    decisions.unlink(link, reason="voided", user=None)
    linking.look_again(linking.place_of_link(link))
    run = costs.run()
    assert costs.bill("DC-1")["AmountPaid"] == 0, shown(run)
    assert costs.codes() == {"paid-date-stands"}, shown(run)
    costs.quiet()


def test_a_paid_date_goes_with_a_bill_to_another_direct_cost(costs: Costs) -> None:
    """The date on the first one is a person's to correct: Procore lets nobody empty it for them."""
    first, second = costs.add("DC-1", "100.00"), costs.add("DC-2", "100.00")
    costs.run()
    costs.sandbox.act("pay_bill", bill="DC-1")
    costs.run()
    links = {link.subject: link for link in Link.objects.filter(integration=OUT, role="bill").linked()}
    decisions.unlink(links[str(first)], reason="the other cost's", user=None)
    place = linking.place_of_link(links[str(second)])
    decisions.choose(place, links[str(first)].target_id, reason="its bill", user=person("ada"))
    linking.look_again(place)
    run = costs.run()
    dates = {one: costs.cost(one)["payment_date"] for one in (first, second)}
    assert dates[second] == dates[first] is not None, shown(run)
    costs.quiet()


def test_no_paid_date_is_written_in_a_project_that_is_closed(costs: Costs) -> None:
    """It is made up for once the project is open again."""
    cost, project = costs.add("DC-1", "100.00"), costs.projects["W-01"]["id"]
    costs.run()
    costs.sandbox.act("set_project_active", project_id=project, active=False)
    costs.sandbox.act("pay_bill", bill="DC-1")
    run = costs.run(BACK)
    assert not costs.cost(cost).get("payment_date"), shown(run)
    Cursor.objects.filter(integration=BACK, project="").update(read_at=timezone.now())
    costs.sandbox.act("set_project_active", project_id=project, active=True)
    run = costs.run()
    assert costs.cost(cost)["payment_date"], shown(run)
