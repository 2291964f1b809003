"""Where an uploaded file waits between preview and import: a row that only its owner can name."""

import hashlib
from typing import Any

from django.core import signing
from django.http import Http404
from import_export.tmp_storages import BaseStorage

from integrations.models import Tenant
from onecore.models import KEPT_FOR, Upload

SALT = "upload"


class UploadStorage(BaseStorage):
    """One file of one person for one tenant; `name` is a signed token that opens this file
    to that person alone.
    """

    def __init__(self, *, user: Any, tenant: Tenant | None = None, **given: Any) -> None:
        super().__init__(**given)
        self.user, self.tenant = user, tenant

    def save(self, data: str) -> None:
        """Keep the text of a file for two hours; sets `name`. Raises Http404 without a tenant."""
        if self.tenant is None:
            raise Http404
        Upload.objects.forget_old()
        row = Upload.objects.create(
            user=self.user,
            tenant=self.tenant,
            name=str(self.encoding or "file")[:200],
            sha256=hashlib.sha256(data.encode()).hexdigest(),
            content=data,
        )
        parts = {"id": row.pk, "user": self.user.pk, "tenant": self.tenant.pk, "sha256": row.sha256}
        self.name = signing.dumps(parts, salt=SALT)

    def row(self) -> Upload:
        """The row of the token; Http404 when the token is forged, old,
        of another person or of another content.
        """
        try:
            parts = signing.loads(self.name or "", salt=SALT, max_age=KEPT_FOR)
        except signing.BadSignature:
            raise Http404 from None
        held = Upload.objects.held_for(self.user).select_related("tenant")
        found = held.filter(pk=parts["id"], tenant=parts["tenant"], sha256=parts["sha256"]).first()
        same = found and hashlib.sha256(found.content.encode()).hexdigest() == parts["sha256"]
        if found is None or not same or parts["user"] != self.user.pk:
            raise Http404
        return found

    def read(self) -> str:
        """The text that was previewed; sets `tenant`. Raises Http404 as `row` does."""
        found = self.row()
        self.tenant = found.tenant
        return found.content

    def remove(self) -> None:
        """Forget the file."""
        self.row().delete()
