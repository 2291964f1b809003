"""The page of the sandbox: a person looks at the records of each system and acts as its user by buttons.

Nothing but this machine's own page may act: every form carries a token made for this sandbox, a request
that names another origin is refused, and so is one that reached this server under a foreign host name.
"""

import hashlib
import hmac
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from integrations.sandbox.control import named_world
from integrations.sandbox.page import addresses, forms, views
from integrations.sandbox.routing import Answer, Refused, Request

STYLE = (Path(__file__).parent / "page.css").read_bytes()
LOCAL = ("127.0.0.1", "localhost")
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Without a referrer of its own a browser names the origin of a posted form "null".
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def answer(sandbox: Any, request: Request) -> Answer:
    """Answer one request of the page."""
    if _host(request) not in LOCAL:
        return Answer(
            403, "This page answers only under 127.0.0.1 or localhost.", dict(HEADERS), "text/plain"
        )
    match request.method, request.path:
        case "GET" | "HEAD", "/page.css":
            return Answer(200, STYLE, {"Cache-Control": "max-age=60"}, "text/css; charset=utf-8")
        case "GET" | "HEAD", "/" | "":
            return _show(sandbox, request)
        case "POST", "/act" | "/world":
            return _post(sandbox, request)
    there = addresses.place(request.path, urlencode(request.query))
    if there is not None:
        return Answer(302, b"", {**HEADERS, "Location": there}, "text/plain")
    return Answer(
        404, views.page(sandbox, views.View(), "There is no such page.", form_token(sandbox)), dict(HEADERS)
    )


def form_token(sandbox: Any) -> str:
    """The token of this sandbox's forms; the control token cannot be had from it."""
    return hmac.new(sandbox.token.encode(), b"forms of the page", hashlib.sha256).hexdigest()


def _host(request: Request) -> str:
    return urlsplit(f"//{request.headers.get('host', '')}").hostname or ""


def _show(sandbox: Any, request: Request) -> Answer:
    view = views.View(
        system=request.arg("system") or "",
        kind=request.arg("kind") or "",
        tenant=request.arg("tenant") or "",
        id=request.arg("id") or "",
        words=request.arg("words") or "",
        start=_number(request.arg("start")),
    )
    with sandbox.lock:
        body = views.page(sandbox, view, request.arg("said") or "", form_token(sandbox))
    return Answer(200, str(body), dict(HEADERS))


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 9 else 0


def _post(sandbox: Any, request: Request) -> Answer:
    typed = request.form
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if foreign or not hmac.compare_digest(typed.get("form_token", "").encode(), form_token(sandbox).encode()):
        return Answer(
            403, "This form does not come from the sandbox's own page.", dict(HEADERS), "text/plain"
        )
    said = _load(sandbox, typed) if request.path == "/world" else _act(sandbox, typed)
    back = typed.get("back", "")
    where = f"/?{back}&" if back and request.path == "/act" else "/?"
    return Answer(
        303,
        "",
        {**HEADERS, "Location": where.replace("\r", "").replace("\n", "") + urlencode({"said": said})},
    )


def _load(sandbox: Any, typed: dict[str, str]) -> str:
    try:
        sandbox.load(named_world(typed.get("name", "")))
    except LookupError as error:
        return f"Not loaded: {error}"
    return f"The world “{typed['name']}” is loaded."


def _act(sandbox: Any, typed: dict[str, str]) -> str:
    name = typed.get("act", "")
    act = sandbox.acts().get(name)
    if act is None:
        return f"There is no act “{name}”."
    try:
        with sandbox.lock:
            act(sandbox, **forms.arguments(act, typed))
    except (LookupError, TypeError, ValueError) as error:
        return f"Not done: {error.args[0] if error.args else error}"
    except Refused as refusal:
        return f"Not done: the system answered {refusal.answer.status} {refusal.answer.body}"
    return f"Done: {forms.about(act) or name}"
