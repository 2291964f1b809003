"""Invented names, numbers and addresses; none belongs to a real firm or person."""

import uuid

# name without its legal form, division of its trade
VENDORS: tuple[tuple[str, str], ...] = (
    ("Larkspur Concreting", "03"), ("Ironbark Formwork", "03"), ("Tallowood Steelfixing", "03"),
    ("Quoll Concrete Pumping", "03"), ("Bandicoot Earthmoving", "02"), ("Redgum Excavations", "02"),
    ("Mallee Demolition", "02"), ("Saltbush Civil", "02"), ("Wattlebird Bricklaying", "04"),
    ("Sandgroper Blockwork", "04"), ("Bluestone and Slate Masons", "04"), ("Magpie Structural Steel", "05"),
    ("Currawong Metalwork", "05"), ("Galah Balustrades", "05"), ("Spinifex Carpentry", "06"),
    ("Blackwood Frames", "06"), ("Myrtle Joinery", "06"), ("Sheoak Shopfitters", "06"),
    ("Kestrel Roofing", "07"), ("Rainbird Gutters", "07"), ("Drystone Waterproofing", "07"),
    ("Possum Insulation", "07"), ("Clearwater Windows", "08"), ("Harrier Glazing", "08"),
    ("Lyrebird Doors", "08"), ("Bowerbird Hardware Supplies", "08"), ("Cockatoo Plastering", "09"),
    ("Rosella Ceilings", "09"), ("Terracotta Lane Tiling", "09"), ("Softstep Flooring", "09"),
    ("Ochre Painting", "09"), ("Billabong Plumbing", "10"), ("Stillwater Hydraulics", "10"),
    ("Bluegum Gas Fitting", "10"), ("Southerly Air Conditioning", "11"), ("Zephyr Ventilation", "11"),
    ("Tempo Building Controls", "11"), ("Brightspark Country Electrical", "12"), ("Firefly Power", "12"),
    ("Copperline Communications", "12"), ("Nightjar Security Systems", "12"), ("Goanna Paving", "13"),
    ("Fernleaf Landscapes", "13"), ("Boundary Rider Fencing", "13"), ("Straightedge Line Marking", "13"),
    ("Topside Crane Hire", "01"), ("Gatepost Temporary Fencing", "01"), ("Bilby Waste", "01"),
    ("Jumbuck Site Sheds", "01"), ("Murray Bend Steelworks Fabrication", "05"), ("Murnong Joinery", "06"),
    ("Dunlin Concrete", "03"), ("Dunlin Concrete", "03"), ("Pelican Plumbing Services", "10"),
    ("Numbat Electrical Contractors", "12"), ("Thornbill Tiling", "09"), ("Emu Plains Plaster", "09"),
    ("Corella Cranes", "01"), ("Kiwi Harbour Lifts", "11"), ("Potoroo Painting", "09"),
)  # fmt: skip

SUBURBS = (
    ("Adelaide", "5000"), ("Norwood", "5067"), ("Prospect", "5082"), ("Unley", "5061"), ("Glenelg", "5045"),
    ("Salisbury", "5108"), ("Port Adelaide", "5015"), ("Mount Barker", "5251"), ("Gawler", "5118"),
    ("Victor Harbor", "5211"), ("Modbury", "5092"), ("Morphett Vale", "5162"),
)  # fmt: skip
STREETS = ("Quarry Road", "Kiln Street", "Foundry Lane", "Saw Mill Road", "Anvil Court", "Trowel Street")
# suppliers and customers that live in Xero alone
OVERHEADS = (
    "Parkside Office Cleaning", "Torrens Stationery", "Hillside Legal", "Ledger and Lamp Accountants",
    "Coastal Fuel Cards", "Eastern Parade Rent Roll", "Seabreeze Insurance Brokers", "Kookaburra Couriers",
)  # fmt: skip
CUSTOMERS = (
    "Tidewater Surf Association",
    "Linden Medical Holdings",
    "Harbourside Storage Trust",
    "Plane Tree School",
)
NEW_IN_XERO = ("Wombat Scaffolding", "Sextant Surveying", "Grevillea Tree Care", "Pardalote Fire Services")


def abn(number: int) -> str:
    """Give an eleven digit ABN with right check digits over a company number that is not in use."""
    tail = f"999{number:06d}"
    weights = (3, 5, 7, 9, 11, 13, 15, 17, 19)
    total = sum(weight * int(digit) for weight, digit in zip(weights, tail, strict=True))
    return f"{10 + 89 - total % 89}{tail}"


def spaced(number: str) -> str:
    """Write an ABN in groups, as bookkeepers type it."""
    return f"{number[:2]} {number[2:5]} {number[5:8]} {number[8:]}"


def guid(*words: object) -> str:
    """Give the identifier that always belongs to these words."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "sandbox " + " ".join(str(word) for word in words)))


def slug(name: str) -> str:
    """Give a name as the local part of an address."""
    return "".join(letter for letter in name.lower() if letter.isalnum())
