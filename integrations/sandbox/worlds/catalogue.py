"""The standard cost codes, cost types, tax codes and chart of accounts that the worlds of builders share.

`ACCOUNTS_BY_CODE` is a suggested map of every standard cost code to an expense account. The three codes of
`UNMAPPED` are used by claims of the demo world and are left out on purpose; those of `NOT_STANDARD` exist
on projects alone.
"""

from typing import Any

# division, name, account of the division, leaves
DIVISIONS: tuple[tuple[str, str, str, tuple[tuple[str, str], ...]], ...] = (
    ("01", "Preliminaries", "301", (("100", "Site establishment"), ("200", "Site supervision"),
        ("300", "Temporary fencing"), ("400", "Waste removal"), ("500", "Crane and hoist"))),
    ("02", "Demolition and earthworks", "302", (("100", "Demolition"),
        ("200", "Bulk earthworks"), ("300", "Detailed excavation"), ("400", "Site drainage"))),
    ("03", "Concrete", "303", (("100", "Formwork"), ("200", "Reinforcement"), ("300", "Concrete supply"),
        ("400", "Concrete placing"), ("500", "Post-tensioning"))),
    ("04", "Masonry", "304", (("100", "Brickwork"), ("200", "Blockwork"), ("300", "Stonework"))),
    ("05", "Structural steel", "305", (("100", "Structural steel"), ("200", "Metalwork"),
        ("300", "Balustrades"))),
    ("06", "Carpentry and joinery", "306", (("100", "Wall framing"), ("200", "Roof framing"),
        ("300", "Fixing carpentry"), ("400", "Joinery"))),
    ("07", "Roofing and waterproofing", "307", (("100", "Roof sheeting"), ("200", "Gutters and downpipes"),
        ("300", "Waterproofing"), ("400", "Insulation"))),
    ("08", "Windows and doors", "308", (("100", "Aluminium windows"), ("200", "Glazing"),
        ("300", "Doors and frames"), ("400", "Door hardware"))),
    ("09", "Finishes", "309", (("100", "Plasterboard"), ("200", "Suspended ceilings"), ("300", "Tiling"),
        ("400", "Floor coverings"), ("500", "Painting"))),
    ("10", "Hydraulics", "310", (("100", "Sewer and stormwater"), ("200", "Water supply"),
        ("300", "Sanitary fixtures"), ("400", "Gas"))),
    ("11", "Mechanical", "311", (("100", "Air conditioning"), ("200", "Ventilation"),
        ("300", "Mechanical controls"))),
    ("12", "Electrical", "312", (("100", "Power and lighting"), ("200", "Communications"),
        ("300", "Security"), ("400", "Solar"))),
    ("13", "External works", "313", (("100", "Paving"), ("200", "Landscaping"), ("300", "Fencing"),
        ("400", "Line marking"))),
)  # fmt: skip
UNMAPPED = ("11-300", "12-300", "13-400")
NOT_STANDARD = (("99-100", "Client directed works"), ("99-200", "Insurance make-good"))
ACCOUNTS_BY_CODE: dict[str, str] = {
    f"{division}-{leaf}": account
    for division, _, account, leaves in DIVISIONS
    for leaf, _ in leaves
    if f"{division}-{leaf}" not in UNMAPPED
}
# code, name, base type (Procore names no base type for labour)
COST_TYPES = (
    ("L", "Labour", "other"),
    ("M", "Materials", "materials"),
    ("S", "Subcontract", "commitment"),
    ("E", "Equipment", "equipment"),
    ("O", "Other", "other"),
)
COST_CODE_LIST = 9001

# code, description, rate in percent, further fields
_TAX_CODES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("GST", "GST 10%", "10", {"default_tax_code": True}),
    ("FRE", "GST free", "0", {}),
    ("INP", "Input taxed", "0", {"archived": True}),
)

# code, name, type, class, default tax type, further fields
_ACCOUNTS: tuple[tuple[str, str, str, str, str, dict[str, Any]], ...] = (
    ("090", "Trading account", "BANK", "ASSET", "BASEXCLUDED", {"BankAccountNumber": "000000000000001"}),
    ("091", "Trust account", "BANK", "ASSET", "BASEXCLUDED", {"BankAccountNumber": "000000000000002"}),
    ("200", "Construction revenue", "REVENUE", "REVENUE", "OUTPUT", {}),
    ("210", "Variation revenue", "REVENUE", "REVENUE", "OUTPUT", {}),
    ("260", "Other revenue", "OTHERINCOME", "REVENUE", "OUTPUT", {}),
    *((account, name, "DIRECTCOSTS", "EXPENSE", "INPUT", {}) for _, name, account, _ in DIVISIONS),
    ("320", "Direct labour", "DIRECTCOSTS", "EXPENSE", "BASEXCLUDED", {}),
    ("400", "Advertising", "EXPENSE", "EXPENSE", "INPUT", {}),
    ("404", "Bank fees", "EXPENSE", "EXPENSE", "EXEMPTEXPENSES", {}),
    ("412", "Consulting and accounting", "EXPENSE", "EXPENSE", "INPUT", {}),
    ("429", "General expenses", "EXPENSE", "EXPENSE", "INPUT", {}),
    ("433", "Insurance", "EXPENSE", "EXPENSE", "INPUT", {}),
    ("445", "Light, power, heating", "EXPENSE", "EXPENSE", "INPUT", {}),
    ("449", "Motor vehicle expenses", "EXPENSE", "EXPENSE", "INPUT", {}),
    ("469", "Rent", "EXPENSE", "EXPENSE", "INPUT", {}),
    ("477", "Wages and salaries", "EXPENSE", "EXPENSE", "BASEXCLUDED", {}),
    ("499", "Old plant hire", "DIRECTCOSTS", "EXPENSE", "INPUT", {"Status": "ARCHIVED"}),
    ("610", "Accounts receivable", "CURRENT", "ASSET", "BASEXCLUDED", {"SystemAccount": "DEBTORS"}),
    ("615", "Retention receivable", "CURRENT", "ASSET", "BASEXCLUDED", {}),
    ("620", "Prepayments", "CURRENT", "ASSET", "BASEXCLUDED", {"EnablePaymentsToAccount": True}),
    ("710", "Plant and equipment", "FIXED", "ASSET", "CAPEXINPUT", {}),
    ("800", "Accounts payable", "CURRLIAB", "LIABILITY", "BASEXCLUDED", {"SystemAccount": "CREDITORS"}),
    ("815", "Retention payable", "CURRLIAB", "LIABILITY", "BASEXCLUDED", {}),
    ("820", "GST", "CURRLIAB", "LIABILITY", "BASEXCLUDED", {"SystemAccount": "GST"}),
    ("825", "PAYG withholdings payable", "CURRLIAB", "LIABILITY", "BASEXCLUDED", {}),
    ("860", "Rounding", "CURRLIAB", "LIABILITY", "BASEXCLUDED", {"SystemAccount": "ROUNDING"}),
    ("900", "Loan", "TERMLIAB", "LIABILITY", "BASEXCLUDED", {}),
    ("960", "Retained earnings", "EQUITY", "EQUITY", "BASEXCLUDED", {"SystemAccount": "RETAINEDEARNINGS"}),
)

# tax type, name, rate in percent, classes it may be used with
_TAX_RATES = (
    ("OUTPUT", "GST on Income", 10, ("Revenue", "Equity", "Liabilities", "Assets")),
    ("INPUT", "GST on Expenses", 10, ("Expenses", "Equity", "Liabilities", "Assets")),
    ("EXEMPTOUTPUT", "GST Free Income", 0, ("Revenue", "Equity", "Liabilities", "Assets")),
    ("EXEMPTEXPENSES", "GST Free Expenses", 0, ("Expenses", "Equity", "Liabilities", "Assets")),
    ("CAPEXINPUT", "GST on Capital", 10, ("Expenses", "Equity", "Liabilities", "Assets")),
    ("INPUTTAXED", "Input Taxed", 0, ("Revenue", "Equity", "Liabilities", "Assets")),
    ("BASEXCLUDED", "BAS Excluded", 0, ("Revenue", "Expenses", "Equity", "Liabilities", "Assets")),
)


def accounts(new_id: Any) -> list[dict[str, Any]]:
    """Give the Australian chart of accounts of a builder; `new_id(text)` makes the identifiers."""
    return [
        {
            "AccountID": new_id(f"account {code}"), "Code": code, "Name": name, "Type": kind, "Class": group,
            "TaxType": tax, "Status": "ACTIVE", "EnablePaymentsToAccount": False, **more,
        }
        for code, name, kind, group, tax, more in _ACCOUNTS
    ]  # fmt: skip


def tax_rates() -> list[dict[str, Any]]:
    """Give the Australian tax rates, with the classes of account each may be used with."""
    classes = ("Assets", "Equity", "Expenses", "Liabilities", "Revenue")
    return [
        {
            "Name": name, "TaxType": tax, "Status": "ACTIVE", "ReportTaxType": tax,
            "DisplayTaxRate": rate, "EffectiveRate": rate,
            "TaxComponents": [{"Name": "GST", "Rate": rate, "IsCompound": False, "IsNonRecoverable": False}],
            **{f"CanApplyTo{group}": group in allowed for group in classes},
        }
        for tax, name, rate, allowed in _TAX_RATES
    ]  # fmt: skip


def standard_cost_codes() -> list[dict[str, Any]]:
    """Give the standard cost code list of a company: a header per division, then its leaves."""
    records: list[dict[str, Any]] = []
    for row, (division, name, _, leaves) in enumerate(DIVISIONS, start=1):
        header = 2000 + row * 20
        records.append(
            {"id": header, "parent_id": None, "code": division, "full_code": division, "name": name}
        )
        for column, (leaf, title) in enumerate(leaves, start=1):
            code = {
                "id": header + column,
                "parent_id": header,
                "code": leaf,
                "full_code": f"{division}-{leaf}",
            }
            records.append(code | {"name": title})
    return records


def line_item_types() -> list[dict[str, Any]]:
    """Give the cost types of a company."""
    return [
        {"id": 3001 + row, "name": name, "code": code, "base_type": base}
        for row, (code, name, base) in enumerate(COST_TYPES)
    ]


def tax_codes() -> list[dict[str, Any]]:
    """Give the tax codes of a company; one is the default, one is archived."""
    return [
        {"id": 6001 + row, "code": code, "description": words, "rate1": rate, **more}
        for row, (code, words, rate, more) in enumerate(_TAX_CODES)
    ]
