"""Consents as the portal asks for them: where people are sent, what is kept, what a connection's state is."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest
from django.urls import reverse

from integrations import credentials, oauth, permissions
from integrations.environments import Environment, find_environment
from integrations.errors import ApiError
from integrations.models import Connection, Credential, State, Tenant, connections_of

ASKED = "connecting"  # what the session remembers between the consent page and our own


def missing(credential: Credential) -> list[str]:
    """Permissions that OneCore needs and the consent did not give; Procore names none."""
    if credential.system != "xero" or not credential.scopes:
        return []
    tenants = Tenant.objects.filter(connections__credential=credential)
    return sorted(set(permissions.consent_of(tenants).split()) - set(credential.scopes.split()))


def credential_of(tenant: Tenant, system: str) -> Credential | None:
    """The credential of the tenant's connection, or the one made for it when connecting began."""
    connection = connections_of(tenant).get(system)
    return (
        connection.credential
        if connection
        else Credential.objects.filter(name=own_name(tenant, system)).first()
    )


def own_name(tenant: Tenant, system: str) -> str:
    """How a credential made here is called."""
    return f"{tenant.slug} {system}"


def keep(tenant: Tenant, system: str, credential: Credential | None, given: dict[str, Any]) -> Credential:
    """Store what the form gave; a credential that other tenants use is left alone and an own one begun."""
    if credential is None or credential.connections.exclude(tenant=tenant).exists():
        name = own_name(tenant, system)
        credential = Credential.objects.filter(name=name).first() or Credential(name=name, system=system)
    credential.environment, credential.kind = given["environment"], given["kind"]
    credential.client_id = given["client_id"]
    if given.get("client_secret"):
        credential.client_secret = given["client_secret"]
    credential.scopes = permissions.consent_of([tenant]) if system == "xero" else ""
    credential.save()
    return credential


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


def looked_at(connection: Connection) -> tuple[str, str]:
    """The connection's state as the system itself sees it, with a sentence when something is wrong."""
    try:
        token = credentials.CredentialTokens(connection.credential).access().token
        company = connection.external_id if connection.system == "procore" else ""
        reached = oauth.targets(where(connection.credential), token, company_id=company)
    except ApiError as error:
        return getattr(error, "state", "") or State.RECONNECT, told(error)
    if connection.external_id not in {target.external_id for target in reached}:
        return (
            State.WRONG_ORGANISATION,
            f"The consent does not reach {connection.name or connection.external_id}.",
        )
    if missing(connection.credential):
        return State.MISSING_SCOPE, "Some permissions are missing. Connect again and allow all of them."
    return State.OK, ""


def told(error: Exception) -> str:
    """What a person is told of a failure."""
    return getattr(error, "message", "") or "no usable answer came. Try again in a minute."


def forget(credential: Credential) -> None:
    """Revoke where the system can be reached, and drop the tokens here in any case."""
    token = credential.refresh_token or credential.access_token
    if token:
        try:
            oauth.revoke(
                where(credential),
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
