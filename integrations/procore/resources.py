"""What OneCore reads and writes in Procore. Data only; paths and fields as in the REST reference.

`page_size` is always sent: most lists do not document their default. Web addresses are relative to the web
host of the connection's environment and may name ids of the scope besides the record's fields.
"""

from dataclasses import replace

from integrations.base import Resource, Search, Write

# Company directory and settings

PROJECTS = Resource(
    system="procore",
    name="projects",
    label="project",
    plural="projects",
    title="{project_number} {name}",
    path="/rest/v1.0/projects",
    one="/rest/v1.0/projects/{id}",
    scope=("company_id",),
    scope_in_query=("company_id",),
    query={"filters[by_status]": "All"},  # the list would hide inactive projects
    changed="updated_at",
    by_ids="filters[id]",
    version="updated_at",
    web="/{id}/project/home",
    catalogue=True,
)
PROJECT_STAGES = Resource(
    system="procore",
    name="project_stages",
    label="project stage",
    plural="project stages",
    title="{name}",
    path="/rest/v1.0/companies/{company_id}/project_stages",
    one="/rest/v1.0/companies/{company_id}/project_stages/{id}",
    scope=("company_id",),
    catalogue=True,
)
VENDORS_INACTIVE = Resource(
    system="procore",
    name="vendors_inactive",
    label="inactive vendor",
    plural="inactive vendors",
    title="{name}",
    path="/rest/v1.0/companies/{company_id}/vendors/inactive",
    scope=("company_id",),
    query={"view": "extended"},
    page_size=1000,
    version="updated_at",
    web="/{company_id}/company/directory/vendors/{id}",
    catalogue=True,
)
# Written through the sync endpoint, the only one that takes the business register together with the rest. In
# which order it answers is not documented, so records without an id of their own are created one by one.
VENDORS = Resource(
    system="procore",
    name="vendors",
    label="vendor",
    plural="vendors",
    title="{name}",
    path="/rest/v1.0/vendors",
    one="/rest/v1.0/vendors/{id}",
    scope=("company_id",),
    scope_in_query=("company_id",),
    query={"view": "extended"},
    one_query={"view": "extended"},
    page_size=1000,
    changed="updated_at",
    by_ids="filters[id][]",
    version="updated_at",
    web="/{company_id}/company/directory/vendors/{id}",
    create=Write(
        method="PATCH",
        path="/rest/v1.0/vendors/sync",
        wrap="updates",
        scope_in_body=("company_id",),
        renames={"business_register": "business_register_attributes"},
    ),
    update=Write(
        method="PATCH",
        path="/rest/v1.0/vendors/sync",
        wrap="updates",
        batch=100,
        key="id",
        scope_in_body=("company_id",),
        renames={"business_register": "business_register_attributes"},
    ),
    search=Search(style="list", field="name"),
    catalogue=True,
    active="is_active",
    hidden=(VENDORS_INACTIVE,),
)

# Codes

STANDARD_COST_CODE_LISTS = Resource(
    system="procore",
    name="standard_cost_code_lists",
    label="standard cost code list",
    plural="standard cost code lists",
    title="{name}",
    path="/rest/v1.0/standard_cost_code_lists",
    scope=("company_id",),
    scope_in_query=("company_id",),
    catalogue=True,
)
STANDARD_COST_CODES = Resource(
    system="procore",
    name="standard_cost_codes",
    label="standard cost code",
    plural="standard cost codes",
    title="{full_code} {name}",
    path="/rest/v1.0/standard_cost_codes",
    one="/rest/v1.0/standard_cost_codes/{id}",
    scope=("company_id", "standard_cost_code_list_id"),
    scope_in_query=("company_id", "standard_cost_code_list_id"),
    query={"view": "extended"},  # the default view holds ids only
    one_query={"view": "extended"},
    page_size=1000,
    catalogue=True,
    below=(STANDARD_COST_CODE_LISTS, "standard_cost_code_list_id"),
)
COST_CODES = Resource(
    system="procore",
    name="cost_codes",
    label="cost code",
    plural="cost codes",
    title="{full_code} {name}",
    path="/rest/v1.0/cost_codes",
    one="/rest/v1.0/cost_codes/{id}",
    scope=("project_id",),
    scope_in_query=("project_id",),
    page_size=1000,
    version="updated_at",
)
LINE_ITEM_TYPES = Resource(
    system="procore",
    name="line_item_types",
    label="cost type",
    plural="cost types",
    title="{name}",
    path="/rest/v1.0/line_item_types",
    one="/rest/v1.0/line_item_types/{id}",
    scope=("company_id",),
    scope_in_query=("company_id",),
    catalogue=True,
)
TAX_CODES = Resource(
    system="procore",
    name="tax_codes",
    label="tax code",
    plural="tax codes",
    title="{code}",
    path="/rest/v1.0/tax_codes",
    one="/rest/v1.0/tax_codes/{id}",
    scope=("company_id",),
    scope_in_query=("company_id",),
    catalogue=True,
)

# Commitments, claims and payments

WORK_ORDER_CONTRACTS = Resource(
    system="procore",
    name="work_order_contracts",
    label="subcontract",
    plural="subcontracts",
    title="{number} {title}",
    path="/rest/v1.0/work_order_contracts",
    one="/rest/v1.0/work_order_contracts/{id}",
    scope=("project_id",),
    scope_in_query=("project_id",),
    query={"view": "extended"},
    changed="updated_at",
    by_ids="filters[id]",
    version="updated_at",
    web="/{project.id}/project/commitments/work_order_contracts/{id}",
    status="status",
    total="grand_total",
    dead=frozenset({"Void", "Terminated"}),
)
PURCHASE_ORDER_CONTRACTS = Resource(
    system="procore",
    name="purchase_order_contracts",
    label="purchase order",
    plural="purchase orders",
    title="{number} {title}",
    path="/rest/v1.0/purchase_order_contracts",
    one="/rest/v1.0/purchase_order_contracts/{id}",
    scope=("project_id",),
    scope_in_query=("project_id",),
    query={"view": "extended"},
    changed="updated_at",
    by_ids="filters[id]",
    version="updated_at",
    web="/{project.id}/project/commitments/purchase_order_contracts/{id}",
    status="status",
    total="grand_total",
)
REQUISITIONS = Resource(
    system="procore",
    name="requisitions",
    label="progress claim",
    plural="progress claims",
    title="{contract_name} claim {number}",
    path="/rest/v1.1/requisitions",
    one="/rest/v1.1/requisitions/{id}",
    scope=("project_id",),
    scope_in_query=("project_id",),
    query={"view": "extended"},  # holds items and item_packages besides all header fields
    one_query={"view": "extended"},
    changed="updated_at",
    by_ids="filters[id]",
    version="updated_at",
    web="/{project_id}/project/commitments/{commitment_id}/requisitions/{id}",
    status="status",
    total="summary.current_payment_due",
    lines="items",
    line_key="id",
)
REQUISITION_CHANGES = Resource(
    system="procore",
    name="requisition_changes",
    label="change of a progress claim",
    plural="changes of progress claims",
    title="{column}: {new_value}",
    path="/rest/v1.0/requisitions/{requisition_id}/change_histories",
    scope=("requisition_id", "project_id"),
    scope_in_query=("project_id",),
    paged=False,
)
BILLING_PERIODS = Resource(
    system="procore",
    name="billing_periods",
    label="billing period",
    plural="billing periods",
    title="{start_date} to {end_date}",
    path="/rest/v1.0/projects/{project_id}/billing_periods",
    one="/rest/v1.0/projects/{project_id}/billing_periods/{id}",
    scope=("project_id",),
    changed="updated_at",
    by_ids="filters[id]",
    version="updated_at",
    status="status",
)
CONTRACT_PAYMENTS = Resource(
    system="procore",
    name="contract_payments",
    label="payment",
    plural="payments",
    title="payment {payment_number} of {date}",
    path="/rest/v1.0/contract_payments",
    one="/rest/v1.0/contract_payments/{id}",
    scope=("project_id", "contract_id"),
    scope_in_query=("project_id", "contract_id"),
    version="updated_at",
    web="/{project_id}/project/commitments/{contract_id}/payments/{id}",
    create=Write(
        method="POST",
        path="/rest/v1.0/contract_payments",
        wrap="contract_payment",
        scope_in_body=("project_id", "contract_id"),
    ),
    update=Write(
        method="PATCH",
        path="/rest/v1.0/contract_payments/{id}",
        wrap="contract_payment",
        scope_in_body=("project_id", "contract_id"),
    ),
    removals={
        "": Write(
            method="DELETE",
            path="/rest/v1.0/contract_payments/{id}",
            scope_in_query=("project_id", "contract_id"),
        )
    },
    search=Search(style="list", field="notes"),
    locked={
        "external_payment_id": "it was made through Procore Pay",
        "origin_id": "another accounting integration has locked it",
    },
    total="amount",
    money=frozenset({"amount"}),
)

COMMITMENTS = Resource(
    system="procore",
    name="commitments",
    label="commitment",
    plural="commitments",
    title="{number} {title}",
    path="/rest/v1.0/commitments",
    one="/rest/v1.0/commitments/{id}",
    scope=("project_id",),
    scope_in_query=("project_id",),
    web="/{project_id}/project/commitments/{kind}/{id}",
    status="status",
)
WORK_ORDER_LINES = Resource(
    system="procore",
    name="work_order_lines",
    label="line of a subcontract",
    plural="lines of subcontracts",
    title="{description}",
    path="/rest/v1.0/work_order_contracts/{contract_id}/line_items",
    scope=("project_id", "contract_id"),
    scope_in_query=("project_id",),
)
PURCHASE_ORDER_LINES = replace(
    WORK_ORDER_LINES,
    name="purchase_order_lines",
    label="line of a purchase order",
    plural="lines of purchase orders",
    path="/rest/v1.0/purchase_order_contracts/{contract_id}/line_items",
)
CHANGE_ORDER_PACKAGES = Resource(
    system="procore",
    name="change_order_packages",
    label="variation",
    plural="variations",
    title="{number} {title}",
    path="/rest/v1.0/change_order_packages",
    scope=("project_id",),
    scope_in_query=("project_id",),
    version="updated_at",
    status="status",
)
# Only a single package's record holds its lines.
CHANGE_ORDER_PACKAGES_WHOLE = replace(
    CHANGE_ORDER_PACKAGES,
    name="change_order_packages_whole",
    one="/rest/v1.0/change_order_packages/{id}",
)
# The newer model of the same variations; one that stands in both names its package.
COMMITMENT_CHANGE_ORDERS = Resource(
    system="procore",
    name="commitment_change_orders",
    label="variation",
    plural="variations",
    title="{number} {title}",
    path="/rest/v1.0/projects/{project_id}/commitment_change_orders",
    scope=("project_id",),
    paged=False,
)
COMMITMENT_CHANGE_ORDER_LINES = Resource(
    system="procore",
    name="commitment_change_order_lines",
    label="line of a variation",
    plural="lines of variations",
    title="{description}",
    path=(
        "/rest/v2.0/companies/{company_id}/projects/{project_id}"
        "/commitment_change_orders/{commitment_change_order_id}/line_items"
    ),
    scope=("company_id", "project_id", "commitment_change_order_id"),
)

# The owner's side

PRIME_CONTRACTS = Resource(
    system="procore",
    name="prime_contracts",
    label="head contract",
    plural="head contracts",
    title="{number} {title}",
    path="/rest/v1.0/prime_contracts",
    scope=("project_id",),
    scope_in_query=("project_id",),
)
PAYMENT_APPLICATIONS = Resource(
    system="procore",
    name="payment_applications",
    label="head contract claim",
    plural="head contract claims",
    title="{contract.title} claim {number}",
    path="/rest/v1.0/payment_applications",
    one="/rest/v1.0/payment_applications/{id}",
    scope=("project_id",),
    scope_in_query=("project_id",),
    web="/{project_id}/project/prime_contracts/{contract.id}/payment_applications/{id}",
    status="status",
    total="g702.current_payment_due",
)
