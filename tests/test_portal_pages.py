"""The pages of a run and of a warning: what they offer next, and what they say where that cannot be."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from mappings.models import HandLine, ReverseRule
from onecore.models import Invitation
from runs.admin import pairing
from runs.models import Entry, Mode, Run, RunState, Warning
from tests import run_house as house
from tests.portal_house import full_tenant, person, signed_in

pytestmark = pytest.mark.django_db
READ_BACK = re.compile(
    r'(?:value|max|href|id|for)="[^"]*\{\{ (?!attrs)[\w.]*\b(?:pk|id|done|total|page_number) \}\}'
)


@pytest.fixture
def own() -> dict[str, Any]:
    """A tenant, whose administrator signs in."""
    found = full_tenant("own", "heron")
    found["client"] = signed_in(person("boss", found["tenant"], can_approve=True))
    return found


def run_of(own: dict[str, Any], **over: Any) -> Run:
    """A finished run of progress claims."""
    usual = {
        "integrations": ["progress-claims"], "state": RunState.DONE, "finished_at": timezone.now(),
        "mode": Mode.DEBUG,
    }  # fmt: skip
    return Run.objects.create(tenant=own["tenant"], **usual | over)


def shown(own: dict[str, Any], run: Run) -> str:
    """The page of a run."""
    return str(own["client"].get(reverse("admin:runs_run_change", args=[run.pk])).content.decode())


def test_a_search_for_pairs_leads_to_its_pairs_and_never_becomes_a_live_run(own: dict[str, Any]) -> None:
    run = run_of(own, mode=Mode.PAIRING, counts={"progress-claims": {"pairs": 3}})
    page = shown(own, run)
    assert "3 pairs found." in page and "Search for pairs: nothing was sent" in page
    assert reverse("admin:runs_pairing_changelist") + "?client=own" in page
    assert "Run the same" not in page and "Both systems agreed" not in page
    again = reverse("admin:run_again", args=[run.pk])
    own["client"].post(again, {"mode": "live"})
    assert list(Run.objects.exclude(pk=run.pk).filter(mode=Mode.LIVE, user__username="boss")) == []
    assert Run.objects.filter(mode=Mode.PAIRING, user__username="boss").count() == 1
    editor = signed_in(person("ed", own["tenant"], "editor"))
    assert editor.post(again, {"mode": "debug"}).status_code == 403


def test_the_home_page_gives_each_integration_its_own_state(own: dict[str, Any]) -> None:
    """A night's warnings about claims are not those of contacts; what did not come to its end says so."""
    run_of(
        own, mode=Mode.LIVE, state=RunState.FAILED, integrations=["contacts", "progress-claims", "payments"],
        finished=["contacts", "progress-claims"], counts={"progress-claims": {"warn": 2}, "contacts": {}},
    )  # fmt: skip
    rows = own["client"].get(reverse("admin:index")).context_data["integrations"]
    states = {row["slug"]: row["last_state"] for row in rows if row["last"]}
    assert "chip-green" in states["contacts"] and ">done<" in states["contacts"]
    assert "done with warnings" in states["progress-claims"] and "failed" in states["payments"]


def test_reasons_say_whether_their_records_were_skipped_or_stay(own: dict[str, Any]) -> None:
    counts = {"skip": 2, "skips": {"not the case: it is approved": 2}, "kept": {"adjusted to nil": 1}}
    run = run_of(own, counts={"progress-claims": counts})
    page = reverse("admin:runs_run_change", args=[run.pk])
    text = re.sub(r"<[^>]*>", " ", own["client"].get(page, {"tab": "skipped"}).content.decode())
    assert re.search(r"Not the case: it is approved\.\s+skipped\s+Progress claims\s+2", text)
    assert re.search(r"Adjusted to nil\.\s+unchanged\s+Progress claims\s+1", text)


def test_a_plan_that_lapsed_says_so(own: dict[str, Any]) -> None:
    run = run_of(own, finished_at=timezone.now() - timedelta(days=8))
    Entry.objects.create(
        run=run, integration="progress-claims", action="create", outcome="planned", title="SC-1 claim 1"
    )
    page = shown(own, run)
    assert "The plan has lapsed" in page and "The plan lapses" not in page


def test_a_warning_is_acknowledged_and_assigned_from_its_own_page(own: dict[str, Any]) -> None:
    warning = own["warning"]
    page = own["client"].get(reverse("admin:runs_warning_change", args=[warning.pk])).content.decode()
    assert "Acknowledge until…" in page and "Assign…" in page
    chosen, until = {"_selected_action": warning.pk}, timezone.localdate() + timedelta(days=3)
    review = reverse("admin:runs_warning_changelist")
    asked = own["client"].post(review, chosen | {"action": "acknowledge"}).content.decode()
    assert "Quiet until" in asked
    own["client"].post(review, chosen | {"action": "acknowledge", "apply": 1, "until": until.isoformat()})
    warning.refresh_from_db()
    assert (warning.state, warning.acknowledged_until) == ("acknowledged", until)
    page = own["client"].get(reverse("admin:runs_warning_change", args=[warning.pk])).content.decode()
    assert f"{review}?state=all" in page
    own["client"].post(
        f"{review}?state=all",
        chosen | {"action": "assign", "apply": 1, "person": own["member"].user.pk},
    )
    warning.refresh_from_db()
    assert warning.assigned_to == own["member"].user
    viewer = signed_in(own["member"].user)
    page = viewer.get(reverse("admin:runs_warning_change", args=[warning.pk])).content.decode()
    assert "Acknowledge until…" not in page


def test_a_code_that_several_integrations_wait_for_is_one_code_with_all_it_holds_up(
    own: dict[str, Any],
) -> None:
    Warning.objects.create(
        tenant=own["tenant"], integration="commitments", code="not-mapped", record_key="cost code 03-400",
        affected=[{"key": "1"}, {"key": "2"}], amount="100.00",
    )  # fmt: skip
    tiles = own["client"].get(reverse("admin:index")).context_data["waiting"]
    held = next(tile for tile in tiles if "without an account" in tile["words"])
    assert (held["number"], held["words"]) == ("1 cost code", "without an account hold 64,000.00")
    page = own["client"].get(reverse("admin:rules_unmapped")).context_data
    gap = next(gap for gap, _, _ in page["rows"] if gap.code == "03-400")
    assert (gap.waiting, gap.shown_money, page["used"]) == (3, "64,000.00", 1)
    rules = own["client"].get(reverse("admin:mappings_costcoderule_changelist")).content.decode()
    assert "1 code used by waiting documents has no account." in rules


def test_a_code_without_a_revenue_account_leads_to_its_rule_or_a_new_one(own: dict[str, Any]) -> None:
    """The page of codes without a rule asks for expense accounts alone."""

    def offered(code: str) -> str:
        about = {"code": "no-revenue-account", "record_key": f"revenue of cost code {code}"}
        Warning.objects.filter(pk=own["warning"].pk).update(**about)
        page = own["client"].get(reverse("admin:runs_warning_change", args=[own["warning"].pk]))
        return str(page.context_data["fix_address"])

    rules = own["client"].get(offered("03-300")).context_data["cl"].result_list
    assert [rule.code for rule in rules] == ["03-300"]
    form = own["client"].get(offered("03-400")).context_data["adminform"].form
    assert (form["code"].value(), str(form["tenant"].value())) == ("03-400", str(own["tenant"].pk))


@pytest.mark.parametrize(
    ("integration", "system", "side"),
    [
        ("progress-claims", "xero", "target"),
        ("progress-claims", "procore", "source"),
        ("payments", "procore", "target"),
        ("payments", "xero", "source"),
    ],
)
def test_what_is_put_right_in_a_system_leads_there(
    own: dict[str, Any], integration: str, system: str, side: str
) -> None:
    links = [{"label": label, "url": f"https://{label}.example"} for label in ("source", "target")]
    about = {"tenant": own["tenant"], "integration": integration, "code": "locked-period", "fix": system}
    warning = Warning.objects.create(record_key="1", record_title="A-1", links=links, **about)
    address = reverse("admin:runs_warning_change", args=[warning.pk])
    page = own["client"].get(address).content.decode()
    assert f'href="https://{side}.example">Put it right in {system.title()}' in page
    warning.links = [one for one in links if one["label"] != side]
    warning.save()
    assert "Put it right" not in own["client"].get(address).content.decode(), "there is nothing there yet"


def test_pairs_are_looked_for_only_where_documents_are_sent_to_xero(own: dict[str, Any]) -> None:
    assert set(pairing.OFFERED) == {
        "commitments", "progress-claims", "head-contract-claims", "direct-costs",
    }  # fmt: skip
    page = own["client"].get(reverse("admin:pairing_look")).content.decode()
    assert 'value="progress-claims"' in page and 'value="labour"' not in page


def test_a_link_is_called_what_its_record_is_called(own: dict[str, Any]) -> None:
    page = own["client"].get(reverse("admin:mappings_link_change", args=[own["link"].pk])).content.decode()
    assert "<h1>heron vendor</h1>" in page and "View link" not in page and "Target id" not in page


def test_connections_and_common_options_speak_in_words(own: dict[str, Any]) -> None:
    own["procore"].credential.kind = "client_credentials"
    own["procore"].credential.save()
    cards = own["client"].get(reverse("admin:connections_of", args=["own"])).content.decode()
    assert "by a service account" in cards and "Client credentials" not in cards
    common = own["client"].get(reverse("admin:setting_of", args=["own", "tenant"]), follow=True)
    assert "They get the summary of every run." in common.content.decode()


def test_a_change_is_held_back_however_many_changes_there_were_before(own: dict[str, Any]) -> None:
    """The thousandth row is not written as 1,000 where it is read back."""
    run = run_of(own)
    given = {"run": run, "integration": "progress-claims", "action": "create", "outcome": "planned"}
    held, sent = (Entry.objects.create(pk=pk, title=f"claim {pk}", **given) for pk in (1187, 1188))
    page = own["client"].get(reverse("admin:runs_run_change", args=[run.pk]), {"tab": "changes"})
    offered = re.findall(r'name="entry" value="([^"]+)"', page.content.decode())
    assert offered == ["1187", "1188"]
    hold = reverse("admin:run_hold", args=[run.pk])
    told = own["client"].post(hold, {"entry": offered[0], "held": "1"}, follow=True).content.decode()
    assert "1 change is held back from the plan." in told
    assert [entry.held_back for entry in Entry.objects.filter(pk__in=(held.pk, sent.pk)).order_by("pk")] == [
        True, False,
    ]  # fmt: skip
    told = own["client"].post(hold, {"held": "1"}, follow=True).content.decode()
    assert "Choose changes first." in told


def test_decisions_reach_the_thousandth_warning_and_line(own: dict[str, Any]) -> None:
    client, given = own["client"], {"tenant": own["tenant"], "integration": "progress-claims"}
    warning = Warning.objects.create(pk=1500, code="no-date", record_key="1", **given)
    line = HandLine.objects.create(
        pk=1234, tenant=own["tenant"], side="payable", key="line", document_id="1", resource="bills", amount=5
    )
    review = reverse("admin:runs_warning_changelist")
    asked = client.post(review, {"action": "acknowledge", "_selected_action": 1500}).content.decode()
    assert 'name="_selected_action" value="1500"' in asked
    page = client.get(reverse("admin:runs_warning_change", args=[warning.pk])).content.decode()
    assert 'name="_selected_action" value="1500"' in page
    ledger = client.get(reverse("admin:retention_of", args=["own"])).content.decode()
    assert f'name="line" value="{line.pk}"' in ledger


def test_no_template_writes_numbers_that_are_read_back_with_separators() -> None:
    for template in Path(configured.ROOT, "templates").rglob("*.html"):
        assert not READ_BACK.findall(template.read_text(encoding="utf-8")), template


def test_the_specification_is_written_for_somebody_who_signs_it(own: dict[str, Any]) -> None:
    page = own["client"].get(reverse("admin:specification", args=["own"])).content.decode()
    assert "[project number] [name]" in page and "always yes" in page
    assert "{project_number}" not in page and "True" not in page


def test_the_printed_specification_says_what_is_in_force(own: dict[str, Any], capsys: Any) -> None:
    """Templates, options under their labels and rules are those of the tenant."""
    own["tenant"].settings.filter(integration="progress-claims").update(options={"number": "SC {number}"})
    said = house.printed("specification", own["tenant"].slug, capsys=capsys)
    assert "Invoice number: “SC [number]” (option “Number of the bill”)" in said
    assert "  * Number of the bill: SC [number]" in said
    assert "  code 03-300; expense account" in said and "Cost codes are sent as: accounts" in said
    one = house.printed("specification", own["tenant"].slug, "payments", capsys=capsys)
    assert "\nPayments\n" in one and "\nProgress claims\n" not in one
    with pytest.raises(CommandError, match="no integration ledgers"):
        call_command("specification", own["tenant"].slug, "ledgers")


def test_an_invitation_is_valid_until_a_day_of_the_tenants_own(own: dict[str, Any]) -> None:
    """Eight in the evening in Greenwich is the next day in Sydney."""
    Invitation.objects.filter(pk=own["invitation"].pk).update(expires_at="2099-12-05T20:00:00Z")
    listed = own["client"].get(reverse("admin:onecore_invitation_changelist")).content.decode()
    assert "until 6 Dec 2099" in listed


def test_the_menu_leads_nowhere_that_a_role_may_not_go(own: dict[str, Any]) -> None:
    single = reverse("admin:single_project")
    viewer = signed_in(own["member"].user)
    assert viewer.get(single).status_code == 403
    assert single not in viewer.get(reverse("admin:index")).content.decode()
    assert single in own["client"].get(reverse("admin:index")).content.decode()


def test_lists_of_support_staff_are_called_what_they_list(own: dict[str, Any], settings: Any) -> None:
    settings.ONECORE_SECOND_FACTOR = False
    support = signed_in(person("sam", is_superuser=True))
    for name, title in (
        ("auth_user", "Users"), ("auth_group", "Groups"), ("integrations_credential", "Credentials"),
    ):  # fmt: skip
        page = support.get(reverse(f"admin:{name}_changelist")).content.decode()
        assert f"<h1>{title}</h1>" in page


@pytest.mark.parametrize(
    "name",
    [
        "costcoderule",
        "reverserule",
        "employee",
        "labourrate",
        "earningsrate",
        "unregisteredvendor",
        "taxcode",
    ],
)
def test_every_box_of_an_edited_list_says_whose_it_is(own: dict[str, Any], name: str) -> None:
    """For people who hear the page."""
    ReverseRule.objects.create(tenant=own["tenant"], account="310", cost_code="03-300")
    page = own["client"].get(reverse(f"admin:mappings_{name}_changelist")).content.decode()
    boxes = re.findall(r'<(?:input|select) [^>]*name="form-0-(?!id)[^>]*>', page)
    assert boxes and all(re.search(r'aria-label="[^"]+: [^"]+"', box) for box in boxes)
    form = own["client"].get(reverse("admin:onecore_invitation_add")).content.decode()
    assert 'aria-label="Valid until, day"' in form


def test_rules_are_applied_to_what_was_sent_by_a_plan_only(own: dict[str, Any]) -> None:
    address = reverse("admin:run_renew") + "?client=own"
    rules = (
        own["client"].get(reverse("admin:mappings_costcoderule_changelist") + "?client=own").content.decode()
    )
    assert address in rules
    page = own["client"].get(address).content.decode()
    assert "Contacts" in page and "Make the plan" in page
    page = own["client"].post(address, {}).content.decode()
    assert "Tick at least one integration." in page and not Run.objects.filter(renews=True).exists()
    page = own["client"].post(address, {"integrations": ["contacts"], "mode": "live"}, follow=True)
    run = Run.objects.get(renews=True)
    assert (run.mode, run.integrations) == (Mode.DEBUG, ["contacts"])
    assert "what was sent brought to today&#x27;s rules" in page.content.decode()
    again = reverse("admin:run_again", args=[run.pk])
    own["client"].post(again, {"mode": "live"})
    assert set(Run.objects.filter(renews=True).values_list("mode", flat=True)) == {Mode.DEBUG}


def test_only_editors_of_the_tenant_plan_what_rules_would_change(own: dict[str, Any]) -> None:
    full_tenant("other", "egret")
    address = reverse("admin:run_renew")
    assert own["client"].get(f"{address}?client=other").status_code == 404
    assert signed_in(own["member"].user).post(f"{address}?client=own").status_code == 403
    nothing = full_tenant("new", "stork")
    nothing["tenant"].links.all().delete()
    boss = signed_in(person("new-boss", nothing["tenant"]))
    assert "Nothing was sent for" in boss.get(f"{address}?client=new").content.decode()


def test_changed_options_lead_to_the_plan_for_what_was_sent(own: dict[str, Any]) -> None:
    setting = own["tenant"].settings.get(integration="progress-claims")
    address = reverse("admin:integrations_setting_change", args=[setting.pk])
    form = own["client"].get(address).context["adminform"].form
    given = {name: form[name].value() or "" for name in form.fields} | {"option_due_date": "month-end"}
    page = own["client"].post(address, given, follow=True).content.decode()
    assert reverse("admin:run_renew") + "?client=own&amp;integration=progress-claims" in page
    page = own["client"].post(address, given | {"option_withdrawn": "remove"}, follow=True).content.decode()
    assert reverse("admin:run_renew") not in page, "it holds at once"
