"""The tests' main world: two projects, four vendors with contacts, three commitments, six valid claims."""

from integrations.sandbox.worlds import books, catalogue
from integrations.sandbox.worlds.claims import Move
from integrations.sandbox.worlds.demo import clients
from integrations.sandbox.worlds.names import abn, guid, slug
from integrations.sandbox.worlds.records import Numbers, Record, Site, company, period, project, vendor

COMPANY, TENANT = 4200, guid("organisation", "small")
NOW = "2026-11-20T02:00:00Z"
NAMES = ("Acacia Concrete", "Banksia Steel", "Correa Timber Supplies", "Dryandra Painting")
MONTHS = (
    ("2026-08-21", "2026-09-20", "2026-10-20"),
    ("2026-09-21", "2026-10-20", "2026-11-20"),
    ("2026-10-21", "2026-11-20", "2026-12-20"),
)


def small() -> Record:
    """Make the world; its ids and amounts never change.

    SC-101 has three claims (the second: work 10,000, held 1,000, released 200), SC-201 two with a variation
    and stored materials, PO-101 one without retention.
    """
    numbers = Numbers()
    vendors = [vendor(numbers("vendor"), name, abn=abn(900 + row)) for row, name in enumerate(NAMES)]
    first, second = (
        _site(numbers, name, number) for name, number in (("Wharf Hall", "W-01"), ("Creek Clinic", "W-02"))
    )
    _concrete(first, vendors[0])
    _steel(second, vendors[1])
    order = first.contract(
        "PurchaseOrderContract",
        "PO-101",
        "Timber",
        vendors[2],
        [first.line("06-100", "M", 840000)],
        percent="0.00",
    )
    order.claim({0: Move(work=312345)}, first.record["billing_periods"][1], invoice_number="CT-1001")
    procore = company(COMPANY, "Small Works", vendors=vendors, projects=[first.record, second.record])
    return {
        "now": NOW,
        "clients": clients(COMPANY, TENANT),
        "procore": {"companies": [procore]},
        "xero": {"organisations": [organisation(TENANT, "Small Works Pty Ltd", vendors)]},
    }


def organisation(tenant: str, name: str, vendors: list[Record], **over: object) -> Record:
    """Draw an organisation ready for the work, with a contact in the group for each vendor, by ABN."""
    contacts = [books.contact(slug(v["name"]), v["name"], v["id"], abn=v["abn"]) for v in vendors]
    return books.organisation(
        tenant,
        name,
        Contacts=contacts,
        ContactGroups=[books.group("Procore", contacts)],
        TrackingCategories=[
            books.category(tenant, "Projects", ()),
            books.category(tenant, "Cost Types", [title for _, title, _ in catalogue.COST_TYPES]),
        ],
        **over,
    )


def _site(numbers: Numbers, name: str, number: str) -> Site:
    record = project(numbers("project"), name, number, "Send to Xero")
    record["billing_periods"] = [period(numbers("period"), *month) for month in MONTHS]
    return Site(record, numbers, catalogue.standard_cost_codes())


def _concrete(site: Site, vendor: Record) -> None:
    lines = [site.line("03-100", "S", 4000000), site.line("03-400", "L", 2500000)]
    contract = site.contract("WorkOrderContract", "SC-101", "Concrete", vendor, lines)
    september, october, november = site.record["billing_periods"]
    contract.claim(
        {0: Move(work=800000, held=80000), 1: Move(work=250050, held=25005)}, september, invoice_number="AC-1"
    )
    contract.claim({0: Move(work=1000000, held=100000, released=20000)}, october, invoice_number="AC-2")
    contract.claim(
        {1: Move(work=333333, held=33333)}, november, invoice_number="AC-3", status="approved_as_noted"
    )


def _steel(site: Site, vendor: Record) -> None:
    contract = site.contract(
        "WorkOrderContract",
        "SC-201",
        "Structural steel",
        vendor,
        [site.line("05-100", "S", 6000000)],
        percent="5.00",
    )
    _, october, november = site.record["billing_periods"]
    contract.claim({0: Move(stored=1500000, stored_held=75000)}, october, invoice_number="BS-10")
    site.vary(contract, "Canopy", [site.line("05-200", "S", 450000, "Canopy")])
    moves = {
        0: Move(work=2000000, stored=-1500000, held=100000, stored_released=75000),
        1: Move(work=450000, held=22500),
    }
    contract.claim(moves, november, invoice_number="BS-11")
