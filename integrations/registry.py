"""The integrations there are, in the order in which “nightly” runs them, and the options a tenant has
as a whole.
"""

from integrations.base import Integration, Option
from integrations.catalog.accounts import ChartOfAccounts
from integrations.catalog.commitments import Commitments
from integrations.catalog.contacts import Contacts
from integrations.catalog.cost_code_options import CostCodeOptions
from integrations.catalog.cost_codes import CostCodes
from integrations.catalog.cost_types import CostTypes
from integrations.catalog.direct_costs import DirectCosts
from integrations.catalog.head_contract_claims import HeadContractClaims
from integrations.catalog.items import Items
from integrations.catalog.labour import Labour
from integrations.catalog.paid_direct_costs import PaidDirectCosts
from integrations.catalog.payments import Payments
from integrations.catalog.payments_received import PaymentsReceived
from integrations.catalog.progress_claims import ProgressClaims
from integrations.catalog.projects import Projects
from integrations.catalog.retention_by_hand import RetentionByHand
from integrations.catalog.retention_ledger import RetentionLedger
from integrations.catalog.tax_codes import TaxCodes
from integrations.catalog.tax_types import TaxTypes
from integrations.catalog.timesheets import Timesheets
from integrations.catalog.vendor_contacts import VendorContacts
from integrations.catalog.xero_costs import XeroCosts
from integrations.taxes import OPTION

INTEGRATIONS: tuple[type[Integration], ...] = (
    ChartOfAccounts,
    TaxTypes,
    TaxCodes,
    Projects,
    VendorContacts,
    Contacts,
    CostCodes,
    CostTypes,
    CostCodeOptions,
    Items,
    Commitments,
    ProgressClaims,
    HeadContractClaims,
    DirectCosts,
    XeroCosts,
    Payments,
    PaymentsReceived,
    PaidDirectCosts,
    Labour,
    Timesheets,
    RetentionByHand,
    RetentionLedger,
)
BY_SLUG: dict[str, type[Integration]] = {integration.slug: integration for integration in INTEGRATIONS}
NAMES: dict[str, str] = {integration.slug: integration.name for integration in INTEGRATIONS}

TENANT = "tenant"  # the slug under which a tenant's own options are kept
TENANT_OPTIONS: tuple[Option, ...] = (
    Option(
        name="mode",
        label="Cost codes are sent as",
        kind="choice",
        default="account",
        choices=(("account", "accounts"), ("item", "items"), ("tracking", "options of a tracking category")),
        help="As options they take the place of cost types: Xero has two tracking categories.",
    ),
    OPTION,
    Option(name="project_category", label="Tracking category for projects", default="Projects"),
    Option(name="cost_type_category", label="Tracking category for cost types", default="Cost Types"),
    Option(name="cost_code_category", label="Tracking category for cost codes", default="Cost Codes"),
    Option(name="send_cost_types", label="Send cost types as tracking", kind="yes-no", default=True),
    Option(
        name="category_limit",
        label="Options a tracking category can hold",
        kind="number",
        default=100,
        at_once=True,
    ),
    Option(name="approve", label="Approve before sending", kind="yes-no", default=False, at_once=True),
    Option(
        name="largest_share",
        label="Ask when a run would change more than this share of links (%)",
        kind="number",
        default=50,
        at_once=True,
    ),
    Option(
        name="largest_amount",
        label="Ask when a run would send more than this amount",
        kind="number",
        default=5_000_000,
        at_once=True,
    ),
)


def options_of(slug: str) -> tuple[Option, ...]:
    """The options declared for an integration, or for the tenant as a whole; KeyError for an unknown slug."""
    return TENANT_OPTIONS if slug == TENANT else BY_SLUG[slug].options


def defaults() -> dict[str, object]:
    """The tenant's own options with their defaults."""
    return {option.name: option.default for option in TENANT_OPTIONS}


def kept_as_sent(integration: type[Integration]) -> frozenset[str]:
    """The options that what was sent keeps: those that do not hold at once."""
    read = [one for slug in integration.reads for one in BY_SLUG[slug].options]
    declared = (*TENANT_OPTIONS, *read, *integration.options)
    return frozenset(option.name for option in declared if not option.at_once)
