"""Consents as the portal asks for them: where people are sent, what is kept, what a connection's state is."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from integrations import oauth, permissions
from integrations.environments import Environment, find_environment
from integrations.errors import ApiError
from integrations.models import Connection, Credential, State, Tenant, connections_of


def confirmed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page shown only to people who have just confirmed who they are.

    What was posted is not kept meanwhile, as the library would in the session: there is a secret in it.
    """
    asked = reauthentication_required(view)

    @wraps(view)
    def guarded(request: HttpRequest, *given: Any, **named: Any) -> HttpResponseBase:
        try:
            answer: HttpResponseBase = asked(request, *given, **named)
        except ReauthenticationRequired:
            back = urlencode({"next": request.get_full_path()})
            answer = HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{back}")
        return answer

    return guarded


ASKED = "connecting"  # what the session remembers between the consent page and our own


def own_name(tenant: Tenant, system: str) -> str:
    """How a credential made here is called."""
    return f"{tenant.slug} {system}"


def begun_name(tenant: Tenant, system: str) -> str:
    """How it is called until its consent is given: what works meanwhile stays as it is."""
    return f"{own_name(tenant, system)} (being connected)"


def credential_of(tenant: Tenant, system: str) -> Credential | None:
    """The credential of the tenant's connection."""
    connection = connections_of(tenant).get(system)
    return connection.credential if connection else None


def begun(tenant: Tenant, system: str) -> Credential | None:
    """The credential whose consent is asked for just now."""
    return Credential.objects.filter(name=begun_name(tenant, system)).first()


def keep(tenant: Tenant, system: str, before: Credential | None, given: dict[str, Any]) -> Credential:
    """Begin a credential with what the form gave. The connection goes on with the one it has."""
    Credential.objects.filter(name=begun_name(tenant, system)).delete()
    secret = given.get("client_secret") or (before.client_secret.reveal() if before else "")
    same = before is not None and before.client_id == given["client_id"]
    return Credential.objects.create(
        name=begun_name(tenant, system),
        system=system,
        environment=given["environment"],
        kind=given["kind"],
        client_id=given["client_id"],
        client_secret=secret,
        scopes=permissions.consent_of([tenant]) if system == "xero" else "",
        state=State.RECONNECT,
        state_message="The consent has not been given yet.",
        tiers=before.tiers if before and same else {},
        id_variable=before.id_variable if before and same else "",
        secret_variable=before.secret_variable if before and same else "",
    )


def take_over(tenant: Tenant, credential: Credential, chosen: str, name: str) -> None:
    """Put the connection on the credential whose consent was given; one that nobody uses any more goes."""
    with transaction.atomic():
        held = connections_of(tenant).get(credential.system)
        before = held.credential if held else None
        values = {"credential": credential, "external_id": chosen, "name": name, "state": State.OK}
        values |= {"state_message": "", "checked_at": timezone.now()}
        Connection.objects.update_or_create(tenant=tenant, system=credential.system, defaults=values)
        if before is not None and before.pk != credential.pk:
            before.budgets.filter(external_id=chosen).update(credential=credential)
            if not before.connections.exists():
                before.delete()
        own = own_name(tenant, credential.system)
        if not Credential.objects.filter(name=own).exclude(pk=credential.pk).exists():
            Credential.objects.filter(pk=credential.pk).update(name=own)
        else:
            Credential.objects.filter(pk=credential.pk).update(name=f"{own} {credential.pk}")


def where(credential: Credential) -> Environment:
    """The environment a credential points to. Raises Http404 when it is switched off here."""
    environment = find_environment(credential.system, credential.environment)
    if environment is None:
        raise Http404
    return environment


def callback_address() -> str:
    """Where both systems send people back to; it has to be registered with the application."""
    return f"{settings.ONECORE_ADDRESS}{reverse('admin:connection_callback')}"


def consent_address(request: HttpRequest, credential: Credential, tenant: Tenant) -> str:
    """The consent page, tied to this session by a state and a verifier."""
    asked: dict[str, Any] = {
        "state": oauth.new_state(),
        "verifier": oauth.new_verifier(),
        "tenant": tenant.slug,
        "system": credential.system,
        "credential": credential.pk,
    }
    request.session[ASKED] = asked
    return oauth.authorise_address(
        where(credential),
        client_id=credential.client_id,
        redirect_uri=callback_address(),
        state=asked["state"],
        scopes=credential.scopes,
        verifier=asked["verifier"],
    )


def tokens_for_service(credential: Credential) -> oauth.TokenSet:
    """A service account needs no consent page."""
    return oauth.client_tokens(
        where(credential),
        client_id=credential.client_id,
        secret=credential.client_secret.reveal(),
        scopes=credential.scopes,
    )


def told(error: Exception) -> str:
    """What a person is told of a failure."""
    return getattr(error, "message", "") or "no usable answer came. Try again in a minute."


def forget(credential: Credential) -> None:
    """Revoke where the system can be reached, and drop the tokens here in any case."""
    token = credential.refresh_token or credential.access_token
    environment = find_environment(credential.system, credential.environment)
    if token and environment is not None:
        try:
            oauth.revoke(
                environment,
                client_id=credential.client_id,
                secret=credential.client_secret.reveal(),
                token=token.reveal(),
            )
        except (ApiError, oauth.Unanswered):
            credential.state_message = "The system did not confirm; end the consent there too."
    Credential.objects.filter(pk=credential.pk).update(
        access_token="",
        refresh_token="",
        expires_at=None,
        epoch=credential.epoch + 1,
        state=State.RECONNECT,
        state_message=credential.state_message or "Disconnected by hand.",
    )
    credential.connections.update(state=State.RECONNECT, state_message="Disconnected by hand.")


def tokens_for_code(request: HttpRequest, credential: Credential, verifier: str) -> oauth.TokenSet:
    """The tokens for the code that the consent page sent back."""
    return oauth.exchange_code(
        where(credential),
        client_id=credential.client_id,
        secret=credential.client_secret.reveal(),
        code=request.GET["code"],
        redirect_uri=callback_address(),
        verifier=verifier,
    )
