"""Employees, labour rates and earnings rates: who works, what an hour costs, what payroll calls it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Model

from integrations.models import Tenant
from integrations.reading import Node
from mappings.labour import EarningsRate, Employee, EmployeeKind, LabourRate
from runs.tenantfile.section import keep

Row = dict[str, Any]
Read = dict[str, list[tuple[Node, Row]]]


@dataclass(frozen=True)
class Table:
    """One of the three lists: its model, what makes a row one and no other, its other columns."""

    model: type[Model]
    key: tuple[str, ...]
    values: tuple[str, ...]
    needed: tuple[str, ...]
    called: str

    def rows(self, tenant: Tenant) -> Any:
        """The tenant's rows."""
        return self.model._default_manager.filter(tenant=tenant)


TABLES: Mapping[str, Table] = {
    "employees": Table(
        Employee, ("person",), ("name", "kind", "trade", "payroll_employee", "note"), ("person", "name"),
        "person",
    ),
    "rates": Table(
        LabourRate, ("employee", "trade", "project", "time_type", "valid_from"), ("rate", "note"), ("rate",),
        "employee, trade, project, time type and day",
    ),
    "earnings_rates": Table(
        EarningsRate, ("time_type",), ("earnings_rate", "note"), ("time_type", "earnings_rate"), "time type"
    ),
}  # fmt: skip


def read_labour(node: Node) -> Read:
    """The three lists; two rows for the same thing are a problem of the second."""
    given = node.fields(*TABLES)
    return {name: _read(given[name], table) for name, table in TABLES.items()}


def _read(node: Node, table: Table) -> list[tuple[Node, Row]]:
    found: list[tuple[Node, Row]] = []
    seen: dict[tuple[Any, ...], str] = {}
    for item in node.items():
        given = item.fields(*table.key, *table.values)
        row = {name: _value(given[name], name, table) for name in (*table.key, *table.values)}
        key = tuple(row[name] for name in table.key)
        if key in seen:
            item.wrong(f"is for the same {table.called} as {seen[key]}")
        seen.setdefault(key, item.place)
        found.append((item, row))
    return found


def _value(node: Node, name: str, table: Table) -> Any:
    match name:
        case "kind":
            return node.one_of(tuple(EmployeeKind.values), default=EmployeeKind.OWN)
        case "valid_from":
            return node.day()
        case "rate":
            return _rate(node)
    longest = int(getattr(table.model._meta.get_field(name), "max_length", 0))
    return node.text(default=None if name in table.needed else "", longest=longest)


def _rate(node: Node) -> Decimal | None:
    """An amount, written as a text so that it is exact."""
    text = node.text(default=None, longest=20)
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        node.wrong("is not an amount")
        return None


def save_labour(tenant: Tenant, read: Read, node: Node) -> None:
    """As in the file; a row that stays as it is leaves no trace in the history."""
    for name, table in TABLES.items():
        held = {tuple(getattr(row, key) for key in table.key): row for row in table.rows(tenant)}
        for item, values in read[name]:
            row = held.pop(tuple(values[key] for key in table.key), None)
            if row is not None and all(getattr(row, column) == value for column, value in values.items()):
                continue
            row = row or table.model(tenant=tenant)
            for column, value in values.items():
                setattr(row, column, value)
            keep(row, item)
        for row in held.values():
            row.delete()


def write_labour(tenant: Tenant) -> dict[str, list[dict[str, str]]]:
    """Filled columns only; lists that are empty are left out."""
    found = {}
    for name, table in TABLES.items():
        columns = (*table.key, *table.values)
        rows = [
            {one: str(value) for one in columns if (value := getattr(row, one)) not in (None, "")}
            for row in table.rows(tenant).order_by(*table.key)
        ]
        if rows:
            found[name] = rows
    return found
