"""Vendors marked as not registered for GST: in the links of contacts, in files and in runs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from integrations import registry
from integrations.models import Tenant
from integrations.reading import opened
from mappings.context import load_run
from mappings.models import Link, LinkState, UnregisteredVendor
from runs.tenantfile.reverse import read_unregistered, save_unregistered, write_unregistered
from tests.portal_house import full_tenant, person, signed_in

pytestmark = pytest.mark.django_db
LINKS = "admin:mappings_link_changelist"
TOKEN = re.compile(r'name="token" value="([^"]+)"')
UNDO = re.compile(r"/admin/mappings/\w+/import/undo/[0-9a-f-]+/")


@pytest.fixture
def own() -> dict[str, Any]:
    """A tenant with the link of one vendor, whose editor signs in."""
    found = full_tenant("own", "heron")
    UnregisteredVendor.objects.all().delete()
    Link.objects.filter(pk=found["link"].pk).update(target_id="501")
    found["link"].refresh_from_db()
    found["client"] = signed_in(person("ed", found["tenant"], "editor"))
    return found


def act(client: Any, action: str, link: Link) -> Any:
    """An action on one row of the links of contacts."""
    address = reverse(LINKS) + "?integration=contacts"
    return client.post(address, {"action": action, "_selected_action": [link.pk]}, follow=True)


def sent(own: dict[str, Any], text: str) -> Any:
    """A file handed in for its preview."""
    file = SimpleUploadedFile("rows.csv", text.encode(), "text/csv")
    given = {"tenant": own["tenant"].pk, "file": file}
    return own["client"].post(reverse("admin:unregistered_vendors_import"), given)


def marked_in_runs(tenant: Tenant) -> set[str]:
    """The vendors whose mark a run of progress claims knows of."""
    known = load_run(tenant, registry.BY_SLUG["progress-claims"]).by_target
    return {target for (_, target), link in known.items() if link.details.get("unregistered")}


def test_a_vendor_is_marked_in_the_links_and_the_mark_is_taken_off(own: dict[str, Any]) -> None:
    page = act(own["client"], "mark_unregistered", own["link"]).content.decode()
    row = UnregisteredVendor.objects.get()
    assert (row.tenant, row.vendor, row.name) == (own["tenant"], "501", "heron vendor")
    assert "1 vendor marked" in page and page.count("not registered for GST") > 2
    assert "0 vendors marked" in act(own["client"], "mark_unregistered", own["link"]).content.decode()
    assert "1 vendor" in act(own["client"], "take_mark_off", own["link"]).content.decode()
    assert not UnregisteredVendor.objects.exists()
    past = UnregisteredVendor.history.filter(vendor="501").order_by("history_id")
    assert [(one.history_type, one.history_user.username) for one in past] == [("+", "ed"), ("-", "ed")]


def test_the_links_of_other_records_are_no_vendors(own: dict[str, Any]) -> None:
    """Neither offered there nor done."""
    Link.objects.filter(pk=own["link"].pk).update(integration="projects")
    act(own["client"], "mark_unregistered", own["link"])
    assert not UnregisteredVendor.objects.exists()
    assert "Mark as not registered" not in own["client"].get(reverse(LINKS)).content.decode()


def test_only_who_may_decide_marks_and_never_for_another_tenant(own: dict[str, Any]) -> None:
    other = full_tenant("other", "zebra")
    before = UnregisteredVendor.objects.count()
    act(own["client"], "mark_unregistered", other["link"])
    act(signed_in(person("vi", own["tenant"], "viewer")), "mark_unregistered", own["link"])
    assert UnregisteredVendor.objects.count() == before
    act(own["client"], "take_mark_off", other["link"])
    assert UnregisteredVendor.objects.filter(tenant=other["tenant"]).count() == before


def test_a_run_knows_the_marks_of_its_tenant_whatever_becomes_of_the_link(own: dict[str, Any]) -> None:
    other = Tenant.objects.create(slug="plain", name="Plain Works")
    UnregisteredVendor.objects.create(tenant=other, vendor="501")
    assert marked_in_runs(own["tenant"]) == set()
    UnregisteredVendor.objects.create(tenant=own["tenant"], vendor="501")
    assert marked_in_runs(own["tenant"]) == {"501"}
    link = own["link"]
    link.state = LinkState.UNLINKED
    link.save()
    link.pk, link.state, link.subject = None, LinkState.LINKED, "another contact"
    link.save()
    assert marked_in_runs(own["tenant"]) == {"501"}


def test_the_mark_holds_for_the_next_vendor_of_a_contact(own: dict[str, Any]) -> None:
    """Its vendor was merged into another one in Procore: the contact is the same business still."""
    UnregisteredVendor.objects.create(tenant=own["tenant"], vendor="501")
    link = own["link"]
    Link.objects.filter(pk=link.pk).update(state=LinkState.UNLINKED)
    link.pk, link.target_id = None, "777"
    link.save()
    assert marked_in_runs(own["tenant"]) == {"777"}
    assert "not registered for GST" in own["client"].get(reverse(LINKS)).content.decode()
    act(own["client"], "take_mark_off", link)
    assert marked_in_runs(own["tenant"]) == set() and not UnregisteredVendor.objects.exists()


def test_marks_come_by_file_and_go_back_as_they_came(own: dict[str, Any]) -> None:
    token = TOKEN.search(sent(own, "vendor,note\n501,below the threshold\n777,\n").content.decode())
    assert token is not None
    applied = reverse("admin:unregistered_vendors_apply")
    done = own["client"].post(applied, {"token": token[1]}, follow=True).content.decode()
    rows = list(UnregisteredVendor.objects.order_by("vendor").values_list("vendor", "name", "note"))
    assert rows == [("501", "heron vendor", "below the threshold"), ("777", "", "")]
    address = reverse("admin:unregistered_vendors_export")
    file = own["client"].get(address).content.decode("utf-8-sig")
    assert "501,heron vendor,below the threshold" in file
    seen = sent(own, file).context_data["seen"]
    assert (seen.new, seen.changed, seen.same, seen.wrong) == (0, 0, 2, [])
    undo = UNDO.search(done)
    assert undo is not None
    own["client"].post(undo[0])
    assert not UnregisteredVendor.objects.exists()


@pytest.mark.parametrize("row", ["Harris Concrete", "", "50 1"])
def test_a_vendor_is_named_by_its_number(own: dict[str, Any], row: str) -> None:
    seen = sent(own, f"vendor,note\n{row},x\n").context_data["seen"]
    assert [(one.row, one.column) for one in seen.wrong] == [(2, "vendor")], seen.wrong


def test_a_tenants_file_carries_the_marks() -> None:
    tenant = Tenant.objects.create(slug="plain", name="Plain Works")
    UnregisteredVendor.objects.create(tenant=tenant, vendor="501", name="Harris Concrete", note="small")
    held = write_unregistered(tenant)
    assert held == [{"vendor": "501", "name": "Harris Concrete", "note": "small"}]
    UnregisteredVendor.objects.create(tenant=tenant, vendor="502")
    node = opened(json.dumps([*held, {"vendor": "503"}]))
    save_unregistered(tenant, read_unregistered(node), node)
    assert not node.problems and write_unregistered(tenant) == [*held, {"vendor": "503"}]
    twice = opened(json.dumps([{"vendor": "501"}, {"vendor": "501"}]))
    read_unregistered(twice)
    assert twice.problems == [("[1]", "is for the same as [0]")]
    named = opened(json.dumps([{"vendor": "Harris Concrete"}]))
    save_unregistered(tenant, read_unregistered(named), named)
    assert [place for place, _ in named.problems] == ["[0].vendor"]
