"""Requests, answers and routes: the small frame both simulated systems are written on."""

import email.parser
import email.policy
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

HOSTS = ("procore-api", "procore-login", "xero-api", "xero-identity", "xero-login")
API_HOSTS = ("procore-api", "xero-api")

Handler = Callable[..., "Answer"]
Run = Callable[[], "Answer"]
Around = Callable[[Any, "Request", Run], "Answer"]

# A Decimal leaves json.dumps as a marked string and loses the marks afterwards: the number is written
# exactly as it is held, without passing through a binary float.
_MARK = "\x00\x01"
_OPEN, _CLOSE = '"\\u0000\\u0001', '\\u0001\\u0000"'


class BadBody(Exception):
    """The request body is not the JSON it claims to be; systems turn it into their own error."""


class Headers(dict[str, str]):
    """Header names without regard to case."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        super().__init__((name.lower(), value) for name, value in pairs)

    def get(self, name: str, default: Any = None) -> Any:
        """The header's value, or the default."""
        return super().get(name.lower(), default)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())


def _refuse_constant(text: str) -> Any:
    raise BadBody(f"{text} is not a JSON number")


@dataclass
class Request:
    """One request; `path` is what follows the host prefix, percent-decoded."""

    method: str
    host: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    pattern: str = ""  # the route that answers, once found
    caller: Any = None  # whom the token names; set by the system's `around`

    def arg(self, name: str, default: str | None = None) -> str | None:
        """The first value of a query parameter, or the default."""
        return next((value for key, value in self.query if key == name), default)

    def all(self, name: str) -> list[str]:
        """Every value of a query parameter, in order."""
        return [value for key, value in self.query if key == name]

    @cached_property
    def json(self) -> Any:
        """The body as JSON, fractions as Decimal; raises BadBody."""
        try:
            return json.loads(self.body, parse_float=Decimal, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise BadBody(str(error)) from error

    @cached_property
    def form(self) -> dict[str, str]:
        """The body's fields, sent urlencoded, as JSON or as multipart/form-data; raises BadBody."""
        kind = (self.headers.get("content-type") or "").lower()
        if "json" in kind:
            fields = self.json
            if not isinstance(fields, dict):
                raise BadBody("an object was expected")
            return {str(key): str(value) for key, value in fields.items()}
        if "multipart/form-data" in kind:
            return self._parts()
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def _parts(self) -> dict[str, str]:
        head = f"content-type: {self.headers['content-type']}\r\n\r\n".encode()
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + self.body)
        return {
            str(part.get_param("name", header="content-disposition")): str(part.get_content()).strip()
            for part in message.iter_parts()
        }


@dataclass
class Answer:
    """One answer: a dict or list becomes JSON, a str HTML, bytes are sent as they are, None is an empty
    body.
    """

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str | None = None

    def rendered(self) -> bytes:
        """The body as it goes over the wire."""
        match self.body:
            case None:
                return b""
            case bytes():
                return self.body
            case str():
                return self.body.encode()
        return dump(self.body).encode()

    def kind(self) -> str:
        """The Content-Type to send."""
        if self.content_type is not None:
            return self.content_type
        if isinstance(self.body, bytes):
            return "application/octet-stream"
        return "text/html; charset=utf-8" if isinstance(self.body, str) else "application/json; charset=utf-8"


class Refused(Exception):
    """Raised by a handler to answer an error; carries the answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status, answer.body)
        self.answer = answer


def _mark(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{_MARK}{value:f}{_MARK[::-1]}"
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def dump(value: Any) -> str:
    """JSON text; Decimals are written as the exact number they are."""
    text = json.dumps(value, default=_mark, separators=(",", ":"))
    return text.replace(_OPEN, "").replace(_CLOSE, "") if _OPEN in text else text


def _plain(sandbox: Any, request: Request, run: Run) -> Answer:
    return run()


_HOLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_KINDS: dict[str | None, tuple[str, Callable[[str], Any]]] = {
    None: (r"[^/]+", str),
    "str": (r"[^/]+", str),
    "int": (r"\d+", int),
    "path": (r".+", str),
}


@dataclass(frozen=True)
class Route:
    """A path pattern such as `/rest/v1.0/projects/{project_id:int}` and who answers it."""

    method: str
    pattern: str
    expression: re.Pattern[str]
    kinds: dict[str, Callable[[str], Any]]
    handler: Handler


class Router:
    """The routes of one host.

    `around(sandbox, request, run)` is called for every request of the host, without the lock: authentication,
    limits, extra headers. `run()` applies injected faults, takes the lock and calls `inside(sandbox, request,
    call)`, which by default is just the handler. Both may raise Refused.
    """

    def __init__(
        self,
        *,
        around: Around = _plain,
        inside: Around = _plain,
        missing: Handler | None = None,
        ignore_case: bool = False,
    ) -> None:
        self.around = around
        self.inside = inside
        self.missing = missing or (lambda sandbox, request: Answer(404, {"error": "Not found"}))
        self._flags = re.IGNORECASE if ignore_case else re.NOFLAG
        self._routes: dict[str, list[Route]] = {}

    def route(self, method: str, pattern: str) -> Callable[[Handler], Handler]:
        """Decorate a handler(sandbox, request, **params) -> Answer; holes are `{name}`, `{name:int}`,
        `{name:path}`.
        """
        kinds = {name: _KINDS[kind or None][1] for name, kind in _HOLE.findall(pattern)}
        parts = _HOLE.split(pattern)  # text, name, kind, text, name, kind, … text
        source = re.escape(parts[0])
        for name, kind, text in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
            source += f"(?P<{name}>{_KINDS[kind or None][0]}){re.escape(text)}"
        expression = re.compile(source + "/?", self._flags)

        def register(handler: Handler) -> Handler:
            shown = _HOLE.sub(r"{\1}", pattern)
            self._routes.setdefault(method, []).append(Route(method, shown, expression, kinds, handler))
            return handler

        return register

    def find(self, method: str, path: str) -> tuple[Route, dict[str, Any]] | None:
        """The first route that fits and its path parameters, converted; None when there is none."""
        for route in self._routes.get("GET" if method == "HEAD" else method, ()):
            fit = route.expression.fullmatch(path)
            if fit is not None:
                return route, {name: route.kinds[name](value) for name, value in fit.groupdict().items()}
        return None
