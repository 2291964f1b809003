"""OneCore's own catalogue behind the same interface as Procore and Xero: read, search, write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from integrations.base import Record, Resource, Write
from integrations.http import NOTHING, Outcome
from integrations.models import Tenant
from mappings import retained
from mappings.models import CatalogueEntry

OWN = ("code", "name", "parent", "is_leaf", "is_active", "details")


class LocalClient:
    """The catalogue of one tenant. A resource's path is the kind of its entries; no call ever leaves."""

    system = "onecore"

    def __init__(self, tenant: Tenant) -> None:
        self.tenant, self.external_id = tenant, str(tenant.pk)
        self.calls: Counter[str] = Counter()

    def read(
        self,
        resource: Resource,
        *,
        scope: Mapping[str, str] = NOTHING,
        changed_since: datetime | None = None,
        ids: Sequence[str] = (),
    ) -> Iterator[dict[str, Any]]:
        """The entries of one kind: all, those changed since a moment, or those with these keys."""
        if resource.path in retained.READ:
            yield from (
                one for one in retained.READ[resource.path](self.tenant) if not ids or one["key"] in ids
            )
            return
        entries = CatalogueEntry.objects.filter(tenant=self.tenant, kind=resource.path)
        if ids:
            entries = entries.filter(key__in=list(ids))
        if changed_since is not None:
            entries = entries.filter(updated_at__gte=changed_since)
        for entry in entries.order_by("key"):
            yield entry.as_record()

    def read_one(
        self, resource: Resource, record_id: str, *, scope: Mapping[str, str] = NOTHING
    ) -> dict[str, Any] | None:
        """The entry with this key, or None."""
        return next(self.read(resource, ids=(record_id,)), None)

    def search(
        self, resource: Resource, markers: Sequence[Record], *, scope: Mapping[str, str] = NOTHING
    ) -> Iterator[dict[str, Any]]:
        """The entries with the keys named."""
        keys = [str(marker["key"]) for marker in markers if marker.get("key")]
        return self.read(resource, ids=keys) if keys else iter(())

    def write(
        self, write: Write, payloads: Sequence[Record], *, key: str, scope: Mapping[str, str] = NOTHING
    ) -> list[Outcome]:
        """Create, update or remove entries, all or none; their order is that of the payloads."""
        with transaction.atomic():
            if write.method == "remove" and write.path in retained.DROP:
                retained.DROP[write.path](self.tenant, scope["id"])
                return [Outcome(True)]
            if write.method == "remove":
                CatalogueEntry.objects.filter(tenant=self.tenant, kind=write.path, key=scope["id"]).delete()
                return [Outcome(True)]
            return [Outcome(True, self._keep(write.path, payload)) for payload in payloads]

    def _keep(self, kind: str, payload: Record) -> dict[str, Any]:
        if kind in retained.KEEP:
            return retained.KEEP[kind](self.tenant, payload)
        values = {name: payload[name] for name in OWN if name in payload and payload[name] is not None}
        entry, _ = CatalogueEntry.objects.update_or_create(
            tenant=self.tenant, kind=kind, key=str(payload["key"]), defaults=values
        )
        return entry.as_record()
