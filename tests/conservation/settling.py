"""What people do about warnings, once in a while: without it every record ends up waiting for somebody."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.contrib.auth import get_user_model

from integrations.models import Setting
from mappings import decisions
from mappings.models import Link
from mappings.reverse import chosen
from runs import approvals, linking
from runs.management.commands.sync import work_here
from runs.models import Warning
from tests.conservation import claims, costs, owner, sums
from tests.conservation.company import Company
from tests.conservation.people import FIRST_LOCK

APPROVALS = (
    ("requisitions", "approve_claim", "claim_id", claims.SENT),
    ("payment_applications", "approve_application", "application_id", ("approved",)),
    ("direct_costs", "approve_direct_cost", "cost_id", ("approved",)),
)
Record = dict[str, Any]


def settle(company: Company) -> None:
    """Periods are opened, contacts restored, questions answered, adjustments sent, records approved again;
    what is wrong in Xero and not paid is voided, and what was voided or merged is unlinked, so that the next
    night sends it anew; that night also writes direct costs again that were changed in Procore.
    """
    company.sandbox.act("set_lock_date", date=FIRST_LOCK.isoformat())
    for contact in company.sandbox.records("xero", "Contacts"):
        if contact["ContactStatus"] == "ARCHIVED" and not contact.get("MergedToContactID"):
            company.sandbox.act("unarchive_contact", contact=contact["ContactID"])
    _unlink_merged_vendors(company)
    _relink_merged_contacts(company)
    for kind, act, name, sent in APPROVALS:
        for record in company.procore(kind):
            if record["status"] not in sent:
                company.sandbox.act(act, **{name: record["id"]})
    _choose(company)
    company.run()
    _send_adjustments(company)
    _void_what_differs(company)
    costs_in = Setting.objects.filter(tenant=company.tenant, integration="xero-costs")
    costs_in.update(options={"write_again": True})
    company.run()
    costs_in.update(options={})


def _unlink_merged_vendors(company: Company) -> None:
    known = {str(vendor["id"]) for vendor in company.procore("vendors")}
    for link in Link.objects.filter(tenant=company.tenant, integration="contacts").linked():
        if link.target_id not in known:
            _unlink(link, "merged in Procore")


def _relink_merged_contacts(company: Company) -> None:
    """The vendor of a contact that was merged goes to the one that lives on, where that has none."""
    contacts = {one["ContactID"]: one for one in company.sandbox.records("xero", "Contacts")}
    held = Link.objects.filter(tenant=company.tenant, integration="contacts").standing()
    person, _ = get_user_model().objects.get_or_create(username="accounts")
    for link in held.linked():
        into = link.subject
        while merged := contacts.get(into, {}).get("MergedToContactID"):
            into = merged
        if into != link.subject and not held.filter(subject=into).exists():
            place = replace(linking.place_of_link(link), subject=into, group="", title=contacts[into]["Name"])
            _unlink(link, "merged in Xero")
            with suppress(decisions.Undecided):  # chosen for another one already
                decisions.choose(place, link.target_id, reason="merged in Xero", user=person)
            linking.look_again(place)


def _choose(company: Company) -> None:
    """Where a warning offers several answers, the first one."""
    for warning in Warning.objects.filter(tenant=company.tenant).standing():
        if warning.choices:
            chosen(company.tenant, warning.choices[0][1], None)


def _send_adjustments(company: Company) -> None:
    for warning in Warning.objects.filter(tenant=company.tenant, code=approvals.PROPOSES).standing():
        with suppress(approvals.NotApproved):
            work_here(approvals.approve_adjustment(warning, None, by="tests"))


def _void_what_differs(company: Company) -> None:
    """Documents of records that the two systems do not agree on, where nothing is paid or the record is gone;
    then the voided ones' links.
    """
    entries = [*claims.entries(company), *owner.entries(company), *costs.entries_out(company)]
    found = [one.entry for one in sums.differences(entries) if one.what == sums.MAIN]
    wrong, gone = {one.number for one in found}, {one.number for one in found if not one.procore}
    for _, number, document in (
        *claims.documents(company),
        *owner.documents(company),
        *costs.documents_out(company),
    ):
        base = sums.SUFFIX.sub("", number)
        if base in gone:
            _pay_back(company, document)
        if base in gone or (base in wrong and document["Status"] == "AUTHORISED"):
            _void(company, document)
    voided = {
        one["InvoiceID"] for one in company.sandbox.records("xero", "Invoices") if one["Status"] == "VOIDED"
    }
    voided |= {
        one["CreditNoteID"]
        for one in company.sandbox.records("xero", "CreditNotes")
        if one["Status"] == "VOIDED"
    }
    for link in Link.objects.filter(tenant=company.tenant, target_id__in=voided).linked():
        _number_anew(company, link)
        _unlink(link, "voided in Xero")


def _number_anew(company: Company, link: Link) -> None:
    """A voided sales invoice keeps its number: its claim gets another one."""
    for claim in company.procore("payment_applications"):
        if link.integration == "head-contract-claims" and str(claim["id"]) == link.subject:
            number = f"{claim['invoice_number']}x"
            company.sandbox.act("edit_application", application_id=claim["id"], invoice_number=number)


def _unlink(link: Link, reason: str) -> None:
    """As the links page does it."""
    decisions.unlink(link, reason=reason, user=None)
    linking.look_again(linking.place_of_link(link))


def _pay_back(company: Company, document: Record) -> None:
    """Take the payments of a bill or invoice back, one after the other."""
    with suppress(LookupError, ValueError):  # there is none left, or it is allocated
        while "InvoiceID" in document:
            company.sandbox.act("delete_payment", bill=document["InvoiceID"])


def _void(company: Company, document: Record) -> None:
    """Void a document; Xero refuses it for what is paid or allocated."""
    with suppress(ValueError):
        if "InvoiceID" in document:
            company.sandbox.act("void_bill", bill=document["InvoiceID"])
        else:
            company.sandbox.act("void_credit_note", credit_note=document["CreditNoteID"])
