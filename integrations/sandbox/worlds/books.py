"""Records of Xero as the worlds write them; what a world leaves out, the loader fills in."""

from collections.abc import Sequence
from typing import Any

from integrations.sandbox.worlds import catalogue
from integrations.sandbox.worlds.money import text
from integrations.sandbox.worlds.names import STREETS, SUBURBS, guid, slug

Record = dict[str, Any]
TERMS: tuple[Record | None, ...] = (
    {"Bills": {"Day": 30, "Type": "DAYSAFTERBILLDATE"}},
    {"Bills": {"Day": 20, "Type": "OFFOLLOWINGMONTH"}},
    {"Bills": {"Day": 14, "Type": "DAYSAFTERBILLMONTH"}},
    None,
)


def contact(key: str, name: str, number: int, *, abn: str | None = None, **over: Any) -> Record:
    """Draw a supplier; `key` makes its id, its address and phone follow from `number`."""
    city, postcode = SUBURBS[number % len(SUBURBS)]
    record = {
        "ContactID": guid("contact", key),
        "Name": name,
        "ContactStatus": "ACTIVE",
        "EmailAddress": f"accounts@{slug(key)}.example",
        "TaxNumber": abn,
        "IsSupplier": True,
        "Addresses": [
            street(f"{number % 180 + 1} {STREETS[number % len(STREETS)]}", city, "SA", postcode, "Australia")
        ],
        "Phones": [
            {"PhoneType": "DEFAULT", "PhoneAreaCode": "08", "PhoneNumber": f"5550 {number % 10000:04d}"}
        ],
        "PaymentTerms": TERMS[number % len(TERMS)],
    } | over
    return {field: value for field, value in record.items() if value is not None}


def street(line: str, city: str, region: str, postcode: str, country: str) -> Record:
    """Draw a street address."""
    return {
        "AddressType": "STREET",
        "AddressLine1": line,
        "City": city,
        "Region": region,
        "PostalCode": postcode,
        "Country": country,
    }


def group(name: str, members: Sequence[Record]) -> Record:
    """Draw a contact group."""
    listed = [{"ContactID": member["ContactID"], "Name": member["Name"]} for member in members]
    return {"ContactGroupID": guid("group", name), "Name": name, "Status": "ACTIVE", "Contacts": listed}


def category(tenant: str, name: str, options: Sequence[str]) -> Record:
    """Draw a tracking category with active options."""
    number = guid(tenant, "category", name)
    return {
        "TrackingCategoryID": number,
        "Name": name,
        "Status": "ACTIVE",
        "Options": [
            {"TrackingOptionID": guid(number, option), "Name": option, "Status": "ACTIVE"}
            for option in options
        ],
    }


def line(words: str, cents: int, account: str, tax: str = "INPUT", **over: Any) -> Record:
    """Draw a line of a bill or credit note for an amount before tax."""
    return {
        "Description": words,
        "Quantity": 1,
        "UnitAmount": text(cents),
        "AccountCode": account,
        "TaxType": tax,
    } | over


def bill(
    key: str,
    supplier: Record,
    number: str,
    date: str,
    lines: Sequence[Record],
    *,
    status: str = "AUTHORISED",
    **over: Any,
) -> Record:
    """Draw a bill, amounts before tax."""
    return {
        "InvoiceID": guid("bill", key),
        "Type": "ACCPAY",
        "InvoiceNumber": number,
        "Status": status,
        "Date": date,
        "DueDate": over.pop("due", date),
        "Contact": {"ContactID": supplier["ContactID"], "Name": supplier["Name"]},
        "LineAmountTypes": "Exclusive",
        "LineItems": list(lines),
    } | over


def payment(key: str, paid: Record, date: str, cents: int, account: str = "090") -> Record:
    """Draw a payment of a bill from a bank account."""
    return {
        "PaymentID": guid("payment", key),
        "Invoice": {"InvoiceID": paid["InvoiceID"]},
        "Date": date,
        "Account": {"Code": account},
        "Amount": text(cents),
        "Status": "AUTHORISED",
    }


def organisation(tenant: str, name: str, **over: Any) -> Record:
    """Draw an Australian organisation with a chart of accounts and tax rates, and nothing else."""
    return {
        "tenantId": tenant,
        "Name": name,
        "LegalName": name,
        "BaseCurrency": "AUD",
        "CountryCode": "AU",
        "Timezone": "CENAUSTRALIASTANDARDTIME",
        "Version": "AU",
        "SalesTaxBasis": "ACCRUALS",
        "Accounts": catalogue.accounts(lambda words: guid(tenant, words)),
        "TaxRates": catalogue.tax_rates(),
        "Contacts": [],
        "ContactGroups": [],
        "TrackingCategories": [],
        "Invoices": [],
        "CreditNotes": [],
        "Payments": [],
        "Items": [],
    } | over
