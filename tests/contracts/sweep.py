"""Asks the sandbox, over real HTTP, every operation of the documents that it offers."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from integrations.sandbox.server import Sandbox
from tests.contracts import documents
from tests.contracts.operations import server_of
from tests.contracts.world import COMPANY, NAMES, PLACES, QUERY, TENANT

_SAMPLES = {"boolean": ["true", "false"], "integer": ["1"], "number": ["1"], "string": ["a"], "array": ["1"]}
_FORMATS = {"uuid": TENANT, "date": "2026-11-01", "date-time": "2026-11-01T00:00:00Z"}
_RANGE = "2020-01-01T00:00:00Z...2030-01-01T00:00:00Z"
_XERO_SAMPLES: Mapping[str, list[str]] = {
    "where": ['Name!=""'], "order": ["UpdatedDateUTC DESC"], "unitdp": ["4"], "pageSize": ["1"], "page": ["1"],
}  # fmt: skip


@dataclass(frozen=True)
class Offer:
    """An operation the sandbox answers, with its path filled in."""

    host: str
    method: str
    path: str
    template: str
    node: Mapping[str, Any]
    parameters: tuple[Mapping[str, Any], ...]


class Caller:
    """A signed-in client of both systems."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._session = requests.Session()
        self._tokens = {system: token_of(sandbox, system) for system in ("procore", "xero")}

    def call(
        self, method: str, host: str, path: str, query: Any = (), body: Any = None, **headers: str
    ) -> requests.Response:
        """Send one request; `body` goes as JSON."""
        system = host.split("-")[0]
        sent = {"Authorization": f"Bearer {self._tokens[system]}", "Accept": "application/json"}
        sent |= {"Procore-Company-Id": str(COMPANY)} if system == "procore" else {"xero-tenant-id": TENANT}
        if body is not None:
            sent["Content-Type"] = "application/json"
        return self._session.request(
            method, f"{self.sandbox.address}/{host}{quote(path)}", params=list(query), headers=sent | headers,
            data=None if body is None else json.dumps(body), timeout=20, allow_redirects=False,
        )  # fmt: skip


def token_of(sandbox: Sandbox, system: str) -> str:
    """Issue a token as the system's own sign-in would, for its default app."""
    client = sandbox.oauth.client(system, f"sandbox-{system}")
    assert client is not None
    user = (sandbox.oauth.users.get(system) or [{"id": "101"}])[0]
    token = sandbox.oauth.issue(
        client, user_id=str(user["id"]), lifetime=3600.0, scopes=SCOPES, targets=(TENANT,) if system == "xero" else ()
    )
    return str(token.access)


SCOPES = (
    "openid", "offline_access", "accounting.transactions", "accounting.invoices", "accounting.payments",
    "accounting.banktransactions", "accounting.contacts", "accounting.settings", "accounting.attachments",
)  # fmt: skip


def offers(sandbox: Sandbox, folder: Path, host: str, name: str) -> Iterator[Offer]:
    """Yield the operations of one document that the sandbox has a route for."""
    document = documents.read(folder / f"{name}.openapi.yaml")
    server = server_of(document)
    for template, item in document["paths"].items():
        path = server + filled(template)
        for method, node in item.items():
            if method == "parameters" or not sandbox.routers[host].find(method.upper(), path):
                continue
            nodes = [*item.get("parameters", ()), *node.get("parameters", ())]
            parameters = tuple(documents.resolve(document, parameter) for parameter in nodes)
            yield Offer(host, method.upper(), path, template, node, parameters)


def filled(template: str) -> str:
    """Fill a path's holes with the ids of the small world."""
    steps = template.split("/")
    for place, step in enumerate(steps):
        if step.startswith("{"):
            steps[place] = str(NAMES.get(step[1:-1]) or PLACES.get(steps[place - 1], 1))
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
    return [str(choice) for choice in schema.get("enum", ())] or _SAMPLES.get(schema.get("type", "string"), [])


def read_everything(caller: Caller, folder: Path, host: str, name: str) -> list[Offer]:
    """Ask every reading operation in every way; return the operations asked."""
    asked = [offer for offer in offers(caller.sandbox, folder, host, name) if offer.method == "GET"]
    for offer in asked:
        for query in queries(offer):
            caller.call("GET", host, offer.path, query)
    return asked
