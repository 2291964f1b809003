"""What every call to Procore's API host goes through: token, company header, limits, company and project."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.limits import Window
from integrations.sandbox.oauth import Token
from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.errors import absent, refused
from integrations.sandbox.procore.fields import Record
from integrations.sandbox.procore.lists import whole
from integrations.sandbox.routing import Answer, BadBody, Refused, Request, Router, Run

WITHOUT_COMPANY = ("/rest/v1.0/me", "/rest/v1.0/companies")
TOO_MANY = (
    "You have surpassed the max number of requests for an hour. "
    "Your limit resets at the time given in the X-Rate-Limit-Reset header."
)


@dataclass(frozen=True)
class Caller:
    """Who calls: the token, its user, and the company the header names (None where it may be missing)."""

    token: Token
    user: Record
    company: Company | None


def _missing(sandbox: Any, request: Request) -> Answer:
    return absent("Route").answer


def _around(sandbox: Any, request: Request, run: Run) -> Answer:
    try:
        answer, headers = _admitted(sandbox, request, run)
    except Refused as refusal:
        answer, headers = refusal.answer, {}
    answer.headers = {"x-request-id": secrets.token_hex(8), **headers, **answer.headers}
    return answer


def _admitted(sandbox: Any, request: Request, run: Run) -> tuple[Answer, dict[str, str]]:
    token = sandbox.oauth.bearer("procore", request)
    if token is None or token.expires <= sandbox.clock.seconds():
        raise refused(401, "The access token is missing, expired or revoked")
    headers = _count(sandbox, request, token)
    try:
        request.caller = _caller(sandbox, request, token)
        return run(), headers
    except Refused as refusal:
        return refusal.answer, headers


def _count(sandbox: Any, request: Request, token: Token) -> dict[str, str]:
    """The X-Rate-Limit headers of the closer limit; raises 429. Each app has its own budget per company."""
    switches = sandbox.switches
    key = f"procore:{token.client_id}:{request.headers.get('procore-company-id') or '-'}"
    windows = (
        Window("hour", key, 3600.0, switches.procore_hourly_limit),
        Window("spike", key, 10.0, switches.procore_spike_limit),
    )
    if not switches.limits:
        return {}
    full, counts = sandbox.limits.take(*windows)
    closer = next((c for c in counts if c.window is full), None) or min(counts, key=lambda c: c.remaining)
    wait = closer.wait if full else closer.window.seconds
    headers = {
        "X-Rate-Limit-Limit": str(closer.window.limit),
        "X-Rate-Limit-Remaining": str(closer.remaining),
        "X-Rate-Limit-Reset": str(int(sandbox.clock.seconds() + wait) + 1),
    }
    if full is None:
        return headers
    if switches.procore_retry_after:
        headers["Retry-After"] = str(int(wait) + 1)
    raise refused(429, TOO_MANY, headers=headers)


def _caller(sandbox: Any, request: Request, token: Token) -> Caller:
    users = sandbox.oauth.users.get("procore") or [u for c in sandbox.procore.values() for u in c.users[:1]]
    user = next((u for u in users if str(u["id"]) == token.user_id), None)
    user = user or {
        "id": 900001,
        "name": "OneCore service account",
        "login": f"{token.client_id}@procore.com",
    }
    text = request.headers.get("procore-company-id")
    if not text:
        about_project = request.arg("company_id") or request.arg("project_id")
        exempt = (
            request.path.rstrip("/") in WITHOUT_COMPANY and token.user_id is not None and not about_project
        )
        if not exempt:
            status = sandbox.switches.procore_missing_company_status
            raise refused(status, "Missing Procore-Company-Id header! Every request has to name its company.")
        return Caller(token, user, None)
    company = sandbox.procore.get(whole(text.strip(), "Procore-Company-Id"))
    allowed = sandbox.oauth.client("procore", token.client_id)
    if company is None or (
        allowed and allowed.targets is not None and str(company.id) not in allowed.targets
    ):
        raise refused(403, "You do not have access to this company")
    if not company.facts.get("connected", True):
        raise refused(403, "App is not connected to this company")
    return Caller(token, user, company)


def _inside(sandbox: Any, request: Request, call: Run) -> Answer:
    try:
        return call()
    except BadBody as error:
        raise refused(400, f"The request body is not JSON: {error}") from error


api = Router(around=_around, inside=_inside, missing=_missing)


def company_of(request: Request, *, given: Any = None) -> Company:
    """The caller's company; a company named in path, query or body has to be the same one. Raises Refused."""
    company: Company | None = request.caller.company
    named = request.arg("company_id") if given is None else given
    if company is None:
        raise refused(400, "Missing Procore-Company-Id header! Every request has to name its company.")
    if named is not None and str(named) != str(company.id):
        raise refused(403, "The company named differs from the Procore-Company-Id header")
    return company


def needed_company(request: Request) -> Company:
    """As `company_of`, for calls whose query has to carry company_id."""
    whole(request.arg("company_id"), "company_id")
    return company_of(request)


def permitted(company: Company, project: Record) -> bool:
    """Whether the app may see a project."""
    listed = company.facts.get("permitted_project_ids")
    return listed is None or project["id"] in listed


def project_of(request: Request, *, given: Any = None) -> tuple[Company, Record]:
    """The project named in path, body or query, if the app may see it; raises Refused."""
    company = company_of(request)
    id = whole(
        None
        if given is None and request.arg("project_id") is None
        else str(given or request.arg("project_id")),
        "project_id",
    )
    project = company.get("projects", id)
    if project is None:
        raise absent("Project")
    if not permitted(company, project):
        raise refused(403, "You do not have access to this project")
    return company, project


def body_of(request: Request) -> Record:
    """The JSON object sent; raises Refused when it is something else or not declared as JSON."""
    if "json" not in (request.headers.get("content-type") or "").lower():
        raise refused(400, "The Content-Type has to be application/json")
    body = request.json
    if not isinstance(body, dict):
        raise refused(400, "The body has to be an object")
    return body


def part_of(body: Record, name: str) -> Record:
    """An object inside the body; raises Refused when it is missing or no object."""
    part = body.get(name)
    if not isinstance(part, dict):
        raise refused(400, f"param is missing or the value is empty: {name}", fields=name)
    return part


Writer = Callable[[Record], bytes]


def writer(company: Company, kind: str, view: str, render: Callable[[Company, Record], Record]) -> Writer:
    """A function that gives a record's JSON in a view, remembered until the record changes."""
    return lambda record: company.written(kind, record, view, lambda found: render(company, found))
