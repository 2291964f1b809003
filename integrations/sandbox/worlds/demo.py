"""The demo world: "Bright Build Group", an invented Adelaide builder, on 20 November 2026.

One Procore company (13 projects, 60 vendors, about 80 commitments and 250 progress claims from July to
November) and two Xero organisations: the builder's own books, and "Bright Build Joinery" which has neither
the contact group nor tracking categories. Retention is meant to be booked by the method `deduct`, on
account 815; the books are locked to 30 June 2026. `catalogue.ACCOUNTS_BY_CODE` suggests an account for
every standard code but 11-300, 12-300 and 13-400, which claims use and which stay unmapped on purpose.

Every case that needs a person's eye is in the world at least once, here by name and record. The claims
among them are what `cases()` gives; "later" is an act of `later()` that makes the case after a finished
run.

Section 5.1, contacts
    group-missing                      organisation Bright Build Joinery
    several-vendors                    contact Dunlin Concrete; two vendors have that name
    several-contacts                   vendor Pelican Plumbing Services; two contacts have its ABN
    similar-name-only                  contacts Murray Bend Steelwork Fabricators and Murnong Joiners
    bad-country                        contact Numbat Electrical Contractors, country "Straya"
    bad-region                         contact Thornbill Tiling, region "Ontario" in Australia
    inactive-vendor                    vendor Emu Plains Plaster is inactive, its phone differs
    archived-contact                   contact Corella Cranes; later Topside Crane Hire, once linked
    merged-contact                     contact Potoroo Painters; later Bluegum Gas Fitting, once linked
    merged-vendor                      later: Bowerbird Hardware Supplies is merged into Lyrebird Doors
    used-vendor-without-contact        vendors Boundary Rider Fencing and Nightjar Security have claims
Section 5.2, projects
    no-project-number                  project Northern Depot Refurbishment, with approved claims
    stage-never-set                    project BB-2606 Hilltop Library, with approved claims
    category-missing                   organisation Bright Build Joinery
    name-taken                         projects BB-2607 and bb-2607 Parade Office Fitout
    name-too-long                      project BB-2608, number and name above 100 characters
    option-already-there               project BB-2604 Jetty Lane Apartments
    category-nearly-full               category Projects, at 80 of 100 options with this year's projects
    inactive-project                   projects BB-2518 and BB-2509; later BB-2603, with open documents
Sections 5.3 and 5.4, cost codes and cost types
    code-not-mapped 11-300             claim SC-2604-52-01
    code-not-mapped 12-300             claim SC-2604-53-01
    code-not-mapped 13-400             claim SC-2605-51-01
    code-not-standard                  claim SC-2605-52-01, code 99-100
    code-is-a-header                   claim SC-2605-53-01, code 10
    cost-type-missing                  Equipment and Other are not yet options of the category Cost Types
Section 5.5, commitments: `demo_commitments` has a table of its own; so have `demo_owner` for section 5.7.
Section 5.6, progress claims
    does-not-add-up                    claim SC-2603-54-01, summary 100 more than the lines
    retention-does-not-add-up          claim SC-2604-51-01, summary holds 50 more than the lines
    nothing-moved                      claim SC-2601-51-02
    no-lines                           claim SC-2601-52-01
    negative-claim                     claim SC-2601-53-02: -5,000 with retention -500
    negative-line                      claim SC-2601-54-01
    cancels-out                        claim SC-2602-51-01
    release-without-work               claim SC-2602-52-02
    held-and-released                  claim SC-2602-53-02: 10,000 of work, 1,000 held, 200 released
    release-without-opening            claim SC-2602-54-07, figures carried in from before
    retention-held                     claim SC-2603-51-01 (a warning where no retention account is set)
    stored-arrives                     claim SC-2603-52-01
    stored-lies                        claim SC-2603-52-02
    stored-installed                   claim SC-2603-52-03, retention moves from materials to work
    stored-moved-by-procore            claim SC-2603-53-02
    variation-lines                    claim SC-2604-56-02, variations up and down
    unit-quantities                    claim SC-2603-80-01, 12.3457 units
    sent-back                          claim SC-2603-55-02 is to be revised, the next one is approved
    no-date                            claim SC-2604-54-01
    in-locked-period                   claim SC-2604-55-01 of 26 June 2026
    other-currency                     claim SC-2608-54-01, NZD
    number-used-twice                  claim TCH-7781 of SC-2601-57
    number-used-twice again            claim TCH-7781 of SC-2602-55
    without-number                     the claim of SC-2608-53
    number-taken-other-amount          claim ZV-1042; the bill in Xero has another amount
    bill-already-there-paid            claim SAC-330; the same bill is in Xero and paid (5.10 too)
    bill-already-there-part-paid       claim BCE-88; the same bill is in Xero, paid in two parts (5.10 too)
    bill-voided-before                 claim CL-512; the bill in Xero was voided
    several-bills-with-number          claim SH-2209; two equal bills in Xero
    vendor-without-contact             claim SC-2605-54-01, Boundary Rider Fencing
    second-vendor-without-contact      claim SC-2605-93-01, Nightjar Security
    vendor-with-similar-contact        claim SC-2607-51-01, Murnong Joinery
    vendor-with-contact-outside-group  claim SC-2607-52-01, Bilby Waste
    contact-with-several-vendors       claim SC-2607-53-01, Dunlin Concrete
    claim-of-archived-contact          claim SC-2607-54-01, Corella Cranes
    claim-of-inactive-vendor           claim SC-2601-55-01, Emu Plains Plaster
    vendor-not-registered-for-tax      claim SC-2601-56-01, Gatepost Temporary Fencing
    commitment-without-vendor          claim SC-2608-51-01
    three-faults                       claim SC-2608-52-01: contact outside the group, no account, no date
    Files and what changes after payment: `demo_adjustments` has a table of its own.
Section 5.8, direct costs: `demo_direct_costs` has a table of its own; so have `demo_xero_costs` for
5.9 and `demo_labour` for 5.11.
Section 5.10, payments
    payment-by-hand                    500.00 on SC-2601-01, typed into Procore by a user
    payment-by-procore-pay             750.00 on SC-2601-02, never to be touched
    payment-deleted                    later: the second payment of BCE-88 is deleted in Xero
    claim-paid-and-part-paid           later: SC-2605-01-01 is paid, SC-2605-02-01 paid in part
    claim-edited-after-sending         later: claim SC-2602-01-01, one line 500.00 less
"""

from random import Random

from integrations.sandbox.worlds import (
    catalogue,
    demo_adjustments,
    demo_commitments,
    demo_contacts,
    demo_direct_costs,
    demo_labour,
    demo_owner,
    demo_retention,
    demo_xero_costs,
)
from integrations.sandbox.worlds.demo_books import BARE, MAIN, organisations
from integrations.sandbox.worlds.demo_claims import Cases
from integrations.sandbox.worlds.demo_projects import fill, sites
from integrations.sandbox.worlds.demo_vendors import Directory
from integrations.sandbox.worlds.money import cents, text
from integrations.sandbox.worlds.names import guid
from integrations.sandbox.worlds.records import Numbers, Record, company

COMPANY = 4100
NOW = "2026-11-20T02:00:00Z"


def demo(seed: int = 2026) -> Record:
    """Make the world; the same seed gives the same records."""
    return _make(seed)[0]


def cases(seed: int = 2026) -> dict[str, Record]:
    """Give the claims that stand for the named cases of the table, by name."""
    return _make(seed)[1]


def later(seed: int = 2026) -> list[Record]:
    """Give the acts `{"act": name, ...arguments}` for after a finished run that made approved bills."""
    world, _ = _make(seed)
    company = world["procore"]["companies"][0]
    vendors = {vendor["name"]: vendor["id"] for vendor in company["vendors"]}
    projects = {project["project_number"]: project["id"] for project in company["projects"]}
    claims = {
        claim["invoice_number"]: claim for project in company["projects"] for claim in project["requisitions"]
    }
    edited = claims["SC-2602-01-01"]
    line = next(row for row in edited["items"] if cents(row["work_completed_this_period"]) > 100000)
    less = text(cents(line["work_completed_this_period"]) - 50000)
    row = {"line_item_id": line["line_item_id"], "work_completed_this_period": less}
    return [
        {"act": "archive_contact", "contact": "Topside Crane Hire Pty Ltd"},
        {
            "act": "merge_contacts",
            "contact": "Bluegum Gas Fitting Pty Ltd",
            "into": "Stillwater Hydraulics Pty Ltd",
        },
        {
            "act": "merge_vendors",
            "keep_id": vendors["Lyrebird Doors Pty Ltd"],
            "gone_id": vendors["Bowerbird Hardware Supplies Pty Ltd"],
        },
        {"act": "set_project_active", "project_id": projects["BB-2603"], "active": False},
        {"act": "delete_payment", "bill": "BCE-88"},
        {"act": "pay_bill", "bill": "SC-2605-01-01"},
        {"act": "pay_bill", "bill": "SC-2605-02-01", "amount": "1000.00"},
        {"act": "edit_claim", "claim_id": edited["id"], "items": [row]},
        *demo_adjustments.later(company),
        *demo_commitments.later(company),
        *demo_owner.later(company),
        *demo_xero_costs.later(),
        *demo_labour.later(),
    ]


def _make(seed: int) -> tuple[Record, dict[str, Record]]:
    numbers, random = Numbers(), Random(seed)
    directory = Directory(numbers)
    made = sites(numbers)
    fill(made, directory.vendors, random)
    found = Cases(made, directory.vendors).write()
    _payments(made["surf"].record, numbers)
    demo_owner.clients(directory, numbers)
    demo_retention.add(made, directory.vendors)
    demo_contacts.add(made, directory.vendors, found)
    demo_adjustments.add([site.record for site in made.values()])
    procore = company(
        COMPANY,
        "Bright Build Group",
        tax_codes=catalogue.tax_codes(),
        vendors=list(directory.vendors.values()),
        projects=[site.record for site in made.values()],
    )
    books = organisations(directory, found)
    demo_direct_costs.add(made, directory.vendors, directory.contacts, books[0])
    demo_commitments.add(made, directory.vendors, directory.contacts, books[0])
    demo_owner.add(made, directory, books[0])
    demo_xero_costs.add(made, directory.contacts, books[0])
    world = {
        "now": NOW,
        "clients": clients(COMPANY, MAIN, BARE),
        "users": {
            "procore": [{"id": 101, "login": "pat.miller@brightbuild.example", "name": "Pat Miller"}],
            "xero": [{"id": guid("user"), "email": "books@brightbuild.example"}],
        },
        "procore": {"companies": [procore]},
        "xero": {"organisations": books},
    }
    demo_labour.add_labour(world, "BB-2601", "BB-2602", without="Northern Depot Refurbishment")
    return world, found


def clients(company_id: int, *tenants: str) -> Record:
    """Give the apps a world's client may use: one of Procore, a web app and a custom connection of Xero."""
    return {
        "procore": [
            {
                "client_id": "sandbox-procore",
                "client_secret": "sandbox-procore-secret",
                "companies": [company_id],
            }
        ],
        "xero": [
            {
                "client_id": "sandbox-xero",
                "client_secret": "sandbox-xero-secret",
                "kind": "web",
                "tenants": [*tenants],
            },
            {
                "client_id": "sandbox-xero-custom",
                "client_secret": "sandbox-xero-custom-secret",
                "kind": "custom",
                "tenants": [tenants[0]],
            },
        ],
    }


def _payments(project: Record, numbers: Numbers) -> None:
    """Add a payment typed by hand and one made through Procore Pay on the first two commitments."""
    first, second = project["work_order_contracts"][:2]
    project["contract_payments"] += [
        {
            "id": numbers("payment"),
            "contract_id": first["id"],
            "amount": "500.00",
            "date": "2026-08-12",
            "payment_number": 1,
            "payment_method": "check",
            "check_number": "000117",
            "notes": "Paid on site",
        },
        {
            "id": numbers("payment"),
            "contract_id": second["id"],
            "amount": "750.00",
            "date": "2026-08-14",
            "payment_number": 1,
            "payment_method": "electronic",
            "external_payment_id": "pp-20260814-1",
        },
    ]
