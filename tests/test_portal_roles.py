"""What each role may do: view, edit, administer, approve; and what the pages then offer."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from integrations.models import Connection, Membership, Setting
from runs.models import Entry, Run, RunState, Warning
from tests.portal_house import full_tenant, person, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def own() -> dict[str, Any]:
    """A tenant with one row of everything."""
    return full_tenant("own", "heron")


def client_of(own: dict[str, Any], role: str, **over: Any) -> Any:
    """A session in a role."""
    return signed_in(person(f"{role}-x", own["tenant"], role, **over))


@pytest.mark.parametrize(
    ("role", "mode", "status"),
    [
        ("viewer", "debug", 403),
        ("viewer", "live", 403),
        ("editor", "debug", 302),
        ("editor", "live", 403),
        ("administrator", "debug", 302),
        ("administrator", "live", 302),
    ],
)
def test_who_may_run_and_test(own: dict[str, Any], role: str, mode: str, status: int) -> None:
    """Editors test, administrators run; for buttons, repeats and warnings alike."""
    client = client_of(own, role)
    given = {"tenant": "own", "integration": "contacts", "mode": mode}
    assert client.post(reverse("admin:run_start"), given).status_code == status
    assert client.post(reverse("admin:run_again", args=[own["run"].pk]), {"mode": mode}).status_code == status
    answer = client.post(reverse("admin:warning_again", args=[own["warning"].pk]), {"mode": mode})
    assert answer.status_code == status
    started = Run.objects.exclude(pk=own["run"].pk)
    assert started.count() == (3 if status == 302 else 0)
    assert {run.mode for run in started} <= {mode}
    if status == 302:
        again = started.get(scope="record")
        assert (again.subjects, again.integrations, again.user.username) == (
            ["heron-9"],
            ["progress-claims"],
            f"{role}-x",
        )


@pytest.mark.parametrize("role", ["administrator", "editor", "viewer"])
def test_approving_is_a_right_of_its_own(own: dict[str, Any], role: str) -> None:
    """Not even an administrator approves without it, and a viewer may with it."""
    run = own["run"]
    address = reverse("admin:run_approve", args=[run.pk])
    without = client_of(own, role)
    assert without.post(address).status_code == 403
    assert (
        "Apply this change"
        not in without.get(reverse("admin:runs_run_change", args=[run.pk])).content.decode()
    )
    with_right = signed_in(person("approver", own["tenant"], role, can_approve=True))
    page = with_right.get(reverse("admin:runs_run_change", args=[run.pk])).content.decode()
    assert "Apply this change: 120.00 before tax" in page
    assert with_right.post(address).status_code == 302
    applied = Run.objects.get(plan=run)
    assert (applied.mode, applied.user.username, applied.confirmed) == ("live", "approver", True)
    assert "decided already" in with_right.post(address, follow=True).content.decode()


def test_held_back_changes_are_not_part_of_the_plan(own: dict[str, Any]) -> None:
    """Without any left there is nothing to approve."""
    client = client_of(own, "administrator", can_approve=True)
    hold = reverse("admin:run_hold", args=[own["run"].pk])
    client.post(hold, {"entry": [own["entry"].pk], "held": "1"})
    assert Entry.objects.get(pk=own["entry"].pk).held_back
    assert (
        "It plans no changes"
        in client.post(reverse("admin:run_approve", args=[own["run"].pk]), follow=True).content.decode()
    )
    client.post(hold, {"entry": [own["entry"].pk], "held": "0"})
    assert not Entry.objects.get(pk=own["entry"].pk).held_back


def test_nobody_widens_their_own_rights(own: dict[str, Any]) -> None:
    """Own membership is read only; others' can be changed by administrators alone."""
    client = client_of(own, "administrator")
    mine = Membership.objects.get(user__username="administrator-x")
    address = reverse("admin:integrations_membership_change", args=[mine.pk])
    client.post(address, {"role": "administrator", "can_approve": "on"})
    mine.refresh_from_db()
    assert not mine.can_approve
    theirs = reverse("admin:integrations_membership_change", args=[own["member"].pk])
    assert client.post(theirs, {"role": "editor"}).status_code == 302
    assert Membership.objects.get(pk=own["member"].pk).role == "editor"
    editor = client_of(own, "editor")
    assert editor.post(theirs, {"role": "administrator"}).status_code == 403


def test_options_are_administrators_and_made_from_the_declaration(own: dict[str, Any]) -> None:
    """Only what differs from the standard is kept; what does not fit is refused at its field."""
    setting = own["setting-progress-claims"]
    address = reverse("admin:integrations_setting_change", args=[setting.pk])
    client = client_of(own, "administrator")
    page = client.get(address)
    form = page.context_data["adminform"].form
    given = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    given |= {
        "option_bill_status": "AUTHORISED",
        "recipients": "a@example.com\nb@example.com",
        "enabled": "on",
    }
    assert client.post(address, given).status_code == 302, client.post(address, given).context_data["errors"]
    setting.refresh_from_db()
    assert setting.options == {"bill_status": "AUTHORISED"}
    assert setting.recipients == ["a@example.com", "b@example.com"]
    refused = client.post(
        address, given | {"recipients": "nobody", "option_bill_status": "PAID"}
    ).content.decode()
    assert "“nobody” is not an e-mail address" in refused and "Select a valid choice" in refused
    upfront = client.post(address, given | {"option_retention_tax": "upfront", "option_retention": "net"})
    assert upfront.status_code == 200 and "errorlist" in upfront.content.decode()
    broken = client.post(address, given | {"option_number": "BILL-{invoice_number"})
    assert broken.context_data["adminform"].form.errors["option_number"] == [
        "The braces do not match: each field of the record is written as {name}."
    ]
    assert 'value="BILL-{invoice_number"' in broken.content.decode()
    assert client_of(own, "editor").post(address, given).status_code == 403
    history = client.get(reverse("admin:integrations_setting_history", args=[setting.pk])).content.decode()
    assert re.search(r'Create bills as: <span class="before">draft</span> → .*after">approved<', history)
    assert "administrator-x" in history and "bill_status" not in history


def test_settings_are_made_at_the_first_visit(own: dict[str, Any]) -> None:
    """By administrators, for known integrations."""
    Setting.objects.filter(integration="payments").delete()
    address = reverse("admin:setting_of", args=["own", "payments"])
    assert client_of(own, "viewer").get(address).status_code == 403
    assert client_of(own, "administrator").get(address, follow=True).status_code == 200
    assert not Setting.objects.get(integration="payments").enabled


def test_warnings_are_acknowledged_assigned_and_exported(own: dict[str, Any]) -> None:
    """Editors may; a formula in a message stays a text in the file."""
    editor = person("ed", own["tenant"], "editor")
    client, review = signed_in(editor), reverse("admin:runs_warning_changelist")
    chosen = {"_selected_action": [own["warning"].pk]}
    asked = client.post(review, {"action": "acknowledge", **chosen})
    assert "Quiet until" in asked.content.decode()
    past = client.post(review, {"action": "acknowledge", "apply": "1", "until": "2020-01-01", **chosen})
    assert "Choose today or a later day" in past.content.decode()
    client.post(review, {"action": "acknowledge", "apply": "1", "until": "2099-01-01", **chosen})
    warning = Warning.objects.get(pk=own["warning"].pk)
    assert (warning.state, warning.acknowledged_by) == ("acknowledged", "ed")
    assert "heron claim" not in client.get(review).content.decode()
    assert "heron claim" in client.get(f"{review}?state=acknowledged").content.decode()
    client.post(f"{review}?state=all", {"action": "assign", "apply": "1", "person": editor.pk, **chosen})
    assert Warning.objects.get(pk=warning.pk).assigned_to == editor
    Warning.objects.update(record_title="=SUM(A1)")
    file = client.post(f"{review}?state=all", {"action": "export", **chosen}).content.decode("utf-8-sig")
    assert "'=SUM(A1)" in file and "63900.00" in file
    viewer = client_of(own, "viewer")
    assert viewer.post(f"{review}?state=all", {"action": "acknowledge", **chosen}).status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("heron claim", True),
        ("CLAIM 03-400", True),
        ("https://app.procore.com/heron/9", True),
        ("nothing like it", False),
        ("https://app.procore.com/other/7", False),
        ("cl", False),
    ],
)
def test_review_is_searched_by_words_and_addresses(own: dict[str, Any], query: str, found: bool) -> None:
    """Short words are refused with a sentence."""
    page = (
        client_of(own, "viewer").get(reverse("admin:runs_warning_changelist"), {"q": query}).content.decode()
    )
    assert ("holds up 1 record" in page) is found
    assert ("at least 3 letters or digits" in page) is (query == "cl")


def test_review_groups_kinds_with_counts_and_money(own: dict[str, Any]) -> None:
    """And a group narrows the list."""
    client, review = client_of(own, "viewer"), reverse("admin:runs_warning_changelist")
    groups = client.get(review).context_data["groups"]
    assert [(group["words"], group["number"], group["money"]) for group in groups] == [
        ("Cost code without an account", 1, "63,900.00")
    ]
    assert "holds up" in client.get(review + groups[0]["address"]).content.decode()
    assert "holds up" not in client.get(f"{review}?kind=other").content.decode()


def test_a_run_page_shows_what_would_change(own: dict[str, Any]) -> None:
    """Band, totals, before and after, and its file."""
    client = client_of(own, "viewer")
    page = client.get(reverse("admin:runs_run_change", args=[own["run"].pk])).content.decode()
    assert "Test: nothing was sent" in page and "heron after" in page and "would create" in page
    file = client.get(reverse("admin:run_entries", args=[own["run"].pk])).content.decode("utf-8-sig")
    assert "heron planned vendor" in file and "name: empty -> heron after" in file
    for tab in ("attention", "changes", "skipped", "calls", "nonsense"):
        assert (
            client.get(reverse("admin:runs_run_change", args=[own["run"].pk]), {"tab": tab}).status_code
            == 200
        )


def test_a_working_run_tells_how_far_it_is_and_is_cancelled(own: dict[str, Any]) -> None:
    """The page asks for it; cancelling is left to the run's next safe point."""
    Run.objects.filter(pk=own["run"].pk).update(
        state=RunState.READING, phase="reading claims", done=5, total=10, finished_at=None
    )
    client = client_of(own, "editor")
    shown = client.get(reverse("admin:run_state", args=[own["run"].pk])).json()
    assert (shown["done"], shown["total"], shown["phase"], shown["finished"]) == (
        5,
        10,
        "reading claims",
        False,
    )
    client.post(reverse("admin:run_cancel", args=[own["run"].pk]))
    assert Run.objects.get(pk=own["run"].pk).cancel_requested
    assert client_of(own, "viewer").post(reverse("admin:run_cancel", args=[own["run"].pk])).status_code == 403


def test_schedules_show_their_next_times_and_refuse_nonsense(own: dict[str, Any]) -> None:
    """In the tenant's zone; a cron expression that cannot be read is refused at its field."""
    client = client_of(own, "administrator")
    page = client.get(reverse("admin:runs_schedule_changelist")).content.decode()
    assert page.count("02:00") >= 3 and ("AEDT" in page or "AEST" in page)
    given = {
        "tenant": own["tenant"].pk, "name": "odd", "integrations": ["nightly"], "rule": "cron",
        "cron": "every day", "at": "02:00", "day": 1, "minutes": 15, "weekday": 0,
    }  # fmt: skip
    address = reverse("admin:runs_schedule_add")
    assert "Write five fields" in client.post(address, given).content.decode()
    assert client.post(address, given | {"cron": "30 2 * * 1-5", "weekday": 2}).status_code == 302


def test_the_specification_is_complete(own: dict[str, Any]) -> None:
    """Every integration, with what differs marked."""
    Setting.objects.filter(integration="progress-claims").update(options={"bill_status": "AUTHORISED"})
    page = client_of(own, "viewer").get(reverse("admin:specification", args=["own"])).content.decode()
    for words in ("Progress claims", "Payments", "Cost code rules", "differs from the standard", "03-300"):
        assert words in page


def test_home_says_what_waits(own: dict[str, Any]) -> None:
    """Plans, warnings and codes with links to where they are settled; a new tenant sees its first steps."""
    Run.objects.filter(pk=own["run"].pk).update(state=RunState.NEEDS_APPROVAL, mode="live")
    page = client_of(own, "administrator").get("/admin/").content.decode()
    for words in ("1 change", "1 warning", "1 cost code", "63,900.00", "120.00 before tax", "Run all"):
        assert words in page, words
    Run.objects.all().delete()
    Connection.objects.all().delete()
    fresh = client_of(own, "editor").get("/admin/").content.decode()
    assert "Getting started" in fresh and "Connect Procore" in fresh and "Run all" not in fresh
