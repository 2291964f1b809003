"""Direct costs of a project in Procore. Data only; paths and fields as in the REST reference.

The list holds headers; only a single record, read through v1.1, holds its lines. `origin_id` freezes a direct
cost for everybody and belongs to one integration.
"""

from integrations.base import Resource

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
# Read for a direct cost that is sent; the single record would hold its attachments' addresses besides.
DIRECT_COST_LINES = Resource(
    system="procore",
    name="direct_cost_lines",
    label="line of a direct cost",
    plural="lines of direct costs",
    title="{description}",
    path="/rest/v1.0/projects/{project_id}/direct_costs/{direct_cost_id}/line_items",
    scope=("project_id", "direct_cost_id"),
)
