"""Contacts and contact groups as Xero's JSON, alone, in lists and inside documents."""

from datetime import timedelta
from typing import Any

from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import ZERO, cents, ms_moment

Json = dict[str, Any]

ADDRESS_TYPES, PHONE_TYPES = ("STREET", "POBOX"), ("DDI", "DEFAULT", "FAX", "MOBILE")
# How much of a record is shown: alone, in a page, in a list without paging, with summaryOnly, in a document.
SINGLE, PAGED, UNPAGED, SUMMARY, NESTED = "single", "paged", "unpaged", "summary", "nested"


def kept(record: Record, *names: str) -> Json:
    """The fields of a record that have a value."""
    return {name: record[name] for name in names if record.get(name) is not None}


def contact_ref(organisation: Organisation, record: Record, view: str) -> Json:
    """The contact of a document: whole when the document is shown alone, else its id and name."""
    contact = organisation["Contacts"].get(record.get("ContactID"))
    if contact is None:
        return {}
    if view == SINGLE:
        return contact_shape(organisation, contact, NESTED, 2)
    return {
        "ContactID": contact["ContactID"],
        "Name": contact["Name"],
        "Addresses": [],
        "Phones": [],
        "ContactGroups": [],
        "ContactPersons": [],
        "HasValidationErrors": False,
    }


_PLAIN = (
    "ContactID", "ContactNumber", "AccountNumber", "ContactStatus", "Name", "FirstName", "LastName",
    "CompanyNumber", "EmailAddress", "TaxNumber", "AccountsReceivableTaxType", "AccountsPayableTaxType",
    "DefaultCurrency", "PaymentTerms", "SalesDefaultAccountCode", "PurchasesDefaultAccountCode", "Website",
)  # fmt: skip
_MORE = ("SalesTrackingCategories", "PurchasesTrackingCategories", "BatchPayments", "MergedToContactID")
_NO_ADDRESS = {"City": "", "Region": "", "PostalCode": "", "Country": ""}
_NO_PHONE = {"PhoneNumber": "", "PhoneAreaCode": "", "PhoneCountryCode": ""}


def contact_shape(organisation: Organisation, record: Record, view: str, digits: int) -> Json:
    """A contact; every type of address and phone is there, empty when it is not known."""
    id = record["ContactID"]
    addresses = {address["AddressType"]: address for address in record["Addresses"]}
    phones = {phone["PhoneType"]: phone for phone in record["Phones"]}
    shown = {
        **kept(record, *_PLAIN),
        "BankAccountDetails": record.get("BankAccountDetails") or "",
        "Addresses": [
            {"AddressType": kind, **_NO_ADDRESS, **addresses.get(kind, {})} for kind in ADDRESS_TYPES
        ],
        "Phones": [{"PhoneType": kind, **_NO_PHONE, **phones.get(kind, {})} for kind in PHONE_TYPES],
        "UpdatedDateUTC": ms_moment(record["UpdatedDateUTC"]),
        "ContactGroups": [
            group_shape(organisation, group, UNPAGED, digits)
            for group in organisation["ContactGroups"].find("contact", id)
        ],
        **({} if view == SUMMARY else _roles(organisation, id)),
        "HasAttachments": bool(organisation.attachments.get(id)),
        "HasValidationErrors": False,
    }
    if view in (SINGLE, PAGED, NESTED):
        shown |= {"ContactPersons": record["ContactPersons"], **kept(record, *_MORE)}
    if view in (SINGLE, PAGED) and (balances := _balances(organisation, id)):
        shown["Balances"] = balances
    return shown


def _roles(organisation: Organisation, contact_id: str) -> Json:
    contact, invoices = organisation["Contacts"].get(contact_id) or {}, organisation["Invoices"]
    return {
        "IsSupplier": invoices.has("role", (contact_id, "ACCPAY")) or contact.get("IsSupplier") is True,
        "IsCustomer": invoices.has("role", (contact_id, "ACCREC")) or contact.get("IsCustomer") is True,
    }


def _balances(organisation: Organisation, contact_id: str) -> Json:
    sums = {"ACCREC": [ZERO, ZERO], "ACCPAY": [ZERO, ZERO]}
    open_invoices = organisation["Invoices"].find("open", contact_id)
    if not open_invoices:
        return {}
    yesterday = organisation.today() - timedelta(days=1)
    for invoice in open_invoices:
        sums[invoice["Type"]][0] += invoice["AmountDue"]
        sums[invoice["Type"]][1] += (
            invoice["AmountDue"] if (invoice.get("DueDate") or yesterday) <= yesterday else ZERO
        )
    return {
        name: {"Outstanding": cents(sums[type][0]), "Overdue": cents(sums[type][1])}
        for name, type in (("AccountsReceivable", "ACCREC"), ("AccountsPayable", "ACCPAY"))
    }


def group_shape(organisation: Organisation, record: Record, view: str, digits: int) -> Json:
    """A contact group; only alone with its contacts."""
    contacts = [organisation["Contacts"].get(id) for id in record["ContactIDs"]] if view == SINGLE else []
    return {
        **kept(record, "ContactGroupID", "Name", "Status"),
        "Contacts": [{"ContactID": c["ContactID"], "Name": c["Name"]} for c in contacts if c],
        "HasValidationErrors": False,
    }
