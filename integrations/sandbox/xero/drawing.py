"""Records as Xero's JSON; a record's text is kept on it until the record changes."""

from collections.abc import Callable
from typing import Any

from integrations.sandbox.routing import dump
from integrations.sandbox.xero.contact_shapes import (
    PAGED,
    SINGLE,
    SUMMARY,
    UNPAGED,
    Json,
    contact_ref,
    contact_shape,
    group_shape,
    kept,
)
from integrations.sandbox.xero.organisation import SOURCES, Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import day_string, iso_moment, ms_date, ms_moment, places

Draw = Callable[[Record], str]


def drawer(organisation: Organisation, kind: str, view: str = SINGLE, digits: int = 2) -> Draw:
    """A function from a record of this kind to its JSON text; `digits` are those of UnitAmount (`unitdp`)."""
    shape = SHAPES[kind]

    def draw(record: Record) -> str:
        text = record.rendered.get((view, digits))
        if text is None:
            text = record.rendered[view, digits] = dump(shape(organisation, record, view, digits))
        return text

    return draw


def _stamps(record: Record) -> Json:
    at = record["UpdatedDateUTC"]
    return {"UpdatedDateUTC": ms_moment(at), "UpdatedDateUTCString": iso_moment(at)}


def _dates(record: Record, *names: str) -> Json:
    shown: Json = {}
    for name in names:
        if (day := record.get(name)) is not None:
            shown[f"{name}String"], shown[name] = day_string(day), ms_date(day)
    return shown


def _line(line: Json, digits: int) -> Json:
    shown = dict(line)
    for name in ("UnitAmount", "DiscountAmount"):
        if shown.get(name) is not None:
            shown[name] = places(shown[name], digits)
    return {key: value for key, value in shown.items() if value is not None}


def _payments(organisation: Organisation, id: str) -> list[Json]:
    return [
        {
            "PaymentID": p["PaymentID"],
            "Date": ms_date(p["Date"]),
            "Amount": p["Amount"],
            **kept(p, "Reference", "BatchPaymentID"),
            "CurrencyRate": p["CurrencyRate"],
            "HasAccount": False,
            "HasValidationErrors": False,
        }
        for p in organisation.payments_of(id)
    ]


def _invoice(organisation: Organisation, record: Record, view: str, digits: int) -> Json:
    id = record["InvoiceID"]
    shown = {
        **kept(record, "Type", "InvoiceID", "InvoiceNumber", "Reference", "Url", "BrandingThemeID"),
        **(
            {}
            if view == SUMMARY
            else {"Payments": _payments(organisation, id), **_credits_on(organisation, id)}
        ),
        **kept(record, "AmountDue", "AmountPaid", "AmountCredited", "SentToContact", "CurrencyRate"),
        "IsDiscounted": any(
            line.get("DiscountRate") or line.get("DiscountAmount") for line in record["LineItems"]
        ),
        "HasAttachments": bool(organisation.attachments.get(id)),
        "HasErrors": False,
        "Contact": contact_ref(organisation, record, view),
        **_dates(record, "Date", "DueDate"),
        **kept(record, "Status", "LineAmountTypes"),
    }
    if view in (SINGLE, PAGED):
        shown["LineItems"] = [_line(line, digits) for line in record["LineItems"]]
    elif view == UNPAGED:
        shown["LineItems"] = []
    shown |= {
        **kept(record, "SubTotal", "TotalTax", "Total"),
        **_stamps(record),
        **kept(record, "CurrencyCode"),
    }
    for name in ("FullyPaidOnDate", "PlannedPaymentDate", "ExpectedPaymentDate"):
        if record.get(name) is not None:
            shown[name] = ms_date(record[name])
    if view == SINGLE and organisation.attachments.get(id):
        shown["Attachments"] = [attachment["shown"] for attachment in organisation.attachments[id].values()]
    return shown


def _credits_on(organisation: Organisation, invoice_id: str) -> Json:
    shown: Json = {kind: [] for kind in SOURCES}
    for allocation in organisation["Allocations"].find("invoice", invoice_id):
        kind = allocation["Kind"]
        source = organisation[kind].get(allocation["SourceID"])
        assert source is not None
        shown[kind].append(
            {
                SOURCES[kind]: allocation["SourceID"],
                "ID": allocation["SourceID"],
                **kept(source, "CreditNoteNumber", "Total"),
                "AppliedAmount": allocation["Amount"],
                "Date": ms_date(allocation["Date"]),
                "LineItems": [],
            }
        )
    return shown


def _source(key: str) -> Callable[[Organisation, Record, str, int], Json]:
    """The shape of a credit note, overpayment or prepayment."""

    def shape(organisation: Organisation, record: Record, view: str, digits: int) -> Json:
        id = record[key]
        lines = [_line(line, digits) for line in record["LineItems"]] if view in (SINGLE, PAGED) else []
        shown = {
            key: id,
            "ID": id,
            **kept(record, "CreditNoteNumber", "InvoiceNumber", "Type", "Reference"),
            "Payments": _payments(organisation, id),
            "Allocations": [
                allocation_shape(organisation, a) for a in organisation["Allocations"].find("source", id)
            ],
            **kept(
                record, "RemainingCredit", "AppliedAmount", "CurrencyRate", "SentToContact", "BrandingThemeID"
            ),
            "HasAttachments": bool(organisation.attachments.get(id)),
            "Contact": contact_ref(organisation, record, view),
            **_dates(record, "Date", "DueDate"),
            **kept(record, "Status", "LineAmountTypes"),
            "LineItems": lines,
            **kept(record, "SubTotal", "TotalTax", "Total"),
            **_stamps(record),
            **kept(record, "CurrencyCode"),
        }
        if key == "CreditNoteID" and record.get("FullyPaidOnDate") is not None:
            shown["FullyPaidOnDate"] = ms_date(record["FullyPaidOnDate"])
        return shown

    return shape


def _document_stub(organisation: Organisation, id: str) -> Json:
    invoice = organisation["Invoices"].get(id)
    return {
        "InvoiceID": id,
        **({"InvoiceNumber": invoice["InvoiceNumber"]} if invoice and invoice.get("InvoiceNumber") else {}),
        "Payments": [],
        "CreditNotes": [],
        "Prepayments": [],
        "Overpayments": [],
        "HasErrors": False,
        "IsDiscounted": False,
        "LineItems": [],
    }


def allocation_shape(organisation: Organisation, allocation: Record, **more: Any) -> Json:
    """An allocation as it is shown in its credit and in answers."""
    return {
        "AllocationID": allocation["AllocationID"],
        "Amount": allocation["Amount"],
        "Date": ms_date(allocation["Date"]),
        "Invoice": _document_stub(organisation, allocation["InvoiceID"]),
        "IsDeleted": False,
        **more,
    }


def _payment(organisation: Organisation, record: Record, view: str, digits: int) -> Json:
    account = organisation.account(id=record["AccountID"])
    return {
        **kept(record, "PaymentID", "BatchPaymentID"),
        "Date": ms_date(record["Date"]),
        "BankAmount": record["Amount"],
        **kept(record, "Amount", "Reference", "CurrencyRate", "PaymentType", "Status"),
        **kept(record, "BankAccountNumber", "Particulars", "Details"),
        **_stamps(record),
        "HasAccount": account is not None,
        **kept(record, "IsReconciled"),
        "Account": kept(account, "AccountID", "Code", "Name") if account else {},
        **_paid_document(organisation, record),
        "HasValidationErrors": False,
    }


_PAID_AS = {
    "CreditNotes": "Invoice",
    "Invoices": "Invoice",
    "Overpayments": "Overpayment",
    "Prepayments": "Prepayment",
}


def _paid_document(organisation: Organisation, payment: Record) -> Json:
    """The document a payment is for; Xero shows a credit note's payment under Invoice too."""
    kind, id = payment["Kind"], payment["DocumentID"]
    document = organisation[kind].get(id)
    assert document is not None
    if kind in ("Overpayments", "Prepayments"):
        return {_PAID_AS[kind]: {SOURCES[kind]: id, "ID": id, "LineItems": []}}
    number = document.get("InvoiceNumber") or document.get("CreditNoteNumber")
    stub = {
        "Type": document["Type"],
        "InvoiceID": id,
        **({"InvoiceNumber": number} if number else {}),
        "Payments": [],
        "CreditNotes": [],
        "Prepayments": [],
        "Overpayments": [],
        "HasErrors": False,
        "IsDiscounted": False,
        "Contact": contact_ref(organisation, document, PAGED),
        "LineItems": [],
        "CurrencyCode": document["CurrencyCode"],
    }
    return {"Invoice": stub}


def _batch(organisation: Organisation, record: Record, view: str, digits: int) -> Json:
    return {
        "Account": {"AccountID": record["AccountID"]},
        **kept(record, "Reference", "Narrative", "Details", "Particulars", "Code"),
        "BatchPaymentID": record["BatchPaymentID"],
        **_dates(record, "Date"),
        "Payments": [
            {
                "Invoice": {"InvoiceID": p["DocumentID"]},
                "PaymentID": p["PaymentID"],
                "Amount": p["Amount"],
                "BankAmount": p["Amount"],
            }
            for p in organisation["Payments"].find("batch", record["BatchPaymentID"])
        ],
        **kept(record, "Type", "Status", "TotalAmount"),
        "UpdatedDateUTC": ms_moment(record["UpdatedDateUTC"]),
        "IsReconciled": False,
    }


def _category(organisation: Organisation, record: Record, view: str, digits: int) -> Json:
    options = [option for option in record["Options"] if view != UNPAGED or option["Status"] == "ACTIVE"]
    return {
        **kept(record, "Name", "Status", "TrackingCategoryID"),
        "Options": [option_shape(o) for o in options],
    }


def option_shape(option: Json) -> Json:
    """A tracking option."""
    status = option["Status"]
    return {
        **option,
        "HasValidationErrors": False,
        "IsDeleted": status == "DELETED",
        "IsArchived": status == "ARCHIVED",
        "IsActive": status == "ACTIVE",
    }


def _order(organisation: Organisation, record: Record, view: str, digits: int) -> Json:
    shown = {
        **kept(
            record,
            "PurchaseOrderID",
            "PurchaseOrderNumber",
            "Reference",
            "CurrencyRate",
            "CurrencyCode",
            "Status",
        ),
        **kept(
            record,
            "DeliveryAddress",
            "AttentionTo",
            "Telephone",
            "DeliveryInstructions",
            "BrandingThemeID",
            "SentToContact",
        ),
        **_dates(record, "Date", "DeliveryDate"),
        "Contact": contact_ref(organisation, record, PAGED),
        "LineAmountTypes": record["LineAmountTypes"],
        "LineItems": [_line(line, 4) for line in record["LineItems"]],
        **kept(record, "SubTotal", "TotalTax", "Total"),
        "HasAttachments": bool(organisation.attachments.get(record["PurchaseOrderID"])),
        "UpdatedDateUTC": ms_moment(record["UpdatedDateUTC"]),
    }
    if record.get("ExpectedArrivalDate") is not None:
        shown["ExpectedArrivalDate"] = ms_date(record["ExpectedArrivalDate"])
    return shown


def _bank_transaction(organisation: Organisation, record: Record, view: str, digits: int) -> Json:
    account = organisation.account(id=record["AccountID"])
    return {
        **kept(
            record,
            "BankTransactionID",
            "Type",
            "Reference",
            "Url",
            "IsReconciled",
            "CurrencyRate",
            "CurrencyCode",
        ),
        **kept(record, "PrepaymentID", "OverpaymentID", "Status", "LineAmountTypes"),
        "BankAccount": kept(account, "AccountID", "Code", "Name") if account else {},
        "Contact": contact_ref(organisation, record, PAGED),
        **_dates(record, "Date"),
        "LineItems": [_line(line, digits) for line in record["LineItems"]] if view in (SINGLE, PAGED) else [],
        **kept(record, "SubTotal", "TotalTax", "Total"),
        "HasAttachments": False,
        "UpdatedDateUTC": ms_moment(record["UpdatedDateUTC"]),
    }


def _plain(organisation: Organisation, record: Record, view: str, digits: int) -> Json:
    return {**record, "UpdatedDateUTC": ms_moment(record["UpdatedDateUTC"])}


def _tax_rate(organisation: Organisation, record: Record, view: str, digits: int) -> Json:
    return {key: value for key, value in record.items() if key != "UpdatedDateUTC"}


SHAPES: dict[str, Callable[[Organisation, Record, str, int], Json]] = {
    "Invoices": _invoice,
    "CreditNotes": _source("CreditNoteID"),
    "Overpayments": _source("OverpaymentID"),
    "Prepayments": _source("PrepaymentID"),
    "Payments": _payment,
    "BatchPayments": _batch,
    "Contacts": contact_shape,
    "ContactGroups": group_shape,
    "TrackingCategories": _category,
    "PurchaseOrders": _order,
    "BankTransactions": _bank_transaction,
    "Accounts": _plain,
    "Items": _plain,
    "TaxRates": _tax_rate,
}
