"""The demo world's vendors in Procore and contacts in Xero, with every way they do and do not match."""

from typing import Any

from integrations.sandbox.worlds import books
from integrations.sandbox.worlds.names import (
    CUSTOMERS,
    NEW_IN_XERO,
    OVERHEADS,
    VENDORS,
    abn,
    slug,
    spaced,
)
from integrations.sandbox.worlds.records import Numbers, Record, vendor

# matched by number, contact without an ABN
BY_NUMBER = (
    "Ironbark Formwork",
    "Saltbush Civil",
    "Kestrel Roofing",
    "Rosella Ceilings",
    "Copperline Communications",
)
# matched by name alone: vendor's name and contact's name
BY_NAME = {
    "Larkspur Concreting": ("Larkspur Concreting Pty Ltd", "LARKSPUR CONCRETING PTY LTD"),
    "Bluestone and Slate Masons": (
        "Bluestone & Slate Masons Pty Ltd",
        "Bluestone and Slate Masons Pty. Ltd.",
    ),
    "Galah Balustrades": ("Galah Balustrades Pty. Ltd.", "Galah Balustrades Pty Ltd"),
    "Harrier Glazing": ("Harrier Glazing", "Harrier  Glazing"),
    "Stillwater Hydraulics": ("Stillwater Hydraulics Pty Ltd", "Stillwater Hydraulics PTY LTD"),
    "Goanna Paving": ("Goanna Paving", "GOANNA PAVING"),
}
# alike, but nothing more: vendor's name and contact's name
SIMILAR = {
    "Murray Bend Steelworks Fabrication": (
        "Murray Bend Steelworks Fabrication",
        "Murray Bend Steelwork Fabricators",
    ),
    "Murnong Joinery": ("Murnong Joinery", "Murnong Joiners"),
}
NO_CONTACT = ("Boundary Rider Fencing", "Nightjar Security Systems", "Sheoak Shopfitters")
OUTSIDE_GROUP = ("Bilby Waste",)
NOT_REGISTERED = "Gatepost Temporary Fencing"
SPECIAL = (
    "Dunlin Concrete",
    "Pelican Plumbing Services",
    "Numbat Electrical Contractors",
    "Thornbill Tiling",
    "Emu Plains Plaster",
    "Corella Cranes",
    "Kiwi Harbour Lifts",
    "Potoroo Painting",
)
COUNTRIES = ("Australia", "AU", "AUS", "australia")
REGIONS = ("SA", "South Australia", "", "SA")


class Directory:
    """Vendors and contacts under construction; `members` are the contacts of the group "Procore"."""

    def __init__(self, numbers: Numbers) -> None:
        self.vendors: dict[str, Record] = {}  # by the short name of `names.VENDORS`, a twin's with " (twin)"
        self.trades: dict[str, str] = {}
        self.contacts: dict[str, Record] = {}
        self.members: list[Record] = []
        for row, (name, division) in enumerate(VENDORS):
            key = name if name not in self.vendors else f"{name} (twin)"
            self.trades[key] = division
            self.vendors[key] = vendor(numbers("vendor"), f"{name} Pty Ltd", abn=abn(row + 1))
            self._pair(key, row)
        self._add_others()

    def _pair(self, key: str, row: int) -> None:
        record = self.vendors[key]
        if key in BY_NUMBER:
            record |= {"origin_code": f"V{row:04d}", "abn": None}
            self.add_contact(key, record, ContactNumber=f"V{row:04d}")
        elif key in BY_NAME or key in SIMILAR:
            named, contact_name = (BY_NAME | SIMILAR)[key]
            record |= {"name": named, "legal_name": named, "abn": None}
            self.add_contact(key, record, Name=" ".join(contact_name.split()))
        elif key.removesuffix(" (twin)") in SPECIAL:
            SPECIAL_PAIRS[key.removesuffix(" (twin)")](self, key, record)
        elif key not in NO_CONTACT:
            self._ordinary(key, record, row)

    def _ordinary(self, key: str, record: Record, row: int) -> None:
        """Pair by ABN; every seventh vendor has an old phone and e-mail address in Procore."""
        number = record["abn"]
        over: dict[str, Any] = {"AccountsPayableTaxType": "EXEMPTEXPENSES"} if key == NOT_REGISTERED else {}
        self.add_contact(key, record, TaxNumber=spaced(number) if row % 2 else number, **over)
        if row % 7 == 3:
            record |= {"business_phone": "08 5559 0000", "email_address": f"old@{slug(key)}.example"}
        if row % 11 == 5:
            record["name"] = record["name"].replace(" Pty Ltd", "")

    def add_contact(self, key: str, record: Record, **over: Any) -> Record:
        """Add the contact that stands for a vendor, in the group unless it is one of those left outside."""
        row = record["id"]
        made = books.contact(slug(key), record["legal_name"], row, **over)
        made["Addresses"][0] |= {
            "Country": COUNTRIES[row % len(COUNTRIES)],
            "Region": REGIONS[row % len(REGIONS)],
        }
        made["EmailAddress"] = record["email_address"]
        self.contacts[key] = made
        if key not in OUTSIDE_GROUP:
            self.members.append(made)
        return made

    def _add_others(self) -> None:
        """Add contacts that no vendor stands for: new subcontractors, overheads, customers."""
        for row, name in enumerate(NEW_IN_XERO, start=300):
            self.contacts[name] = books.contact(slug(name), name, row, abn=abn(row))
            self.members.append(self.contacts[name])
        for row, name in enumerate(OVERHEADS, start=400):
            self.contacts[name] = books.contact(slug(name), name, row)
        for row, name in enumerate(CUSTOMERS, start=500):
            self.contacts[name] = books.contact(slug(name), name, row, IsSupplier=False, IsCustomer=True)


def _two_vendors(directory: Directory, key: str, record: Record) -> None:
    record |= {"name": "Dunlin Concrete", "legal_name": "Dunlin Concrete", "abn": None}
    if key == "Dunlin Concrete":
        directory.add_contact(key, record)


def _two_contacts(directory: Directory, key: str, record: Record) -> None:
    directory.add_contact(key, record, TaxNumber=record["abn"])
    twin = books.contact(
        "pelican country", "Pelican Plumbing Services (Country)", record["id"], abn=spaced(record["abn"])
    )
    directory.contacts[f"{key} (country)"] = twin
    directory.members.append(twin)


def _bad_country(directory: Directory, key: str, record: Record) -> None:
    made = directory.add_contact(key, record, TaxNumber=record["abn"])
    made["Addresses"][0] |= {"Country": "Straya"}


def _bad_region(directory: Directory, key: str, record: Record) -> None:
    made = directory.add_contact(key, record, TaxNumber=record["abn"])
    made["Addresses"][0] |= {"Country": "Australia", "Region": "Ontario"}


def _inactive(directory: Directory, key: str, record: Record) -> None:
    record |= {"is_active": False, "business_phone": "08 5559 1111"}
    directory.add_contact(key, record, TaxNumber=record["abn"])


def _archived(directory: Directory, key: str, record: Record) -> None:
    directory.add_contact(key, record, TaxNumber=record["abn"], ContactStatus="ARCHIVED")


def _new_zealand(directory: Directory, key: str, record: Record) -> None:
    number = "9429999000017"
    record |= {"name": "Kiwi Harbour Lifts Limited", "legal_name": "Kiwi Harbour Lifts Limited", "abn": None}
    record |= {"country_code": "NZ", "state_code": "AUK", "city": "Auckland", "zip": "1010"}
    made = directory.add_contact(key, record, TaxNumber=number)
    made["Addresses"] = [books.street("4 Wharf Lane", "Auckland", "Auckland", "1010", "NZL")]


def _merged(directory: Directory, key: str, record: Record) -> None:
    kept = directory.add_contact(key, record, TaxNumber=record["abn"])
    old = books.contact(
        "potoroo old", "Potoroo Painters", record["id"], abn=record["abn"], ContactStatus="ARCHIVED"
    )
    directory.contacts[f"{key} (merged)"] = old | {"MergedToContactID": kept["ContactID"]}


SPECIAL_PAIRS = {
    "Dunlin Concrete": _two_vendors,
    "Pelican Plumbing Services": _two_contacts,
    "Numbat Electrical Contractors": _bad_country,
    "Thornbill Tiling": _bad_region,
    "Emu Plains Plaster": _inactive,
    "Corella Cranes": _archived,
    "Kiwi Harbour Lifts": _new_zealand,
    "Potoroo Painting": _merged,
}
