"""The page that shows which rule wins for a cost."""

from __future__ import annotations

import pytest
from django.urls import reverse

from integrations.models import Tenant
from mappings.models import CatalogueEntry, CostCodeRule
from tests.portal_house import person, signed_in

pytestmark = pytest.mark.django_db


def test_the_winning_rule_is_shown_and_what_it_beats() -> None:
    tenant = Tenant.objects.create(slug="harbour", name="Harbour Builders")
    for code, account, project in (("03*", "303", ""), ("03-100", "310", ""), ("03-100", "311", "BB-1")):
        CostCodeRule.objects.create(tenant=tenant, code=code, expense_account=account, project=project)
    CostCodeRule.objects.create(tenant=tenant, tax_type="INPUT", note="Everything is taxed")
    client, address = signed_in(person("ed", tenant, "viewer")), reverse("admin:rules_winning")
    page = client.get(address, {"code": "03-100"}).content.decode()
    rows = page.partition("<tbody>")[2].split("<tr>")[1:]
    assert ["cost code 03-100" in rows[0], "cost code 03*" in rows[1], "everything" in rows[2]] == [True] * 3
    assert "<strong>expense account 310</strong>" in rows[0]
    assert "<strong>" not in rows[1] and "expense account 303" in rows[1]
    assert "<strong>tax type INPUT</strong>" in rows[2] and "BB-1" not in "".join(rows)
    other = client.get(address, {"code": "03-100", "project": "BB-1"}).content.decode()
    assert "<strong>expense account 311</strong>" in other
    assert "No rule fits." not in client.get(address, {"code": "77"}).content.decode()
    CostCodeRule.objects.filter(code="").delete()
    assert "No rule fits." in client.get(address, {"code": "77"}).content.decode()
    CatalogueEntry.objects.create(
        tenant=tenant, kind="cost_code", key="1", code="03", name="C", is_leaf=False
    )
    assert "03 C is a heading." in client.get(address, {"code": "03"}).content.decode()


def test_another_tenants_rules_are_not_shown() -> None:
    own, other = (Tenant.objects.create(slug=slug, name=slug) for slug in ("own", "other"))
    CostCodeRule.objects.create(tenant=other, code="03-100", expense_account="999")
    client = signed_in(person("ed", own, "editor"))
    page = client.get(reverse("admin:rules_winning"), {"client": "other", "code": "03-100"})
    assert "account 999" not in page.content.decode()
