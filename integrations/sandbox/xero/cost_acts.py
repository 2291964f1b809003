"""What people do with costs in Xero's own screens: enter them, move them to another project, end them."""

from decimal import Decimal
from typing import Any

from integrations.sandbox.xero.acting import act, shown
from integrations.sandbox.xero.bank import write_transaction
from integrations.sandbox.xero.documents import CREDIT_NOTES, INVOICES, Kind, find, write
from integrations.sandbox.xero.journals import write_journal
from integrations.sandbox.xero.load import find_contact
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.values import as_id

PERSON = "a person"


def _lines(
    organisation: Organisation, amount: Any, account: str, project: str | None, description: str
) -> list[dict[str, Any]]:
    line = {
        "Description": description,
        "Quantity": 1,
        "UnitAmount": Decimal(str(amount)),
        "AccountCode": account,
    }
    return [line | ({"Tracking": [_option(organisation, project)]} if project else {})]


def _option(organisation: Organisation, name: str) -> dict[str, str]:
    """The active tracking option that has this name or begins with it. Raises LookupError."""
    for category in organisation["TrackingCategories"].rows():
        for option in category["Options"] if category["Status"] == "ACTIVE" else ():
            if option["Status"] == "ACTIVE" and option["Name"].casefold().startswith(name.casefold()):
                return {
                    "TrackingCategoryID": category["TrackingCategoryID"],
                    "TrackingOptionID": option["TrackingOptionID"],
                }
    raise LookupError(f"there is no option {name}")


def _contact(organisation: Organisation, name: str) -> dict[str, str]:
    found = find_contact(organisation, {"ContactID": name}) or find_contact(organisation, {"Name": name})
    if found is None:
        raise LookupError(f"there is no contact {name}")
    return {"ContactID": found["ContactID"]}


@act
def enter_bill(
    organisation: Organisation,
    *,
    contact: str,
    amount: Any,
    account: str,
    project: str | None = None,
    number: str | None = None,
    description: str = "Materials",
    lines: list[dict[str, Any]] | None = None,
    credit: bool = False,
) -> dict[str, Any]:
    """Enter an approved bill or credit note: one line tracked to a project, or `lines` as in the API."""
    kind, collection = (CREDIT_NOTES, "CreditNotes") if credit else (INVOICES, "Invoices")
    rows = lines or _lines(organisation, amount, account, project, description)
    fields = {
        "Type": "ACCPAYCREDIT" if credit else "ACCPAY", "Status": "AUTHORISED", "LineItems": rows,
        "Contact": _contact(organisation, contact), "LineAmountTypes": "Exclusive",
        "Date": organisation.today().isoformat(), **({kind.number: number} if number else {}),
        **({} if credit else {"DueDate": organisation.today().isoformat()}),
    }  # fmt: skip
    return shown(
        organisation, collection, write(organisation, kind, fields, create=True, digits=4, app=PERSON)
    )


@act
def spend_money(
    organisation: Organisation,
    *,
    contact: str,
    amount: Any,
    account: str,
    project: str | None = None,
    reference: str | None = None,
    description: str = "Materials",
    receive: bool = False,
) -> dict[str, Any]:
    """Spend money from the first bank account, or receive it, tracked to a project."""
    bank = next(a["AccountID"] for a in organisation["Accounts"].rows() if a["Type"] == "BANK")
    sent = {
        "Type": "RECEIVE" if receive else "SPEND", "BankAccount": {"AccountID": bank},
        "Contact": _contact(organisation, contact), "Date": organisation.today().isoformat(),
        "LineItems": _lines(organisation, amount, account, project, description),
        **({"Reference": reference} if reference else {}),
    }  # fmt: skip
    return shown(
        organisation, "BankTransactions", write_transaction(organisation, sent, places=4, create=True)
    )


@act
def delete_transaction(organisation: Organisation, *, transaction: str) -> dict[str, Any]:
    """Delete money spent or received, by its id."""
    sent = {"BankTransactionID": transaction, "Status": "DELETED"}
    return shown(
        organisation, "BankTransactions", write_transaction(organisation, sent, places=4, create=False)
    )


@act
def post_journal(
    organisation: Organisation,
    *,
    narration: str,
    amount: Any,
    debit: str,
    credit: str,
    project: str | None = None,
) -> dict[str, Any]:
    """Post a manual journal of two lines; the debit is tracked to a project."""
    worth, tracking = Decimal(str(amount)), [_option(organisation, project)] if project else []
    rows = [
        {"LineAmount": worth, "AccountCode": debit, "Description": narration, "Tracking": tracking},
        {"LineAmount": -worth, "AccountCode": credit, "Description": narration},
    ]
    sent = {"Narration": narration, "JournalLines": rows, "Status": "POSTED"}
    return shown(organisation, "ManualJournals", write_journal(organisation, sent))


@act
def void_journal(organisation: Organisation, *, journal: str) -> dict[str, Any]:
    """Void a posted journal, by its id."""
    sent = {"ManualJournalID": journal, "Status": "VOIDED"}
    return shown(organisation, "ManualJournals", write_journal(organisation, sent))


def _document(organisation: Organisation, name: str) -> tuple[Kind, str, Any]:
    for kind, collection in ((INVOICES, "Invoices"), (CREDIT_NOTES, "CreditNotes")):
        found = organisation[collection].get(as_id(name)) or find(organisation, kind, name)
        if found is not None:
            return kind, collection, found
    raise LookupError(f"there is no bill or credit note {name}")


@act
def track_line(
    organisation: Organisation, *, document: str, project: str | None = None, line: int = 0
) -> dict[str, Any]:
    """Move a line (from 0) of a bill or credit note to another project, or to none."""
    kind, collection, old = _document(organisation, document)
    if not 0 <= line < len(old["LineItems"]):
        raise LookupError(f"the document has no line {line}")
    rows = [{"LineItemID": row["LineItemID"]} for row in old["LineItems"]]
    rows[line]["Tracking"] = [_option(organisation, project)] if project else []  # type: ignore[assignment]
    saved = write(organisation, kind, {"LineItems": rows}, create=False, digits=4, app=PERSON, old=old)
    return shown(organisation, collection, saved)


@act
def void_credit_note(organisation: Organisation, *, credit_note: str) -> dict[str, Any]:
    """Void an approved credit note that is not allocated."""
    _, _, old = _document(organisation, credit_note)
    saved = write(
        organisation, CREDIT_NOTES, {"Status": "VOIDED"}, create=False, digits=4, app=PERSON, old=old
    )
    return shown(organisation, "CreditNotes", saved)
