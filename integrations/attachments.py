"""Attachments: which files of a record go with its document, under which names, and of which kinds. Pure.

A file is one more document of its record, made once the record's own document is there: it is carried, never
compared. What goes wrong with it is said of the file, and leaves the record's other documents alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from integrations.base import Audience, Document, Option, Reason, Record
from integrations.context import Context, Missing
from integrations.expressions import Node, call, const, path
from integrations.xero.files import ATTACHMENTS

OPTION = Option(
    name="attachments",
    label="Attach the files of the record to the document in Xero",
    kind="yes-no",
    default=False,
    help="Each file takes two or three calls of the day's allowance.",
    at_once=True,
)
LONGEST_NAME = 100  # characters, ending included
PLACES = {"bills": "Invoices", "credit_notes": "CreditNotes"}
# Ending -> how such a file begins; without one anything but a page or a program may stand in it.
KINDS: Mapping[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF",),
    "png": (b"\x89PNG",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF8",),
    "tif": (b"II*\x00", b"MM\x00*"),
    "tiff": (b"II*\x00", b"MM\x00*"),
    "heic": (),
    "doc": (b"\xd0\xcf\x11\xe0",),
    "xls": (b"\xd0\xcf\x11\xe0",),
    "msg": (b"\xd0\xcf\x11\xe0",),
    "docx": (b"PK",),
    "xlsx": (b"PK",),
    "odt": (b"PK",),
    "ods": (b"PK",),
    "zip": (b"PK",),
    "rtf": (b"{\\rtf",),
    "eml": (),
    "csv": (),
    "txt": (),
}
NEVER = (b"MZ", b"\x7fELF", b"#!", b"<!doctype html", b"<html")
LOOKED_AT = 512  # bytes at the beginning of a file that say what it is


# --- which files, and how they are called -------------------------------------------------------------------


def files_of(node: Node, context: Context) -> list[dict[str, Any]]:
    """The record's attachments that its document does not have yet, the invoice itself first."""
    main = context.own_link("bill", str(node.get("id")))
    if main is None or not main.is_linked or main.resource not in PLACES:
        return []
    found = [one for one in node.get("attachments") or () if isinstance(one, Mapping) and one.get("id")]
    names = safe_names(found)
    wanted = []
    for one in sorted(found, key=lambda one: _order(one, node)):
        key = f"{one['id']}-{main.target_id[:8]}"
        known = context.own_link(f"attachment:{key}", str(node.get("id")))
        if known is None or not known.is_linked:
            place = {"kind": PLACES[main.resource], "document": main.target_id}
            wanted.append({"key": key, "name": names[str(one["id"])], "from": one.get("url"), **place})
    return wanted


def _order(one: Record, node: Node) -> tuple[int, str]:
    """The subcontractor's own invoice first: by its number in the name, else by the word."""
    name, number = named(one).casefold(), str(node.get("invoice_number") or "").strip().casefold()
    rank = 0 if number and number in name else 1 if "invoice" in name else 2
    return rank, str(one.get("id")).zfill(20)


def named(one: Record) -> str:
    """The name a file has in Procore."""
    return str(one.get("filename") or one.get("name") or "")


def safe_names(files: Iterable[Record]) -> dict[str, str]:
    """A name for each file by its id that both systems take; equal names get the id behind them."""
    safe = {str(one.get("id")): safe_name(named(one)) for one in files}
    often = Counter(name.casefold() for name in safe.values())
    return {key: name if often[name.casefold()] == 1 else _with(name, key) for key, name in safe.items()}


def safe_name(name: str) -> str:
    """A name of plain characters, as other characters were refused or cut; the ending stays."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem, _, ending = plain.rpartition(".")
    if not stem or not re.fullmatch(r"[A-Za-z0-9]{1,8}", ending):
        stem, ending = plain, ""
    stem = re.sub(r"[^A-Za-z0-9._ -]+", "-", stem)
    stem = re.sub(r"\s+", " ", stem).strip(" .-") or "attachment"
    cut = stem[: LONGEST_NAME - len(ending) - 1].rstrip(" .-")
    return f"{cut}.{ending.lower()}" if ending else cut


def _with(name: str, key: str) -> str:
    stem, _, ending = name.rpartition(".")
    return f"{stem}-{key}.{ending}" if stem else f"{name}-{key}"


def ending_of(name: str) -> str:
    """The ending of a name in small letters, "" where it has none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def file_name(node: Node, context: Context) -> str | Missing:
    """The file's name in plain characters; equal names are told apart."""
    name = str(node.get("one.name"))
    if ending_of(name) in KINDS:
        return name
    message = (
        f"its attachment {name} is of a kind that is not carried to Xero: attach it there by hand, or save "
        "it as a PDF in Procore"
    )
    return Missing(Reason("attachment", message, Audience.ACCOUNTS, "procore"))


def address(node: Node, context: Context) -> str:
    """The address at which Procore gives the file out."""
    return str(node.get("one.from") or "")


# --- what stands in them ------------------------------------------------------------------------------------


def what_is_wrong(name: str, beginning: bytes) -> str:
    """Why a file is not what its name says; "" where nothing speaks against it."""
    ending, small = ending_of(name), beginning.lstrip()[:64].lower()
    if not beginning:
        return f"its attachment {name} is empty: attach it again in Procore"
    if ending not in KINDS or any(small.startswith(mark.lower()) for mark in NEVER):
        return f"its attachment {name} holds something else than its name says: look at it in Procore"
    marks = KINDS[ending]
    if marks and not any(beginning.startswith(mark) for mark in marks):
        return f"its attachment {name} holds something else than its name says: look at it in Procore"
    return ""


ATTACHMENT = Document(
    target=ATTACHMENTS,
    late=True,
    add_only=True,
    switch="attachments",
    title="{one.name}",
    needs=("bill",),
    each=files_of,
    once=frozenset({"From"}),
    marker=("FileName",),
    scope={"kind": path("one.kind"), "document_id": path("one.document"), "file_name": path("one.name")},
    fields={"FileName": call(file_name), "From": call(address)},
    details={"file": const(True), "project": path("project_id")},
)
