"""What people do with contacts, projects and bills of every kind, and any of all acts in any order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from integrations.sandbox.routing import Refused
from integrations.sandbox.xero.errors import Invalid
from tests.conservation import claims, costs, owner
from tests.conservation.company import Company

FIRST_LOCK, LAST_LOCK = date(2026, 6, 30), date(2026, 9, 30)


def pay(company: Company) -> str:
    bill = company.document("AUTHORISED")
    part = company.part_of(bill["AmountDue"]) if company.random.random() < 0.5 else str(bill["AmountDue"])
    company.sandbox.act("pay_bill", bill=bill["InvoiceID"], amount=part)
    return f"{bill['InvoiceNumber']} {part}"


def delete_payment(company: Company) -> str:
    bill = company.paid_document()
    company.sandbox.act("delete_payment", bill=bill["InvoiceID"])
    return str(bill["InvoiceNumber"])


def void(company: Company) -> str:
    bill = company.document("AUTHORISED")
    company.sandbox.act("void_bill", bill=bill["InvoiceID"])
    return str(bill["InvoiceNumber"])


def recode(company: Company) -> str:
    bill = company.document("AUTHORISED", "DRAFT")
    company.sandbox.act("edit_bill", bill=bill["InvoiceID"], account="310")
    return str(bill["InvoiceNumber"])


def retype_amount(company: Company) -> str:
    bill = company.document("AUTHORISED")
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


def restore_contact(company: Company) -> str:
    archived = [
        one
        for one in company.sandbox.records("xero", "Contacts")
        if one["ContactStatus"] == "ARCHIVED" and not one.get("MergedToContactID")
    ]
    contact = company.any_of(archived)
    company.sandbox.act("unarchive_contact", contact=contact["ContactID"])
    return str(contact["Name"])


def merge_vendors(company: Company) -> str:
    one, other = company.random.sample(company.procore("vendors"), 2)
    company.sandbox.act("merge_vendors", keep_id=one["id"], gone_id=other["id"])
    return f"{other['name']} into {one['name']}"


def rename_project(company: Company) -> str:
    project = company.any_of(company.procore("projects"))
    name = f"Renamed {company.random.randint(100, 999)}"
    company.sandbox.act("rename_project", project_id=project["id"], name=name)
    return f"{project['name']} {name}"


OFTEN: tuple[Callable[[Company], str], ...] = (pay, *claims.OFTEN, *owner.OFTEN, *costs.OFTEN)
SELDOM: tuple[Callable[[Company], str], ...] = (
    delete_payment, void, recode, retype_amount, lock, rename_contact, merge_contacts, archive_contact,
    restore_contact, merge_vendors, rename_project, *claims.SELDOM, *owner.SELDOM, *costs.SELDOM,
)  # fmt: skip
ACTS = [*OFTEN, *OFTEN, *OFTEN, *SELDOM]


def act(company: Company, count: int) -> None:
    """So many acts, each refused or done as the systems decide."""
    for _ in range(count):
        chosen = company.random.choice(ACTS)
        try:
            company.done.append(f"{chosen.__name__}: {chosen(company)}")
        except (Refused, ValueError, LookupError) as refusal:
            if not _is_refusal(refusal):
                raise
            company.refused.append(f"{chosen.__name__}: {refusal}")
            continue
        company.acted.add(chosen.__name__)


def _is_refusal(error: Exception) -> bool:
    """Whether a system refused an act, or there was nothing to do it to."""
    refused = any(isinstance(one, Refused | Invalid) for one in (error, error.__cause__))
    return refused or (isinstance(error, LookupError) and not isinstance(error, KeyError))
