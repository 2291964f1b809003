"""Taking up an invitation that came by e-mail, and sending one."""

from typing import Any

from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache

from onecore.models import Invitation


class AccountForm(forms.Form):
    """A password for a new local account."""

    password = forms.CharField(
        label="Password",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters, not one of the common ones.",
    )
    again = forms.CharField(
        label="The same again", widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *given: Any, person: User, **named: Any) -> None:
        super().__init__(*given, **named)
        self.person = person

    def clean(self) -> dict[str, Any]:
        """The two are equal and the password is strong enough."""
        given = super().clean() or {}
        password = given.get("password")
        if password and password != given.get("again"):
            self.add_error("again", "The two passwords differ.")
        elif password:
            try:
                validate_password(password, self.person)
            except ValidationError as refused:
                self.add_error("password", refused)
        return given


@never_cache
def accept(request: HttpRequest, link: str) -> HttpResponse:
    """The page behind the link of an invitation; used up, forged and old links look alike."""
    if not ratelimit.consume(request, action="invitation"):
        return render(request, "429.html", status=429)
    invitation = Invitation.objects.by_link(link)
    if invitation is None:
        return render(request, "account/invitation_over.html", status=404)
    if request.user.is_authenticated:
        return take_up(request, invitation)
    known = User.objects.filter(email__iexact=invitation.email).exists()
    if known:
        messages.info(request, f"Sign in to join {invitation.tenant}.")
        return redirect(f"{reverse('account_login')}?next={request.path}")
    return make_account(request, invitation)


def take_up(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """A person with an account joins one more tenant, if the invitation went to their address."""
    if (getattr(request.user, "email", "") or "").casefold() != invitation.email.casefold():
        return render(request, "account/invitation_over.html", status=404)
    if request.method == "POST":
        invitation.accept(request.user)
        messages.success(request, f"You now belong to {invitation.tenant}.")
        return redirect("admin:index")
    return render(request, "account/invitation.html", {"invitation": invitation})


def make_account(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """A new person chooses a password."""
    first, _, last = invitation.name.partition(" ")
    person = User(username=invitation.email[:150], email=invitation.email, first_name=first, last_name=last)
    form = AccountForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            person.set_password(form.cleaned_data["password"])
            person.save()
            invitation.accept(person)
        messages.success(request, "Your account is ready. Sign in with your e-mail address.")
        return redirect("account_login")
    return render(request, "account/invitation.html", {"invitation": invitation, "form": form})


def send(invitation: Invitation) -> None:
    """Mail the link; for Procore users the address of the sign-in page is enough and is told by hand."""
    path = reverse("accept_invitation", args=[invitation.link])
    words = {"invitation": invitation, "address": f"{settings.ONECORE_ADDRESS}{path}"}
    send_mail(
        f"{invitation.tenant} invites you to OneCore",
        render_to_string("account/invitation_email.txt", words),
        None,
        [invitation.email],
    )
