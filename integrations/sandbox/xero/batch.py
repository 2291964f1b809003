"""Writes of one or many elements: reading the body, summarizeErrors, and an answer in the order of the
request.
"""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from typing import Any

from integrations.sandbox.routing import Answer, BadBody, Request, dump
from integrations.sandbox.xero.drawing import drawer
from integrations.sandbox.xero.errors import Invalid, invalid, messages, unparsable
from integrations.sandbox.xero.listing import enveloped
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import (
    NO_ID,
    day_string,
    ms_date,
    to_bool,
    to_date,
    to_list,
    to_object,
)

Write = Callable[[dict[str, Any]], Record]

_SINGULAR = {
    "TrackingCategories": "TrackingCategory",
    "Currencies": "Currency",
    "Addresses": "Address",
    "Tracking": "TrackingCategory",
    "HistoryRecords": "HistoryRecord",
}


def body(request: Request) -> Any:
    """The request's body, JSON or XML, as JSON values; raises the 400 of an unparsable body."""
    try:
        if "xml" in (request.headers.get("content-type") or "").lower():
            return _from_xml(request.body)
        return request.json
    except BadBody as error:
        raise unparsable(f"The data posted could not be read: {error}") from error


def elements(request: Request, collection: str) -> list[dict[str, Any]]:
    """The elements of a write: the plural envelope or one bare object."""
    sent = body(request)
    if isinstance(sent, dict) and isinstance(sent.get(collection), list):
        found = to_list(sent[collection], collection)
        if not found:
            raise unparsable(f"No {collection} were found in the data posted.")
        return found
    return [to_object(sent, collection)]


def one(request: Request, collection: str) -> dict[str, Any]:
    """The only element of a write; more of them are refused."""
    found = elements(request, collection)
    if len(found) != 1:
        raise unparsable(f"Only one of {collection} can be written by this call.")
    return found[0]


def digits(request: Request) -> int:
    """The places of UnitAmount the request asks for."""
    return 4 if request.arg("unitdp") == "4" else 2


def write_all(
    organisation: Organisation,
    request: Request,
    collection: str,
    write: Write,
    sent: list[dict[str, Any]] | None = None,
) -> Answer:
    """Write each element. With summarizeErrors (the default) one bad element refuses all; else each says how
    it went.
    """
    sent = elements(request, collection) if sent is None else sent
    with organisation.attempt():
        results = [_write_one(organisation, collection, element, write) for element in sent]
        summarize = refuse_all(request, results)
    draw = drawer(organisation, collection, digits=digits(request))
    return enveloped(organisation, collection, [_text(result, draw, summarize) for result in results])


def refuse_all(request: Request, results: Sequence[Record | dict[str, Any]]) -> bool:
    """Whether errors are summarised; then one refused element among the results raises the 400 of all of
    them.
    """
    summarize = (request.arg("summarizeErrors") or "true").lower() != "false"
    refused = [result for result in results if not isinstance(result, Record)]
    if refused and summarize:
        raise invalid(refused)
    return summarize


def _write_one(
    organisation: Organisation, collection: str, element: dict[str, Any], write: Write
) -> Record | dict[str, Any]:
    try:
        with organisation.attempt():
            return write(element)
    except Invalid as error:
        return refusal(organisation, collection, element, error)


_FLAGS: dict[str, dict[str, bool]] = {
    "Contacts": {"HasValidationErrors": True},
    "Payments": {"HasValidationErrors": True},
    "PurchaseOrders": {},  # its schema has neither
    "ManualJournals": {},
}


def refusal(
    organisation: Organisation, collection: str, element: dict[str, Any], error: Invalid
) -> dict[str, Any]:
    """The element as it comes back when it was refused."""
    shown = {name: value for name, value in element.items() if value is not None}
    for name in ("Date", "DueDate", "PlannedPaymentDate", "ExpectedPaymentDate"):
        if day := to_date(element.get(name)):
            shown[name] = ms_date(day)
            if name in ("Date", "DueDate") and collection != "ManualJournals":
                shown[f"{name}String"] = day_string(day)
    if organisation.switches.failed_ids_zero and collection in organisation.shelves:
        shown.setdefault(organisation[collection].key, NO_ID)
    if error.part and isinstance(shown.get(error.part), dict):
        shown[error.part] = {**shown[error.part], "ValidationErrors": messages(error.messages)}
    return {
        **shown,
        **_FLAGS.get(collection, {"HasErrors": True}),
        "StatusAttributeString": "ERROR",
        "ValidationErrors": messages(error.messages),
    }


def _text(result: Record | dict[str, Any], draw: Callable[[Record], str], summarize: bool) -> str:
    if not isinstance(result, Record):
        return dump(result)
    text = draw(result)
    return text if summarize else f'{text[:-1]},"StatusAttributeString":"OK"}}'


def _from_xml(text: bytes) -> Any:
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise unparsable(f"The data posted could not be read: {error}") from error
    value = _value(root)
    return {root.tag: value} if isinstance(value, list) else value


def _value(node: ElementTree.Element) -> Any:
    children = list(node)
    if not children:
        return (node.text or "").strip()
    if all(child.tag == _SINGULAR.get(node.tag, node.tag[:-1]) for child in children):
        return [_value(child) for child in children]
    return {child.tag: _value(child) for child in children}


def as_xml(text: bytes) -> bytes:
    """A JSON answer as the XML a client gets that did not ask for JSON."""
    root = ElementTree.Element("Response")
    for name, value in json.loads(text).items():
        _append(root, name, value)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _append(parent: ElementTree.Element, name: str, value: Any) -> None:
    node = ElementTree.SubElement(parent, name)
    if isinstance(value, dict):
        for key, inner in value.items():
            _append(node, key, inner)
    elif isinstance(value, list):
        for inner in value:
            _append(node, _SINGULAR.get(name, name[:-1]), inner)
    elif value is not None:
        node.text = str(value).lower() if isinstance(value, bool) else str(value)


def flag(request: Request, name: str) -> bool:
    """Whether a query parameter says true."""
    return to_bool(request.arg(name))
