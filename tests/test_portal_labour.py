"""Employees, labour rates and earnings rates by file: looked at first, applied as one, taken back as one."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from integrations.models import Tenant
from integrations.reading import opened
from mappings.labour import EarningsRate, Employee, LabourRate, labour_of
from runs.tenantfile.labour import read_labour, save_labour, write_labour
from tests.portal_house import full_tenant, person, signed_in

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="token" value="([^"]+)"')
UNDO = re.compile(r"/admin/mappings/\w+/import/undo/[0-9a-f-]+/")


@pytest.fixture
def own() -> dict[str, Any]:
    """A tenant, whose editor signs in."""
    found = full_tenant("own", "heron")
    for model in (Employee, LabourRate, EarningsRate):
        model.objects.all().delete()
    found["client"] = signed_in(person("ed", found["tenant"], "editor"))
    return found


def sent(own: dict[str, Any], prefix: str, text: str) -> Any:
    """A file handed in for its preview."""
    file = SimpleUploadedFile("rows.csv", text.encode(), "text/csv")
    return own["client"].post(reverse(f"admin:{prefix}_import"), {"tenant": own["tenant"].pk, "file": file})


def applied(own: dict[str, Any], prefix: str, text: str) -> str:
    """The page after a file was looked at and applied."""
    token = TOKEN.search(sent(own, prefix, text).content.decode())
    assert token is not None
    done = own["client"].post(reverse(f"admin:{prefix}_apply"), {"token": token[1]}, follow=True)
    return str(done.content.decode())


def exported(own: dict[str, Any], prefix: str) -> str:
    """The file that a list exports."""
    return str(own["client"].get(reverse(f"admin:{prefix}_export")).content.decode("utf-8-sig"))


def test_rates_come_by_file_and_go_back_as_they_came(own: dict[str, Any]) -> None:
    text = "trade,time_type,valid_from,rate\nCarpenter,,,80\nCarpenter,Overtime,2026-07-01,$120.50\n"
    done = applied(own, "labour_rates", text)
    assert list(LabourRate.objects.values_list("trade", "time_type", "valid_from", "rate")) == [
        ("Carpenter", "", None, Decimal("80.00")),
        ("Carpenter", "Overtime", date(2026, 7, 1), Decimal("120.50")),
    ]
    page = sent(own, "labour_rates", exported(own, "labour_rates"))
    seen = page.context_data["seen"]
    assert (seen.new, seen.changed, seen.same, seen.wrong) == (0, 0, 2, [])
    changed = applied(own, "labour_rates", "trade,rate\nCarpenter,85.00\n")
    assert LabourRate.objects.get(time_type="").rate == Decimal(85)
    undo = UNDO.search(changed)
    assert undo is not None and UNDO.search(done) is not None
    own["client"].post(undo[0])
    assert LabourRate.objects.get(time_type="").rate == Decimal(80)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("Carpenter,,eighty", "rate"),
        ("Carpenter,,", "rate"),
        ("Carpenter,,-5", "rate"),
        ("Carpenter,,80.005", "rate"),
        ("Carpenter,1/7/2026,80", "valid_from"),
    ],
)
def test_a_wrong_rate_is_named_by_its_column_and_nothing_is_saved(
    own: dict[str, Any], row: str, column: str
) -> None:
    page = sent(own, "labour_rates", f"trade,valid_from,rate\n{row}\n")
    wrong = page.context_data["seen"].wrong
    assert [(one.row, one.column) for one in wrong] == [(2, column)], wrong
    assert not LabourRate.objects.exists()


def test_employees_and_earnings_rates_come_by_file(own: dict[str, Any]) -> None:
    applied(
        own,
        "employees",
        "person,name,kind,payroll_employee\n55,Jo Carr,,Jo Carr\n57,Lee Marsh,labour_hire,\n",
    )
    applied(own, "earnings_rates", "time_type,earnings_rate\nRegular Time,Ordinary Hours\n")
    book = labour_of(own["tenant"])
    assert book.workers["55"].is_own and not book.workers["57"].is_own
    assert book.earnings_rate("regular time ") == "Ordinary Hours"
    seen = sent(own, "employees", "person,name,kind\n58,Max,casual\n").context_data["seen"]
    assert [one.column for one in seen.wrong] == ["kind"]
    assert "55,Jo Carr,own" in exported(own, "employees")


def test_a_tenants_file_carries_the_three_lists() -> None:
    tenant = Tenant.objects.create(slug="plain", name="Plain Works")
    Employee.objects.create(tenant=tenant, person="55", name="Jo Carr", payroll_employee="Jo Carr")
    LabourRate.objects.create(
        tenant=tenant, trade="Carpenter", valid_from=date(2026, 7, 1), rate=Decimal("80")
    )
    EarningsRate.objects.create(tenant=tenant, time_type="Overtime", earnings_rate="Overtime Hours")
    held = write_labour(tenant)
    Employee.objects.update(name="Somebody")
    LabourRate.objects.create(tenant=tenant, rate=Decimal(1))
    node = opened(json.dumps(held))
    save_labour(tenant, read_labour(node), node)
    assert not node.problems and write_labour(tenant) == held
    assert Employee.objects.get().name == "Jo Carr" and LabourRate.objects.get().trade == "Carpenter"


def test_a_tenants_file_says_what_is_wrong_with_its_lists() -> None:
    rows = {"employees": [{"person": "1"}], "rates": [{"rate": "x"}, {"rate": "1.00"}, {"rate": "2.00"}]}
    node = opened(json.dumps(rows))
    read_labour(node)
    assert [place for place, _ in node.problems] == [
        "employees[0].name",
        "rates[0].rate",
        "rates[1]",
        "rates[2]",
    ]
