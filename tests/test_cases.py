"""Every case file: what is given leads to the changes expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from integrations.base import Integration
from integrations.registry import INTEGRATIONS
from integrations.reverse import ASKED
from tests import cases

FILES = list(cases.files())


@pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}: {path.stem}" for path in FILES])
def test_case(path: Path) -> None:
    case = cases.load(path)
    changes = cases.changes_of(path.parent.name, case["given"])
    expected = case["expected"]["changes"]
    check_whole(path, case)
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
            "marker": dict(change.marker),
            "details": dict(change.details),
            "differences": [f"{d.field}{' (kept)' if d.kept else ''}" for d in change.differences],
            "scope": dict(change.scope),
            "choices": [dict(rule) for reason in change.reasons for _, rule in reason.choices],
        }
        for name, value in wanted.items():
            assert holds(shown[name], value), (
                f"{name}: {shown[name]!r} does not hold {value!r}; planned {planned}"
            )
    wants = {(change.match_key, change.subject) for change in changes if change.match_key}
    keys = [key for key, _ in wants]
    assert sum(keys.count(key) > 1 for key in keys) == case["expected"].get("doubles", 0), planned


def check_whole(path: Path, case: Mapping[str, Any]) -> None:
    """What is said of the integration as a whole is what the case expects."""
    said, stops = cases.overall_of(path.parent.name, case["given"])
    expected = case["expected"].get("overall", [])
    assert [reason.code for reason in said] == [wanted["code"] for wanted in expected], said
    for reason, wanted in zip(said, expected, strict=True):
        assert holds(reason.message, wanted["message"]), reason.message
    assert stops == case["expected"].get("stops", False), said


def test_every_choice_settles_its_cost_and_rewrites_no_rule() -> None:
    """A rule made of a choice is new, and gives the cost that asked the code that was chosen."""
    for path in FILES:
        given = cases.load(path)["given"]
        for change in cases.changes_of(path.parent.name, given):
            for words, choice in (one for reason in change.reasons for one in reason.choices):
                rule = dict(choice)
                if "cost_code" not in rule:
                    continue
                settled = {**given, "reverse": [*given.get("reverse", ()), rule]}
                again = cases.changes_of(path.parent.name, settled)
                assert "several-codes" not in {reason.code for one in again for reason in one.reasons}, words
                keys = [tuple(one.get(name, "") for name in ASKED) for one in settled["reverse"]]
                assert len(set(keys)) == len(keys), words


def codes_of(path: Path) -> set[str]:
    """The warnings a case produces."""
    given = cases.load(path)["given"]
    changes, (whole, _) = cases.changes_of(path.parent.name, given), cases.overall_of(path.parent.name, given)
    return {reason.code for reasons in (whole, *(change.reasons for change in changes)) for reason in reasons}


@pytest.mark.parametrize("integration", INTEGRATIONS, ids=lambda integration: integration.slug)
def test_every_warning_has_a_case_that_produces_it(integration: type[Integration]) -> None:
    produced = set().union(*(codes_of(path) for path in FILES if path.parent.name == integration.slug))
    declared = {check.warn for check in (*integration.checks, *integration.overall) if check.warn}
    assert declared <= produced, declared - produced


@pytest.mark.parametrize("folder", sorted({path.parent.name for path in FILES}))
def test_every_warning_has_a_case_that_only_just_does_not(folder: str) -> None:
    """In folders that mark their near misses, every warning has one, and none of them produces it."""
    here = [path for path in FILES if path.parent.name == folder]
    near = {path: set(cases.load(path).get("near", ())) for path in here}
    for path, codes in near.items():
        assert not codes & codes_of(path), path
    marked = set().union(*near.values())
    produced = set().union(*(codes_of(path) for path in here))
    assert not marked or produced <= marked, produced - marked


def test_warnings_read_like_sentences_for_people() -> None:
    """A warning names no field and no code, and says what to do."""
    for path in FILES:
        given = cases.load(path)["given"]
        changes, (whole, _) = (
            cases.changes_of(path.parent.name, given),
            cases.overall_of(path.parent.name, given),
        )
        for reasons in (whole, *(change.reasons for change in changes)):
            for reason in reasons:
                assert not re.search(
                    r"[a-z]_[a-z]|\b[A-Z][a-z]+[A-Z]|\b[A-Z]+_[A-Z]+\b|None|\{", reason.message
                ), reason.message
                assert "please" not in reason.message.lower() and "!" not in reason.message, reason.message
                assert ": " in reason.message or "links it" in reason.message or ";" in reason.message, (
                    reason.message
                )


def holds(actual: Any, wanted: Any) -> bool:
    """Whether the actual value holds the wanted one: texts as a part, mappings by key, lists by element."""
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
