"""Contacts and contact groups over HTTP."""

from typing import Any

from integrations.sandbox.routing import Answer, Request
from integrations.sandbox.xero.batch import elements, flag, one, write_all
from integrations.sandbox.xero.contacts import write_contact
from integrations.sandbox.xero.drawing import PAGED, SINGLE, SUMMARY, UNPAGED, drawer
from integrations.sandbox.xero.errors import Invalid, invalid_text, not_found
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.listing import changed, chosen, enveloped, ids, listed, page_of
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import as_id, fold, is_id, new_id, to_text
from integrations.sandbox.xero.where import Field, field

BASE = "/api.xro/2.0"
_FIELDS: dict[str, Field] = {
    "ContactID": field("guid", "ContactID"),
    "Name": field("text", "Name", folded=True),
    "EmailAddress": field("text", "EmailAddress", folded=True),
    "UpdatedDateUTC": field("moment", "UpdatedDateUTC"),
    **{
        name: field("text", name)
        for name in (
            "ContactNumber",
            "AccountNumber",
            "ContactStatus",
            "FirstName",
            "LastName",
            "CompanyNumber",
            "TaxNumber",
        )
    },
    "IsSupplier": field("bool", "IsSupplier"),
    "IsCustomer": field("bool", "IsCustomer"),
}
_SEARCHED = ("Name", "FirstName", "LastName", "ContactNumber", "CompanyNumber", "EmailAddress")


@router.route("GET", BASE + "/Contacts")
def list_contacts(sandbox: Any, request: Request) -> Answer:
    """Contacts; archived ones (merged ones are archived too) with includeArchived=true or by their IDs."""
    organisation = organisation_of(sandbox, request)
    rows = changed(organisation, organisation["Contacts"], request)
    if wanted := set(ids(request)):
        rows = [row for row in rows if row["ContactID"] in wanted]
    if not flag(request, "includeArchived"):
        rows = [row for row in rows if row["ContactStatus"] == "ACTIVE"]
    if term := fold(request.arg("searchTerm") or ""):
        rows = [row for row in rows if any(term in fold(row.get(name) or "") for name in _SEARCHED)]
    rows = chosen(rows, request, _FIELDS, "Contact")
    summary = flag(request, "summaryOnly")
    page = page_of(request, always=summary)
    view = SUMMARY if summary else UNPAGED if page.number is None else PAGED
    return listed(organisation, "Contacts", rows, page, drawer(organisation, "Contacts", view))


@router.route("GET", BASE + "/Contacts/{reference}")
def show_contact(sandbox: Any, request: Request, reference: str) -> Answer:
    """One contact by id or ContactNumber, archived and merged ones too."""
    organisation = organisation_of(sandbox, request)
    if is_id(reference):
        contact = organisation["Contacts"].get(as_id(reference))
    else:
        contact = next(iter(organisation["Contacts"].find("number", reference)), None)
    if contact is None:
        raise not_found()
    return enveloped(organisation, "Contacts", [drawer(organisation, "Contacts", SINGLE)(contact)])


@router.route("PUT", BASE + "/Contacts")
def add_contacts(sandbox: Any, request: Request) -> Answer:
    """Create contacts."""
    organisation = organisation_of(sandbox, request)
    return write_all(
        organisation, request, "Contacts", lambda sent: write_contact(organisation, sent, create=True)
    )


@router.route("POST", BASE + "/Contacts")
def change_contacts(sandbox: Any, request: Request) -> Answer:
    """Create or update contacts, matched by id, number or name."""
    organisation = organisation_of(sandbox, request)
    return write_all(
        organisation, request, "Contacts", lambda sent: write_contact(organisation, sent, create=False)
    )


@router.route("POST", BASE + "/Contacts/{id}")
def change_contact(sandbox: Any, request: Request, id: str) -> Answer:
    """Update one contact."""
    organisation = organisation_of(sandbox, request)
    if organisation["Contacts"].get(as_id(id)) is None:
        raise not_found()

    def change(sent: dict[str, Any]) -> Record:
        return write_contact(organisation, sent, create=False, id=as_id(id))

    return write_all(organisation, request, "Contacts", change, [one(request, "Contacts")])


@router.route("GET", BASE + "/ContactGroups")
def list_groups(sandbox: Any, request: Request) -> Answer:
    """Contact groups without their contacts."""
    organisation = organisation_of(sandbox, request)
    fields = {
        "ContactGroupID": field("guid", "ContactGroupID"),
        "Name": field("text", "Name"),
        "Status": field("text", "Status"),
    }
    rows = [row for row in organisation["ContactGroups"].rows() if row["Status"] == "ACTIVE"]
    draw = drawer(organisation, "ContactGroups", UNPAGED)
    return enveloped(
        organisation, "ContactGroups", [draw(row) for row in chosen(rows, request, fields, "ContactGroup")]
    )


def _group(organisation: Organisation, id: str) -> Record:
    group = organisation["ContactGroups"].get(as_id(id))
    if group is None:
        raise not_found()
    return group


@router.route("GET", BASE + "/ContactGroups/{id}")
def show_group(sandbox: Any, request: Request, id: str) -> Answer:
    """One contact group with the ids and names of its contacts."""
    organisation = organisation_of(sandbox, request)
    return enveloped(
        organisation,
        "ContactGroups",
        [drawer(organisation, "ContactGroups", SINGLE)(_group(organisation, id))],
    )


def write_group(organisation: Organisation, sent: dict[str, Any], old: Record | None = None) -> Record:
    """Create or change a contact group; raises Invalid."""
    group = Record(old or {"ContactGroupID": new_id(), "Status": "ACTIVE", "ContactIDs": []})
    group["Name"] = to_text(sent.get("Name"), "Name") or group.get("Name")
    group["Status"] = to_text(sent.get("Status"), "Status") or group["Status"]
    same = [
        g
        for g in organisation["ContactGroups"].rows()
        if g["Status"] == "ACTIVE" and g["Name"] == group["Name"]
    ]
    if not group["Name"] or any(g["ContactGroupID"] != group["ContactGroupID"] for g in same):
        raise Invalid("The contact group name must be specified and unique.")
    if group["Status"] == "DELETED":
        group["ContactIDs"] = []
    return save_group(organisation, group)


def save_group(organisation: Organisation, group: Record) -> Record:
    """Save a group; the contacts it had and has are drawn anew."""
    before = organisation["ContactGroups"].get(group["ContactGroupID"])
    for id in {*group["ContactIDs"], *(before["ContactIDs"] if before else ())}:
        if (contact := organisation["Contacts"].get(id)) is not None:
            contact.rendered.clear()
    return organisation["ContactGroups"].save(group)


@router.route("PUT", BASE + "/ContactGroups")
def add_groups(sandbox: Any, request: Request) -> Answer:
    """Create contact groups."""
    organisation = organisation_of(sandbox, request)
    return write_all(organisation, request, "ContactGroups", lambda sent: write_group(organisation, sent))


@router.route("POST", BASE + "/ContactGroups/{id}")
def change_group(sandbox: Any, request: Request, id: str) -> Answer:
    """Rename or delete a contact group."""
    organisation = organisation_of(sandbox, request)
    group, sent = _group(organisation, id), [one(request, "ContactGroups")]
    return write_all(
        organisation, request, "ContactGroups", lambda fields: write_group(organisation, fields, group), sent
    )


@router.route("PUT", BASE + "/ContactGroups/{id}/Contacts")
def add_members(sandbox: Any, request: Request, id: str) -> Answer:
    """Add contacts to a group."""
    organisation = organisation_of(sandbox, request)
    group = _group(organisation, id)
    found = [
        organisation["Contacts"].get(as_id(sent.get("ContactID"))) for sent in elements(request, "Contacts")
    ]
    if None in found:
        raise invalid_text("The contact could not be found.")
    contacts = [contact for contact in found if contact is not None]
    members = [*group["ContactIDs"], *(c["ContactID"] for c in contacts)]
    save_group(organisation, group.but(ContactIDs=list(dict.fromkeys(members))))
    draw = drawer(organisation, "Contacts", SUMMARY)
    return enveloped(organisation, "Contacts", [draw(contact) for contact in contacts])


@router.route("DELETE", BASE + "/ContactGroups/{id}/Contacts")
def clear_members(sandbox: Any, request: Request, id: str) -> Answer:
    """Take every contact out of a group."""
    organisation = organisation_of(sandbox, request)
    save_group(organisation, _group(organisation, id).but(ContactIDs=[]))
    return Answer(204)


@router.route("DELETE", BASE + "/ContactGroups/{id}/Contacts/{contact_id}")
def remove_member(sandbox: Any, request: Request, id: str, contact_id: str) -> Answer:
    """Take one contact out of a group."""
    organisation = organisation_of(sandbox, request)
    group = _group(organisation, id)
    if as_id(contact_id) not in group["ContactIDs"]:
        raise not_found()
    save_group(organisation, group.but(ContactIDs=[c for c in group["ContactIDs"] if c != as_id(contact_id)]))
    return Answer(204)
