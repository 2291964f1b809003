"""Claims made up for tests: a contract's life as Procore would show it, claim after claim."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

ZERO = Decimal("0.00")
CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


@dataclass
class LineLife:
    """One line of a contract: what it has to date, and what is held on it."""

    number: int
    code: str
    work: Decimal = ZERO
    stored: Decimal = ZERO
    work_held: Decimal = ZERO
    stored_held: Decimal = ZERO

    def claim(
        self, *, work: Decimal, stored: Decimal, held: Decimal, released: Decimal, stored_held: Decimal
    ) -> dict[str, Any]:
        """The line on the next claim. `stored` and `stored_held` are what lies on site, and is held on it,
        now.
        """
        before, held_before = self.work + self.stored, self.work_held
        self.work += work
        self.stored, self.stored_held = stored, stored_held
        self.work_held += held - released
        return {
            "id": self.number * 10,
            "line_item_id": self.number,
            "item_type": "contract_item" if self.number < 900 else "change_order_item",
            "description_of_work": f"Line {self.number}",
            "total_completed_and_stored_to_date": str(self.work + self.stored),
            "total_completed_and_stored_to_date_from_previous": str(before),
            "work_completed_retainage_from_previous_application": str(held_before),
            "work_completed_retainage_retained_this_period": str(held),
            "work_completed_retainage_released_this_period": str(released),
            "materials_stored_retainage_currently_retained": str(self.stored_held),
            "materials_stored_retainage_released_this_period": "0.00",
            "wbs_code": {
                "segment_items": [
                    {"segment_type": "cost_code", "code": self.code, "path_codes": [self.code]},
                    {"segment_type": "line_item_type", "id": 71, "code": "S", "name": "Subcontract"},
                ]
            },
        }


@dataclass
class ContractLife:
    """A contract with its lines; each `claim` follows from the one before."""

    lines: list[LineLife]
    claims: list[dict[str, Any]] = field(default_factory=list)

    def claim(self, movements: list[dict[str, Decimal]]) -> dict[str, Any]:
        """The next claim from each line's movements, with a summary that adds up."""
        previous = self.claims[-1] if self.claims else None
        items = [line.claim(**movement) for line, movement in zip(self.lines, movements, strict=True)]
        to_date = sum((line.work + line.stored for line in self.lines), ZERO)
        retained = sum((line.work_held + line.stored_held for line in self.lines), ZERO)
        earned_before = Decimal(previous["summary"]["total_earned_less_retainage"]) if previous else ZERO
        claim = {
            "id": 9000 + len(self.claims),
            "number": len(self.claims) + 1,
            "invoice_number": f"INV-{len(self.claims) + 1}",
            "items": items,
            "summary": {
                "total_completed_and_stored_to_date": str(to_date),
                "total_retainage": str(retained),
                "total_earned_less_retainage": str(to_date - retained),
                "current_payment_due": str(to_date - retained - earned_before),
            },
            "previous": previous,
        }
        self.claims.append(claim)
        return claim


def movement(**amounts: str) -> dict[str, Decimal]:
    """A line's movement from texts; what is not named is nothing."""
    names = ("work", "stored", "held", "released", "stored_held")
    return {name: Decimal(amounts.get(name, "0.00")) for name in names}
