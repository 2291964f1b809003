"""Invoices, credit notes and purchase orders over HTTP: lists with every filter, single documents, writes."""

from typing import Any

from integrations.sandbox.routing import Answer, Request
from integrations.sandbox.xero.batch import digits, elements, flag, one, write_all
from integrations.sandbox.xero.documents import CREDIT_NOTES, INVOICES, PURCHASE_ORDERS, Kind, find, write
from integrations.sandbox.xero.drawing import PAGED, SINGLE, SUMMARY, UNPAGED, drawer
from integrations.sandbox.xero.errors import not_found
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.listing import changed, chosen, enveloped, ids, listed, page_of, values
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import fold, to_date
from integrations.sandbox.xero.where import Field, field


def document_fields(organisation: Organisation, kind: Kind) -> dict[str, Field]:
    """What documents can be filtered and ordered by."""
    contacts = organisation["Contacts"]

    def contact(name: str) -> Any:
        return lambda record: (contacts.get(record.get("ContactID")) or {}).get(name)

    numbers = (
        "AmountDue",
        "AmountPaid",
        "AmountCredited",
        "SubTotal",
        "TotalTax",
        "Total",
        "CurrencyRate",
        "RemainingCredit",
    )
    return {
        kind.key: field("guid", kind.key),
        kind.number: field("text", kind.number),
        **{
            name: field("text", name)
            for name in ("Type", "Status", "Reference", "CurrencyCode", "LineAmountTypes")
        },
        **{name: field("number", name) for name in numbers},
        **{name: field("date", name) for name in (*kind.dates, "FullyPaidOnDate")},
        "UpdatedDateUTC": field("moment", "UpdatedDateUTC"),
        "SentToContact": field("bool", "SentToContact"),
        "Contact.ContactID": field("guid", "ContactID"),
        "Contact.Name": Field("text", contact("Name"), True),
        "Contact.ContactNumber": Field("text", contact("ContactNumber")),
    }


def _filtered(organisation: Organisation, request: Request, kind: Kind) -> list[Record]:
    """The rows an Invoices or CreditNotes list is about, before where and order."""
    shelf = organisation[kind.collection]
    wanted, numbers, contacts = ids(request), values(request, kind.number + "s"), ids(request, "ContactIDs")
    if wanted:
        rows = [row for id in wanted if (row := shelf.get(id))]
    elif numbers:
        rows = [
            row
            for n in dict.fromkeys(number.lower() for number in numbers)
            for row in shelf.find("number", n)
        ]
    elif contacts:
        rows = [row for id in contacts for row in shelf.find("contact", id)]
    else:
        return changed(organisation, shelf, request)
    if len(rows) > 1:
        rows.sort(key=lambda row: (row["UpdatedDateUTC"], row[kind.key]))
    if request.headers.get("if-modified-since"):
        late = {id(row) for row in changed(organisation, shelf, request)}
        rows = [row for row in rows if id(row) in late]
    if numbers:
        known = {number.lower() for number in numbers}
        rows = [row for row in rows if (row.get(kind.number) or "").lower() in known]
    if contacts:
        rows = [row for row in rows if row["ContactID"] in contacts]
    return rows


@router.route("GET", "/api.xro/2.0/Invoices")
def list_invoices(sandbox: Any, request: Request) -> Answer:
    """Invoices in order of their last update; only paged lists hold line items."""
    organisation = organisation_of(sandbox, request)
    rows = _filtered(organisation, request, INVOICES)
    if statuses := set(values(request, "Statuses")):
        rows = [row for row in rows if row["Status"] in statuses]
    if flag(request, "createdByMyApp"):
        rows = [row for row in rows if row.get("CreatedBy") == request.caller.client_id]
    if term := fold(request.arg("searchTerm") or ""):
        rows = [row for row in rows if term in _searched(organisation, row)]
    rows = chosen(rows, request, document_fields(organisation, INVOICES), "Invoice")
    summary = flag(request, "summaryOnly")
    page = page_of(request, always=summary)
    view = SUMMARY if summary else UNPAGED if page.number is None else PAGED
    return listed(
        organisation, "Invoices", rows, page, drawer(organisation, "Invoices", view, digits(request))
    )


def _searched(organisation: Organisation, row: Record) -> str:
    contact = organisation["Contacts"].get(row["ContactID"]) or {}
    return fold(" ".join(filter(None, (row.get("InvoiceNumber"), row.get("Reference"), contact.get("Name")))))


@router.route("GET", "/api.xro/2.0/CreditNotes")
def list_credit_notes(sandbox: Any, request: Request) -> Answer:
    """Credit notes in order of their last update; only paged lists hold line items."""
    organisation = organisation_of(sandbox, request)
    rows = chosen(
        _filtered(organisation, request, CREDIT_NOTES),
        request,
        document_fields(organisation, CREDIT_NOTES),
        "CreditNote",
    )
    page = page_of(request)
    view = UNPAGED if page.number is None else PAGED
    return listed(
        organisation, "CreditNotes", rows, page, drawer(organisation, "CreditNotes", view, digits(request))
    )


@router.route("GET", "/api.xro/2.0/PurchaseOrders")
def list_purchase_orders(sandbox: Any, request: Request) -> Answer:
    """Purchase orders, always paged."""
    organisation = organisation_of(sandbox, request)
    rows = changed(organisation, organisation["PurchaseOrders"], request)
    if status := request.arg("Status") or request.arg("status"):
        rows = [row for row in rows if row["Status"] == status]
    first, last = to_date(request.arg("DateFrom")), to_date(request.arg("DateTo"))
    rows = [row for row in rows if (not first or row["Date"] >= first) and (not last or row["Date"] <= last)]
    request.query = [(name, value) for name, value in request.query if name != "where"]
    rows = chosen(rows, request, document_fields(organisation, PURCHASE_ORDERS), "PurchaseOrder")
    return listed(
        organisation,
        "PurchaseOrders",
        rows,
        page_of(request, always=True),
        drawer(organisation, "PurchaseOrders", PAGED, 4),
    )


def _routes(kind: Kind) -> None:
    """One document: GET and POST by its id or number, alike for all three kinds."""
    base = f"/api.xro/2.0/{kind.collection}"

    @router.route("GET", base + "/{reference}")
    def show(sandbox: Any, request: Request, reference: str) -> Answer:
        organisation = organisation_of(sandbox, request)
        document = find(organisation, kind, reference)
        if document is None:
            raise not_found()
        return enveloped(
            organisation,
            kind.collection,
            [drawer(organisation, kind.collection, SINGLE, digits(request))(document)],
        )

    @router.route("POST", base + "/{reference}")
    def update(sandbox: Any, request: Request, reference: str) -> Answer:
        organisation = organisation_of(sandbox, request)
        old = find(organisation, kind, reference)
        if old is None:
            raise not_found()
        app, places = request.caller.client_id, digits(request)

        def change(sent: dict[str, Any]) -> Record:
            return write(organisation, kind, sent, create=False, digits=places, app=app, old=old)

        return write_all(organisation, request, kind.collection, change, [one(request, kind.collection)])


def _batch_routes(kind: Kind) -> None:
    """PUT and POST of many documents."""
    base = f"/api.xro/2.0/{kind.collection}"

    def written(sandbox: Any, request: Request, *, create: bool) -> Answer:
        organisation = organisation_of(sandbox, request)
        app, places = request.caller.client_id, digits(request)
        return write_all(
            organisation,
            request,
            kind.collection,
            lambda sent: write(organisation, kind, sent, create=create, digits=places, app=app),
            elements(request, kind.collection),
        )

    @router.route("PUT", base)
    def put(sandbox: Any, request: Request) -> Answer:
        return written(sandbox, request, create=True)

    @router.route("POST", base)
    def post(sandbox: Any, request: Request) -> Answer:
        return written(sandbox, request, create=False)


for _kind in (INVOICES, CREDIT_NOTES, PURCHASE_ORDERS):
    _routes(_kind)
    _batch_routes(_kind)
