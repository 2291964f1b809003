"""Every case file: what is given leads to the changes expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests import cases

FILES = list(cases.files())


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}: {path.stem}" for path in FILES])
def test_case(path: Path) -> None:
    case = cases.load(path)
    changes = cases.changes_of(path.parent.name, case["given"])
    expected = case["expected"]["changes"]
    planned = [f"{change.action} {change.role} {change.title}: {change.message}" for change in changes]
    assert len(changes) == len(expected), planned
    for change, wanted in zip(changes, expected, strict=True):
        shown = {
            "action": change.action.value,
            "role": change.role,
            "resource": change.resource,
            "title": change.title,
            "amount": change.amount,
            "message": change.message,
            "payload": change.payload,
            "lines": change.payload.get("LineItems", []),
            "reasons": [reason.code for reason in change.reasons],
            "target_id": change.target_id,
            "removal": change.removal,
            "differences": [f"{d.field}{' (kept)' if d.kept else ''}" for d in change.differences],
            "scope": dict(change.scope),
        }
        for name, value in wanted.items():
            assert holds(shown[name], value), (
                f"{name}: {shown[name]!r} does not hold {value!r}; planned {planned}"
            )


def test_warnings_read_like_sentences_for_people() -> None:
    """A warning names no field and no code, and says what to do."""
    for path in FILES:
        for change in cases.changes_of(path.parent.name, cases.load(path)["given"]):
            for reason in change.reasons:
                assert not re.search(
                    r"[a-z]_[a-z]|\b[A-Z][a-z]+[A-Z]|\b[A-Z]+_[A-Z]+\b|None|\{", reason.message
                ), reason.message
                assert "please" not in reason.message.lower() and "!" not in reason.message, reason.message
                assert ": " in reason.message or "links it" in reason.message or ";" in reason.message, (
                    reason.message
                )


def holds(actual: Any, wanted: Any) -> bool:
    """Whether the actual value holds the wanted one: texts as a part, mappings key by key, lists element by element."""
    if isinstance(wanted, Mapping):
        return isinstance(actual, Mapping) and all(
            name in actual and holds(actual[name], value) if value is not None else name not in actual
            for name, value in wanted.items()
        )
    if isinstance(wanted, list):
        return len(actual) == len(wanted) and all(
            holds(one, other) for one, other in zip(actual, wanted, strict=True)
        )
    if isinstance(actual, Decimal):
        return actual == Decimal(str(wanted))
    if isinstance(actual, date):
        return actual.isoformat() == wanted
    if isinstance(wanted, str) and isinstance(actual, str):
        return wanted == actual or (len(wanted) > 12 and wanted in actual)
    return actual == wanted
