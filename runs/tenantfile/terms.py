"""How the retention of single contracts is booked, opened and released."""

from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.models import Tenant
from integrations.reading import Node
from integrations.retention import METHODS, TAXES
from mappings.contract_terms import ContractTerms, Kept, Side
from runs.tenantfile.section import keep

KEY = ("side", "project", "number")
CHOICES = {
    "side": tuple(Side.values),
    "method": tuple(name for name, _ in METHODS),
    "tax": tuple(name for name, _ in TAXES),
    "opening_kept": tuple(Kept.values),
    "converted_to": tuple(name for name, _ in METHODS),
}
TEXTS = ("project", "number", "contract_id", "title", "note")
AMOUNTS = ("opening_amount", "completion_share", "defects_share")
DAYS = ("completion_date", "defects_date")
COLUMNS = (*KEY, "contract_id", "title", "method", "tax", "opening_amount", "opening_kept", "converted_to",
           "completion_share", "completion_date", "defects_share", "defects_date", "defects_months",
           "note")  # fmt: skip
MONTHS = 12


def read_terms(node: Node) -> list[tuple[Node, dict[str, Any]]]:
    """The terms; two for the same contract are a problem of the second."""
    found, seen = [], dict[tuple[str, ...], str]()
    for item in node.items():
        given = item.fields(*COLUMNS)
        row: dict[str, Any] = {name: text(given[name], name) for name in TEXTS}
        row |= {name: chosen(given[name], name) for name in CHOICES}
        row |= {name: amount(given[name]) for name in AMOUNTS}
        row |= {name: given[name].day() for name in DAYS}
        row["defects_months"] = given["defects_months"].whole(default=MONTHS, most=600)
        key = tuple(row[name] for name in KEY)
        if key in seen:
            item.wrong(f"is for the same contract as {seen[key]}")
        seen.setdefault(key, item.place)
        found.append((item, row))
    return found


def text(node: Node, name: str) -> str:
    """A text no longer than its column."""
    longest = int(getattr(ContractTerms._meta.get_field(name), "max_length", 0))
    return node.text(default=None if name == "number" else "", longest=longest)


def chosen(node: Node, name: str) -> str:
    """One of the column's words; "" where it is left out."""
    if name == "side":
        return node.one_of(CHOICES[name], default=Side.PAYABLE)
    return node.one_of(("", *CHOICES[name]), default="")


def amount(node: Node) -> Decimal | None:
    """An amount written as a text, such as "1200.00"; None where it is left out."""
    if node.is_absent or node.value is None:
        return None
    try:
        found = Decimal(node.value) if isinstance(node.value, str) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite():
        node.wrong('has to be an amount in quotes, such as "1200.00"')
        return None
    return found


def save_terms(tenant: Tenant, read: list[tuple[Node, dict[str, Any]]], node: Node) -> None:
    """As in the file; terms that stay as they are leave no trace in the history."""
    held = {tuple(getattr(row, name) for name in KEY): row for row in tenant.contract_terms.all()}
    for item, given in read:
        row = held.pop(tuple(given[name] for name in KEY), None)
        if row is not None and all(getattr(row, name) == value for name, value in given.items()):
            continue
        row = row or ContractTerms(tenant=tenant)
        for name, value in given.items():
            setattr(row, name, value)
        keep(row, item)
    for row in held.values():
        row.delete()


def write_terms(tenant: Tenant) -> list[dict[str, Any]]:
    """Filled columns only."""
    return [
        {name: written(value) for name in COLUMNS if (value := getattr(row, name)) not in ("", None)}
        for row in tenant.contract_terms.order_by(*KEY)
    ]


def written(value: Any) -> Any:
    """A value as JSON has it: amounts and days as texts."""
    return value if isinstance(value, str | int) else str(value)
