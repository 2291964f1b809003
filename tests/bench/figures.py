"""The figures of a bench: their bounds, what they mean, the table they are printed as and their JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

WIDTHS = (32, 10, 10)


@dataclass(frozen=True)
class Meaning:
    """What a figure says. `most` and `least` bound it; with neither it is only reported."""

    words: str
    most: float | None = None
    least: float | None = None

    def holds(self, value: float) -> bool:
        """Whether the value lies within the bound."""
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    def bound(self) -> str:
        """The bound as the table shows it."""
        if self.most is not None:
            return f"<= {self.most:g}"
        return f">= {self.least:g}" if self.least is not None else "reported"


MEANINGS: Mapping[str, Meaning] = {
    "claims_write_calls_per_1000": Meaning(
        "writes that 1,000 new claims need, 5 % of them refused, each with its own result", most=25
    ),
    "claims_reads_over_floor": Meaning("reads of that run over the fewest it could do with", most=1.1),
    "second_run_writes": Meaning("writes of the next run, when nothing changed", most=0),
    "second_run_reads_over_floor": Meaning("reads of that run over the fewest it could do with", most=1.2),
    "limit_overruns": Meaning("429 answers to processes that share one credential", most=0),
    "budget_used": Meaning("share of the allowed calls they used while busy", least=0.9),
    "memory_ratio_20000_to_2000": Meaning("peak memory for 20,000 claims over that for 2,000", most=1.3),
    "nightly_calls_of_200_projects": Meaning("calls of a nightly run of 200 projects of which five changed"),
    "nightly_calls_over_floor": Meaning("those calls over the fewest it could do with"),
    "nightly_kilobytes_of_200_projects": Meaning("what both systems sent for it, in thousands of bytes"),
    "nightly_minutes_under_limits": Meaning("minutes that the limits of both systems make it take"),
    "calls_with_ten_times_the_history": Meaning(
        "calls of that night with ten times the old claims, over those without", most=1.1
    ),
    "bytes_with_ten_times_the_history": Meaning("bytes of that night, over those without"),
    "claim_cost_over_xero_python": Meaning(
        "planning and mapping a claim over xero-python building and serialising its bill"
    ),
}


@dataclass(frozen=True)
class Figure:
    """One measured value, with the numbers it was made of."""

    name: str
    value: float
    parts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def meaning(self) -> Meaning:
        return MEANINGS[self.name]

    @property
    def holds(self) -> bool:
        """Whether it is within its bound."""
        return self.meaning.holds(self.value)

    @property
    def shown(self) -> str:
        """The value as the table shows it."""
        return f"{round(self.value, 3):g}"


def over(count: int, floor: int) -> float:
    """A count over its floor; raises ZeroDivisionError for a floor of nothing."""
    return round(count / floor, 4)


def table(figures: Sequence[Figure]) -> str:
    """Figure, value, bound and meaning, a line each; a broken bound is marked."""
    rows = [("figure", "value", "bound", "meaning")]
    rows += [
        (one.name, one.shown + ("" if one.holds else " !"), one.meaning.bound(), one.meaning.words)
        for one in figures
    ]
    return "\n".join(
        "  ".join(
            [*(cell.ljust(width) for cell, width in zip(row[:3], WIDTHS, strict=True)), row[3]]
        ).rstrip()
        for row in rows
    )


def document(figures: Sequence[Figure], machine: Mapping[str, Any]) -> str:
    """The figures by name as JSON, with what they were made of under `parts`."""
    values = {one.name: one.value for one in figures}
    parts = {one.name: one.parts for one in figures}
    return json.dumps({**values, "parts": parts, "machine": machine}, indent=2) + "\n"
