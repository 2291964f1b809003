"""Vendors that are used without a contact: where they are used, and which contact may be theirs already.

What Contacts finds by itself is left to Contacts: this speaks only of contacts that it never looks at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from integrations.addresses import is_in_group, tax_number
from integrations.base import Match, Reason, Record
from integrations.commitments import SENT
from integrations.context import SENDING, Context
from integrations.expressions import Node, merged_into
from integrations.names import digits, normal_name

APPROVED = frozenset(status for statuses in SENT.values() for status in statuses)
LONGEST = 255  # of a contact's name in Xero


# --- where it is used ---------------------------------------------------------------------------------------


def has_no_contact(node: Node, context: Context) -> bool:
    """No contact is linked to it yet."""
    known = context.by_target.get(("contacts", str(node.get("id"))))
    return known is None or not known.is_linked


def waits_for_approval(node: Node, context: Context) -> bool:
    """Worth looking for approved claims: it has commitments, and none of them is approved."""
    return has_no_contact(node, context) and bool(node.get("commitments")) and not _approved(node)


def projects_of(record: Record) -> Iterable[str]:
    """The projects that a vendor has commitments in."""
    return {str(one.get("project_id")) for one in record.get("commitments") or ()}


def is_used(node: Node, context: Context) -> bool:
    """It stands on an approved commitment or claim of a linked project, or a record waits for its contact."""
    return bool(_used_on(node) or node.get("waiting_records"))


def _approved(node: Node) -> list[Record]:
    return [one for one in node.get("commitments") or () if one.get("status") in APPROVED]


def _used_on(node: Node) -> list[Record]:
    return [*_approved(node), *(node.get("claims") or ())]


def where(node: Node) -> str:
    """The first document it stands on, in words."""
    if not _used_on(node):
        return "a record that waits for its contact"
    first = _used_on(node)[0]
    number = first.get("number") if _approved(node) else first.get("invoice_number")
    project = (first.get("project") or {}).get("project_number") or first.get("project_id")
    return f"{number or 'a document'} of project {project}"


# --- which contact may be its own ---------------------------------------------------------------------------


def _own(node: Node, context: Context) -> bool:
    """Whether its contact was made here, or is being made."""
    known = context.own_link("contact", str(node.get("id")))
    return bool(known and (known.is_linked or known.state == SENDING))


def _index(context: Context) -> Mapping[tuple[str, str], list[Record]]:
    """The contacts, merged ones left out, by tax number, contact number and name."""

    def made() -> dict[tuple[str, str], list[Record]]:
        found: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for contact in context.records("contacts").values():
            if not contact.get("MergedToContactID"):
                for key in _keys(contact):
                    found[key].append(contact)
        return found

    if "contacts by key" not in context.memory:
        context.memory["contacts by key"] = made()
    return context.memory["contacts by key"]  # type: ignore[no-any-return]


def _keys(contact: Record) -> Iterable[tuple[str, str]]:
    yield "tax number", digits(contact.get("TaxNumber"))
    yield "contact number", str(contact.get("ContactNumber") or "").strip().casefold()
    yield "name", normal_name(contact.get("Name"))


def _hits(node: Node, context: Context) -> tuple[str, list[Record]]:
    """The contacts that are equal in the first of tax number, contact number and name, and in which."""

    def found() -> tuple[str, list[Record]]:
        number, index = tax_number(node.record), _index(context)
        wanted = (
            ("tax number", number),
            ("contact number", _number(node.record)),
            ("name", normal_name(node.get("name"))),
        )
        for words, value in () if _own(node, context) else wanted:
            same = index.get((words, value), []) if value else []
            if words == "name" and number:
                same = [one for one in same if digits(one.get("TaxNumber")) in ("", number)]
            if same:
                return words, same
        return "", []

    hits: tuple[str, list[Record]] = node.once("hits", found)
    return hits


def _number(vendor: Record) -> str:
    return str(vendor.get("origin_code") or "").strip().casefold()


def _is_active(contact: Record) -> bool:
    return contact.get("ContactStatus") == "ACTIVE"


def _owner(contact: Record, node: Node, context: Context) -> str:
    """The title of another vendor that the contact is linked to, "" where it is free."""
    known = context.by_subject.get(("contacts", str(contact.get("ContactID"))))
    if known is None or not known.is_linked or known.target_id == str(node.get("id")):
        return ""
    vendor = context.records("vendors").get(known.target_id, {})
    return str(vendor.get("name") or "another vendor")


def is_left_to_contacts(node: Node, context: Context) -> bool:
    """No contact in the group is the vendor's own or much like it; Contacts links or asks about those."""
    grouped = [one for one in _hits(node, context)[1] if is_in_group(one.get("ContactID"), context)]
    if any(_is_active(one) and not _owner(one, node, context) for one in grouped):
        return False
    if _own(node, context) or _hits(node, context)[1]:
        return True
    free = [one for one in _living(context) if is_in_group(one.get("ContactID"), context)]
    return not similar_contacts(node, context, free)


def _living(context: Context) -> list[Record]:
    return [one for one in context.records("contacts").values() if _is_active(one)]


def is_free(node: Node, context: Context) -> bool | Reason:
    """No contact that has its tax number, contact number or name is linked to another vendor."""
    words, hits = _hits(node, context)
    for contact in hits:
        owner = _owner(contact, node, context)
        if owner:
            return Reason(
                "contact-taken",
                f"the vendor {node.get('name')} has no contact, and {contact.get('Name')}, which has the "
                f"same {words}, is linked to the vendor {owner}: merge the two vendors in Procore, or "
                f"correct the {words} of one of them",
                fix="procore",
            )
    return True


def is_not_outside(node: Node, context: Context) -> bool | str:
    """No contact outside the group has its tax number, contact number or name."""
    words, hits = _hits(node, context)
    outside = [one for one in hits if _is_active(one) and not _owner(one, node, context)]
    outside = [one for one in outside if not is_in_group(one.get("ContactID"), context)]
    if not outside or context.options.get("outside") == "add":
        return True
    named = ", ".join(str(one.get("Name")) for one in outside[:5])
    return (
        f"the vendor {node.get('name')}, used on {where(node)}, has the same {words} as the contact "
        f"{named} in Xero, which is not in the group “{context.options.get('group')}”: add the contact to "
        "the group"
    )


def is_not_archived(node: Node, context: Context) -> bool | str:
    """No archived contact has its tax number, contact number or name."""
    words, hits = _hits(node, context)
    if not hits or any(_is_active(one) for one in hits):
        return True
    return (
        f"the vendor {node.get('name')}, used on {where(node)}, has the same {words} as the contact "
        f"{hits[0].get('Name')}, which is archived in Xero: restore it there and add it to the group "
        f"“{context.options.get('group')}”"
    )


def has_name(node: Node, context: Context) -> bool | str:
    """It has a name."""
    return bool(contact_name(node, context)) or (
        f"the vendor used on {where(node)} has no name: give it one in Procore"
    )


def similar_contacts(node: Node, context: Context, contacts: Iterable[Record]) -> list[tuple[Record, int]]:
    """Contacts not linked yet whose names are much alike, best first."""
    if context.options.get("similar") == "create":
        return []
    by_name = {
        normal_name(one.get("Name")): one
        for one in contacts
        if not one.get("MergedToContactID") and not _owner(one, node, context)
    }
    found = context.similar(normal_name(node.get("name")), by_name.keys())
    return [(by_name[name], score) for name, score in found]


def namesakes(node: Node, context: Context, contacts: Iterable[Record]) -> list[tuple[Record, int]]:
    """Contacts of the same name with another tax number: Xero gives a name only once."""
    name, number = normal_name(node.get("name")), tax_number(node.record)
    same = [one for one in contacts if name and normal_name(one.get("Name")) == name]
    return [(one, 100) for one in same if digits(one.get("TaxNumber")) not in ("", number)]


MATCHES = (
    Match(
        "tax number",
        lambda node, payload: tax_number(node.record),
        lambda contact: digits(contact.get("TaxNumber")),
    ),
    Match(
        "contact number",
        lambda node, payload: _number(node.record),
        lambda contact: str(contact.get("ContactNumber") or "").strip().casefold(),
    ),
    Match("name but another tax number", suggest=namesakes),
    Match(
        "name",
        lambda node, payload: normal_name(node.get("name")),
        lambda contact: normal_name(contact.get("Name")),
    ),
    Match("similar name", suggest=similar_contacts),
)


# --- what the contact holds ---------------------------------------------------------------------------------


def contact_name(node: Node, context: Context) -> str:
    """The vendor's name without angle brackets and double blanks, which Xero refuses."""
    plain = str(node.get("name") or "").replace("<", " ").replace(">", " ")
    return " ".join(plain.split())[:LONGEST].rstrip()


def contact_tax_number(node: Node, context: Context) -> str:
    """The number of its business register: the ABN, in Australia."""
    return tax_number(node.record)


def phones(node: Node, context: Context) -> list[dict[str, Any]] | None:
    """Its business phone, else its mobile phone, as the default number."""
    number = str(node.get("business_phone") or node.get("mobile_phone") or "").strip()
    return [{"PhoneType": "DEFAULT", "PhoneNumber": number[:50]}] if number else None


def addresses(node: Node, context: Context) -> list[dict[str, Any]] | None:
    """Its address, as the street address."""
    names = {
        "AddressLine1": "address",
        "City": "city",
        "Region": "state_code",
        "PostalCode": "zip",
        "Country": "country_code",
    }
    held = {field: str(node.get(name) or "").strip() for field, name in names.items()}
    filled = {field: value for field, value in held.items() if value}
    return [{"AddressType": "STREET", **filled}] if held["AddressLine1"] or held["City"] else None


def made_contact(node: Node, context: Context) -> str | None:
    """The contact made for it, or the one it lives on in."""
    known = context.own_link("contact", str(node.get("id")))
    return merged_into(known.target_id, context) if known and known.is_linked else None


def vendor_of(node: Node, context: Context) -> str:
    """The vendor that the contact was made for, "" where it was not made by OneCore."""
    known = context.by_target.get(("vendor-contacts", str(node.get("ContactID"))))
    return known.subject if known and known.is_linked else ""
