"""Direct costs of a project in Procore. Data only; paths and fields as in the REST reference.

The list holds headers; only a single record, read through v1.1, holds its lines. `origin_id` freezes a direct
cost for everybody and belongs to one integration.
"""

from dataclasses import replace

from integrations.base import Resource, Search, Write

DIRECT_COSTS = Resource(
    system="procore",
    name="direct_costs",
    label="direct cost",
    plural="direct costs",
    title="{vendor_name} {invoice_number}",
    path="/rest/v1.1/projects/{project_id}/direct_costs",
    one="/rest/v1.1/projects/{project_id}/direct_costs/{id}",
    scope=("project_id",),
    changed="updated_at",
    by_ids="filters[id]",
    version="updated_at",
    web="/{project_id}/project/direct_costs/{id}",
    status="status",
    total="grand_total",
    money=frozenset({"line_items"}),
    lines="line_items",
    line_key="id",
    locked={"origin_id": "another accounting integration has locked it"},
)
# Read for a direct cost that is sent.
DIRECT_COST_LINES = Resource(
    system="procore",
    name="direct_cost_lines",
    label="line of a direct cost",
    plural="lines of direct costs",
    title="{description}",
    path="/rest/v1.0/projects/{project_id}/direct_costs/{direct_cost_id}/line_items",
    scope=("project_id", "direct_cost_id"),
)

# Read one by one, for the addresses of attachments, where an option asks for them.
DIRECT_COST_FILES = replace(DIRECT_COSTS, name="direct_cost_files", by_ids="")

# As they are written. Only v1.1 takes lines; it takes neither another number nor another type later, and
# keeps lines that an update leaves out. Nothing can be asked for our mark in the description.
PATCH = Write(
    method="PATCH",
    path="/rest/v1.1/projects/{project_id}/direct_costs/{id}",
    wrap="direct_cost",
    numbers=True,
)
DIRECT_COSTS_WRITTEN = replace(
    DIRECT_COSTS,
    by_ids="",
    read_each=True,
    create=replace(PATCH, method="POST", path="/rest/v1.1/projects/{project_id}/direct_costs"),
    update=PATCH,
    removals=dict.fromkeys(
        ("draft", "pending", "revise_and_resubmit", "approved"),
        Write(method="DELETE", path="/rest/v1.0/projects/{project_id}/direct_costs/{id}"),
    ),
    search=Search(style="list"),
    money=frozenset({"manual_amount"}),
    line_amount="manual_amount",
    held_as={"manual_amount": "amount", "wbs_code_id": "wbs_code.id"},
    keeps_lines=True,
    hand=frozenset({"description", "wbs_code_id", "direct_cost_date"}),
)
# The last step of a direct cost where the tenant chose locking: it freezes the record.
DIRECT_COST_LOCKS = replace(
    DIRECT_COSTS,
    name="direct_cost_locks",
    label="lock of a direct cost",
    plural="locks of direct costs",
    by_ids="",
    read_each=True,
    create=replace(PATCH, path="/rest/v1.1/projects/{project_id}/direct_costs/{direct_cost_id}"),
    scope=("project_id",),
    search=Search(style="list"),
    lines="",
    total="",
    money=frozenset(),
    locked={},
    exclusive=False,
)
WBS_CODES = Resource(
    system="procore",
    name="wbs_codes",
    label="budget code",
    plural="budget codes",
    title="{flat_code} {description}",
    path="/rest/v1.0/projects/{project_id}/work_breakdown_structure/wbs_codes",
    scope=("project_id",),
    page_size=1000,
)
