"""Money spent and received: bank transactions, and the overpayments and prepayments they make."""

from decimal import Decimal
from typing import Any

from integrations.sandbox.routing import Answer, Request
from integrations.sandbox.xero.batch import digits, one, write_all
from integrations.sandbox.xero.contacts import document_contact
from integrations.sandbox.xero.documents import AMOUNT_TYPES
from integrations.sandbox.xero.errors import Invalid, not_found, unparsable
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.lines import Rules, read_lines, stored_line, totals
from integrations.sandbox.xero.organisation import SOURCES, Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import ZERO, as_id, new_id, to_date, to_list, to_object, to_text

BASE = "/api.xro/2.0"
_TYPES = {f"{way}{end}" for way in ("SPEND", "RECEIVE") for end in ("", "-OVERPAYMENT", "-PREPAYMENT")}


def write_transaction(
    organisation: Organisation, sent: dict[str, Any], *, places: int, create: bool, id: str | None = None
) -> Record:
    """Spend or receive money; the over- and prepayment types make the credit too. Raises Invalid."""
    old = organisation["BankTransactions"].get(id or as_id(sent.get("BankTransactionID")))
    if old is not None and not create:
        return _end_transaction(organisation, old, sent)
    given = to_object(sent.get("BankAccount"), "BankAccount")
    account = organisation.account(code=to_text(given.get("Code"), "Code"), id=as_id(given.get("AccountID")))
    if account is None or account["Type"] != "BANK":
        raise Invalid("Account could not be found")
    common = _common(organisation, sent, places)
    made = Record(common, BankTransactionID=new_id(), AccountID=account["AccountID"], IsReconciled=False)
    for end, kind in (("OVERPAYMENT", "Overpayments"), ("PREPAYMENT", "Prepayments")):
        if made["Type"].endswith(end):
            credit = Record(common, RemainingCredit=made["Total"], AppliedAmount=ZERO)
            credit[SOURCES[kind]] = made[SOURCES[kind]] = new_id()
            organisation.save_document(kind, credit)
    return organisation.save_document("BankTransactions", made)


def _common(organisation: Organisation, sent: dict[str, Any], places: int) -> dict[str, Any]:
    """What a transaction and the credit it makes have in common."""
    type = to_text(sent.get("Type"), "Type") or ""
    if type not in _TYPES:
        raise unparsable(f"Error converting value '{type}' to type 'BankTransactionType'.")
    default = "NoTax" if type.endswith("OVERPAYMENT") else "Exclusive"
    amounts = to_text(sent.get("LineAmountTypes"), "LineAmountTypes") or default
    if amounts not in AMOUNT_TYPES:
        raise unparsable(f"Error converting value '{amounts}' to type 'LineAmountType'.")
    if type.endswith("OVERPAYMENT"):
        # Its line is booked to the control account, which lines may not name otherwise.
        lines = [
            stored_line(organisation, row, amounts) for row in to_list(sent.get("LineItems"), "LineItem")
        ]
    else:
        lines = read_lines(organisation, sent.get("LineItems"), [], Rules(amounts, places, True))
    if not lines:
        raise Invalid("One or more line items must be specified")
    day = to_date(sent.get("Date")) or organisation.today()
    organisation.check_unlocked(day)
    contact = document_contact(organisation, sent.get("Contact"))
    return {
        "Type": type, "ContactID": contact["ContactID"], "Date": day, "LineAmountTypes": amounts,
        "LineItems": lines, "Status": "AUTHORISED", "CurrencyCode": organisation.settings["BaseCurrency"],
        "CurrencyRate": Decimal(1), **totals(lines, amounts),
        **({"Reference": sent["Reference"]} if isinstance(sent.get("Reference"), str) else {}),
    }  # fmt: skip


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
