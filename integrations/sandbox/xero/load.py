"""Organisations from a world, whose records are in the API's own shape; whatever is left out is filled in."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from integrations.sandbox.clock import Clock
from integrations.sandbox.xero import defaults
from integrations.sandbox.xero.contact_shapes import ADDRESS_TYPES
from integrations.sandbox.xero.journals import load_journal
from integrations.sandbox.xero.lines import stored_line, totals
from integrations.sandbox.xero.organisation import SOURCES, Organisation
from integrations.sandbox.xero.payroll_world import load_payroll
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import ZERO, as_id, cents, fold, new_id, to_date, to_milliseconds

PARTS = (
    "Accounts",
    "TaxRates",
    "Currencies",
    "Items",
    "Contacts",
    "ContactGroups",
    "TrackingCategories",
    "Invoices",
    "CreditNotes",
    "Overpayments",
    "Prepayments",
    "PurchaseOrders",
    "BankTransactions",
    "ManualJournals",
    "Payments",
    "BatchPayments",
    "Payroll",
)
_DATES = (
    "Date",
    "DueDate",
    "FullyPaidOnDate",
    "PlannedPaymentDate",
    "ExpectedPaymentDate",
    "DeliveryDate",
    "ExpectedArrivalDate",
)
_KEYS = {
    "Invoices": ("InvoiceID", "ACCPAY"),
    "CreditNotes": ("CreditNoteID", "ACCPAYCREDIT"),
    "Overpayments": ("OverpaymentID", "SPEND-OVERPAYMENT"),
    "Prepayments": ("PrepaymentID", "SPEND-PREPAYMENT"),
    "PurchaseOrders": ("PurchaseOrderID", "PURCHASEORDER"),
    "BankTransactions": ("BankTransactionID", "SPEND"),
}


def organisation(given: dict[str, Any], clock: Clock, switches: Any) -> Organisation:
    """The organisation a world describes."""
    tenant = str(given.get("tenantId") or new_id()).lower()
    settings = defaults.ORGANISATION | {k: v for k, v in given.items() if k not in PARTS and k != "tenantId"}
    settings.setdefault("LegalName", settings["Name"])
    settings.setdefault("OrganisationID", tenant)
    for name in ("PeriodLockDate", "EndOfYearLockDate"):
        settings[name] = to_date(settings.get(name))
    made = Organisation(tenant, settings, clock, switches)
    settings["CreatedDateUTC"] = to_milliseconds(settings.get("CreatedDateUTC")) or made.milliseconds()
    currencies = given.get("Currencies") or [
        {"Code": settings["BaseCurrency"], "Description": settings["BaseCurrency"]}
    ]
    made.currencies = [dict(currency) for currency in currencies]
    _load_settings(made, given)
    load_payroll(made, given.get("Payroll") or {})
    for contact in given.get("Contacts", ()):
        _load_contact(made, contact)
    for group in given.get("ContactGroups", ()):
        _load_group(made, group)
    for kind in _KEYS:
        for document in given.get(kind, ()):
            _load_document(made, kind, document)
    for journal in given.get("ManualJournals", ()):
        load_journal(made, journal)
    for payment in given.get("Payments", ()):
        load_payment(made, payment)
    for batch in given.get("BatchPayments", ()):
        _load_batch(made, batch)
    _settle(made)
    return made


def _stamped(made: Organisation, kind: str, record: Record) -> Record:
    record["UpdatedDateUTC"] = to_milliseconds(record.get("UpdatedDateUTC"))
    key = made[kind].key
    record[key] = as_id(record.get(key)) or new_id() if key != "TaxType" else record[key]
    return made[kind].save(record, touch=False)


def _load_settings(made: Organisation, given: dict[str, Any]) -> None:
    for rate in given.get("TaxRates") or defaults.tax_rates(made.settings["CountryCode"]):
        full = defaults.tax_rate(rate["TaxType"], rate.get("Name", rate["TaxType"]), _rate(rate)) | rate
        full["EffectiveRate"] = full["DisplayTaxRate"] = _rate(full)
        _stamped(made, "TaxRates", Record(full))
    for account in given.get("Accounts") or defaults.accounts(made.settings["CountryCode"]):
        full = {
            "Status": "ACTIVE",
            "EnablePaymentsToAccount": False,
            "ShowInExpenseClaims": False,
            "AddToWatchlist": False,
        } | account
        full.setdefault("Class", defaults.CLASSES.get(full["Type"], "EXPENSE"))
        _stamped(made, "Accounts", Record(full))
    for item in given.get("Items", ()):
        _stamped(
            made,
            "Items",
            Record({"IsSold": False, "IsPurchased": True, "IsTrackedAsInventory": False} | item),
        )
    for category in given.get("TrackingCategories", ()):
        options = [
            {
                "TrackingOptionID": as_id(o.get("TrackingOptionID")) or new_id(),
                "Name": o["Name"],
                "Status": o.get("Status", "ACTIVE"),
            }
            for o in category.get("Options", ())
        ]
        _stamped(made, "TrackingCategories", Record({"Status": "ACTIVE"} | category | {"Options": options}))


def _rate(rate: dict[str, Any]) -> Decimal:
    given = rate.get("EffectiveRate", rate.get("DisplayTaxRate"))
    if given is not None:
        return Decimal(str(given))
    return sum((Decimal(str(part.get("Rate", 0))) for part in rate.get("TaxComponents", ())), Decimal(0))


def _load_contact(made: Organisation, given: dict[str, Any]) -> Record:
    contact = Record(
        {"ContactStatus": "ACTIVE", "EmailAddress": "", "ContactPersons": [], "Phones": []} | given
    )
    contact["Addresses"] = [
        {"AddressType": ADDRESS_TYPES[0], **address} for address in given.get("Addresses") or ()
    ]
    return _stamped(made, "Contacts", contact)


def _load_group(made: Organisation, given: dict[str, Any]) -> None:
    members = [
        c["ContactID"] for c in (find_contact(made, m) for m in given.get("Contacts", ())) if c is not None
    ]
    group = Record({"Status": "ACTIVE"} | {key: value for key, value in given.items() if key != "Contacts"})
    _stamped(made, "ContactGroups", group.but(ContactIDs=members))


def find_contact(made: Organisation, given: Any) -> Record | None:
    """The contact a record names by ContactID or Name; one that is not there is made from the name."""
    given = given or {}
    found = made["Contacts"].get(as_id(given.get("ContactID")))
    if found is None and given.get("Name"):
        found = next(iter(made["Contacts"].find("name", fold(given["Name"]))), None) or _load_contact(
            made, given
        )
    return found


_APART = (
    "Contact", "LineItems", "Payments", "Allocations", "BankAccount", "CreditNotes", "Prepayments",
    "Overpayments",
)  # fmt: skip


def _load_document(made: Organisation, kind: str, given: dict[str, Any]) -> None:
    key, type = _KEYS[kind]
    document = _header(made, given, type)
    contact = find_contact(made, given.get("Contact"))
    document["ContactID"] = contact["ContactID"] if contact else None
    amounts = document["LineAmountTypes"]
    document["LineItems"] = [stored_line(made, line, amounts) for line in given.get("LineItems", ())]
    document.update(totals(document["LineItems"], amounts))
    if kind == "Invoices":
        document |= {"AmountPaid": ZERO, "AmountCredited": ZERO, "AmountDue": document["Total"]}
    if kind in SOURCES:
        document |= {"RemainingCredit": document["Total"], "AppliedAmount": ZERO}
    if kind == "BankTransactions":
        account = _account(made, given.get("BankAccount"))
        document |= {"AccountID": account["AccountID"] if account else None, "IsReconciled": False}
    saved = _stamped(made, kind, Record(document))
    for payment in given.get("Payments", ()):
        if "Amount" in payment and made["Payments"].get(as_id(payment.get("PaymentID"))) is None:
            load_payment(made, payment, kind=kind, document_id=saved[key])
    _load_allocations(made, kind, saved, given.get("Allocations", ()))


def _header(made: Organisation, given: dict[str, Any], type: str) -> dict[str, Any]:
    default = {
        "Type": type, "Status": "AUTHORISED", "LineAmountTypes": "Exclusive",
        "CurrencyCode": made.settings["BaseCurrency"], "Date": made.today(),
    }  # fmt: skip
    header = default | {k: v for k, v in given.items() if k not in _APART and not k.endswith("String")}
    rate = given.get("CurrencyRate") or made.day_rate(header["CurrencyCode"])
    header["CurrencyRate"] = Decimal(str(rate))
    for name in _DATES:
        if given.get(name) is not None:
            header[name] = to_date(given[name])
    return header


def _load_allocations(made: Organisation, kind: str, source: Record, given: Iterable[dict[str, Any]]) -> None:
    for allocation in given:
        invoice = _invoice(made, allocation.get("Invoice"))
        if invoice is not None:
            _stamped(
                made,
                "Allocations",
                Record(
                    Kind=kind,
                    SourceID=source[SOURCES[kind]],
                    InvoiceID=invoice["InvoiceID"],
                    Amount=cents(Decimal(str(allocation["Amount"]))),
                    Date=to_date(allocation.get("Date")) or source["Date"],
                ),
            )


def _invoice(made: Organisation, given: Any) -> Record | None:
    given = given or {}
    found = made["Invoices"].get(as_id(given.get("InvoiceID")))
    if found is None and given.get("InvoiceNumber"):
        found = next(iter(made["Invoices"].find("number", given["InvoiceNumber"].lower())), None)
    return found


def _account(made: Organisation, given: Any) -> Record | None:
    given = given or {}
    found = made.account(code=given.get("Code"), id=given.get("AccountID"))
    return found or next((a for a in made["Accounts"].rows() if a["Type"] == "BANK"), None)


PAYMENT_TYPES = {
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
    "SPEND-OVERPAYMENT": "APOVERPAYMENTPAYMENT",
    "RECEIVE-OVERPAYMENT": "AROVERPAYMENTPAYMENT",
    "SPEND-PREPAYMENT": "APPREPAYMENTPAYMENT",
    "RECEIVE-PREPAYMENT": "ARPREPAYMENTPAYMENT",
}
_PAID = (
    ("Invoice", "Invoices", "InvoiceID"),
    ("CreditNote", "CreditNotes", "CreditNoteID"),
    ("Overpayment", "Overpayments", "OverpaymentID"),
    ("Prepayment", "Prepayments", "PrepaymentID"),
)


def load_payment(
    made: Organisation, given: dict[str, Any], *, kind: str = "", document_id: str = ""
) -> Record | None:
    """Keep a world's payment; one for a document that is not there is left out."""
    if not kind:
        for name, collection, key in _PAID:
            id = as_id((given.get(name) or {}).get(key))
            if (given.get(name) or {}) and (
                found := made[collection].get(id)
                or (_invoice(made, given[name]) if name == "Invoice" else None)
            ):
                kind, document_id = collection, found[made[collection].key]
    document = made[kind].get(document_id) if kind else None
    account = _account(made, given.get("Account"))
    if document is None or account is None:
        return None
    keep = {
        k: v
        for k, v in given.items()
        if k in ("PaymentID", "Reference", "IsReconciled", "UpdatedDateUTC", "BatchPaymentID")
    }
    return _stamped(
        made,
        "Payments",
        Record(
            {"IsReconciled": False, "Status": given.get("Status", "AUTHORISED")} | keep,
            CurrencyRate=document["CurrencyRate"],
            Kind=kind,
            DocumentID=document_id,
            AccountID=account["AccountID"],
            Amount=cents(Decimal(str(given["Amount"]))),
            Date=to_date(given.get("Date")) or document["Date"],
            PaymentType=PAYMENT_TYPES[document["Type"]],
        ),
    )


def _load_batch(made: Organisation, given: dict[str, Any]) -> None:
    id, account = as_id(given.get("BatchPaymentID")) or new_id(), _account(made, given.get("Account"))
    paid = [
        load_payment(
            made, {"Date": given.get("Date"), "Account": given.get("Account"), **p, "BatchPaymentID": id}
        )
        for p in given.get("Payments", ())
    ]
    keep = {
        k: v for k, v in given.items() if k in ("Reference", "Details", "Narrative", "UpdatedDateUTC", "Type")
    }
    _stamped(
        made,
        "BatchPayments",
        Record(
            {"Status": "AUTHORISED", "Type": "PAYBATCH"} | keep,
            BatchPaymentID=id,
            AccountID=account["AccountID"] if account else None,
            Date=to_date(given.get("Date")) or made.today(),
            TotalAmount=sum((p["Amount"] for p in paid if p), ZERO),
        ),
    )


def _settle(made: Organisation) -> None:
    """Work out what is paid and due; a document said to be PAID without a payment gets one."""
    for invoice in made["Invoices"].rows():
        if invoice["Status"] == "PAID" and not made.is_touched(invoice) and invoice["Total"]:
            day = invoice.get("FullyPaidOnDate") or invoice.get("DueDate") or invoice["Date"]
            load_payment(
                made,
                {"Amount": invoice["Total"], "Date": day},
                kind="Invoices",
                document_id=invoice["InvoiceID"],
            )
        if invoice["Status"] not in ("DRAFT", "SUBMITTED"):
            made.settle_invoice(invoice["InvoiceID"], touch=False)
    for kind, key in SOURCES.items():
        for source in made[kind].rows():
            made.settle_source(kind, source[key], touch=False)
