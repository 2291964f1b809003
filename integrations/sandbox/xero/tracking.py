"""Tracking categories and their options: the limits of two active and four in all, a hundred active options,
unused deletes.
"""

from typing import Any

from integrations.sandbox.routing import Answer, Request, dump
from integrations.sandbox.xero.batch import body, flag, one
from integrations.sandbox.xero.drawing import SINGLE, UNPAGED, drawer, option_shape
from integrations.sandbox.xero.errors import broken, invalid_text, not_found, unparsable
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.listing import chosen, enveloped
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import as_id, fold, is_id, new_id, to_object, to_text
from integrations.sandbox.xero.where import field

BASE = "/api.xro/2.0/TrackingCategories"
MOST_ACTIVE, MOST_CATEGORIES, LONGEST_NAME = 2, 4, 100
_FIELDS = {
    "TrackingCategoryID": field("guid", "TrackingCategoryID"),
    "Name": field("text", "Name"),
    "Status": field("text", "Status"),
}
Option = dict[str, Any]


@router.route("GET", BASE)
def list_categories(sandbox: Any, request: Request) -> Answer:
    """Active categories with their active options; with includeArchived=true archived ones of both too."""
    organisation = organisation_of(sandbox, request)
    archived = flag(request, "includeArchived")
    rows = [row for row in organisation["TrackingCategories"].rows() if archived or row["Status"] == "ACTIVE"]
    draw = drawer(organisation, "TrackingCategories", SINGLE if archived else UNPAGED)
    return enveloped(
        organisation,
        "TrackingCategories",
        [draw(row) for row in chosen(rows, request, _FIELDS, "TrackingCategory")],
    )


def _category(organisation: Organisation, id: str) -> Record:
    category = organisation["TrackingCategories"].get(as_id(id))
    if category is None:
        raise not_found()
    return category


def _shown(organisation: Organisation, category: Record) -> Answer:
    return enveloped(
        organisation, "TrackingCategories", [drawer(organisation, "TrackingCategories", SINGLE)(category)]
    )


@router.route("GET", BASE + "/{id}")
def show_category(sandbox: Any, request: Request, id: str) -> Answer:
    """One category with every option."""
    organisation = organisation_of(sandbox, request)
    return _shown(organisation, _category(organisation, id))


def _named(sent: dict[str, Any], word: str) -> str:
    name = to_text(sent.get("Name"), "Name") or ""
    if name != name.strip():
        # A blank at the end of a name was answered by 500, not 400 (XeroAPI/xero-node issues 510 and 539).
        raise broken()
    if not name:
        raise invalid_text(f"The tracking {word} name must be specified")
    if len(name) > LONGEST_NAME:
        raise invalid_text(f"The tracking {word} name cannot be longer than {LONGEST_NAME} characters.")
    return name


def _check_category(organisation: Organisation, name: str, id: str | None, *, active: bool) -> None:
    others = [c for c in organisation["TrackingCategories"].rows() if c["TrackingCategoryID"] != id]
    if any(fold(other["Name"]) == fold(name) for other in others):
        raise invalid_text("For each tracking category the name must be unique")
    if len(others) >= MOST_CATEGORIES:
        raise invalid_text("There can be at most four tracking categories.")
    if active and sum(other["Status"] == "ACTIVE" for other in others) >= MOST_ACTIVE:
        raise invalid_text("There can be at most two active tracking categories.")


@router.route("PUT", BASE)
def add_category(sandbox: Any, request: Request) -> Answer:
    """Create one category."""
    organisation = organisation_of(sandbox, request)
    sent = one(request, "TrackingCategories")
    name = _named(sent, "category")
    _check_category(organisation, name, None, active=True)
    made = Record({"TrackingCategoryID": new_id(), "Name": name, "Status": "ACTIVE", "Options": []})
    return _shown(organisation, organisation["TrackingCategories"].save(made))


@router.route("POST", BASE + "/{id}")
def change_category(sandbox: Any, request: Request, id: str) -> Answer:
    """Rename or archive a category."""
    organisation = organisation_of(sandbox, request)
    category, sent = _category(organisation, id), one(request, "TrackingCategories")
    name = _named(sent, "category") if "Name" in sent else category["Name"]
    status = to_text(sent.get("Status"), "Status") or category["Status"]
    if status not in ("ACTIVE", "ARCHIVED"):
        raise unparsable(f"Error converting value '{status}' to type 'TrackingCategoryStatus'.")
    _check_category(organisation, name, category["TrackingCategoryID"], active=status == "ACTIVE")
    return _shown(
        organisation, organisation["TrackingCategories"].save(category.but(Name=name, Status=status))
    )


def _is_used(organisation: Organisation, name: str, id: str) -> bool:
    return any(
        pair[name] == id
        for kind in ("Invoices", "CreditNotes", "PurchaseOrders", "BankTransactions")
        for document in organisation[kind].rows()
        for line in document["LineItems"]
        for pair in line.get("Tracking", ())
    )


@router.route("DELETE", BASE + "/{id}")
def delete_category(sandbox: Any, request: Request, id: str) -> Answer:
    """Delete a category that no document uses."""
    organisation = organisation_of(sandbox, request)
    category = _category(organisation, id)
    if _is_used(organisation, "TrackingCategoryID", category["TrackingCategoryID"]):
        raise invalid_text("The tracking category is used by a transaction and cannot be deleted.")
    organisation["TrackingCategories"].remove(category["TrackingCategoryID"])
    return _shown(organisation, category.but(Status="DELETED"))


def save_option(organisation: Organisation, category: Record, option: Option) -> Option:
    """Add or change an option; raises the 400 of a name that is there already or of too many active ones."""
    others = [o for o in category["Options"] if o["TrackingOptionID"] != option["TrackingOptionID"]]
    if any(fold(other["Name"]) == fold(option["Name"]) for other in others):
        raise invalid_text("For each specified tracking option the name must be unique")
    most = organisation.switches.most_tracking_options
    if option["Status"] == "ACTIVE" and sum(other["Status"] == "ACTIVE" for other in others) >= most:
        raise invalid_text(f"There can be at most {most} active options in a tracking category.")
    known = any(o["TrackingOptionID"] == option["TrackingOptionID"] for o in category["Options"])
    options = [
        option if o["TrackingOptionID"] == option["TrackingOptionID"] else o for o in category["Options"]
    ]
    organisation["TrackingCategories"].save(category.but(Options=options if known else [*options, option]))
    return option


def _options(organisation: Organisation, option: Option) -> Answer:
    return enveloped(organisation, "Options", [dump(option_shape(option))])


@router.route("PUT", BASE + "/{id}/Options")
def add_option(sandbox: Any, request: Request, id: str) -> Answer:
    """Create one option; an unknown category is answered by 500."""
    organisation = organisation_of(sandbox, request)
    category = organisation["TrackingCategories"].get(as_id(id))
    if category is None:
        raise broken() if is_id(id) else not_found()
    sent = to_object(body(request), "TrackingOption")
    if isinstance(sent.get("Options"), list):
        if len(sent["Options"]) != 1:
            raise unparsable("Only one tracking option can be written by this call.")
        sent = to_object(sent["Options"][0], "TrackingOption")
    option = {"TrackingOptionID": new_id(), "Name": _named(sent, "option"), "Status": "ACTIVE"}
    return _options(organisation, save_option(organisation, category, option))


def _option(category: Record, id: str) -> Option:
    found = next((o for o in category["Options"] if o["TrackingOptionID"] == as_id(id)), None)
    if found is None:
        raise not_found()
    return dict(found)


@router.route("POST", BASE + "/{id}/Options/{option_id}")
def change_option(sandbox: Any, request: Request, id: str, option_id: str) -> Answer:
    """Rename, archive or revive an option; lines that use it show the new name."""
    organisation = organisation_of(sandbox, request)
    category = _category(organisation, id)
    option, sent = _option(category, option_id), to_object(body(request), "TrackingOption")
    if "Name" in sent:
        option["Name"] = _named(sent, "option")
    option["Status"] = to_text(sent.get("Status"), "Status") or option["Status"]
    if option["Status"] not in ("ACTIVE", "ARCHIVED"):
        raise unparsable(f"Error converting value '{option['Status']}' to type 'TrackingOptionStatus'.")
    save_option(organisation, category, option)
    rename_on_lines(organisation, option)
    return _options(organisation, option)


def rename_on_lines(organisation: Organisation, option: Option) -> None:
    """Give lines that use an option its present name; their documents keep their time of update."""
    for kind in ("Invoices", "CreditNotes", "PurchaseOrders", "BankTransactions"):
        for document in organisation[kind].rows():
            lines = [_renamed(line, option) for line in document["LineItems"]]
            if lines != document["LineItems"]:
                organisation[kind].save(document.but(LineItems=lines), touch=False)


def _renamed(line: dict[str, Any], option: Option) -> dict[str, Any]:
    id, name = option["TrackingOptionID"], option["Name"]
    if not any(pair["TrackingOptionID"] == id for pair in line.get("Tracking", ())):
        return line
    return {
        **line,
        "Tracking": [p | {"Option": name} if p["TrackingOptionID"] == id else p for p in line["Tracking"]],
    }


@router.route("DELETE", BASE + "/{id}/Options/{option_id}")
def delete_option(sandbox: Any, request: Request, id: str, option_id: str) -> Answer:
    """Delete an option that no document uses."""
    organisation = organisation_of(sandbox, request)
    category = _category(organisation, id)
    option = _option(category, option_id)
    if _is_used(organisation, "TrackingOptionID", option["TrackingOptionID"]):
        raise invalid_text("The tracking option is used by a transaction and cannot be deleted.")
    options = [o for o in category["Options"] if o["TrackingOptionID"] != option["TrackingOptionID"]]
    organisation["TrackingCategories"].save(category.but(Options=options))
    return _options(organisation, option | {"Status": "DELETED"})
