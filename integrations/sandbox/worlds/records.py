"""Records of Procore as the worlds write them; what a world leaves out, the loader fills in."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from integrations.sandbox.worlds import catalogue
from integrations.sandbox.worlds.claims import Contract, Line
from integrations.sandbox.worlds.money import text
from integrations.sandbox.worlds.names import STREETS, SUBURBS, slug

Record = dict[str, Any]
FIRST_IDS = {
    "vendor": 50001,
    "project": 70001,
    "code": 200001,
    "commitment": 810001,
    "line": 910001,
    "package": 610001,
    "claim": 300001,
    "item": 4000001,
    "payment": 120001,
    "period": 150001,
}
SHELVES = {"WorkOrderContract": "work_order_contracts", "PurchaseOrderContract": "purchase_order_contracts"}


class Numbers:
    """Gives each kind of record its own ascending numbers; `wide` ones need more than 32 bits."""

    def __init__(self, *, wide: bool = False) -> None:
        self._counts = {
            kind: count(first + (5_000_000_000 if wide else 0)) for kind, first in FIRST_IDS.items()
        }

    def __call__(self, kind: str) -> int:
        """Give the next number of a kind."""
        return next(self._counts[kind])


def vendor(number: int, name: str, **over: Any) -> Record:
    """Draw a vendor of the company directory; its address and phone follow from its number."""
    city, postcode = SUBURBS[number % len(SUBURBS)]
    return {
        "id": number,
        "name": name,
        "legal_name": name,
        "is_active": True,
        "address": f"{number % 180 + 1} {STREETS[number % len(STREETS)]}",
        "city": city,
        "state_code": "SA",
        "country_code": "AU",
        "zip": postcode,
        "business_phone": f"08 5550 {number % 10000:04d}",
        "email_address": f"accounts@{slug(name)}.example",
        "created_at": "2025-11-03T01:00:00Z",
        "updated_at": "2026-03-02T04:00:00Z",
    } | over


def project(number: int, name: str, project_number: str | None, stage: str, **over: Any) -> Record:
    """Draw a project with nothing in it yet."""
    city, postcode = SUBURBS[number % len(SUBURBS)]
    return {
        "id": number,
        "name": name,
        "project_number": project_number,
        "active": True,
        "stage": stage,
        "address": f"{number % 90 + 1} Civic Parade",
        "city": city,
        "state_code": "SA",
        "country_code": "AU",
        "zip": postcode,
        "time_zone": "Adelaide",
        "tz_name": "Australia/Adelaide",
        "start_date": "2026-02-02",
        "completion_date": "2027-06-30",
        "total_value": "4200000.00",
        "created_at": "2025-12-01T02:00:00Z",
        "updated_at": "2026-07-01T02:00:00Z",
        "cost_codes": [],
        "billing_periods": [],
        "work_order_contracts": [],
        "purchase_order_contracts": [],
        "change_order_packages": [],
        "requisitions": [],
        "contract_payments": [],
    } | over


def company(number: int, name: str, **over: Any) -> Record:
    """Draw a company with the standard cost codes, cost types and stages, and nothing else."""
    return {
        "id": number,
        "name": name,
        "currency_iso_code": "AUD",
        "project_stages": stages(),
        "standard_cost_code_lists": [{"id": catalogue.COST_CODE_LIST, "name": "Standard"}],
        "standard_cost_codes": catalogue.standard_cost_codes(),
        "line_item_types": catalogue.line_item_types(),
        "vendors": [],
        "projects": [],
    } | over


def stages() -> list[Record]:
    """Give the stages of projects; the one that sends a project to Xero is the last."""
    names = (
        ("Bidding", "pre_construction"),
        ("Pre-Construction", "pre_construction"),
        ("Course of Construction", "course_of_construction"),
        ("Post-Construction", "post_construction"),
        ("Warranty", "completed"),
        ("Send to Xero", "course_of_construction"),
    )
    return [
        {"id": 8001 + row, "name": name, "category": category} for row, (name, category) in enumerate(names)
    ]


def period(number: int, start: str, end: str, due: str | None = None) -> Record:
    """Draw a billing period of a project."""
    return {
        "id": number,
        "start_date": start,
        "end_date": end,
        "due_date": due,
        "status": "closed" if end < "2026-11-01" else "open",
    }


def line_item(line: Line, position: int) -> Record:
    """Draw a schedule-of-values line."""
    quantity, price = line.unit or ("1.0", text(line.scheduled))
    return {
        "id": line.id,
        "description": line.description,
        "amount": text(line.scheduled),
        "position": position,
        "quantity": quantity,
        "unit_cost": price,
        "uom": "ea" if line.unit else "ls",
        "cost_code_id": line.code["id"],
        "line_item_type_id": line.cost_type["id"],
    }


class Site:
    """A project with its cost codes, in which contracts, variations and claims are written."""

    def __init__(self, record: Record, numbers: Numbers, standard: Sequence[Record]) -> None:
        self.record, self.numbers = record, numbers
        self.codes: dict[str, Record] = {}
        self.types = {kind["code"]: kind for kind in catalogue.line_item_types()}
        for code in standard:
            copy = {"id": numbers("code"), "standard_cost_code_id": code["id"]}
            record["cost_codes"].append(copy)
            self.codes[code["full_code"]] = copy | {"name": code["name"]}
        parents = {code["id"]: code for code in standard}
        for code, copy in zip(standard, record["cost_codes"], strict=True):
            if code["parent_id"]:
                copy["parent_id"] = self.codes[parents[code["parent_id"]]["full_code"]]["id"]

    def add_code(self, full_code: str, name: str) -> None:
        """Add a code that is not on the standard list."""
        record = {"id": self.numbers("code"), "code": full_code, "full_code": full_code, "name": name}
        self.record["cost_codes"].append(record)
        self.codes[full_code] = record

    def line(self, code: str, kind: str, cents: int, words: str = "", **more: Any) -> Line:
        """Make a schedule line for a cost code and a cost type (L, M, S, E or O)."""
        known = self.codes[code]
        return Line(self.numbers("line"), words or known["name"], cents, known, self.types[kind], **more)

    def contract(
        self,
        kind: str,
        number: str,
        title: str,
        vendor: Record | None,
        lines: Sequence[Line],
        *,
        status: str = "Approved",
        percent: str = "10.00",
        **over: Any,
    ) -> Contract:
        """Add a commitment with its schedule of values."""
        record = {
            "id": self.numbers("commitment"),
            "number": number,
            "title": title,
            "status": status,
            "executed": True,
            "vendor_id": vendor and vendor["id"],
            "retainage_percent": percent,
            "accounting_method": "unit" if any(line.unit for line in lines) else "amount",
            "line_items": [line_item(line, position) for position, line in enumerate(lines, start=1)],
            "created_at": "2026-06-15T02:00:00Z",
            "updated_at": "2026-06-20T02:00:00Z",
        } | over
        self.record[SHELVES[kind]].append(record)
        return Contract(self.record, kind, record, self.numbers, list(lines))

    def vary(
        self, contract: Contract, title: str, lines: Sequence[Line], *, status: str = "approved"
    ) -> Record:
        """Add a variation; its lines join the contract's claims when it is approved."""
        number = self.numbers("package")
        order = 1 + sum(
            p["contract_id"] == contract.record["id"] for p in self.record["change_order_packages"]
        )
        package = {
            "id": number,
            "contract_id": contract.record["id"],
            "number": f"{order:03d}",
            "title": title,
            "status": status,
            "reviewed_at": "2026-08-28T03:00:00Z" if status == "approved" else None,
            "line_items": [line_item(line, position) for position, line in enumerate(lines, start=1)],
            "created_at": "2026-08-20T03:00:00Z",
            "updated_at": "2026-08-28T03:00:00Z",
        }
        self.record["change_order_packages"].append(package)
        if status == "approved":
            for line in lines:
                line.package = number
            contract.lines.extend(lines)
        return package
