"""The fewest reads a run of progress claims could do with, worked out from the world alone.

Page sizes are written out here instead of being taken from the product, so that smaller pages there show
as more reads. A claim is read with all its lines: of such, a page is the 200 that are planned together. Other
lists of Procore are counted by 100; Xero's contacts and bills come 1,000 at a time at most.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

CLAIMS, LISTED, CONTACTS, BILLS = 100, 100, 1000, 1000  # records on a page
TOGETHER = 50  # documents or ids in one look-up
WHOLE = ("Organisation", "Accounts", "TaxRates", "TrackingCategories")  # Xero lists that have no pages
LISTS = {"WorkOrderContract": "work_order_contracts", "PurchaseOrderContract": "purchase_order_contracts"}
Floor = dict[str, int]


def pages(records: int, size: int) -> int:
    """Reads of a list; an empty one has to be asked for as well."""
    return max(1, ceil(records / size))


def of_first_run(world: Mapping[str, Any]) -> Floor:
    """When every claim is new: the claims and lists of each project, the catalogues, the look-ups."""
    projects = _projects(world)
    return _catalogues(world) | {
        "claims": sum(pages(len(project["requisitions"]), CLAIMS) for project in projects),
        "project lists": sum(_lists(project, project["requisitions"]) for project in projects),
        "look-ups": ceil(sum(len(project["requisitions"]) for project in projects) / TOGETHER),
    }


def of_second_run(world: Mapping[str, Any], refused: Iterable[str], written: int) -> Floor:
    """When nothing changed: a page of changes per project, the bills we wrote, and what was refused.

    A refused claim (`refused` has their ids) is looked at again, since what stands in its way may be gone; so
    it is read by its id, and its project's lists are. `written` bills changed in Xero since the first run
    began: whether by us alone is only known once they are read.
    """
    waiting = set(refused)
    again: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for place, project in enumerate(_projects(world)):
        again[place] = [one for one in project["requisitions"] if str(one["id"]) in waiting]
    found = [(project, again[place]) for place, project in enumerate(_projects(world)) if again[place]]
    return _catalogues(world) | {
        "claims": len(again),
        "refused claims": sum(ceil(len(claims) / TOGETHER) for _, claims in found),
        "project lists": sum(_lists(project, claims) for project, claims in found),
        "look-ups": ceil(len(waiting) / TOGETHER),
        "changed bills": pages(written, BILLS),
        "changed credit notes": 1,
    }


def _projects(world: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(world["procore"]["companies"][0]["projects"])


def _catalogues(world: Mapping[str, Any]) -> Floor:
    contacts = len(world["xero"]["organisations"][0]["Contacts"])
    return {"catalogues": len(WHOLE) + pages(contacts, CONTACTS) + pages(len(_projects(world)), LISTED)}


def _lists(project: Mapping[str, Any], claims: Iterable[Mapping[str, Any]]) -> int:
    """The commitments of the kinds that the claims name, and the billing periods."""
    kinds = {str(claim["commitment_type"]) for claim in claims}
    commitments = sum(pages(len(project[LISTS[kind]]), LISTED) for kind in kinds)
    return commitments + pages(len(project["billing_periods"]), LISTED)
