"""Connections nobody uses are looked after: asked once a day, and administrators told when one needs them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.utils import timezone

from integrations.models import Connection, Credential, Membership, State, Tenant
from integrations.sandbox.server import Sandbox
from runs.models import RunState, Warning
from runs.upkeep import look_after
from tests.run_house import prepared, sync

pytestmark = pytest.mark.django_db(transaction=True)


def idle(tenant: Tenant) -> None:
    """Nobody has used the tenant's connections for two days."""
    ago = timezone.now() - timedelta(days=2)
    Credential.objects.update(refreshed_at=ago)
    Connection.objects.filter(tenant=tenant).update(checked_at=ago)


@pytest.fixture
def tenant(sandbox: Sandbox) -> Tenant:
    cache.clear()
    found = prepared(sandbox)
    person = get_user_model().objects.create_user("a", "admin@example.com", "a-long-password-1")
    Membership.objects.create(user=person, tenant=found, role=Membership.Role.ADMINISTRATOR)
    return found


def test_a_connection_in_use_is_not_asked(sandbox: Sandbox, tenant: Tenant) -> None:
    Credential.objects.update(refreshed_at=timezone.now())
    sandbox.calls.reset()
    assert look_after() == []
    assert sandbox.calls.summary()["total"] == 0


def test_an_idle_connection_is_asked_once_a_day(sandbox: Sandbox, tenant: Tenant) -> None:
    idle(tenant)
    assert look_after() == []
    sandbox.calls.reset()
    assert look_after() == []
    assert sandbox.calls.summary()["total"] == 0
    assert set(Connection.objects.values_list("state", flat=True)) == {State.OK}


def test_administrators_are_told_once_of_a_connection_that_broke(sandbox: Sandbox, tenant: Tenant) -> None:
    sandbox.act("connect_company", connected=False)
    idle(tenant)
    (broken,) = look_after()
    assert broken.system == "procore"
    assert broken.state != State.OK
    assert [one.bcc for one in mail.outbox] == [["admin@example.com"]]
    assert "needs you" in mail.outbox[0].subject
    idle(tenant)
    assert look_after() == []
    assert len(mail.outbox) == 1


def test_a_connection_that_works_again_is_well_and_its_next_end_is_told(
    sandbox: Sandbox, tenant: Tenant
) -> None:
    for told in (1, 2):
        sandbox.faults.add("status", path="xero-api", status=403, times=None)
        for _ in range(2):
            assert sync(tenant, "contacts").state == RunState.FAILED
        assert Connection.objects.get(system="xero").state == State.WRONG_ORGANISATION
        assert [one.bcc for one in mail.outbox] == [["admin@example.com"]] * told
        sandbox.faults.clear()
        assert sync(tenant, "contacts").is_finished
        assert set(Connection.objects.values_list("state", flat=True)) == {State.OK}
        assert not Warning.objects.waiting().filter(code="disconnected").exists()
