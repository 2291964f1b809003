"""The button that sends a proposed adjustment: who sees it, who may press it, and what it starts."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from runs import approvals
from runs.models import Entry, Run, Warning
from tests.portal_house import full_tenant, person, signed_in

pytestmark = pytest.mark.django_db
WORDS = "Send this adjustment"


@pytest.fixture
def proposed() -> Warning:
    """A warning that proposes an adjustment, as a run left it."""
    own = full_tenant("own", "heron")
    warning: Warning = own["warning"]
    warning.code, warning.record_key = approvals.PROPOSES, "heron-9"
    warning.run, warning.affected = own["run"], []
    warning.save()
    Entry.objects.create(
        run=own["run"], integration=warning.integration, role="adjustment:1", subject="heron-9",
        action="warn", outcome="done", title="adjustment 1", fingerprint="f", version="v",
    )  # fmt: skip
    return warning


def pressed(warning: Warning, name: str, **over: Any) -> Any:
    """The page of the warning, and the answer to its button."""
    client = signed_in(person(name, warning.tenant, "administrator", **over))
    page = client.get(reverse("admin:runs_warning_change", args=[warning.pk])).content.decode()
    return page, client.post(reverse("admin:warning_adjust", args=[warning.pk]))


def test_only_who_may_approve_sends_an_adjustment(proposed: Warning) -> None:
    page, answer = pressed(proposed, "no-right")
    assert WORDS not in page
    assert answer.status_code == 403
    page, answer = pressed(proposed, "approver", can_approve=True)
    assert WORDS in page
    assert answer.status_code == 302
    run = Run.objects.get(plan=proposed.run)
    assert (run.subjects, run.integrations, run.started_by) == (
        ["heron-9"],
        [proposed.integration],
        "approver",
    )
    assert (run.mode, run.source, run.confirmed) == ("live", "approval", True)


def test_nothing_is_sent_that_is_no_longer_kept_or_proposed(proposed: Warning) -> None:
    Entry.objects.filter(role="adjustment:1").delete()
    _, answer = pressed(proposed, "approver", can_approve=True)
    assert answer.status_code == 302
    assert not Run.objects.filter(plan=proposed.run).exists()
    Warning.objects.filter(pk=proposed.pk).update(code="withdrawn")
    page, answer = pressed(proposed, "another", can_approve=True)
    assert (WORDS in page, answer.status_code) == (False, 403)


def test_another_tenants_adjustment_is_not_found(proposed: Warning) -> None:
    other = full_tenant("other", "egret")
    client = signed_in(person("stranger", other["tenant"], "administrator", can_approve=True))
    assert client.post(reverse("admin:warning_adjust", args=[proposed.pk])).status_code == 404
    assert not Run.objects.filter(plan=proposed.run).exists()
