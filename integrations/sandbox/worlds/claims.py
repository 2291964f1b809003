"""A contract's progress claims, one after the other, kept as movements: what each line does in each period.

Amounts are whole cents. Everything to date and every summary follows from the movements; the loader works
it out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from integrations.sandbox.worlds.money import text

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Move:
    """What one line does in one period, in cents.

    `work` includes material that was stored and is now installed; `stored` is the change of materials lying
    on site (negative when they are installed). `held` and `released` are retention on work, `stored_held`
    and `stored_released` retention on stored materials. `quantity` is the text of a unit line's quantity.
    """

    work: int = 0
    stored: int = 0
    held: int = 0
    released: int = 0
    stored_held: int = 0
    stored_released: int = 0
    quantity: str = ""

    def total(self) -> int:
        """Work and materials of the period before retention."""
        return self.work + self.stored


NOTHING = Move()


@dataclass(slots=True)
class Line:
    """One schedule line with its running figures, in cents; `package` is the change order it belongs to."""

    id: int
    description: str
    scheduled: int
    code: Record
    cost_type: Record
    package: int | None = None
    unit: tuple[str, str] | None = None  # scheduled quantity and unit price
    work: int = 0
    stored: int = 0
    retained: int = 0
    stored_retained: int = 0

    def apply(self, move: Move) -> None:
        """Carry a period's movement into the running figures."""
        self.work += move.work
        self.stored += move.stored
        self.retained += move.held - move.released
        self.stored_retained += move.stored_held - move.stored_released

    def install(self) -> None:
        """Count the stored materials as installed and their retention as held on work."""
        self.work, self.stored = self.work + self.stored, 0
        self.retained, self.stored_retained = self.retained + self.stored_retained, 0

    def left(self) -> int:
        """What is not yet claimed of the line."""
        return self.scheduled - self.work - self.stored


def item(number: int, line: Line, move: Move) -> Record:
    """Draw one claim line once `move` is carried into the line."""
    record: Record = {
        "id": number,
        "item_type": "contract_item" if line.package is None else "change_order_item",
        "line_item_id": line.id,
        "work_completed_this_period": text(move.work),
        "materials_presently_stored": text(line.stored),
        "work_completed_retainage_retained_this_period": text(move.held),
        "work_completed_retainage_released_this_period": text(move.released),
        "materials_stored_retainage_new_materials": text(move.stored_held),
        "materials_stored_retainage_released_this_period": text(move.stored_released),
    }
    if move.quantity:
        record["work_completed_this_period_quantity"] = move.quantity
    return record


@dataclass
class Contract:
    """A commitment with its lines, whose claims are drawn in order into the project's requisitions."""

    project: Record
    kind: str  # WorkOrderContract or PurchaseOrderContract
    record: Record
    new_id: Callable[[str], int]
    lines: list[Line]
    number: int = 0
    opening: dict[int, Record] | None = None

    def carry(self, *, work: int, retained: int, number: int) -> None:
        """Begin with figures from before the first claim: every line has so much work and retention
        already."""
        self.number = number
        self.opening = {}
        for line in self.lines:
            line.work, line.retained = work, retained
            self.opening[line.id] = {
                "opening_work_completed": text(work),
                "opening_work_retainage": text(retained),
            }

    def claim(
        self, moves: Mapping[int, Move], period: Record, *, status: str = "approved", **over: Any
    ) -> Record:
        """Add the next claim: `moves` by the line's index; `over` replaces header fields.

        A claim to be revised is nobody's previous claim, so the running figures stay as they were.
        """
        lines = [replace(line) for line in self.lines]
        if over.get("move_materials_to_previous_work_completed"):
            for line in lines:
                line.install()
        for index, move in moves.items():
            lines[index].apply(move)
        items = [
            item(self.new_id("item"), line, moves.get(index, NOTHING)) for index, line in enumerate(lines)
        ]
        for row in items if self.opening else ():
            row.update((self.opening or {}).get(row["line_item_id"], {}))
        if status != "revise_and_resubmit":
            self.opening, self.lines = None, lines
        self.number += 1
        claimed = text(sum(move.total() for move in moves.values()))
        claim = self._header(period, status) | {"total_claimed_amount": claimed, "items": items, **over}
        self.project["requisitions"].append(claim)
        return claim

    def _header(self, period: Record, status: str) -> Record:
        return {
            "id": self.new_id("claim"),
            "project_id": self.project["id"],
            "commitment_id": self.record["id"],
            "commitment_type": self.kind,
            "number": self.number,
            "invoice_number": f"{self.record['number']}-{self.number:02d}",
            "billing_date": period["end_date"],
            "period_id": period["id"],
            "requisition_start": period["start_date"],
            "requisition_end": period["end_date"],
            "status": status,
            "final": False,
            "submitted_at": period["end_date"],
            "created_at": f"{period['end_date']}T00:30:00Z",
            "updated_at": f"{period['end_date']}T01:30:00Z",
        }
