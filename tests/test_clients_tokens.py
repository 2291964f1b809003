"""Tokens: one refresh at a time, saved before use, and every way of not getting one."""

import html
import multiprocessing
import os
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
import requests
from django.db import connections
from django.utils import timezone
from pytest_django import Settings

from integrations import credentials, oauth
from integrations.credentials import CredentialTokens, connected, flag, keep_alive
from integrations.environments import find_environment
from integrations.errors import Broken, Busy, Disconnected
from integrations.models import Connection, Credential, State, Tenant
from integrations.procore.resources import PROJECTS
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds.small import COMPANY, TENANT
from integrations.xero.resources import ACCOUNTS
from tests.connecting import procore, small, xero

REDIRECTS = {
    "procore": "http://localhost:8000/connect/procore/",
    "xero": "http://localhost:8000/connect/xero/",
}


@pytest.fixture
def world(sandbox: Sandbox) -> Sandbox:
    return small(sandbox)


def given(system: str, verifier: str = "") -> oauth.TokenSet:
    """What a person's consent gives: the page is read, allowed, and its code exchanged."""
    environment = find_environment(system, "sandbox")
    assert environment is not None
    name, redirect = f"sandbox-{system}", REDIRECTS[system]
    scopes = oauth.XERO_SCOPES if system == "xero" else ""
    address = oauth.authorise_address(
        environment, client_id=name, redirect_uri=redirect, state="s", scopes=scopes, verifier=verifier
    )
    page = requests.get(address, timeout=5).text
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    for choice, options in re.findall(r'<select name="([^"]+)">(.*?)</select>', page):
        fields[choice] = re.findall(r'value="([^"]*)"', options)[0]
    answer = requests.post(
        urljoin(address, html.unescape(re.findall(r'<form method="post" action="([^"]+)"', page)[0])),
        data={name: html.unescape(value) for name, value in fields.items()} | {"decision": "allow"},
        timeout=5,
        allow_redirects=False,
    )
    back = dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
    assert back["state"] == "s"
    return oauth.exchange_code(
        environment,
        client_id=name,
        secret=f"{name}-secret",
        code=back["code"],
        redirect_uri=redirect,
        verifier=verifier,
    )


def consented(world: Sandbox, system: str) -> Credential:
    """A credential whose consent was just given."""
    name = f"sandbox-{system}"
    made = Credential.objects.create(
        name=system, system=system, environment="sandbox", client_id=name, client_secret=f"{name}-secret"
    )
    connected(made, given(system))
    made.refresh_from_db()
    world.calls.reset()
    return made


def service(system: str, name: str) -> Credential:
    return Credential.objects.create(
        name="service", system=system, environment="sandbox", client_id=name,
        client_secret=f"{name}-secret", kind="client_credentials",
    )  # fmt: skip


def token_calls(world: Sandbox) -> int:
    return sum(count for path, count in world.calls.summary()["by_path"].items() if path.endswith("/token"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("system", ["procore", "xero"])
def test_a_refresh_gives_the_next_pair(world: Sandbox, system: str) -> None:
    """Saved encrypted under the next epoch; a client goes on with it."""
    made = consented(world, system)
    tokens = CredentialTokens(made)
    before = tokens.access()
    after = tokens.refresh(before.epoch)
    made.refresh_from_db()
    assert (after.epoch, made.epoch) == (before.epoch + 1,) * 2
    assert made.access_token.reveal() == after.token != before.token
    records = (
        procore(world, tokens).read(PROJECTS) if system == "procore" else xero(world, tokens).read(ACCOUNTS)
    )
    assert list(records)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("system", "name"), [("procore", "sandbox-procore"), ("xero", "sandbox-xero-custom")]
)
def test_a_service_account_asks_by_itself(world: Sandbox, system: str, name: str) -> None:
    """Client credentials have no refresh token; the first call asks."""
    tokens = CredentialTokens(service(system, name))
    records = (
        procore(world, tokens).read(PROJECTS) if system == "procore" else xero(world, tokens).read(ACCOUNTS)
    )
    assert list(records) and token_calls(world) == 1
    assert list(
        procore(world, tokens).read(PROJECTS) if system == "procore" else xero(world, tokens).read(ACCOUNTS)
    )
    assert token_calls(world) == 1


@pytest.mark.django_db(transaction=True)
def test_a_token_is_renewed_before_it_ends(world: Sandbox) -> None:
    """Two minutes are too short to start anything."""
    made = consented(world, "xero")
    Credential.objects.update(expires_at=timezone.now() + timedelta(seconds=90))
    assert CredentialTokens(made).access().epoch == made.epoch + 1


@pytest.mark.django_db(transaction=True)
def test_whoever_comes_late_uses_what_is_there(world: Sandbox) -> None:
    """A 401 on an old token finds the newer one without a call."""
    made = consented(world, "procore")
    first, second = CredentialTokens(made), CredentialTokens(made)
    seen = second.access().epoch
    renewed = first.refresh(first.access().epoch)
    calls = token_calls(world)
    assert second.refresh(seen) == renewed and token_calls(world) == calls


def _renew(credential_id: int, seen: int, start: Any, results: Any) -> None:
    connections.close_all()
    tokens = CredentialTokens(Credential.objects.get(pk=credential_id))
    start.wait(20)
    access = tokens.refresh(seen)
    results.put((os.getpid(), access.epoch, access.token))
    connections.close_all()


def together(target: Callable[..., None], count: int, *given: Any) -> list[Any]:
    """Run a function in processes that start at once; their results."""
    fork = multiprocessing.get_context("fork")
    start, results = fork.Barrier(count), fork.Queue()
    connections.close_all()
    processes = [fork.Process(target=target, args=(*given, start, results)) for _ in range(count)]
    for process in processes:
        process.start()
    answers = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(20)
    assert [process.exitcode for process in processes] == [0] * count
    return answers


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("system", ["procore", "xero"])
def test_eight_processes_make_one_refresh(world: Sandbox, system: str) -> None:
    """All eight go on with the same new token."""
    made = consented(world, system)
    world.faults.add("delay", path="/token$", seconds=0.3)
    answers = together(_renew, 8, made.pk, made.epoch)
    assert len({pid for pid, _epoch, _token in answers}) == 8
    assert len({(epoch, token) for _pid, epoch, token in answers}) == 1
    assert token_calls(world) == 1


@pytest.mark.django_db(transaction=True)
def test_a_lost_answer_is_asked_for_again_in_xero(world: Sandbox) -> None:
    """The old refresh token lives for another 30 minutes."""
    made = consented(world, "xero")
    world.faults.add("drop_after", path="/token$", times=2)
    assert CredentialTokens(made).refresh(made.epoch).epoch == made.epoch + 1


@pytest.mark.django_db(transaction=True)
def test_a_lost_answer_needs_a_person_in_procore(world: Sandbox) -> None:
    """Its refresh token is burnt; after that nothing is called any more."""
    made = consented(world, "procore")
    world.faults.add("drop_after", path="/token$", times=1)
    with pytest.raises(Disconnected):
        CredentialTokens(made).refresh(made.epoch)
    made.refresh_from_db()
    assert made.state == State.RECONNECT and "onnect" in made.state_message
    calls = token_calls(world)
    for _attempt in range(3):
        with pytest.raises(Disconnected):
            CredentialTokens(made).access()
    assert token_calls(world) == calls


@pytest.mark.django_db(transaction=True)
def test_a_dead_sign_in_server_is_busy(world: Sandbox) -> None:
    """Nothing is flagged, and the lease is free again at once."""
    made = consented(world, "xero")
    fault = world.faults.add("status", path="/token$", status=502, times=None)
    with pytest.raises(Busy):
        CredentialTokens(made).refresh(made.epoch)
    made.refresh_from_db()
    assert (made.state, made.refresh_owner) == (State.OK, "") and fault
    world.faults.clear()
    assert CredentialTokens(made).refresh(made.epoch).epoch == made.epoch + 1


@pytest.mark.django_db(transaction=True)
def test_a_lease_of_the_dead_ends(world: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that died while refreshing holds the others up for the lease's length only."""
    made = consented(world, "xero")
    monkeypatch.setattr(credentials, "LEASE", timedelta(seconds=0.4))
    assert credentials.claim(made, "the dead")
    assert not credentials.claim(made, "the living")
    assert CredentialTokens(made).refresh(made.epoch).epoch == made.epoch + 1


@pytest.mark.django_db(transaction=True)
def test_a_late_save_is_not_kept(world: Sandbox) -> None:
    """A pair from a refresh that was overtaken never replaces a newer one."""
    made = consented(world, "xero")
    CredentialTokens(made).refresh(made.epoch)
    credentials.save(made, oauth.TokenSet("late", "late", 1800))
    made.refresh_from_db()
    assert made.access_token.reveal() != "late"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [302, 404, 418])
def test_an_odd_answer_for_a_token_is_no_refusal_of_a_record(world: Sandbox, status: int) -> None:
    made = consented(world, "xero")
    world.faults.add("status", path="/token", method="POST", status=status, times=None)
    with pytest.raises(Broken):
        CredentialTokens(made).refresh(made.epoch)
    world.faults.clear()
    assert CredentialTokens(made).refresh(made.epoch).epoch == made.epoch + 1


@pytest.mark.django_db(transaction=True)
def test_another_wait_is_given_up(world: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's refresh that never ends is not waited for for ever."""
    made = consented(world, "xero")
    assert credentials.claim(made, "another")
    monkeypatch.setattr(credentials, "PATIENCE", 0.2)
    with pytest.raises(Busy):
        CredentialTokens(made).refresh(made.epoch)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("error", "state"),
    [
        ("invalid_grant", "reconnect"),
        ("invalid_client", "reconnect"),
        ("invalid_scope", "missing_scope"),
        (None, "reconnect"),
    ],
)
def test_a_refusal_says_what_to_do(world: Sandbox, error: str | None, state: str) -> None:
    """Each of the token address's errors leads to a state and a sentence."""
    made = consented(world, "xero")
    world.faults.add("status", path="/token$", status=400, body={"error": error}, times=None)
    with pytest.raises(Disconnected):
        CredentialTokens(made).refresh(made.epoch)
    made.refresh_from_db()
    assert made.state == state and made.state_message.endswith(".")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("effect", [{"effect": "html", "status": 200}, {"effect": "truncate"}])
def test_an_unreadable_answer_is_asked_for_again(world: Sandbox, effect: dict[str, Any]) -> None:
    """In Xero that is safe."""
    made = consented(world, "xero")
    world.faults.add(effect.pop("effect"), path="/token$", times=1, **effect)
    assert CredentialTokens(made).refresh(made.epoch).epoch == made.epoch + 1


@pytest.mark.django_db(transaction=True)
def test_a_switched_off_environment_needs_a_person(world: Sandbox, settings: Settings) -> None:
    """A sandbox credential beside real ones does nothing."""
    made = consented(world, "xero")
    settings.ONECORE_LOCAL_SANDBOX = False
    with pytest.raises(Disconnected):
        CredentialTokens(made).refresh(made.epoch)


@pytest.mark.django_db(transaction=True)
def test_idle_consents_are_kept_alive(world: Sandbox) -> None:
    """Refreshed after ten days; one that cannot be is noted in time."""
    made = consented(world, "xero")
    tenant = Tenant.objects.create(name="T", slug="t")
    Connection.objects.create(tenant=tenant, system="xero", credential=made, external_id=TENANT)
    assert keep_alive() == [] and token_calls(world) == 0
    Credential.objects.update(refreshed_at=timezone.now() - timedelta(days=11))
    assert keep_alive() == [] and token_calls(world) == 1
    Credential.objects.update(refreshed_at=timezone.now() - timedelta(days=50))
    world.faults.add("status", path="/token$", status=500, times=None)
    (found,) = keep_alive()
    assert found.state == State.EXPIRING and "ends soon" in found.state_message
    world.faults.clear()
    assert keep_alive() == []


@pytest.mark.django_db
def test_the_first_to_notice_tells(world: Sandbox) -> None:
    """A connection is flagged once; a new consent clears it."""
    made = consented(world, "xero")
    tenant = Tenant.objects.create(name="T", slug="t")
    held = Connection.objects.create(tenant=tenant, system="xero", credential=made, external_id=TENANT)
    error = Disconnected("Connect again.", state="reconnect")
    assert [flag(held, error), flag(held, error)] == [True, False]
    connected(made, oauth.TokenSet("a", "b"))
    held.refresh_from_db()
    assert held.state == State.OK


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("system", ["procore", "xero"])
def test_what_a_consent_reaches(world: Sandbox, system: str) -> None:
    """The company or organisation to choose from."""
    made = consented(world, system)
    environment = find_environment(system, "sandbox")
    assert environment is not None
    found = oauth.targets(environment, made.access_token.reveal())
    assert [target.external_id for target in found] == [TENANT if system == "xero" else str(COMPANY)]
    with pytest.raises(Disconnected):
        oauth.targets(environment, "dead")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("system", "name"), [("procore", "sandbox-procore"), ("xero", "sandbox-xero-custom")]
)
def test_a_connection_is_checked(world: Sandbox, system: str, name: str) -> None:
    """Whether it still reaches what it is for; what was wrong clears itself."""
    tenant = Tenant.objects.create(name="T", slug="t")
    mine = str(COMPANY) if system == "procore" else TENANT
    held = Connection.objects.create(
        tenant=tenant,
        system=system,
        credential=service(system, name),
        external_id=mine,
        state=State.RECONNECT,
    )
    assert credentials.check(held).state == State.OK and held.checked_at is not None
    other = "999" if system == "procore" else "11111111-1111-4111-8111-111111111111"
    held.external_id = other
    assert credentials.check(held).state == State.WRONG_ORGANISATION
    Credential.objects.update(state=State.RECONNECT, state_message="Connect again.")
    held.external_id = mine
    assert (credentials.check(held).state, held.state_message) == (State.RECONNECT, "Connect again.")


def test_a_consent_is_asked_for_with_state_and_challenge(settings: Settings) -> None:
    """The address a browser is sent to; the verifier itself stays here."""
    environment = find_environment("procore", "production")
    assert environment is not None
    verifier = oauth.new_verifier()
    address = oauth.authorise_address(
        environment, client_id="id", redirect_uri=REDIRECTS["procore"], state="s", verifier=verifier
    )
    assert address.startswith("https://login.procore.com/oauth/authorize?response_type=code&client_id=id")
    assert oauth.challenge_of(verifier) in address and verifier not in address and "state=s" in address


def test_a_challenge_is_met_by_its_verifier(world: Sandbox) -> None:
    """The code is worth nothing to whoever saw it on its way."""
    assert given("procore", oauth.new_verifier()).refresh


def test_tokens_are_not_printed() -> None:
    """Nor are they by accident."""
    assert "canary" not in repr(oauth.TokenSet("canary", "canary"))
