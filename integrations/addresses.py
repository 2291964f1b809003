"""What a Xero contact says about itself, in the shape Procore's directory wants; and what may be wrong
with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from integrations.base import Record
from integrations.context import Context
from integrations.expressions import Node, merged_into
from integrations.merging import vendors_left
from integrations.names import digits, normal_name

# What Procore's register takes, by the organisation's country: kind of number and how many digits it has.
REGISTERS = {"AU": ("ABN", 11), "US": ("EIN", 9)}


def group_exists(node: Node, context: Context) -> bool | str:
    """Xero has the contact group for Procore."""
    wanted = str(context.options.get("group") or "").strip()
    return _group(context) is not None or (
        f"Xero has no contact group “{wanted}”: create it in Xero and add the contacts that belong in Procore"
    )


def _group(context: Context) -> Record | None:
    wanted = str(context.options.get("group") or "").strip().casefold()
    groups = context.records("contact_groups").values()
    return next(
        (
            one
            for one in groups
            if str(one.get("Name")).strip().casefold() == wanted and one.get("Status") == "ACTIVE"
        ),
        None,
    )


def group_id(node: Node, context: Context) -> str | None:
    """The contact group for Procore."""
    group = _group(context)
    return str(group.get("ContactGroupID")) if group else None


def is_member(node: Node, context: Context) -> bool:
    """The contact is in the group for Procore."""
    return is_in_group(node.get("ContactID"), context)


def is_in_group(contact_id: object, context: Context) -> bool:
    """Whether the contact with that id is in the group for Procore."""
    if "members" not in context.memory:
        group = _group(context) or {}
        context.memory["members"] = {str(one.get("ContactID")) for one in group.get("Contacts") or ()}
    return str(contact_id) in context.memory["members"]


def is_linked(node: Node, context: Context) -> bool:
    """The contact has its vendor already."""
    known = context.own_link("vendor", str(node.get("ContactID")))
    return bool(known and known.is_linked)


def concerns_procore(node: Node, context: Context) -> bool:
    """The contact is in the group for Procore; or it is linked, and was archived or merged since."""
    active = node.get("ContactStatus") == "ACTIVE" and not is_merged(node)
    return is_member(node, context) if active else is_linked(node, context)


def is_merged(node: Node) -> bool:
    """Whether the contact was merged into another one."""
    return bool(node.get("MergedToContactID"))


def not_merged(node: Node, context: Context) -> bool | str:
    """The contact was not merged into another one."""
    contact_id = str(node.get("ContactID"))
    into = merged_into(contact_id, context)
    if into == contact_id:
        return True
    survivor = context.records("contacts").get(into, {}).get("Name") or "another contact"
    own = context.own_link("vendor", into)
    advice = (
        "merge the vendors of the two in Procore too"
        if own and own.is_linked
        else f"relink its vendor to {survivor} on the links page, so that changes reach the vendor again"
    )
    return (
        f"the contact {called(node)} was merged into {survivor} in Xero: its documents now go to "
        f"{survivor}; {advice}"
    )


def not_a_survivor(node: Node, context: Context) -> bool:
    """No contact that is linked was merged into it: it would get a second vendor."""
    contact_id = str(node.get("ContactID"))
    known = context.own_link("vendor", contact_id)
    return contact_id not in vendors_left(context) or bool(known and (known.is_linked or known.is_chosen))


def not_archived(node: Node, context: Context) -> bool | str:
    """The contact is not archived."""
    archived = node.get("ContactStatus") in ("ARCHIVED", "GDPRREQUEST") and not is_merged(node)
    return not archived or (
        f"the contact {called(node)} is archived in Xero while still linked to a vendor: restore "
        "it in Xero, or unlink it on the links page"
    )


def has_name(node: Node, context: Context) -> bool | str:
    """The contact has a name."""
    return bool(str(node.get("Name") or "").strip()) or (
        f"the contact {called(node)} has no name: give it one in Xero"
    )


def called(node: Node) -> str:
    """The contact's name, else what else it may be found by in Xero."""
    known = (str(node.get(name) or "").strip() for name in ("Name", "ContactNumber", "EmailAddress"))
    return next((one for one in known if one), "without name, number and e-mail address")


def address(node: Node) -> Record:
    """The street address, else the postal one; empty where neither is filled in."""
    places = [one for one in node.get("Addresses") or () if isinstance(one, dict)]
    filled = [
        one
        for one in places
        if any(one.get(name) for name in ("AddressLine1", "City", "PostalCode", "Country", "Region"))
    ]
    return next((one for one in filled if one.get("AddressType") == "STREET"), filled[0] if filled else {})


def street(node: Node, context: Context) -> str:
    """The lines of the street address, else of the postal address."""
    lines = [address(node).get(f"AddressLine{number}") for number in (1, 2, 3, 4)]
    return ", ".join(str(line) for line in lines if line)


def city(node: Node, context: Context) -> Any:
    """The city of that address."""
    return address(node).get("City")


def postcode(node: Node, context: Context) -> Any:
    """The postcode of that address."""
    return address(node).get("PostalCode")


def country_code(node: Node, context: Context) -> str | None:
    """The ISO code of the address's country, else the organisation's own where there is an address."""
    text = str(address(node).get("Country") or "").strip()
    if text:
        return context.country(text)
    own = str(context.options.get("country") or "")
    return own if address(node) and own else None


def state_code(node: Node, context: Context) -> str | None:
    """The ISO code of the address's region within its country."""
    text, country = str(address(node).get("Region") or "").strip(), country_code(node, context)
    return context.region(country, text) if text and country else None


def country_is_valid(node: Node, context: Context) -> bool | str:
    """The country, if set, is an ISO 3166-1 code or country name."""
    text = str(address(node).get("Country") or "").strip()
    return (
        not text
        or context.country(text) is not None
        or (
            f"the country “{text[:60]}” of the contact {called(node)} is not a country: use its name or its "
            "ISO code in Xero"
        )
    )


def region_is_valid(node: Node, context: Context) -> bool | str:
    """The region, if set, is a region of the country."""
    text, country = str(address(node).get("Region") or "").strip(), country_code(node, context)
    return (
        not text
        or not country
        or context.region(country, text) is not None
        or (
            f"the region “{text[:60]}” of the contact {called(node)} is not a region of "
            f"{address(node).get('Country') or 'your own country, and it names no other'}: correct it in Xero"
        )
    )


def business_register(node: Node, context: Context) -> dict[str, str] | None:
    """The tax number, where it is an ABN of 11 digits; in the United States an EIN of 9."""
    number = digits(node.get("TaxNumber"))
    kind, length = REGISTERS.get(str(context.options.get("country") or "AU"), ("", 0))
    return {"type": kind, "identifier": number} if number.isdigit() and len(number) == length else None


def phone(node: Node, context: Context) -> str:
    """The default phone number, with country and area code."""
    phones = [one for one in node.get("Phones") or () if isinstance(one, dict) and one.get("PhoneNumber")]
    chosen = next((one for one in phones if one.get("PhoneType") == "DEFAULT"), phones[0] if phones else {})
    parts = [chosen.get(name) for name in ("PhoneCountryCode", "PhoneAreaCode", "PhoneNumber")]
    return " ".join(str(part) for part in parts if part)


def similar_vendors(node: Node, context: Context, vendors: Iterable[Record]) -> list[tuple[Record, int]]:
    """Vendors not linked yet whose names are much alike, best first."""
    if context.options.get("similar") == "create":
        return []
    by_name = {normal_name(vendor.get("name")): vendor for vendor in vendors}
    found = context.similar(normal_name(node.get("Name")), by_name.keys())
    return [(by_name[name], score) for name, score in found]


def namesakes(node: Node, context: Context, vendors: Iterable[Record]) -> list[tuple[Record, int]]:
    """Vendors of the same name with another tax number: they may be another company."""
    name, number = normal_name(node.get("Name")), digits(node.get("TaxNumber"))
    if not name or not number:
        return []
    same = [vendor for vendor in vendors if normal_name(vendor.get("name")) == name]
    alike = [vendor for vendor in same if tax_number(vendor) in ("", number)]
    return [] if alike else [(vendor, 100) for vendor in same]


def tax_number(vendor: Record) -> str:
    """A vendor's tax number in Procore, "" where it has none."""
    register = vendor.get("business_register")
    return digits(register.get("identifier")) if isinstance(register, dict) else ""
