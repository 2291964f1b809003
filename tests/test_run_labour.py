"""Timecards on their way to direct costs and timesheets: sent once, followed when edited or moved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import demo_labour as labour
from integrations.sandbox.worlds import world
from mappings.decisions import unlink
from mappings.models import Employee, LabourRate, Link
from runs.models import Cursor, Member, Mode, Run, Warning
from tests import demo_labour
from tests import run_house as house
from tests.test_run_small import shown

pytestmark = pytest.mark.django_db(transaction=True)
BOTH = demo_labour.INTEGRATIONS
MONDAY, CARDS = "2026-11-16", labour.FIRST_CARD


@dataclass
class Crew:
    """A tenant with people at work, at a running sandbox."""

    sandbox: Sandbox
    tenant: Tenant

    def run(self, *integrations: str, **over: Any) -> Run:
        """A run of labour and timesheets, or of one of them."""
        self.sandbox.calls.reset()
        return house.sync(self.tenant, *(integrations or BOTH), **over)

    def costs(self) -> dict[str, str]:
        """Labour costs in Procore: number (with the person's place in the world) -> amount."""
        found = self.sandbox.records("procore", "direct_costs")
        return {
            one["invoice_number"]: one["grand_total"] for one in found if one["direct_cost_type"] == "payroll"
        }

    def sheets(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Xero's timesheets by family name and first day."""
        names = {
            one["EmployeeID"]: one["LastName"] for one in self.sandbox.records("xero", "PayrollEmployees")
        }
        return {
            (names[one["EmployeeID"]], day_of(one["StartDate"])): one
            for one in self.sandbox.records("xero", "Timesheets")
        }

    def hours(self, name: str, first: str) -> dict[str, list[Decimal]]:
        """A timesheet's units by earnings rate, those of one rate in the order of lines."""
        lines = self.sheets()[name, first]["TimesheetLines"]
        return {
            line["EarningsRateID"]: [Decimal(str(one)) for one in line["NumberOfUnits"]] for line in lines
        }


def day_of(text: str) -> str:
    """The calendar date of a text of Xero."""
    return datetime.fromtimestamp(int(text[6:19]) / 1000, UTC).date().isoformat()


def number(person: int, day: str) -> str:
    """How the direct cost of a person's day is numbered."""
    return f"Labour {day} {labour.FIRST_PERSON + person}"


@pytest.fixture
def crew(sandbox: Sandbox) -> Crew:
    """A world with two weeks of time, its projects linked."""
    given = world("small")
    labour.add_labour(given, "W-01", "W-02")
    sandbox.load(given)
    sandbox.switches.limits = False
    sandbox.clock.set(now=datetime.now(UTC))
    tenant = house.connect(given)
    demo_labour.choose(tenant)
    house.sync(tenant, "projects")
    return Crew(sandbox, tenant)


def test_time_is_costed_and_paid_once_and_every_case_is_said(crew: Crew) -> None:
    tried = crew.run(mode=Mode.DEBUG)
    assert house.writes(crew.sandbox) == 0, shown(tried)
    assert not Link.objects.filter(integration__in=BOTH).exists() and not Member.objects.exists()
    run = crew.run()
    assert run.state == "done_with_warnings", shown(run)
    costs = crew.costs()
    assert costs[number(0, "2026-11-09")] == "640.00" and costs[number(1, "2026-11-09")] == "494.00", costs
    assert costs[number(0, "2026-11-17")] == "940.00", "8 hours at 80 and 2.5 at 120"
    people = {int(name.split()[-1]) - labour.FIRST_PERSON for name in costs}
    assert people == {0, 1}, "no apprentice, no labour hire, nobody unknown"
    units = crew.hours("Carr", "2026-11-09")
    assert units == {labour.ORDINARY: [8, 8, 8, 8, 8, 0, 0]}
    assert crew.hours("Carr", MONDAY) == {
        labour.ORDINARY: [8, 8, 8, 0, 0, 0, 0],
        labour.OVERTIME: [0, Decimal("2.5"), 0, 0, 0, 0, 0],
    }
    leave = [0, 0, 0, 0, Decimal("7.6"), 0, 0]
    assert crew.hours("Ode", "2026-11-09")[labour.LEAVE] == leave, "a line that is not ours"
    assert ("Tran", MONDAY) in crew.sheets(), "an apprentice is paid without a rate"
    assert {one["Status"] for one in crew.sheets().values()} == {"DRAFT"}
    options = {line.get("TrackingItemID") for one in crew.sheets().values() for line in one["TimesheetLines"]}
    linked = set(Link.objects.filter(integration="projects").values_list("target_id", flat=True))
    assert options == linked | {None}
    assert demo_labour.warned() == demo_labour.WARNED
    again = crew.run()
    assert house.writes(crew.sandbox) == 0, shown(again)


def test_edited_moved_and_deleted_cards_are_followed(crew: Crew) -> None:
    crew.run()
    act = crew.sandbox.act
    act("edit_timecard", timecard_id=CARDS, hours="6.0")  # Jo, 9 November
    act("edit_timecard", timecard_id=CARDS + 1, date="2026-11-19")  # from the 10th into the next period
    act("delete_timecard", timecard_id=CARDS + 2)  # the 11th
    act("edit_timecard", timecard_id=CARDS + 5, party_id=labour.FIRST_PERSON)  # Kim's 9th was Jo's
    act("edit_timecard", timecard_id=CARDS + 3, approval_status="pending")  # the 12th
    run = crew.run()
    costs = crew.costs()
    assert costs[number(0, "2026-11-09")] == "1088.00", shown(run)
    gone = {number(0, f"2026-11-{day}") for day in (10, 11, 12)} | {number(1, "2026-11-09")}
    assert not gone & costs.keys() and costs[number(0, "2026-11-19")] == "640.00"
    assert crew.hours("Carr", "2026-11-09") == {labour.ORDINARY: [Decimal("13.6"), 0, 0, 0, 8, 0, 0]}
    tracked = crew.sheets()["Carr", MONDAY]["TimesheetLines"]
    assert sum(Decimal(str(unit)) for line in tracked for unit in line["NumberOfUnits"]) == Decimal("34.5")
    assert crew.hours("Ode", "2026-11-09")[labour.ORDINARY][0] == 0
    again = crew.run()
    assert house.writes(crew.sandbox) == 0, shown(again)


def test_what_is_mapped_later_is_sent_and_a_paid_week_is_never_written(crew: Crew) -> None:
    crew.run()
    robin = str(labour.FIRST_PERSON + 4)
    Employee.objects.create(
        tenant=crew.tenant, person=robin, name="Robin Quill", trade="Labourer", payroll_employee="Ash Tran"
    )
    LabourRate.objects.create(tenant=crew.tenant, trade="Apprentice", rate=Decimal("50"))
    for one in labour.later():
        crew.sandbox.act(one.pop("act"), **one)
    run = crew.run()
    costs = crew.costs()
    assert costs[number(4, MONDAY)] == "520.00" and costs[number(2, MONDAY)] == "400.00", shown(run)
    assert costs[number(0, "2026-11-09")] == "480.00", "the project's cost follows the card"
    assert crew.hours("Carr", "2026-11-09") == {labour.ORDINARY: [8, 8, 8, 8, 8, 0, 0]}, "paid is paid"
    told = Warning.objects.exclude(state="resolved").get(code="changed-after-pay")
    assert "40.00 hours" in told.message and "38.00" in told.message and "-2.00" in told.message
    again = crew.run()
    assert house.writes(crew.sandbox) == 0, shown(again)


def test_one_for_each_day_takes_the_place_of_one_for_each_employee(crew: Crew) -> None:
    crew.run("labour")
    before = sum(Decimal(amount) for amount in crew.costs().values())
    Setting.objects.filter(tenant=crew.tenant, integration="labour").update(
        options={"one_per": "day", "hide_names": True}, start_date="2026-11-09"
    )
    run = crew.run("labour", scope="project", value="W-01")
    costs = crew.costs()
    ended = {name for name in costs if len(name.split()) == 2}
    assert {"Labour 2026-11-09", "Labour 2026-11-12"} <= ended, shown(run)
    written = [
        one for one in crew.sandbox.records("procore", "direct_costs") if one["invoice_number"] in ended
    ]
    assert not any("Carr" in str(one) for one in written)
    assert sum(Decimal(amount) for amount in costs.values()) == before, "the 4th, too, was sent before"


@pytest.mark.parametrize("over", [{}, {"scope": "record", "value": "Kim Ode"}], ids=["nightly", "one person"])
def test_one_for_each_day_costs_no_hour_twice(crew: Crew, over: dict[str, str]) -> None:
    """What the others of a day were sent as goes with it, whichever card of the day is looked at."""
    crew.run("labour")
    before = sum(Decimal(amount) for amount in crew.costs().values())
    Setting.objects.filter(tenant=crew.tenant, integration="labour").update(options={"one_per": "day"})
    crew.sandbox.act("edit_timecard", timecard_id=CARDS, hours="6.0")  # Jo, 9 November: two hours less
    run = crew.run("labour", **over)
    costs = crew.costs()
    assert "Labour 2026-11-09" in costs, shown(run)
    assert not {number(0, "2026-11-09"), number(1, "2026-11-09")} & costs.keys(), costs
    assert sum(Decimal(amount) for amount in costs.values()) == before - 160, costs
    again = crew.run("labour")
    assert sum(Decimal(amount) for amount in crew.costs().values()) == before - 160, shown(again)


def test_costs_of_a_project_that_a_person_unlinked_stay(crew: Crew) -> None:
    crew.run("labour")
    before = crew.costs()
    link = Link.objects.filter(integration="projects").order_by("pk")[0]
    unlink(link, reason="to link another option", user=None)
    crew.run("labour", scope="project", value="W-01")
    Cursor.objects.filter(integration="labour").delete()  # everything is read, as once a week
    run = crew.run("labour")
    assert crew.costs() == before, shown(run)


def test_one_card_is_run_again_by_its_number_and_one_persons_time_by_the_name(crew: Crew) -> None:
    one = crew.run("labour", scope="record", value=str(CARDS))
    assert set(crew.costs()) == {number(0, "2026-11-09")}, shown(one)
    # Read in windows of a quarter from here on.
    Setting.objects.filter(tenant=crew.tenant, integration="labour").update(start_date="2026-05-18")
    again = crew.run("labour", scope="record", value="Kim Ode")
    people = {int(name.split()[-1]) - labour.FIRST_PERSON for name in crew.costs()}
    assert people == {0, 1} and len(crew.costs()) == 7, shown(again)
