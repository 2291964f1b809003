"""Values inside records, by dotted paths. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Record = Mapping[str, Any]


def fill(template: str, record: Record) -> str:
    """`template` with each {dotted.path} replaced by the record's value, "" for what is absent."""
    out, rest = [], template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        value = dig(record, name)
        out += [before, "" if value is None else str(value)]
    return " ".join(("".join(out) + rest).split())


def dig(record: Any, path: str) -> Any:
    """The value at a dotted path, or None where any part of it is absent."""
    for name in path.split("."):
        if not isinstance(record, Mapping):
            return None
        record = record.get(name)
    return record
