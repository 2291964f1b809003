"""Payments and batch payments: only for approved documents, never more than is outstanding, deleted but not
changed.
"""

from decimal import Decimal
from typing import Any

from integrations.sandbox.routing import Answer, Request
from integrations.sandbox.xero.batch import body, elements, one, write_all
from integrations.sandbox.xero.drawing import SINGLE, drawer
from integrations.sandbox.xero.errors import Invalid, not_found
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.listing import changed, chosen, enveloped, listed, page_of
from integrations.sandbox.xero.load import PAYMENT_TYPES
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import (
    ZERO,
    as_id,
    cents,
    new_id,
    to_bool,
    to_date,
    to_decimal,
    to_list,
    to_object,
    to_text,
)
from integrations.sandbox.xero.where import Field, field

BASE = "/api.xro/2.0"
EXCEEDS = "The payment amount exceeds the amount outstanding on this document"
NOT_AUTHORISED = "Payments can only be made against Authorised documents"
_DOCUMENTS = (
    ("Invoice", "Invoices", "InvoiceID", "InvoiceNumber"),
    ("CreditNote", "CreditNotes", "CreditNoteID", "CreditNoteNumber"),
    ("Overpayment", "Overpayments", "OverpaymentID", ""),
    ("Prepayment", "Prepayments", "PrepaymentID", ""),
)


def _fields(organisation: Organisation) -> dict[str, Field]:
    def account(record: Record) -> Any:
        return (organisation.account(id=record["AccountID"]) or {}).get("Code")

    def invoice(name: str) -> Any:
        return lambda record: (organisation[record["Kind"]].get(record["DocumentID"]) or {}).get(name)

    return {
        "PaymentID": field("guid", "PaymentID"),
        "BatchPaymentID": field("guid", "BatchPaymentID"),
        "Date": field("date", "Date"),
        "Amount": field("number", "Amount"),
        "Reference": field("text", "Reference"),
        "Status": field("text", "Status"),
        "PaymentType": field("text", "PaymentType"),
        "UpdatedDateUTC": field("moment", "UpdatedDateUTC"),
        "IsReconciled": field("bool", "IsReconciled"),
        "Invoice.InvoiceID": field("guid", "DocumentID"),
        "Invoice.InvoiceNumber": Field("text", invoice("InvoiceNumber")),
        "Account.AccountID": field("guid", "AccountID"),
        "Account.Code": Field("text", account),
    }


@router.route("GET", BASE + "/Payments")
def list_payments(sandbox: Any, request: Request) -> Answer:
    """Payments, deleted ones too."""
    organisation = organisation_of(sandbox, request)
    rows = chosen(
        changed(organisation, organisation["Payments"], request), request, _fields(organisation), "Payment"
    )
    return listed(organisation, "Payments", rows, page_of(request), drawer(organisation, "Payments", SINGLE))


@router.route("GET", BASE + "/Payments/{id}")
def show_payment(sandbox: Any, request: Request, id: str) -> Answer:
    """One payment."""
    organisation = organisation_of(sandbox, request)
    payment = organisation["Payments"].get(as_id(id))
    if payment is None:
        raise not_found()
    return enveloped(organisation, "Payments", [drawer(organisation, "Payments", SINGLE)(payment)])


def _paid_document(organisation: Organisation, sent: dict[str, Any]) -> tuple[str, Record]:
    """The document a payment is for, by id or number; raises Invalid."""
    for name, kind, key, number in _DOCUMENTS:
        given = to_object(sent.get(name), name)
        text = to_text(given.get(number) or sent.get(number), number) if number else None
        if not given and not text:
            continue
        found = organisation[kind].get(as_id(given.get(key)))
        if found is None and text and not as_id(given.get(key)):
            rows = [
                row
                for row in organisation[kind].find("number", text.lower())
                if row["Status"] == "AUTHORISED"
            ]
            if len(rows) > 1:
                raise Invalid(f"More than one document has the number {text}.")
            found = rows[0] if rows else None
        if found is None:
            raise Invalid(f"{name} could not be found")
        return kind, found
    raise Invalid("A payment needs an Invoice, CreditNote, Prepayment or Overpayment.")


def _payment_account(organisation: Organisation, sent: dict[str, Any]) -> Record:
    given = to_object(sent.get("Account"), "Account")
    code = to_text(given.get("Code") or sent.get("Code"), "Code")
    account = organisation.account(code=code, id=as_id(given.get("AccountID")))
    if account is None or account["Status"] != "ACTIVE":
        raise Invalid("Account could not be found")
    if account["Type"] != "BANK" and not account.get("EnablePaymentsToAccount"):
        raise Invalid(
            "Account type is invalid for payments. Use a bank account or one that payments are enabled for."
        )
    return account


def outstanding(kind: str, document: Record) -> Decimal:
    """What is still to be paid of an invoice, or left of a credit."""
    left: Decimal = document["AmountDue" if kind == "Invoices" else "RemainingCredit"]
    return left


def write_payment(
    organisation: Organisation, sent: dict[str, Any], *, batch: str | None = None, needs_account: bool = True
) -> Record:
    """Pay a document in part or in whole; raises Invalid."""
    if as_id(sent.get("PaymentID")) is not None:
        return end_payment(organisation, as_id(sent["PaymentID"]) or "", sent)
    kind, document = _paid_document(organisation, sent)
    account, day = _payment_account(organisation, sent), to_date(sent.get("Date"))
    amount = to_decimal(sent.get("Amount"), "Amount")
    if document["Status"] != "AUTHORISED":
        raise Invalid(NOT_AUTHORISED)
    if day is None:
        raise Invalid("The payment Date must be specified.")
    if amount is None or cents(amount) <= 0:
        raise Invalid("The payment Amount must be greater than zero.")
    if cents(amount) > outstanding(kind, document):
        raise Invalid(EXCEEDS)
    if organisation.switches.lock_payments:
        organisation.check_unlocked(day)
    payment = Record(
        PaymentID=new_id(),
        Kind=kind,
        DocumentID=document[organisation[kind].key],
        AccountID=account["AccountID"],
        Date=day,
        Amount=cents(amount),
        Status="AUTHORISED",
        PaymentType=PAYMENT_TYPES[document["Type"]],
        CurrencyRate=to_decimal(sent.get("CurrencyRate"), "CurrencyRate") or document["CurrencyRate"],
        IsReconciled=to_bool(sent.get("IsReconciled")),
    )
    for name in ("Reference", "Particulars", "Details", "BankAccountNumber"):
        if (text := to_text(sent.get(name), name)) is not None:
            payment[name] = text
    if batch is not None:
        payment["BatchPaymentID"] = batch
    saved = organisation["Payments"].save(payment)
    settle(organisation, saved)
    return saved


def settle(organisation: Organisation, payment: Record) -> None:
    """Work out anew what is outstanding of a payment's document."""
    if payment["Kind"] == "Invoices":
        organisation.settle_invoice(payment["DocumentID"])
    else:
        organisation.settle_source(payment["Kind"], payment["DocumentID"])


def end_payment(organisation: Organisation, id: str, sent: dict[str, Any]) -> Record:
    """Delete a payment, the only change there is; raises Invalid."""
    payment = organisation["Payments"].get(id)
    if payment is None:
        raise Invalid("Payment could not be found")
    if set(sent) - {"Status", "PaymentID"} or sent.get("Status") != "DELETED":
        raise Invalid("Only Status accepted for updates.")
    if payment["Status"] == "DELETED":
        raise Invalid("The payment has been deleted already.")
    if payment["IsReconciled"]:
        raise Invalid("A reconciled payment cannot be deleted.")
    if organisation.switches.lock_payments:
        organisation.check_unlocked(payment["Date"])
    ended = organisation["Payments"].save(payment.but(Status="DELETED"))
    settle(organisation, ended)
    return ended


@router.route("PUT", BASE + "/Payments")
def add_payments(sandbox: Any, request: Request) -> Answer:
    """Make payments."""
    organisation = organisation_of(sandbox, request)
    return write_all(organisation, request, "Payments", lambda sent: write_payment(organisation, sent))


@router.route("POST", BASE + "/Payments")
def add_payment(sandbox: Any, request: Request) -> Answer:
    """Make one payment."""
    organisation = organisation_of(sandbox, request)
    sent = [one(request, "Payments")]
    return write_all(
        organisation, request, "Payments", lambda fields: write_payment(organisation, fields), sent
    )


@router.route("POST", BASE + "/Payments/{id}")
def change_payment(sandbox: Any, request: Request, id: str) -> Answer:
    """Delete a payment."""
    organisation = organisation_of(sandbox, request)
    if organisation["Payments"].get(as_id(id)) is None:
        raise not_found()
    sent = [one(request, "Payments")]
    return write_all(
        organisation,
        request,
        "Payments",
        lambda fields: end_payment(organisation, as_id(id) or "", fields),
        sent,
    )


_BATCH_FIELDS: dict[str, Field] = {
    "BatchPaymentID": field("guid", "BatchPaymentID"),
    "Date": field("date", "Date"),
    "Status": field("text", "Status"),
    "Reference": field("text", "Reference"),
    "Type": field("text", "Type"),
    "TotalAmount": field("number", "TotalAmount"),
    "UpdatedDateUTC": field("moment", "UpdatedDateUTC"),
}


@router.route("GET", BASE + "/BatchPayments")
def list_batches(sandbox: Any, request: Request) -> Answer:
    """Batch payments, all of them."""
    organisation = organisation_of(sandbox, request)
    rows = chosen(
        changed(organisation, organisation["BatchPayments"], request), request, _BATCH_FIELDS, "BatchPayment"
    )
    draw = drawer(organisation, "BatchPayments")
    return enveloped(organisation, "BatchPayments", [draw(row) for row in rows])


@router.route("GET", BASE + "/BatchPayments/{id}")
def show_batch(sandbox: Any, request: Request, id: str) -> Answer:
    """One batch payment."""
    organisation = organisation_of(sandbox, request)
    batch = organisation["BatchPayments"].get(as_id(id))
    if batch is None:
        raise not_found()
    return enveloped(organisation, "BatchPayments", [drawer(organisation, "BatchPayments")(batch)])


def write_batch(organisation: Organisation, sent: dict[str, Any]) -> Record:
    """Pay several documents of one type at once; raises Invalid."""
    account, day, id = _payment_account(organisation, sent), to_date(sent.get("Date")), new_id()
    rows = to_list(sent.get("Payments"), "Payments")
    if not rows or day is None:
        raise Invalid("A batch payment needs a Date and Payments.")
    paid = [
        write_payment(
            organisation, {**row, "Account": {"AccountID": account["AccountID"]}, "Date": day}, batch=id
        )
        for row in rows
    ]
    types = {payment["PaymentType"] for payment in paid}
    if types not in ({"ACCPAYPAYMENT"}, {"ACCRECPAYMENT"}):
        raise Invalid("A batch payment is for invoices of one type.")
    batch = Record(
        BatchPaymentID=id,
        AccountID=account["AccountID"],
        Date=day,
        Status="AUTHORISED",
        Type="PAYBATCH" if "ACCPAYPAYMENT" in types else "RECBATCH",
        TotalAmount=sum((p["Amount"] for p in paid), ZERO),
    )
    for name, longest in (
        ("Reference", 255),
        ("Narrative", 18),
        ("Details", 18),
        ("Particulars", 12),
        ("Code", 12),
    ):
        if (text := to_text(sent.get(name), name)) is not None:
            if len(text) > longest:
                raise Invalid(f"The {name} cannot be longer than {longest} characters.")
            batch[name] = text
    return organisation["BatchPayments"].save(batch)


def end_batch(organisation: Organisation, id: str | None, sent: dict[str, Any]) -> Record:
    """Delete a batch with its payments; raises Invalid."""
    batch = organisation["BatchPayments"].get(id)
    if batch is None or sent.get("Status") != "DELETED" or batch["Status"] == "DELETED":
        raise Invalid("Only Status accepted for updates.")
    for payment in organisation["Payments"].find("batch", batch["BatchPaymentID"]):
        if payment["Status"] != "DELETED":
            end_payment(organisation, payment["PaymentID"], {"Status": "DELETED"})
    return organisation["BatchPayments"].save(batch.but(Status="DELETED"))


@router.route("PUT", BASE + "/BatchPayments")
def add_batches(sandbox: Any, request: Request) -> Answer:
    """Make batch payments."""
    organisation = organisation_of(sandbox, request)
    return write_all(organisation, request, "BatchPayments", lambda sent: write_batch(organisation, sent))


@router.route("POST", BASE + "/BatchPayments")
def change_batches(sandbox: Any, request: Request) -> Answer:
    """Delete the batch payments named."""
    organisation = organisation_of(sandbox, request)
    return write_all(
        organisation,
        request,
        "BatchPayments",
        lambda sent: end_batch(organisation, as_id(sent.get("BatchPaymentID")), sent),
        elements(request, "BatchPayments"),
    )


@router.route("POST", BASE + "/BatchPayments/{id}")
def change_batch(sandbox: Any, request: Request, id: str) -> Answer:
    """Delete a batch payment."""
    organisation = organisation_of(sandbox, request)
    sent = [to_object(body(request), "BatchPayment")]
    return write_all(
        organisation,
        request,
        "BatchPayments",
        lambda fields: end_batch(organisation, as_id(id), fields),
        sent,
    )
