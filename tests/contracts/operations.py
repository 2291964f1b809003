"""The operations of one document, found by path and method; what they allow is compiled when first met."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jsonschema_rs import Draft202012Validator, ValidationError

from tests.contracts.documents import Document, resolve
from tests.contracts.schemas import ANSWER, REQUEST, Translator

Finding = tuple[str, str, str]
"""Kind, place, message."""

_TYPED: dict[str, tuple[re.Pattern[str], Callable[[str], Any]]] = {
    "integer": (re.compile(r"-?\d+"), int),
    "number": (re.compile(r"-?\d+(\.\d+)?"), Decimal),
    "boolean": (re.compile(r"true|false"), lambda text: text == "true"),
}
_MOST_SHOWN = 20


@dataclass(frozen=True)
class Parameter:
    """A named value of path, query or header with its compiled schema."""

    name: str
    place: str
    required: bool
    schema: Mapping[str, Any]
    checker: Draft202012Validator
    one_of: frozenset[str] = frozenset()

    def check(self, texts: list[str]) -> Iterable[Finding]:
        """Yield what is wrong with the value as it was written in the request."""
        if self.schema.get("type") != "array":
            if len(texts) > 1:
                yield "parameter", f"{self.place} {self.name}", "given more than once"
            value = typed(texts[0], self.schema)
        else:
            items = self.schema.get("items", {})
            value = [typed(part, items) for text in texts for part in _parts(text)]
        for error in self.checker.iter_errors(value):
            yield "parameter", f"{self.place} {self.name}", error.message


@dataclass
class Operation:
    """One method of one path."""

    document: Document
    server: str
    template: str
    method: str
    node: Mapping[str, Any]
    translators: Mapping[str, Translator]
    parameters: dict[tuple[str, str], Parameter] = field(default_factory=dict)
    _bodies: dict[tuple[str, str, str], Draft202012Validator | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shared = self.document["paths"][self.template].get("parameters", ())
        for node in (*shared, *self.node.get("parameters", ())):
            parameter = self._parameter(resolve(self.document, node))
            name = parameter.name if parameter.place != "header" else parameter.name.lower()
            self.parameters[parameter.place, name] = parameter
        self.security = self.node.get("security", self.document.get("security", ()))

    @property
    def name(self) -> str:
        """Method and path as the document writes them."""
        return f"{self.method} {self.server}{self.template}"

    def answer(self, status: int) -> Mapping[str, Any] | None:
        """Return what the document declares for a status, or None."""
        responses = self.node["responses"]
        declared = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        if declared is None and status >= 400:
            declared = responses.get("default")
        return None if declared is None else resolve(self.document, declared)

    def body(self) -> Mapping[str, Any] | None:
        """Return the declared body of the request, or None."""
        declared = self.node.get("requestBody")
        return None if declared is None else resolve(self.document, declared)

    def check_body(
        self, side: str, key: str, content: str, schema: Mapping[str, Any], value: Any
    ) -> list[Finding]:
        """Return what is wrong with a decoded body; `key` tells the bodies of one side apart (the status)."""
        slot = (side, key, content)
        if slot not in self._bodies:
            self._bodies[slot] = compiled(self.translators[side], schema)
        checker = self._bodies[slot]
        if checker is None or checker.is_valid(value):
            return []
        findings = [
            ("body", place, message) for error in checker.iter_errors(value) for place, message in said(error)
        ]
        return findings[:_MOST_SHOWN]

    def _parameter(self, node: Mapping[str, Any]) -> Parameter:
        schema = node.get("schema", {})
        return Parameter(
            name=node["name"],
            place=node["in"],
            required=bool(node.get("required")),
            schema=schema,
            checker=compiled(self.translators[REQUEST], schema),
            one_of=frozenset(node.get("x-one-of-required", ())),
        )


class Operations:
    """Finds the operation of a request in one document."""

    def __init__(self, document: Document, *, server: str, dates_of_xero: bool) -> None:
        self.server = server
        self.document = document
        self._translators = {
            side: Translator(document, side, dates_of_xero=dates_of_xero) for side in (REQUEST, ANSWER)
        }
        self._by_length: dict[int, list[tuple[list[str], str]]] = {}
        for template in document["paths"]:
            segments = template.strip("/").split("/")
            self._by_length.setdefault(len(segments), []).append((segments, template))
        for templates in self._by_length.values():
            templates.sort(key=lambda entry: sum(segment.startswith("{") for segment in entry[0]))
        self._known: dict[tuple[str, str], Operation] = {}

    def find(self, method: str, path: str) -> tuple[list[tuple[Operation, dict[str, str]]], bool]:
        """Return the operations a request may mean, best first, and whether the path exists at all."""
        segments = path.removeprefix(self.server).strip("/").split("/")
        found, exists = [], False
        for pattern, template in self._by_length.get(len(segments), ()):
            values = _matched(pattern, segments)
            if values is None:
                continue
            exists = True
            if node := self.document["paths"][template].get(method.lower()):
                found.append((self._operation(method, template, node), values))
        return found, exists

    def _operation(self, method: str, template: str, node: Mapping[str, Any]) -> Operation:
        key = (method, template)
        if key not in self._known:
            self._known[key] = Operation(
                self.document, self.server, template, method, node, self._translators
            )
        return self._known[key]


def server_of(document: Document) -> str:
    """Return the path below the host at which a document's paths begin."""
    return urlsplit(str(document["servers"][0]["url"])).path.rstrip("/")


def compiled(translator: Translator, schema: Mapping[str, Any]) -> Draft202012Validator:
    """Compile one schema with its formats checked."""
    return Draft202012Validator(translator.root(dict(schema)), validate_formats=True)


def typed(text: str, schema: Mapping[str, Any]) -> Any:
    """Return a parameter's text as the type its schema wants, or the text itself where it cannot be that."""
    if (kind := schema.get("type")) not in _TYPED:
        return text
    pattern, convert = _TYPED[kind]
    return convert(text) if pattern.fullmatch(text) else text


def form(body: bytes, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form's fields, typed as the schema's properties say."""
    fields = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body))
    return {name: typed(text, schema.get("properties", {}).get(name, {})) for name, text in fields}


def decoded(body: bytes) -> Any:
    """Parse JSON strictly: no NaN, no name twice in one object; ValueError says what is wrong."""
    return json.loads(body, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_distinct)


def said(error: ValidationError) -> list[tuple[str, str]]:
    """Return place and message; of several allowed shapes, the one that came closest speaks."""
    branches = getattr(error.kind, "context", None)
    if not branches:
        return [(_place(error.instance_path), error.message)]
    start = len(error.instance_path)
    closest = min(branches, key=lambda errors: _distance(errors, start))
    return [found for inner in closest for found in said(inner)]


def _distance(errors: list[ValidationError], start: int) -> tuple[bool, int]:
    """How far a shape is from fitting: another type altogether is furthest, then by the number of faults."""
    another = any(error.kind.name == "type" and len(error.instance_path) == start for error in errors)
    unlisted = sum(len(getattr(error.kind, "unexpected", ())) for error in errors)
    return another, unlisted + len(errors)


def _place(path: Iterable[str | int]) -> str:
    return "/" + "/".join(str(step) for step in path)


def _matched(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    values = {}
    for want, have in zip(pattern, segments, strict=True):
        if want.startswith("{"):
            values[want[1:-1]] = have
        elif want != have:
            return None
    return values


def _parts(text: str) -> list[str]:
    # procore.md 4: 1,2 and [1,2] and the name repeated with [] are one list.
    return text.removeprefix("[").removesuffix("]").split(",")


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return result
