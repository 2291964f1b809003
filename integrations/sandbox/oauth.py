"""Clients, codes and tokens of both systems; each system's own lifetimes and rules are passed in."""

import base64
import html
import json
import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

from integrations.sandbox.clock import Clock
from integrations.sandbox.routing import Answer, Refused, Request

DEFAULT_CLIENTS: dict[str, list[dict[str, Any]]] = {
    "procore": [{"client_id": "sandbox-procore", "client_secret": "sandbox-procore-secret"}],
    "xero": [
        {"client_id": "sandbox-xero", "client_secret": "sandbox-xero-secret", "kind": "web"},
        {"client_id": "sandbox-xero-custom", "client_secret": "sandbox-xero-custom-secret", "kind": "custom"},
    ],
}


@dataclass
class Client:
    """An app registered with one system; `redirect_uris` None accepts any, `targets` None every company or
    tenant.
    """

    system: str
    client_id: str
    client_secret: str
    kind: str = "web"
    redirect_uris: list[str] | None = None
    scopes: list[str] | None = None
    targets: list[str] | None = None


@dataclass
class Code:
    """An authorisation code: one use, before `expires` (sandbox seconds)."""

    value: str
    client_id: str
    user_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    targets: tuple[str, ...]
    expires: float
    extra: dict[str, Any] = field(default_factory=dict)
    used: bool = False


@dataclass
class Token:
    """An access token and, where the flow gives one, its refresh token. Times are sandbox seconds."""

    system: str
    client_id: str
    user_id: str | None
    scopes: tuple[str, ...]
    targets: tuple[str, ...]
    access: str
    created: float
    expires: float
    refresh: str | None = None
    refresh_expires: float | None = None
    refreshed: float | None = None  # when its refresh token was first used
    revoked: bool = False
    family: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


def refused(error: str, status: int = 400, **more: str) -> Refused:
    """A token endpoint's error, `{"error": …}`."""
    return Refused(Answer(status, {"error": error, **more}, {"Cache-Control": "no-store"}))


class OAuth:
    """Every app, user, code and token of both systems."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.clients: dict[tuple[str, str], Client] = {}
        self.users: dict[str, list[dict[str, Any]]] = {}
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, Token] = {}
        self._refresh: dict[str, Token] = {}

    def load(self, clients: Mapping[str, Any], users: Mapping[str, Any]) -> None:
        """Replace apps and users by a world's and forget every code and token."""
        self._codes, self._tokens, self._refresh = {}, {}, {}
        self.clients = {}
        for system, defaults in DEFAULT_CLIENTS.items():
            for row in clients.get(system) or defaults:
                targets = row.get("companies", row.get("tenants"))
                client = Client(
                    system,
                    row["client_id"],
                    row["client_secret"],
                    row.get("kind", "web"),
                    row.get("redirect_uris"),
                    row.get("scopes"),
                    None if targets is None else [str(target) for target in targets],
                )
                self.clients[system, client.client_id] = client
        self.users = {system: [dict(user) for user in users.get(system) or ()] for system in DEFAULT_CLIENTS}

    def client(self, system: str, client_id: str | None) -> Client | None:
        """The app with this id."""
        return self.clients.get((system, client_id or ""))

    def authenticate(self, system: str, request: Request, status: int = 400) -> Client:
        """The app whose id and secret the request carries, as Basic header or fields; raises
        invalid_client.
        """
        client_id, secret = _basic(request) or (
            request.form.get("client_id"),
            request.form.get("client_secret"),
        )
        client = self.client(system, client_id)
        if client is None or not secrets.compare_digest(
            client.client_secret.encode(), (secret or "").encode()
        ):
            raise refused("invalid_client", status)
        return client

    def issue_code(
        self,
        client: Client,
        user_id: Any,
        *,
        redirect_uri: str,
        scopes: Iterable[str],
        targets: Iterable[Any],
        lifetime: float,
        **extra: Any,
    ) -> str:
        """A code for the consent just given, valid `lifetime` seconds."""
        value = secrets.token_urlsafe(24)
        self._codes[value] = Code(
            value,
            client.client_id,
            str(user_id),
            redirect_uri,
            tuple(scopes),
            tuple(str(target) for target in targets),
            self._clock.seconds() + lifetime,
            extra,
        )
        return value

    def redeem(self, client: Client, value: str | None, redirect_uri: str | None) -> Code:
        """Use a code up; raises invalid_grant when used, expired, another app's or for another redirect
        URI.
        """
        code = self._codes.get(value or "")
        if code is None or code.used or code.client_id != client.client_id:
            raise refused("invalid_grant")
        if code.expires <= self._clock.seconds() or code.redirect_uri != redirect_uri:
            raise refused("invalid_grant")
        code.used = True
        return code

    def issue(
        self,
        client: Client,
        *,
        user_id: Any = None,
        scopes: Iterable[str] = (),
        targets: Iterable[Any] = (),
        lifetime: float,
        refresh_lifetime: float | None = None,
        with_refresh: bool = True,
        access: str | None = None,
        family: str | None = None,
        **extra: Any,
    ) -> Token:
        """A new token; `refresh_lifetime` None means its refresh token never expires by itself."""
        now = self._clock.seconds()
        token = Token(
            client.system,
            client.client_id,
            None if user_id is None else str(user_id),
            tuple(scopes),
            tuple(str(target) for target in targets),
            access or secrets.token_urlsafe(32),
            now,
            now + lifetime,
            family=family or uuid.uuid4().hex,
            extra=extra,
        )
        if with_refresh:
            token.refresh = secrets.token_urlsafe(32)
            token.refresh_expires = None if refresh_lifetime is None else now + refresh_lifetime
            self._refresh[token.refresh] = token
        self._tokens[token.access] = token
        return token

    def token(self, system: str, access: str | None) -> Token | None:
        """The token of this access string, expired ones included (compare `expires`); None if unknown or
        revoked.
        """
        token = self._tokens.get(access or "")
        return token if token and token.system == system and not token.revoked else None

    def bearer(self, system: str, request: Request) -> Token | None:
        """The token the request's Authorization header names, as `token()`."""
        scheme, _, value = (request.headers.get("authorization") or "").partition(" ")
        return self.token(system, value.strip()) if scheme.lower() == "bearer" else None

    def spend_refresh(self, client: Client, value: str | None, grace: float = 0.0) -> Token:
        """The token a refresh string belongs to, now marked as used.

        A used string works again for `grace` seconds after its first use; otherwise raises invalid_grant.
        """
        token, now = self._refresh.get(value or ""), self._clock.seconds()
        if (
            token is None
            or token.revoked
            or token.client_id != client.client_id
            or token.system != client.system
        ):
            raise refused("invalid_grant")
        if token.refresh_expires is not None and token.refresh_expires <= now:
            raise refused("invalid_grant")
        if token.refreshed is not None and now >= token.refreshed + grace:
            raise refused("invalid_grant")
        token.refreshed = now if token.refreshed is None else token.refreshed
        return token

    def revoke(self, client: Client, value: str | None) -> Token | None:
        """Revoke the pair a refresh or access string belongs to, and its whole family; returns it if it was
        known.
        """
        token = self._refresh.get(value or "") or self._tokens.get(value or "")
        if token is None or token.client_id != client.client_id or token.system != client.system:
            return None
        for other in self.tokens():
            if other.family == token.family:
                other.revoked = True
        return token

    def tokens(self) -> list[Token]:
        """Every token issued since the world was loaded."""
        return list(self._tokens.values())


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, value = (request.headers.get("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(value.strip()).decode().partition(":")
    except ValueError:
        return None
    return unquote(client_id), unquote(secret)


def unsigned_jwt(claims: Mapping[str, Any]) -> str:
    """A string with the shape of a signed JWT; the signature is random and the random part makes it
    unguessable.
    """
    parts = [{"alg": "RS256", "kid": "SANDBOX", "typ": "JWT"}, dict(claims)]
    encoded = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts]
    return ".".join([*encoded, secrets.token_urlsafe(48)])


def redirect(address: str, **fields: str | None) -> Answer:
    """A 302 to an address with more query fields; None fields are left out."""
    query = urlencode({key: value for key, value in fields.items() if value is not None})
    return Answer(302, None, {"Location": f"{address}{'&' if '?' in address else '?'}{query}"})


def consent_page(
    title: str,
    question: str,
    *,
    action: str,
    hidden: Mapping[str, str | None],
    choices: Mapping[str, Mapping[str, str]],
) -> Answer:
    """A plain page with a select per choice (`{field: {value: label}}`) and the buttons allow and cancel.

    The form posts every field, and `decision` = allow or cancel, to `action`.
    """
    fields = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in hidden.items()
        if value is not None
    )
    for name, options in choices.items():
        rows = "".join(
            f'<option value="{html.escape(v)}">{html.escape(t)}</option>' for v, t in options.items()
        )
        label = html.escape(name.replace("_", " ").capitalize())
        fields += f'<p><label>{label} <select name="{html.escape(name)}">{rows}</select></label></p>'
    return Answer(
        body='<!DOCTYPE html><html lang="en-AU"><head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title></head>"
        f"<body><h1>{html.escape(title)}</h1><p>{html.escape(question)}</p>"
        f'<form method="post" action="{html.escape(action)}">{fields}'
        '<button name="decision" value="allow">Allow access</button> '
        '<button name="decision" value="cancel">Cancel</button></form></body></html>'
    )
