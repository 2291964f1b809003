"""One Procore company: its records by kind, under projects and contracts, and what changed when."""

from collections.abc import Callable
from itertools import count
from typing import Any

from integrations.sandbox.clock import Clock
from integrations.sandbox.procore.fields import Record, instant
from integrations.sandbox.routing import dump
from integrations.sandbox.store import Table

# Kinds and the fields they can be found by, besides the id.
KINDS: dict[str, tuple[str, ...]] = {
    "vendors": (),
    "project_stages": (),
    "standard_cost_code_lists": (),
    "standard_cost_codes": ("standard_cost_code_list_id",),
    "line_item_types": (),
    "tax_codes": (),
    "projects": (),
    "cost_codes": ("project_id",),
    "wbs_codes": ("project_id",),
    "billing_periods": ("project_id",),
    "work_order_contracts": ("project_id",),
    "purchase_order_contracts": ("project_id",),
    "prime_contracts": ("project_id",),
    "change_order_packages": ("project_id", "contract_id"),
    "commitment_change_orders": ("project_id", "contract_id"),
    "requisitions": ("project_id", "commitment_id"),
    "change_histories": ("ref_id",),
    "contract_payments": ("contract_id",),
    "payment_applications": ("project_id", "contract_id"),
    "direct_costs": ("project_id",),
    "people": (),
    "timecard_time_types": (),
    "timecard_entries": (),
}
CONTRACTS = ("work_order_contracts", "purchase_order_contracts", "prime_contracts")
COMMITMENTS = CONTRACTS[:2]
COMMITMENT_TYPES = {
    "work_order_contracts": "WorkOrderContract",
    "purchase_order_contracts": "PurchaseOrderContract",
}

# Records whose names and codes are shown inside others.
_SHOWN_ELSEWHERE = frozenset(
    {
        "vendors",
        "project_stages",
        "standard_cost_code_lists",
        "standard_cost_codes",
        "line_item_types",
        "projects",
        "cost_codes",
        "wbs_codes",
        "billing_periods",
        "prime_contracts",
        "people",
        "timecard_time_types",
    }
)
LARGEST_MEMORY = 300_000_000  # bytes of written answers kept before starting anew
# New ids need 64 bits, as they may (procore.md, section 1); worlds use smaller ones.
FIRST_NEW_ID = 562_949_953_500_001

Stamp = tuple[int, int, int, bool]


class Company:
    """A company's records; every change goes through `add`, `changed` or `remove`."""

    def __init__(self, facts: Record, clock: Clock, numbers: "count[int]", switches: Any) -> None:
        self.id: int = facts["id"]
        self.facts = facts
        self.clock = clock
        self.switches = switches
        self.users: list[Record] = []
        self.address: Callable[[], str] = lambda: ""  # where the sandbox listens
        self.tables: dict[str, Table] = {kind: Table() for kind in KINDS}
        self.merged_vendors: dict[int, int] = {}
        self.budget_codes: dict[tuple[int, Any, Any], Record] = {}  # by project, cost code, cost type
        self._numbers = numbers
        self._groups: dict[tuple[str, str], dict[Any, dict[int, Record]]] = {}
        self._names_version = 0
        self._named: tuple[int, dict[tuple[Any, ...], Any]] = (0, {})
        self._versions: dict[int, int] = {}
        self._paid_versions: dict[int, int] = {}
        self._written: dict[tuple[str, int, str], tuple[Stamp, bytes]] = {}
        self._written_size = 0
        self._chains: dict[int, tuple[Stamp, Any]] = {}

    @property
    def currency(self) -> str:
        """The currency of every amount."""
        return self.facts.get("currency_iso_code") or "AUD"

    def next_id(self) -> int:
        """An id no record of the sandbox has."""
        return next(self._numbers)

    def now(self) -> str:
        """The present second on the sandbox clock."""
        return instant(self.clock.now())

    def table(self, kind: str) -> Table:
        """The records of a kind."""
        return self.tables[kind]

    def get(self, kind: str, id: Any) -> Record | None:
        """A record by kind and id."""
        return self.tables[kind].get(id)

    def children(self, kind: str, field: str, value: Any) -> list[Record]:
        """Records of a kind whose `field` is `value`, oldest first; the field must be listed in KINDS."""
        return list(self._groups.get((kind, field), {}).get(value, {}).values())

    def add(self, kind: str, record: Record) -> Record:
        """Keep a record, give it an id and times when it has none, and file it under its parents."""
        if record.get("id") is None:
            record["id"] = self.next_id()
        if record.get("created_at") is None:
            record["created_at"] = self.now()
        if record.get("updated_at") is None:
            record["updated_at"] = record["created_at"]
        self.tables[kind].add(record)
        for field in KINDS[kind]:
            self._groups.setdefault((kind, field), {}).setdefault(record.get(field), {})[record["id"]] = (
                record
            )
        self._outdate(kind, record)
        return record

    def changed(self, kind: str, record: Record, *, touch: bool = True) -> None:
        """Say that a record is different now: `updated_at` moves (unless told), old answers are forgotten."""
        if touch:
            record["updated_at"] = self.now()
        self._outdate(kind, record)

    def remove(self, kind: str, record: Record) -> None:
        """Take a record out for good."""
        self.tables[kind].remove(record["id"])
        for field in KINDS[kind]:
            self._groups.get((kind, field), {}).get(record.get(field), {}).pop(record["id"], None)
        self._outdate(kind, record)

    def contract(self, id: Any) -> tuple[str, Record] | tuple[None, None]:
        """A contract of any type with its kind."""
        for kind in CONTRACTS:
            record = self.tables[kind].get(id)
            if record is not None:
                return kind, record
        return None, None

    def written(self, kind: str, record: Record, view: str, render: Callable[[Record], Record]) -> bytes:
        """A record's JSON, made again only when the record, its contract, or a name shown in it changed."""
        shows_payments = kind in CONTRACTS or kind == "contract_payments"
        key, stamp = (kind, record["id"], view), self._stamp(record, with_payments=shows_payments)
        kept = self._written.get(key)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        text = dump(render(record)).encode()
        self._written_size += len(text)
        if self._written_size > LARGEST_MEMORY:
            self._written, self._written_size = {}, 0
        self._written[key] = (stamp, text)
        return text

    def chain(self, contract: Record, compute: Callable[[], Any]) -> Any:
        """What `compute` says of a contract's claims, kept until anything under the contract changes."""
        stamp = self._stamp(contract)
        kept = self._chains.get(contract["id"])
        if kept is None or kept[0] != stamp:
            kept = self._chains[contract["id"]] = (stamp, compute())
        return kept[1]

    def named(self, key: tuple[Any, ...], compute: Callable[[], Any]) -> Any:
        """What `compute` says of names and codes alone, kept until one of them changes; not to be altered."""
        version, kept = self._named
        if version != self._names_version:
            kept = {}
            self._named = (self._names_version, kept)
        if key not in kept:
            kept[key] = compute()
        return kept[key]

    def _stamp(self, record: Record, *, with_payments: bool = False) -> Stamp:
        root, rejected_count = _root(record), self.switches.procore_rejected_claims_count
        paid = self._paid_versions.get(root, 0) if with_payments else 0
        return self._names_version, self._versions.get(root, 0), paid, rejected_count

    def _outdate(self, kind: str, record: Record) -> None:
        if kind in _SHOWN_ELSEWHERE:
            self._names_version += 1
        # No claim shows a payment: recording one leaves the contract's claims as they were written.
        versions = self._paid_versions if kind == "contract_payments" else self._versions
        versions[_root(record)] = versions.get(_root(record), 0) + 1


def _root(record: Record) -> int:
    """The contract a record hangs on, else the record itself."""
    return record.get("commitment_id") or record.get("contract_id") or record["id"]
