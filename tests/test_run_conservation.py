"""After every night the two systems agree to the cent, or an open warning names what they differ by."""

from __future__ import annotations

import os
from collections import defaultdict
from decimal import Decimal

import pytest

from integrations.sandbox.server import Sandbox
from tests import conservation as sums
from tests import run_house as house

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.faults]

EVERY = os.environ.get("ONECORE_FAULTS") == "all"
SEED = int(os.environ.get("ONECORE_SEED", "1"))
SEEDS = [SEED * 10 + number for number in range(3 if EVERY else 1)]
ROUNDS = 200 if EVERY else 3


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_whatever_people_do(sandbox: Sandbox, seed: int) -> None:
    company = sums.company(sandbox, seed)
    agree(company)
    for _ in range(ROUNDS):
        company.done.append("--- a day")
        company.acts(company.random.randint(1, 5))
        company.run()
        agree(company)
    company.week_passes()
    company.run()
    agree(company)
    before = house.writes(sandbox)
    company.run()
    assert house.writes(sandbox) == before


def agree(company: sums.Company) -> None:
    """Every difference is named by an open warning, and together they are the projects' differences."""
    story = company.story()
    differences = list(sums.disagreements(company))
    silent = [one for one in differences if not sums.warned(company, one.number)]
    assert silent == [], story
    numbers = {claim["invoice_number"]: claim for claim in company.claims()}
    projects = {one["id"]: one["project_number"] for one in company.sandbox.records("procore", "projects")}
    named: dict[str, Decimal] = defaultdict(Decimal)
    for one in differences:
        if one.what == "claimed":
            named[projects[numbers[one.number]["project_id"]]] += one.amount
    gone = sum((one.amount for one in differences if one.what == "no claim"), Decimal(0))
    due, there = sums.due_by_project(company), sums.tracked(company)
    for number in projects.values():
        missed = due[number] - there[number]
        assert missed == named[number] or gone, f"{number}: {missed} of which {named[number]} named\n{story}"
