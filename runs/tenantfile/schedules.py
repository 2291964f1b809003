"""When runs start by themselves."""

from datetime import time
from typing import Any

from integrations.models import Tenant
from integrations.reading import Node
from integrations.registry import BY_SLUG
from runs.models import Repeat, Schedule
from runs.tenantfile.section import keep

# What each rule needs besides its name; the others go by the time of day.
NEEDED = {"every": ("minutes",), "weekly": ("at", "weekday"), "monthly": ("at", "day"), "cron": ("cron",)}


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
    written = []
    for row in tenant.schedules.order_by("name"):
        names = ("name", "integrations", "rule", *NEEDED.get(row.rule, ("at",)), "enabled")
        values = {name: getattr(row, name) for name in names}
        written.append(values | ({"at": values["at"].strftime("%H:%M")} if "at" in values else {}))
    return written
