"""What every Xero call passes: token, scopes, tenant, limits and their headers, Accept, and
Idempotency-Key.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from integrations.sandbox.limits import Count, Window
from integrations.sandbox.oauth import Token
from integrations.sandbox.routing import Answer, Refused, Request, Router, Run
from integrations.sandbox.xero.batch import as_xml
from integrations.sandbox.xero.errors import bad_key, not_found, problem
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.scopes import allowed, payroll_allowed

LARGEST_REQUEST, LONGEST_KEY, KEY_SECONDS = 3_500_000, 128, 360
ACCOUNTING, PAYROLL = "/api.xro/2.0/", "/payroll.xro/1.0/"


@dataclass
class Tenants(dict[str, Organisation]):
    """The organisations by tenant id, who is connected to which, and the idempotency keys seen."""

    connections: list[dict[str, Any]] = field(default_factory=list)
    disconnected: set[tuple[str, str]] = field(
        default_factory=set
    )  # app and tenant of custom connections taken away
    replays: dict[tuple[str, str], tuple[float, str, Answer]] = field(default_factory=dict)


def organisation_of(sandbox: Any, request: Request) -> Organisation:
    """The organisation a call is about; the gate has made sure there is one."""
    tenant = tenant_of(sandbox, request, request.caller)
    assert tenant is not None
    found: Organisation = sandbox.xero[tenant]
    return found


def tenant_of(sandbox: Any, request: Request, token: Token) -> str | None:
    """The tenant a call names and the token is connected to; a custom connection has one and need not name
    it.
    """
    named = (request.headers.get("xero-tenant-id") or "").strip().lower()
    connected = [c["tenantId"] for c in connections_of(sandbox, token)]
    if not named and token.extra.get("custom"):
        return connected[0] if connected else None
    return named if named in connected else None


def connections_of(sandbox: Any, token: Token) -> list[dict[str, Any]]:
    """The connections of the token's user and app."""
    return [c for c in sandbox.xero.connections if (c["app"], c["user"]) == (token.client_id, token.user_id)]


def authenticated(sandbox: Any, request: Request) -> Token:
    """The call's token; raises the 401 of an unknown or expired one."""
    token: Token | None = sandbox.oauth.bearer("xero", request)
    if token is None:
        raise problem(401, "Unauthorized", "AuthenticationUnsuccessful", **{"WWW-Authenticate": "Bearer"})
    if token.expires <= sandbox.clock.seconds():
        at = datetime.fromtimestamp(token.expires, UTC)
        raise problem(401, "Unauthorized", f"TokenExpired: token expired at {at:%m/%d/%Y %H:%M:%S}")
    request.caller = token
    return token


def around(sandbox: Any, request: Request, run: Run) -> Answer:
    """Authenticate, check tenant and scope, count against the limits, then let the call through."""
    token = authenticated(sandbox, request)
    base = next((one for one in (ACCOUNTING, PAYROLL) if request.path.lower().startswith(one)), None)
    if base is None:
        return run()
    tenant = tenant_of(sandbox, request, token)
    if tenant is None:
        raise problem(403, "Forbidden", "AuthenticationUnsuccessful")
    may = payroll_allowed if base == PAYROLL else allowed
    if not may(request.method, request.path[len(base) :], token.scopes):
        raise problem(401, "Unauthorized", "AuthorizationUnsuccessful")
    if len(request.body) > LARGEST_REQUEST and "/Attachments/" not in request.path:
        raise problem(413, "RequestEntityTooLarge", "PayloadTooLarge")
    return _limited(sandbox, request, tenant, lambda: _in_asked_form(request, run()))


def _limited(sandbox: Any, request: Request, tenant: str, run: Callable[[], Answer]) -> Answer:
    switches, limits, app = sandbox.switches, sandbox.limits, request.caller.client_id
    key = f"{app} {tenant}"
    windows = (
        Window("minute", key, 60, switches.xero_minute_limit),
        Window("day", key, 86_400, switches.xero_day_limit),
        Window("appminute", app, 60, switches.xero_app_minute_limit),
    )
    if not switches.limits:
        return run()
    if not limits.enter(key, switches.xero_concurrent_limit):
        counts = [limits.look(window) for window in windows]
        more = {"Retry-After": "1"} if switches.concurrent_retry_after else {}
        return Answer(429, None, {"X-Rate-Limit-Problem": "concurrent", **more, **_headers(counts)})
    try:
        full, counts = limits.take(*windows, count_refused=switches.refused_calls_count)
        if full is not None:
            wait = max(count.wait for count in counts)
            headers = {"X-Rate-Limit-Problem": full.name, **_headers(counts)}
            if full.name != "appminute" or switches.concurrent_retry_after:
                headers["Retry-After"] = str(max(1, math.ceil(wait)))
            return Answer(429, None, headers)
        try:
            answer = run()
        except Refused as refusal:
            answer = refusal.answer
        return Answer(answer.status, answer.body, {**_headers(counts), **answer.headers}, answer.content_type)
    finally:
        limits.leave(key)


def _headers(counts: list[Count]) -> dict[str, str]:
    names = {
        "minute": "X-MinLimit-Remaining",
        "day": "X-DayLimit-Remaining",
        "appminute": "X-AppMinLimit-Remaining",
    }
    return {names[count.window.name]: str(count.remaining) for count in counts}


def _in_asked_form(request: Request, answer: Answer) -> Answer:
    """Without `Accept: application/json` the Accounting API answers XML."""
    if "json" in (request.headers.get("accept") or "") or not answer.body or "json" not in answer.kind():
        return answer
    return Answer(answer.status, as_xml(answer.rendered()), answer.headers, "text/xml; charset=utf-8")


def inside(sandbox: Any, request: Request, call: Run) -> Answer:
    """Answer a repeated Idempotency-Key as the first time, errors included; another request with it is
    refused.
    """
    key = request.headers.get("idempotency-key")
    if not key or request.method not in ("POST", "PUT", "PATCH"):
        return call()
    if len(key) > LONGEST_KEY:
        raise bad_key("The Idempotency-Key cannot be longer than 128 characters.")
    now, keys = sandbox.clock.seconds(), sandbox.xero.replays
    for old in [name for name, (at, *_) in keys.items() if at + KEY_SECONDS <= now]:
        del keys[old]
    tenant = request.headers.get("xero-tenant-id") or ""
    content = f"{request.method} {request.path} {request.query} {tenant}".encode() + request.body
    print_ = hashlib.sha256(content).hexdigest()
    seen = keys.get((request.caller.client_id, key))
    if seen is not None:
        if seen[1] != print_:
            raise bad_key("The Idempotency-Key has already been used with a different request.")
        return seen[2]
    try:
        answer = call()
    except Refused as refusal:
        answer = refusal.answer
    answer = Answer(answer.status, answer.rendered(), answer.headers, answer.kind())
    keys[request.caller.client_id, key] = (now, print_, answer)
    return answer


def _missing(sandbox: Any, request: Request) -> Answer:
    raise not_found()


router = Router(around=around, inside=inside, missing=_missing, ignore_case=True)
