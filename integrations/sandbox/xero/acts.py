"""What people do in Xero's own screens. Bills, contacts and groups are named by id, number or name."""

import functools
import inspect
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from integrations.sandbox.routing import Refused
from integrations.sandbox.xero.contacts import write_contact
from integrations.sandbox.xero.credits import allocate
from integrations.sandbox.xero.documents import CREDIT_NOTES, INVOICES, find, write
from integrations.sandbox.xero.errors import Invalid
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.payments import end_payment, write_batch, write_payment
from integrations.sandbox.xero.people import save_group
from integrations.sandbox.xero.records import organisation_for
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.tracking import rename_on_lines, save_option
from integrations.sandbox.xero.values import as_id, fold, to_date

PERSON = "a person"
ACTS: dict[str, Callable[..., Any]] = {}


def _act(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register an act on an organisation; callers name it by `tenant` (id or name, else the first one).

    Raises ValueError with Xero's own text when Xero would refuse, LookupError for an unknown record.
    """

    @functools.wraps(function)
    def act(sandbox: Any, *, tenant: str | None = None, **arguments: Any) -> Any:
        organisation = organisation_for(sandbox, tenant)
        try:
            with organisation.attempt():
                return function(organisation, **arguments)
        except Invalid as error:
            raise ValueError("; ".join(error.messages)) from error
        except Refused as error:
            raise ValueError(str(error.answer.body)) from error

    own = inspect.signature(function)
    tenant_argument = inspect.Parameter(
        "tenant", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="str | None"
    )
    act.__signature__ = own.replace(parameters=[*own.parameters.values(), tenant_argument])  # type: ignore[attr-defined]
    ACTS[function.__name__] = act
    return act


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


def _contact(organisation: Organisation, name: str) -> Record:
    contacts = organisation["Contacts"]
    named = contacts.find("name", fold(name))
    named.sort(key=lambda contact: contact["ContactStatus"] != "ACTIVE")
    found = contacts.get(as_id(name)) or next(iter([*named, *contacts.find("number", name)]), None)
    if found is None:
        raise LookupError(f"there is no contact {name}")
    return found


def _shown(organisation: Organisation, kind: str, record: Record) -> dict[str, Any]:
    """What an act answers: the id, and what tells how it ended."""
    now = organisation[kind].get(record[organisation[kind].key]) or record
    keys = (
        organisation[kind].key,
        "InvoiceNumber",
        "Name",
        "Status",
        "ContactStatus",
        "Total",
        "AmountDue",
        "Amount",
        "RemainingCredit",
    )
    return {key: now[key] for key in keys if now.get(key) is not None}


def _change_bill(organisation: Organisation, name: str, **fields: Any) -> dict[str, Any]:
    old = _bill(organisation, name)
    saved = write(organisation, INVOICES, fields, create=False, digits=4, app=PERSON, old=old)
    return _shown(organisation, "Invoices", saved)


@_act
def approve_bill(organisation: Organisation, *, bill: str, due: str | None = None) -> dict[str, Any]:
    """Approve a draft or submitted bill, giving it a due date if one is named."""
    return _change_bill(organisation, bill, Status="AUTHORISED", DueDate=due)


@_act
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
    """Change a bill: recode one of its lines (from 0), give it another amount or text, other dates or number."""
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


@_act
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
    return _shown(organisation, "Payments", paid)


def _bank(organisation: Organisation, code: str | None) -> dict[str, str]:
    if code is not None:
        return {"Code": code}
    return {"AccountID": next(a["AccountID"] for a in organisation["Accounts"].rows() if a["Type"] == "BANK")}


@_act
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
    return _shown(organisation, "BatchPayments", batch)


@_act
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
    return _shown(organisation, "Payments", end_payment(organisation, id, {"Status": "DELETED"}))


@_act
def void_bill(organisation: Organisation, *, bill: str) -> dict[str, Any]:
    """Void an approved bill without payments."""
    return _change_bill(organisation, bill, Status="VOIDED")


@_act
def delete_bill(organisation: Organisation, *, bill: str) -> dict[str, Any]:
    """Delete a draft or submitted bill."""
    return _change_bill(organisation, bill, Status="DELETED")


@_act
def credit_bill(
    organisation: Organisation,
    *,
    bill: str,
    amount: Any = None,
    date: str | None = None,
    account: str | None = None,
    number: str | None = None,
) -> dict[str, Any]:
    """Enter a supplier's credit note of an amount including tax and allocate it to a bill, the whole bill by default."""
    owed = _bill(organisation, bill)
    total = owed["AmountDue"] if amount is None else Decimal(str(amount))
    first = owed["LineItems"][0]
    day = date or organisation.today().isoformat()
    note = write(
        organisation,
        CREDIT_NOTES,
        {
            "Type": "ACCPAYCREDIT",
            "Status": "AUTHORISED",
            "Contact": {"ContactID": owed["ContactID"]},
            "Date": day,
            "CreditNoteNumber": number or f"Credit {owed.get('InvoiceNumber', '')}".strip(),
            "LineAmountTypes": "Inclusive",
            "LineItems": [
                {
                    "Description": "Credit",
                    "Quantity": 1,
                    "UnitAmount": total,
                    "AccountCode": account or first["AccountCode"],
                    "TaxType": first["TaxType"],
                }
            ],
        },
        create=True,
        digits=2,
        app=PERSON,
    )
    allocate(
        organisation,
        "CreditNotes",
        note["CreditNoteID"],
        {"Invoice": {"InvoiceID": owed["InvoiceID"]}, "Amount": total, "Date": day},
    )
    return _shown(organisation, "CreditNotes", note)


def _change_contact(organisation: Organisation, name: str, **fields: Any) -> dict[str, Any]:
    id = _contact(organisation, name)["ContactID"]
    return _shown(organisation, "Contacts", write_contact(organisation, fields, create=False, id=id))


@_act
def rename_contact(organisation: Organisation, *, contact: str, name: str) -> dict[str, Any]:
    """Give a contact another name."""
    return _change_contact(organisation, contact, Name=name)


@_act
def archive_contact(organisation: Organisation, *, contact: str) -> dict[str, Any]:
    """Archive a contact."""
    return _change_contact(organisation, contact, ContactStatus="ARCHIVED")


@_act
def unarchive_contact(organisation: Organisation, *, contact: str) -> dict[str, Any]:
    """Restore an archived contact."""
    return _change_contact(organisation, contact, ContactStatus="ACTIVE")


@_act
def edit_contact(organisation: Organisation, *, contact: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Change fields of a contact, in the API's own spelling, such as EmailAddress or TaxNumber."""
    return _change_contact(organisation, contact, **fields)


@_act
def merge_contacts(organisation: Organisation, *, contact: str, into: str) -> dict[str, Any]:
    """Merge a contact into another: its documents move over, it stays behind archived."""
    gone, kept = _contact(organisation, contact), _contact(organisation, into)
    if gone["ContactID"] == kept["ContactID"]:
        raise Invalid("A contact cannot be merged into itself.")
    for kind in (
        "Invoices",
        "CreditNotes",
        "Overpayments",
        "Prepayments",
        "PurchaseOrders",
        "BankTransactions",
    ):
        for document in organisation[kind].find("contact", gone["ContactID"]):
            # No sign in the references that a merge shows as an update of the documents: they keep their time.
            organisation.save_document(kind, document.but(ContactID=kept["ContactID"]), touch=False)
    for group in organisation["ContactGroups"].find("contact", gone["ContactID"]):
        members = [kept["ContactID"] if id == gone["ContactID"] else id for id in group["ContactIDs"]]
        save_group(organisation, group.but(ContactIDs=list(dict.fromkeys(members))))
    organisation.save_contact(gone.but(ContactStatus="ARCHIVED", MergedToContactID=kept["ContactID"]))
    organisation.save_contact(kept.but())
    return _shown(organisation, "Contacts", kept)


def _group(organisation: Organisation, name: str) -> Record:
    for group in organisation["ContactGroups"].rows():
        if name in (group["ContactGroupID"], group["Name"]) and group["Status"] == "ACTIVE":
            return group
    raise LookupError(f"there is no contact group {name}")


@_act
def add_contact_to_group(organisation: Organisation, *, contact: str, group: str) -> dict[str, Any]:
    """Put a contact into a group."""
    found, id = _group(organisation, group), _contact(organisation, contact)["ContactID"]
    return _shown(
        organisation,
        "ContactGroups",
        save_group(organisation, found.but(ContactIDs=list(dict.fromkeys([*found["ContactIDs"], id])))),
    )


@_act
def remove_contact_from_group(organisation: Organisation, *, contact: str, group: str) -> dict[str, Any]:
    """Take a contact out of a group."""
    found, id = _group(organisation, group), _contact(organisation, contact)["ContactID"]
    members = [member for member in found["ContactIDs"] if member != id]
    return _shown(organisation, "ContactGroups", save_group(organisation, found.but(ContactIDs=members)))


@_act
def set_lock_date(
    organisation: Organisation, *, date: str | None, end_of_year: bool = False
) -> dict[str, Any]:
    """Set the period lock date (or the end of year one); None takes it away."""
    name = "EndOfYearLockDate" if end_of_year else "PeriodLockDate"
    organisation.settings[name] = to_date(date)
    return {name: date}


def _option(organisation: Organisation, category: str, option: str) -> tuple[Record, dict[str, Any]]:
    for found in organisation["TrackingCategories"].rows():
        for row in found["Options"]:
            if category in (found["Name"], found["TrackingCategoryID"]) and option in (
                row["Name"],
                row["TrackingOptionID"],
            ):
                return found, dict(row)
    raise LookupError(f"there is no tracking option {option} in {category}")


@_act
def rename_option(organisation: Organisation, *, category: str, option: str, name: str) -> dict[str, Any]:
    """Rename a tracking option."""
    found, row = _option(organisation, category, option)
    save_option(organisation, found, row | {"Name": name})
    rename_on_lines(organisation, row | {"Name": name})
    return row | {"Name": name}


@_act
def archive_option(
    organisation: Organisation, *, category: str, option: str, restore: bool = False
) -> dict[str, Any]:
    """Archive a tracking option, or restore it."""
    found, row = _option(organisation, category, option)
    return save_option(organisation, found, row | {"Status": "ACTIVE" if restore else "ARCHIVED"})


def disconnect(sandbox: Any, *, tenant: str | None = None) -> dict[str, Any]:
    """Disconnect every app from an organisation; their next call is refused until somebody connects them again."""
    id = organisation_for(sandbox, tenant).tenant
    held = sandbox.xero.connections
    gone = [row for row in held if row["tenantId"] == id]
    held[:] = [row for row in held if row["tenantId"] != id]
    sandbox.xero.disconnected |= {(row["app"], id) for row in gone}
    return {"tenantId": id, "disconnected": len(gone)}


def reconnect(sandbox: Any, *, tenant: str | None = None) -> dict[str, Any]:
    """Let custom connections of an organisation work again."""
    id = organisation_for(sandbox, tenant).tenant
    sandbox.xero.disconnected -= {row for row in sandbox.xero.disconnected if row[1] == id}
    return {"tenantId": id}


ACTS |= {"disconnect": disconnect, "reconnect": reconnect}
