"""The demo world from its first run to its last: every case of its table warns, or stays quiet."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds.demo import cases, later
from integrations.sandbox.worlds.demo import demo as make_demo
from mappings.models import Link
from runs.models import Entry, Mode, Run, Warning
from tests import (
    demo_adjustments,
    demo_direct_costs,
    demo_labour,
    demo_owner,
    demo_retention,
    demo_xero_costs,
)
from tests import run_house as house
from tests.scenes import MAIN_JOB, shown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

# claims of the table: the warnings they show
WARNED = {
    "code-not-mapped 11-300": {"not-mapped"},
    "code-not-mapped 12-300": {"not-mapped"},
    "code-not-mapped 13-400": {"not-mapped"},
    "code-not-standard": {"not-standard"},
    "code-is-a-header": {"header-code"},
    "does-not-add-up": {"does-not-add-up"},
    "retention-does-not-add-up": {"does-not-add-up"},
    "no-lines": {"no-lines"},
    "no-date": {"no-date"},
    "in-locked-period": {"locked-period"},
    "release-without-opening": {"release-unknown"},
    "other-currency": {"refused"},
    "number-used-twice": {"same-key"},
    "number-used-twice again": {"same-key"},
    "number-taken-other-amount": {"other-amount"},
    "several-bills-with-number": {"several-matches"},
    "commitment-without-vendor": {"no-vendor"},
    "three-faults": {"no-date", "vendor-not-linked", "not-mapped"},
}
# claims that are sent without a word: what their document comes to before tax, credit notes below nothing
SENT = {
    "negative-claim": "-4500.00",
    "negative-line": "6120.00",
    "cancels-out": "0.00",
    "release-without-work": "1000.00",
    "held-and-released": "9200.00",
    "retention-held": "26388.90",
    "stored-arrives": "7200.00",
    "stored-lies": "2700.00",
    "stored-installed": "1800.00",
    "stored-moved-by-procore": "2250.00",
    "variation-lines": "5310.00",
    "unit-quantities": "970.56",
    "without-number": "3510.00",
    "bill-already-there-paid": "4500.00",
    "bill-already-there-part-paid": "4500.00",
    "bill-voided-before": "4500.00",
    "claim-of-inactive-vendor": "4320.00",
    "vendor-not-registered-for-tax": "4320.00",
    "vendor-without-contact": "4320.00",
    "second-vendor-without-contact": "5040.00",
}
LEFT_OUT = ("nothing-moved", "sent-back")
# claims of the project whose name is taken at first, once that is put right
FREED = {
    "vendor-with-similar-contact": {"vendor-not-linked"},
    "vendor-with-contact-outside-group": {"vendor-not-linked"},
    "contact-with-several-vendors": {"vendor-not-linked"},
    "claim-of-archived-contact": {"vendor-not-linked"},
}
ELSEWHERE = {
    ("contacts", "several-matches", "Dunlin Concrete"),
    ("contacts", "same-key", "Pelican Plumbing Services"),
    ("contacts", "similar", "Murray Bend Steelwork Fabricators"),
    ("contacts", "similar", "Murnong Joiners"),
    ("contacts", "country", "Numbat Electrical Contractors"),
    ("contacts", "region", "Thornbill Tiling"),
    ("contacts", "inactive", "Emu Plains Plaster"),
    ("vendor-contacts", "outside-group", "Bilby Waste"),
    ("projects", "no-number", "Northern Depot Refurbishment"),
    ("projects", "stage-not-set", "BB-2606"),
    ("projects", "stage-not-set", "BB-2609"),
    ("projects", "same-key", "BB-2607"),
    ("projects", "same-key", "bb-2607"),
    ("projects", "category-full", "Projects"),
}
SILENT_CONTACTS = ("Corella Cranes", "Potoroo Painters")


class Demo:
    """The demo tenant at a running sandbox, with what tests ask of it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.tenant = (
            sandbox,
            house.prepared(
                sandbox,
                "demo",
                slug="bright-build",
                enabled=(
                    *MAIN_JOB,
                    "vendor-contacts",
                    *demo_direct_costs.INTEGRATIONS,
                    *demo_owner.INTEGRATIONS,
                    *demo_xero_costs.INTEGRATIONS,
                    *demo_labour.INTEGRATIONS,
                    *demo_retention.INTEGRATIONS,
                ),
            ),
        )
        demo_owner.choose(self.tenant)
        demo_adjustments.choose(self.tenant)
        demo_xero_costs.choose(self.tenant)
        demo_labour.choose(self.tenant)
        demo_retention.choose(self.tenant)
        self.named = {name: claim["id"] for name, claim in cases().items()}

    def claims(self) -> dict[int, dict[str, Any]]:
        """Procore's claims by id."""
        return {one["id"]: one for one in self.sandbox.records("procore", "requisitions")}

    def warned(self, claim: int) -> set[str]:
        """The codes of the open warnings that a claim shows, its own and those about what it lacks."""
        found = self.open("progress-claims")
        key = str(claim)
        return {
            one.code
            for one in found
            if one.record_key == key or any(row["key"] == key for row in one.affected)
        }

    def open(self, integration: str) -> list[Warning]:
        """Open warnings of an integration."""
        return list(Warning.objects.filter(integration=integration).exclude(state="resolved"))

    def documents(self) -> dict[str, tuple[int, dict[str, Any]]]:
        """Living bills and credit notes of the tenant's books by id, with the sign of their amounts."""
        found = {one["InvoiceID"]: (1, one) for one in house.bills(self.sandbox)}
        notes = self.sandbox.records("xero", "CreditNotes")
        return found | {
            one["CreditNoteID"]: (-1, one) for one in notes if one["Status"] not in ("VOIDED", "DELETED")
        }

    def document(self, claim: int) -> tuple[int, dict[str, Any]] | None:
        """What a claim is linked to."""
        links = Link.objects.filter(integration="progress-claims", subject=str(claim), role="bill")
        link = links.linked().first()
        return self.documents()[link.target_id] if link else None

    def mapped(self, integration: str, about: str) -> set[str]:
        """The codes of open warnings about a contact or project named so."""
        return {one.code for one in self.open(integration) if about in one.record_title}


def test_the_demo_world_from_its_first_run_to_its_last(sandbox: Sandbox) -> None:
    demo = Demo(sandbox)
    tried = house.sync(demo.tenant, mode=Mode.DEBUG)
    assert house.writes(sandbox) == 0, shown(tried)
    assert not Link.objects.exists()
    first = house.sync(demo.tenant)
    nothing_more(demo)
    every_claim_is_told(demo, first)
    every_other_case_is_told(demo)
    demo_adjustments.every_file_is_told(sandbox)
    demo_owner.every_case_is_told(sandbox)
    demo_direct_costs.every_direct_cost_is_told(sandbox)
    demo_xero_costs.every_cost_is_told(sandbox)
    demo_labour.every_case_is_told(sandbox)
    demo_retention.every_contract_is_told(sandbox, demo.tenant)
    nothing_twice_and_nothing_missing(demo)
    what_happens_later(demo)
    nothing_twice_and_nothing_missing(demo)
    nothing_more(demo)


def nothing_more(demo: Demo) -> None:
    """One more run writes nothing."""
    before = house.writes(demo.sandbox)
    again = house.sync(demo.tenant)
    changing = Entry.objects.filter(run=again, action__in=("create", "update", "link", "remove"))
    assert house.writes(demo.sandbox) == before, [str(one.title) for one in changing]
    assert not changing.exists(), shown(again)


def every_claim_is_told(demo: Demo, run: Run) -> None:
    """The claims of the table: their warnings, or what they became."""
    told = {name: demo.warned(demo.named[name]) for name in WARNED}
    assert told == WARNED, shown(run)
    for name, amount in SENT.items():
        assert demo.warned(demo.named[name]) == set(), name
        found = demo.document(demo.named[name])
        assert found is not None, name
        assert found[0] * Decimal(str(found[1]["SubTotal"])) == Decimal(amount), name
    for name in LEFT_OUT:
        assert (demo.document(demo.named[name]), demo.warned(demo.named[name])) == (None, set()), name
    cancelled = demo.document(demo.named["cancels-out"])
    assert cancelled is not None and cancelled[1]["Status"] == "DRAFT"
    untaxed = demo.document(demo.named["vendor-not-registered-for-tax"])
    assert untaxed is not None and {one["TaxType"] for one in untaxed[1]["LineItems"]} == {"EXEMPTEXPENSES"}
    unnumbered = demo.document(demo.named["without-number"])
    assert unnumbered is not None and unnumbered[1]["InvoiceNumber"] == "SC-2608-53-1"


def every_other_case_is_told(demo: Demo) -> None:
    """Contacts and projects of the table."""
    for integration, code, about in ELSEWHERE:
        assert code in demo.mapped(integration, about), (integration, code, about)
    for about in SILENT_CONTACTS:
        assert demo.mapped("contacts", about) == set(), about
    options = [
        option["Name"]
        for category in demo.sandbox.records("xero", "TrackingCategories")
        for option in category["Options"]
    ]
    assert {"Equipment", "Other", "BB-2604 Jetty Lane Apartments"} <= set(options)
    assert max(len(name) for name in options if name.startswith("BB-2608")) <= 100
    assert not any(name.startswith(("BB-2518", "BB-2509")) for name in options)


def nothing_twice_and_nothing_missing(demo: Demo) -> None:
    """Each approved claim of a linked project is one document of what is due, or a warning says why not."""
    projects = set(Link.objects.of(demo.tenant, "projects").linked().values_list("subject", flat=True))
    active = {str(one["id"]) for one in demo.sandbox.records("procore", "projects") if one["active"]}
    missing = []
    for claim in demo.claims().values():
        if (
            claim["status"] not in ("approved", "approved_as_noted")
            or str(claim["project_id"]) not in projects & active
        ):
            continue
        found = demo.document(claim["id"])
        if found is None:
            quiet = demo.named["nothing-moved"] == claim["id"]
            missing += [] if quiet or demo.warned(claim["id"]) else [claim["invoice_number"]]
            continue
        due = Decimal(claim["summary"]["current_payment_due"])
        adjusted = demo_adjustments.adjusted(claim["id"])
        adjusted += demo_retention.elsewhere(claim["invoice_number"])
        assert found[0] * Decimal(str(found[1]["SubTotal"])) + adjusted == due, claim["invoice_number"]
    assert missing == []
    targets = Counter(
        Link.objects.of(demo.tenant, "progress-claims").linked().values_list("target_id", flat=True)
    )
    assert set(targets.values()) == {1}
    ours = Counter(
        (one["Contact"]["ContactID"], one.get("InvoiceNumber") or one.get("CreditNoteNumber"))
        for key, (_, one) in demo.documents().items()
        if key in targets
    )
    assert set(ours.values()) == {1}


def what_happens_later(demo: Demo) -> None:
    """What people do after the first run, and what the next one says of it."""
    twin = next(
        one for one in demo.sandbox.records("procore", "projects") if one["project_number"] == "bb-2607"
    )
    demo.sandbox.act("rename_project", project_id=twin["id"], name="Parade Annex", project_number="BB-2610")
    for act in later():
        bill = act.get("bill")
        if bill is not None and act["act"] == "pay_bill":
            due = {"date": "2026-11-20", "bill": bill, "due": "2026-12-20"}
            demo.sandbox.act("approve_bill", bill=due["bill"], due=due["due"])
        if act["act"] == "allocate_credit":
            demo.sandbox.act("approve_credit", credit=act["credit"])
            demo.sandbox.act("approve_bill", bill=bill, due="2026-12-20")
        demo.sandbox.act(act["act"], **{name: value for name, value in act.items() if name != "act"})
    run = house.sync(demo.tenant)
    told = {name: demo.warned(demo.named[name]) for name in FREED}
    assert told == FREED, shown(run)
    assert demo.mapped("projects", "2607") == set()
    assert demo.mapped("projects", "BB-2603") == {"project-closed"}
    assert demo.mapped("vendor-contacts", "Corella Cranes") == {"contact-archived"}
    assert demo.mapped("contacts", "Topside Crane Hire") == {"archived"}
    assert demo.mapped("contacts", "Bluegum Gas Fitting") == {"merged"}
    assert demo.mapped("contacts", "Bowerbird Hardware Supplies") == {"target-gone"}
    what_was_paid(demo)
    demo_adjustments.what_happened_later_is_told(demo.sandbox)
    demo_owner.what_happened_later_is_told(demo.sandbox)
    demo_xero_costs.what_happened_later_is_told(demo.sandbox)
    demo_labour.what_happened_later_is_told(demo.sandbox)
    edited = next(one for one in demo.claims().values() if one["invoice_number"] == "SC-2602-01-01")
    found = demo.document(edited["id"])
    assert found is not None
    assert Decimal(str(found[1]["SubTotal"])) == Decimal(edited["summary"]["current_payment_due"])


def what_was_paid(demo: Demo) -> None:
    """Payments came back before tax, with our mark; those of people and of Procore Pay are as they were."""
    payments = demo.sandbox.records("procore", "contract_payments")
    by_number: dict[str, list[Decimal]] = {}
    for one in payments:
        if str(one.get("notes") or "").startswith("Xero payment"):
            by_number.setdefault(one["invoice_number"], []).append(Decimal(str(one["amount"])))
    claims = {one["invoice_number"]: one for one in demo.claims().values()}
    assert sum(by_number["SC-2605-01-01"]) == Decimal(
        claims["SC-2605-01-01"]["summary"]["current_payment_due"]
    )
    assert by_number["SC-2605-02-01"] == [Decimal("909.09")]
    assert by_number["SAC-330"] == [Decimal("4500.00")]
    assert len(by_number["BCE-88"]) == 1
    others = {str(one["amount"]) for one in payments if not str(one.get("notes") or "").startswith("Xero")}
    assert others == {"500.00", "750.00"}


def test_books_that_are_not_prepared_say_so(sandbox: Sandbox) -> None:
    """Without the group and the categories nothing is planned, and three warnings say what to create."""
    given = make_demo()
    given["xero"]["organisations"].reverse()
    given["clients"]["xero"][1]["tenants"] = [given["xero"]["organisations"][0]["tenantId"]]
    sandbox.load(given)
    sandbox.switches.limits = False
    run = house.sync(house.connect(given, slug="bare", enabled=MAIN_JOB))
    found = {(one.integration, one.code) for one in Warning.objects.exclude(state="resolved")}
    assert {
        ("contacts", "group-missing"),
        ("projects", "category-missing"),
        ("cost-types", "category-missing"),
    } <= found, shown(run)
    assert house.writes(sandbox) == 0
