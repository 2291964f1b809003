"""Invoices, credit notes and purchase orders: one set of rules, with what differs in a table."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from integrations.sandbox.xero.contacts import default_tax, document_contact
from integrations.sandbox.xero.errors import Invalid, unparsable
from integrations.sandbox.xero.lines import Line, Rules, check_totals, read_lines, totals
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import as_id, is_id, new_id, to_bool, to_date, to_decimal, to_text

AMOUNT_TYPES = ("Exclusive", "Inclusive", "NoTax")
TOUCHED = "This document cannot be edited as it has a payment or credit note allocated to it."
_NEW = {"DRAFT", "SUBMITTED", "AUTHORISED"}
_OPEN = {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}
_STATUSES: dict[str | None, set[str]] = {
    None: _NEW,
    "DRAFT": _OPEN,
    "SUBMITTED": _OPEN,
    "AUTHORISED": {"AUTHORISED", "VOIDED"},
    "PAID": {"PAID"},
}


@dataclass(frozen=True)
class Kind:
    """What is particular to one kind of document; `numbered` are the types whose numbers are unique and made
    up if blank.
    """

    collection: str
    key: str
    number: str
    words: str
    not_unique: str
    types: tuple[str, ...]
    numbered: dict[str, str]
    statuses: dict[str | None, set[str]]
    texts: tuple[str, ...]
    dates: tuple[str, ...]
    settle: Callable[[Organisation, str], Record] | None = None
    makes_contacts: bool = True
    digits: int | None = None


INVOICES = Kind(
    "Invoices",
    "InvoiceID",
    "InvoiceNumber",
    "Invoice",
    "Invoice # must be unique.",
    ("ACCPAY", "ACCREC"),
    {"ACCREC": "INV"},
    _STATUSES,
    ("Url", "BrandingThemeID"),
    ("Date", "DueDate", "PlannedPaymentDate", "ExpectedPaymentDate"),
    lambda organisation, id: organisation.settle_invoice(id),
)
CREDIT_NOTES = Kind(
    "CreditNotes",
    "CreditNoteID",
    "CreditNoteNumber",
    "Credit note",
    "Credit note # must be unique.",
    ("ACCPAYCREDIT", "ACCRECCREDIT"),
    {"ACCRECCREDIT": "CN"},
    _STATUSES,
    ("BrandingThemeID",),
    ("Date", "DueDate"),
    lambda organisation, id: organisation.settle_source("CreditNotes", id),
)
PURCHASE_ORDERS = Kind(
    "PurchaseOrders",
    "PurchaseOrderID",
    "PurchaseOrderNumber",
    "Purchase Order",
    "Order number must be unique.",
    ("PURCHASEORDER",),
    {"PURCHASEORDER": "PO"},
    {
        None: _NEW | {"BILLED"},
        "DRAFT": _OPEN,
        "SUBMITTED": {"SUBMITTED", "AUTHORISED", "DELETED"},
        "AUTHORISED": {"AUTHORISED", "BILLED", "DELETED"},
        "BILLED": {"BILLED", "AUTHORISED"},
    },
    ("BrandingThemeID", "DeliveryAddress", "AttentionTo", "Telephone", "DeliveryInstructions"),
    ("Date", "DeliveryDate", "ExpectedArrivalDate"),
    makes_contacts=False,
    digits=4,
)
# Most characters of texts (xero.md, section 5.2).
_LONGEST = {"DeliveryInstructions": 500}
_EVERY_STATUS = {"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED", "PAID", "VOIDED", "BILLED"}


def find(organisation: Organisation, kind: Kind, reference: str) -> Record | None:
    """A document by its id or, as the API allows in a path, by its number."""
    shelf = organisation[kind.collection]
    if is_id(reference):
        return shelf.get(as_id(reference))
    return next(iter(shelf.find("number", reference.lower())), None)


def write(
    organisation: Organisation,
    kind: Kind,
    sent: dict[str, Any],
    *,
    create: bool,
    digits: int,
    app: str,
    old: Record | None = None,
) -> Record:
    """Create (PUT) or create and update (POST) one document; raises Invalid with what is wrong."""
    old = old or _matched(organisation, kind, sent, create=create)
    status = _status(kind, sent, old)
    if old is not None and status in ("VOIDED", "DELETED"):
        return _end(organisation, kind, old, status)
    document = _header(organisation, kind, sent, old, status, app)
    faults: list[str] = []
    for check in (_contact, _numbering, _currency, _lines):
        try:
            check(organisation, kind, document, sent, old, digits)
        except Invalid as invalid:
            if invalid.part:
                raise
            faults += invalid.messages
    if faults:
        raise Invalid(*faults)
    _approve(kind, document)
    _check_billed(organisation, kind, old, document)
    organisation.check_unlocked(document["Date"], old["Date"] if old else None)
    quiet = _check_touched(organisation, kind, old, document)
    saved = organisation.save_document(kind.collection, document, touch=not quiet)
    return saved if kind.settle is None or quiet else kind.settle(organisation, saved[kind.key])


def _matched(organisation: Organisation, kind: Kind, sent: dict[str, Any], *, create: bool) -> Record | None:
    """The document a write is about: by id, and for POST by number where numbers are unique (or the switch
    says so).
    """
    id, number = as_id(sent.get(kind.key)), to_text(sent.get(kind.number), kind.number)
    found = organisation[kind.collection].get(id)
    if id is not None:
        if create and found is not None:
            raise Invalid(f"{kind.words} not of valid status for creation")
        if not create and found is None:
            raise Invalid(f"{kind.words} could not be found.")
        return found
    if create or not number:
        return None
    type = sent.get("Type") if len(kind.types) > 1 else kind.types[0]
    contact = (
        as_id((sent.get("Contact") or {}).get("ContactID")) if isinstance(sent.get("Contact"), dict) else None
    )
    for other in organisation[kind.collection].find("number", number.lower()):
        if other["Type"] != type:
            continue
        if type in kind.numbered or (
            organisation.switches.match_bills_by_number and other["ContactID"] == contact
        ):
            return other
    return None


def _status(kind: Kind, sent: dict[str, Any], old: Record | None) -> str:
    before = old["Status"] if old else None
    status = to_text(sent.get("Status"), "Status") or before or "DRAFT"
    if status not in _EVERY_STATUS:
        raise unparsable(f"Error converting value '{status}' to type '{kind.words}StatusCode'.")
    if status not in kind.statuses.get(before, set()):
        raise Invalid(f"{kind.words} not of valid status for {'modification' if old else 'creation'}")
    return status


def _end(organisation: Organisation, kind: Kind, old: Record, status: str) -> Record:
    """Void or delete."""
    if _is_touched(organisation, kind, old):
        raise Invalid(TOUCHED)
    if status == "VOIDED":
        organisation.check_unlocked(old["Date"])
    ended = organisation.save_document(kind.collection, old.but(Status=status))
    return kind.settle(organisation, ended[kind.key]) if kind.settle else ended


def _header(
    organisation: Organisation, kind: Kind, sent: dict[str, Any], old: Record | None, status: str, app: str
) -> Record:
    document = Record(old or {kind.key: new_id(), "LineItems": [], "CreatedBy": app})
    document["Status"] = status
    document["Type"] = _type(kind, sent, old)
    for name in kind.dates:
        if (day := to_date(sent.get(name))) is not None:
            document[name] = day
    document.setdefault("Date", organisation.today())
    amount_types = to_text(sent.get("LineAmountTypes"), "LineAmountTypes") or document.get(
        "LineAmountTypes", "Exclusive"
    )
    if amount_types not in AMOUNT_TYPES:
        raise unparsable(f"Error converting value '{amount_types}' to type 'LineAmountType'.")
    document["LineAmountTypes"] = amount_types
    for name in kind.texts:
        if (text := to_text(sent.get(name), name)) is not None:
            document[name] = text
    reference = to_text(sent.get("Reference"), "Reference")
    is_bill = document["Type"] in ("ACCPAY", "ACCPAYCREDIT")
    if reference is not None and (not is_bill or organisation.switches.store_bill_reference):
        document["Reference"] = reference
    if sent.get("SentToContact") is not None:
        document["SentToContact"] = to_bool(sent["SentToContact"])
    return document


def _type(kind: Kind, sent: dict[str, Any], old: Record | None) -> str:
    type = to_text(sent.get("Type"), "Type") or (old["Type"] if old else None)
    if len(kind.types) == 1:
        return kind.types[0]
    if not type:
        raise Invalid(f"{kind.words} Type must be specified")
    if type not in kind.types:
        raise unparsable(f"Error converting value '{type}' to type '{kind.words} Type'.")
    if old is not None and type != old["Type"]:
        raise Invalid(f"{kind.words} not of valid status for modification")
    return type


def _contact(
    organisation: Organisation, kind: Kind, document: Record, sent: Any, old: Any, digits: int
) -> None:
    if old is None or sent.get("Contact"):
        contact = document_contact(organisation, sent.get("Contact"), may_create=kind.makes_contacts)
        document["ContactID"] = contact["ContactID"]


def _numbering(
    organisation: Organisation, kind: Kind, document: Record, sent: Any, old: Any, digits: int
) -> None:
    number, faults = to_text(sent.get(kind.number), kind.number), []
    if number:
        document[kind.number] = number
    if number and len(number) > 255:
        faults.append(f"The {kind.words} number cannot be longer than 255 characters.")
    if "xero" in str(document.get("Url") or "").lower():
        faults.append("The Url cannot contain the word xero.")
    faults += [
        f"The {name} cannot be longer than {longest} characters."
        for name, longest in _LONGEST.items()
        if len(document.get(name) or "") > longest
    ]
    prefix = kind.numbered.get(document["Type"])
    if prefix is None:
        if faults:
            raise Invalid(*faults)
        return
    if not document.get(kind.number):
        document[kind.number] = _next_number(organisation, kind, prefix)
    same = organisation[kind.collection].find("number", document[kind.number].lower())
    if any(other["Type"] == document["Type"] and other[kind.key] != document[kind.key] for other in same):
        faults.append(kind.not_unique)
    if faults:
        raise Invalid(*faults)


def _next_number(organisation: Organisation, kind: Kind, prefix: str) -> str:
    shelf, count = organisation[kind.collection], len(organisation[kind.collection]) + 1
    while shelf.find("number", f"{prefix}-{count:04}".lower()):
        count += 1
    return f"{prefix}-{count:04}"


def _currency(
    organisation: Organisation, kind: Kind, document: Record, sent: Any, old: Any, digits: int
) -> None:
    code = to_text(sent.get("CurrencyCode"), "CurrencyCode") or document.get("CurrencyCode")
    document["CurrencyCode"] = code or organisation.settings["BaseCurrency"]
    if document["CurrencyCode"] not in {currency["Code"] for currency in organisation.currencies}:
        raise Invalid(f"Organisation is not subscribed to currency {document['CurrencyCode']}")
    given = to_decimal(sent.get("CurrencyRate"), "CurrencyRate")
    if given is not None or old is None or old["CurrencyCode"] != document["CurrencyCode"]:
        document["CurrencyRate"] = given or organisation.day_rate(document["CurrencyCode"])


def _lines(
    organisation: Organisation, kind: Kind, document: Record, sent: Any, old: Any, digits: int
) -> None:
    types = document["LineAmountTypes"]
    rules = Rules(
        types,
        kind.digits or digits,
        document["Status"] in ("AUTHORISED", "PAID", "BILLED"),
        discounts=document["Type"] in ("ACCREC", "PURCHASEORDER"),
        default_tax=default_tax(organisation, document),
    )
    if sent.get("LineItems") is not None:
        document["LineItems"] = read_lines(organisation, sent["LineItems"], document["LineItems"], rules)
    elif old is not None and (
        types != old["LineAmountTypes"] or rules.approved != (old["Status"] in ("AUTHORISED", "PAID"))
    ):
        # Nothing about the lines was sent, but their tax or what is asked of them has changed.
        again = [
            {"LineItemID": line["LineItemID"], **_kept_tax(line, types == old["LineAmountTypes"])}
            for line in old["LineItems"]
        ]
        document["LineItems"] = read_lines(organisation, again, old["LineItems"], replace(rules, digits=4))
    if not document["LineItems"]:
        raise Invalid("One or more line items must be specified")
    sums = totals(document["LineItems"], types)
    check_totals(sent, sums, organisation.switches)
    if sums["Total"] < 0:
        raise Invalid(f"The {kind.words} total cannot be negative.")
    document.update(sums)


def _kept_tax(line: Line, keep: bool) -> Line:
    return {"TaxAmount": line["TaxAmount"]} if keep and "TaxAmount" in line else {}


def _approve(kind: Kind, document: Record) -> None:
    if (
        document["Type"] == "ACCREC"
        and document["Status"] == "AUTHORISED"
        and document.get("DueDate") is None
    ):
        raise Invalid("The DueDate must be specified for an approved invoice.")


def _check_billed(organisation: Organisation, kind: Kind, old: Record | None, new: Record) -> None:
    """A billed order is opened again before it is changed, unless the switch says otherwise."""
    if old is None or old["Status"] != "BILLED" or new["Status"] != "BILLED":
        return
    changed = any(old.get(name) != new.get(name) for name in {*old, *new})
    if changed and not organisation.switches.change_billed_orders:
        raise Invalid(f"{kind.words} not of valid status for modification")


def _is_touched(organisation: Organisation, kind: Kind, document: Record) -> bool:
    match kind.collection:
        case "Invoices":
            return organisation.is_touched(document)
        case "CreditNotes":
            id = document[kind.key]
            return bool(organisation["Allocations"].find("source", id) or organisation.payments_of(id))
    return False


_MONEY = (
    "LineItemID",
    "Quantity",
    "UnitAmount",
    "LineAmount",
    "TaxType",
    "TaxAmount",
    "DiscountRate",
    "DiscountAmount",
    "ItemCode",
)
_LATER = ("Type", "Date", "CurrencyCode", "CurrencyRate", "LineAmountTypes", "Total", "TotalTax")


def _check_touched(organisation: Organisation, kind: Kind, old: Record | None, new: Record) -> bool:
    """Refuse what a paid or credited document does not allow: on bills all but texts, coding and dates, else
    everything.

    True when the update is one that does not show as a change: DueDate or SentToContact of a part-paid
    document.
    """
    if old is None or not (_is_touched(organisation, kind, old) or old["Status"] == "PAID"):
        return False
    if new["Type"] != "ACCPAY" or _money(old) != _money(new):
        raise Invalid(TOUCHED)
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)} - {"UpdatedDateUTC"}
    return bool(changed) and changed <= {"DueDate", "SentToContact"} and old["Status"] == "AUTHORISED"


def _money(document: Record) -> Any:
    lines = [tuple(line.get(name) for name in _MONEY) for line in document["LineItems"]]
    return [document.get(name) for name in _LATER], lines


def read_day(value: Any, default: date) -> date:
    """The date sent, or the default."""
    return to_date(value) or default
