"""OpenAPI 3.0 schemas as closed JSON Schemas: what a document does not name is refused.

The documents hardly ever forbid further properties, so a misspelt field would pass. Here each object that
lists properties takes those only; where several schemas are combined, the combination as a whole is closed.
"""

import re
from typing import Any

from tests.contracts.documents import Document

REQUEST = "request"
ANSWER = "answer"
OPEN = ":open"

# procore.md 10: decimals are strings with a dot and no thousands separator.
DECIMAL = r"^-?\d+(\.\d+)?$"
# xero.md 5.6: answers carry milliseconds UTC, the offset is sometimes absent; requests take ISO text as well.
TIMESTAMP = r"^/Date\(-?\d+([+-]\d{4})?\)/$"
# A calendar day is midnight UTC: a multiple of 86,400,000 ends in five zeros.
CALENDAR = r"^/Date\((0|-?\d+00000)(\+0000)?\)/$"
DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
MOMENT = r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"
SENT_DATE = rf"^({DAY}({MOMENT})?|/Date\(-?\d+([+-]\d{{4}})?\)/)$"
RANGE = rf'^"?{DAY}({MOMENT})?\.\.\.{DAY}({MOMENT})?"?$'

# The Xero documents declare dates as plain strings; these names hold them.
CALENDAR_NAMES = frozenset(
    {
        "Date",
        "DueDate",
        "DeliveryDate",
        "ExpectedPaymentDate",
        "PlannedPaymentDate",
        "FullyPaidOnDate",
        "ExpectedArrivalDate",
        "PeriodLockDate",
        "EndOfYearLockDate",
        "JournalDate",
    }
)
TIMESTAMP_NAMES = frozenset({"UpdatedDateUTC", "CreatedDateUTC", "DateUTC"})

_FORMATS: dict[str, dict[str, Any]] = {
    "date": {"format": "date"},
    "date-time": {"format": "date-time"},
    "uuid": {"format": "uuid"},
    "email": {"format": "email"},
    "decimal": {"pattern": DECIMAL},
    "time": {"pattern": r"^\d\d:\d\d(:\d\d)?"},
}
_KEPT = (
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "pattern",
    "uniqueItems",
)
_CUSTOM_FIELD = r"^custom_field_\d+$"


class Translator:
    """Turns schemas of one document into JSON Schemas for one side of an exchange."""

    def __init__(self, document: Document, side: str, *, dates_of_xero: bool) -> None:
        self.document = document
        self.side = side
        self.dates_of_xero = dates_of_xero
        self._shared: dict[str, Any] = {}
        self._reached: dict[str, set[str]] = {}

    def root(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return a schema that stands alone: itself and every definition it reaches."""
        body = self._translated(schema, closed=True)
        reached: set[str] = set()
        waiting = _references(body)
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                waiting |= self._reach(name)
        root = body if isinstance(body, dict) else {}
        return {**root, "$defs": {name: self._shared[name] for name in sorted(reached)}}

    def _reach(self, name: str) -> set[str]:
        if name not in self._shared:
            schema = self.document["components"]["schemas"][name.removesuffix(OPEN)]
            self._shared[name] = self._translated(schema, closed=not name.endswith(OPEN))
            self._reached[name] = _references(self._shared[name])
        return self._reached[name]

    def _translated(self, node: dict[str, Any], *, closed: bool) -> Any:
        if node.get("x-truncated-in-source") or node.get("x-unknown-shape"):
            return True
        if "$ref" in node:
            name = node["$ref"].rsplit("/", 1)[1]
            return {"$ref": f"#/$defs/{name}{'' if closed else OPEN}"}
        result = (
            self._combined(node, closed=closed) if _is_combined(node) else self._single(node, closed=closed)
        )
        return _or_null(result) if node.get("nullable") else result

    def _combined(self, node: dict[str, Any], *, closed: bool) -> dict[str, Any]:
        members = [*node.get("allOf", ())]
        choices = node.get("oneOf") or node.get("anyOf") or []
        together = len(members) + bool(choices) + bool(node.get("properties")) > 1
        inner = closed and not together
        result: dict[str, Any] = {}
        if members:
            result["allOf"] = [self._translated(member, closed=inner) for member in members]
        if choices:
            # Branches of these documents overlap: each is a narrower or wider view of one record.
            result["anyOf"] = [self._translated(choice, closed=inner) for choice in choices]
        if node.get("properties"):
            result |= self._single(node, closed=False)
        if together and closed:
            result["unevaluatedProperties"] = False
        return result

    def _single(self, node: dict[str, Any], *, closed: bool) -> dict[str, Any]:
        result: dict[str, Any] = {name: node[name] for name in _KEPT if name in node}
        kind = node.get("type") or ("object" if "properties" in node else None)
        if "enum" in node:
            result["enum"] = [*node["enum"]]
        elif kind:
            result["type"] = kind
        if result.get("type") == "string":
            result |= _FORMATS.get(node.get("format", ""), {})
        if "x-range-delimiter" in node:
            result["pattern"] = RANGE
        if "items" in node:
            result["items"] = self._translated(node["items"], closed=True)
        if result.get("type") == "object":
            result |= self._object(node, closed=closed)
        return result

    def _object(self, node: dict[str, Any], *, closed: bool) -> dict[str, Any]:
        listed = node.get("properties", {})
        if self.side == REQUEST:
            listed = {name: held for name, held in listed.items() if not held.get("readOnly")}
        result: dict[str, Any] = {
            "properties": {name: self._property(name, held) for name, held in listed.items()}
        }
        if required := [name for name in node.get("required", ()) if name in listed or self.side == ANSWER]:
            result["required"] = required
        further = node.get("additionalProperties")
        if "x-dynamic-properties" in node:
            result["patternProperties"] = {_CUSTOM_FIELD: True}
            further = False
        if isinstance(further, dict):
            result["additionalProperties"] = self._translated(further, closed=True)
        elif closed and not further and (listed or further is False or node.get("properties")):
            result["additionalProperties"] = False
        return result

    def _property(self, name: str, node: dict[str, Any]) -> Any:
        if self.dates_of_xero and node.get("type") == "string":
            if name in CALENDAR_NAMES:
                return {"type": "string", "pattern": SENT_DATE if self.side == REQUEST else CALENDAR}
            if name in TIMESTAMP_NAMES and self.side == ANSWER:
                return {"type": "string", "pattern": TIMESTAMP}
        return self._translated(node, closed=True)


def _is_combined(node: dict[str, Any]) -> bool:
    return bool(node.get("allOf") or node.get("oneOf") or node.get("anyOf"))


def _or_null(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str) and not {"allOf", "anyOf"} & schema.keys():
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [{"type": "null"}, schema]}


def _references(node: Any) -> set[str]:
    return set(re.findall(r"'\$ref': '#/\$defs/([^']+)'", repr(node)))
