"""What a tenant chose: options common to all integrations, and each integration's own."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from integrations.models import Setting, Tenant
from integrations.reading import Node, suggestion
from integrations.registry import BY_SLUG, TENANT, options_of
from runs.tenantfile.section import keep


def read_options(node: Node) -> dict[str, Any]:
    """The choices common to all integrations."""
    return options(node, TENANT)


def options(node: Node, slug: str) -> dict[str, Any]:
    """Declared options by their names, each of its kind; what is wrong between them is noted too."""
    declared = {option.name: option for option in options_of(slug)}
    found: dict[str, Any] = {}
    problems = len(node.problems)
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
    return in_order(TENANT, row.options) if row else {}


def in_order(slug: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Options as they are declared, whatever order the database keeps; others are left out."""
    return {option.name: stored[option.name] for option in options_of(slug) if option.name in stored}


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
    return {slug: write_setting(rows[slug]) for slug in BY_SLUG if slug in rows}


def write_setting(row: Setting) -> dict[str, Any]:
    """One integration's row."""
    return {
        "enabled": row.enabled,
        "start_date": row.start_date.isoformat() if row.start_date else None,
        "recipients": row.recipients,
        "options": in_order(row.integration, row.options),
    }
