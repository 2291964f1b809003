"""Pieces of OpenAPI the lists of known contradictions are written with."""

from typing import Any

JSON = "application/json"
EVERY_ANSWER = ("paths", "*", "*", "responses")
TEXT: dict[str, Any] = {"type": "string"}
# The body Xero's gateway answers with before the API is reached (xero.md 9).
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["Title", "Status", "Detail"],
    "properties": {
        "Type": {"type": "string", "nullable": True},
        "Title": TEXT,
        "Status": {"type": "integer"},
        "Detail": TEXT,
        "Instance": TEXT,
        "Extensions": {"type": "object"},
    },
}


def schemas(*names: str) -> tuple[tuple[str, ...], ...]:
    """Return the paths to the properties of schemas."""
    return tuple(("components", "schemas", name, "properties") for name in names)


def answered(**properties: dict[str, Any]) -> dict[str, Any]:
    """Return properties found in answers only."""
    return {name: {**schema, "readOnly": True} for name, schema in properties.items()}


def json_answer(schema: dict[str, Any]) -> dict[str, Any]:
    """Return an answer with a JSON body."""
    return {"description": "", "content": {JSON: {"schema": schema}}}
