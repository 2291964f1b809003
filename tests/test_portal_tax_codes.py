"""Procore's tax codes and the tax types they stand for: in the list, in files and in runs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from integrations import registry
from integrations.models import Setting
from mappings.context import load_run
from mappings.models import CatalogueEntry, TaxCode
from tests.portal_house import full_tenant, person, signed_in

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="token" value="([^"]+)"')
LIST = "admin:mappings_taxcode_changelist"


@pytest.fixture
def own() -> dict[str, Any]:
    """A tenant whose tax codes and types are known, and whose editor signs in."""
    found = full_tenant("own", "heron")
    tenant = found["tenant"]
    TaxCode.objects.all().delete()
    CatalogueEntry.objects.filter(tenant=tenant, kind="tax_rate").delete()
    for kind, key, code, name in (
        ("tax_code", "900", "FRE", "GST free"), ("tax_code", "901", "GST", "Taxed"),
        ("tax_rate", "INPUT", "INPUT", "GST on Expenses"),
        ("tax_rate", "EXEMPTEXPENSES", "EXEMPTEXPENSES", "GST Free Expenses"),
    ):  # fmt: skip
        CatalogueEntry.objects.create(tenant=tenant, kind=kind, key=key, code=code, name=name)
    found["client"] = signed_in(person("ed", tenant, "editor"))
    return found


def added(own: dict[str, Any], **given: str) -> str:
    """The page after a code was added."""
    address = reverse("admin:mappings_taxcode_add")
    row = {"tenant": own["tenant"].pk, "note": "", **given}
    return str(own["client"].post(address, row, follow=True).content.decode())


def test_a_tax_code_gets_a_tax_type_that_xero_knows(own: dict[str, Any]) -> None:
    page = added(own, code="FRE", tax_type="EXEMPTEXPENSE")
    assert "There is no tax type “EXEMPTEXPENSE”. The nearest is EXEMPTEXPENSES GST Free Expenses." in page
    assert "There is no tax code “FREE”. The nearest is FRE GST free." in added(
        own, code="FREE", tax_type="EXEMPTEXPENSES"
    )
    assert not TaxCode.objects.exists()
    added(own, code="FRE", tax_type="EXEMPTEXPENSES")
    row = TaxCode.objects.get()
    past = row.history.get()
    assert (row.code, row.tax_type, past.history_user.username) == ("FRE", "EXEMPTEXPENSES", "ed")
    assert "tax type already" in added(own, code="FRE", tax_type="INPUT")


def test_a_run_knows_them_by_their_ids_where_the_option_says_so(own: dict[str, Any]) -> None:
    TaxCode.objects.create(tenant=own["tenant"], code="FRE", tax_type="EXEMPTEXPENSES")
    TaxCode.objects.create(tenant=full_tenant("other", "egret")["tenant"], code="GST", tax_type="INPUT")
    claims = registry.BY_SLUG["progress-claims"]
    assert load_run(own["tenant"], claims).book.tax_codes == {}
    Setting.objects.create(tenant=own["tenant"], integration="tenant", options={"tax_codes": True})
    known = load_run(own["tenant"], claims).book.tax_codes
    assert {key: (one.code, one.tax_type) for key, one in known.items()} == {"900": ("FRE", "EXEMPTEXPENSES")}


def test_a_file_is_looked_at_before_it_is_kept_and_comes_back_as_it_went(own: dict[str, Any]) -> None:
    def sent(text: str) -> Any:
        file = SimpleUploadedFile("rows.csv", text.encode(), "text/csv")
        given = {"tenant": own["tenant"].pk, "file": file}
        return own["client"].post(reverse("admin:tax_codes_import"), given)

    wrong = sent("code,tax_type\nFRE,NOTHING\nGST,INPUT\n").content.decode()
    assert "There is no tax type “NOTHING”" in wrong and not TOKEN.search(wrong)
    token = TOKEN.search(sent("code,tax_type\nFRE,EXEMPTEXPENSES\nGST,INPUT\n").content.decode())
    assert token and not TaxCode.objects.exists()
    own["client"].post(reverse("admin:tax_codes_apply"), {"token": token[1]})
    assert set(TaxCode.objects.values_list("code", flat=True)) == {"FRE", "GST"}
    file = own["client"].get(reverse("admin:tax_codes_export") + "?client=own").content.decode("utf-8-sig")
    seen = sent(file).context_data["seen"]
    assert (seen.new, seen.changed, seen.same, seen.wrong) == (0, 0, 2, [])


def test_viewers_look_and_others_see_nothing(own: dict[str, Any]) -> None:
    TaxCode.objects.create(tenant=own["tenant"], code="FRE", tax_type="EXEMPTEXPENSES", note="heron note")
    viewer = signed_in(own["member"].user)
    assert "heron note" in viewer.get(reverse(LIST)).content.decode()
    assert viewer.post(reverse("admin:mappings_taxcode_add"), {}).status_code == 403
    other = full_tenant("other", "egret")
    assert "heron note" not in signed_in(person("x", other["tenant"])).get(reverse(LIST)).content.decode()
