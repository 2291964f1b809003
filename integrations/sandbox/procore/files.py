"""Files of records: an address of the API, which leads to signed storage (procore.md, section 16).

The token opens the first address only; storage refuses a request that carries one.
"""

import base64
import hashlib
from typing import Any

from integrations.sandbox.oauth import redirect
from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.errors import absent
from integrations.sandbox.procore.fields import Record
from integrations.sandbox.procore.frame import api, company_of
from integrations.sandbox.procore.login import login
from integrations.sandbox.routing import Answer, Request

WITH_FILES = ("requisitions", "payment_applications", "direct_costs")
_BEGINNINGS = {"pdf": b"%PDF-1.4\n", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff\xe0"}


def shown(company: Company, record: Record) -> list[Record]:
    """A record's attachments as the API lists them."""
    return [
        {
            "id": one["id"],
            "url": f"{company.address()}/procore-api/files/{one['id']}",
            "filename": one["filename"],
            "content_type": one.get("content_type") or "application/octet-stream",
        }
        for one in record.get("attachments") or ()
    ]


def content(one: Record) -> bytes:
    """What stands in a file: as given in base64, or made up after its ending, `size` bytes long."""
    if one.get("content") is not None:
        return base64.b64decode(one["content"])
    beginning = _BEGINNINGS.get(str(one["filename"]).rpartition(".")[2].lower(), b"")
    text = beginning + str(one.get("text") or one["filename"]).encode()
    return text.ljust(int(one.get("size") or 0), b" ")


def _find(sandbox: Any, id: str) -> Record | None:
    companies = sandbox.procore.values()
    records = (record for company in companies for kind in WITH_FILES for record in company.table(kind).all())
    files = (one for record in records for one in record.get("attachments") or ())
    return next((dict(one) for one in files if str(one["id"]) == id), None)


def _signature(sandbox: Any, id: str) -> str:
    return hashlib.sha256(f"{sandbox.token}:{id}".encode()).hexdigest()[:32]


@api.route("GET", "/files/{id}")
def give(sandbox: Any, request: Request, id: str) -> Answer:
    """Lead to storage."""
    company_of(request)
    if _find(sandbox, id) is None:
        raise absent("File")
    return redirect(f"{sandbox.address}/procore-login/storage/{id}", signature=_signature(sandbox, id))


@login.route("GET", "/storage/{id}")
def store(sandbox: Any, request: Request, id: str) -> Answer:
    """The file itself; a signature opens it, and nothing else may."""
    if request.headers.get("authorization"):
        return Answer(400, "Only one auth mechanism allowed")
    one = _find(sandbox, id)
    if one is None or request.arg("signature") != _signature(sandbox, id):
        return Answer(403, "AccessDenied")
    return Answer(body=content(one), content_type=one.get("content_type") or "application/octet-stream")
