"""What people do with bills in Xero's own screens; a bill is named by its id or number."""

from decimal import Decimal
from typing import Any

from integrations.sandbox.xero.acting import act, shown
from integrations.sandbox.xero.credits import allocate
from integrations.sandbox.xero.documents import CREDIT_NOTES, INVOICES, find, write
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.payments import end_payment, write_batch, write_payment
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import as_id

PERSON = "a person"


def _bill(organisation: Organisation, name: str) -> Record:
    found = find(organisation, INVOICES, name)
    if found is None:
        raise LookupError(f"there is no bill {name}")
    live = [
        b
        for b in organisation["Invoices"].find("number", name.lower())
        if b["Status"] not in ("VOIDED", "DELETED")
    ]
    return live[0] if live else found


def _change_bill(organisation: Organisation, name: str, **fields: Any) -> dict[str, Any]:
    old = _bill(organisation, name)
    saved = write(organisation, INVOICES, fields, create=False, digits=4, app=PERSON, old=old)
    return shown(organisation, "Invoices", saved)


@act
def approve_bill(organisation: Organisation, *, bill: str, due: str | None = None) -> dict[str, Any]:
    """Approve a draft or submitted bill, giving it a due date if one is named."""
    return _change_bill(organisation, bill, Status="AUTHORISED", DueDate=due)


@act
def edit_bill(
    organisation: Organisation,
    *,
    bill: str,
    account: str | None = None,
    tax: str | None = None,
    date: str | None = None,
    due: str | None = None,
    amount: Any = None,
    number: str | None = None,
    description: str | None = None,
    line: int = 0,
) -> dict[str, Any]:
    """Change a bill: recode one of its lines (from 0), give it another amount or text, other dates or
    number.
    """
    old = _bill(organisation, bill)
    lines = [{"LineItemID": row["LineItemID"], "TaxAmount": row["TaxAmount"]} for row in old["LineItems"]]
    if not 0 <= line < len(lines):
        raise LookupError(f"the bill has no line {line}")
    edited = {"AccountCode": account, "TaxType": tax, "Description": description}
    lines[line] |= {key: value for key, value in edited.items() if value is not None}
    if amount is not None:
        lines[line] |= {
            "Quantity": Decimal(1),
            "UnitAmount": Decimal(str(amount)),
            "LineAmount": Decimal(str(amount)),
        }
    if amount is not None or tax is not None:
        del lines[line]["TaxAmount"]
    elif account is not None:
        # A person who recodes a line keeps its tax unless they choose another.
        lines[line]["TaxType"] = old["LineItems"][line].get("TaxType")
    touched = any(value is not None for value in (*edited.values(), amount))
    return _change_bill(
        organisation,
        bill,
        Date=date,
        DueDate=due,
        InvoiceNumber=number,
        **({"LineItems": lines} if touched else {}),
    )


@act
def pay_bill(
    organisation: Organisation,
    *,
    bill: str,
    amount: Any = None,
    date: str | None = None,
    account: str | None = None,
    reference: str | None = None,
) -> dict[str, Any]:
    """Pay a bill from a bank account: what is outstanding, or an amount of it."""
    due = _bill(organisation, bill)
    paid = write_payment(
        organisation,
        {
            "Invoice": {"InvoiceID": due["InvoiceID"]},
            "Account": _bank(organisation, account),
            "Date": date or organisation.today().isoformat(),
            "Reference": reference,
            "Amount": due["AmountDue"] if amount is None else Decimal(str(amount)),
        },
    )
    return shown(organisation, "Payments", paid)


def _bank(organisation: Organisation, code: str | None) -> dict[str, str]:
    if code is not None:
        return {"Code": code}
    return {"AccountID": next(a["AccountID"] for a in organisation["Accounts"].rows() if a["Type"] == "BANK")}


@act
def batch_pay(
    organisation: Organisation, *, bills: list[str], date: str | None = None, account: str | None = None
) -> dict[str, Any]:
    """Pay what is outstanding of several bills in one batch payment."""
    due = [_bill(organisation, name) for name in bills]
    batch = write_batch(
        organisation,
        {
            "Account": _bank(organisation, account),
            "Date": date or organisation.today().isoformat(),
            "Payments": [{"Invoice": {"InvoiceID": b["InvoiceID"]}, "Amount": b["AmountDue"]} for b in due],
        },
    )
    return shown(organisation, "BatchPayments", batch)


@act
def delete_payment(
    organisation: Organisation, *, payment: str | None = None, bill: str | None = None
) -> dict[str, Any]:
    """Delete a payment by its id, or the latest one of a bill."""
    id = as_id(payment)
    if bill is not None:
        paid = organisation.payments_of(_bill(organisation, bill)["InvoiceID"])
        id = paid[-1]["PaymentID"] if paid else None
    if id is None or organisation["Payments"].get(id) is None:
        raise LookupError("there is no such payment")
    return shown(organisation, "Payments", end_payment(organisation, id, {"Status": "DELETED"}))


@act
def void_bill(organisation: Organisation, *, bill: str) -> dict[str, Any]:
    """Void an approved bill without payments."""
    return _change_bill(organisation, bill, Status="VOIDED")


@act
def delete_bill(organisation: Organisation, *, bill: str) -> dict[str, Any]:
    """Delete a draft or submitted bill."""
    return _change_bill(organisation, bill, Status="DELETED")


@act
def credit_bill(
    organisation: Organisation,
    *,
    bill: str,
    amount: Any = None,
    date: str | None = None,
    account: str | None = None,
    number: str | None = None,
) -> dict[str, Any]:
    """Enter a supplier's credit note of an amount including tax and allocate it to a bill, the whole bill by
    default.
    """
    owed = _bill(organisation, bill)
    total = owed["AmountDue"] if amount is None else Decimal(str(amount))
    day, first = date or organisation.today().isoformat(), owed["LineItems"][0]
    coded = {"AccountCode": account or first["AccountCode"], "TaxType": first["TaxType"]}
    credit = {
        "Type": "ACCPAYCREDIT", "Status": "AUTHORISED", "Date": day, "LineAmountTypes": "Inclusive",
        "Contact": {"ContactID": owed["ContactID"]},
        "CreditNoteNumber": number or f"Credit {owed.get('InvoiceNumber', '')}".strip(),
        "LineItems": [{"Description": "Credit", "Quantity": 1, "UnitAmount": total, **coded}],
    }  # fmt: skip
    note = write(organisation, CREDIT_NOTES, credit, create=True, digits=2, app=PERSON)
    allocate(
        organisation,
        "CreditNotes",
        note["CreditNoteID"],
        {"Invoice": {"InvoiceID": owed["InvoiceID"]}, "Amount": total, "Date": day},
    )
    return shown(organisation, "CreditNotes", note)


def _credit(organisation: Organisation, name: str) -> Record:
    found = find(organisation, CREDIT_NOTES, name)
    if found is None:
        raise LookupError(f"there is no credit note {name}")
    return found


@act
def approve_credit(organisation: Organisation, *, credit: str) -> dict[str, Any]:
    """Approve a draft or submitted credit note."""
    old = _credit(organisation, credit)
    fields = {"Status": "AUTHORISED"}
    saved = write(organisation, CREDIT_NOTES, fields, create=False, digits=4, app=PERSON, old=old)
    return shown(organisation, "CreditNotes", saved)


@act
def allocate_credit(
    organisation: Organisation, *, credit: str, bill: str, amount: Any = None
) -> dict[str, Any]:
    """Set a credit note against a bill or invoice, what is left of it by default."""
    note, owed = _credit(organisation, credit), _bill(organisation, bill)
    part = note["RemainingCredit"] if amount is None else Decimal(str(amount))
    sent = {
        "Invoice": {"InvoiceID": owed["InvoiceID"]},
        "Amount": part,
        "Date": organisation.today().isoformat(),
    }
    allocate(organisation, "CreditNotes", note["CreditNoteID"], sent)
    return shown(organisation, "CreditNotes", note)
