"""After every night the two systems agree to the cent, or an open warning names what they differ by."""

from __future__ import annotations

import os

import pytest

from integrations.sandbox.server import Sandbox
from tests import run_house as house
from tests.conservation import claims, costs, owner, people, sums
from tests.conservation.company import DAY, Company, started
from tests.conservation.settling import settle

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.faults]

EVERY = os.environ.get("ONECORE_FAULTS") == "all"
SEED = int(os.environ.get("ONECORE_SEED", "1"))
SEEDS = [SEED * 10 + number for number in range(3 if EVERY else 1)]
ROUNDS = int(os.environ.get("ONECORE_ROUNDS", "200" if EVERY else "3"))

SETTLED = 10  # days after which people settle what waits for them
FEW, SHARE = 10, 0.4  # records that may differ then, and their share
ENOUGH = 100  # rounds in which every kind of act is done at least once


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_lost_whatever_people_do(sandbox: Sandbox, seed: int) -> None:
    company = started(sandbox, seed)
    agree(company)
    for day in range(1, ROUNDS + 1):
        company.done.append(DAY)
        people.act(company, company.random.randint(1, 8))
        company.run()
        agree(company)
        if day % SETTLED == 0:
            company.done.append("--- what waits is settled")
            settle(company)
            agree(company, mostly=True)
    assert ROUNDS < ENOUGH or {act.__name__ for act in people.ACTS} == company.acted, company.refused
    company.week_passes()
    company.run()
    agree(company)
    before = house.writes(sandbox)
    company.run()
    assert house.writes(sandbox) == before, company.story()


def agree(company: Company, *, mostly: bool = False) -> None:
    """Every difference is named by an open warning, and together they are the projects' differences;
    `mostly`: few records differ.
    """
    for name, entries, documents in (
        ("progress claims", list(claims.entries(company)), signed(claims.documents(company))),
        ("head contract claims", list(owner.entries(company)), signed(owner.documents(company))),
        ("direct costs", list(costs.entries_out(company)), signed(costs.documents_out(company))),
        ("Xero costs", list(costs.entries_in(company)), costs.documents_in(company)),
    ):
        differences = list(sums.differences(entries))
        silent = [one for one in differences if not sums.warned(company, one.entry)]
        assert silent == [], "\n".join([name, *map(str, silent), company.story()])
        apart = {(one.entry.number, one.entry.project) for one in differences}
        few = not mostly or len(apart) <= max(FEW, len(entries) * SHARE)
        assert few, f"{len(apart)} of {len(entries)} {name}\n{company.story()}"
        procore, xero = sums.in_procore(entries), sums.in_xero(documents)
        by_project = {key: procore.get(key, 0) - xero.get(key, 0) for key in procore.keys() | xero.keys()}
        assert {key: one for key, one in by_project.items() if one} == sums.missed(differences), name


def signed(rows: list[tuple[int, str, sums.Record]]) -> list[tuple[int, sums.Record]]:
    """Documents with their signs."""
    return [(sign, one) for sign, _, one in rows]
