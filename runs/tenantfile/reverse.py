"""Which cost code a cost gets that starts in Xero, what was decided or marked of vendors, and tax codes."""

from typing import Any

from integrations.models import Tenant
from integrations.reading import Node
from mappings.models import CostDecision, ReverseRule, TaxCode, UnregisteredVendor
from mappings.reverse import ASKED, COLUMNS
from runs.tenantfile.section import keep

RULE = (*COLUMNS, "note")
DECISION = ("vendor", "project", "decision", "note")
UNREGISTERED = ("vendor", "name", "note")
TAX_CODE = ("code", "tax_type", "note")
Read = list[tuple[Node, dict[str, str]]]


def _read(node: Node, model: type[Any], columns: tuple[str, ...], key: tuple[str, ...]) -> Read:
    found, seen = [], dict[tuple[str, ...], str]()
    for item in node.items():
        given = item.fields(*columns)
        row = {name: given[name].text(default="", longest=_longest(model, name)) for name in columns}
        same = tuple(row[name] for name in key)
        if same in seen:
            item.wrong(f"is for the same as {seen[same]}")
        seen.setdefault(same, item.place)
        found.append((item, row))
    return found


def _longest(model: type[Any], column: str) -> int:
    return int(getattr(model._meta.get_field(column), "max_length", 0))


def _save(tenant: Tenant, read: Read, model: type[Any], key: tuple[str, ...]) -> None:
    """As in the file; a row that stays as it is leaves no trace in the history."""
    rows = model.objects.filter(tenant=tenant)
    held = {tuple(getattr(row, name) for name in key): row for row in rows}
    for item, given in read:
        row = held.pop(tuple(given[name] for name in key), None)
        if row is not None and all(getattr(row, name) == value for name, value in given.items()):
            continue
        row = row or model(tenant=tenant)
        for name, value in given.items():
            setattr(row, name, value)
        keep(row, item)
    for row in held.values():
        row.delete()


def _write(tenant: Tenant, model: type[Any], columns: tuple[str, ...]) -> list[dict[str, str]]:
    rows = model.objects.filter(tenant=tenant).order_by(*columns)
    return [{name: getattr(row, name) for name in columns if getattr(row, name)} for row in rows]


def read_reverse(node: Node) -> Read:
    """The reverse rules; two for the same thing are a problem of the second."""
    return _read(node, ReverseRule, RULE, ASKED)


def save_reverse(tenant: Tenant, read: Read, node: Node) -> None:
    """As in the file."""
    _save(tenant, read, ReverseRule, ASKED)


def write_reverse(tenant: Tenant) -> list[dict[str, str]]:
    """Filled columns only."""
    return _write(tenant, ReverseRule, RULE)


def read_decisions(node: Node) -> Read:
    """The decisions about vendors' costs."""
    return _read(node, CostDecision, DECISION, ("vendor", "project"))


def save_decisions(tenant: Tenant, read: Read, node: Node) -> None:
    """As in the file."""
    _save(tenant, read, CostDecision, ("vendor", "project"))


def write_decisions(tenant: Tenant) -> list[dict[str, str]]:
    """Filled columns only."""
    return _write(tenant, CostDecision, DECISION)


def read_unregistered(node: Node) -> Read:
    """The vendors that are marked as not registered for GST."""
    return _read(node, UnregisteredVendor, UNREGISTERED, ("vendor",))


def save_unregistered(tenant: Tenant, read: Read, node: Node) -> None:
    """As in the file."""
    _save(tenant, read, UnregisteredVendor, ("vendor",))


def write_unregistered(tenant: Tenant) -> list[dict[str, str]]:
    """Filled columns only."""
    return _write(tenant, UnregisteredVendor, UNREGISTERED)


def read_tax_codes(node: Node) -> Read:
    """The tax types of Procore's tax codes."""
    return _read(node, TaxCode, TAX_CODE, ("code",))


def save_tax_codes(tenant: Tenant, read: Read, node: Node) -> None:
    """As in the file."""
    _save(tenant, read, TaxCode, ("code",))


def write_tax_codes(tenant: Tenant) -> list[dict[str, str]]:
    """Filled columns only."""
    return _write(tenant, TaxCode, TAX_CODE)
