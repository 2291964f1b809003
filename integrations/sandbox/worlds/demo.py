"""The demo world: "Bright Build Group", an invented Adelaide builder, on 20 November 2026.

One Procore company (13 projects, 60 vendors, about 80 commitments and 250 progress claims from July to November) and
two Xero organisations: the builder's own books, and "Bright Build Joinery" which has neither the contact group nor
tracking categories. Retention is meant to be booked by the method `deduct`, on account 815; the books are locked to
30 June 2026. `catalogue.ACCOUNTS_BY_CODE` suggests an account for every standard code but 11-300, 12-300 and 13-400,
which claims use and which stay unmapped on purpose.

Every case that needs a person's eye is in the world at least once. Names in the first column are keys of
`cases()`; "claim" is a progress claim by commitment and number, "after" an act of `LATER` that needs a finished run.

Section 5.1, contacts
    group-missing                        organisation Bright Build Joinery
    several-vendors                      contact Dunlin Concrete, two vendors of that name
    several-contacts                     vendor Pelican Plumbing Services, two contacts with its ABN
    similar-name-only                    contacts Murray Bend Steelwork Fabricators and Murnong Joiners
    bad-country                          contact Numbat Electrical Contractors, country "Straya"
    bad-region                           contact Thornbill Tiling, region "Ontario" in Australia
    inactive-vendor                      vendor Emu Plains Plaster is inactive, its phone differs
    archived-contact                     contact Corella Cranes is archived (still linked: after)
    merged-contact                       contact Potoroo Painters was merged into Potoroo Painting (linked: after)
    merged-vendor                        after: vendor Bowerbird Hardware Supplies is merged into Lyrebird Doors
    used-vendor-without-contact          vendors Boundary Rider Fencing and Nightjar Security Systems have claims
Section 5.2, projects
    no-project-number                    project Northern Depot Refurbishment, with approved claims
    stage-never-set                      project BB-2606 Hilltop Library, with approved claims
    category-missing                     organisation Bright Build Joinery
    name-taken                           projects BB-2607 and bb-2607 Parade Office Fitout
    name-too-long                        project BB-2608, name above 100 characters
    option-already-there                 project BB-2604 Jetty Lane Apartments
    category-nearly-full                 category Projects, above 80 of 100 options with this year's projects
    inactive-project                     projects BB-2518 and BB-2509 (turning inactive with open claims: after)
Sections 5.3 and 5.4, cost codes and cost types
    code-not-mapped 11-300, 12-300, 13-400   claims SC-2604-51-01, SC-2604-52-01, SC-2605-51-01
    code-not-standard                    claim SC-2605-52-01, code 99-100
    code-is-a-header                     claim SC-2605-53-01, code 10
    cost-type-missing                    Equipment and Other are not yet options of the category Cost Types
Section 5.6, progress claims
    does-not-add-up                      claim SC-2603-54-01, summary 100 more than the lines
    retention-does-not-add-up            claim SC-2604-50-01, summary holds 50 more than the lines
    nothing-moved                        claim 2 of SC-2601-51
    no-lines                             claim SC-2601-52-01
    negative-claim                       claim 2 of SC-2601-53, -5,000 with retention -500
    negative-line                        claim SC-2601-54-01
    cancels-out                          claim SC-2602-51-01
    release-without-work                 claim 2 of SC-2602-52
    held-and-released                    claim 2 of SC-2602-53: 10,000 of work, 1,000 held, 200 released
    release-without-opening              claim 7 of SC-2602-54, figures carried in from before
    retention-held                       claim SC-2603-51-01 (a warning when no retention account is set)
    stored-arrives, stored-lies, stored-installed   claims 1 to 3 of SC-2603-52
    stored-moved-by-procore              claim 2 of SC-2603-53
    variation-lines                      claim 2 of a tiling contract on BB-2604, variations up and down
    unit-quantities                      claim SC-2603-80-01, 12.3457 units
    sent-back                            claim 2 of a joinery contract on BB-2603 is to be revised, claim 3 approved
    no-date                              an Ochre Painting claim on BB-2604
    in-locked-period                     a Jumbuck Site Sheds claim on BB-2604 of 26 June 2026
    other-currency                       a Kiwi Harbour Lifts claim on BB-2608 in NZD
    number-used-twice (and again)        two Topside Crane Hire claims with the number TCH-7781
    without-number                       a Blackwood Frames claim on BB-2608
    number-taken-other-amount            claim ZV-1042; the bill in Xero has another amount
    bill-already-there-paid              claim SAC-330; the same bill is in Xero and paid (5.10)
    bill-already-there-part-paid         claim BCE-88; the same bill is in Xero and paid in two parts (5.10)
    bill-voided-before                   claim CL-512; the bill in Xero was voided
    several-bills-with-number            claim SH-2209; two equal bills in Xero
    vendor-without-contact, vendor-with-similar-contact, vendor-with-contact-outside-group,
    contact-with-several-vendors, claim-of-archived-contact, claim-of-inactive-vendor,
    vendor-not-registered-for-tax, commitment-without-vendor    one claim each
    project-without-number, project-stage-not-set, project-name-taken   claims of those projects
    three-faults                         claim of Nightjar Security Systems: no contact, no account, no date
Section 5.10, payments
    payment-by-hand                      a payment typed into Procore by a user
    payment-by-procore-pay               a payment made through Procore Pay, never to be touched
    payment-deleted                      after: the second part of BCE-88 is deleted in Xero
"""

from random import Random
from typing import Any

from integrations.sandbox.worlds.demo_books import BARE, MAIN, organisations
from integrations.sandbox.worlds.demo_claims import Cases
from integrations.sandbox.worlds.demo_projects import fill, sites
from integrations.sandbox.worlds.demo_vendors import Directory
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


def _make(seed: int) -> tuple[Record, dict[str, Record]]:
    numbers, random = Numbers(), Random(seed)
    directory = Directory(numbers)
    made = sites(numbers)
    fill(made, directory.vendors, random)
    found = Cases(made, directory.vendors).write()
    _payments(made["surf"].record, numbers)
    procore = company(
        COMPANY, "Bright Build Group", vendors=list(directory.vendors.values()),
        projects=[site.record for site in made.values()],
    )  # fmt: skip
    world = {
        "now": NOW,
        "clients": clients(COMPANY, MAIN, BARE),
        "users": {
            "procore": [{"id": 101, "login": "pat.miller@brightbuild.example", "name": "Pat Miller"}],
            "xero": [{"id": guid("user"), "email": "books@brightbuild.example"}],
        },
        "procore": {"companies": [procore]},
        "xero": {"organisations": organisations(directory, found)},
    }
    return world, found


def clients(company_id: int, *tenants: str) -> Record:
    """Give the apps a world's client may use: one of Procore, a web app and a custom connection of Xero."""
    return {
        "procore": [
            {"client_id": "sandbox-procore", "client_secret": "sandbox-procore-secret", "companies": [company_id]}
        ],
        "xero": [
            {"client_id": "sandbox-xero", "client_secret": "sandbox-xero-secret", "kind": "web", "tenants": [*tenants]},
            {"client_id": "sandbox-xero-custom", "client_secret": "sandbox-xero-custom-secret", "kind": "custom",
             "tenants": [tenants[0]]},
        ],
    }  # fmt: skip


def _payments(project: Record, numbers: Numbers) -> None:
    """Add a payment typed by hand and one made through Procore Pay on the first two commitments."""
    first, second = project["work_order_contracts"][:2]
    project["contract_payments"] += [
        {"id": numbers("payment"), "contract_id": first["id"], "amount": "500.00", "date": "2026-08-12",
         "payment_number": 1, "payment_method": "check", "check_number": "000117", "notes": "Paid on site"},
        {"id": numbers("payment"), "contract_id": second["id"], "amount": "750.00", "date": "2026-08-14",
         "payment_number": 1, "payment_method": "electronic", "external_payment_id": "pp-20260814-1"},
    ]  # fmt: skip
