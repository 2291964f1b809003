"""People, kinds of time and timecard entries in Procore. Data only; paths and fields as in its reference.

A project's own list of timecards gives today's alone; the company's takes days, changes and deletions.
"""

from dataclasses import replace

from integrations.base import Resource

TIMECARDS = Resource(
    system="procore",
    name="timecards",
    label="timecard",
    plural="timecards",
    title="{party.name} {date}",
    path="/rest/v1.0/companies/{company_id}/timecard_entries",
    one="/rest/v1.0/companies/{company_id}/timecard_entries/{id}",
    scope=("company_id",),
    changed="updated_at",
    by_ids="filters[id]",
    version="updated_at",
    page_size=1000,
)
TIMECARDS_DELETED = replace(
    TIMECARDS, name="timecards_deleted", label="deleted timecard", plural="deleted timecards",
    changed="deleted_at",
)  # fmt: skip
