"""Line items: what a client sends, checked against accounts, tax rates and tracking, and added up to the
cent.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.sandbox.xero.defaults import CAN_APPLY
from integrations.sandbox.xero.errors import Invalid
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import (
    ZERO,
    as_id,
    cents,
    new_id,
    places,
    to_decimal,
    to_list,
    to_object,
    to_text,
)

LARGEST = Decimal("9999999999.99")
_HUNDRED = Decimal(100)
Line = dict[str, Any]


@dataclass(frozen=True)
class Rules:
    """What the document the lines are on asks of them; `digits` are those of UnitAmount."""

    amount_types: str = "Exclusive"
    digits: int = 2
    approved: bool = False
    discounts: bool = False
    default_tax: str | None = None


def read_lines(organisation: Organisation, sent: Any, existing: list[Line], rules: Rules) -> list[Line]:
    """The document's new lines from the array sent, which is the full set; raises Invalid with every message.

    A LineItemID of an existing line updates it, keeping what is not sent; lines not sent are gone.
    """
    known = {line["LineItemID"]: line for line in existing}
    lines, faults = [], []
    for item in to_list(sent, "LineItem"):
        id = as_id(item.get("LineItemID"))
        if id is not None and id not in known:
            faults.append(f"The LineItemID '{id}' does not belong to this document.")
            continue
        try:
            lines.append(_read(organisation, item, known.get(id or "", {}), rules))
        except Invalid as invalid:
            faults += invalid.messages
    if faults:
        raise Invalid(*dict.fromkeys(faults))
    return lines


def _read(organisation: Organisation, sent: Line, old: Line, rules: Rules) -> Line:
    line: Line = {"LineItemID": old.get("LineItemID") or new_id()}
    faults: list[str] = []
    for name in ("Description", "ItemCode"):
        line[name] = to_text(sent[name], name) if name in sent else old.get(name)
    _from_item(organisation, line, faults)
    amounts = _amounts(sent, old, rules, faults)
    account = _account(organisation, sent, old, faults)
    line |= amounts
    if account is not None:
        line["AccountCode"], line["AccountID"] = account.get("Code"), account["AccountID"]
    line["Tracking"] = (
        read_tracking(organisation, sent["Tracking"], faults)
        if "Tracking" in sent
        else old.get("Tracking", [])
    )
    _tax(organisation, line, sent, old, account, rules, faults)
    _approved(line, rules, faults)
    if line["Description"] is not None and len(line["Description"]) > 4000:
        faults.append("The Description cannot be longer than 4000 characters.")
    if faults:
        raise Invalid(*faults)
    return {key: value for key, value in line.items() if value is not None}


def _from_item(organisation: Organisation, line: Line, faults: list[str]) -> None:
    code = line.get("ItemCode")
    if not code:
        return
    item = next(iter(organisation["Items"].find("code", code.lower())), None)
    if item is None:
        faults.append(f"Item code '{code}' is not valid")
    elif line["Description"] is None:
        line["Description"] = item.get("PurchaseDescription") or item.get("Description")


def _amounts(sent: Line, old: Line, rules: Rules, faults: list[str]) -> Line:
    """Quantity, UnitAmount, discount and LineAmount; a missing one of the three is worked out from the
    others.
    """
    numbers = {
        n: to_decimal(sent.get(n), n)
        for n in ("Quantity", "UnitAmount", "LineAmount", "DiscountRate", "DiscountAmount")
    }
    quantity, unit, amount = numbers["Quantity"], numbers["UnitAmount"], numbers["LineAmount"]
    if amount is None or quantity is not None or unit is not None:
        quantity = old.get("Quantity") if quantity is None else quantity
        unit = old.get("UnitAmount") if unit is None else unit
    rate = numbers["DiscountRate"] if rules.discounts else None
    off = numbers["DiscountAmount"] if rules.discounts else None
    if (numbers["DiscountRate"] or numbers["DiscountAmount"]) and not rules.discounts:
        faults.append("Discounts can only be applied to sales invoices and quotes.")
    if quantity is None and unit is None and amount is None:
        return {}
    if quantity is None:
        quantity = Decimal(1) if not unit or amount is None else amount / unit
    quantity = places(quantity, 4)
    if unit is None:
        unit = (amount or ZERO) / quantity if quantity else ZERO
    unit = places(unit, rules.digits)
    gross = quantity * unit
    reduction = gross * (rate or ZERO) / _HUNDRED + (off or ZERO)
    expected = cents(gross - reduction)
    if amount is not None and cents(amount) != expected:
        derived = numbers["Quantity"] is None or numbers["UnitAmount"] is None
        if not derived or amount != cents(amount):
            faults.append(f"The line total {amount} does not match the expected line total {expected}")
        expected = cents(amount)
    if abs(expected) > LARGEST:
        faults.append("The LineAmount is larger than 9,999,999,999.99.")
    return {
        "Quantity": quantity,
        "UnitAmount": unit,
        "LineAmount": expected,
        "DiscountRate": rate,
        "DiscountAmount": off,
    }


def _account(organisation: Organisation, sent: Line, old: Line, faults: list[str]) -> Record | None:
    code, id = to_text(sent.get("AccountCode"), "AccountCode"), as_id(sent.get("AccountID"))
    if not code and not id:
        if "AccountCode" in sent and sent["AccountCode"] == "":
            return None
        return organisation.account(id=old["AccountID"]) if old.get("AccountID") else None
    account = organisation.account(code=code) if code else organisation.account(id=id)
    if account is None:
        faults.append(f"Account code '{code or id}' is not a valid code for this document.")
        return None
    if account["Status"] != "ACTIVE" and account["AccountID"] != old.get("AccountID"):
        faults.append(f"Account code '{code or id}' has been archived, or deleted.")
    elif account["Type"] == "BANK" or account.get("SystemAccount") in (
        "DEBTORS",
        "CREDITORS",
        "RETAINEDEARNINGS",
    ):
        faults.append(f"Account code '{code or id}' is not a valid code for this document.")
    return account


def _tax(
    organisation: Organisation,
    line: Line,
    sent: Line,
    old: Line,
    account: Record | None,
    rules: Rules,
    faults: list[str],
) -> None:
    """TaxType (sent, else kept, else the account's) and the line's own rounded tax."""
    tax_type = to_text(sent.get("TaxType"), "TaxType") or None
    moved = account is not None and account["AccountID"] != old.get("AccountID")
    if tax_type is None and old.get("TaxType") and not moved:
        tax_type = old["TaxType"]
    if tax_type is None:
        tax_type = rules.default_tax or (account.get("TaxType") if account else None)
    if tax_type is None:
        line["TaxAmount"] = ZERO
        return
    rate = organisation.tax_rate(tax_type)
    if rate is None or rate["Status"] != "ACTIVE":
        if tax_type != "NONE" or rules.amount_types != "NoTax":
            faults.append(f"The TaxType code '{tax_type}' does not exist")
    elif account is not None and not rate.get(CAN_APPLY[account["Class"]], True):
        shown = account.get("Code")
        faults.append(f"The TaxType code '{tax_type}' cannot be used with account code '{shown}'.")
    line["TaxType"] = tax_type
    given = to_decimal(sent.get("TaxAmount"), "TaxAmount")
    computed = tax_on(
        line.get("LineAmount", ZERO), rate["EffectiveRate"] if rate else ZERO, rules.amount_types
    )
    line["TaxAmount"] = computed if given is None or rules.amount_types == "NoTax" else cents(given)


def tax_on(amount: Decimal, rate: Decimal, amount_types: str) -> Decimal:
    """The tax of one line, `rate` in percent, rounded by itself."""
    match amount_types:
        case "Exclusive":
            return cents(amount * rate / _HUNDRED)
        case "Inclusive":
            return cents(amount * rate / (_HUNDRED + rate))
    return ZERO


def _approved(line: Line, rules: Rules, faults: list[str]) -> None:
    """An approved document needs a description, an account and amounts on each line that is not text
    alone.
    """
    if not rules.approved or (line.get("LineAmount") is None and not line.get("AccountCode")):
        if not line.get("Description") and rules.approved:
            faults.append("Description must be specified")
        return
    if not line.get("Description"):
        faults.append("Description must be specified")
    if not line.get("AccountCode"):
        faults.append("Account code must be specified")
    if line.get("Quantity") is None or line.get("UnitAmount") is None:
        faults.append("Quantity and UnitAmount must be specified")


def read_tracking(organisation: Organisation, sent: Any, faults: list[str]) -> list[dict[str, str]]:
    """The tracking of a line, by ids or by names; what is not known is refused, or dropped when the switch
    says so.
    """
    found: list[dict[str, str]] = []
    items = to_list(sent, "LineItemTracking")
    if len(items) > 2:
        faults.append("A line item can have at most two tracking categories.")
    for item in items[:2]:
        pair = _tracked(organisation, item)
        if pair is not None:
            found.append(pair)
        elif not organisation.switches.drop_invalid_tracking:
            faults.append("The tracking category or option specified does not exist or is not active.")
    if len({pair["TrackingCategoryID"] for pair in found}) < len(found):
        faults.append("Each tracking category can be used once on a line item.")
    return found


def _tracked(organisation: Organisation, item: dict[str, Any]) -> dict[str, str] | None:
    id, name = as_id(item.get("TrackingCategoryID")), str(item.get("Name") or "")
    for category in organisation["TrackingCategories"].rows():
        if category["Status"] != "ACTIVE":
            continue
        if (id or category["TrackingCategoryID"]) != category["TrackingCategoryID"] or (
            not id and category["Name"] != name
        ):
            continue
        option_id, option_name = as_id(item.get("TrackingOptionID")), str(item.get("Option") or "")
        for option in category["Options"]:
            fits = option["TrackingOptionID"] == option_id if option_id else option["Name"] == option_name
            if fits and option["Status"] == "ACTIVE":
                return {
                    "TrackingCategoryID": category["TrackingCategoryID"],
                    "TrackingOptionID": option["TrackingOptionID"],
                    "Name": category["Name"],
                    "Option": option["Name"],
                }
    return None


def totals(lines: list[Line], amount_types: str) -> dict[str, Decimal]:
    """SubTotal, TotalTax and Total of lines; with Inclusive amounts the tax is inside them."""
    amounts = sum((line.get("LineAmount", ZERO) for line in lines), ZERO)
    tax = sum((line.get("TaxAmount", ZERO) for line in lines), ZERO)
    subtotal = amounts - tax if amount_types == "Inclusive" else amounts
    return {"SubTotal": subtotal, "TotalTax": tax, "Total": subtotal + tax}


def check_totals(sent: dict[str, Any], sums: dict[str, Decimal], switches: Any) -> None:
    """Totals sent along must be those of the lines; raises Invalid."""
    for name, value in sums.items():
        given = to_decimal(sent.get(name), name)
        if given is not None and given != value and switches.check_sent_totals:
            raise Invalid("The invoice total does not equal the sum of the lines.")


def stored_line(organisation: Organisation, given: Any, amount_types: str) -> Line:
    """A line of a world, trusted: whatever is missing is worked out."""
    given = to_object(given, "LineItem")
    line = {key: value for key, value in given.items() if key != "Tracking"}
    line["LineItemID"] = as_id(given.get("LineItemID")) or new_id()
    for name in ("Quantity", "UnitAmount", "LineAmount", "TaxAmount", "DiscountRate", "DiscountAmount"):
        if given.get(name) is not None:
            line[name] = Decimal(str(given[name]))
    line.setdefault("Quantity", Decimal(1))
    line.setdefault("UnitAmount", line.get("LineAmount", ZERO))
    line["LineAmount"] = cents(line.get("LineAmount", line["Quantity"] * line["UnitAmount"]))
    account = organisation.account(code=given.get("AccountCode"), id=given.get("AccountID"))
    if account is not None:
        line["AccountCode"], line["AccountID"] = account.get("Code"), account["AccountID"]
        line.setdefault("TaxType", account.get("TaxType"))
    rate = organisation.tax_rate(line.get("TaxType"))
    line.setdefault(
        "TaxAmount", tax_on(line["LineAmount"], rate["EffectiveRate"] if rate else ZERO, amount_types)
    )
    line["Tracking"] = read_tracking(organisation, given.get("Tracking"), [])
    return line
