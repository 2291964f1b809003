"""What people do with contacts, groups, tracking and the organisation itself in Xero's own screens."""

from typing import Any

from integrations.sandbox.xero.acting import ACTS, act, shown
from integrations.sandbox.xero.contacts import write_contact
from integrations.sandbox.xero.errors import Invalid
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.people import save_group
from integrations.sandbox.xero.records import organisation_for
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.tracking import rename_on_lines, save_option
from integrations.sandbox.xero.values import as_id, fold, to_date


def _contact(organisation: Organisation, name: str) -> Record:
    contacts = organisation["Contacts"]
    named = contacts.find("name", fold(name))
    named.sort(key=lambda contact: contact["ContactStatus"] != "ACTIVE")
    found = contacts.get(as_id(name)) or next(iter([*named, *contacts.find("number", name)]), None)
    if found is None:
        raise LookupError(f"there is no contact {name}")
    return found


def _change_contact(organisation: Organisation, name: str, **fields: Any) -> dict[str, Any]:
    id = _contact(organisation, name)["ContactID"]
    return shown(organisation, "Contacts", write_contact(organisation, fields, create=False, id=id))


@act
def rename_contact(organisation: Organisation, *, contact: str, name: str) -> dict[str, Any]:
    """Give a contact another name."""
    return _change_contact(organisation, contact, Name=name)


@act
def archive_contact(organisation: Organisation, *, contact: str) -> dict[str, Any]:
    """Archive a contact."""
    return _change_contact(organisation, contact, ContactStatus="ARCHIVED")


@act
def unarchive_contact(organisation: Organisation, *, contact: str) -> dict[str, Any]:
    """Restore an archived contact."""
    return _change_contact(organisation, contact, ContactStatus="ACTIVE")


@act
def edit_contact(organisation: Organisation, *, contact: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Change fields of a contact, in the API's own spelling, such as EmailAddress or TaxNumber."""
    return _change_contact(organisation, contact, **fields)


@act
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
            # No sign in the references that a merge shows as an update of the documents: they keep their
            # time.
            organisation.save_document(kind, document.but(ContactID=kept["ContactID"]), touch=False)
    for group in organisation["ContactGroups"].find("contact", gone["ContactID"]):
        members = [kept["ContactID"] if id == gone["ContactID"] else id for id in group["ContactIDs"]]
        save_group(organisation, group.but(ContactIDs=list(dict.fromkeys(members))))
    organisation.save_contact(gone.but(ContactStatus="ARCHIVED", MergedToContactID=kept["ContactID"]))
    organisation.save_contact(kept.but())
    return shown(organisation, "Contacts", kept)


def _group(organisation: Organisation, name: str) -> Record:
    for group in organisation["ContactGroups"].rows():
        if name in (group["ContactGroupID"], group["Name"]) and group["Status"] == "ACTIVE":
            return group
    raise LookupError(f"there is no contact group {name}")


@act
def add_contact_to_group(organisation: Organisation, *, contact: str, group: str) -> dict[str, Any]:
    """Put a contact into a group."""
    found, id = _group(organisation, group), _contact(organisation, contact)["ContactID"]
    return shown(
        organisation,
        "ContactGroups",
        save_group(organisation, found.but(ContactIDs=list(dict.fromkeys([*found["ContactIDs"], id])))),
    )


@act
def remove_contact_from_group(organisation: Organisation, *, contact: str, group: str) -> dict[str, Any]:
    """Take a contact out of a group."""
    found, id = _group(organisation, group), _contact(organisation, contact)["ContactID"]
    members = [member for member in found["ContactIDs"] if member != id]
    return shown(organisation, "ContactGroups", save_group(organisation, found.but(ContactIDs=members)))


@act
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


@act
def rename_option(organisation: Organisation, *, category: str, option: str, name: str) -> dict[str, Any]:
    """Rename a tracking option."""
    found, row = _option(organisation, category, option)
    save_option(organisation, found, row | {"Name": name})
    rename_on_lines(organisation, row | {"Name": name})
    return row | {"Name": name}


@act
def archive_option(
    organisation: Organisation, *, category: str, option: str, restore: bool = False
) -> dict[str, Any]:
    """Archive a tracking option, or restore it."""
    found, row = _option(organisation, category, option)
    return save_option(organisation, found, row | {"Status": "ACTIVE" if restore else "ARCHIVED"})


@act
def archive_account(organisation: Organisation, *, code: str, restore: bool = False) -> dict[str, Any]:
    """Archive an account, or restore it."""
    account = organisation.account(code=code)
    if account is None:
        raise LookupError(f"there is no account {code}")
    changed = Record(account | {"Status": "ACTIVE" if restore else "ARCHIVED"})
    return shown(organisation, "Accounts", organisation["Accounts"].save(changed))


def disconnect(sandbox: Any, *, tenant: str | None = None) -> dict[str, Any]:
    """Disconnect every app from an organisation; their next call is refused until somebody connects them
    again.
    """
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
