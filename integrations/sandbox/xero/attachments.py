"""Attachments and history notes of documents and contacts."""

import base64
from typing import Any

from integrations.sandbox.routing import Answer, Request, dump
from integrations.sandbox.xero.batch import elements
from integrations.sandbox.xero.errors import invalid_text, not_found, problem
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.listing import enveloped
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.values import as_id, ms_moment, new_id, to_bool, to_text

BASE = "/api.xro/2.0"
KINDS = (
    "Invoices",
    "CreditNotes",
    "Contacts",
    "PurchaseOrders",
    "BankTransactions",
    "Overpayments",
    "Prepayments",
    "Payments",
)
MOST, LARGEST, LONGEST_NOTE, BARRED = 10, 3_000_000, 2500, set('<>:"/\\|?*\0+')


def _record_id(organisation: Organisation, kind: str, id: str) -> str:
    record = organisation[kind].get(as_id(id))
    if record is None:
        raise not_found()
    record.rendered.clear()
    return str(record[organisation[kind].key])


def _attach(organisation: Organisation, request: Request, kind: str, id: str, name: str) -> Answer:
    if BARRED & set(name):
        raise invalid_text("The file name holds characters that are not allowed.")
    if len(request.body) > LARGEST:
        raise problem(413, "RequestEntityTooLarge", "PayloadTooLarge")
    held = organisation.attachments.setdefault(id, {})
    if name not in held and len(held) >= MOST:
        raise invalid_text(f"A document can have at most {MOST} attachments.")
    shown = {
        "AttachmentID": held[name]["shown"]["AttachmentID"] if name in held else new_id(),
        "FileName": name,
        "Url": f"https://api.xero.com/api.xro/2.0/{kind}/{id}/Attachments/{name}",
        "MimeType": (request.headers.get("content-type") or "application/octet-stream").partition(";")[0],
        "ContentLength": len(request.body),
        "IncludeOnline": to_bool(request.arg("IncludeOnline")),
    }
    held[name] = {"shown": shown, "content": base64.b64encode(request.body).decode()}
    return enveloped(organisation, "Attachments", [dump(shown)])


def _routes(kind: str) -> None:
    base = f"{BASE}/{kind}/{{id}}"

    @router.route("GET", base + "/Attachments")
    def listing(sandbox: Any, request: Request, id: str) -> Answer:
        organisation = organisation_of(sandbox, request)
        held = organisation.attachments.get(_record_id(organisation, kind, id), {})
        return enveloped(organisation, "Attachments", [dump(row["shown"]) for row in held.values()])

    @router.route("GET", base + "/Attachments/{name}")
    def content(sandbox: Any, request: Request, id: str, name: str) -> Answer:
        organisation = organisation_of(sandbox, request)
        held = organisation.attachments.get(_record_id(organisation, kind, id), {})
        for row in held.values():
            if name in (row["shown"]["FileName"], row["shown"]["AttachmentID"]):
                return Answer(body=base64.b64decode(row["content"]), content_type=row["shown"]["MimeType"])
        raise not_found()

    def put(sandbox: Any, request: Request, id: str, name: str) -> Answer:
        organisation = organisation_of(sandbox, request)
        return _attach(organisation, request, kind, _record_id(organisation, kind, id), name)

    router.route("PUT", base + "/Attachments/{name}")(put)
    router.route("POST", base + "/Attachments/{name}")(put)


def _note_routes(kind: str) -> None:
    base = f"{BASE}/{kind}/{{id}}"

    @router.route("GET", base + "/History")
    def notes(sandbox: Any, request: Request, id: str) -> Answer:
        organisation = organisation_of(sandbox, request)
        rows = organisation.history.get(_record_id(organisation, kind, id), [])
        return enveloped(organisation, "HistoryRecords", [dump(row) for row in rows])

    @router.route("PUT", base + "/History")
    def add_note(sandbox: Any, request: Request, id: str) -> Answer:
        organisation = organisation_of(sandbox, request)
        rows = organisation.history.setdefault(_record_id(organisation, kind, id), [])
        texts = [
            to_text(sent.get("Details"), "Details") or "" for sent in elements(request, "HistoryRecords")
        ]
        if any(not text or len(text) > LONGEST_NOTE for text in texts):
            raise invalid_text(f"Details must be specified and hold at most {LONGEST_NOTE} characters.")
        at = ms_moment(organisation.milliseconds())
        made = [
            {"Details": text, "Changes": "Note", "User": "System Generated", "DateUTC": at} for text in texts
        ]
        rows.extend(made)
        return enveloped(organisation, "HistoryRecords", [dump(row) for row in made])


for _kind in KINDS:
    _routes(_kind)
    _note_routes(_kind)
