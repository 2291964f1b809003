"""The company, its tenant, and what people see there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from integrations.values import cents
from mappings.models import CostCodeRule, ReverseRule
from runs.chunks import OVERLAP
from runs.models import Cursor
from tests import run_house as house
from tests.conservation.world import world
from tests.scenes import shown

NOTHING = Decimal(0)
PAYABLE, RECEIVABLE = "815", "615"  # accounts on which retention stands
MATERIALS, UNRULED = "306", "312"  # the second has several cost codes and no reverse rule
OPTIONS: dict[str, dict[str, Any]] = {
    "progress-claims": {
        "retention_held_account": PAYABLE, "retention_released_account": PAYABLE, "bill_status": "AUTHORISED",
    },
    "head-contract-claims": {
        "retention_held_account": RECEIVABLE, "retention_released_account": RECEIVABLE,
        "bill_status": "AUTHORISED",
        "number": "{project.project_number}-{commitment.number}-{invoice_number}",
    },
    "direct-costs": {"bill_status": "AUTHORISED"},
    "xero-costs": {},
}  # fmt: skip
WITHOUT_LIMITS = {"largest_share": 100, "largest_amount": 100_000_000}
DAY = "--- a day"
SECONDS = timedelta(seconds=2)  # the systems keep times to the second
Record = dict[str, Any]


@dataclass
class Company:
    """A generated company, its tenant, and the people who act in it."""

    sandbox: Sandbox
    tenant: Tenant
    random: Random
    done: list[str] = field(default_factory=list)  # what people did
    acted: set[str] = field(default_factory=set)  # the kinds of act that were done at least once
    refused: list[str] = field(default_factory=list)  # what people tried and could not do
    last: Any = None  # the last run
    cursors: dict[int, datetime] = field(default_factory=dict)  # how far lists were read

    def procore(self, kind: str) -> list[Record]:
        """Every record of a kind in Procore."""
        return self.sandbox.records("procore", kind)

    def lines(self, kind: str, key: int) -> list[Record]:
        """The lines of a record of Procore, which lists do not show."""
        [company] = self.sandbox.procore.values()
        kept = company.get(kind, key)
        return list(kept["line_items"]) if kept else []

    def projects(self) -> dict[int, str]:
        """Numbers of projects."""
        return {one["id"]: one["project_number"] for one in self.procore("projects")}

    def documents(self, invoice: str, note: str = "") -> list[tuple[int, str, Record]]:
        """Living documents of these types, each with its sign and number."""
        rows = [(1, str(one["InvoiceNumber"]), one) for one in self.sandbox.records("xero", "Invoices")]
        notes = self.sandbox.records("xero", "CreditNotes") if note else []
        rows += [(-1, str(one["CreditNoteNumber"]), one) for one in notes]
        ended = ("VOIDED", "DELETED")
        return [row for row in rows if row[2]["Type"] in (invoice, note) and row[2]["Status"] not in ended]

    def document(self, *statuses: str, kind: str = "ACCPAY") -> Record:
        """Any bill or invoice that has one of these states. Raises LookupError."""
        found = [one for _, _, one in self.documents(kind) if one["Status"] in statuses]
        return self.any_of(found)

    def paid_document(self, kind: str = "ACCPAY") -> Record:
        """Any bill or invoice of which something is paid. Raises LookupError."""
        return self.any_of([one for _, _, one in self.documents(kind) if one["AmountPaid"]])

    def contacts(self) -> list[str]:
        """Names of contacts in use."""
        found = self.sandbox.records("xero", "Contacts")
        return [one["Name"] for one in found if one["ContactStatus"] == "ACTIVE"]

    def any_of(self, found: list[Record]) -> Record:
        """Any of these records. Raises LookupError where there is none."""
        if not found:
            raise LookupError("there is no such record")
        return self.random.choice(found)

    def on_any(self, kind: str, name: str, *acts: str) -> str:
        """Any of these acts on any record of a kind in Procore, which they call so."""
        record, act = self.any_of(self.procore(kind)), self.random.choice(acts)
        self.sandbox.act(act, **{name: record["id"]})
        return f"{record.get('invoice_number') or record['id']} {act}"

    def amount(self, least: int, most: int) -> str:
        """Any amount between two, in cents."""
        return f"{Decimal(self.random.randint(least, most)) / 100:.2f}"

    def part_of(self, amount: object, most: int = 99) -> str:
        """Any part of an amount, up to so many per cent."""
        return f"{cents(Decimal(str(amount)) * self.random.randint(1, most) / 100):.2f}"

    def run(self) -> None:
        """A nightly run, a day after the last one: what it read is not read again for the overlap's sake."""
        self.last = house.sync(self.tenant)
        read = Cursor.objects.filter(tenant=self.tenant).exclude(resource__endswith=":whole")
        moved = [one for one in read if self.cursors.get(one.pk) != one.read_at]
        for one in moved:
            one.read_at += OVERLAP - SECONDS
        Cursor.objects.bulk_update(moved, ["read_at"])
        self.cursors = {one.pk: one.read_at for one in read.all()}

    def week_passes(self) -> None:
        """The next run reads everything, as it does once a week."""
        Cursor.objects.filter(tenant=self.tenant, resource__endswith=":whole").update(
            read_at=timezone.now() - timedelta(days=8)
        )

    def story(self) -> str:
        """What people did and what the last run said, for a failing test."""
        return "\n".join([f"day {self.done.count(DAY)}", *self.done[-60:], shown(self.last)])


def started(sandbox: Sandbox, seed: int) -> Company:
    """A company with some history, sent by a first run; its projects' materials are cost codes by rule."""
    given = world(seed)
    sandbox.load(given)
    sandbox.switches.limits = False
    sandbox.clock.set(now=datetime.now(UTC))
    tenant = house.connect(given, slug=f"seed-{seed}")
    for integration, options in OPTIONS.items():
        Setting.objects.filter(tenant=tenant, integration=integration).update(options=options)
    Setting.objects.create(tenant=tenant, integration="tenant", enabled=True, options=WITHOUT_LIMITS)
    CostCodeRule.objects.filter(tenant=tenant).update(revenue_account="200")
    made = Company(sandbox, tenant, Random(seed))
    made.run()
    _rules(made, given["procore"]["companies"][0]["projects"])
    return made


def _rules(company: Company, projects: list[Record]) -> None:
    """Materials tracked to a project belong to the first cost code of its subcontracts."""
    standard = {one["id"]: one["full_code"] for one in company.procore("standard_cost_codes")}
    kinds = {one["id"]: one["code"] for one in company.procore("line_item_types")}
    for project in projects:
        line = project["work_order_contracts"][0]["line_items"][0]
        own = next(one for one in project["cost_codes"] if one["id"] == line["cost_code_id"])
        ReverseRule.objects.create(
            tenant=company.tenant, account=MATERIALS,
            tracking=project["project_number"],
            cost_code=standard[own["standard_cost_code_id"]], cost_type=kinds[line["line_item_type_id"]],
        )  # fmt: skip
