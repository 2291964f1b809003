"""Lines of contracts and variations: their budget code in one shape, and variations laid on their lines.

A contract's line names its cost code and cost type; a variation's may name only the flat budget code, whose
cost type is then looked up among the company's. Amounts are before tax.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.base import Record, dig
from integrations.values import decimal, is_zero


def coded(line: Record, types: Mapping[str, Record]) -> dict[str, Any]:
    """The line's budget code with its cost code and cost type as segments. `types` are cost types by code."""
    held = line.get("wbs_code")
    code: Record = held if isinstance(held, Mapping) else {}
    if code.get("segment_items"):
        return dict(code)
    flat, _, kind = str(code.get("flat_code") or "").rpartition(".")
    full = dig(line, "cost_code.full_code") or flat or kind
    parts = [{"segment_type": "cost_code", "code": full, "path_codes": [full]}] if full else []
    found = line.get("line_item_type") or (types.get(kind) if flat else None)
    if isinstance(found, Mapping):
        named = {name: found.get(name) for name in ("id", "code", "name")}
        parts.append({"segment_type": "line_item_type", **named})
    return {**code, "segment_items": parts}


def by_code(types: Iterable[Record] | None) -> dict[str, Record]:
    """Cost types by their code."""
    return {str(one.get("code")): one for one in types or () if isinstance(one, Mapping)}


def schedule(
    lines: Iterable[Record], changes: Iterable[Record], types: Mapping[str, Record]
) -> list[dict[str, Any]]:
    """The contract's lines with its variations: a variation's line adds to the line of the same budget code.

    Where several lines have that code, it adds to the one with the same words; else it is a line of its own.
    """
    out = [_line(one, types) for one in lines if isinstance(one, Mapping)]
    for change in changes:
        line = _line(change, types)
        same = [one for one in out if _code(one) == _code(line) and _code(line)]
        alike = [one for one in same if _words(one) == _words(line)]
        home = next(iter(alike), same[0] if len(same) == 1 else None)
        if home is None:
            out.append(line)
        else:
            home["amount"] = _sum(home["amount"], line["amount"])
    return out


def _line(line: Record, types: Mapping[str, Record]) -> dict[str, Any]:
    amount = line.get("amount") if line.get("amount") is not None else line.get("total_amount")
    return {
        "id": str(line.get("id")),
        "description": str(line.get("description") or ""),
        "amount": amount,
        "wbs_code": coded(line, types),
        "tax_code_id": line.get("tax_code_id"),
    }


def _code(line: Record) -> str:
    parts = dig(line, "wbs_code.segment_items") or ()
    return "|".join(f"{part.get('segment_type')} {part.get('code')}" for part in parts)


def _words(line: Record) -> str:
    return " ".join(str(line.get("description") or "").split()).casefold()


def _sum(first: Any, second: Any) -> Any:
    """The sum; what is no number stays, so that it is said."""
    numbers = (decimal(first), decimal(second))
    if numbers[0] is None or numbers[1] is None:
        return first if numbers[0] is None else second
    return numbers[0] + numbers[1]


def any_amount(lines: Iterable[Record]) -> bool:
    """Whether a line has an amount."""
    return any(not is_zero(line.get("amount")) for line in lines)
