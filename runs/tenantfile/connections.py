"""Where a tenant connects. An application's id and secret are named by variables, never written."""

import os
import re
from collections.abc import Mapping
from typing import Any

from integrations.environments import environments
from integrations.models import Connection, Credential, State, Tenant
from integrations.reading import Node
from runs.tenantfile.section import keep

PREFIX = "ONECORE_CREDENTIAL_"
VARIABLE = rf"{PREFIX}[A-Z0-9_]+"
KINDS = tuple(Credential.Kind.values)
LIMITS = ("minute", "day", "spike", "hour", "concurrent")


def read_connections(node: Node) -> dict[str, dict[str, Any]]:
    """Both systems; a tenant without one of them has nothing to keep in agreement."""
    given = node.fields("procore", "xero")
    return {system: read_connection(system, given[system]) for system in given}


def read_connection(system: str, node: Node) -> dict[str, Any]:
    """The company or organisation, and the credential that reaches it."""
    place = "company" if system == "procore" else "organisation"
    given = node.fields("environment", place, "name", "web", "credential")
    offered = tuple(one.key for one in environments() if one.system == system)
    pattern = r"\d{1,18}" if system == "procore" else r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    means = "has to be the company's number" if system == "procore" else "has to be the organisation's id"
    return {
        "environment": given["environment"].one_of(offered),
        "external_id": given[place].text(longest=64, pattern=pattern, means=means),
        "name": given["name"].text(default=""),
        "web": given["web"].text(default="", pattern=r"https?://\S+", means="has to be a web address"),
        "credential": read_credential(given["credential"]),
    }


def read_credential(node: Node) -> dict[str, Any]:
    """The application's id and secret, each by the name of an environment variable."""
    given = node.fields("name", "kind", "client_id", "client_secret", "scopes", "limits")
    limits = {
        name: limit.whole(default=0, least=1, most=1_000_000)
        for name, limit in given["limits"].members().items()
    }
    for name in limits:
        if name not in LIMITS:
            given["limits"].at(name).wrong("is no limit; there are minute, day, spike, hour and concurrent")
    return {
        "name": given["name"].text(longest=120),
        "kind": given["kind"].one_of(KINDS, default=KINDS[0]),
        "id_variable": variable(given["client_id"]),
        "secret_variable": variable(given["client_secret"]),
        "scopes": given["scopes"].text(default="", longest=2000),
        "tiers": limits,
    }


def variable(node: Node) -> str:
    """The name of an environment variable that is set here; the value never stands in a file."""
    means = f"has to name an environment variable that begins with {PREFIX}"
    name = node.text(longest=120, pattern=VARIABLE, means=means)
    if re.fullmatch(VARIABLE, name) and not os.environ.get(name, "").strip():
        node.wrong(f"{name} is not set in this environment")
    return name


def save_connections(tenant: Tenant, read: Mapping[str, Mapping[str, Any]], node: Node) -> None:
    """The connections of both systems with their credentials."""
    for system, given in read.items():
        place = node.at(system)
        credential = save_credential(tenant, system, given, place.at("credential"))
        row = tenant.connections.filter(system=system).first() or Connection(tenant=tenant, system=system)
        if row.external_id != given["external_id"] or row.credential_id != credential.pk:
            row.state, row.state_message = State.OK, ""
        row.credential, row.external_id = credential, given["external_id"]
        row.name, row.web = given["name"], given["web"]
        keep(row, place, external_id="company" if system == "procore" else "organisation")


def save_credential(tenant: Tenant, system: str, given: Mapping[str, Any], node: Node) -> Credential:
    """The credential of that name, whose tokens stay as long as its application stays the same."""
    read = given["credential"]
    row = Credential.objects.filter(name=read["name"]).first() or Credential(name=read["name"])
    client_id = os.environ.get(read["id_variable"], "").strip()
    moved = row.pk and (row.system, row.environment, row.client_id) != (
        system,
        given["environment"],
        client_id,
    )
    if moved and row.connections.exclude(tenant=tenant).exists():
        node.at("name").wrong("is the credential of another tenant, which points elsewhere")
    if moved or not row.pk:
        row.access_token = row.refresh_token = ""
        row.expires_at, row.epoch = None, row.epoch + 1
        waits = read["kind"] == Credential.Kind.CODE
        row.state = State.RECONNECT if waits else State.OK
        row.state_message = "The consent has not been given yet. Connect it." if waits else ""
    row.system, row.environment, row.client_id = system, given["environment"], client_id
    row.client_secret = os.environ.get(read["secret_variable"], "").strip()
    for name in ("kind", "id_variable", "secret_variable", "scopes", "tiers"):
        setattr(row, name, read[name])
    keep(row, node)
    return row


def write_connections(tenant: Tenant) -> dict[str, Any]:
    """Without any secret; a credential made in the portal gets variables named after its own name."""
    written = {}
    for row in tenant.connections.ready().order_by("system"):
        credential, place = row.credential, "company" if row.system == "procore" else "organisation"
        stem = PREFIX + re.sub(r"[^A-Z0-9]+", "_", credential.name.upper()).strip("_")
        written[row.system] = {
            "environment": credential.environment,
            place: row.external_id,
            "name": row.name,
            **({"web": row.web} if row.web else {}),
            "credential": {
                "name": credential.name,
                "kind": credential.kind,
                "client_id": credential.id_variable or f"{stem}_ID",
                "client_secret": credential.secret_variable or f"{stem}_SECRET",
                **({"scopes": credential.scopes} if credential.scopes else {}),
                **({"limits": dict(sorted(credential.tiers.items()))} if credential.tiers else {}),
            },
        }
    return written
