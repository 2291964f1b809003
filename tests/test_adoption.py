"""Which documents in both systems are proposed as the same, and which never are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from integrations.adoption import Side, compared, pairs, plain_number


def side(key: str, number: str, amount: str, day: str = "2026-10-20", **over: Any) -> Side:
    """A bill of one contact."""
    named: dict[str, Any] = {"resource": "bills", "contact": "acacia"} | over
    return Side(key=key, number=number, amount=Decimal(amount), day=date.fromisoformat(day), **named)


@pytest.mark.parametrize(
    ("theirs", "confidence", "words"),
    [
        (side("x", "AC-0012", "100.00"), 100, "same number, same amount, same date"),
        (side("x", "ac 12", "100.00", "2026-10-25"), 95, "same number, same amount, dates 5 days apart"),
        (side("x", "AC-12", "90.00"), 60, "same number, amount differs by 10.00, same date"),
        (side("x", "7781", "100.00"), 55, "other number, same amount, same date"),
        (side("x", "AC-12/B", "100.00"), 75, "similar number, same amount, same date"),
        (side("x", "7781", "90.00"), 0, ""),
        (side("x", "AC-12", "100.00", contact="banksia"), 0, ""),
        (side("x", "AC-12", "100.00", resource="credit_notes"), 0, ""),
    ],
)
def test_how_sure_a_pair_is(theirs: Side, confidence: int, words: str) -> None:
    points, said = compared(side("1", "AC-12", "100.00"), theirs)
    assert (min(points, 100), said) == (confidence, words)


def test_numbers_are_compared_as_people_do() -> None:
    assert plain_number("INV-00 012") == plain_number("inv12") != plain_number("inv120")


def test_the_surer_pair_wins_for_both_documents() -> None:
    found = pairs(
        [side("1", "AC-1", "100.00"), side("2", "AC-2", "100.00")],
        [side("x", "AC-1", "100.00"), side("y", "AC-2", "100.00")],
    )
    assert [(pair.ours.key, pair.theirs.key, pair.is_sure) for pair in found] == [
        ("1", "x", True),
        ("2", "y", True),
    ]


def test_two_that_fit_equally_well_are_never_sure() -> None:
    found = pairs([side("1", "AC-1", "100.00")], [side("x", "AC-1", "100.00"), side("y", "AC-1", "100.00")])
    assert [(pair.theirs.key, pair.rivals, pair.is_sure) for pair in found] == [
        ("x", 1, False),
        ("y", 1, False),
    ]
