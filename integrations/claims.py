"""What progress claims and head contract claims have in common: what moved, what was held, which account
and tax.

A claim's node has `items`, `summary` and, joined, `previous`: the contract's previous claim that was not
sent back. All amounts are before tax, in the claim's currency and in cents: what the lines miss of the
claim's payment due is at most a cent for each of them, and goes to the largest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import wraps
from typing import Any, NamedTuple

from integrations.base import Audience, Check, Reason, Record
from integrations.claim_headers import claim_date, date_remark
from integrations.context import Context, Missing
from integrations.expressions import Node
from integrations.lock_dates import REDATE, lock_date
from integrations.terms import sent_documents
from integrations.values import CENT, cents, decimal, is_zero

NOT_A_NUMBER = Missing(
    Reason(
        "not-a-number",
        "one of its amounts is not a number: correct the claim's lines",
        Audience.PROJECT,
        "procore",
    )
)
NOTHING = Decimal("0.00")
WORK_HELD = "work_completed_retainage_retained_this_period"
WORK_RELEASED = "work_completed_retainage_released_this_period"
WORK_HELD_BEFORE = "work_completed_retainage_from_previous_application"
STORED_HELD = "materials_stored_retainage_currently_retained"
STORED_RELEASED = "materials_stored_retainage_released_this_period"
TO_DATE = "total_completed_and_stored_to_date"
TAX = "tax_applicable_to_this_payment"
BEFORE = "total_completed_and_stored_to_date_from_previous"


def remembered(function: Callable[[Node, Context], Any]) -> Callable[[Node, Context], Any]:
    """The function, asked once for each node: for what depends on the record alone."""

    @wraps(function)
    def answer(node: Node, context: Context) -> Any:
        return node.once(function, lambda: function(node, context))

    return answer


# --- movements ----------------------------------------------------------------------------------------------


def moved(node: Node, context: Context) -> Decimal | Missing:
    """The work and stored materials to date less the same to date on the contract's previous claim."""
    return _movement(node, context).moved


def held(node: Node, context: Context) -> Decimal | Missing:
    """The retention held in this claim; what moves from stored materials to installed work cancels out."""
    return _movement(node, context).held


def released(node: Node, context: Context) -> Decimal | Missing:
    """The retention released in this claim."""
    return _movement(node, context).released


class Movement(NamedTuple):
    """What one line of a claim moves, holds and releases."""

    moved: Decimal | Missing
    held: Decimal | Missing
    released: Decimal | Missing


def _movement(node: Node, context: Context) -> Movement:
    """The movement of a line, in cents that add up to the claim's payment due."""
    claim = node.parent or node
    found: dict[int, Movement] = claim.once("movements", lambda: _in_cents(claim, context))
    return found[id(node.record)]


def _in_cents(claim: Node, context: Context) -> dict[int, Movement]:
    """The movement of every line by its place in memory; as Procore tells it where it is no number."""
    items, parts = _items(claim), (_moved, _held, _released)
    told = [Movement(*(part(claim.inside(item), context) for part in parts)) for item in items]
    numbers = [[one for one in row if not isinstance(one, Missing)] for row in told]
    places = [id(item) for item in items]
    if any(len(row) < len(parts) for row in numbers):
        return dict(zip(places, told, strict=True))
    work, kept, back = ([cents(row[place]) for row in numbers] for place in range(len(parts)))
    due, whole = payment_due(claim, context), work_moved(claim, context)
    if due is not None and not isinstance(whole, Missing):
        work = _fitted(work, whole - sum(work), _count(work))
        missed = whole - cents(due) - (sum(kept) - sum(back))
        if any(kept):
            kept = _fitted(kept, missed, _count(kept, back))
        else:
            back = _fitted(back, -missed, _count(back))
    return {place: Movement(*row) for place, *row in zip(places, work, kept, back, strict=True)}


def _fitted(amounts: list[Decimal], missed: Decimal, count: int) -> list[Decimal]:
    """The amounts with the cents they miss on the largest, as far as there is one for each of `count`."""
    if not missed or abs(missed) > CENT * count:
        return amounts
    largest = max(range(len(amounts)), key=lambda place: abs(amounts[place]))
    return [one + missed if place == largest else one for place, one in enumerate(amounts)]


def _count(*columns: list[Decimal]) -> int:
    """How many lines have an amount in one of the columns."""
    return sum(1 for row in zip(*columns, strict=True) if any(row))


@remembered
def _moved(node: Node, context: Context) -> Decimal | Missing:
    before = _previous_item(node)
    values = (_number(node, TO_DATE), _amount(before.get(TO_DATE)) if before else _number(node, BEFORE))
    return NOT_A_NUMBER if None in values else values[0] - values[1]  # type: ignore[operator]


@remembered
def _released(node: Node, context: Context) -> Decimal | Missing:
    values = (_number(node, WORK_RELEASED), _number(node, STORED_RELEASED))
    return NOT_A_NUMBER if None in values else values[0] + values[1]  # type: ignore[operator]


@remembered
def _held(node: Node, context: Context) -> Decimal | Missing:
    back, before = _released(node, context), _previous_item(node)
    now = _balance(node.record)
    earlier = _balance(before) if before else _opening(node.record)
    if isinstance(back, Missing) or now is None or earlier is None:
        return NOT_A_NUMBER
    return now - earlier + back


def held_negative(node: Node, context: Context) -> Decimal | Missing:
    """The retention held in this claim, as a deduction."""
    amount = held(node, context)
    return amount if isinstance(amount, Missing) else -amount


def payable(node: Node, context: Context) -> Decimal | Missing:
    """The work moved in this claim, less retention held, plus retention released."""
    parts = (moved(node, context), held(node, context), released(node, context))
    missing = [part for part in parts if isinstance(part, Missing)]
    return missing[0] if missing else parts[0] - parts[1] + parts[2]  # type: ignore[operator]


def work_moved(node: Node, context: Context) -> Decimal | Missing:
    """The claim's completed and stored total to date less the same on the previous claim."""
    whole = _summary_moved(node, TO_DATE, BEFORE)
    return whole if isinstance(whole, Missing) else cents(whole)


def payment_due(node: Node, context: Context) -> Decimal | None:
    """The claim's payment due, without tax that Procore put on top; None where it is no number."""
    due, tax = (decimal(node.get(f"summary.{name}")) for name in ("current_payment_due", TAX))
    work, retained = work_moved(node, context), retention_moved(node, context)
    if due is None or not tax or isinstance(work, Missing) or isinstance(retained, Missing):
        return due
    return due - tax if cents(work - retained) == cents(due - tax) else due


def own_tax(node: Node, context: Context) -> str | None:
    """The tax that Procore worked out itself for the payment due; none where it does not."""
    tax = decimal(node.get(f"summary.{TAX}"))
    return format(tax, "f") if tax else None


def retention_moved(node: Node, context: Context) -> Decimal | Missing:
    """The retention in the claim's summary less the same on the previous claim."""
    return _summary_moved(node, "total_retainage", WORK_HELD_BEFORE)


def line_total(node: Node, context: Context, part: Any) -> Decimal | None:
    """The sum of `part` over the claim's lines; None when one is not a number."""
    total = Decimal(0)
    for item in _items(node):
        amount = part(node.inside(item), context)
        if isinstance(amount, Missing):
            return None
        total += amount
    return total


def _previous_item(node: Node) -> Record | None:
    """The same line on the contract's previous claim."""
    claim = node.parent or node

    def index() -> dict[tuple[str, str], Record]:
        items = claim.get("previous.items") or ()
        return {_line_id(item): item for item in items if isinstance(item, Mapping)}

    return claim.once("previous items", index).get(_line_id(node.record))


def _line_id(item: Record) -> tuple[str, str]:
    return str(item.get("item_type") or ""), str(item.get("line_item_id") or item.get("id") or "")


def _items(node: Node) -> list[Record]:
    return [item for item in node.get("items") or () if isinstance(item, Mapping)]


def _amount(value: Any) -> Decimal | None:
    return decimal(value)


def _number(node: Node, name: str) -> Decimal | None:
    return decimal(node.get(name))


def _balance(item: Record) -> Decimal | None:
    parts = [decimal(item.get(name)) for name in (WORK_HELD_BEFORE, WORK_HELD, WORK_RELEASED, STORED_HELD)]
    if None in parts:
        return None
    before, kept, back, stored = parts
    return before + kept - back + stored  # type: ignore[operator]


def _opening(item: Record) -> Decimal | None:
    return decimal(item.get(WORK_HELD_BEFORE))


def _summary_moved(node: Node, name: str, opening: str) -> Decimal | Missing:
    now = decimal(node.get(f"summary.{name}"))
    if node.get("previous"):
        before = decimal(node.get(f"previous.summary.{name}"))
    else:
        parts = [decimal(item.get(opening)) for item in _items(node)]
        numbers = [part for part in parts if part is not None]
        before = sum(numbers, Decimal(0)) if len(numbers) == len(parts) else None
    return NOT_A_NUMBER if now is None or before is None else now - before


# --- conditions ---------------------------------------------------------------------------------------------


def has_lines(node: Node, context: Context) -> bool:
    """The claim has lines."""
    return bool(_items(node))


def something_moved(node: Node, context: Context) -> bool:
    """Something moved: work, materials, retention held or released."""
    if not _items(node):
        return True  # no lines at all is a warning of its own
    return any(carries(node.inside(item), context) for item in _items(node))


def carries(node: Node, context: Context) -> bool:
    """Something moved on the line."""
    return any(not is_zero(part(node, context)) for part in (moved, held, released))


def adds_up(node: Node, context: Context) -> bool | str | Reason:
    """The claim's lines add up to its summary: work, retention and payment due."""
    items = _items(node)
    if not items:
        return True
    sums = [line_total(node, context, part) for part in (_moved, _held, _released)]
    work, retained = work_moved(node, context), retention_moved(node, context)
    due = payment_due(node, context)
    if None in sums or isinstance(work, Missing) or isinstance(retained, Missing) or due is None:
        return NOT_A_NUMBER.reason
    lines, kept, back = sums
    fitted = [line_total(node, context, part) or NOTHING for part in (moved, held, released)]
    if fitted[0] != work:
        return f"its lines come to {lines:,.2f} for this period but its summary to {work:,.2f}: {REOPEN}"
    agrees = cents(work - retained) == cents(due)
    close = abs(kept - back - retained) <= CENT * len(items)  # type: ignore[operator]
    if not close or (agrees and work - fitted[1] + fitted[2] != cents(due)):
        return (
            f"its lines hold {kept:,.2f} and release {back:,.2f} of retention, but the retention in its "
            f"summary changed by {retained:,.2f}: {REOPEN}"
        )
    if not agrees:
        return (
            f"its payment due is {due:,.2f}, but work less retention comes to "
            f"{work - retained:,.2f}: {REOPEN}"
        )
    return True


def remark(node: Node, context: Context) -> str:
    """What is said of a claim's document: its date, where it is another than the claim's, and cents moved."""
    work, kept, back = (_given(node, context, *pair) for pair in FITTED)
    cents_moved = {"": work, "the retention in ": kept - back}
    said = [
        f"{abs(missed):,.2f} by which its lines miss {words}its summary went to the largest of them"
        for words, missed in cents_moved.items()
        if missed
    ]
    return "; ".join(filter(None, (date_remark(node, context), *said)))


def _given(node: Node, context: Context, told: Any, fitted: Any) -> Decimal:
    """The cents that lines were given beyond what Procore tells of them."""
    total = NOTHING
    for item in _items(node):
        before, after = (part(node.inside(item), context) for part in (told, fitted))
        if not isinstance(before, Missing) and not isinstance(after, Missing):
            total += after - cents(before)
    return total


FITTED = ((_moved, moved), (_held, held), (_released, released))


def project_is_active(node: Node, context: Context) -> bool:
    """The project is active in Procore."""
    return node.get("project.active") is not False


def is_approved(node: Node, context: Context) -> bool:
    """The claim is approved, or approved as noted; pending owner approval too where the option says so."""
    sent = {"approved", "approved_as_noted"} | (
        {"pending_owner_approval"} if context.options.get("pending") else set()
    )
    return node.get("status") in sent


def has_date(node: Node, context: Context) -> bool | str:
    """The date that the option names is filled in."""
    named = {
        "requisition_end": "end of its period is",
        "approval": "day of approval cannot be found in its history, which is",
        "custom": "date in the custom field chosen in the options is",
    }.get(str(context.options.get("bill_date")), "billing date is")
    return bool(claim_date(node, context)) or f"its {named} empty: fill it in on the claim in Procore"


def tax_suits(node: Node, context: Context) -> bool | str:
    """Gross with deferred tax is for organisations that report tax on payments."""
    gross = context.options.get("retention") == "gross" and context.options.get("retention_tax") != "upfront"
    if gross and str(context.organisation().get("SalesTaxBasis") or "").upper() in ("ACCRUALS", "ACCRUAL"):
        return (
            "retention left unpaid with its tax deferred does not suit an organisation on "
            "accruals: choose another method"
        )
    return True


REOPEN = "open the claim in Procore, correct the lines and save it again"


def in_open_period(node: Node, context: Context) -> bool | str:
    """Its date lies after both lock dates of the Xero organisation, it was sent before, or the option gives
    it the first open day.
    """
    if context.options.get("locked") == REDATE:
        return True
    day, lock = claim_date(node, context), lock_date(context)
    if day is None or lock is None or day > lock or sent_documents(node, context):
        return True
    return (
        f"its date {day:%-d %b %Y} lies in a period locked up to {lock:%-d %b %Y}: change the date, "
        "or unlock the period in Xero"
    )


CHECKS = (
    Check(
        test=has_lines,
        warn="no-lines",
        audience=Audience.PROJECT,
        fix="procore",
        message="the claim has no lines: add its lines in Procore and save it again",
    ),
    Check(test=adds_up, warn="does-not-add-up", audience=Audience.PROJECT, fix="procore"),
    Check(test=has_date, warn="no-date", audience=Audience.PROJECT, fix="procore"),
    Check(test=in_open_period, warn="locked-period", fix="xero", new_only=True),
    Check(test=tax_suits, warn="retention-tax", audience=Audience.ADMINISTRATOR, fix="options"),
)
