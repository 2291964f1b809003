"""Signing in: invited people only, by password or by Procore; what is refused gives nothing away."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from integrations.models import Membership, Tenant
from integrations.sandbox.procore.load import DEFAULT_USER
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import world
from onecore.models import Invitation
from tests.portal_house import PASSWORD, person, signed_in

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """Attempts of one test do not count in the next."""
    cache.clear()


@pytest.fixture
def tenant() -> Tenant:
    """A client."""
    return Tenant.objects.create(slug="own", name="Own Build")


def with_procore(client: Client, user_id: str, decision: str = "allow") -> Any:
    """Through the sandbox's consent page as that user, and back to the portal."""
    start = client.post("/accounts/procore/login/")
    assert start.status_code == 302
    asked = {key: values[0] for key, values in parse_qs(urlsplit(start.headers["Location"]).query).items()}
    assert asked["code_challenge_method"] == "S256" and asked["state"]
    page = start.headers["Location"].split("?")[0]
    answer = requests.post(
        page, data=asked | {"user_id": user_id, "decision": decision}, allow_redirects=False, timeout=10
    )
    back = urlsplit(answer.headers["Location"])
    assert back.path == "/accounts/procore/login/callback/"
    return client.get(f"{back.path}?{back.query}")


@pytest.fixture
def procore_user(sandbox: Sandbox) -> str:
    """The id of somebody who can sign in to the sandbox's Procore."""
    sandbox.load(world("small"))
    users = sandbox.oauth.users["procore"]
    return str(users[0]["id"] if users else DEFAULT_USER["id"])


def test_an_invited_procore_user_comes_in(client: Client, tenant: Tenant, procore_user: str) -> None:
    """With the role of the invitation, once; no token is kept."""
    invitation = Invitation.objects.create(
        tenant=tenant, name="Ann Ader", role="editor", can_approve=True, procore_user_id=procore_user
    )
    assert with_procore(client, procore_user).headers["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200
    user = SocialAccount.objects.get(uid=procore_user).user
    membership = Membership.objects.get(user=user)
    assert (membership.tenant, membership.role, membership.can_approve) == (tenant, "editor", True)
    assert user.is_staff and not user.is_superuser and not user.has_usable_password()
    invitation.refresh_from_db()
    assert invitation.accepted_by == user and not SocialToken.objects.exists()
    again = Client()
    with_procore(again, procore_user)
    assert again.get("/admin/").status_code == 200 and User.objects.count() == 1


def test_nobody_else_comes_in_with_procore(client: Client, tenant: Tenant, procore_user: str) -> None:
    """Known to Procore is not invited here; an e-mail address joins nothing."""
    person("somebody", tenant, "administrator")
    answer = with_procore(client, procore_user)
    assert answer.status_code == 403 and b"not invited yet" in answer.content
    assert User.objects.count() == 1 and not SocialAccount.objects.exists()
    assert client.get("/admin/").status_code == 302


def test_lapsed_and_taken_invitations_open_nothing(client: Client, tenant: Tenant, procore_user: str) -> None:
    """Nor those of a client that is no longer served."""
    Invitation.objects.create(
        tenant=tenant, name="Late", procore_user_id=procore_user, expires_at=timezone.now()
    )
    assert with_procore(client, procore_user).status_code == 403
    Tenant.objects.update(is_active=False)
    Invitation.objects.create(tenant=tenant, name="Gone", procore_user_id=procore_user)
    assert with_procore(client, procore_user).status_code == 403


def test_who_lost_their_tenants_is_turned_away(client: Client, tenant: Tenant, procore_user: str) -> None:
    """Asked again at each sign-in."""
    Invitation.objects.create(tenant=tenant, name="Ann", procore_user_id=procore_user)
    with_procore(client, procore_user)
    Membership.objects.all().delete()
    assert client.get("/admin/").status_code in {302, 403}
    assert with_procore(Client(), procore_user).status_code == 403


def test_cancelling_and_forged_answers_sign_nobody_in(
    client: Client, tenant: Tenant, procore_user: str
) -> None:
    """The state is this session's own."""
    Invitation.objects.create(tenant=tenant, name="Ann", procore_user_id=procore_user)
    assert with_procore(client, procore_user, "cancel").status_code in {200, 302}
    forged = client.get("/accounts/procore/login/callback/?code=x&state=y")
    assert forged.status_code in {200, 401, 403}
    assert client.get("/admin/").status_code == 302 and not SocialAccount.objects.exists()


def test_a_wrong_password_and_an_unknown_name_look_alike(client: Client, tenant: Tenant) -> None:
    """Nobody learns which accounts exist; after some attempts the door stays shut for a while."""
    person("ada", tenant)
    said = set()
    for name in ("ada", "nobody-here"):
        answer = client.post(LOGIN, {"login": name, "password": "wrong password 1"})
        said.add(" ".join(re.findall(r"<li>(.*?)</li>", answer.content.decode())))
    assert len(said) == 1 and "" not in said
    assert client.post(LOGIN, {"login": "ada", "password": PASSWORD}).status_code == 302
    shut = Client()
    for _ in range(12):
        last = shut.post(LOGIN, {"login": "ada", "password": "wrong password 1"})
    assert shut.post(LOGIN, {"login": "ada", "password": PASSWORD}).status_code in {200, 429}, (
        last.status_code
    )
    assert shut.get("/admin/").status_code == 302


def test_a_reset_for_an_unknown_address_sends_nothing(client: Client, tenant: Tenant) -> None:
    """And the page says the same."""
    person("ada", tenant)
    answers = [
        client.post("/accounts/password/reset/", {"email": f"{name}@example.com"})
        for name in ("ada", "nobody")
    ]
    assert {answer.headers.get("Location") for answer in answers} == {"/accounts/password/reset/done/"}
    assert [message.to for message in mail.outbox] == [["ada@example.com"]]


def test_nobody_signs_up(client: Client) -> None:
    """By no form."""
    given = {"email": "x@example.com", "username": "x", "password1": PASSWORD, "password2": PASSWORD}
    for address in ("/accounts/signup/", "/accounts/3rdparty/signup/"):
        assert client.post(address, given).status_code in {200, 302, 403}
    assert not User.objects.exists()


def test_the_admins_own_form_is_not_a_way_round(client: Client, tenant: Tenant) -> None:
    """It leads to the one sign-in page."""
    person("ada", tenant)
    answer = client.post("/admin/login/", {"username": "ada", "password": PASSWORD, "next": "/admin/"})
    assert answer.status_code == 302 and answer.headers["Location"].startswith(LOGIN)


def test_an_invitation_by_mail_makes_an_account_once(client: Client, tenant: Tenant) -> None:
    """The link works once, for that address; weak passwords are refused at their field."""
    administrator = signed_in(person("ada", tenant))
    given = {"tenant": tenant.pk, "name": "Eddy Tor", "role": "editor", "email": "eddy@example.com"}
    given |= {"expires_at_0": "2099-01-01", "expires_at_1": "00:00"}
    assert administrator.post(reverse("admin:onecore_invitation_add"), given).status_code == 302
    link = re.search(r"/accounts/invitation/\S+", mail.outbox[0].body)[0]
    assert "Own Build invites you" in mail.outbox[0].subject
    weak = client.post(link, {"password": "short", "again": "short"})
    assert b"too short" in weak.content and User.objects.count() == 1
    assert client.post(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 302
    eddy = User.objects.get(email="eddy@example.com")
    assert eddy.is_staff and eddy.memberships.get().role == "editor"
    assert client.get(link).status_code == 404
    assert client.post(LOGIN, {"login": "eddy@example.com", "password": PASSWORD}).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_somebody_elses_invitation_opens_nothing(client: Client, tenant: Tenant) -> None:
    """Signed in as another person, or with a changed link."""
    other = Tenant.objects.create(slug="other", name="Other")
    invitation = Invitation.objects.create(tenant=other, name="Eve", email="eve@example.com")
    link = reverse("accept_invitation", args=[invitation.link])
    thief = signed_in(person("thief", tenant))
    assert thief.post(link).status_code == 404
    assert client.get(link[:-3] + "xx/").status_code == 404
    assert Membership.objects.filter(tenant=other).count() == 0


def test_support_staff_need_a_second_factor(tenant: Tenant, settings: Any) -> None:
    """Everything leads to its set-up until there is one; its secret is not readable in the database."""
    settings.ONECORE_SECOND_FACTOR = True
    support = person("support", is_superuser=True)
    client = signed_in(support)
    for address in ("/admin/", "/admin/runs/run/", "/admin/auth/user/"):
        assert client.get(address).headers["Location"] == reverse("mfa_index")
    secret = generate_totp_secret()
    TOTP.activate(support, secret)
    stored = Authenticator.objects.get(user=support).data["secret"]
    assert (
        secret not in str(stored)
        and TOTP(Authenticator.objects.get(user=support)).validate_code("000000") is False
    )
    assert client.get("/admin/").status_code == 200


def test_a_second_factor_is_asked_for_after_the_password(client: Client, tenant: Tenant) -> None:
    """The password alone signs nobody in who has one."""
    ada = person("ada", tenant)
    TOTP.activate(ada, generate_totp_secret())
    answer = client.post(LOGIN, {"login": "ada", "password": PASSWORD})
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert client.get("/admin/").status_code == 302


def test_a_relaxed_trial_says_so(tenant: Tenant, settings: Any) -> None:
    """Support staff see that the second factor is off."""
    settings.ONECORE_SECOND_FACTOR = False
    page = signed_in(person("support", is_superuser=True)).get("/admin/").content.decode()
    assert "second factor that support staff need elsewhere is switched off" in page


def test_pages_carry_the_content_security_policy(client: Client, tenant: Tenant) -> None:
    """And hold no script or style inside."""
    inside = signed_in(person("ada", tenant))
    for who, address in ((client, LOGIN), (inside, "/admin/"), (inside, "/admin/runs/warning/")):
        answer = who.get(address)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        text = answer.content.decode()
        assert not re.search(r"<script(?![^>]*(src=|application/json))[^>]*>", text), address
        assert not re.search(r"<style|\sstyle=|\son\w+=", text), address


def test_passwords_are_reset_and_changed_in_the_portals_own_words(
    client: Client, tenant: Tenant, mailoutbox: list[Any]
) -> None:
    """No codes, no “please”; the link of the mail opens the page for a new password once."""
    user = person("ann", tenant)
    pages = [client.get("/accounts/password/reset/"), client.get("/accounts/signup/")]
    pages.append(client.post("/accounts/password/reset/", {"email": user.email}, follow=True))
    link = re.search(r"/accounts/password/reset/key/\S+", mailoutbox[0].body)
    assert link is not None
    pages.append(client.get(link[0], follow=True))
    new = {"password1": "another pass phrase 9", "password2": "another pass phrase 9"}
    pages.append(client.post(pages[-1].request["PATH_INFO"], new, follow=True))
    pages.append(client.get(link[0], follow=True))
    assert b"does not open anything" in pages[-1].content
    assert client.login(username="ann", password="another pass phrase 9")
    pages.append(client.get("/accounts/password/change/"))
    for page in pages:
        assert page.status_code == 200 and b"please" not in page.content.lower(), page.request
        assert b"<h1>" in page.content and b"Password Reset" not in page.content
