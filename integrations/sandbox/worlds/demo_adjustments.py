"""The demo world's files, and what changes after payment.

Section 5.6, later and attachments
    attachments-carried                claim SC-2605-01-01: the invoice itself and a photo
    attachment-of-another-kind         claim SC-2605-01-02, a drawing beside its invoice
    changed-after-payment              later: SC-2605-02-01, paid in part, loses 400.00 of its first line
"""

from collections.abc import Mapping
from typing import Any

from integrations.sandbox.worlds.money import cents, text
from integrations.sandbox.worlds.records import Record

FILES = {
    "SC-2605-01-01": ("Site 14 July.jpg", "SC-2605-01-01 tax invoice.pdf"),
    "SC-2605-01-02": ("Slab set-out rev B.dwg", "SC-2605-01-02 tax invoice.pdf"),
}
PAID, LESS = "SC-2605-02-01", 40_000  # cents
FIRST_FILE = 990_001


def add(projects: list[Record]) -> None:
    """Attach the files."""
    claims, number = by_number(projects), FIRST_FILE
    for claim, names in FILES.items():
        claims[claim]["attachments"] = []
        for name in names:
            claims[claim]["attachments"].append(
                {"id": number, "filename": name, "text": f"{name} of {claim}"}
            )
            number += 1


def later(company: Mapping[str, Any]) -> list[Record]:
    """Change a claim of which a part was paid."""
    claim = by_number(company["projects"])[PAID]
    line = claim["items"][0]
    less = text(cents(line["work_completed_this_period"]) - LESS)
    row = {"line_item_id": line["line_item_id"], "work_completed_this_period": less}
    return [{"act": "edit_claim", "claim_id": claim["id"], "items": [row]}]


def by_number(projects: list[Record]) -> dict[str, Record]:
    """Every claim by its invoice number."""
    return {claim["invoice_number"]: claim for project in projects for claim in project["requisitions"]}
