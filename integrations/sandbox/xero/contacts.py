"""Contacts: reading what is sent, the rules on names and numbers, and finding or making a document's
contact.
"""

import re
from typing import Any

from integrations.sandbox.xero.errors import Invalid, unparsable
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import as_id, fold, new_id, to_list, to_text

LENGTHS: dict[str, int] = {
    "Name": 255,
    "FirstName": 255,
    "LastName": 255,
    "EmailAddress": 255,
    "ContactNumber": 50,
    "AccountNumber": 50,
    "CompanyNumber": 50,
    "TaxNumber": 50,
    "BankAccountDetails": 255,
    "AccountsReceivableTaxType": 50,
    "AccountsPayableTaxType": 50,
    "DefaultCurrency": 3,
    "SalesDefaultAccountCode": 10,
    "PurchasesDefaultAccountCode": 10,
    "ContactStatus": 20,
}
_ADDRESS: dict[str, int] = {
    "AddressLine1": 500,
    "AddressLine2": 500,
    "AddressLine3": 500,
    "AddressLine4": 500,
    "City": 255,
    "Region": 255,
    "PostalCode": 50,
    "Country": 50,
    "AttentionTo": 255,
}
_PHONE: dict[str, int] = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
_EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")
ARCHIVED = (
    "The contact with the specified contact details has been archived. The contact must be un-archived before"
    " creating new invoices or credit notes."
)


def write_contact(
    organisation: Organisation, sent: dict[str, Any], *, create: bool, id: str | None = None
) -> Record:
    """Create or update a contact as PUT (`create`) or POST do; raises Invalid.

    POST finds the contact by its id, else by its number, else by the name of an active one.
    """
    id = id or as_id(sent.get("ContactID"))
    old = organisation["Contacts"].get(id)
    if id is not None and old is None and not create:
        raise Invalid("The contact could not be found.")
    if old is None and not create:
        old = _same(organisation, sent)
    if create and old is not None:
        old = None
    contact = _read(sent, old)
    _check(organisation, contact, old)
    return organisation.save_contact(contact)


def _same(organisation: Organisation, sent: dict[str, Any]) -> Record | None:
    number, name = to_text(sent.get("ContactNumber"), "ContactNumber"), to_text(sent.get("Name"), "Name")
    if number and (found := organisation["Contacts"].find("number", number)):
        return found[0]
    return active_named(organisation, name) if name else None


def active_named(organisation: Organisation, name: str) -> Record | None:
    """The active contact of this name, without regard to case, accents and spaces."""
    found = organisation["Contacts"].find("name", fold(name))
    return next((c for c in found if c["ContactStatus"] == "ACTIVE"), None)


def _read(sent: dict[str, Any], old: Record | None) -> Record:
    contact = Record(
        old
        or {
            "ContactID": new_id(),
            "ContactStatus": "ACTIVE",
            "Addresses": [],
            "Phones": [],
            "ContactPersons": [],
            "EmailAddress": "",
        }
    )
    for name in LENGTHS:
        if sent.get(name) is not None:
            contact[name] = to_text(sent[name], name)
    if sent.get("Addresses") is not None:
        contact["Addresses"] = _typed(
            sent["Addresses"], contact["Addresses"], "AddressType", _ADDRESS, "POBOX"
        )
    if sent.get("Phones") is not None:
        contact["Phones"] = _typed(sent["Phones"], contact["Phones"], "PhoneType", _PHONE, "DEFAULT")
    if sent.get("ContactPersons") is not None:
        contact["ContactPersons"] = [
            {
                k: p[k]
                for k in ("FirstName", "LastName", "EmailAddress", "IncludeInEmails")
                if p.get(k) is not None
            }
            for p in to_list(sent["ContactPersons"], "ContactPerson")
        ]
    for name in ("PaymentTerms", "BatchPayments"):
        if isinstance(sent.get(name), dict):
            contact[name] = sent[name]
    return contact


def _typed(sent: Any, old: list[Any], key: str, fields: dict[str, int], default: str) -> list[dict[str, Any]]:
    """Addresses or phones: one per type, the types sent replace those of the record."""
    found = {item[key]: item for item in old}
    for item in to_list(sent, key):
        kind = to_text(item.get(key), key) or default
        found[kind] = {key: kind} | {
            name: to_text(item[name], name) for name in fields if item.get(name) is not None
        }
    return list(found.values())


def _check(organisation: Organisation, contact: Record, old: Record | None) -> None:
    faults = [
        f"The {name} cannot be longer than {longest} characters."
        for name, longest in LENGTHS.items()
        if len(contact.get(name) or "") > longest
    ]
    for items, fields, kinds in (
        (contact["Addresses"], _ADDRESS, ("AddressType", {"POBOX", "STREET", "DELIVERY"})),
        (contact["Phones"], _PHONE, ("PhoneType", {"DEFAULT", "DDI", "MOBILE", "FAX", "OFFICE"})),
    ):
        for item in items:
            if item[kinds[0]] not in kinds[1]:
                raise unparsable(f"Error converting value {item[kinds[0]]!r} to type '{kinds[0]}'.")
            faults += [
                f"The {name} cannot be longer than {longest} characters."
                for name, longest in fields.items()
                if len(item.get(name) or "") > longest
            ]
    if contact.get("ContactStatus") not in ("ACTIVE", "ARCHIVED", "GDPRREQUEST"):
        raise unparsable(f"Error converting value {contact.get('ContactStatus')!r} to type 'ContactStatus'.")
    faults += (
        _check_person(contact) + _check_name(organisation, contact) + _check_numbers(organisation, contact)
    )
    if old is not None and old.get("MergedToContactID"):
        faults.append("The contact has been merged into another contact and cannot be changed.")
    if faults:
        raise Invalid(*faults)


def _check_person(contact: Record) -> list[str]:
    emails = [
        contact.get("EmailAddress"),
        *(person.get("EmailAddress") for person in contact["ContactPersons"]),
    ]
    faults = [
        "Email address must be valid." for email in emails if email and not _EMAIL.fullmatch(str(email))
    ][:1]
    if len(contact["ContactPersons"]) > 5:
        faults.append("A contact can have at most 5 contact persons.")
    return faults


def _check_name(organisation: Organisation, contact: Record) -> list[str]:
    name = contact.get("Name") or ""
    if not name:
        return ["The contact name must be specified."]
    if "<" in name or ">" in name:
        return ["The contact name cannot contain angle brackets."]
    if name != " ".join(name.split(" ")).strip() or "  " in name:
        return ["The contact name cannot contain leading, trailing or double spaces."]
    other = active_named(organisation, name)
    if (
        contact["ContactStatus"] == "ACTIVE"
        and other is not None
        and other["ContactID"] != contact["ContactID"]
    ):
        return [
            f"The contact name {name} is already assigned to another contact. The contact name must be unique"
            " across all active contacts."
        ]
    return []


def _check_numbers(organisation: Organisation, contact: Record) -> list[str]:
    faults, shelf = [], organisation["Contacts"]
    number, account = contact.get("ContactNumber"), contact.get("AccountNumber")
    if number and any(c["ContactID"] != contact["ContactID"] for c in shelf.find("number", number)):
        faults.append("The Contact Number already exists.")
    if account and any(
        c["ContactID"] != contact["ContactID"] for c in shelf.find("account", account.lower())
    ):
        faults.append("The Account Number already exists.")
    return faults


def document_contact(organisation: Organisation, sent: Any, *, may_create: bool = True) -> Record:
    """The contact of a document: by id, number or name; an unknown name makes a new contact, more fields
    update it.

    Raises Invalid, marked as being about the Contact.
    """
    if not isinstance(sent, dict) or not sent:
        raise Invalid("A Contact must be specified for this type of transaction")
    id, name = as_id(sent.get("ContactID")), to_text(sent.get("Name"), "Contact.Name")
    contact = organisation["Contacts"].get(id)
    if contact is None and not id:
        contact = _same(organisation, sent)
        if contact is None and name:
            contact = next(iter(organisation["Contacts"].find("name", fold(name))), None)
    if contact is not None and contact["ContactStatus"] != "ACTIVE":
        raise Invalid(ARCHIVED, part="Contact")
    if contact is None and (id or not name or not may_create):
        raise Invalid(
            "The contact could not be found."
            if id or name
            else "A Contact must be specified for this type of transaction",
            part="Contact",
        )
    changes = {key: value for key, value in sent.items() if key in _CHANGING and value not in (None, "", [])}
    if contact is not None and not _differs(contact, changes):
        return contact
    try:
        return write_contact(
            organisation, changes, create=contact is None, id=contact["ContactID"] if contact else None
        )
    except Invalid as invalid:
        raise Invalid(*invalid.messages, part="Contact") from invalid


def default_tax(organisation: Organisation, document: Record) -> str | None:
    """The tax type that a document's contact has for lines without one; it comes before the account's."""
    contact = organisation["Contacts"].get(document.get("ContactID")) or {}
    sales = document["Type"].startswith(("ACCREC", "RECEIVE"))
    found: str | None = contact.get("AccountsReceivableTaxType" if sales else "AccountsPayableTaxType")
    return found or None


_CHANGING = {*LENGTHS, "Addresses", "Phones", "ContactPersons"} - {"ContactStatus"}


def _differs(contact: Record, changes: dict[str, Any]) -> bool:
    return any(contact.get(name) != value for name, value in changes.items())
