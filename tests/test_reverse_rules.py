"""Reverse rules in the portal: edited by file, undone as one step, kept from other tenants."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from integrations.models import Tenant
from mappings.models import CatalogueEntry, CatalogueKind, ReverseRule
from tests.portal_house import person, signed_in

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="token" value="([^"]+)"')
UNDO = re.compile(r"/admin/mappings/reverserule/import/undo/[0-9a-f-]+/")


@pytest.fixture
def tenant() -> Tenant:
    """A tenant with two codes and an account."""
    made = Tenant.objects.create(name="Works", slug="works")
    for kind, code in (("COST_CODE", "03-100"), ("COST_CODE", "10-200"), ("ACCOUNT", "303")):
        CatalogueEntry.objects.create(tenant=made, kind=CatalogueKind[kind], key=code, code=code, name=code)
    return made


def file(text: str) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile("reverse.csv", text.encode(), "text/csv")


def test_a_file_is_looked_at_imported_exported_and_undone(tenant: Tenant) -> None:
    client = signed_in(person("bookkeeper", tenant, role="editor"))
    text = "account,contact,cost_code,cost_type\n303,,03-100,M\n303,Harris Timber,10-200,\n"
    seen = client.post(reverse("admin:reverse_import"), {"tenant": tenant.pk, "file": file(text)})
    page = seen.content.decode()
    assert "add 2, change 0" in page and "account 303, contact Harris Timber" in page, page
    token = TOKEN.search(page)
    assert token is not None
    done = client.post(reverse("admin:reverse_apply"), {"token": token[1]}, follow=True).content.decode()
    assert set(ReverseRule.objects.values_list("contact", "cost_code")) == {
        ("", "03-100"),
        ("Harris Timber", "10-200"),
    }
    exported = client.get(reverse("admin:reverse_export")).content.decode("utf-8-sig")
    again = client.post(reverse("admin:reverse_import"), {"tenant": tenant.pk, "file": file(exported)})
    assert "says what the rules of Works say already" in again.content.decode()
    undo = UNDO.search(done)
    assert undo is not None
    client.post(undo[0])
    assert not ReverseRule.objects.exists()


def test_mistakes_are_told_and_nothing_is_saved(tenant: Tenant) -> None:
    client = signed_in(person("bookkeeper", tenant, role="editor"))
    text = "account,cost_code\n999,03-100\n303,03-109\n,03-100\n"
    page = client.post(reverse("admin:reverse_import"), {"tenant": tenant.pk, "file": file(text)}).content
    for told in ("There is no account “999”", "There is no cost code “03-109”", "Fill in at least one of"):
        assert told in page.decode(), told
    assert not ReverseRule.objects.exists()


def test_another_tenants_rules_are_neither_seen_nor_written(tenant: Tenant) -> None:
    other = Tenant.objects.create(name="Other", slug="other")
    ReverseRule.objects.create(tenant=other, account="303", cost_code="03-100", note="canary")
    client = signed_in(person("bookkeeper", tenant, role="editor"))
    assert b"canary" not in client.get(reverse("admin:reverse_export")).content
    assert b"canary" not in client.get(reverse("admin:mappings_reverserule_changelist")).content
    given = {"tenant": other.pk, "file": file("account,cost_code\n303,10-200\n")}
    assert "Select a valid choice" in client.post(reverse("admin:reverse_import"), given).content.decode()
    assert ReverseRule.objects.count() == 1
