"""Connections on the portal: consents given, denied, forged; what is kept, shown, checked and ended."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from django.test import Client
from django.urls import reverse

from integrations.models import Connection, Credential, State, Tenant
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import world
from integrations.sandbox.worlds.small import COMPANY, TENANT
from mappings.models import Link
from tests.portal_house import PASSWORD, person, signed_in

pytestmark = pytest.mark.django_db(transaction=True)

APPS = {"procore": "sandbox-procore", "xero": "sandbox-xero"}
IDS = {"procore": str(COMPANY), "xero": TENANT}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
OPTION = re.compile(r'<select name="([^"]+)">.*?<option value="([^"]+)"')


@pytest.fixture
def tenant(sandbox: Sandbox, settings: Any) -> Tenant:
    """A tenant without connections, beside the small world."""
    settings.ONECORE_ADDRESS = "http://localhost:8000"
    sandbox.load(world("small"))
    sandbox.switches.limits = False
    return Tenant.objects.create(name="Small Works", slug="small")


@pytest.fixture
def ada(tenant: Tenant) -> Client:
    """Its administrator, who has just confirmed who they are."""
    client = signed_in(person("ada", tenant))
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def text(answer: Any) -> str:
    """A page's text in one line."""
    return " ".join(answer.content.decode().split())


def form(system: str, **over: str) -> dict[str, str]:
    """What an administrator types on the connect page."""
    app = APPS[system]
    typed = {"environment": "sandbox", "kind": "code", "client_id": app, "client_secret": f"{app}-secret"}
    return typed | over


def asked(client: Client, system: str, **over: str) -> str:
    """The address of the consent page."""
    answer = client.post(reverse("admin:connect", args=["small", system]), form(system, **over))
    assert answer.status_code == 302, text(answer)
    return str(answer.headers["Location"])


def decided(address: str, decision: str = "allow", **chosen: str) -> str:
    """Where the consent page sends the person after their decision."""
    page = requests.get(address, timeout=10).text
    fields = dict(HIDDEN.findall(page)) | dict(OPTION.findall(page)) | chosen | {"decision": decision}
    fields = {name: value.replace("&amp;", "&") for name, value in fields.items()}
    action = urlsplit(address)._replace(query="").geturl()
    answer = requests.post(action, data=fields, timeout=10, allow_redirects=False)
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def back(client: Client, address: str, **over: str) -> Any:
    """The person's browser at our callback address."""
    query = dict(parse_qsl(urlsplit(address).query)) | over
    return client.get(urlsplit(address).path, query, follow=True)


def connect(client: Client, system: str) -> Connection:
    """The whole way."""
    page = back(client, decided(asked(client, system)))
    assert f'value="{IDS[system]}"' in text(page)
    found = reverse("admin:connection_found", args=["small", system])
    done = client.post(found, {"external_id": IDS[system]}, follow=True)
    assert "Small Works is connected to" in text(done)
    return Connection.objects.get(system=system)


@pytest.mark.parametrize("system", ["procore", "xero"])
def test_a_consent_connects_and_the_secret_is_never_shown(ada: Client, system: str) -> None:
    """The address to register is told; afterwards the card says connected and holds no secret."""
    page = text(ada.get(reverse("admin:connect", args=["small", system])))
    assert "http://localhost:8000/admin/integrations/connection/callback/" in page
    held = connect(ada, system)
    credential = held.credential
    assert (held.external_id, held.state, credential.name) == (IDS[system], State.OK, f"small {system}")
    assert credential.refresh_token and credential.access_token
    pages = [
        reverse("admin:connections_of", args=["small"]),
        reverse("admin:connect", args=["small", system]),
    ]
    for address in pages:
        shown = text(ada.get(address))
        for secret in (credential.client_secret, credential.access_token, credential.refresh_token):
            assert secret.reveal() not in shown
    assert "One is kept. Leave this empty to keep it." in shown
    checked = ada.post(reverse("admin:connection_check", args=["small", system]), follow=True)
    assert "connected." in text(checked)


def test_what_works_goes_on_until_a_new_consent_is_given(ada: Client, sandbox: Sandbox) -> None:
    """A consent denied, forged, or for nothing that was asked changes nothing."""
    held = connect(ada, "xero")
    before = Credential.objects.values().get(pk=held.credential_id)
    denied = back(ada, decided(asked(ada, "xero", client_secret="another"), "cancel"))
    assert "The consent was not given. Nothing was changed." in text(denied)
    forged = back(ada, decided(asked(ada, "xero")), state="forged")
    assert forged.status_code == 403
    twice = decided(asked(ada, "xero"))
    assert back(ada, twice).status_code == 200 and back(ada, twice).status_code == 403
    assert Credential.objects.values().get(pk=held.credential_id) == before
    held.refresh_from_db()
    assert (held.credential_id, held.state) == (before["id"], State.OK)
    stranger = signed_in(person("stranger", Tenant.objects.create(name="Other", slug="other")))
    assert back(stranger, decided(asked(ada, "xero"))).status_code == 403
    wrong = back(ada, decided(asked(ada, "xero", client_id="sandbox-xero", client_secret="wrong")))
    assert "not accepted" in text(wrong)
    assert Credential.objects.values().get(pk=held.credential_id) == before


def test_another_organisation_is_noticed_before_links_are_left_behind(ada: Client, sandbox: Sandbox) -> None:
    """A consent that does not reach the tenant's own organisation says so; another tenant's is refused."""
    given = world("small")
    other = dict(given["xero"]["organisations"][0], Name="Big Works Pty Ltd")
    key = "tenantId" if "tenantId" in other else "OrganisationID"
    other[key] = "22222222-2222-4222-8222-222222222222"
    given["xero"]["organisations"].append(other)
    for app in given["clients"]["xero"]:
        app["tenants"] = [TENANT, other[key]]
    sandbox.load(given)
    held = connect(ada, "xero")
    Link.objects.create(
        tenant=held.tenant, integration="progress-claims", role="bill", subject="1", system="xero",
        resource="bills", scope_id=held.external_id, target_id="b-1", state="linked",
    )  # fmt: skip
    sandbox.xero.connections.clear()
    page = text(back(ada, decided(asked(ada, "xero"), tenant=other[key])))
    assert "This consent does not reach Small Works Pty Ltd" in page and "checked" not in page
    found = reverse("admin:connection_found", args=["small", "xero"])
    refused = text(ada.post(found, {"external_id": other[key]}, follow=True))
    assert "1 link of Small Works lead to Small Works Pty Ltd" in refused
    held.refresh_from_db()
    assert (held.external_id, held.state) == (TENANT, State.OK)
    Link.objects.all().delete()
    third = Tenant.objects.create(name="Third", slug="third")
    theirs = Credential.objects.create(name="c", system="xero", environment="sandbox", client_id="c")
    Connection.objects.create(tenant=third, system="xero", credential=theirs, external_id=other[key])
    assert "belongs to another tenant" in text(ada.post(found, {"external_id": other[key]}, follow=True))


def test_a_secret_is_asked_for_only_once_the_person_is_confirmed(tenant: Tenant) -> None:
    """What was posted before is not kept: the session would hold the secret."""
    client = signed_in(person("ada", tenant))
    address = reverse("admin:connect", args=["small", "xero"])
    for answer in (client.get(address), client.post(address, form("xero", client_secret="canary-77"))):
        assert answer.status_code == 302 and "/reauthenticate/" in answer.headers["Location"]
    assert "canary-77" not in str(dict(client.session.items()))
    assert not Credential.objects.exists()


@pytest.mark.parametrize("system", ["procore", "xero"])
def test_a_service_account_needs_no_consent_page(ada: Client, system: str) -> None:
    """Its secret is typed once; Procore's has to name its company."""
    app = {"procore": "sandbox-procore", "xero": "sandbox-xero-custom"}[system]
    typed = form(system, kind="client_credentials", client_id=app, client_secret=f"{app}-secret")
    address = reverse("admin:connect", args=["small", system])
    if system == "procore":
        assert "needs the number of its company" in text(ada.post(address, typed))
        typed["company_id"] = str(COMPANY)
    assert "not accepted" in text(ada.post(address, typed | {"client_secret": "wrong"}, follow=True))
    assert not Connection.objects.exists()
    answer = ada.post(address, typed)
    page = ada.get(answer.headers["Location"])
    assert f'value="{IDS[system]}"' in text(page)
    done = ada.post(answer.headers["Location"], {"external_id": IDS[system]}, follow=True)
    assert "Small Works is connected to" in text(done) and "all present" in text(done)
    again = ada.post(address, typed | {"client_secret": "", "company_id": str(COMPANY)}, follow=True)
    assert "What" in text(again) and f'value="{IDS[system]}"' in text(again)
    assert "Type the secret" in text(ada.post(address, typed | {"client_secret": "", "client_id": "new"}))


def test_every_state_says_what_to_do(ada: Client, sandbox: Sandbox) -> None:
    """What is wrong stands on the card with the way out. A system that is away changes nothing."""
    held = connect(ada, "xero")
    check, cards = (
        reverse("admin:connection_check", args=["small", "xero"]),
        reverse("admin:connections_of", args=["small"]),
    )
    Credential.objects.filter(pk=held.credential_id).update(scopes="accounting.invoices offline_access")
    assert "The consent lacks accounting." in text(ada.post(check, follow=True))
    assert "missing permission" in text(ada.get(cards)) and "allow every permission" in text(ada.get(cards))
    Credential.objects.filter(pk=held.credential_id).update(scopes="")
    sandbox.xero.connections.clear()
    assert "does not reach" in text(ada.post(check, follow=True))
    assert "wrong organisation" in text(ada.get(cards))
    assert "choose Small Works Pty Ltd on the consent page" in text(ada.get(cards))
    Credential.objects.filter(pk=held.credential_id).update(
        state=State.EXPIRING, state_message="It ends soon."
    )
    assert "expires soon" in text(ada.get(cards)) and "Reconnect before it ends" in text(ada.get(cards))
    held.refresh_from_db()
    before = held.state
    sandbox.stop()
    assert "could not be asked" in text(ada.post(check, follow=True))
    held.refresh_from_db()
    assert held.state == before


def test_a_connection_is_ended_here_and_there(ada: Client, sandbox: Sandbox) -> None:
    """Asked first; the tokens are revoked and forgotten, and connecting again brings all back."""
    held = connect(ada, "procore")
    address = reverse("admin:disconnect", args=["small", "procore"])
    assert "Links, rules and history stay" in text(ada.get(address)) and held.credential.access_token
    assert "is disconnected" in text(ada.post(address, follow=True))
    credential = Credential.objects.get(pk=held.credential_id)
    assert not credential.access_token and not credential.refresh_token
    assert all(token.revoked for token in sandbox.oauth.tokens())
    cards = text(ada.get(reverse("admin:connections_of", args=["small"])))
    assert "reconnect needed" in cards and "Runs wait until then" in cards
    assert connect(ada, "procore").state == State.OK
    assert Credential.objects.count() == 1
