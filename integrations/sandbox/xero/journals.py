"""Manual journals: lists, single ones, and writing them. Debits are positive, and a journal balances."""

from typing import Any

from integrations.sandbox.routing import Answer, Request
from integrations.sandbox.xero.batch import write_all
from integrations.sandbox.xero.contact_shapes import kept
from integrations.sandbox.xero.documents import AMOUNT_TYPES
from integrations.sandbox.xero.drawing import PAGED, SHAPES, SINGLE, UNPAGED, Json, drawer
from integrations.sandbox.xero.errors import Invalid, not_found, unparsable
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.lines import read_tracking, tax_on
from integrations.sandbox.xero.listing import changed, chosen, enveloped, listed, page_of
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import (
    ZERO,
    as_id,
    cents,
    ms_date,
    ms_moment,
    new_id,
    to_date,
    to_decimal,
    to_list,
    to_text,
)
from integrations.sandbox.xero.where import Field, field

BASE = "/api.xro/2.0/ManualJournals"
STATUSES = ("DRAFT", "POSTED")
ENDED = {"DRAFT": "DELETED", "POSTED": "VOIDED"}
REFUSED_TYPES = {"BANK", "INVENTORY"}
REFUSED_SYSTEM = {"DEBTORS", "CREDITORS", "RETAINEDEARNINGS"}


def write_journal(organisation: Organisation, sent: dict[str, Any], *, id: str | None = None) -> Record:
    """Post or draft a journal, change a draft, or end one. Raises Invalid."""
    old = organisation["ManualJournals"].get(id or as_id(sent.get("ManualJournalID")))
    status = to_text(sent.get("Status"), "Status") or (old["Status"] if old else "DRAFT")
    if old is not None and status == ENDED.get(old["Status"]):
        organisation.check_unlocked(old["Date"])
        return organisation["ManualJournals"].save(old.but(Status=status))
    if old is not None and old["Status"] not in ("DRAFT", "POSTED"):
        raise Invalid("The manual journal cannot be changed in its status")
    if status not in STATUSES:
        raise unparsable(f"Error converting value '{status}' to type 'ManualJournalStatus'.")
    made = Record(old or {"ManualJournalID": new_id()}) | _fields(organisation, sent, old)
    made["Status"] = status
    organisation.check_unlocked(made["Date"])
    return organisation["ManualJournals"].save(Record(made))


def _fields(organisation: Organisation, sent: dict[str, Any], old: Record | None) -> dict[str, Any]:
    narration = to_text(sent.get("Narration"), "Narration") or (old or {}).get("Narration")
    if not narration:
        raise Invalid("Narration must be specified")
    amounts = to_text(sent.get("LineAmountTypes"), "LineAmountTypes") or "NoTax"
    if amounts not in AMOUNT_TYPES:
        raise unparsable(f"Error converting value '{amounts}' to type 'LineAmountType'.")
    if old is not None and "JournalLines" not in sent:
        lines = old["JournalLines"]
    else:
        lines = _lines(organisation, to_list(sent.get("JournalLines"), "JournalLine"), amounts)
    day = to_date(sent.get("Date")) or (old or {}).get("Date") or organisation.today()
    url = to_text(sent.get("Url"), "Url")
    return {"Narration": narration, "LineAmountTypes": amounts, "JournalLines": lines, "Date": day} | (
        {"Url": url} if url else {}
    )


def _lines(organisation: Organisation, sent: list[dict[str, Any]], amounts: str) -> list[dict[str, Any]]:
    faults: list[str] = []
    lines = [_line(organisation, item, amounts, faults) for item in sent]
    if len(lines) < 2:
        faults.append("A journal needs at least two lines")
    whole = sum(
        (line["LineAmount"] + (line["TaxAmount"] if amounts == "Exclusive" else ZERO) for line in lines), ZERO
    )
    debits = sum((line["LineAmount"] for line in lines if line["LineAmount"] > 0), ZERO)
    if whole:
        faults.append(f"The total debits ({debits}) must equal total credits ({whole - debits})")
    if faults:
        raise Invalid(*dict.fromkeys(faults))
    return lines


def _line(
    organisation: Organisation, item: dict[str, Any], amounts: str, faults: list[str]
) -> dict[str, Any]:
    amount = cents(to_decimal(item.get("LineAmount"), "LineAmount") or ZERO)
    code = to_text(item.get("AccountCode"), "AccountCode")
    account = organisation.account(code=code, id=as_id(item.get("AccountID")))
    if account is None or account["Type"] in REFUSED_TYPES or account.get("SystemAccount") in REFUSED_SYSTEM:
        faults.append(f"Account code '{code}' is not a valid code for this document.")
        account = account or Record()
    tax_type = to_text(item.get("TaxType"), "TaxType") or account.get("TaxType")
    rate = organisation.tax_rate(tax_type)
    text = to_text(item.get("Description"), "Description")
    return {
        "LineAmount": amount,
        "AccountCode": account.get("Code"),
        "AccountID": account.get("AccountID"),
        "TaxType": tax_type,
        "TaxAmount": tax_on(amount, rate["EffectiveRate"] if rate else ZERO, amounts),
        "Tracking": read_tracking(organisation, item.get("Tracking"), faults),
        "IsBlank": False,
        **({"Description": text} if text else {}),
    }


def load_journal(organisation: Organisation, given: dict[str, Any]) -> None:
    """Keep a world's journal, trusted."""
    amounts = given.get("LineAmountTypes") or "NoTax"
    lines = [_line(organisation, line, amounts, []) for line in given.get("JournalLines", ())]
    record = {"ManualJournalID": as_id(given.get("ManualJournalID")) or new_id(), "Status": "POSTED"} | given
    day = to_date(given.get("Date")) or organisation.today()
    record |= {"LineAmountTypes": amounts, "JournalLines": lines, "Date": day}
    organisation["ManualJournals"].save(Record(record))


def _shape(organisation: Organisation, record: Record, view: str, digits: int) -> Json:
    return {
        "Date": ms_date(record["Date"]),
        **kept(record, "Status", "LineAmountTypes", "ManualJournalID", "Narration", "Url"),
        "UpdatedDateUTC": ms_moment(record["UpdatedDateUTC"]),
        "JournalLines": record["JournalLines"] if view in (SINGLE, PAGED) else [],
        "ShowOnCashBasisReports": True,
        "HasAttachments": False,
    }


SHAPES["ManualJournals"] = _shape
_FIELDS: dict[str, Field] = {
    "ManualJournalID": field("guid", "ManualJournalID"),
    "Status": field("text", "Status"),
    "Narration": field("text", "Narration"),
    "Date": field("date", "Date"),
    "UpdatedDateUTC": field("moment", "UpdatedDateUTC"),
}


@router.route("GET", BASE)
def list_journals(sandbox: Any, request: Request) -> Answer:
    """Manual journals in order of their last update; only paged lists hold lines."""
    organisation = organisation_of(sandbox, request)
    found = changed(organisation, organisation["ManualJournals"], request)
    found = chosen(found, request, _FIELDS, "ManualJournal")
    page = page_of(request)
    view = UNPAGED if page.number is None else PAGED
    return listed(organisation, "ManualJournals", found, page, drawer(organisation, "ManualJournals", view))


@router.route("GET", BASE + "/{id}")
def show_journal(sandbox: Any, request: Request, id: str) -> Answer:
    """One manual journal with its lines."""
    organisation = organisation_of(sandbox, request)
    record = organisation["ManualJournals"].get(as_id(id))
    if record is None:
        raise not_found()
    return enveloped(organisation, "ManualJournals", [drawer(organisation, "ManualJournals", SINGLE)(record)])


def _written(sandbox: Any, request: Request) -> Answer:
    organisation = organisation_of(sandbox, request)
    return write_all(organisation, request, "ManualJournals", lambda sent: write_journal(organisation, sent))


@router.route("PUT", BASE)
def add_journals(sandbox: Any, request: Request) -> Answer:
    """Enter journals."""
    return _written(sandbox, request)


@router.route("POST", BASE)
def post_journals(sandbox: Any, request: Request) -> Answer:
    """Enter journals, or change those named by their id."""
    return _written(sandbox, request)
