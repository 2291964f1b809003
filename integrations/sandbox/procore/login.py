"""Procore's login host: consent, tokens, their inspection and revocation (procore.md, section 2)."""

import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import urlencode

from integrations.sandbox.oauth import Client, Token, consent_page, redirect, refused
from integrations.sandbox.procore.load import DEFAULT_USER
from integrations.sandbox.routing import Answer, BadBody, Refused, Request, Router, Run

CODE_LIFETIME = 600.0
TOKEN_LIFETIME = 5400.0
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
_CARRIED = ("response_type", "client_id", "redirect_uri", "state", "code_challenge", "code_challenge_method")


def _inside(sandbox: Any, request: Request, call: Run) -> Answer:
    try:
        return call()
    except BadBody as error:
        raise refused("invalid_request", error_description=str(error)) from error


login = Router(inside=_inside)


def _users(sandbox: Any) -> list[dict[str, Any]]:
    return sandbox.oauth.users.get("procore") or [dict(DEFAULT_USER)]


def _asked(sandbox: Any, fields: dict[str, str]) -> Client:
    """The app that asks for consent; nothing goes to an unregistered address. Raises Refused."""
    client: Client | None = sandbox.oauth.client("procore", fields.get("client_id"))
    if client is None:
        raise Refused(Answer(401, "<h1>The app is unknown</h1>"))
    address = fields.get("redirect_uri") or ""
    if not address or (
        client.redirect_uris is not None and address not in [*client.redirect_uris, OUT_OF_BAND]
    ):
        raise Refused(Answer(401, "<h1>The redirect URI is not one of the app's</h1>"))
    return client


@login.route("GET", "/oauth/authorize")
def ask(sandbox: Any, request: Request) -> Answer:
    """The consent page, with the users to choose from."""
    fields = dict(request.query)
    client = _asked(sandbox, fields)
    if fields.get("response_type") != "code":
        return redirect(fields["redirect_uri"], error="unsupported_response_type", state=fields.get("state"))
    if fields.get("code_challenge") and fields.get("code_challenge_method") != "S256":
        return redirect(fields["redirect_uri"], error="invalid_request", state=fields.get("state"))
    users = {str(user["id"]): f"{user['name']} ({user['login']})" for user in _users(sandbox)}
    return consent_page(
        "Sign in with Procore",
        f"{client.client_id} asks to act for you in Procore.",
        action="/procore-login/oauth/authorize",
        hidden={name: fields.get(name) for name in _CARRIED},
        choices={"user_id": users},
    )


@login.route("POST", "/oauth/authorize")
def consent(sandbox: Any, request: Request) -> Answer:
    """What the person decided: back to the app with a code, or with access_denied."""
    fields = request.form
    client = _asked(sandbox, fields)
    address, state = fields["redirect_uri"], fields.get("state")
    if fields.get("decision") != "allow":
        return redirect(address, error="access_denied", state=state)
    if fields.get("user_id") not in {str(user["id"]) for user in _users(sandbox)}:
        raise Refused(Answer(400, "<h1>The user is unknown</h1>"))
    code = sandbox.oauth.issue_code(
        client,
        fields["user_id"],
        redirect_uri=address,
        scopes=(),
        targets=(),
        lifetime=CODE_LIFETIME,
        challenge=fields.get("code_challenge"),
    )
    if address == OUT_OF_BAND:
        return Answer(
            302, None, {"Location": f"/procore-login/oauth/authorize/native?{urlencode({'code': code})}"}
        )
    return redirect(address, code=code, state=state)


@login.route("GET", "/oauth/authorize/native")
def show_code(sandbox: Any, request: Request) -> Answer:
    """The code for scripts that have no address to be called at."""
    letters = "".join(c for c in request.arg("code") or "" if c.isalnum() or c in "-_")
    return Answer(body=f"<h1>Authorization code</h1><code>{letters}</code>")


@login.route("POST", "/oauth/token")
def grant(sandbox: Any, request: Request) -> Answer:
    """A token for a code, a refresh token or the app itself."""
    client = sandbox.oauth.authenticate("procore", request, 401)
    flows = {"authorization_code": _by_code, "refresh_token": _by_refresh, "client_credentials": _by_app}
    flow = flows.get(request.form.get("grant_type") or "")
    if flow is None:
        raise refused("unsupported_grant_type")
    try:
        token = flow(sandbox, client, request.form)
    except Refused as refusal:
        if isinstance(refusal.answer.body, dict) and refusal.answer.body.get("error") == "invalid_grant":
            refusal.answer.status = sandbox.switches.procore_invalid_grant_status
        raise
    body = {
        "access_token": token.access,
        "token_type": "bearer",
        "expires_in": int(TOKEN_LIFETIME),
        "created_at": int(token.created),
    }
    if token.refresh is not None:
        body["refresh_token"] = token.refresh
    return Answer(body=body, headers={"Cache-Control": "no-store"})


def _by_code(sandbox: Any, client: Client, fields: dict[str, str]) -> Token:
    code = sandbox.oauth.redeem(client, fields.get("code"), fields.get("redirect_uri"))
    challenge = code.extra.get("challenge")
    if challenge:
        digest = hashlib.sha256((fields.get("code_verifier") or "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if not hmac.compare_digest(proof, challenge):
            raise refused("invalid_grant")
    token: Token = sandbox.oauth.issue(client, user_id=code.user_id, lifetime=TOKEN_LIFETIME)
    return token


def _by_refresh(sandbox: Any, client: Client, fields: dict[str, str]) -> Token:
    """A new pair; the refresh string is burned by the attempt, and the access token it came with ends."""
    old = sandbox.oauth.spend_refresh(client, fields.get("refresh_token"))
    old.revoked = True
    token: Token = sandbox.oauth.issue(
        client, user_id=old.user_id, lifetime=TOKEN_LIFETIME, family=old.family
    )
    return token


def _by_app(sandbox: Any, client: Client, fields: dict[str, str]) -> Token:
    token: Token = sandbox.oauth.issue(client, lifetime=TOKEN_LIFETIME, with_refresh=False)
    return token


@login.route("GET", "/oauth/token/info")
def inspect(sandbox: Any, request: Request) -> Answer:
    """What a bearer token is."""
    token = sandbox.oauth.bearer("procore", request)
    left = int(token.expires - sandbox.clock.seconds()) if token else 0
    if token is None or left <= 0:
        raise refused("invalid_token", 401)
    return Answer(
        body={
            "resource_owner_id": int(token.user_id) if token.user_id else 900001,
            "scopes": [],
            "expires_in_seconds": left,
            "application": {"uid": token.client_id},
            "created_at": int(token.created),
        }
    )


@login.route("POST", "/oauth/revoke")
def revoke(sandbox: Any, request: Request) -> Answer:
    """End a pair of tokens; unknown ones are answered alike."""
    client = sandbox.oauth.authenticate("procore", request, 401)
    sandbox.oauth.revoke(client, request.form.get("token"))
    return Answer(body={})
