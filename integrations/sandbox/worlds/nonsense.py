"""Worlds in which some records are nonsense among good ones, as a broken or hostile system answers."""

import copy
from typing import Any

from integrations.sandbox.worlds.names import guid

Record = dict[str, Any]
LONG = "N" * 10_000

# fault -> what a claim then answers, by path; one claim of the base world takes each
CLAIM_FAULTS: dict[str, Record] = {
    "null vendor": {"vendor_id": None, "vendor_name": None},
    "amount that is not a number": {
        "items.0.work_completed_this_period": "NaN",
        "summary.total_retainage": "NaN",
    },
    "endless amount": {"items.0.total_completed_and_stored_to_date": "Infinity"},
    "unknown status": {"status": "approved_by_somebody"},
    "items of a wrong type": {"items": "none"},
    "summary of a wrong type": {"summary": [1, 2, 3]},
    "date that does not exist": {"billing_date": "2026-02-31", "requisition_end": "2026-13-01"},
    "name of 10,000 characters": {"vendor_name": LONG, "invoice_number": LONG},
    "commitment that does not exist": {"commitment_id": 999_999_999_999},
    "unknown kind of line": {"items.0.item_type": "mystery_item", "items.0.cost_code_id": None},
    "nulls for amounts": {
        "items.0.work_completed_this_period": None,
        "summary.total_completed_and_stored_to_date": None,
    },
}
VENDOR_FAULTS: dict[str, Record] = {
    "name of 10,000 characters": {"name": LONG},
    "null name": {"name": None},
    "activity of a wrong type": {"is_active": "perhaps"},
}
PROJECT_FAULTS: dict[str, Record] = {
    "number of a wrong type": {"project_number": 2026},
    "null name": {"name": None},
}
# what contacts of the group then hold, in Xero's own fields
CONTACT_FAULTS: dict[str, Record] = {
    "name of 10,000 characters": {"Name": LONG},
    "unknown status": {"Name": "Spoilt contact A", "ContactStatus": "SOMETHING"},
    "tax number of a wrong type": {"Name": "Spoilt contact B", "TaxNumber": 51824753556},
    "country of 10,000 characters": {
        "Name": "Spoilt contact C",
        "Addresses": [{"AddressType": "STREET", "Country": LONG, "Region": None}],
    },
}


def nonsense(base: Record, *, endless: bool = False) -> Record:
    """Give a copy of a world in which records answer nonsense; `endless`: the last page repeats itself.

    The first claims take one fault of `CLAIM_FAULTS` each, in order, as far as they reach; vendors and
    projects are added for the other faults, so that good records stay good. `poisoned(world)` lists what
    was spoilt.
    """
    world = copy.deepcopy(base)
    company = world["procore"]["companies"][0]
    claims = [claim for project in company["projects"] for claim in project["requisitions"]]
    for claim, (fault, answer) in zip(claims, CLAIM_FAULTS.items(), strict=False):
        claim["answer_overrides"] = dict(answer)
        claim["comment"] = f"Spoilt: {fault}"
    company["vendors"] += [
        {"id": 59001 + row, "name": f"Spoilt vendor {row}", "answer_overrides": dict(answer)}
        for row, answer in enumerate(VENDOR_FAULTS.values())
    ]
    company["projects"] += [
        {
            "id": 79001 + row,
            "name": f"Spoilt project {row}",
            "project_number": f"X-{row}",
            "stage": "Send to Xero",
            "answer_overrides": dict(answer),
        }
        for row, answer in enumerate(PROJECT_FAULTS.values())
    ]
    for books in world.get("xero", {}).get("organisations", ())[:1]:
        contacts = [
            {"ContactID": guid("spoilt", fault), **fields, "IsSupplier": True}
            for fault, fields in CONTACT_FAULTS.items()
        ]
        books["Contacts"] += contacts
        for group in books["ContactGroups"]:
            group["Contacts"] += [{"ContactID": contact["ContactID"]} for contact in contacts]
    if endless:
        world["switches"] = {**world.get("switches", {}), "procore_endless_paging": True}
    return world


def poisoned(world: Record) -> dict[str, list[int]]:
    """Give the ids of the spoilt records by kind."""
    company = world["procore"]["companies"][0]
    kinds = {
        "vendors": company["vendors"],
        "projects": company["projects"],
        "requisitions": [
            claim for project in company["projects"] for claim in project.get("requisitions", ())
        ],
    }
    spoilt = "answer_overrides"
    return {kind: [record["id"] for record in records if spoilt in record] for kind, records in kinds.items()}
