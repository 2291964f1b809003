"""A company in which people do anything in any order, and the sums that must agree after every run."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from integrations.models import Setting, Tenant
from integrations.sandbox.routing import Refused
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import generated
from integrations.sandbox.xero.errors import Invalid
from integrations.values import cents
from runs.models import Cursor, Warning
from tests import run_house as house
from tests.scenes import shown

NOTHING = Decimal(0)
SENT = ("approved", "approved_as_noted")
HELD = "815"
SUFFIX = re.compile(r"-(RET|CN|REL|ADJ\d+)$")
OPTIONS = {"retention_held_account": HELD, "retention_released_account": HELD, "bill_status": "AUTHORISED"}
FIRST_LOCK, LAST_LOCK = date(2026, 6, 30), date(2026, 9, 30)
Record = dict[str, Any]


@dataclass
class Company:
    """A generated company, its tenant, and the people who act in it."""

    sandbox: Sandbox
    tenant: Tenant
    random: Random
    done: list[str] = field(default_factory=list)  # what people did
    last: Any = None  # the last run

    # --- what there is ------------------------------------------------------------------------------------

    def claims(self) -> list[Record]:
        """Every claim."""
        return self.sandbox.records("procore", "requisitions")

    def documents(self) -> list[tuple[int, str, Record]]:
        """Living bills and credit notes with the sign and number of each."""
        rows = [(1, str(one["InvoiceNumber"]), one) for one in self.sandbox.records("xero", "Invoices")]
        notes = self.sandbox.records("xero", "CreditNotes")
        rows += [(-1, str(one["CreditNoteNumber"]), one) for one in notes]
        return [row for row in rows if row[2]["Status"] not in ("VOIDED", "DELETED")]

    def contacts(self) -> list[str]:
        """Names of contacts in use."""
        found = self.sandbox.records("xero", "Contacts")
        return [one["Name"] for one in found if one["ContactStatus"] == "ACTIVE"]

    def vendors(self) -> list[Record]:
        """Vendors of the directory."""
        return self.sandbox.records("procore", "vendors")

    # --- what people do -----------------------------------------------------------------------------------

    def acts(self, count: int) -> None:
        """So many acts, each refused or done as the systems decide."""
        for _ in range(count):
            name = self.random.choice(list(ACTS))
            with suppress(Refused, Invalid, LookupError):
                self.done.append(f"{name}: {ACTS[name](self)}")

    def run(self) -> None:
        """A nightly run."""
        self.last = house.sync(self.tenant)

    def story(self) -> str:
        """What people did and what the last run said, for a failing test."""
        return "\n".join([*self.done[-60:], shown(self.last)])

    def week_passes(self) -> None:
        """The next run reads everything, as it does once a week."""
        Cursor.objects.filter(tenant=self.tenant, resource__endswith=":whole").update(
            read_at=timezone.now() - timedelta(days=8)
        )


def company(sandbox: Sandbox, seed: int) -> Company:
    """A company with some history, sent by a first run."""
    given = generated(30, projects=3, seed=seed, refused=0.0, lines=3, history=3, negative=0.1)
    sandbox.load(given)
    sandbox.switches.limits = False
    sandbox.clock.set(now=datetime.now(UTC))
    tenant = house.connect(given, slug=f"seed-{seed}")
    Setting.objects.filter(tenant=tenant, integration="progress-claims").update(options=OPTIONS)
    Setting.objects.create(
        tenant=tenant, integration="tenant", enabled=True,
        options={"largest_share": 100, "largest_amount": 100_000_000},
    )  # fmt: skip
    made = Company(sandbox, tenant, Random(seed))
    made.run()
    return made


# --- acts ---------------------------------------------------------------------------------------------------


def _claim(company: Company) -> Record:
    return company.random.choice(company.claims())


def _bill(company: Company, *statuses: str) -> Record:
    found = [one for sign, _, one in company.documents() if sign > 0 and one["Status"] in statuses]
    if not found:
        raise LookupError("no such bill")
    return company.random.choice(found)


def edit_claim(company: Company) -> str:
    claim = _claim(company)
    item = company.random.choice(claim["items"])
    work = Decimal(company.random.randint(0, 900_000)) / 100
    move = {"line_item_id": item["line_item_id"], "work_completed_this_period": f"{work:.2f}"}
    if company.random.random() < 0.5:
        move["work_completed_retainage_retained_this_period"] = f"{cents(work / 10):.2f}"
    company.sandbox.act("edit_claim", claim_id=claim["id"], items=[move])
    return f"{claim['invoice_number']} {move}"


def add_claim(company: Company) -> str:
    last = _claim(company)
    number = f"{last['invoice_number']}-{company.random.randint(100, 999)}"
    work = Decimal(company.random.randint(100_00, 20_000_00)) / 100
    item = {
        "line_item_id": last["items"][0]["line_item_id"],
        "work_completed_this_period": f"{work:.2f}",
        "work_completed_retainage_retained_this_period": f"{cents(work / 20):.2f}",
    }
    company.sandbox.act(
        "add_claim", commitment_id=last["commitment_id"], items=[item], period_id=last["period_id"],
        status=company.random.choice(("approved", "draft")), invoice_number=number,
        billing_date=last["billing_date"],
    )  # fmt: skip
    return f"{number} {work}"


def change_status(company: Company) -> str:
    claim, act = (
        _claim(company),
        company.random.choice(("approve_claim", "approve_claim", "reject_claim", "unapprove_claim")),
    )
    company.sandbox.act(act, claim_id=claim["id"])
    return f"{claim['invoice_number']} {act}"


def delete_claim(company: Company) -> str:
    claim = _claim(company)
    company.sandbox.act("delete_claim", claim_id=claim["id"])
    company.week_passes()
    return str(claim["invoice_number"])


def pay(company: Company) -> str:
    bill = _bill(company, "AUTHORISED")
    due = Decimal(str(bill["AmountDue"]))
    part = due if company.random.random() < 0.5 else cents(due * company.random.randint(1, 99) / 100)
    company.sandbox.act("pay_bill", bill=bill["InvoiceID"], amount=f"{part:.2f}")
    return f"{bill['InvoiceNumber']} {part}"


def delete_payment(company: Company) -> str:
    bill = _bill(company, "AUTHORISED", "PAID")
    company.sandbox.act("delete_payment", bill=bill["InvoiceID"])
    return str(bill["InvoiceNumber"])


def void(company: Company) -> str:
    bill = _bill(company, "AUTHORISED")
    company.sandbox.act("void_bill", bill=bill["InvoiceID"])
    return str(bill["InvoiceNumber"])


def credit(company: Company) -> str:
    bill = _bill(company, "AUTHORISED")
    part = cents(Decimal(str(bill["AmountDue"])) * company.random.randint(1, 60) / 100)
    company.sandbox.act("credit_bill", bill=bill["InvoiceID"], amount=f"{part:.2f}")
    return f"{bill['InvoiceNumber']} {part}"


def recode(company: Company) -> str:
    bill = _bill(company, "AUTHORISED", "DRAFT")
    company.sandbox.act("edit_bill", bill=bill["InvoiceID"], account="310")
    return str(bill["InvoiceNumber"])


def retype_amount(company: Company) -> str:
    bill = _bill(company, "AUTHORISED")
    company.sandbox.act("edit_bill", bill=bill["InvoiceID"], amount=str(company.random.randint(1, 5000)))
    return str(bill["InvoiceNumber"])


def lock(company: Company) -> str:
    span = (LAST_LOCK - FIRST_LOCK).days
    day = FIRST_LOCK + timedelta(days=company.random.randint(0, span))
    company.sandbox.act("set_lock_date", date=day.isoformat())
    return str(day)


def rename_contact(company: Company) -> str:
    name = company.random.choice(company.contacts())
    company.sandbox.act("rename_contact", contact=name, name=f"{name} {company.random.randint(10, 99)}")
    return name


def merge_contacts(company: Company) -> str:
    one, other = company.random.sample(company.contacts(), 2)
    company.sandbox.act("merge_contacts", contact=one, into=other)
    return f"{one} into {other}"


def archive_contact(company: Company) -> str:
    name = company.random.choice(company.contacts())
    company.sandbox.act("archive_contact", contact=name)
    return name


def merge_vendors(company: Company) -> str:
    one, other = company.random.sample(company.vendors(), 2)
    company.sandbox.act("merge_vendors", keep_id=one["id"], gone_id=other["id"])
    return f"{other['name']} into {one['name']}"


def rename_project(company: Company) -> str:
    project = company.random.choice(company.sandbox.records("procore", "projects"))
    name = f"Renamed {company.random.randint(100, 999)}"
    company.sandbox.act("rename_project", project_id=project["id"], name=name)
    return f"{project['name']} {name}"


OFTEN: tuple[Callable[[Company], str], ...] = (edit_claim, add_claim, change_status, pay)
SELDOM: tuple[Callable[[Company], str], ...] = (
    delete_claim, delete_payment, void, credit, recode, retype_amount, lock, rename_contact, merge_contacts,
    archive_contact, merge_vendors, rename_project,
)  # fmt: skip
ACTS: dict[str, Callable[[Company], str]] = {
    f"{act.__name__} {turn}": act for acts, turns in ((OFTEN, 3), (SELDOM, 1)) for act in acts
    for turn in range(turns)
}  # fmt: skip


# --- sums ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Missed:
    """A claim for which both systems do not agree: what Procore says less what Xero holds."""

    number: str
    what: str
    amount: Decimal


def disagreements(company: Company) -> Iterator[Missed]:
    """Claims whose documents do not come to what is due, or whose retention or payments differ."""
    held, known = by_claim(company), {claim["id"]: claim for claim in company.claims()}
    for claim in known.values():
        number = str(claim["invoice_number"])
        documents = held.pop(number, [])
        counts = claim["status"] in SENT
        due = Decimal(claim["summary"]["current_payment_due"]) if counts else NOTHING
        there = sum((sign * Decimal(str(one["SubTotal"])) for sign, one in documents), NOTHING)
        if due != there:
            yield Missed(number, "claimed", due - there)
        retained = retention_of(claim, known) if counts else NOTHING
        booked = sum((sign * booked_on(one, HELD) for sign, one in documents), NOTHING)
        if retained != -booked:
            yield Missed(number, "retained", retained + booked)
        written = payments_of(company, claim)
        paid = sum((before_tax_paid(one) for sign, one in documents if sign > 0), NOTHING)
        if written != paid:
            yield Missed(number, "paid", written - paid)
    for number, documents in held.items():
        there = sum((sign * Decimal(str(one["SubTotal"])) for sign, one in documents), NOTHING)
        yield Missed(number, "no claim", -there)


def by_claim(company: Company) -> dict[str, list[tuple[int, Record]]]:
    """Our documents by their claim's number; a supplier's own credit notes are left out."""
    found: dict[str, list[tuple[int, Record]]] = defaultdict(list)
    for sign, number, one in company.documents():
        if number.startswith("SC-"):
            found[SUFFIX.sub("", number)].append((sign, one))
    return found


def retention_of(claim: Record, claims: dict[int, Record]) -> Decimal:
    """What the contract's retention changed by in this claim, claims sent back left out."""
    before = claims.get(claim.get("previous_requisition_id") or 0)
    while before is not None and before["status"] == "revise_and_resubmit":
        before = claims.get(before.get("previous_requisition_id") or 0)
    earlier = Decimal(before["summary"]["total_retainage"]) if before else NOTHING
    return Decimal(claim["summary"]["total_retainage"]) - earlier


def booked_on(document: Record, account: str) -> Decimal:
    """What a document's lines add to an account."""
    lines = document["LineItems"]
    return sum((Decimal(str(one["LineAmount"])) for one in lines if one["AccountCode"] == account), NOTHING)


def payments_of(company: Company, claim: Record) -> Decimal:
    """What OneCore wrote as paid on a claim."""
    found = company.sandbox.records("procore", "contract_payments")
    own = [one for one in found if one.get("requisition_id") == claim["id"]]
    ours = [one for one in own if str(one.get("notes") or "").startswith("Xero ")]
    return sum((Decimal(str(one["amount"])) for one in ours), NOTHING)


def before_tax_paid(bill: Record) -> Decimal:
    """What was paid of a bill, without tax."""
    paid, total = Decimal(str(bill["AmountPaid"])), Decimal(str(bill["Total"]))
    return cents(paid * Decimal(str(bill["SubTotal"])) / total) if total else NOTHING


def warned(company: Company, number: str) -> bool:
    """Whether an open warning names a claim, alone or among those held up, or one of its documents."""
    ids = {str(claim["id"]) for claim in company.claims() if claim["invoice_number"] == number}
    for warning in Warning.objects.filter(tenant=company.tenant).standing():
        named = {warning.record_key, *(str(row["key"]) for row in warning.affected)}
        if ids & named or number in f"{warning.record_title} {warning.message}":
            return True
    return False


def tracked(company: Company) -> dict[str, Decimal]:
    """What our documents come to by project, by the tracking of their lines."""
    found: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for documents in by_claim(company).values():
        for sign, one in documents:
            for line in one["LineItems"]:
                option = next((t["Option"] for t in line["Tracking"] if t["Name"] == "Projects"), "")
                found[option.split(" ")[0]] += sign * Decimal(str(line["LineAmount"]))
    return found


def due_by_project(company: Company) -> dict[str, Decimal]:
    """What Procore says is due by project number."""
    numbers = {one["id"]: one["project_number"] for one in company.sandbox.records("procore", "projects")}
    found: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    for claim in company.claims():
        if claim["status"] in SENT:
            found[numbers[claim["project_id"]]] += Decimal(claim["summary"]["current_payment_due"])
    return found
