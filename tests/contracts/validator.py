"""Holds one exchange against the documents and says what is not as they promise."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.contracts import documents
from tests.contracts.known import KNOWN
from tests.contracts.operations import Finding, Operation, Operations, Parameter, decoded, form, server_of
from tests.contracts.schemas import ANSWER, REQUEST

# The documents each host answers for, in the order they are asked.
HOSTS = {
    "procore-api": ("procore",),
    "procore-login": ("procore",),
    "xero-api": ("xero-accounting", "xero-payroll-au", "xero-payroll-au-v2", "xero-identity"),
    "xero-identity": ("xero-identity",),
}
# Pages for a person's browser, not calls of an interface.
PAGES = (
    ("xero-login", "/"),
    ("procore-login", "/oauth/authorize"),
    ("procore-api", "/files/"),  # files lie outside the documents (procore.md:178)
    ("procore-login", "/storage/"),
)
_DATES_OF_XERO = frozenset({"xero-accounting", "xero-payroll-au"})
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


@dataclass(frozen=True)
class Exchange:
    """One request and its answer as they went over the wire; `host` is the sandbox's word for it."""

    host: str
    method: str
    path: str
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    status: int = 200
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    answer_body: bytes = b""


@dataclass(frozen=True)
class Violation:
    """Something in an exchange that its document does not allow."""

    side: str
    kind: str
    operation: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.side} of {self.operation}: {self.kind} {self.place}: {self.message}"


class Validator:
    """Checks exchanges against the documents of one folder, each read when its host is first met."""

    def __init__(self, folder: Path, known: tuple[documents.Known, ...] = KNOWN) -> None:
        self._folder = folder
        self._known = known
        self._operations: dict[str, Operations] = {}

    def violations(self, exchange: Exchange) -> list[Violation]:
        """Return everything wrong with an exchange; a page for a browser has no contract."""
        return self.examined(exchange)[1]

    def examined(self, exchange: Exchange) -> tuple[str, list[Violation]]:
        """Return the operation as its document writes it (else the request line) and everything wrong."""
        asked_for = f"{exchange.method} {exchange.path}"
        if any(exchange.host == host and exchange.path.startswith(path) for host, path in PAGES):
            return asked_for, []
        found, exists = self._find(exchange)
        if not found:
            return asked_for, [_unknown(exchange, exists)]
        operation, values = min(found, key=lambda one: _looseness(*one))
        asked = [*_path_findings(operation, values), *_asked(operation, exchange)]
        return operation.name, [
            *(Violation(REQUEST, kind, operation.name, place, text) for kind, place, text in asked),
            *(
                Violation(ANSWER, kind, operation.name, place, text)
                for kind, place, text in _told(operation, exchange)
            ),
        ]

    def _find(self, exchange: Exchange) -> tuple[list[tuple[Operation, dict[str, str]]], bool]:
        exists = False
        for name in HOSTS.get(exchange.host, ()):
            operations = self._document(name)
            if not exchange.path.startswith(f"{operations.server}/"):
                continue
            found, here = operations.find(exchange.method, exchange.path)
            exists = exists or here
            if found:
                return found, True
        return [], exists

    def _document(self, name: str) -> Operations:
        if name not in self._operations:
            document = documents.read(self._folder / f"{name}.openapi.yaml")
            document = documents.corrected(
                document, [entry for entry in self._known if entry.document == name]
            )
            self._operations[name] = Operations(
                document, server=server_of(document), dates_of_xero=name in _DATES_OF_XERO
            )
        return self._operations[name]


@cache
def of_folder(folder: Path) -> Validator:
    """Return the one validator of a folder: compiled checks are shared by the whole test run."""
    return Validator(folder)


def validate_exchange(exchange: Exchange) -> list[Violation]:
    """Check one exchange against the folder the environment names; RuntimeError when it names none."""
    folder = documents.folder()
    if folder is None:
        raise RuntimeError(documents.SKIPPED)
    return of_folder(folder).violations(exchange)


def _unknown(exchange: Exchange, exists: bool) -> Violation:
    kind, text = ("method", "not declared for this path") if exists else ("path", "in no document")
    # Refusing what no document knows is right; answering it is the answer's fault as well.
    side = REQUEST if exchange.status >= 400 else "request and answer"
    return Violation(side, kind, f"{exchange.method} {exchange.path}", exchange.host, text)


def _asked(operation: Operation, exchange: Exchange) -> Iterator[Finding]:
    yield from _query_findings(operation, exchange.query)
    yield from _header_findings(operation, exchange)
    yield from _body_findings(operation, exchange)


def _path_findings(operation: Operation, values: Mapping[str, str]) -> list[Finding]:
    findings: list[Finding] = []
    for name, text in values.items():
        parameter = operation.parameters.get(("path", name))
        findings.extend(
            parameter.check([text]) if parameter else [("parameter", f"path {name}", "not declared")]
        )
    return findings


def _looseness(operation: Operation, values: Mapping[str, str]) -> tuple[int, int]:
    """How badly a path fits: faults first; of two that fit, the one that asks for a format is meant."""
    formats = [parameter.schema.get("format") for parameter in operation.parameters.values()]
    return len(_path_findings(operation, values)), -len([name for name in formats if name == "uuid"])


def _query_findings(operation: Operation, query: list[tuple[str, str]]) -> Iterator[Finding]:
    given: dict[str, list[str]] = {}
    for name, text in query:
        parameter = _declared(operation, name)
        if parameter is None:
            yield "parameter", f"query {name}", "not declared"
        elif parameter.schema.get("type") != "object":
            given.setdefault(parameter.name, []).append(text)
        else:
            given.setdefault(parameter.name, [])
    for (place, name), parameter in operation.parameters.items():
        if place != "query":
            continue
        if given.get(name):
            yield from parameter.check(given[name])
        wanted = parameter.one_of or ({name} if parameter.required else set())
        if wanted and not wanted & given.keys():
            yield "parameter", f"query {' or '.join(sorted(wanted))}", "required"


def _declared(operation: Operation, name: str) -> Parameter | None:
    """Find a query parameter by its name, a list also as name[], a group as name[of its member]."""
    if exact := operation.parameters.get(("query", name)):
        return exact
    base = name.removesuffix("[]")
    listed = operation.parameters.get(("query", base)) or operation.parameters.get(("query", f"{base}[]"))
    if listed and listed.schema.get("type") == "array":
        return listed
    group = operation.parameters.get(("query", name[: name.rfind("[")])) if name.endswith("]") else None
    return group if group and group.schema.get("type") == "object" else None


def _header_findings(operation: Operation, exchange: Exchange) -> Iterator[Finding]:
    headers = {name.lower(): text for name, text in exchange.headers.items()}
    for (place, name), parameter in operation.parameters.items():
        if place != "header":
            continue
        if name in headers:
            yield from parameter.check([headers[name]])
        elif parameter.required:
            yield "header", parameter.name, "required"
    if operation.security and not headers.get("authorization", "").startswith("Bearer "):
        yield "header", "Authorization", "a bearer token is required"


def _body_findings(operation: Operation, exchange: Exchange) -> Iterator[Finding]:
    declared = operation.body()
    if declared is None:
        if exchange.body:
            yield "body", "/", "this operation takes none"
        return
    if not exchange.body:
        if declared.get("required"):
            yield "body", "/", "required"
        return
    content, media = _media(exchange.headers, declared.get("content", {}))
    if media is None:
        yield "content", content or "none", f"declared are {', '.join(declared.get('content', {}))}"
        return
    schema = media.get("schema", {})
    if content not in {_JSON, _FORM}:
        return
    try:
        value = form(exchange.body, schema) if content == _FORM else decoded(exchange.body)
    except ValueError as error:
        yield "body", "/", str(error)
        return
    yield from operation.check_body(REQUEST, "", content, schema, value)


def _told(operation: Operation, exchange: Exchange) -> Iterator[Finding]:
    declared = operation.answer(exchange.status)
    if declared is None:
        yield "status", str(exchange.status), f"declared are {', '.join(operation.node['responses'])}"
        return
    contents = declared.get("content")
    if exchange.status == 204 or exchange.method == "HEAD":
        if exchange.answer_body:
            yield "body", "/", f"status {exchange.status} carries none"
        return
    if not contents:
        return
    content, media = _media(exchange.answer_headers, contents)
    if media is None:
        yield "content", content or "none", f"declared are {', '.join(contents)}"
        return
    if content != _JSON:
        return
    try:
        value = decoded(exchange.answer_body)
    except ValueError as error:
        yield "body", "/", str(error)
        return
    yield from operation.check_body(ANSWER, str(exchange.status), content, media.get("schema", {}), value)


def _media(headers: Mapping[str, str], contents: Mapping[str, Any]) -> tuple[str, Mapping[str, Any] | None]:
    sent = next((text for name, text in headers.items() if name.lower() == "content-type"), "")
    content = sent.split(";")[0].strip().lower()
    for declared, media in contents.items():
        if declared.lower() == content or declared == "*/*":
            return content, media
    return content, None
