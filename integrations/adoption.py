"""Pairs of documents that are in both systems already, with how sure it is that they are the same. Pure.

Amounts are before tax. Only documents of one contact are compared, and two that agree neither in number nor
in amount are never a pair.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

SURE = 90  # from here on a pair may be approved together with others
LEAST = 50  # below, a pair is not worth a look
NEAR, FAR = 7, 31  # days


@dataclass(frozen=True, kw_only=True)
class Side:
    """A document in one of the systems."""

    key: str
    resource: str
    contact: str
    number: str
    amount: Decimal
    day: date | None


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two documents that may be the same. `rivals` counts others that fit either of them as well."""

    ours: Side
    theirs: Side
    confidence: int  # 0-100
    words: str
    rivals: int = 0

    @property
    def is_sure(self) -> bool:
        """Whether it may be approved without a look of its own."""
        return self.confidence >= SURE and not self.rivals


def plain_number(number: str) -> str:
    """A number as people compare it: without blanks, signs, leading zeros and the difference of cases."""
    parts = re.findall(r"[a-z]+|\d+", number.casefold())
    return "".join(part.lstrip("0") if part.isdigit() else part for part in parts)


def compared(ours: Side, theirs: Side) -> tuple[int, str]:
    """How sure it is that both are the same document, 0-100, and what agrees, in words."""
    if ours.contact != theirs.contact or ours.resource != theirs.resource:
        return 0, ""
    points, words = 0, []
    mine, other = plain_number(ours.number), plain_number(theirs.number)
    if mine and mine == other:
        points, words = 45, ["same number"]
    elif mine and other and min(len(mine), len(other)) > 3 and (mine in other or other in mine):
        points, words = 20, ["similar number"]
    else:
        words = ["other number"]
    if ours.amount == theirs.amount:
        points, words = points + 40, [*words, "same amount"]
    else:
        words = [*words, f"amount differs by {abs(ours.amount - theirs.amount):,.2f}"]
        if mine != other:
            return 0, ""
    apart = abs((ours.day - theirs.day).days) if ours.day and theirs.day else FAR + 1
    points += 15 if apart == 0 else 10 if apart <= NEAR else 5 if apart <= FAR else 0
    words.append("same date" if apart == 0 else _apart(ours, theirs))
    return points, ", ".join(words)


def _apart(ours: Side, theirs: Side) -> str:
    if ours.day is None or theirs.day is None:
        return "a date is missing"
    days = abs((ours.day - theirs.day).days)
    return f"dates {days} day{'' if days == 1 else 's'} apart"


def pairs(ours: Iterable[Side], theirs: Iterable[Side]) -> list[Pair]:
    """The pairs worth a look, surest first.

    Where several fit one document equally well, all of them are given and none is sure: nobody guesses.
    """
    by_contact: dict[tuple[str, str], list[Side]] = defaultdict(list)
    for one in theirs:
        by_contact[one.contact, one.resource].append(one)
    found: list[Pair] = []
    for mine in ours:
        for other in by_contact[mine.contact, mine.resource]:
            points, words = compared(mine, other)
            if points >= LEAST:
                found.append(Pair(ours=mine, theirs=other, confidence=points, words=words))
    found = [pair for pair in found if not _beaten(pair, found)]
    return sorted(
        (_counted(pair, found) for pair in found), key=lambda pair: (-pair.confidence, pair.ours.key)
    )


def _beaten(pair: Pair, found: list[Pair]) -> bool:
    """Whether one of its two documents has a surer pair."""
    return any(
        other.confidence > pair.confidence
        and (other.ours.key == pair.ours.key or other.theirs.key == pair.theirs.key)
        for other in found
    )


def _counted(pair: Pair, found: list[Pair]) -> Pair:
    others = [other for other in found if other is not pair]
    rivals = sum(other.ours.key == pair.ours.key or other.theirs.key == pair.theirs.key for other in others)
    return Pair(
        ours=pair.ours, theirs=pair.theirs, confidence=pair.confidence, words=pair.words, rivals=rivals
    )  # fmt: skip
