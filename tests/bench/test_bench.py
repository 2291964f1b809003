"""What the bench works its figures out from."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.bench.figures import MEANINGS, Figure, document, table
from tests.bench.floor import of_first_run, of_second_run, pages
from tests.bench.limits import used
from tests.bench.nightly import seconds_under_limits


def project(claims: int, kind: str = "WorkOrderContract") -> dict[str, Any]:
    """A project with so many claims on three commitments of one kind."""
    return {
        "requisitions": [{"id": number, "commitment_type": kind} for number in range(claims)],
        "work_order_contracts": [{}] * 3,
        "purchase_order_contracts": [{}] * 3,
        "billing_periods": [{}] * 6,
    }


def world(*projects: dict[str, Any], contacts: int = 35) -> dict[str, Any]:
    """A world of these projects."""
    return {
        "procore": {"companies": [{"projects": list(projects)}]},
        "xero": {"organisations": [{"Contacts": [{}] * contacts}]},
    }


@pytest.mark.parametrize(("records", "expected"), [(0, 1), (1, 1), (100, 1), (101, 2)])
def test_an_empty_list_has_a_page(records: int, expected: int) -> None:
    assert pages(records, 100) == expected


def test_the_first_run_reads_claims_lists_and_look_ups() -> None:
    """Two projects, one of which also names purchase orders; nobody reads what no claim names."""
    second = project(130)
    second["requisitions"][0]["commitment_type"] = "PurchaseOrderContract"
    found = of_first_run(world(project(70), second))
    assert found == {"catalogues": 6, "claims": 1 + 2, "project lists": 2 + 3, "look-ups": 4}


def test_the_second_run_reads_what_was_refused_again() -> None:
    """By its ids, with the lists of its project; of the others only that nothing changed."""
    given = world(project(70), project(0))
    given["procore"]["companies"][0]["projects"][0]["requisitions"][5]["id"] = 900
    found = of_second_run(given, ["900"], written=69)
    assert found == {
        "catalogues": 6,
        "claims": 2,
        "refused claims": 1,
        "project lists": 2,
        "look-ups": 1,
        "changed bills": 1,
        "changed credit notes": 1,
    }


def test_only_whole_minutes_count_as_busy() -> None:
    """Sixty a minute, and a last part that does not count."""
    times = [minute * 60 + second for minute in range(3) for second in range(60)]
    assert used([*map(float, times), 180.0, 185.0], 60, 60.0) == 1.0
    assert used([*map(float, times[::2]), 185.0], 60, 60.0) == 0.5


def test_a_broken_bound_is_marked() -> None:
    """In the table; the JSON has the value by its name."""
    good, bad = Figure("budget_used", 0.95), Figure("second_run_writes", 2, {"seen": 2})
    assert good.holds and not bad.holds
    lines = table([good, bad]).splitlines()
    assert "0.95 " in lines[1] and "!" not in lines[1] and "2 !" in lines[2]
    written = json.loads(document([good, bad], {"cores": 2}), parse_float=Decimal)
    assert (written["budget_used"], written["second_run_writes"]) == (Decimal("0.95"), 2)
    assert written["parts"]["second_run_writes"] == {"seen": 2}


def test_every_figure_is_bounded_or_only_reported() -> None:
    """Times and sizes of our own choosing have none."""
    reported = [name for name, meaning in MEANINGS.items() if meaning.bound() == "reported"]
    assert reported == [
        "nightly_calls_of_200_projects",
        "nightly_calls_over_floor",
        "nightly_kilobytes_of_200_projects",
        "nightly_minutes_under_limits",
        "bytes_with_ten_times_the_history",
        "claim_cost_over_xero_python",
    ]


def test_limits_hold_calls_up_on_a_clock_of_their_own() -> None:
    """Sixty a minute go at once, the next waits for the minute; the hour counts as well."""
    assert seconds_under_limits(["xero"] * 60) == 0
    assert seconds_under_limits(["xero"] * 121) == 120
    assert seconds_under_limits(["procore"] * 26 + ["xero"]) == 10
    assert seconds_under_limits(["procore"] * 601) == 3600
