"""A contract whose claims a test enters one by one, and what both systems say of it after each run."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from integrations.models import Setting, Tenant
from integrations.retention import METHODS
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import catalogue
from integrations.sandbox.worlds.demo import clients
from integrations.sandbox.worlds.names import abn, guid
from integrations.sandbox.worlds.records import Numbers, Record, Site, company, period, project, vendor
from integrations.sandbox.worlds.small import organisation
from integrations.sandbox.xero.bank import write_transaction
from integrations.sandbox.xero.credits import allocate
from integrations.sandbox.xero.documents import CREDIT_NOTES, INVOICES, write
from integrations.sandbox.xero.organisation import SOURCES
from integrations.sandbox.xero.records import organisation_for
from mappings.models import CostCodeRule
from runs.models import Entry, Run, Warning
from tests import run_house as house

MAIN_JOB = (
    "accounts", "contacts", "projects", "cost-codes", "cost-types", "items", "progress-claims", "payments",
)  # fmt: skip
COMPANY, BOOKS = 4600, guid("organisation", "scenes")
VENDORS = ("Acacia Concrete", "Banksia Steel")
HELD, RELEASED = "815", "825"
TAXED, UNTAXED = "03-100", "12-100"  # cost codes: with GST, and free of it by a rule
MONTHS = (
    ("2026-07-21", "2026-08-20", "2026-09-20"),
    ("2026-08-21", "2026-09-20", "2026-10-20"),
    ("2026-09-21", "2026-10-20", "2026-11-20"),
)
NOTHING = Decimal("0.00")
# Every way of booking retention with its tax; a sample of them outside script/faults.
WAYS = [
    (method, tax, "CASH" if method == "gross" else "ACCRUALS")
    for method, _ in METHODS
    for tax in ("defer", "upfront")
    if (method, tax) != ("net", "upfront")
]
if os.environ.get("ONECORE_FAULTS") != "all":
    WAYS = [way for way in WAYS if way[1] == ("upfront" if way[0] in ("separate", "gross") else "defer")]


@dataclass
class Scene:
    """A tenant at a running sandbox, with two contracts of one project that have no claims yet."""

    sandbox: Sandbox
    tenant: Tenant
    site: Site
    lines: dict[str, dict[str, int]] = field(default_factory=dict)  # contract -> cost code -> line
    contracts: dict[str, int] = field(default_factory=dict)
    vendors: dict[str, int] = field(default_factory=dict)

    # --- Procore ------------------------------------------------------------------------------------------

    def claim(self, number: str, *moves: Record, contract: str = "SC-1", **over: Any) -> int:
        """A new claim with these movements; its id."""
        month = self.site.record["billing_periods"][len(self.claims(contract)) % len(MONTHS)]
        given = {"status": "approved", "invoice_number": number, "billing_date": month["end_date"]}
        added = self.sandbox.act(
            "add_claim",
            commitment_id=self.contracts[contract],
            items=[self.item(contract, move) for move in moves],
            period_id=month["id"],
            **(given | over),
        )
        return int(added["id"])

    def edit(self, claim: int, *moves: Record, contract: str = "SC-1", **over: Any) -> None:
        """Change a claim's movements and fields."""
        self.sandbox.act(
            "edit_claim", claim_id=claim, items=[self.item(contract, move) for move in moves], **over
        )

    def item(self, contract: str, move: Mapping[str, Any]) -> Record:
        """A movement as the acts of the sandbox want it."""
        names = {
            "work": "work_completed_this_period",
            "held": "work_completed_retainage_retained_this_period",
            "released": "work_completed_retainage_released_this_period",
            "stored": "materials_presently_stored",
        }
        amounts = {names[name]: value for name, value in move.items() if name != "code"}
        return {"line_item_id": self.lines[contract][move.get("code", TAXED)], **amounts}

    def claims(self, contract: str = "SC-1") -> list[Record]:
        """The claims of a contract as Procore answers them, in order."""
        found = self.sandbox.records("procore", "requisitions")
        own = [one for one in found if one["commitment_id"] == self.contracts[contract]]
        return sorted(own, key=lambda one: one["number"])

    def payments(self, contract: str = "SC-1") -> list[Record]:
        """The payments issued of a contract."""
        found = self.sandbox.records("procore", "contract_payments")
        return [one for one in found if one["contract_id"] == self.contracts[contract]]

    # --- Xero ---------------------------------------------------------------------------------------------

    def documents(self, *, dead: bool = False) -> dict[str, Record]:
        """Living bills and credit notes by number; fails on two with one number."""
        found: dict[str, Record] = {}
        rows = [(one["InvoiceNumber"], one, 1) for one in self.sandbox.records("xero", "Invoices")]
        notes = self.sandbox.records("xero", "CreditNotes")
        rows += [(one["CreditNoteNumber"], one, -1) for one in notes]
        for number, one, sign in rows:
            if dead != (one["Status"] in ("VOIDED", "DELETED")):
                continue
            assert number not in found or dead, f"{number} is there twice"
            found[number] = one | {"sign": sign}
        return found

    def document(self, number: str) -> Record:
        """The living document of a number."""
        return self.documents()[number]

    def act(self, name: str, /, **arguments: Any) -> Any:
        """What a person does in either system."""
        return self.sandbox.act(name, **arguments)

    def rewrite(self, number: str, **fields: Any) -> None:
        """What a person types into a bill, in the API's own fields."""
        organisation = organisation_for(self.sandbox, None)
        with self.sandbox.lock, organisation.attempt():
            old = organisation["Invoices"].get(self.document(number)["InvoiceID"])
            write(organisation, INVOICES, fields, create=False, digits=4, app="a person", old=old)

    def enter(self, number: str, vendor: str, *lines: Record, **over: Any) -> str:
        """A bill that a person enters; its id."""
        organisation = organisation_for(self.sandbox, None)
        contact = next(one for one in self.sandbox.records("xero", "Contacts") if one["Name"] == vendor)
        fields = {
            "Type": "ACCPAY", "InvoiceNumber": number, "Contact": {"ContactID": contact["ContactID"]},
            "Status": "AUTHORISED", "LineAmountTypes": "Exclusive", "LineItems": list(lines),
        }  # fmt: skip
        with self.sandbox.lock, organisation.attempt():
            made = write(organisation, INVOICES, fields | over, create=True, digits=4, app="a person")
        return str(made["InvoiceID"])

    def credit(self, kind: str, vendor: str, amount: str, *bills: tuple[str, str]) -> str:
        """Money paid before ("PREPAYMENT") or beyond ("OVERPAYMENT") a bill, allocated to bills; its id."""
        organisation = organisation_for(self.sandbox, None)
        contact = next(one for one in self.sandbox.records("xero", "Contacts") if one["Name"] == vendor)
        line = {"Description": "Paid", "Quantity": 1, "UnitAmount": amount, "AccountCode": "800"}
        line |= {"AccountCode": "620", "TaxType": "BASEXCLUDED"} if kind == "PREPAYMENT" else {}
        sent = {
            "Type": f"SPEND-{kind}", "BankAccount": {"Code": "090"}, "LineItems": [line],
            "Contact": {"ContactID": contact["ContactID"]},
        }  # fmt: skip
        plural = f"{kind.title()}s"
        with self.sandbox.lock, organisation.attempt():
            made = write_transaction(organisation, sent, places=2, create=True)
            key = str(made[SOURCES[plural]])
            for number, part in bills:
                bill = {"InvoiceID": self.document(number)["InvoiceID"]}
                day = organisation.today().isoformat()
                allocate(organisation, plural, key, {"Invoice": bill, "Amount": part, "Date": day})
        return key

    def paid(self, number: str = "", contract: str = "SC-1") -> Decimal:
        """What our payments in Procore on a bill (or all of a contract) come to."""
        own = [one for one in self.payments(contract) if number in ("", one.get("invoice_number"))]
        ours = [one for one in own if str(one.get("notes") or "").startswith("Xero ")]
        return sum((Decimal(str(one["amount"])) for one in ours), NOTHING)

    def approve_note(self, note: str) -> None:
        """Approve a credit note by its id."""
        organisation = organisation_for(self.sandbox, None)
        with self.sandbox.lock, organisation.attempt():
            old = organisation["CreditNotes"].get(note)
            write(
                organisation,
                CREDIT_NOTES,
                {"Status": "AUTHORISED"},
                create=False,
                digits=2,
                app="a person",
                old=old,
            )

    # --- OneCore ------------------------------------------------------------------------------------------

    def options(self, slug: str = "progress-claims", **options: Any) -> None:
        """Choose options of an integration; those chosen before stay."""
        setting, _ = Setting.objects.get_or_create(
            tenant=self.tenant, integration=slug, defaults={"enabled": True}
        )
        setting.options = {**setting.options, **options}
        setting.save()

    def run(self, *integrations: str, **over: Any) -> Any:
        """A live run to its end, with the writes it made as `writes`."""
        before = house.writes(self.sandbox)
        run: Any = house.sync(self.tenant, *integrations, **over)
        run.writes = house.writes(self.sandbox) - before
        return run

    def warnings(self, **where: Any) -> set[tuple[str, str]]:
        """Open warnings: code and title of the record."""
        found = Warning.objects.filter(tenant=self.tenant, **where).exclude(state="resolved")
        return set(found.values_list("code", "record_title"))

    def codes(self) -> set[str]:
        """The codes of the open warnings."""
        return {code for code, _ in self.warnings()}

    def message(self, code: str) -> str:
        """The message of the only open warning with a code."""
        found = Warning.objects.filter(tenant=self.tenant, code=code).exclude(state="resolved")
        return str(found.get().message)


def scene(sandbox: Sandbox, *, basis: str = "ACCRUALS", **options: Any) -> Scene:
    """A sandbox with contracts SC-1 and SC-2 (of two vendors), and a tenant whose first run is done."""
    numbers = Numbers()
    vendors = [vendor(numbers("vendor"), name, abn=abn(700 + row)) for row, name in enumerate(VENDORS)]
    record = project(numbers("project"), "Quarry House", "Q-1", "Send to Xero", completion_date="2027-03-31")
    record["billing_periods"] = [period(numbers("period"), *month) for month in MONTHS]
    site = Site(record, numbers, catalogue.standard_cost_codes())
    contracts = {
        f"SC-{row + 1}": site.contract(
            "WorkOrderContract", f"SC-{row + 1}", "Package", one,
            [site.line(TAXED, "S", 9_000_000), site.line(UNTAXED, "S", 9_000_000)],
        )
        for row, one in enumerate(vendors)
    }  # fmt: skip
    given = {
        "now": "2026-11-20T02:00:00Z",
        "clients": clients(COMPANY, BOOKS),
        "procore": {"companies": [company(COMPANY, "Scenes", vendors=vendors, projects=[record])]},
        "xero": {"organisations": [organisation(BOOKS, "Scenes Pty Ltd", vendors, SalesTaxBasis=basis)]},
    }
    sandbox.load(given)
    sandbox.switches.limits = False
    sandbox.clock.set(now=datetime.now(UTC))
    tenant = house.connect(given, slug="scenes", enabled=MAIN_JOB)
    CostCodeRule.objects.filter(tenant=tenant, code=UNTAXED).update(tax_type="EXEMPTEXPENSES")
    made = Scene(
        sandbox, tenant, site,
        lines={n: {TAXED: one.lines[0].id, UNTAXED: one.lines[1].id} for n, one in contracts.items()},
        contracts={name: one.record["id"] for name, one in contracts.items()},
        vendors={name: one["id"] for name, one in zip(contracts, vendors, strict=True)},
    )  # fmt: skip
    made.options(
        **{
            "retention_held_account": HELD,
            "retention_released_account": RELEASED,
            "bill_status": "AUTHORISED",
        }
        | options
    )
    made.run()
    return made


def move(work: str = "0", held: str = "0", released: str = "0", **more: Any) -> Record:
    """A line's movement in one claim."""
    return {"work": work, "held": held, "released": released, **more}


def balances(documents: Iterable[Record]) -> dict[str, Decimal]:
    """What living documents add to each account, before tax."""
    found: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for one in documents:
        for line in one["LineItems"]:
            found[line["AccountCode"]] += one["sign"] * Decimal(str(line["LineAmount"]))
    return found


def shown(run: Run) -> str:
    """A run with its entries, for a failing test."""
    rows = Entry.objects.filter(run=run).values_list(
        "integration", "role", "title", "action", "outcome", "message"
    )
    return f"{run.state} {run.message} {run.counts}\n" + "\n".join(map(str, rows))
