"""A tenant as a file: everything but secrets, people and what was synchronised, written and read whole.

Secrets are named by environment variables. A file with any mistake changes nothing, and says every mistake with its
place. What a file does not name is not there after its import.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Model

from integrations.environments import environments
from integrations.models import Connection, Credential, Setting, State, Tenant
from integrations.reading import Node, Problem, Unreadable, opened, suggestion
from integrations.registry import BY_SLUG, TENANT, options_of
from mappings.models import CostCodeRule
from runs.models import Repeat, Schedule

FORMAT = "onecore-tenant-1"
PREFIX = "ONECORE_CREDENTIAL_"
LARGEST = 20 * 1024 * 1024  # bytes
VARIABLE = rf"{PREFIX}[A-Z0-9_]+"
SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
KINDS = tuple(Credential.Kind.values)
RULE = ("project", "code", "cost_type", "vendor", "expense_account", "revenue_account", "item", "tax_type", "note")
RULE_KEY = RULE[:4]


@dataclass(frozen=True)
class Section:
    """A part of the file: how it is read, saved and written. `save` runs in the transaction of the import."""

    name: str
    read: Callable[[Node], Any]
    save: Callable[[Tenant, Any, Node], None]
    write: Callable[[Tenant], Any]


# --- who it is


def read_tenant(node: Node) -> dict[str, Any]:
    """Name, place and how things are shown."""
    given = node.fields(
        "slug", "name", "time_zone", "country", "currency", "support_contact", "date_format", "is_active"
    )
    return {
        "slug": given["slug"].text(longest=60, pattern=SLUG, means="has to be small letters, digits and hyphens"),
        "name": given["name"].text(),
        "time_zone": given["time_zone"].text(default="Australia/Sydney", longest=60),
        "country": given["country"].text(default="AU", longest=2),
        "currency": given["currency"].text(default="AUD", longest=3),
        "support_contact": given["support_contact"].text(default=""),
        "date_format": given["date_format"].text(default="j M Y", longest=20),
        "is_active": given["is_active"].flag(default=True),
    }


def save_tenant(tenant: Tenant, read: Mapping[str, Any], node: Node) -> None:
    """The row itself."""
    for name, value in read.items():
        setattr(tenant, name, value)
    keep(tenant, node)


def write_tenant(tenant: Tenant) -> dict[str, Any]:
    """As it is read."""
    names = ("slug", "name", "time_zone", "country", "currency", "support_contact", "date_format", "is_active")
    return {name: getattr(tenant, name) for name in names}


# --- where it connects


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
        name: limit.whole(default=0, least=1, most=1_000_000) for name, limit in given["limits"].members().items()
    }
    for name in limits:
        if name not in ("minute", "day", "spike", "hour", "concurrent"):
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
        keep(row, place)


def save_credential(tenant: Tenant, system: str, given: Mapping[str, Any], node: Node) -> Credential:
    """The credential of that name, whose tokens stay as long as its application stays the same."""
    read = given["credential"]
    row = Credential.objects.filter(name=read["name"]).first() or Credential(name=read["name"])
    client_id = os.environ.get(read["id_variable"], "").strip()
    moved = row.pk and (row.system, row.environment, row.client_id) != (system, given["environment"], client_id)
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
                **({"limits": credential.tiers} if credential.tiers else {}),
            },
        }
    return written


# --- what it chose


def read_options(node: Node) -> dict[str, Any]:
    """The choices common to all integrations."""
    return options(node, TENANT)


def options(node: Node, slug: str) -> dict[str, Any]:
    """Declared options by their names, each of its kind; what is wrong between them is noted too."""
    declared = {option.name: option for option in options_of(slug)}
    found, problems = {}, len(node.problems)
    for name, given in node.members().items():
        if name not in declared:
            given.wrong(f"is no option of this{suggestion(name, tuple(declared))}")
            continue
        option = declared[name]
        match option.kind:
            case "choice":
                found[name] = given.one_of(tuple(value for value, _words in option.choices))
            case "yes-no":
                found[name] = given.flag(default=bool(option.default))
            case "number":
                found[name] = given.whole(default=0)
            case "date":
                day = given.day()
                found[name] = day.isoformat() if day else ""
            case "account":
                found[name] = given.text(default="", longest=20)
            case _:
                found[name] = given.text(default="", longest=500)
    if len(node.problems) == problems:
        whole = {name: option.default for name, option in declared.items()} | found
        for name, option in declared.items():
            words = option.needs(whole) if option.needs else ""
            if words:
                node.problems.append((f"{node.place}.{name}", words))
    return found


def save_options(tenant: Tenant, read: Mapping[str, Any], node: Node) -> None:
    """In the row of the tenant as a whole."""
    save_setting(tenant, TENANT, {"enabled": True, "options": read}, node)


def save_setting(tenant: Tenant, slug: str, values: Mapping[str, Any], node: Node) -> None:
    """One integration's row."""
    row = tenant.settings.filter(integration=slug).first() or Setting(tenant=tenant, integration=slug)
    for name, value in values.items():
        setattr(row, name, value)
    keep(row, node)


def write_options(tenant: Tenant) -> dict[str, Any]:
    """As stored."""
    row = tenant.settings.filter(integration=TENANT).first()
    return dict(row.options) if row else {}


def read_integrations(node: Node) -> dict[str, dict[str, Any]]:
    """Every integration that is named, by its slug."""
    found = {}
    for slug, given in node.members().items():
        if slug not in BY_SLUG:
            given.wrong(f"is no integration{suggestion(slug, tuple(BY_SLUG))}")
            continue
        parts = given.fields("enabled", "start_date", "recipients", "options")
        found[slug] = {
            "enabled": parts["enabled"].flag(default=True),
            "start_date": parts["start_date"].day(),
            "recipients": [recipient(one) for one in parts["recipients"].items()],
            "options": options(parts["options"], slug),
        }
    return found


def recipient(node: Node) -> str:
    """An e-mail address."""
    address = node.text(longest=254)
    try:
        if address:
            validate_email(address)
    except ValidationError:
        node.wrong("is not an e-mail address")
    return address


def save_integrations(tenant: Tenant, read: Mapping[str, Mapping[str, Any]], node: Node) -> None:
    """Those that are not named are off, with their usual options."""
    for row in tenant.settings.exclude(integration__in=[TENANT, *read]):
        row.delete()
    for slug, values in read.items():
        save_setting(tenant, slug, values, node.at(slug))


def write_integrations(tenant: Tenant) -> dict[str, Any]:
    """In the order in which they run; those no longer declared are left out."""
    rows = {row.integration: row for row in tenant.settings.all()}
    return {
        slug: {
            "enabled": rows[slug].enabled,
            "start_date": rows[slug].start_date.isoformat() if rows[slug].start_date else None,
            "recipients": rows[slug].recipients,
            "options": rows[slug].options,
        }
        for slug in BY_SLUG
        if slug in rows
    }


# --- which account a cost gets


def read_rules(node: Node) -> list[tuple[Node, dict[str, str]]]:
    """The cost code rules; two for the same thing are a problem of the second."""
    found, seen = [], dict[tuple[str, ...], str]()
    for item in node.items():
        given = item.fields(*RULE)
        rule = {name: given[name].text(default="", longest=longest(name)) for name in RULE}
        key = tuple(rule[name] for name in RULE_KEY)
        if key in seen:
            item.wrong(f"is for the same project, code, cost type and vendor as {seen[key]}")
        seen.setdefault(key, item.place)
        found.append((item, rule))
    return found


def longest(column: str) -> int:
    """How many characters a rule's column holds."""
    return int(CostCodeRule._meta.get_field(column).max_length or 0)


def save_rules(tenant: Tenant, read: list[tuple[Node, dict[str, str]]], node: Node) -> None:
    """As in the file; a rule that stays as it is leaves no trace in the history."""
    held = {tuple(getattr(row, name) for name in RULE_KEY): row for row in tenant.cost_code_rules.all()}
    for item, rule in read:
        row = held.pop(tuple(rule[name] for name in RULE_KEY), None)
        if row is not None and all(getattr(row, name) == value for name, value in rule.items()):
            continue
        row = row or CostCodeRule(tenant=tenant)
        for name, value in rule.items():
            setattr(row, name, value)
        keep(row, item)
    for row in held.values():
        row.delete()


def write_rules(tenant: Tenant) -> list[dict[str, str]]:
    """Filled columns only."""
    rows = tenant.cost_code_rules.order_by(*RULE_KEY)
    return [{name: getattr(row, name) for name in RULE if getattr(row, name)} for row in rows]


# --- when it runs


def read_schedules(node: Node) -> list[tuple[Node, dict[str, Any]]]:
    """The schedules; each has a name of its own."""
    found, seen = [], set[str]()
    known = ("nightly", *BY_SLUG)
    for item in node.items():
        given = item.fields(
            "name", "integrations", "rule", "minutes", "at", "weekday", "day", "cron", "enabled"
        )
        name = given["name"].text(longest=100)
        if name in seen:
            given["name"].wrong("is the name of another schedule too")
        seen.add(name)
        slugs = [slug.one_of(known) for slug in given["integrations"].items()]
        if not slugs:
            given["integrations"].wrong('has to name integrations, or ["nightly"]')
        found.append((item, {
            "name": name,
            "integrations": slugs,
            "rule": given["rule"].one_of(tuple(Repeat.values), default=Repeat.DAILY),
            "minutes": given["minutes"].whole(default=15, least=1, most=1439),
            "at": given["at"].time(default=time(2, 0)),
            "weekday": given["weekday"].whole(default=0, most=6),
            "day": given["day"].whole(default=1, least=1, most=31),
            "cron": given["cron"].text(default="", longest=100),
            "enabled": given["enabled"].flag(default=True),
        }))  # fmt: skip
    return found


def save_schedules(tenant: Tenant, read: list[tuple[Node, dict[str, Any]]], node: Node) -> None:
    """By name; what a schedule has run already is kept with it."""
    tenant.schedules.exclude(name__in=[values["name"] for _item, values in read]).delete()
    for item, values in read:
        row = tenant.schedules.filter(name=values["name"]).first() or Schedule(tenant=tenant)
        for name, value in values.items():
            setattr(row, name, value)
        keep(row, item)


def write_schedules(tenant: Tenant) -> list[dict[str, Any]]:
    """What the rule of each needs, and no more."""
    needed = {"every": ("minutes",), "weekly": ("at", "weekday"), "monthly": ("at", "day"), "cron": ("cron",)}
    written = []
    for row in tenant.schedules.order_by("name"):
        names = ("name", "integrations", "rule", *needed.get(row.rule, ("at",)), "enabled")
        values = {name: getattr(row, name) for name in names}
        written.append(values | ({"at": values["at"].strftime("%H:%M")} if "at" in values else {}))
    return written


SECTIONS = (
    Section("tenant", read_tenant, save_tenant, write_tenant),
    Section("connections", read_connections, save_connections, write_connections),
    Section("options", read_options, save_options, write_options),
    Section("integrations", read_integrations, save_integrations, write_integrations),
    Section("cost_code_rules", read_rules, save_rules, write_rules),
    Section("schedules", read_schedules, save_schedules, write_schedules),
)
