"""What an organisation has when a world does not say: a chart of accounts, the tax rates of its country."""

from decimal import Decimal
from typing import Any

ORGANISATION: dict[str, Any] = {
    "APIKey": "",
    "Name": "Sandbox Organisation",
    "PaysTax": True,
    "Version": "AU",
    "OrganisationType": "COMPANY",
    "BaseCurrency": "AUD",
    "CountryCode": "AU",
    "IsDemoCompany": False,
    "OrganisationStatus": "ACTIVE",
    "FinancialYearEndDay": 30,
    "FinancialYearEndMonth": 6,
    "SalesTaxBasis": "ACCRUALS",
    "SalesTaxPeriod": "QUARTERLY1",
    "DefaultSalesTax": "Tax Exclusive",
    "DefaultPurchasesTax": "Tax Exclusive",
    "OrganisationEntityType": "COMPANY",
    "Timezone": "AUSEASTERNSTANDARDTIME",
    "ShortCode": "!sandbx",
    "Edition": "BUSINESS",
    "Class": "GROW",
    "Addresses": [],
    "Phones": [],
    "ExternalLinks": [],
    "PaymentTerms": {},
}

# Code, name, type, tax type, more.
_ACCOUNTS: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    (
        "090",
        "Business bank account",
        "BANK",
        "BASEXCLUDED",
        {"BankAccountNumber": "062000 12345678", "BankAccountType": "BANK", "EnablePaymentsToAccount": True},
    ),
    ("200", "Contract income", "REVENUE", "OUTPUT", {}),
    ("260", "Other income", "REVENUE", "OUTPUT", {}),
    ("310", "Cost of works", "DIRECTCOSTS", "INPUT", {}),
    ("320", "Subcontractors", "DIRECTCOSTS", "INPUT", {}),
    ("330", "Materials", "DIRECTCOSTS", "INPUT", {}),
    ("340", "Plant hire", "DIRECTCOSTS", "INPUT", {}),
    ("404", "Bank fees", "EXPENSE", "EXEMPTEXPENSES", {}),
    ("429", "General expenses", "EXPENSE", "INPUT", {}),
    ("610", "Accounts receivable", "CURRENT", "BASEXCLUDED", {"SystemAccount": "DEBTORS"}),
    ("710", "Plant and equipment", "FIXED", "CAPEXINPUT", {}),
    ("800", "Accounts payable", "CURRLIAB", "BASEXCLUDED", {"SystemAccount": "CREDITORS"}),
    ("820", "GST", "CURRLIAB", "BASEXCLUDED", {"SystemAccount": "GST"}),
    ("830", "Retention payable", "CURRLIAB", "BASEXCLUDED", {}),
    ("850", "Clearing account", "CURRLIAB", "BASEXCLUDED", {"EnablePaymentsToAccount": True}),
    ("860", "Rounding", "CURRLIAB", "BASEXCLUDED", {"SystemAccount": "ROUNDING"}),
    ("960", "Retained earnings", "EQUITY", "BASEXCLUDED", {"SystemAccount": "RETAINEDEARNINGS"}),
)

CLASSES: dict[str, str] = {
    "BANK": "ASSET",
    "CURRENT": "ASSET",
    "FIXED": "ASSET",
    "INVENTORY": "ASSET",
    "NONCURRENT": "ASSET",
    "PREPAYMENT": "ASSET",
    "CURRLIAB": "LIABILITY",
    "LIABILITY": "LIABILITY",
    "TERMLIAB": "LIABILITY",
    "PAYG": "LIABILITY",
    "DEPRECIATN": "EXPENSE",
    "DIRECTCOSTS": "EXPENSE",
    "EXPENSE": "EXPENSE",
    "OVERHEADS": "EXPENSE",
    "EQUITY": "EQUITY",
    "REVENUE": "REVENUE",
    "SALES": "REVENUE",
    "OTHERINCOME": "REVENUE",
}

# The tax rate flag that must be true for an account of a class.
CAN_APPLY: dict[str, str] = {
    "ASSET": "CanApplyToAssets",
    "LIABILITY": "CanApplyToLiabilities",
    "EXPENSE": "CanApplyToExpenses",
    "EQUITY": "CanApplyToEquity",
    "REVENUE": "CanApplyToRevenue",
}

# Tax type, name, rate, account classes it cannot apply to (by their names in CAN_APPLY).
_TAX_RATES: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("OUTPUT", "GST on Income", "10", ("EXPENSE",)),
    ("INPUT", "GST on Expenses", "10", ("REVENUE",)),
    ("EXEMPTOUTPUT", "GST Free Income", "0", ("EXPENSE",)),
    ("EXEMPTEXPENSES", "GST Free Expenses", "0", ("REVENUE",)),
    ("EXEMPTEXPORT", "GST Free Exports", "0", ("EXPENSE",)),
    ("BASEXCLUDED", "BAS Excluded", "0", ()),
    ("CAPEXINPUT", "GST on Capital", "10", ("REVENUE",)),
    ("EXEMPTCAPITAL", "GST Free Capital", "0", ("REVENUE",)),
    ("INPUTTAXED", "Input Taxed", "0", ("EXPENSE",)),
    ("GSTONIMPORTS", "GST on Imports", "0", ("REVENUE",)),
)
_TAX_RATES_NZ: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
    ("OUTPUT2", "15% GST on Income", "15", ("EXPENSE",)),
    ("INPUT2", "15% GST on Expenses", "15", ("REVENUE",)),
    ("ZERORATED", "Zero Rated", "0", ()),
    ("GSTONIMPORTS", "GST on Imports", "0", ("REVENUE",)),
    ("NONE", "No GST", "0", ()),
)
_IN_NEW_ZEALAND = {"OUTPUT": "OUTPUT2", "INPUT": "INPUT2", "CAPEXINPUT": "INPUT2"}


def accounts(country: str = "AU") -> list[dict[str, Any]]:
    """The chart of accounts, without ids."""
    return [
        {"Code": code, "Name": name, "Type": type, "TaxType": _local(tax, country), **more}
        for code, name, type, tax, more in _ACCOUNTS
    ]


def _local(tax: str, country: str) -> str:
    return _IN_NEW_ZEALAND.get(tax, "NONE") if country == "NZ" else tax


def tax_rates(country: str = "AU") -> list[dict[str, Any]]:
    """The tax rates; those of New Zealand have other codes, and no “BAS excluded”."""
    rates = _TAX_RATES_NZ if country == "NZ" else _TAX_RATES
    return [tax_rate(type, name, Decimal(rate), barred) for type, name, rate, barred in rates]


def tax_rate(type: str, name: str, rate: Decimal, barred: tuple[str, ...] = ()) -> dict[str, Any]:
    """A tax rate in percent that applies to every class of account but the barred ones."""
    return {
        "Name": name,
        "TaxType": type,
        "ReportTaxType": type,
        "Status": "ACTIVE",
        "DisplayTaxRate": rate,
        "EffectiveRate": rate,
        "TaxComponents": [{"Name": "GST", "Rate": rate, "IsCompound": False, "IsNonRecoverable": False}],
        **{flag: account_class not in barred for account_class, flag in CAN_APPLY.items()},
    }
