"""The sandbox's demo world is a real builder's size and holds every case its table promises."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import ACCOUNTS_BY_CODE, UNMAPPED, demo_books
from integrations.sandbox.worlds import demo as make_demo
from integrations.sandbox.worlds.demo import __doc__ as table
from integrations.sandbox.worlds.demo import cases, later
from integrations.sandbox.worlds.demo_projects import LONG_NAME
from tests.sandbox_sums import HELD, RELEASED, faults

Record = dict[str, Any]
DOES_NOT_ADD_UP = {"does-not-add-up", "retention-does-not-add-up"}
SENT = ("approved", "approved_as_noted")


@pytest.fixture(scope="module")
def demo() -> Iterator[Sandbox]:
    """A sandbox with the demo world, for tests that only look."""
    running = Sandbox(token="tests")
    running.load(make_demo())
    running.start()
    yield running
    running.stop()


class Seen:
    """What both systems answer, by the names the table of cases uses."""

    def __init__(self, sandbox: Sandbox) -> None:
        def procore(kind: str) -> list[Record]:
            return sandbox.records("procore", kind)

        self.claims = {claim["id"]: claim for claim in procore("requisitions")}
        self.contracts = {
            c["id"]: c for kind in ("work_order_contracts", "purchase_order_contracts") for c in procore(kind)
        }
        self.projects = {project["id"]: project for project in procore("projects")}
        self.vendors = procore("vendors")
        self.payments = procore("contract_payments")
        self.codes = {code["id"]: code for code in procore("cost_codes")}
        self.standard = {code["full_code"]: code for code in procore("standard_cost_codes")}
        self.contacts = sandbox.records("xero", "Contacts", demo_books.MAIN)
        self.bills = sandbox.records("xero", "Invoices", demo_books.MAIN)
        self.paid = sandbox.records("xero", "Payments", demo_books.MAIN)
        self.groups = {g["Name"]: g for g in sandbox.records("xero", "ContactGroups", demo_books.MAIN)}
        categories = sandbox.records("xero", "TrackingCategories", demo_books.MAIN)
        self.options = {c["Name"]: [o["Name"] for o in c["Options"]] for c in categories}
        self.bare = {
            kind: sandbox.records("xero", kind, demo_books.BARE)
            for kind in ("ContactGroups", "TrackingCategories")
        }
        self.named = {case: self.claims[claim["id"]] for case, claim in cases().items()}

    def vendor(self, name: str) -> Record:
        return next(vendor for vendor in self.vendors if vendor["name"].startswith(name))

    def contact(self, name: str) -> Record:
        return next(contact for contact in self.contacts if contact["Name"] == name)

    def vendor_of(self, claim: Record) -> Record:
        return next(
            v for v in self.vendors if v["id"] == self.contracts[claim["commitment_id"]]["vendor"]["id"]
        )

    def due(self, case: str) -> Decimal:
        return Decimal(self.named[case]["summary"]["current_payment_due"])

    def moved(self, case: str) -> list[Decimal]:
        return [
            Decimal(item["total_completed_and_stored_to_date"])
            - Decimal(item["total_completed_and_stored_to_date_from_previous"])
            for item in self.named[case]["items"]
        ]

    def total(self, case: str, field: str) -> Decimal:
        return sum((Decimal(item[field]) for item in self.named[case]["items"]), Decimal(0))

    def codes_of(self, case: str) -> set[str]:
        return {self.codes[item["cost_code_id"]]["full_code"] for item in self.named[case]["items"]}

    def bills_like(self, case: str) -> list[Record]:
        return [bill for bill in self.bills if bill["InvoiceNumber"] == self.named[case]["invoice_number"]]

    def approved_in(self, project_number: str | None) -> list[Record]:
        numbers = {
            number: p for number, p in self.projects.items() if p.get("project_number") == project_number
        }
        return [c for c in self.claims.values() if c["status"] in SENT and c["project_id"] in numbers]

    def abns(self, vendor: Record) -> int:
        digits = vendor["business_register"]["identifier"]
        return sum(contact.get("TaxNumber", "").replace(" ", "") == digits for contact in self.contacts)


@pytest.fixture(scope="module")
def seen(demo: Sandbox) -> Seen:
    """The demo world's records as the systems answer them."""
    return Seen(demo)


def _act(name: str) -> bool:
    return any(step["act"] == name for step in later())


def _country(seen: Seen, name: str) -> tuple[str, str]:
    address = seen.contact(f"{name} Pty Ltd")["Addresses"][0]
    return address["Country"], address["Region"]


def _members(seen: Seen) -> set[str]:
    return {contact["Name"] for contact in seen.groups["Procore"]["Contacts"]}


def _without_contact(seen: Seen, vendor: str) -> bool:
    return not any(contact["Name"].startswith(vendor) for contact in seen.contacts)


def _dated(claim: Record) -> list[Any]:
    return [claim.get(name) for name in ("billing_date", "requisition_end", "payment_date")]


def _by(seen: Seen, case: str, vendor: str) -> bool:
    return seen.vendor_of(seen.named[case])["name"].startswith(vendor)


CASES: dict[str, Callable[[Seen, str], object]] = {
    "group-missing": lambda s, c: not s.bare["ContactGroups"],
    "several-vendors": lambda s, c: sum(v["name"] == "Dunlin Concrete" for v in s.vendors) == 2,
    "several-contacts": lambda s, c: s.abns(s.vendor("Pelican Plumbing Services")) == 2,
    "similar-name-only": lambda s, c: (
        s.contact("Murnong Joiners") and s.contact("Murray Bend Steelwork Fabricators")
    ),
    "bad-country": lambda s, c: _country(s, "Numbat Electrical Contractors")[0] == "Straya",
    "bad-region": lambda s, c: _country(s, "Thornbill Tiling") == ("Australia", "Ontario"),
    "inactive-vendor": lambda s, c: not s.vendor("Emu Plains Plaster")["is_active"],
    "archived-contact": lambda s, c: (
        s.contact("Corella Cranes Pty Ltd")["ContactStatus"] == "ARCHIVED" and _act("archive_contact")
    ),
    "merged-contact": lambda s, c: (
        s.contact("Potoroo Painters").get("MergedToContactID") and _act("merge_contacts")
    ),
    "merged-vendor": lambda s, c: _act("merge_vendors"),
    "used-vendor-without-contact": lambda s, c: all(
        _without_contact(s, name) for name in ("Boundary Rider Fencing", "Nightjar Security")
    ),
    "no-project-number": lambda s, c: s.approved_in(None),
    "stage-never-set": lambda s, c: s.approved_in("BB-2606"),
    "category-missing": lambda s, c: not s.bare["TrackingCategories"],
    "name-taken": lambda s, c: (
        len({p["id"] for p in s.projects.values() if (p.get("project_number") or "").upper() == "BB-2607"})
        == 2
    ),
    "name-too-long": lambda s, c: len(f"BB-2608 {LONG_NAME}") > 100,
    "option-already-there": lambda s, c: "BB-2604 Jetty Lane Apartments" in s.options["Projects"],
    "category-nearly-full": lambda s, c: len(s.options["Projects"]) in range(74, 80),
    "inactive-project": lambda s, c: (
        s.approved_in("BB-2518") and s.approved_in("BB-2509") and _act("set_project_active")
    ),
    "code-not-mapped 11-300": lambda s, c: s.codes_of(c) == {"11-300"},
    "code-not-mapped 12-300": lambda s, c: s.codes_of(c) == {"12-300"},
    "code-not-mapped 13-400": lambda s, c: s.codes_of(c) == {"13-400"},
    "code-not-standard": lambda s, c: s.codes_of(c).isdisjoint(s.standard),
    "code-is-a-header": lambda s, c: s.codes_of(c) == {"10"},
    "cost-type-missing": lambda s, c: {"Equipment", "Other"}.isdisjoint(s.options["Cost Types"]),
    "does-not-add-up": lambda s, c: (
        Decimal(s.named[c]["summary"]["total_completed_and_stored_to_date"])
        == s.total(c, "total_completed_and_stored_to_date") + 100
    ),
    "retention-does-not-add-up": lambda s, c: (
        Decimal(s.named[c]["summary"]["total_retainage"]) == s.total(c, HELD) + 50
    ),
    "nothing-moved": lambda s, c: not any(s.moved(c)) and s.due(c) == 0,
    "no-lines": lambda s, c: s.named[c]["items"] == [],
    "negative-claim": lambda s, c: (sum(s.moved(c)), s.total(c, HELD)) == (-5000, -500),
    "negative-line": lambda s, c: min(s.moved(c)) < 0 < s.due(c),
    "cancels-out": lambda s, c: any(s.moved(c)) and s.due(c) == 0,
    "release-without-work": lambda s, c: not any(s.moved(c)) and s.due(c) == 1000,
    "held-and-released": lambda s, c: (
        (
            sum(s.moved(c)),
            s.total(c, HELD),
            s.total(c, RELEASED),
            s.due(c),
        )
        == (10000, 1000, 200, 9200)
    ),
    "release-without-opening": lambda s, c: (
        s.named[c].get("previous_requisition_id") is None
        and s.total(c, RELEASED) == 450
        and s.total(c, "work_completed_from_previous_application") == 18000
    ),
    "retention-held": lambda s, c: s.total(c, HELD) > 0,
    "stored-arrives": lambda s, c: s.total(c, "materials_presently_stored") == 8000,
    "stored-lies": lambda s, c: s.total(c, "materials_presently_stored") == 8000 and sum(s.moved(c)) == 3000,
    "stored-installed": lambda s, c: (
        s.total(c, "materials_presently_stored") == 0 and sum(s.moved(c)) == 2000
    ),
    "stored-moved-by-procore": lambda s, c: s.named[c]["move_materials_to_previous_work_completed"],
    "variation-lines": lambda s, c: (
        [i["item_type"] for i in s.named[c]["items"]].count("change_order_item") == 2
    ),
    "unit-quantities": lambda s, c: (
        "12.3457" in [i["work_completed_this_period_quantity"] for i in s.named[c]["items"]]
    ),
    "sent-back": lambda s, c: s.named[c]["status"] == "revise_and_resubmit",
    "no-date": lambda s, c: _dated(s.named[c]) == [None] * 3,
    "in-locked-period": lambda s, c: s.named[c]["billing_date"] < "2026-06-30",
    "other-currency": lambda s, c: s.named[c]["currency_configuration"]["currency_iso_code"] == "NZD",
    "number-used-twice": lambda s, c: s.named[c]["invoice_number"] == "TCH-7781",
    "number-used-twice again": lambda s, c: (
        s.vendor_of(s.named[c]) == s.vendor_of(s.named["number-used-twice"])
    ),
    "without-number": lambda s, c: s.named[c].get("invoice_number") is None,
    "number-taken-other-amount": lambda s, c: [b["SubTotal"] for b in s.bills_like(c)] != [s.due(c)],
    "bill-already-there-paid": lambda s, c: (
        [(b["Status"], b["SubTotal"]) for b in s.bills_like(c)] == [("PAID", s.due(c))]
    ),
    "bill-already-there-part-paid": lambda s, c: (
        [(b["AmountPaid"], b["SubTotal"]) for b in s.bills_like(c)] == [(3000, s.due(c))]
    ),
    "bill-voided-before": lambda s, c: [b["Status"] for b in s.bills_like(c)] == ["VOIDED"],
    "several-bills-with-number": lambda s, c: len(s.bills_like(c)) == 2,
    "vendor-without-contact": lambda s, c: _by(s, c, "Boundary Rider"),
    "second-vendor-without-contact": lambda s, c: _by(s, c, "Nightjar Security"),
    "vendor-with-similar-contact": lambda s, c: _by(s, c, "Murnong Joinery"),
    "vendor-with-contact-outside-group": lambda s, c: (
        s.contact("Bilby Waste Pty Ltd")["Name"] not in _members(s)
    ),
    "contact-with-several-vendors": lambda s, c: _by(s, c, "Dunlin Concrete"),
    "claim-of-archived-contact": lambda s, c: _by(s, c, "Corella Cranes"),
    "claim-of-inactive-vendor": lambda s, c: not s.vendor_of(s.named[c])["is_active"],
    "vendor-not-registered-for-tax": lambda s, c: (
        s.contact("Gatepost Temporary Fencing Pty Ltd")["AccountsPayableTaxType"] == "EXEMPTEXPENSES"
    ),
    "commitment-without-vendor": lambda s, c: not s.contracts[s.named[c]["commitment_id"]].get("vendor"),
    "three-faults": lambda s, c: (
        _dated(s.named[c]) == [None] * 3
        and s.codes_of(c) == {"12-300"}
        and s.contact("Bilby Waste Pty Ltd")["Name"] not in _members(s)
    ),
    "payment-by-hand": lambda s, c: any(
        p["amount"] == "500.00" and not p.get("external_payment_id") for p in s.payments
    ),
    "payment-by-procore-pay": lambda s, c: any(p.get("external_payment_id") for p in s.payments),
    "payment-deleted": lambda s, c: _act("delete_payment"),
    "claim-paid-and-part-paid": lambda s, c: (
        sum(step["act"] == "pay_bill" and step["bill"].startswith("SC") for step in later()) == 2
    ),
    "claim-edited-after-sending": lambda s, c: _act("edit_claim"),
}


def test_the_table_of_the_demo_world_names_exactly_the_cases_that_are_tested() -> None:
    rows = re.findall(r"^    (\S.*?)  +\S.*$", table or "", re.MULTILINE)
    assert Counter(rows) == Counter(list(CASES))
    assert cases().keys() <= CASES.keys()


@pytest.mark.parametrize("case", CASES)
def test_case_is_in_the_demo_world(case: str, seen: Seen) -> None:
    assert CASES[case](seen, case)


def test_the_demo_world_names_the_numbers_of_its_claims(seen: Seen) -> None:
    """A case whose row says "claim SC-1-01" is that claim."""
    for case, number in re.findall(r"^    (\S.*?)  +claim ([A-Z]+-[\d-]+)", table or "", re.MULTILINE):
        if case in seen.named:
            claim = seen.named[case]
            drawn = f"{seen.contracts[claim['commitment_id']]['number']}-{claim['number']:02d}"
            assert number in (claim.get("invoice_number"), drawn), case


def test_the_demo_world_has_the_size_of_a_real_builder(seen: Seen) -> None:
    assert len(seen.projects) == 13
    assert len(seen.vendors) == 65, "suppliers, and the clients of head contracts"
    assert len(seen.contracts) in range(78, 120)
    assert len(seen.claims) in range(240, 281)
    assert len(seen.contacts) > 60
    statuses = Counter(claim["status"] for claim in seen.claims.values())
    waiting = {"draft", "under_review", "revise_and_resubmit", "pending_owner_approval"}
    assert set(statuses) == {"approved", "approved_as_noted", *waiting}
    assert statuses["approved"] > 180


def test_every_standard_leaf_has_a_suggested_account_but_three(seen: Seen) -> None:
    headers = {code["parent_id"] for code in seen.standard.values() if code.get("parent_id")}
    leaves = {full for full, code in seen.standard.items() if code["id"] not in headers}
    assert leaves - ACCOUNTS_BY_CODE.keys() == set(UNMAPPED)
    assert ACCOUNTS_BY_CODE.keys() <= leaves


def test_every_claim_of_the_demo_world_adds_up_but_the_named_ones(demo: Sandbox, seen: Seen) -> None:
    spared = {claim["id"] for case, claim in seen.named.items() if case in DOES_NOT_ADD_UP}
    assert faults(demo, spared) == []
    assert {number for number, _ in faults(demo, set())} == spared


def test_the_acts_for_later_can_be_done(sandbox: Sandbox) -> None:
    """Those on bills that OneCore makes need a run first; here their claims only have to be there."""
    sandbox.load(make_demo())
    claims = {claim["invoice_number"]: claim for claim in sandbox.records("procore", "requisitions")}
    invoices = {
        f"{project['project_number']}-{contract['number']}-{one['number']}"
        for project in sandbox.records("procore", "projects")
        for contract in sandbox.records("procore", "prime_contracts")
        for one in sandbox.records("procore", "payment_applications")
        if one["contract"]["id"] == contract["id"]
    }
    for step in later():
        arguments = {name: value for name, value in step.items() if name != "act"}
        if step["act"] == "pay_bill" and step["bill"] in claims:
            assert claims[step["bill"]]["status"] in SENT
        elif step["act"] in ("pay_bill", "allocate_credit"):
            assert step["bill"] in {*claims, *invoices}
        elif step["act"] == "track_line":  # the option of its project is made by a run
            assert step["project"] in {number.partition("-HC")[0] for number in invoices}
        else:
            sandbox.act(step["act"], **arguments)
    statuses = {contact["Name"]: contact["ContactStatus"] for contact in sandbox.records("xero", "Contacts")}
    assert statuses["Topside Crane Hire Pty Ltd"] == statuses["Bluegum Gas Fitting Pty Ltd"] == "ARCHIVED"


def test_claims_without_a_case_have_no_fault(seen: Seen) -> None:
    """What a case does not stand for goes through: one contact, mapped codes, a date, a number of its own."""
    eligible = {"BB-2601", "BB-2602", "BB-2603", "BB-2604", "BB-2605", "BB-2607", "BB-2608"}
    projects = {number for number, p in seen.projects.items() if p.get("project_number") in eligible}
    named = {claim["id"] for claim in seen.named.values()}
    members = [c for c in seen.contacts if c["Name"] in _members(seen) and c["ContactStatus"] == "ACTIVE"]
    names = {"".join(filter(str.isalnum, c["Name"].lower().replace("&", "and"))) for c in members}
    numbers = {c.get("ContactNumber") for c in members} | {
        c.get("TaxNumber", "").replace(" ", "") for c in members
    }
    used = Counter()  # type: ignore[var-annotated]
    for claim in seen.claims.values():
        if claim["status"] not in SENT or claim["project_id"] not in projects or claim["id"] in named:
            continue
        vendor = seen.vendor_of(claim)
        keys = {vendor.get("origin_code"), (vendor.get("business_register") or {}).get("identifier")} - {None}
        plain = "".join(filter(str.isalnum, vendor["name"].lower().replace("&", "and")))
        assert keys & numbers or plain in names, vendor["name"]
        codes = {seen.codes[item["cost_code_id"]]["full_code"] for item in claim["items"]}
        assert codes <= ACCOUNTS_BY_CODE.keys(), claim["invoice_number"]
        assert claim["billing_date"] > "2026-06-30"
        used[vendor["id"], claim["invoice_number"]] += 1
    assert len(used) > 120
    assert set(used.values()) == {1}
