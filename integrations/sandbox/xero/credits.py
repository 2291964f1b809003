"""Allocations of credit notes, overpayments and prepayments; bank transactions, which make the latter two."""

from decimal import Decimal
from typing import Any

from integrations.sandbox.routing import Answer, Request, dump
from integrations.sandbox.xero.batch import digits, elements, one, refusal, write_all
from integrations.sandbox.xero.contacts import document_contact
from integrations.sandbox.xero.documents import AMOUNT_TYPES
from integrations.sandbox.xero.drawing import PAGED, SINGLE, UNPAGED, allocation_shape, drawer
from integrations.sandbox.xero.errors import JSON, Invalid, invalid, not_found, unparsable
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.lines import Rules, read_lines, stored_line, totals
from integrations.sandbox.xero.listing import changed, chosen, enveloped, listed, page_of, values
from integrations.sandbox.xero.organisation import SOURCES, Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import (
    ZERO,
    as_id,
    cents,
    new_id,
    to_date,
    to_decimal,
    to_list,
    to_object,
    to_text,
)
from integrations.sandbox.xero.where import Field, field

BASE = "/api.xro/2.0"
_BILLS = ("ACCPAYCREDIT", "SPEND-OVERPAYMENT", "SPEND-PREPAYMENT")


def allocate(organisation: Organisation, kind: str, source_id: str, sent: dict[str, Any]) -> Record:
    """Allocate part of a credit to an invoice of its contact; raises Invalid."""
    source = organisation[kind].get(source_id)
    assert source is not None
    given = to_object(sent.get("Invoice"), "Invoice")
    invoice = organisation["Invoices"].get(as_id(given.get("InvoiceID")))
    amount, day = to_decimal(sent.get("Amount"), "Amount"), to_date(sent.get("Date"))
    if invoice is None:
        raise Invalid("Invoice could not be found")
    if day is None or amount is None or cents(amount) <= 0:
        raise Invalid("An allocation needs a Date and an Amount greater than zero.")
    wanted = "ACCPAY" if source["Type"] in _BILLS else "ACCREC"
    if invoice["Type"] != wanted or invoice["ContactID"] != source["ContactID"]:
        raise Invalid("The invoice must be of the same contact and type as the credit.")
    if invoice["Status"] != "AUTHORISED" or source["Status"] != "AUTHORISED":
        raise Invalid("Credits can only be allocated between Authorised documents")
    if cents(amount) > invoice["AmountDue"]:
        raise Invalid("The allocation amount exceeds the amount outstanding on this document")
    if cents(amount) > source["RemainingCredit"]:
        raise Invalid("The allocation amount exceeds the remaining credit")
    if organisation.switches.lock_payments:
        organisation.check_unlocked(day)
    allocation = organisation["Allocations"].save(
        Record(
            AllocationID=new_id(),
            Kind=kind,
            SourceID=source_id,
            InvoiceID=invoice["InvoiceID"],
            Amount=cents(amount),
            Date=day,
        )
    )
    organisation.settle_invoice(invoice["InvoiceID"])
    organisation.settle_source(kind, source_id)
    return allocation


def unallocate(organisation: Organisation, kind: str, allocation: Record) -> None:
    """Take an allocation back; raises Invalid in a locked period."""
    if organisation.switches.lock_payments:
        organisation.check_unlocked(allocation["Date"])
    organisation["Allocations"].remove(allocation["AllocationID"])
    organisation.settle_invoice(allocation["InvoiceID"])
    organisation.settle_source(kind, allocation["SourceID"])


def _routes(kind: str, key: str) -> None:
    base = f"{BASE}/{kind}/{{id}}/Allocations"
    singular = kind[:-1]

    @router.route("PUT", base)
    def put(sandbox: Any, request: Request, id: str) -> Answer:
        organisation, source_id = organisation_of(sandbox, request), as_id(id) or ""
        if organisation[kind].get(source_id) is None:
            raise not_found()
        refused: list[dict[str, Any]] = []
        texts: list[str] = []
        stub = {singular: {key: source_id, "LineItems": []}}
        with organisation.attempt():
            for sent in elements(request, "Allocations"):
                try:
                    with organisation.attempt():
                        made = allocate(organisation, kind, source_id, sent)
                        texts.append(dump(allocation_shape(organisation, made, **stub, ValidationErrors=[])))
                except Invalid as error:
                    refused.append(refusal(organisation, "Allocations", sent, error))
                    texts.append(dump({k: v for k, v in refused[-1].items() if k != "HasErrors"}))
            if refused and (request.arg("summarizeErrors") or "true").lower() != "false":
                raise invalid(refused)
        return enveloped(organisation, "Allocations", texts)

    @router.route("DELETE", base + "/{allocation_id}")
    def delete(sandbox: Any, request: Request, id: str, allocation_id: str) -> Answer:
        organisation = organisation_of(sandbox, request)
        allocation = organisation["Allocations"].get(as_id(allocation_id))
        if allocation is None or allocation["SourceID"] != as_id(id):
            raise not_found()
        try:
            with organisation.attempt():
                unallocate(organisation, kind, allocation)
        except Invalid as error:
            raise invalid([refusal(organisation, "Allocations", {}, error)]) from error
        shown = allocation_shape(organisation, allocation) | {"IsDeleted": True}
        return Answer(body=dump(shown).encode(), content_type=JSON)


for _kind, _key in SOURCES.items():
    _routes(_kind, _key)


def _fields(organisation: Organisation, key: str) -> dict[str, Field]:
    def contact(record: Record) -> Any:
        return (organisation["Contacts"].get(record.get("ContactID")) or {}).get("Name")

    return {
        key: field("guid", key),
        "UpdatedDateUTC": field("moment", "UpdatedDateUTC"),
        "Date": field("date", "Date"),
        **{
            name: field("text", name)
            for name in ("Type", "Status", "Reference", "InvoiceNumber", "CurrencyCode")
        },
        **{name: field("number", name) for name in ("Total", "SubTotal", "RemainingCredit", "AppliedAmount")},
        "Contact.ContactID": field("guid", "ContactID"),
        "Contact.Name": Field("text", contact, True),
        "BankAccount.AccountID": field("guid", "AccountID"),
        "IsReconciled": field("bool", "IsReconciled"),
    }


def _reads(kind: str) -> None:
    @router.route("GET", f"{BASE}/{kind}")
    def rows(sandbox: Any, request: Request) -> Answer:
        organisation = organisation_of(sandbox, request)
        shelf = organisation[kind]
        found = changed(organisation, shelf, request)
        for name, key in (("References", "Reference"), ("InvoiceNumbers", "InvoiceNumber")):
            if wanted := values(request, name):
                found = [row for row in found if row.get(key) in wanted]
        found = chosen(found, request, _fields(organisation, shelf.key), kind[:-1])
        page = page_of(request)
        view = UNPAGED if page.number is None else PAGED
        return listed(organisation, kind, found, page, drawer(organisation, kind, view, digits(request)))

    @router.route("GET", f"{BASE}/{kind}/{{id}}")
    def show(sandbox: Any, request: Request, id: str) -> Answer:
        organisation = organisation_of(sandbox, request)
        record = organisation[kind].get(as_id(id))
        if record is None:
            raise not_found()
        return enveloped(organisation, kind, [drawer(organisation, kind, SINGLE, digits(request))(record)])


for _kind in ("Overpayments", "Prepayments", "BankTransactions"):
    _reads(_kind)

_TYPES = {f"{way}{end}" for way in ("SPEND", "RECEIVE") for end in ("", "-OVERPAYMENT", "-PREPAYMENT")}


def write_transaction(
    organisation: Organisation, sent: dict[str, Any], *, places: int, create: bool, id: str | None = None
) -> Record:
    """Spend or receive money; the over- and prepayment types make the credit too. Raises Invalid."""
    old = organisation["BankTransactions"].get(id or as_id(sent.get("BankTransactionID")))
    if old is not None and not create:
        return _end_transaction(organisation, old, sent)
    type = to_text(sent.get("Type"), "Type")
    if type not in _TYPES:
        raise unparsable(f"Error converting value '{type}' to type 'BankTransactionType'.")
    given = to_object(sent.get("BankAccount"), "BankAccount")
    account = organisation.account(code=to_text(given.get("Code"), "Code"), id=as_id(given.get("AccountID")))
    if account is None or account["Type"] != "BANK":
        raise Invalid("Account could not be found")
    contact = document_contact(organisation, sent.get("Contact"))
    amounts = to_text(sent.get("LineAmountTypes"), "LineAmountTypes") or (
        "NoTax" if type.endswith("OVERPAYMENT") else "Exclusive"
    )
    if amounts not in AMOUNT_TYPES:
        raise unparsable(f"Error converting value '{amounts}' to type 'LineAmountType'.")
    if type.endswith("OVERPAYMENT"):
        lines = [
            stored_line(organisation, line, amounts) for line in to_list(sent.get("LineItems"), "LineItem")
        ]
    else:
        lines = read_lines(organisation, sent.get("LineItems"), [], Rules(amounts, places, True))
    if not lines:
        raise Invalid("One or more line items must be specified")
    day = to_date(sent.get("Date")) or organisation.today()
    organisation.check_unlocked(day)
    common = {
        "Type": type,
        "ContactID": contact["ContactID"],
        "Date": day,
        "LineAmountTypes": amounts,
        "LineItems": lines,
        "Status": "AUTHORISED",
        "CurrencyCode": organisation.settings["BaseCurrency"],
        "CurrencyRate": Decimal(1),
        **totals(lines, amounts),
        **({"Reference": sent["Reference"]} if isinstance(sent.get("Reference"), str) else {}),
    }
    made = Record(common, BankTransactionID=new_id(), AccountID=account["AccountID"], IsReconciled=False)
    for end, kind in (("OVERPAYMENT", "Overpayments"), ("PREPAYMENT", "Prepayments")):
        if type.endswith(end):
            credit = Record(common, RemainingCredit=made["Total"], AppliedAmount=ZERO)
            credit[SOURCES[kind]] = made[SOURCES[kind]] = new_id()
            organisation.save_document(kind, credit)
    return organisation.save_document("BankTransactions", made)


def _end_transaction(organisation: Organisation, old: Record, sent: dict[str, Any]) -> Record:
    if sent.get("Status") != "DELETED" or old["Status"] != "AUTHORISED":
        raise Invalid("BankTransaction not of valid status for modification")
    organisation.check_unlocked(old["Date"])
    return organisation.save_document("BankTransactions", old.but(Status="DELETED"))


def _written(sandbox: Any, request: Request, create: bool) -> Answer:
    organisation, places = organisation_of(sandbox, request), digits(request)
    return write_all(
        organisation,
        request,
        "BankTransactions",
        lambda sent: write_transaction(organisation, sent, places=places, create=create),
    )


@router.route("PUT", BASE + "/BankTransactions")
def add_transactions(sandbox: Any, request: Request) -> Answer:
    """Spend or receive money."""
    return _written(sandbox, request, True)


@router.route("POST", BASE + "/BankTransactions")
def post_transactions(sandbox: Any, request: Request) -> Answer:
    """Spend or receive money, or delete a transaction by its id."""
    return _written(sandbox, request, False)


@router.route("POST", BASE + "/BankTransactions/{id}")
def change_transaction(sandbox: Any, request: Request, id: str) -> Answer:
    """Delete a bank transaction."""
    organisation, places = organisation_of(sandbox, request), digits(request)
    if organisation["BankTransactions"].get(as_id(id)) is None:
        raise not_found()
    sent = [one(request, "BankTransactions")]
    return write_all(
        organisation,
        request,
        "BankTransactions",
        lambda fields: write_transaction(organisation, fields, places=places, create=False, id=as_id(id)),
        sent,
    )
