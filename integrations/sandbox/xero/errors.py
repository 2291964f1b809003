"""Xero's error answers, one function per documented body."""

import uuid
from typing import Any

from integrations.sandbox.routing import Answer, Refused

JSON = "application/json; charset=utf-8"


class Invalid(Exception):
    """One element of a write breaks rules; its messages go into ValidationErrors, those of a part into the
    part too.
    """

    def __init__(self, *messages: str, part: str | None = None) -> None:
        super().__init__(*messages)
        self.messages = list(messages)
        self.part = part


def messages(texts: list[str]) -> list[dict[str, str]]:
    """Texts in the shape of ValidationErrors and Warnings."""
    return [{"Message": text} for text in texts]


def _numbered(number: int, kind: str, message: str, **more: Any) -> Refused:
    return Refused(Answer(400, {"ErrorNumber": number, "Type": kind, "Message": message, **more}))


def unparsable(message: str) -> Refused:
    """400: the body cannot be read."""
    return _numbered(14, "PostDataInvalidException", message)


def bad_query(message: str) -> Refused:
    """400: where or order cannot be read."""
    return _numbered(16, "QueryParseException", message)


def bad_key(message: str) -> Refused:
    """400: an Idempotency-Key that cannot be used; a body of its own is not documented."""
    return _numbered(10, "ValidationException", message)


def invalid(elements: list[dict[str, Any]]) -> Refused:
    """400: elements broke rules; each carries its ValidationErrors."""
    return _numbered(10, "ValidationException", "A validation exception occurred", Elements=elements)


def invalid_text(*texts: str, **element: Any) -> Refused:
    """400 with a single element."""
    return invalid([{**element, "ValidationErrors": messages(list(texts))}])


def not_found() -> Refused:
    """404, as plain text."""
    return Refused(Answer(404, "The resource you're looking for cannot be found", content_type="text/html"))


def problem(status: int, title: str, detail: str, **headers: str) -> Refused:
    """401, 403, 413: the gateway's own body."""
    body = {
        "Type": None,
        "Title": title,
        "Status": status,
        "Detail": detail,
        "Instance": str(uuid.uuid4()),
        "Extensions": {},
    }
    return Refused(Answer(status, body, headers))


def broken() -> Refused:
    """500."""
    body = {
        "Title": "An error occurred",
        "Detail": "An error occurred in Xero. Check the API Status page http://status.developer.xero.com for"
        " current service status.",
        "Status": 500,
        "Instance": str(uuid.uuid4()),
    }
    return Refused(Answer(500, body))
