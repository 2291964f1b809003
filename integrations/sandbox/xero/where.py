"""The documented subset of `where` and `order`: comparisons, AND, OR, parentheses, text functions, Guid and
DateTime.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from integrations.sandbox.xero.errors import bad_query
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import as_id, fold

Rows = list[Record]
Getter = Callable[[Record], Any]
Filter = Callable[[Rows], Rows]

_TOKEN = re.compile(
    r"""\s*(?:(?P<string>"[^"]*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<operator>==|!=|<>|>=|<=|&&|\|\||[=<>(),])
    |(?P<name>[A-Za-z_][\w.]*))""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_TEXT = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
}
_CHANGE: dict[str, Callable[[str], str]] = {"tolower": str.lower, "toupper": str.upper, "trim": str.strip}


@dataclass(frozen=True)
class Guid:
    """A Guid("…") literal."""

    value: str


@dataclass(frozen=True)
class Field:
    """A field a kind of record can be filtered by; `type` is one of text, guid, number, date, moment,
    bool.
    """

    type: str
    get: Getter
    folded: bool = False  # texts compare without case and accents


def field(type: str, name: str, *, folded: bool = False) -> Field:
    """A field kept under this name."""
    return Field(type, lambda record: record.get(name), folded)


def matching(text: str, fields: dict[str, Field], kind: str) -> Filter:
    """The rows a `where` text keeps, as a function; raises the 400 of a bad query."""
    reader = _Reader(text, fields, kind)
    keep = reader.either()
    reader.end()
    return keep


def ordering(text: str, fields: dict[str, Field], kind: str) -> Callable[[Rows], Rows]:
    """The rows in the order an `order` text asks for; raises the 400 of a bad query."""
    keys: list[tuple[Getter, bool]] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, direction = part.partition(" ")
        direction = direction.strip().upper() or "ASC"
        if direction not in ("ASC", "DESC", "ASCENDING", "DESCENDING"):
            raise bad_query("Syntax error")
        keys.append((_field(name, fields, kind).get, direction.startswith("DESC")))

    def arrange(rows: Rows) -> Rows:
        for get, descending in reversed(keys):
            rows = sorted(rows, key=_sorting(get), reverse=descending)
        return rows

    return arrange


def _sorting(get: Getter) -> Getter:
    def key(record: Record) -> tuple[bool, Any]:
        value = get(record)
        return (value is not None, value if value is not None else "")

    return key


def _field(name: str, fields: dict[str, Field], kind: str) -> Field:
    found = fields.get(name) or next((f for n, f in fields.items() if n.lower() == name.lower()), None)
    if found is None:
        raise bad_query(f"No property or field '{name.partition('.')[0]}' exists in type '{kind}'")
    return found


class _Reader:
    """Reads a `where` text from left to right."""

    def __init__(self, text: str, fields: dict[str, Field], kind: str) -> None:
        self._fields, self._kind = fields, kind
        self._tokens: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            found = _TOKEN.match(text, place)
            if found is None:
                raise bad_query(f"Syntax error (at index {place})")
            self._tokens.append((str(found.lastgroup), found[found.lastgroup or 0]))
            place = found.end()
        self._place = 0

    def end(self) -> None:
        if self._place != len(self._tokens):
            raise bad_query("Syntax error")

    def either(self) -> Filter:
        parts = [self._both()]
        while self._next_is("||", "or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda rows: _any(parts, rows)

    def _both(self) -> Filter:
        parts = [self._one()]
        while self._next_is("&&", "and"):
            parts.append(self._one())

        def keep(rows: Rows) -> Rows:
            for part in parts:
                rows = part(rows)
            return rows

        return parts[0] if len(parts) == 1 else keep

    def _one(self) -> Filter:
        if self._next_is("("):
            inner = self.either()
            self._expect(")")
            return inner
        name = self._take("name")
        path, _, call = name.rpartition(".")
        if call.lower() in _TEXT:
            return self._text_call(_field(path, self._fields, self._kind), _TEXT[call.lower()])
        change = _CHANGE.get(call.lower())
        if change is not None:
            self._expect("(")
            self._expect(")")
            name = path
        subject = _field(name, self._fields, self._kind)
        if self._peek()[1] not in _COMPARE:
            return self._truth(subject)
        compare = _COMPARE[self._take("operator")]
        return self._comparison(subject, compare, self._literal(), change)

    def _truth(self, subject: Field) -> Filter:
        if subject.type != "bool":
            raise bad_query("Expression of type 'Boolean' expected")
        return lambda rows: [row for row in rows if subject.get(row)]

    def _text_call(self, subject: Field, test: Callable[[str, str], bool]) -> Filter:
        self._expect("(")
        part = self._take("string")[1:-1]
        self._expect(")")
        get = subject.get
        if subject.folded:
            part = fold(part)
            return lambda rows: [row for row in rows if test(fold(get(row) or ""), part)]
        return lambda rows: [row for row in rows if test(get(row) or "", part)]

    def _comparison(
        self,
        subject: Field,
        compare: Callable[[Any, Any], bool],
        value: Any,
        change: Callable[[str], str] | None,
    ) -> Filter:
        get = subject.get
        if value is None:
            return lambda rows: [row for row in rows if compare(get(row) or None, None)]
        value = _fitting(subject, value)
        if change is not None:
            return lambda rows: [row for row in rows if compare(change(get(row) or ""), value)]
        if subject.folded:
            value = fold(value)
            return lambda rows: [row for row in rows if compare(fold(get(row) or ""), value)]
        if compare in (operator.eq, operator.ne):
            return lambda rows: [row for row in rows if compare(get(row), value)]
        return lambda rows: [row for row in rows if (have := get(row)) is not None and compare(have, value)]

    def _literal(self) -> Any:
        kind, text = self._peek()
        self._place += 1
        match kind, text.lower():
            case "string", _:
                return text[1:-1]
            case "number", _:
                return Decimal(text)
            case "name", "true" | "false" as word:
                return word == "true"
            case "name", "null":
                return None
            case "name", "guid" | "datetime" | "datetime.parse" | "guid.parse" as call:
                return _called(call, self._arguments())
        raise bad_query("Syntax error")

    def _arguments(self) -> list[str]:
        self._expect("(")
        found = []
        while not self._next_is(")"):
            kind, text = self._peek()
            if kind not in ("string", "number"):
                raise bad_query("Syntax error")
            found.append(text.strip('"'))
            self._place += 1
            if not self._next_is(","):
                self._expect(")")
                break
        return found

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "")

    def _next_is(self, *words: str) -> bool:
        if self._peek()[1].lower() in words and self._peek()[0] != "string":
            self._place += 1
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._next_is(word):
            raise bad_query(f"'{word}' expected" if self._peek()[0] == "end" else "Syntax error")

    def _take(self, kind: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise bad_query("Expression expected" if found == "end" else "Syntax error")
        self._place += 1
        return text


def _any(parts: list[Filter], rows: Rows) -> Rows:
    kept = {id(row) for part in parts for row in part(rows)}
    return [row for row in rows if id(row) in kept]


def _called(call: str, arguments: list[str]) -> Any:
    try:
        if call.startswith("guid"):
            return Guid(as_id(arguments[0]) or "")
        if call == "datetime.parse":
            return datetime.fromisoformat(arguments[0])
        return datetime(*(int(part) for part in arguments))  # type: ignore[arg-type]  # noqa: DTZ001
    except (ValueError, TypeError, IndexError):
        raise bad_query("Syntax error") from None


_NAMES = {
    "text": "String",
    "guid": "Guid",
    "number": "Decimal",
    "date": "DateTime",
    "moment": "DateTime",
    "bool": "Boolean",
}
_LITERALS = {str: "String", Guid: "Guid", Decimal: "Decimal", datetime: "DateTime", bool: "Boolean"}


def _fitting(subject: Field, value: Any) -> Any:
    """The literal as the field's own values are; a Guid compared with a bare text is refused, as by Xero."""
    match subject.type, value:
        case ("text", str()) | ("bool", bool()):
            return value
        case "guid", Guid(id):
            return id
        case "number", Decimal():
            return value
        case "date", datetime():
            return date(value.year, value.month, value.day)
        case "moment", datetime():
            moment = value if value.tzinfo else value.replace(tzinfo=UTC)
            return round(moment.timestamp() * 1000)
    kinds = f"'{_NAMES[subject.type]}' and '{_LITERALS[type(value)]}'"
    raise bad_query(f"Operator '==' incompatible with operand types {kinds}")
