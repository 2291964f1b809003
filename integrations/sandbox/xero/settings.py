"""Organisation, accounts, tax rates, currencies and items."""

from decimal import Decimal
from typing import Any

from integrations.sandbox.routing import Answer, Request, dump
from integrations.sandbox.xero import defaults
from integrations.sandbox.xero.batch import digits, one, write_all
from integrations.sandbox.xero.drawing import drawer
from integrations.sandbox.xero.errors import Invalid, invalid_text, not_found
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.listing import changed, chosen, enveloped
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import as_id, is_id, ms_date, ms_moment, new_id, to_decimal, to_text
from integrations.sandbox.xero.where import Field, field

BASE = "/api.xro/2.0"
_TEXTS = {
    "Accounts": ("Code", "Name", "Type", "Status", "Class", "TaxType", "SystemAccount", "BankAccountNumber"),
    "TaxRates": ("Name", "TaxType", "Status", "ReportTaxType"),
    "Items": ("Code", "Name", "Description", "PurchaseDescription"),
}


def _fields(kind: str, key: str) -> dict[str, Field]:
    flags = ("EnablePaymentsToAccount", "IsSold", "IsPurchased", *defaults.CAN_APPLY.values())
    return {
        key: field("guid", key),
        **{name: field("text", name) for name in _TEXTS[kind]},
        "UpdatedDateUTC": field("moment", "UpdatedDateUTC"),
        **{name: field("bool", name) for name in flags},
        "EffectiveRate": field("number", "EffectiveRate"),
    }


@router.route("GET", BASE + "/Organisation")
def show_organisation(sandbox: Any, request: Request) -> Answer:
    """The organisation, lock dates included when they are set."""
    organisation = organisation_of(sandbox, request)
    return enveloped(organisation, "Organisations", [dump(organisation_shape(organisation))])


def organisation_shape(organisation: Organisation) -> dict[str, Any]:
    """The organisation's settings as the API shows them."""
    shown = {key: value for key, value in organisation.settings.items() if value is not None}
    for name in ("PeriodLockDate", "EndOfYearLockDate"):
        if name in shown:
            shown[name] = ms_date(shown[name])
    shown["CreatedDateUTC"] = ms_moment(shown["CreatedDateUTC"])
    return shown


@router.route("GET", BASE + "/Organisation/Actions")
def show_actions(sandbox: Any, request: Request) -> Answer:
    """What the app may do in the organisation."""
    names = (
        "CreateDraftInvoice",
        "CreateApprovedInvoice",
        "CreateApprovedBill",
        "CreateRepeatingInvoice",
        "UseMulticurrency",
    )
    rows = [
        dump({"Name": name, "Status": "NOT-ALLOWED" if name == "UseMulticurrency" else "ALLOWED"})
        for name in names
    ]
    return enveloped(organisation_of(sandbox, request), "Actions", rows)


@router.route("GET", BASE + "/Currencies")
def list_currencies(sandbox: Any, request: Request) -> Answer:
    """The currencies the organisation is subscribed to."""
    organisation = organisation_of(sandbox, request)
    return enveloped(organisation, "Currencies", [dump(currency) for currency in organisation.currencies])


@router.route("PUT", BASE + "/Currencies")
def add_currency(sandbox: Any, request: Request) -> Answer:
    """Subscribe to a currency."""
    organisation, sent = organisation_of(sandbox, request), one(request, "Currencies")
    code = to_text(sent.get("Code"), "Code") or ""
    if len(code) != 3 or any(currency["Code"] == code for currency in organisation.currencies):
        raise invalid_text("The currency code is not valid or already there.")
    organisation.currencies.append(
        {"Code": code, "Description": to_text(sent.get("Description"), "Description") or code}
    )
    return enveloped(organisation, "Currencies", [dump(organisation.currencies[-1])])


def _list(kind: str) -> None:
    def rows(sandbox: Any, request: Request) -> Answer:
        organisation = organisation_of(sandbox, request)
        shelf = organisation[kind]
        found = chosen(changed(organisation, shelf, request), request, _fields(kind, shelf.key), kind[:-1])
        draw = drawer(organisation, kind)
        return enveloped(organisation, kind, [draw(row) for row in found])

    def show(sandbox: Any, request: Request, reference: str) -> Answer:
        organisation = organisation_of(sandbox, request)
        record = organisation[kind].get(as_id(reference) if kind != "TaxRates" else reference)
        if record is None and kind == "Items" and not is_id(reference):
            record = next(iter(organisation[kind].find("code", reference.lower())), None)
        if record is None:
            raise not_found()
        return enveloped(organisation, kind, [drawer(organisation, kind)(record)])

    router.route("GET", f"{BASE}/{kind}")(rows)
    router.route("GET", f"{BASE}/{kind}/{{reference}}")(show)


for _kind in ("Accounts", "TaxRates", "Items"):
    _list(_kind)


def write_account(organisation: Organisation, sent: dict[str, Any], id: str | None = None) -> Record:
    """Create or update an account; raises Invalid."""
    old = organisation["Accounts"].get(id)
    account = Record(
        old
        or {
            "AccountID": new_id(),
            "Status": "ACTIVE",
            "EnablePaymentsToAccount": False,
            "ShowInExpenseClaims": False,
            "AddToWatchlist": False,
        }
    )
    for name in ("Code", "Name", "Type", "Status", "TaxType", "Description", "BankAccountNumber"):
        if sent.get(name) is not None:
            account[name] = to_text(sent[name], name)
    if isinstance(sent.get("EnablePaymentsToAccount"), bool):
        account["EnablePaymentsToAccount"] = sent["EnablePaymentsToAccount"]
    if account.get("Type") not in defaults.CLASSES or not account.get("Name"):
        raise Invalid("The account needs a valid Type and a Name.")
    account["Class"] = defaults.CLASSES[account["Type"]]
    same = organisation.account(code=account.get("Code")) if account.get("Code") else None
    if same is not None and same["AccountID"] != account["AccountID"]:
        raise Invalid("Please enter a unique Code.")
    return organisation["Accounts"].save(account)


@router.route("PUT", BASE + "/Accounts")
def add_account(sandbox: Any, request: Request) -> Answer:
    """Create one account."""
    organisation = organisation_of(sandbox, request)
    return write_all(
        organisation,
        request,
        "Accounts",
        lambda sent: write_account(organisation, sent),
        [one(request, "Accounts")],
    )


@router.route("POST", BASE + "/Accounts/{id}")
def change_account(sandbox: Any, request: Request, id: str) -> Answer:
    """Change or archive one account."""
    organisation = organisation_of(sandbox, request)
    if organisation["Accounts"].get(as_id(id)) is None:
        raise not_found()
    sent = [one(request, "Accounts")]
    return write_all(
        organisation, request, "Accounts", lambda fields: write_account(organisation, fields, as_id(id)), sent
    )


def write_item(
    organisation: Organisation, sent: dict[str, Any], *, create: bool, places: int, id: str | None = None
) -> Record:
    """Create or update an item, found by its id or code; raises Invalid."""
    code = to_text(sent.get("Code"), "Code") or ""
    by_code = next(iter(organisation["Items"].find("code", code.lower())), None) if code else None
    old = organisation["Items"].get(id or as_id(sent.get("ItemID"))) or (None if create else by_code)
    if by_code is not None and (old is None or old["ItemID"] != by_code["ItemID"]):
        raise Invalid(f"Price List Item with Code '{code}' already exists")
    item = Record(
        old or {"ItemID": new_id(), "IsSold": True, "IsPurchased": True, "IsTrackedAsInventory": False}
    )
    for name, longest in (("Code", 30), ("Name", 50), ("Description", 4000), ("PurchaseDescription", 4000)):
        if sent.get(name) is not None:
            item[name] = to_text(sent[name], name)
        if len(item.get(name) or "") > longest:
            raise Invalid(f"The {name} cannot be longer than {longest} characters.")
    if not item.get("Code"):
        raise Invalid("The Code must be specified.")
    for name in ("PurchaseDetails", "SalesDetails"):
        if isinstance(sent.get(name), dict):
            item[name] = _details(organisation, sent[name], places)
    for name in ("IsSold", "IsPurchased"):
        if isinstance(sent.get(name), bool):
            item[name] = sent[name]
    return organisation["Items"].save(item)


def _details(organisation: Organisation, sent: dict[str, Any], places: int) -> dict[str, Any]:
    code = to_text(sent.get("AccountCode"), "AccountCode")
    if code and organisation.account(code=code) is None:
        raise Invalid(f"Account code '{code}' is not a valid code for this document.")
    price = to_decimal(sent.get("UnitPrice"), "UnitPrice")
    details = {k: sent[k] for k in ("AccountCode", "TaxType", "COGSAccountCode") if sent.get(k)}
    return details | ({"UnitPrice": price.quantize(Decimal(1).scaleb(-places))} if price is not None else {})


def _written(sandbox: Any, request: Request, create: bool) -> Answer:
    organisation, places = organisation_of(sandbox, request), digits(request)
    return write_all(
        organisation,
        request,
        "Items",
        lambda sent: write_item(organisation, sent, create=create, places=places),
    )


@router.route("PUT", BASE + "/Items")
def add_items(sandbox: Any, request: Request) -> Answer:
    """Create items."""
    return _written(sandbox, request, True)


@router.route("POST", BASE + "/Items")
def change_items(sandbox: Any, request: Request) -> Answer:
    """Create or update items."""
    return _written(sandbox, request, False)


@router.route("POST", BASE + "/Items/{id}")
def change_item(sandbox: Any, request: Request, id: str) -> Answer:
    """Update one item."""
    organisation, places = organisation_of(sandbox, request), digits(request)
    if organisation["Items"].get(as_id(id)) is None:
        raise not_found()

    def change(sent: dict[str, Any]) -> Record:
        return write_item(organisation, sent, create=False, places=places, id=as_id(id))

    return write_all(organisation, request, "Items", change, [one(request, "Items")])


@router.route("DELETE", BASE + "/Items/{id}")
def delete_item(sandbox: Any, request: Request, id: str) -> Answer:
    """Delete an item."""
    organisation = organisation_of(sandbox, request)
    if organisation["Items"].get(as_id(id)) is None:
        raise not_found()
    organisation["Items"].remove(as_id(id) or "")
    return Answer(204)
