"""Who may sign in: invited people, by a local account or their Procore account. Nobody signs up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from integrations.models import Membership, is_support
from integrations.secrets import Secret
from onecore.models import Invitation


def may_enter(user: Any) -> bool:
    """Whether the person still belongs to anybody: asked at each sign-in."""
    if not user.is_active or not user.is_staff:
        return False
    return is_support(user) or Membership.objects.filter(user=user, tenant__is_active=True).exists()


def not_invited(request: HttpRequest) -> HttpResponse:
    """The page for somebody who is known to Procore but not here."""
    return render(request, "account/not_invited.html", status=403)


class AccountAdapter(DefaultAccountAdapter):
    """Local accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made from invitations only."""
        return False

    def pre_login(self, request: HttpRequest, user: Any, **given: Any) -> HttpResponse | None:
        """A person without a tenant is turned away after the password was right,
        so that nothing is given away.
        """
        refused = super().pre_login(request, user, **given)
        return refused or (None if may_enter(user) else not_invited(request))


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Procore accounts: known by their user id, joined to an account here only by an invitation
    or by hand.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Accounts are made from invitations only."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Take up what this Procore user was invited to.
        Raises ImmediateHttpResponse with the page that says no.
        """
        if request.user.is_authenticated:
            return
        waiting = Invitation.objects.for_procore_user(sociallogin.account.uid)
        with transaction.atomic():
            if not sociallogin.is_existing and waiting:
                sociallogin.connect(request, person_from(sociallogin, waiting[0]))
            if sociallogin.is_existing:
                for invitation in waiting:
                    invitation.accept(sociallogin.user)
        if not sociallogin.is_existing or not may_enter(sociallogin.user):
            raise ImmediateHttpResponse(not_invited(request))


def person_from(sociallogin: SocialLogin, invitation: Invitation) -> User:
    """A new account for an invited Procore user, without a password."""
    first, _, last = str(sociallogin.account.extra_data.get("name") or invitation.name).partition(" ")
    user = User(username=f"procore-{sociallogin.account.uid}", first_name=first[:150], last_name=last[:150])
    user.set_unusable_password()
    user.save()
    return user


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps are encrypted with the keys that encrypt tokens."""

    def encrypt(self, text: str) -> str:
        """As stored."""
        return Secret.of(text).stored

    def decrypt(self, encrypted_text: str) -> str:
        """As used."""
        return Secret(encrypted_text).reveal()
