"""Who the tenant is, and how things are shown to its people."""

from collections.abc import Mapping
from typing import Any

from integrations.models import Tenant
from integrations.reading import Node
from runs.tenantfile.section import keep

SLUG = r"[a-z0-9]+(-[a-z0-9]+)*"
NAMES = (
    "slug", "name", "time_zone", "country", "currency", "support_contact", "date_format", "is_active",
)  # fmt: skip


def read_tenant(node: Node) -> dict[str, Any]:
    """Name, place and how things are shown."""
    given = node.fields(*NAMES)
    return {
        "slug": given["slug"].text(
            longest=60, pattern=SLUG, means="has to be small letters, digits and hyphens"
        ),
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
    return {name: getattr(tenant, name) for name in NAMES}
