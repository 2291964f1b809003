"""Consents and tokens: the addresses people are sent to, and what codes and refresh tokens are exchanged for.

Token requests go to the environment's own token address only and follow no redirect. No database here.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import requests
from requests.auth import HTTPBasicAuth

from integrations.errors import ORGANISATION, Broken, Busy, Disconnected
from integrations.hosts import Environment
from integrations.wire import parsed, retry_after

TIMEOUTS = (5.0, 20.0)  # seconds to connect and to wait for the answer
# What the enabled integrations need; more is asked for with each that needs more.
XERO_RECORDS = (
    "accounting.invoices accounting.payments accounting.contacts accounting.settings "
    "accounting.reports.trialbalance.read"
)
XERO_SCOPES = f"openid profile email offline_access {XERO_RECORDS}"
# error -> (state, what to do). Anything else that is refused means that the consent has to be given again.
TOKEN_ERRORS = {
    "invalid_grant": ("reconnect", "The consent has ended. Connect again."),
    "invalid_client": (
        "reconnect",
        "The application's id or secret is not accepted. Correct it and connect again.",
    ),
    "unauthorized_client": ("reconnect", "The application may not ask for this. Check its registration."),
    "invalid_scope": (
        "missing_scope",
        "The application may not ask for these permissions. Check its registration.",
    ),
}
REFUSED = ("reconnect", "The sign-in was refused. Connect again.")


@dataclass(frozen=True)
class TokenSet:
    """What a token address gave. The tokens are never printed; `expires_in` is in seconds."""

    access: str = field(repr=False)
    refresh: str = field(repr=False, default="")
    expires_in: int = 1800
    scopes: str = ""


@dataclass(frozen=True)
class Target:
    """A company or organisation that a consent reaches."""

    external_id: str
    name: str


class Unanswered(Exception):
    """A token request was sent and no usable answer came: the refresh token in it may be spent."""


def new_state() -> str:
    """An unguessable value that ties an answer to the browser that asked."""
    return secrets.token_urlsafe(24)


def new_verifier() -> str:
    """A PKCE verifier of 64 characters."""
    return secrets.token_urlsafe(48)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorise_address(
    environment: Environment,
    *,
    client_id: str,
    redirect_uri: str,
    state: str,
    scopes: str = "",
    verifier: str = "",
) -> str:
    """Where a browser is sent for a consent. `verifier` adds a PKCE challenge."""
    asked = {"response_type": "code", "client_id": client_id, "redirect_uri": redirect_uri, "state": state}
    if scopes:
        asked["scope"] = scopes
    if verifier:
        asked |= {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}
    return f"{environment.authorise}?{urlencode(asked, quote_via=quote)}"


def exchange_code(
    environment: Environment, *, client_id: str, secret: str, code: str, redirect_uri: str, verifier: str = ""
) -> TokenSet:
    """The tokens for a code that a consent gave. Raises Disconnected, Busy, Broken and Unanswered."""
    given = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    if verifier:
        given["code_verifier"] = verifier
    return _ask(environment, client_id, secret, given)


def exchange_refresh(environment: Environment, *, client_id: str, secret: str, refresh: str) -> TokenSet:
    """The next pair of tokens. Raises Disconnected, Busy, Broken and Unanswered."""
    return _ask(environment, client_id, secret, {"grant_type": "refresh_token", "refresh_token": refresh})


def client_tokens(environment: Environment, *, client_id: str, secret: str, scopes: str = "") -> TokenSet:
    """A service account's access token; no refresh token comes with it. Raises as above."""
    given = {"grant_type": "client_credentials"}
    if scopes or environment.system == "xero":
        given["scope"] = scopes or XERO_RECORDS
    return _ask(environment, client_id, secret, given)


def revoke(environment: Environment, *, client_id: str, secret: str, token: str) -> None:
    """End a pair of tokens; unknown ones are answered with 200 too. Raises Busy, Broken, Unanswered."""
    answer = _post(environment, environment.revoke, client_id, secret, {"token": token})
    if answer.status_code != 200:
        raise Broken("The tokens could not be revoked.", status=answer.status_code)


def targets(environment: Environment, access: str, *, company_id: str = "") -> list[Target]:
    """The companies or organisations that an access token reaches.

    `company_id`: Procore service accounts have to name one even here. Raises Disconnected, Busy and Broken.
    """
    if environment.system == "xero":
        rows = _get(f"{environment.api}/connections", access, {})
        kept = [row for row in rows if row.get("tenantType", "ORGANISATION") == "ORGANISATION"]
        return [Target(str(row["tenantId"]), str(row.get("tenantName") or "")) for row in kept]
    headers = {"Procore-Company-Id": company_id} if company_id else {}
    rows = _get(f"{environment.api}/rest/v1.0/companies?page=1&per_page=100", access, headers)
    return [Target(str(row["id"]), str(row.get("name") or "")) for row in rows if row.get("is_active", True)]


def _get(address: str, access: str, headers: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    sent = {"Accept": "application/json", "Authorization": f"Bearer {access}", **headers}
    try:
        with _session() as session:
            answer = session.get(address, headers=sent, timeout=TIMEOUTS, allow_redirects=False)
    except requests.RequestException as cause:
        raise Busy("The system cannot be reached.", until=_later(60)) from cause
    if answer.status_code == 401:
        raise Disconnected("The consent is not accepted. Connect again.", status=401)
    if answer.status_code == 403:
        raise Disconnected(ORGANISATION, state="wrong_organisation", status=403)
    rows = parsed(answer.content)
    if answer.status_code != 200 or not isinstance(rows, list):
        raise Broken("The list of companies could not be read.", status=answer.status_code)
    return [row for row in rows if isinstance(row, dict)]


def _ask(environment: Environment, client_id: str, secret: str, given: Mapping[str, str]) -> TokenSet:
    answer = _post(environment, environment.token, client_id, secret, given)
    content = parsed(answer.content)
    said = content if isinstance(content, dict) else {}
    if answer.status_code == 200 and isinstance(said.get("access_token"), str):
        seconds = said.get("expires_in")
        return TokenSet(
            said["access_token"],
            str(said.get("refresh_token") or ""),
            seconds if isinstance(seconds, int) and 0 < seconds < 86_400 * 30 else 1800,
            str(said.get("scope") or ""),
        )
    if answer.status_code in (429, 503):
        wait = retry_after(answer.headers, datetime.now(UTC))
        raise Busy("The sign-in server has no room for the moment.", until=_later(wait))
    if answer.status_code in (400, 401, 403):
        error = said.get("error")
        state, message = TOKEN_ERRORS.get(error if isinstance(error, str) else "", REFUSED)
        raise Disconnected(message, state=state, status=answer.status_code)
    if answer.status_code == 200 or answer.status_code >= 500:
        raise Unanswered
    # Never Rejected: that would be said of the record whose request needed the token.
    raise Broken("The sign-in server gave an answer that nobody knows.", status=answer.status_code)


def _post(
    environment: Environment, address: str, client_id: str, secret: str, given: Mapping[str, str]
) -> requests.Response:
    basic = environment.system == "xero"
    form = dict(given) if basic else {**given, "client_id": client_id, "client_secret": secret}
    try:
        with _session() as session:
            return session.post(
                address,
                data=form,
                auth=HTTPBasicAuth(quote(client_id, safe=""), quote(secret, safe="")) if basic else None,
                headers={"Accept": "application/json"},
                timeout=TIMEOUTS,
                allow_redirects=False,
            )
    except (requests.ConnectTimeout, requests.exceptions.InvalidURL) as cause:
        raise Busy("The sign-in server cannot be reached.", until=_later(60)) from cause
    except requests.RequestException as cause:
        raise Unanswered from cause


def _session() -> requests.Session:
    session = requests.Session()
    # A .netrc would replace our own authorisation; proxies named by the environment are kept.
    session.auth = _unchanged
    return session


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _later(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)
