"""Asks the sandbox, over real HTTP, every operation of the documents that it offers."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import requests

from integrations.sandbox.server import Sandbox
from tests.contracts import documents
from tests.contracts.operations import server_of
from tests.contracts.world import COMPANY, NAMES, PLACES, QUERY, TENANT
from tests.contracts.writes import Ask

_SAMPLES = {"boolean": ["true", "false"], "integer": ["1"], "number": ["1"], "string": ["a"]}
_FORMATS = {
    "uuid": TENANT,
    "date": "2026-11-01",
    "date-time": "2026-11-01T00:00:00Z",
    "time": "07:00:00",
}
_RAW = "application/octet-stream"
NOBODY = "00000000-0000-4000-8000-000000000000"
_HOLE = re.compile(r"\{(\w+)\}")
_RANGE = "2020-01-01T00:00:00Z...2030-01-01T00:00:00Z"
_XERO_SAMPLES = {
    "where": ["UpdatedDateUTC>DateTime(2020,01,01)"],
    "order": ["UpdatedDateUTC DESC"],
    "unitdp": ["4"],
    "pageSize": ["1"],
    "page": ["1"],
}


XERO_CLIENT = ("sandbox-xero", "sandbox-xero-secret")
REDIRECT = "http://localhost/xero"
SCOPES = (
    "openid offline_access accounting.invoices accounting.payments accounting.banktransactions "
    "accounting.manualjournals accounting.contacts accounting.settings accounting.attachments "
    "accounting.reports.trialbalance.read "
    "payroll.employees.read payroll.payruns.read payroll.settings.read payroll.timesheets"
)


@dataclass(frozen=True)
class Offer:
    """An operation the sandbox answers, with its path filled in."""

    host: str
    method: str
    template: str
    parameters: tuple[Mapping[str, Any], ...]


class Caller:
    """A client of both systems, signed in; it remembers ids from the answers by their names."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.seen = dict(NAMES)
        self._session = requests.Session()
        self._tokens = {"procore": procore_token(sandbox), "xero": xero_tokens(sandbox)["access_token"]}

    def call(
        self, method: str, host: str, path: str, query: Any = (), body: Any = None, **headers: str
    ) -> requests.Response:
        """Send one request; a body goes as JSON, bytes as they are."""
        system = host.split("-")[0]
        sent = {"Authorization": f"Bearer {self._tokens[system]}", "Accept": "application/json"}
        sent |= {"Procore-Company-Id": str(COMPANY)} if system == "procore" else {"xero-tenant-id": TENANT}
        if body is not None:
            sent["Content-Type"] = _RAW if isinstance(body, bytes) else "application/json"
        answer = self._session.request(
            method,
            f"{self.sandbox.address}/{host}{quote(path)}",
            params=list(query),
            headers=sent | headers,
            data=body if body is None or isinstance(body, bytes) else json.dumps(body),
            timeout=20,
            allow_redirects=False,
        )
        if answer.content and "json" in answer.headers.get("Content-Type", ""):
            self.seen |= ids_in(answer.json())
        return answer


def procore_token(sandbox: Sandbox) -> str:
    """Ask for a token as a service."""
    asked = {"grant_type": "client_credentials", "client_id": "sandbox-procore"}
    asked["client_secret"] = "sandbox-procore-secret"
    answer = requests.post(f"{sandbox.address}/procore-login/oauth/token", data=asked, timeout=10)
    return str(answer.json()["access_token"])


def xero_tokens(sandbox: Sandbox) -> dict[str, Any]:
    """Consent as a person would, and trade the code for tokens."""
    asked = {"response_type": "code", "client_id": XERO_CLIENT[0], "redirect_uri": REDIRECT, "state": "s"}
    asked["scope"] = SCOPES
    page = f"{sandbox.address}/xero-login/identity/connect/authorize"
    requests.get(page, params=asked, timeout=10).raise_for_status()
    decided = {**asked, "tenant": TENANT, "decision": "allow"}
    answer = requests.post(page, data=decided, timeout=10, allow_redirects=False)
    code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
    grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    tokens = f"{sandbox.address}/xero-identity/connect/token"
    return dict(requests.post(tokens, data=grant, auth=XERO_CLIENT, timeout=10).json())


def offers(sandbox: Sandbox, folder: Path, host: str, name: str) -> list[Offer]:
    """Return the operations of one document that the sandbox has a route for."""
    document = documents.read(folder / f"{name}.openapi.yaml")
    server = server_of(document)
    found = []
    for template, item in document["paths"].items():
        for method, node in item.items():
            if method == "parameters" or not sandbox.routers[host].find(
                method.upper(), server + filled(template, NAMES)
            ):
                continue
            nodes = [*item.get("parameters", ()), *node.get("parameters", ())]
            parameters = tuple(documents.resolve(document, parameter) for parameter in nodes)
            found.append(Offer(host, method.upper(), server + template, parameters))
    return found


def filled(template: str, seen: Mapping[str, str]) -> str:
    """Fill a path's holes with ids seen before, those of the small world, or of nothing at all."""
    steps = template.split("/")
    for place, step in enumerate(steps):
        if step.startswith("{"):
            nothing = NOBODY if step.endswith("ID}") else "1"
            steps[place] = str(seen.get(step[1:-1]) or PLACES.get(steps[place - 1], nothing))
    return "/".join(steps)


def queries(offer: Offer) -> Iterator[list[tuple[str, str]]]:
    """Yield the queries to ask: the required parameters alone, then with each other parameter in turn."""
    asked = [parameter for parameter in offer.parameters if parameter["in"] == "query"]
    needed = [(p["name"], value(p)[0]) for p in asked if p.get("required") or "x-one-of-required" in p]
    yield needed
    for parameter in asked:
        if parameter["name"] not in dict(needed):
            for text in value(parameter):
                yield [*needed, (parameter["name"], text)]


def value(parameter: Mapping[str, Any]) -> list[str]:
    """Return values to try for a query parameter."""
    name, schema = parameter["name"], parameter["schema"]
    if name in QUERY:
        return [str(QUERY[name])]
    if name in _XERO_SAMPLES:
        return [*_XERO_SAMPLES[name]]
    if "x-range-delimiter" in schema:
        return [_RANGE]
    if schema.get("type") == "array":
        return value({"name": "", "schema": schema.get("items", {})})
    if schema.get("format") in _FORMATS:
        return [_FORMATS[schema["format"]]]
    return [str(choice) for choice in schema.get("enum", ())] or _SAMPLES.get(
        schema.get("type", "string"), []
    )


def read_everything(caller: Caller, folder: Path, host: str, name: str) -> list[Offer]:
    """Ask every reading operation in every way; return the operations asked."""
    asked = [offer for offer in offers(caller.sandbox, folder, host, name) if offer.method == "GET"]
    for offer in asked:
        kind = {"contentType": _RAW} if "/Attachments/" in offer.template else {}
        for query in queries(offer):
            caller.call("GET", host, filled(offer.template, caller.seen), query, **kind)
        if any(parameter["name"] == "If-Modified-Since" for parameter in offer.parameters):
            since = {"If-Modified-Since": "2026-01-01T00:00:00"}
            caller.call("GET", host, filled(offer.template, caller.seen), **since)
    return asked


def perform(caller: Caller, host: str, asks: Iterable[Ask]) -> list[str]:
    """Send each request; return those answered with another status than expected."""
    wrong = []
    for ask in asks:
        path, body = named(ask.path, caller.seen), named(ask.body, caller.seen)
        answer = caller.call(ask.method, host, path, ask.query.items(), body, **ask.headers)
        if answer.status_code != ask.status:
            wrong.append(f"{ask.method} {path}: {answer.status_code} {answer.text[:300]}")
    return wrong


def named(value: Any, seen: Mapping[str, str]) -> Any:
    """Put ids in the place of their names in braces, in a path or all through a body."""
    if isinstance(value, dict):
        return {name: named(held, seen) for name, held in value.items()}
    if isinstance(value, list):
        return [named(held, seen) for held in value]
    return _HOLE.sub(lambda hole: seen.get(hole[1], hole[0]), value) if isinstance(value, str) else value


def ids_in(answer: Any) -> dict[str, str]:
    """Return the ids of the first record of a collection, and below them those of its parts."""
    if isinstance(answer, list):
        return ids_in(answer[0]) if answer else {}
    if not isinstance(answer, dict):
        return {}
    below: dict[str, str] = {}
    for held in answer.values():
        below |= ids_in(held)
    return below | {
        name: held for name, held in answer.items() if name.endswith("ID") and isinstance(held, str)
    }


def sign_out(caller: Caller) -> None:
    """Ask the login hosts what the other requests did not: refused grants, revocation, disconnecting."""
    address = caller.sandbox.address
    client = dict(zip(("client_id", "client_secret"), XERO_CLIENT, strict=True))
    grant = {"grant_type": "refresh_token", "refresh_token": "gone", **client}
    requests.post(f"{address}/xero-identity/connect/token", data=grant, timeout=10)
    code = {
        "grant_type": "authorization_code",
        "code": "gone",
        "redirect_uri": REDIRECT,
        "code_verifier": "v",
    }
    asked = {**code, "client_id": "sandbox-procore", "client_secret": "sandbox-procore-secret"}
    requests.post(f"{address}/procore-login/oauth/token", data=asked, timeout=10)
    tokens = xero_tokens(caller.sandbox)
    connection = caller.call("GET", "xero-api", "/connections").json()[0]["id"]
    for missing in (f"/connections/{NOBODY}", f"/Connections/{NOBODY}"):
        caller.call("DELETE", "xero-api", missing)
    caller.call("DELETE", "xero-api", f"/connections/{connection}")
    revoked = {"token": tokens["refresh_token"], **client}
    requests.post(f"{address}/xero-identity/connect/revocation", data=revoked, timeout=10)
