"""The mark “not registered for GST”: which links have it, and how people set it and take it off.

A vendor that was merged or made anew in Procore is the same business to its contact in Xero: the mark of one
that the contact was linked to before holds for the next.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q

from integrations.models import Tenant
from integrations.unregistered import CONTACTS
from mappings.models import Link
from mappings.vendors import UnregisteredVendor


def is_marked() -> Q:
    """Whether a link leads to a vendor that is marked, as part of the query for links."""
    of_tenant = UnregisteredVendor.objects.filter(tenant=OuterRef("tenant"))
    before = Link.objects.filter(
        tenant=OuterRef(OuterRef("tenant")), integration=CONTACTS, subject=OuterRef(OuterRef("subject"))
    )
    own = of_tenant.filter(vendor=OuterRef("target_id"))
    earlier = of_tenant.filter(vendor__in=before.values("target_id"))
    return Q(integration=CONTACTS) & (Exists(own) | Exists(earlier))


def vendors_of(link: Link) -> list[str]:
    """The ids of the vendors that a contact is linked to, or was before."""
    links = Link.objects.of(link.tenant, CONTACTS).filter(subject=link.subject).exclude(target_id="")
    return list(links.order_by("target_id").values_list("target_id", flat=True).distinct())


def mark(tenant: Tenant, vendor: str, name: str, user: Any) -> bool:
    """Mark a vendor; False where it was marked already."""
    if UnregisteredVendor.objects.filter(tenant=tenant, vendor=vendor).exists():
        return False
    row: Any = UnregisteredVendor(tenant=tenant, vendor=vendor, name=name[:300])
    row._history_user = user
    row.save()
    return True


def unmark(tenant: Tenant, vendors: list[str], user: Any) -> bool:
    """Take the marks off these vendors; False where there is none. Their history stays."""
    rows: Any = UnregisteredVendor.objects.filter(tenant=tenant, vendor__in=vendors)
    found = list(rows)
    for row in found:
        row._history_user = user
        row.delete()
    return bool(found)
