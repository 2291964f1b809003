"""The arithmetic of progress claims, in this one place.

A claim keeps only its own movements (work this period, materials lying on site, retention held and released
per line). Everything to date, the columns of the detail sheet and the summary sheet are computed from the
contract's claims in order of their numbers. Words follow the API (procore.openapi.yaml, requisitions v1.1;
procore.md, section 13).
"""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.fields import ZERO, Record, amount, australian, cents, money, number, share

CHANGE_ITEMS = ("change_order_item", "whole_change_order_item")
REJECTED = "revise_and_resubmit"


@dataclass(slots=True)
class Line:
    """One line of one claim: what stood before, what this claim moves."""

    item: Record
    source: Record
    method: str = "amount"
    scheduled: Decimal = ZERO
    work_before: Decimal = ZERO
    work: Decimal = ZERO
    stored_before: Decimal = ZERO
    stored: Decimal = ZERO
    moved: Decimal = ZERO
    retainage_moved: Decimal = ZERO
    retained_before: Decimal = ZERO
    retained: Decimal = ZERO
    released: Decimal = ZERO
    stored_retained_before: Decimal = ZERO
    stored_retained_new: Decimal = ZERO
    stored_released: Decimal = ZERO
    quantity_before: Decimal = ZERO
    quantity: Decimal = ZERO
    completed_before: Decimal = ZERO
    previous_item_id: int | None = None

    @property
    def completed(self) -> Decimal:
        """Total completed and stored to date."""
        return self.work_before + self.work + self.stored

    @property
    def work_retainage(self) -> Decimal:
        """Retention on work still held after this claim."""
        return self.retained_before + self.retained - self.released

    @property
    def stored_retainage(self) -> Decimal:
        """Retention on stored materials still held after this claim."""
        return self.stored_retained_before + self.stored_retained_new - self.stored_released

    @property
    def still_stored(self) -> Decimal:
        """The part of the stored materials that lay there before."""
        return min(self.stored_before, self.stored)

    @property
    def gross(self) -> Decimal:
        """What this claim adds before retention."""
        return self.completed - self.completed_before


@dataclass(slots=True)
class Totals:
    """Sums over every line of the contract as a claim leaves them."""

    completed: Decimal = ZERO
    work: Decimal = ZERO
    stored: Decimal = ZERO
    work_retainage: Decimal = ZERO
    stored_retainage: Decimal = ZERO

    @property
    def retainage(self) -> Decimal:
        """Retention held in all."""
        return self.work_retainage + self.stored_retainage

    @property
    def earned(self) -> Decimal:
        """Completed and stored less retention."""
        return self.completed - self.retainage


@dataclass(slots=True)
class Figures:
    """A claim with all its numbers."""

    lines: list[Line] = field(default_factory=list)
    totals: Totals = field(default_factory=Totals)
    certified_before: Decimal = ZERO
    original_sum: Decimal = ZERO
    changes_before: tuple[Decimal, Decimal] = (ZERO, ZERO)  # positive, negative
    changes_new: tuple[Decimal, Decimal] = (ZERO, ZERO)
    previous_id: int | None = None

    @property
    def due(self) -> Decimal:
        """The current payment due."""
        return self.totals.earned - self.certified_before

    @property
    def gross(self) -> Decimal:
        """What the claim adds before retention."""
        return sum((line.gross for line in self.lines), ZERO)


def figures(company: Company, claim: Record) -> Figures:
    """The claim's numbers; one sent back for revision is nobody's previous claim unless a switch says so."""
    _, contract = company.contract(contract_id_of(claim))
    if contract is None:
        return Figures()
    skip_rejected = not company.switches.procore_rejected_claims_count
    chain = company.chain(contract, lambda: _compute(company, contract, skip_rejected))
    return chain[claim["id"]]


def contract_id_of(claim: Record) -> int:
    """The commitment of a requisition, the prime contract of a payment application."""
    found: int = claim.get("commitment_id") or claim["contract_id"]
    return found


def contract_lines(company: Company, contract: Record) -> dict[tuple[str, int], Record]:
    """The lines a claim on this contract may show: ("contract", id) and ("change", id) to the line."""
    lines = {("contract", line["id"]): line for line in contract.get("line_items") or ()}
    for package in company.children("change_order_packages", "contract_id", contract["id"]):
        for line in package.get("line_items") or ():
            lines["change", line["id"]] = {**line, "package_id": package["id"]}
    return lines


def line_key(item: Record) -> tuple[str, int | None]:
    """Which contract line an item stands for."""
    if item["item_type"] in CHANGE_ITEMS:
        return "change", item.get("line_item_id")
    return "contract", item.get("line_item_id") or item.get("detail_line_item_id")


def claims_of(company: Company, contract_id: int) -> list[Record]:
    """A contract's claims in order of number; on a prime contract they are its payment applications."""
    claims = company.children("requisitions", "commitment_id", contract_id)
    claims += company.children("payment_applications", "contract_id", contract_id)
    return sorted(claims, key=lambda claim: (claim["number"], claim["id"]))


def _compute(company: Company, contract: Record, skip_rejected: bool) -> dict[int, Figures]:
    sources = contract_lines(company, contract)
    original = sum((amount(line.get("amount")) for line in contract.get("line_items") or ()), ZERO)
    before: dict[Any, Line] = {}
    certified, previous_id, result = ZERO, None, {}
    for claim in claims_of(company, contract["id"]):
        opening = sum((_opening(item) for item in claim["items"] if line_key(item) not in before), ZERO)
        lines = {
            line_key(item): _line(claim, item, sources, before.get(line_key(item))) for item in claim["items"]
        }
        for line in lines.values():
            line.method = contract["accounting_method"]
        after = {**before, **lines}
        result[claim["id"]] = Figures(
            lines=list(lines.values()),
            totals=_totals(after),
            certified_before=certified + opening,
            original_sum=original,
            previous_id=previous_id,
            changes_before=_changes(line for key, line in lines.items() if key in before),
            changes_new=_changes(line for key, line in lines.items() if key not in before),
        )
        if not (skip_rejected and claim["status"] == REJECTED):
            before, certified, previous_id = after, result[claim["id"]].totals.earned, claim["id"]
    return result


def _opening(item: Record) -> Decimal:
    """What was certified on a line before the contract's first claim here."""
    work, retained = item.get("opening_work_completed"), item.get("opening_work_retainage")
    return amount(work) - amount(retained)


def _line(claim: Record, item: Record, sources: dict[Any, Record], before: Line | None) -> Line:
    line = Line(item, sources.get(line_key(item), {}))
    line.scheduled = amount(line.source.get("amount"))
    _carry(line, before)
    if claim.get("move_materials_to_previous_work_completed") and line.stored_before:
        _move(line)
    line.quantity = amount(item.get("work_completed_this_period_quantity"))
    worked = item.get("work_completed_this_period")
    line.work = (
        cents(line.quantity * amount(line.source.get("unit_cost"))) if worked is None else amount(worked)
    )
    stored = number(item.get("materials_presently_stored"), None)
    line.stored = line.stored_before if stored is None else stored
    line.retained = amount(item.get("work_completed_retainage_retained_this_period"))
    line.released = amount(item.get("work_completed_retainage_released_this_period"))
    line.stored_retained_new = amount(item.get("materials_stored_retainage_new_materials"))
    line.stored_released = amount(item.get("materials_stored_retainage_released_this_period"))
    held = number(item.get("materials_stored_retainage_currently_retained"), None)
    if held is not None:
        line.stored_retained_new = held - line.stored_retained_before + line.stored_released
    return line


def _carry(line: Line, before: Line | None) -> None:
    if before is None:
        line.work_before = line.completed_before = amount(line.item.get("opening_work_completed"))
        line.retained_before = amount(line.item.get("opening_work_retainage"))
        return
    line.work_before = before.work_before + before.work
    line.stored_before = before.stored
    line.completed_before = before.completed
    line.retained_before = before.work_retainage
    line.stored_retained_before = before.stored_retainage
    line.quantity_before = before.quantity_before + before.quantity
    line.previous_item_id = before.item["id"]


def _move(line: Line) -> None:
    """Materials stored last time count as installed, their retention goes along."""
    line.moved, line.retainage_moved = line.stored_before, line.stored_retained_before
    line.work_before += line.moved
    line.retained_before += line.retainage_moved
    line.stored_before = line.stored_retained_before = ZERO


def _totals(lines: dict[Any, Line]) -> Totals:
    totals = Totals()
    for line in lines.values():
        totals.completed += line.completed
        totals.work += line.work_before + line.work
        totals.stored += line.stored
        totals.work_retainage += line.work_retainage
        totals.stored_retainage += line.stored_retainage
    return totals


def _changes(lines: Any) -> tuple[Decimal, Decimal]:
    sums = [line.scheduled for line in lines if line.item["item_type"] in CHANGE_ITEMS]
    return sum((s for s in sums if s > 0), ZERO), sum((s for s in sums if s < 0), ZERO)


def summary(claim: Record, found: Figures) -> Record:
    """The summary sheet (`summary`, elsewhere `g702`); identities in procore.md, section 13."""
    totals, positive, negative = found.totals, found.changes_before, found.changes_new
    change = sum((*positive, *negative), ZERO)
    contract_sum = found.original_sum + change
    start, end = australian(claim.get("requisition_start")), australian(claim.get("requisition_end"))
    amounts = {
        "balance_to_finish_including_retainage": contract_sum - totals.earned,
        "completed_work_retainage_amount": totals.work_retainage,
        "contract_sum_to_date": contract_sum,
        "current_payment_due": found.due,
        "less_previous_certificates_for_payment": found.certified_before,
        "negative_change_order_item_total": positive[1] + negative[1],
        "negative_new_change_order_item_total": negative[1],
        "negative_previous_change_order_item_total": positive[1],
        "net_change_by_change_orders": change,
        "original_contract_sum": found.original_sum,
        "positive_change_order_item_total": positive[0] + negative[0],
        "positive_new_change_order_item_total": negative[0],
        "positive_previous_change_order_item_total": positive[0],
        "stored_materials_retainage_amount": totals.stored_retainage,
        "tax_applicable_to_this_payment": amount(claim.get("tax_applicable_to_this_payment")),
        "total_completed_and_stored_to_date": totals.completed,
        "total_earned_less_retainage": totals.earned,
        "total_retainage": totals.retainage,
        "new_materials": sum((line.stored - line.still_stored for line in found.lines), ZERO),
        "stored_materials": totals.stored,
    }
    return {
        **{name: money(value) for name, value in amounts.items()},
        "completed_work_retainage_percent": share(totals.work_retainage, totals.work),
        "stored_materials_retainage_percent": share(totals.stored_retainage, totals.stored),
        "formatted_period": f"{start} - {end}" if start or end else "",
        "new_materials_quantity": "0.0",
        "stored_materials_quantity": "0.0",
    }


def complete_items(company: Company, claim: Record) -> None:
    """Give the claim a row for every line of its contract and of its earlier claims.

    A claim given with no rows at all stays empty.
    """
    if not claim["items"]:
        return
    present = {line_key(item) for item in claim["items"]}
    contract_id = contract_id_of(claim)
    _, contract = company.contract(contract_id)
    wanted: list[tuple[str, int | None]] = [
        ("contract", line["id"]) for line in (contract or {}).get("line_items") or ()
    ]
    siblings = company.children("requisitions", "commitment_id", contract_id)
    siblings += company.children("payment_applications", "contract_id", contract_id)
    earlier = [other for other in siblings if other["number"] < claim["number"] and other["items"]]
    if earlier:
        wanted += [line_key(item) for item in max(earlier, key=lambda other: other["number"])["items"]]
    for kind, line_id in dict.fromkeys(wanted):
        if (kind, line_id) not in present:
            item_type = "contract_item" if kind == "contract" else "change_order_item"
            claim["items"].append({"id": company.next_id(), "item_type": item_type, "line_item_id": line_id})
