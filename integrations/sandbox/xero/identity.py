"""Xero's login and identity hosts: consent page, tokens, revocation; and the connections of a token."""

import base64
import hashlib
import uuid
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from integrations.sandbox.oauth import Client, Token, consent_page, redirect, refused, unsigned_jwt
from integrations.sandbox.routing import Answer, BadBody, Refused, Request, Router
from integrations.sandbox.xero.errors import not_found
from integrations.sandbox.xero.gate import authenticated, connections_of, router
from integrations.sandbox.xero.scopes import BROAD, KNOWN

CODE_SECONDS, ACCESS_SECONDS, GRACE_SECONDS, REFRESH_SECONDS = 300, 1800, 1800, 60 * 86_400
login = Router()
identity = Router()
AUTHORIZE = "/identity/connect/authorize"
_CARRIED = ("client_id", "redirect_uri", "scope", "state", "code_challenge")


def _page_error(error: str, detail: str) -> Refused:
    return Refused(
        Answer(
            400,
            f"<!DOCTYPE html><html><body><h1>Sorry, something went wrong</h1><p>Error: {error}</p>"
            f"<p>{detail}</p></body></html>",
        )
    )


def _asked(sandbox: Any, fields: dict[str, str]) -> tuple[Client, str, tuple[str, ...]]:
    """The app, redirect URI and scopes of an authorisation request; refused on a page of its own when they
    are wrong.
    """
    client = sandbox.oauth.client("xero", fields.get("client_id"))
    if client is None or client.kind == "custom":
        raise _page_error("unauthorized_client", "Unknown client or client not enabled")
    address = fields.get("redirect_uri") or ""
    if not _acceptable(address, client, loopback=sandbox.switches.loopback_redirects):
        raise _page_error("unauthorized_client", "Invalid redirect_uri")
    scopes = tuple(fields.get("scope", "").split())
    if not scopes or not grantable(client, scopes):
        raise _page_error("invalid_scope", "Invalid scope for client")
    if not fields.get("state"):
        raise _page_error("invalid_request", "state is missing")
    return client, address, scopes


def _acceptable(address: str, client: Client, *, loopback: bool) -> bool:
    """Whether a redirect URI is the app's own, https or `http://localhost`; 127.0.0.1 only under the
    switch.
    """
    parts = urlsplit(address)
    local = parts.scheme == "http" and (
        parts.hostname == "localhost" or (loopback and parts.hostname == "127.0.0.1")
    )
    known = client.redirect_uris is None or address in client.redirect_uris
    return known and (local or (parts.scheme == "https" and bool(parts.hostname)))


def grantable(client: Client, scopes: tuple[str, ...]) -> bool:
    """Whether an app may ask for these scopes; broad ones only when they are listed for it."""
    if client.scopes is not None:
        return set(scopes) <= {*client.scopes, "openid", "profile", "email", "offline_access"}
    return set(scopes) <= KNOWN - BROAD


@login.route("GET", AUTHORIZE)
def authorize(sandbox: Any, request: Request) -> Answer:
    """The consent page, where a person chooses who they are and the organisation to connect."""
    fields = dict(request.query)
    client, _, scopes = _asked(sandbox, fields)
    if fields.get("response_type") != "code":
        raise _page_error("unsupported_response_type", "response_type must be code")
    tenants = {
        id: o.settings["Name"]
        for id, o in sandbox.xero.items()
        if client.targets is None or id in client.targets
    }
    users = {str(user["id"]): user.get("email", str(user["id"])) for user in _users(sandbox)}
    return consent_page(
        "Connect to Xero",
        f"{client.client_id} asks for access to: {', '.join(scopes)}",
        action=f"/xero-login{AUTHORIZE}",
        hidden={name: fields.get(name) for name in _CARRIED},
        choices={"user": users, "tenant": tenants},
    )


def _users(sandbox: Any) -> list[dict[str, Any]]:
    return sandbox.oauth.users["xero"] or [
        {"id": "00000000-0000-4000-8000-000000000001", "email": "owner@sandbox.example"}
    ]


@login.route("POST", AUTHORIZE)
def decide(sandbox: Any, request: Request) -> Answer:
    """What the person chose: back to the app with a code, or with access_denied."""
    fields = request.form
    client, address, scopes = _asked(sandbox, fields)
    if fields.get("decision") != "allow":
        return redirect(address, error="access_denied", state=fields.get("state"))
    first = next((id for id in sandbox.xero if client.targets is None or id in client.targets), "")
    tenant = sandbox.xero.get(fields.get("tenant", first))
    user = next((u for u in _users(sandbox) if str(u["id"]) == fields.get("user")), _users(sandbox)[0])
    if tenant is None or (client.targets is not None and tenant.tenant not in client.targets):
        raise _page_error("invalid_request", "Choose an organisation")
    event = str(uuid.uuid4())
    connect(sandbox, client.client_id, str(user["id"]), tenant.tenant, event)
    code = sandbox.oauth.issue_code(
        client,
        user["id"],
        redirect_uri=address,
        scopes=scopes,
        targets=(tenant.tenant,),
        lifetime=CODE_SECONDS,
        event=event,
        challenge=fields.get("code_challenge"),
    )
    return redirect(
        address, code=code, scope=" ".join(scopes), state=fields.get("state"), session_state=uuid.uuid4().hex
    )


def connect(sandbox: Any, app: str, user: str, tenant: str, event: str) -> None:
    """Connect a user and app to a tenant, anew when it was connected before."""
    now = datetime.fromtimestamp(sandbox.clock.seconds(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%f") + "0"
    for connection in sandbox.xero.connections:
        if (connection["app"], connection["user"], connection["tenantId"]) == (app, user, tenant):
            connection.update(authEventId=event, updatedDateUtc=now)
            return
    sandbox.xero.connections.append(
        {
            "id": str(uuid.uuid4()),
            "authEventId": event,
            "tenantId": tenant,
            "tenantType": "ORGANISATION",
            "tenantName": sandbox.xero[tenant].settings["Name"],
            "createdDateUtc": now,
            "updatedDateUtc": now,
            "app": app,
            "user": user,
        }
    )


@identity.route("POST", "/connect/token")
def token(sandbox: Any, request: Request) -> Answer:
    """Every grant: authorization_code, refresh_token, client_credentials."""
    try:
        grant = request.form.get("grant_type")
    except BadBody as error:
        raise refused("invalid_request") from error
    match grant:
        case "authorization_code":
            return _by_code(sandbox, request)
        case "refresh_token":
            client = sandbox.oauth.authenticate("xero", request)
            old = sandbox.oauth.spend_refresh(client, request.form.get("refresh_token"), GRACE_SECONDS)
            return _issued(
                sandbox,
                client,
                old.user_id,
                old.scopes,
                old.targets,
                family=old.family,
                event=old.extra.get("event"),
            )
        case "client_credentials":
            return _by_credentials(sandbox, request)
    raise refused("unsupported_grant_type")


def _by_code(sandbox: Any, request: Request) -> Answer:
    client = sandbox.oauth.authenticate("xero", request)
    code = sandbox.oauth.redeem(client, request.form.get("code"), request.form.get("redirect_uri"))
    challenge = code.extra.get("challenge")
    if challenge:
        digest = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
            raise refused("invalid_grant")
    return _issued(sandbox, client, code.user_id, code.scopes, code.targets, event=code.extra["event"])


def _by_credentials(sandbox: Any, request: Request) -> Answer:
    client = sandbox.oauth.authenticate("xero", request)
    if client.kind != "custom":
        raise refused("unauthorized_client")
    scopes = tuple(request.form.get("scope", "").split()) or tuple(client.scopes or ())
    if not scopes or not grantable(client, scopes):
        raise refused("invalid_scope")
    tenant = next(iter(client.targets or sandbox.xero), None)
    if tenant is None or tenant not in sandbox.xero:
        raise refused("unauthorized_client")
    user, event = f"app {client.client_id}", str(uuid.uuid4())
    disconnected = (client.client_id, tenant) in sandbox.xero.disconnected
    if not disconnected:
        connect(sandbox, client.client_id, user, tenant, event)
    return _issued(sandbox, client, user, scopes, (tenant,), event=event, custom=True, with_refresh=False)


def _issued(
    sandbox: Any,
    client: Client,
    user: str | None,
    scopes: tuple[str, ...],
    targets: tuple[str, ...],
    *,
    with_refresh: bool = True,
    family: str | None = None,
    **extra: Any,
) -> Answer:
    claims = _claims(sandbox, client, user, scopes, extra.get("event"))
    made: Token = sandbox.oauth.issue(
        client,
        user_id=user,
        scopes=scopes,
        targets=targets,
        lifetime=ACCESS_SECONDS,
        refresh_lifetime=REFRESH_SECONDS,
        with_refresh=with_refresh and "offline_access" in scopes,
        access=unsigned_jwt(claims),
        family=family,
        **extra,
    )
    body: dict[str, Any] = {
        "access_token": made.access,
        "expires_in": ACCESS_SECONDS,
        "token_type": "Bearer",
        "scope": " ".join(scopes),
    }
    if made.refresh:
        body["refresh_token"] = made.refresh
    if "openid" in scopes:
        email = next((u.get("email") for u in _users(sandbox) if str(u["id"]) == user), None)
        body["id_token"] = unsigned_jwt({**claims, "exp": claims["nbf"] + 300, "email": email})
    return Answer(body=body, headers={"Cache-Control": "no-store, no-cache", "Pragma": "no-cache"})


def _claims(
    sandbox: Any, client: Client, user: str | None, scopes: tuple[str, ...], event: Any
) -> dict[str, Any]:
    now = int(sandbox.clock.seconds())
    return {
        "nbf": now,
        "exp": now + ACCESS_SECONDS,
        "iss": "https://identity.xero.com",
        "aud": "https://identity.xero.com/resources",
        "client_id": client.client_id,
        "sub": user,
        "auth_time": now,
        "xero_userid": user,
        "global_session_id": uuid.uuid4().hex,
        "jti": uuid.uuid4().hex,
        "authentication_event_id": event,
        "scope": list(scopes),
    }


@identity.route("POST", "/connect/revocation")
def revoke(sandbox: Any, request: Request) -> Answer:
    """Revoke a refresh token and drop every connection of its user; an unknown one is answered alike."""
    client = sandbox.oauth.authenticate("xero", request)
    gone = sandbox.oauth.revoke(client, request.form.get("token"))
    if gone is not None:
        held = sandbox.xero.connections
        held[:] = [c for c in held if (c["app"], c["user"]) != (gone.client_id, gone.user_id)]
    return Answer(200)


@router.route("GET", "/connections")
def list_connections(sandbox: Any, request: Request) -> Answer:
    """The connections of the token's user and app, a bare array."""
    rows, event = (
        connections_of(sandbox, request.caller or authenticated(sandbox, request)),
        request.arg("authEventId"),
    )
    shown = [{k: v for k, v in row.items() if k not in ("app", "user")} for row in rows]
    return Answer(body=[row for row in shown if event in (None, row["authEventId"])])


@router.route("DELETE", "/connections/{id}")
def delete_connection(sandbox: Any, request: Request, id: str) -> Answer:
    """Disconnect one tenant."""
    row = next((row for row in connections_of(sandbox, request.caller) if row["id"] == id.lower()), None)
    if row is None:
        raise not_found()
    sandbox.xero.connections.remove(row)
    return Answer(204)
