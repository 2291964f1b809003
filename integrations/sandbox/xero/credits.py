"""Allocations of credit notes, overpayments and prepayments; lists of the latter two and of bank
transactions.
"""

from typing import Any

from integrations.sandbox.routing import Answer, Request, dump
from integrations.sandbox.xero.batch import digits, elements, refusal, refuse_all
from integrations.sandbox.xero.drawing import PAGED, SINGLE, UNPAGED, allocation_shape, drawer
from integrations.sandbox.xero.errors import JSON, Invalid, invalid, not_found
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.listing import changed, chosen, enveloped, listed, page_of, values
from integrations.sandbox.xero.organisation import SOURCES, Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import (
    as_id,
    cents,
    new_id,
    to_date,
    to_decimal,
    to_object,
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


def _try(organisation: Organisation, kind: str, id: str, sent: dict[str, Any]) -> Record | dict[str, Any]:
    try:
        with organisation.attempt():
            return allocate(organisation, kind, id, sent)
    except Invalid as error:
        refused = refusal(organisation, "Allocations", sent, error)
        return {name: value for name, value in refused.items() if name != "HasErrors"}


def _shown(organisation: Organisation, result: Record | dict[str, Any], stub: dict[str, Any]) -> str:
    if not isinstance(result, Record):
        return dump(result)
    return dump(allocation_shape(organisation, result, **stub, ValidationErrors=[]))


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
        with organisation.attempt():
            results = [_try(organisation, kind, source_id, sent) for sent in elements(request, "Allocations")]
            refuse_all(request, results)
        stub = {singular: {key: source_id, "LineItems": []}}
        return enveloped(
            organisation, "Allocations", [_shown(organisation, result, stub) for result in results]
        )

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
