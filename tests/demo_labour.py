"""Who works in the worlds with labour, and what becomes of the demo world's time, case by case."""

from __future__ import annotations

from decimal import Decimal

from integrations.labour import MARK
from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import demo_labour as labour
from mappings.models import EarningsRate, Employee, LabourRate
from runs.models import Warning

INTEGRATIONS = ("labour", "timesheets")
TRADES = ("Carpenter", "Labourer", "Apprentice", "Labourer")
HIRED = 3  # the place of the person of labour hire
RATES = (("Carpenter", "", "80"), ("Carpenter", "Overtime", "120"), ("Labourer", "", "65"))
WARNED = {
    ("labour", "employee-unmapped"), ("labour", "no-rate"), ("labour", "no-labour-type"),
    ("timesheets", "employee-unmapped"), ("timesheets", "no-earnings-rate"),
    ("timesheets", "period-processed"),
}  # fmt: skip


def choose(tenant: Tenant) -> None:
    """Everybody but the last one, rates for two trades, and two of three time types."""
    Setting.objects.filter(tenant=tenant, integration__in=INTEGRATIONS).update(start_date="2026-11-01")
    for row, (given, family) in enumerate(labour.PEOPLE[: len(TRADES)]):
        name, own = f"{given} {family}", row != HIRED
        Employee.objects.create(
            tenant=tenant, person=str(labour.FIRST_PERSON + row), name=name, trade=TRADES[row],
            kind="own" if own else "labour_hire", payroll_employee=name if own else "",
        )  # fmt: skip
    for trade, kind, rate in RATES:
        LabourRate.objects.create(tenant=tenant, trade=trade, time_type=kind, rate=Decimal(rate))
    for kind, rate in (("Regular Time", "Ordinary Hours"), ("Overtime", labour.OVERTIME)):
        EarningsRate.objects.create(tenant=tenant, time_type=kind, earnings_rate=rate)


def warned() -> set[tuple[str, str]]:
    """The open warnings: integration and code."""
    found = Warning.objects.filter(integration__in=INTEGRATIONS).exclude(state="resolved")
    return set(found.values_list("integration", "code"))


def total(sandbox: Sandbox) -> Decimal:
    """What Procore's labour costs come to."""
    found = sandbox.records("procore", "direct_costs")
    ours = (one for one in found if str(one.get("invoice_number")).startswith(MARK))
    return sum((Decimal(one["grand_total"]) for one in ours), Decimal(0))


def every_case_is_told(sandbox: Sandbox) -> None:
    """The warnings of the table, the costs, and hours in payroll beside the sick leave."""
    assert warned() == WARNED
    assert total(sandbox) == Decimal("8165.00")
    sheets = sandbox.records("xero", "Timesheets")
    assert sorted(Decimal(str(one["Hours"])) for one in sheets) == [
        Decimal("4"), Decimal("7.6"), Decimal("8"), Decimal("26.5"), Decimal("38"), Decimal("40"),
    ]  # fmt: skip


def what_happened_later_is_told(sandbox: Sandbox) -> None:
    """The week was paid and one of its cards edited: the cost follows, the timesheet does not."""
    assert warned() == WARNED | {("timesheets", "changed-after-pay")}
    assert total(sandbox) == Decimal("8005.00")
    paid = [one for one in sandbox.records("xero", "Timesheets") if one["Status"] == "PROCESSED"]
    assert sorted(Decimal(str(one["Hours"])) for one in paid) == [Decimal("38"), Decimal("40")]
