"""What a run leaves behind: states, warnings, e-mails, printed summaries; runs of less than everything."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from integrations.base import Reason
from integrations.models import Connection, Membership, Setting, Tenant
from integrations.sandbox.server import Sandbox
from mappings.models import CostCodeRule, Link
from runs import dispatch, reports, rows, runner, warnings
from runs.models import Cursor, Entry, Mode, Retry, Run, RunState, Scope, Warning, WarningState
from tests import run_house as house
from tests.scenes import TAXED, move, scene, shown

pytestmark = pytest.mark.django_db(transaction=True)

CHAIN = ("contacts", "projects", "progress-claims", "payments")


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    """A tenant of the small world whose accounts people are told of every integration."""
    found = house.prepared(sandbox, enabled=CHAIN)
    Setting.objects.create(
        tenant=found, integration="tenant", enabled=True, options={"send_cost_types": False},
        recipients=["accounts@example.com"],
    )  # fmt: skip
    return found


def claim(sandbox: Sandbox, number: str) -> dict[str, Any]:
    """A claim by its invoice number."""
    return next(one for one in sandbox.records("procore", "requisitions") if one["invoice_number"] == number)


# --- warnings -------------------------------------------------------------------------------------


def test_a_warning_opens_repeats_and_resolves_itself(sandbox: Sandbox, tenant: Tenant) -> None:
    CostCodeRule.objects.filter(code="03-100").delete()
    house.sync(tenant, *CHAIN)
    warning = Warning.objects.get()
    assert (warning.state, warning.times, warning.integration) == (WarningState.OPEN, 1, "progress-claims")
    assert {row["title"] for row in warning.affected} == {
        "Acacia Concrete, SC-101 claim 1", "Acacia Concrete, SC-101 claim 2",
    }  # fmt: skip
    assert "03-100" in warning.message
    assert Warning.objects.mentioning("acacia 03-100").count() == 1
    house.sync(tenant, *CHAIN)
    warning.refresh_from_db()
    assert (warning.state, warning.times) == (WarningState.OPEN, 2)
    CostCodeRule.objects.create(tenant=tenant, code="03-100", expense_account="303")
    house.sync(tenant, *CHAIN)
    warning.refresh_from_db()
    assert warning.state == WarningState.RESOLVED
    assert len(house.bills(sandbox)) == 6
    assert not Retry.objects.exists()


def test_an_acknowledged_warning_stays_quiet_until_its_date(sandbox: Sandbox, tenant: Tenant) -> None:
    CostCodeRule.objects.filter(code="06-100").delete()
    house.sync(tenant, *CHAIN)
    warning = Warning.objects.get()
    warning.acknowledge(timezone.localdate() + timedelta(days=7), "Alex")
    house.sync(tenant, *CHAIN)
    assert not Warning.objects.waiting().exists()
    Warning.objects.update(acknowledged_until=timezone.localdate() - timedelta(days=1))
    assert Warning.objects.waiting().count() == 1
    house.sync(tenant, *CHAIN)
    warning.refresh_from_db()
    assert warning.state == WarningState.OPEN


def test_a_test_run_opens_no_warning_and_keeps_nothing(sandbox: Sandbox, tenant: Tenant) -> None:
    CostCodeRule.objects.filter(code="06-100").delete()
    run = house.sync(tenant, *CHAIN, mode=Mode.DEBUG)
    assert run.is_finished
    kept = (Warning, Link, Cursor, Retry)
    assert not any(model.objects.exists() for model in kept)  # type: ignore[attr-defined]
    assert not mail.outbox


def test_a_refused_record_fails_alone_and_waits(sandbox: Sandbox, tenant: Tenant) -> None:
    CostCodeRule.objects.filter(code="06-100").update(expense_account="800", tax_type="INPUT")
    run = house.sync(tenant, *CHAIN)
    failed = Entry.objects.get(run=run, outcome="failed")
    assert "CT-1001" in failed.title or "PO-101" in failed.title
    assert len(house.bills(sandbox)) == 5
    sandbox.calls.reset()
    house.sync(tenant, *CHAIN)
    assert house.writes(sandbox) == 0, "a refused body is not sent again unchanged"
    assert Warning.objects.waiting().filter(code="refused").count() == 1
    CostCodeRule.objects.filter(code="06-100").update(expense_account="306")
    house.sync(tenant, *CHAIN)
    assert len(house.bills(sandbox)) == 6
    assert not Warning.objects.waiting().exists()


# --- trouble --------------------------------------------------------------------------------------


def test_an_ended_connection_is_flagged_and_told_once(sandbox: Sandbox, tenant: Tenant) -> None:
    person = get_user_model().objects.create_user("admin", "admin@example.com")
    Membership.objects.create(user=person, tenant=tenant, role=Membership.Role.ADMINISTRATOR)
    house.sync(tenant, *CHAIN)
    mail.outbox.clear()
    sandbox.act("disconnect")
    for _ in range(2):
        run = house.sync(tenant, "contacts")
        assert run.state == RunState.FAILED
        assert run.message
    told = [message for message in mail.outbox if "admin@example.com" in message.recipients()]
    assert len(told) == 1
    assert "connection" in told[0].subject
    summaries = [message for message in mail.outbox if "accounts@example.com" in message.recipients()]
    assert len(summaries) == 1, "the same failure is not mailed with every run"
    assert Connection.objects.exclude(state="ok").count() == 1
    assert Warning.objects.waiting().filter(code="disconnected").count() == 1


def test_a_spent_limit_ends_a_run_early_and_it_goes_on_later(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, "contacts", "projects")
    sandbox.faults.add("status", path="Invoices", method="PUT", status=429, headers={"Retry-After": "3600"})
    run = house.sync(tenant, "progress-claims", "payments")
    assert run.state == RunState.WARNED
    assert "goes on at" in run.message
    assert not Link.objects.unanswered().exists()
    assert not Cursor.objects.filter(integration="progress-claims").exists()
    later = Run.objects.get(state=RunState.QUEUED)
    assert later.integrations == ["progress-claims", "payments"]
    assert later.not_before is not None
    assert not runner.work(later.pk), "its time has not come"
    Run.objects.filter(pk=later.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    from_budget = tenant.connections.get(system="xero").credential.budgets.all()
    from_budget.delete()
    assert runner.work(later.pk)
    assert len(house.bills(sandbox)) == 6


def test_a_cancelled_run_stops_before_its_next_request(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, "contacts", "projects")
    run = dispatch.start(tenant, ["progress-claims"])

    def cancel(request: Any, answer: Any) -> None:
        if "requisitions" in request.path:
            from django.db import connections

            dispatch.cancel(Run(pk=run.pk))
            connections["default"].close()

    sandbox.observers.append(cancel)
    runner.work(run.pk)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert not house.bills(sandbox)
    sandbox.observers.remove(cancel)
    house.sync(tenant, "progress-claims")
    assert len(house.bills(sandbox)) == 6


def test_a_queued_run_is_cancelled_at_once(tenant: Tenant) -> None:
    run = dispatch.start(tenant, ["contacts"])
    assert dispatch.cancel(run)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert not runner.work(run.pk)


@pytest.mark.bad_answers
def test_a_record_full_of_nonsense_does_not_stop_the_others(sandbox: Sandbox, tenant: Tenant) -> None:
    odd = claim(sandbox, "AC-3")
    nonsense = {"items": "none", "summary": [], "vendor_id": {"id": 1}, "billing_date": "31/31/2026"}
    sandbox.act("answer_nonsense", kind="requisitions", id=odd["id"], fields=nonsense)
    run = house.sync(tenant, *CHAIN)
    assert run.state == RunState.WARNED
    assert len(house.bills(sandbox)) >= 4
    warned = Entry.objects.filter(run=run, action="warn")
    assert (
        warned.filter(title__contains="SC-101 claim 3").exists()
        or warned.filter(subject=str(odd["id"])).exists()
    )


# --- less than everything -------------------------------------------------------------------------


def test_one_project_by_its_number(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, *CHAIN, scope=Scope.PROJECT, value="W-02")
    assert {link.project_id for link in Link.objects.filter(integration="progress-claims")} == {
        next(
            str(one["id"])
            for one in sandbox.records("procore", "projects")
            if one["project_number"] == "W-02"
        )
    }
    assert Link.objects.filter(integration="projects").count() == 1
    assert not Cursor.objects.exists()


@pytest.mark.parametrize("how", ["number", "id", "address"])
def test_one_record_by_number_or_id(sandbox: Sandbox, tenant: Tenant, how: str) -> None:
    house.sync(tenant, "contacts", "projects")
    key = claim(sandbox, "BS-10")["id"]
    pasted = f"https://app.procore.com/70002/project/commitments/810002/requisitions/{key}?tab=general"
    value = {"number": "BS-10", "id": str(key), "address": pasted}[how]
    run = house.sync(tenant, "progress-claims", scope=Scope.RECORD, value=value)
    assert set(house.numbers(sandbox)) == {"BS-10"}
    assert Entry.objects.filter(run=run).count() == 1


def test_one_record_by_the_address_of_its_bill(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, *CHAIN)
    bill = next(one for one in house.bills(sandbox) if one["InvoiceNumber"] == "AC-1")
    pasted = f"https://go.xero.com/AccountsPayable/View.aspx?InvoiceID={bill['InvoiceID']}"
    run = house.sync(tenant, "progress-claims", scope=Scope.RECORD, value=pasted)
    assert [entry.title for entry in Entry.objects.filter(run=run)] == ["Acacia Concrete, SC-101 claim 1"]


def test_again_for_the_record_of_a_warning(sandbox: Sandbox, tenant: Tenant) -> None:
    CostCodeRule.objects.filter(code="06-100").delete()
    house.sync(tenant, *CHAIN)
    warning = Warning.objects.get()
    subjects = [row["key"] for row in warning.affected]
    CostCodeRule.objects.create(tenant=tenant, code="06-100", expense_account="306")
    run = dispatch.start(tenant, [warning.integration], scope=Scope.RECORD, subjects=subjects)
    house.work_here(run)
    assert "CT-1001" in house.numbers(sandbox)
    warning.refresh_from_db()
    assert warning.state == WarningState.RESOLVED


def test_only_what_changed_is_read_again(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, *CHAIN)
    house.sync(tenant, *CHAIN)
    Cursor.objects.exclude(resource__endswith=":whole").update(read_at=timezone.now() + timedelta(minutes=1))
    run = house.sync(tenant, "progress-claims")
    assert run.counts["progress-claims"].get("unchanged", 0) == 0


# --- what people are told -------------------------------------------------------------------------


def test_a_summary_is_mailed_when_something_happened_and_only_then(sandbox: Sandbox, tenant: Tenant) -> None:
    CostCodeRule.objects.filter(code="06-100").delete()
    run = house.sync(tenant, *CHAIN)
    (message,) = mail.outbox
    ended = (run.finished_at or timezone.now()).astimezone(ZoneInfo(tenant.time_zone))
    assert f"Finished {ended.day} {ended:%b %Y, %H:%M} ({tenant.time_zone})" in message.body
    assert "Procore: http" in message.body
    assert message.recipients() == ["accounts@example.com"]
    assert message.subject.startswith(
        "Small Works: 7 created, 4 linked, 1 needs attention (projects, contacts"
    )
    text = str(message.body)
    html = str(message.alternatives[0][0])
    for part in (text, html):
        assert part.index("06-100") < part.index("SC-101 claim 1"), "what needs attention comes first"
        assert "9,450.45" in part
        assert f"{reverse('admin:rules_unmapped')}?client={tenant.slug}" in part, "where it is put right"
    CostCodeRule.objects.create(tenant=tenant, code="06-100", expense_account="306")
    house.sync(tenant, *CHAIN)
    mail.outbox.clear()
    house.sync(tenant, *CHAIN)
    assert not mail.outbox


def test_a_summary_leaves_the_name_of_a_product_as_it_is(tenant: Tenant) -> None:
    run = Run.objects.create(tenant=tenant, integrations=["progress-claims", "xero-costs"])
    told = reports.content(run, run.integrations)
    assert told["names"] == "progress claims, Xero costs"


def test_sync_prints_a_summary_and_json(
    sandbox: Sandbox, tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("sync", tenant.slug, "nightly", "--debug", "--here")
    shown = capsys.readouterr().out
    assert "Contacts: 4 would link" in shown
    assert "API calls:" in shown
    call_command("sync", tenant.slug, *CHAIN, "--here", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["counts"]["progress-claims"]["created"] == 6
    assert told["state"] == "done"
    assert {entry["outcome"] for entry in told["entries"]} == {"done"}


def test_a_plan_is_approved_from_the_command_line(
    sandbox: Sandbox, tenant: Tenant, capsys: pytest.CaptureFixture[str]
) -> None:
    house.sync(tenant, "contacts", "projects")
    plan = house.sync(tenant, "progress-claims", mode=Mode.DEBUG)
    call_command("sync", tenant.slug, "--approve", str(plan.pk), "--here")
    assert "6 created" in capsys.readouterr().out
    with pytest.raises(CommandError, match="decided already"):
        call_command("sync", tenant.slug, "--approve", str(plan.pk), "--here")


def test_names_nobody_knows_are_named(tenant: Tenant) -> None:
    with pytest.raises(CommandError, match="There are: small"):
        call_command("sync", "nobody")
    with pytest.raises(CommandError, match="no integration ledgers"):
        call_command("sync", tenant.slug, "ledgers")


# --- one record, several documents; one integration, several projects ------------------------------


def test_a_refused_document_stays_a_warning_though_another_of_its_record_is_taken(sandbox: Sandbox) -> None:
    given = scene(sandbox, retention="credit_note")
    one = given.claim("A-1", move("1000.00", "100.00"))
    given.run("progress-claims")
    rule = CostCodeRule.objects.filter(tenant=given.tenant, code=TAXED)
    rule.update(expense_account="800", tax_type="INPUT")
    given.edit(one, move("2000.00", "200.00"))
    run = house.renewed(given.tenant, "progress-claims")
    assert [given.document(number)["SubTotal"] for number in ("A-1", "A-1-CN")] == [1000, 200], shown(run)
    assert "refused" in given.codes(), shown(run)
    assert Retry.objects.filter(integration="progress-claims").exists()
    rule.update(expense_account="303", tax_type="")
    run = given.run("progress-claims")
    assert given.document("A-1")["SubTotal"] == 2000, shown(run)
    assert given.codes() == set(), shown(run)


def test_projects_that_cannot_be_read_are_named_until_they_can(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, *CHAIN)
    for project in sandbox.records("procore", "projects"):
        path = f"projects/{project['id']}/billing_periods"
        sandbox.faults.add("status", path=path, status=403, times=None)
    Cursor.objects.all().delete()
    run = house.sync(tenant, "progress-claims")
    assert run.state == RunState.WARNED, run.message
    found = Warning.objects.waiting().filter(code="project-unreadable")
    assert {one.record_key for one in found} == {"project W-01", "project W-02"}
    assert not Cursor.objects.filter(integration="progress-claims").exclude(project="").exists()
    found[0].acknowledge(timezone.localdate() + timedelta(days=7), "Alex")
    house.sync(tenant, "progress-claims")
    kept = Warning.objects.filter(code="project-unreadable").standing()
    assert sorted(kept.values_list("state", "times")) == [("acknowledged", 2), ("open", 2)]
    sandbox.faults.clear()
    house.sync(tenant, "progress-claims")
    assert not kept.all().exists()


def test_a_target_that_cannot_be_read_holds_up_its_own_record_only(sandbox: Sandbox, tenant: Tenant) -> None:
    house.sync(tenant, *CHAIN)
    for number in ("CT-1001", "AC-1"):
        sandbox.act("approve_bill", bill=number)
        sandbox.act("pay_bill", bill=number)
    fault = sandbox.faults.add("status", method="GET", path="contract_payments", status=403, times=1)
    run = house.sync(tenant, "payments")
    assert run.state == RunState.WARNED, run.message
    assert run.counts["payments"].get("created") == 1
    assert Warning.objects.waiting().filter(code="project-unreadable").count() == 1
    assert Retry.objects.filter(integration="payments").count() == 1
    assert fault
    house.sync(tenant, "payments")
    assert Link.objects.linked().filter(integration="payments").count() == 2
    assert not Warning.objects.waiting().exists()


def test_a_warning_counts_the_amounts_of_all_it_holds_up(sandbox: Sandbox, tenant: Tenant) -> None:
    CostCodeRule.objects.filter(code="03-100").delete()
    house.sync(tenant, *CHAIN)
    warning = Warning.objects.get()
    whole = warning.amount
    one = claim(sandbox, "AC-1")["id"]
    house.sync(tenant, "progress-claims", scope=Scope.RECORD, subjects=[str(one)])
    warning.refresh_from_db()
    assert warning.amount == whole
    assert len(warning.affected) == 2


def test_a_whole_run_leaves_what_another_found_meanwhile(tenant: Tenant) -> None:
    began = timezone.now() - timedelta(minutes=10)
    whole = Run.objects.create(tenant=tenant, integrations=["contacts"], started_at=began)
    other = Run.objects.create(tenant=tenant, integrations=["contacts"])
    same: dict[str, Any] = {"tenant": tenant, "integration": "contacts", "code": "inactive", "run": other}
    fresh = Warning.objects.create(record_key="1", **same)
    Warning.objects.create(record_key="2", last_seen=began - timedelta(days=1), **same)
    assert warnings.resolve_unseen(whole, "contacts") == 1
    assert Warning.objects.waiting().get() == fresh


def test_keys_longer_than_a_column_open_a_warning_once(tenant: Tenant) -> None:
    run = Run.objects.create(tenant=tenant, integrations=["contacts"])
    long = rows.row("1", "one", [Reason("inactive", "it is inactive", key="x" * 400)])
    for _ in range(2):
        warnings.note(run, "contacts", [long], ["1"])
    assert Warning.objects.get().times == 1
