"""What a claim holds and releases, which part of it OneCore did not book, and what its link remembers of it.

Retention held before the first claim here (the opening) is released first, and booked as it is kept. Amounts
are before tax.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from integrations import claims
from integrations.base import Audience, Check, Document, Reason, Record
from integrations.claim_headers import completion
from integrations.context import Context, Known, Missing
from integrations.expressions import Expression, Node, call, path
from integrations.local.retention import NOTES
from integrations.terms import KEPT_AS, sent_with, terms_of
from integrations.values import calendar_date, cents, decimal, is_zero

NOTHING = Decimal("0.00")
ADJUSTMENT = "adjustment"  # in the role of a document that carries what changed since
ON_ACCOUNT = ("account", "retention_bills")  # released by a line on the retention account
PLACES = {"deduct": "account", "credit_note": "account", "separate": "open", "gross": "open", "net": "lines"}
NAMES = {
    "deduct": "deducted",
    "net": "net",
    "separate": "a second document",
    "credit_note": "a credit note",
    "gross": "left unpaid",
}
# From where the balance is to where it should be -> the document that moves it.
CONVERSIONS = {
    ("account", "open"): "a bill of {amount} on the retention account, due when the retention is",
    ("account", "lines"): "a manual journal of {amount} from the retention account to the cost accounts",
    ("open", "account"): "a credit note of {amount} on the retention account, allocated to what is open",
    ("open", "lines"): "a credit note of {amount} on the cost accounts, allocated to what is open",
    ("open", "open"): "no document but the due dates of what is open, {amount},",
    ("lines", "account"): "a manual journal of {amount} from the cost accounts to the retention account",
    ("lines", "open"): "a bill of {amount} on the cost accounts, due when the retention is",
}


# --- the claim's own movement, and the opening's part of it -------------------------------------------------


def movement(node: Node, context: Context) -> tuple[Decimal | None, Decimal | None]:
    """What the claim holds, and what it releases; None where a line is no number."""

    def both() -> tuple[Decimal | None, Decimal | None]:
        return claims.line_total(node, context, claims.held), claims.line_total(
            node, context, claims.released
        )

    found: tuple[Decimal | None, Decimal | None] = node.once("movement", both)
    return found


def kin_of(node: Node, context: Context) -> list[Known]:
    """One link for each other claim of the contract that was sent, or is to be sent by the same run, in the
    order of their numbers.
    """
    found: dict[str, Known] = {}
    for one in context.kin.get(str(node.get("commitment_id")), ()):
        newer = one.subject not in found or ADJUSTMENT in one.role
        if newer and one.details.get("retention") and one.subject != str(node.get("id")):
            found[one.subject] = one
    return sorted(found.values(), key=number_of)


def number_of(known: Known) -> Decimal:
    """The number of the claim a link is of."""
    return decimal(known.details.get("claim_number")) or NOTHING


def sum_of(links: list[Known], name: str) -> Decimal:
    """The sum of an amount that links remember."""
    return sum((decimal(one.details.get(name)) or NOTHING for one in links), NOTHING)


def opening_left(node: Node, context: Context) -> Decimal:
    """The opening less what earlier claims, and those that were sent before this one, released of it."""
    own = decimal(node.get("number")) or NOTHING
    earlier = [one for one in kin_of(node, context) if number_of(one) < own or one.is_linked]
    return (terms_of(node, context).opening or NOTHING) - sum_of(earlier, "opening_released")


def _parts(node: Node, context: Context) -> dict[int, Decimal]:
    """How much of each line's release is the opening's, by the line's place in memory."""
    if not terms_of(node, context).opening:
        return {}
    left, found = opening_left(node, context), {}
    for item in node.get("items") or ():
        back = claims.released(node.inside(item), context)
        taken = NOTHING if isinstance(back, Missing) else max(min(left, back), NOTHING)
        found[id(item)] = taken
        left -= taken
    return found


def opening_part(node: Node, context: Context) -> Decimal:
    """How much of a line's release is of retention held before the first claim here."""
    claim = node.parent or node
    found: dict[int, Decimal] = claim.once("opening", lambda: _parts(claim, context))
    return found.get(id(node.record), NOTHING)


def booked_otherwise(node: Node, context: Context) -> str:
    """How the opening is kept, where that is not how the contract's retention is booked here."""
    kept = terms_of(node.parent or node, context).kept
    return kept if kept and KEPT_AS[kept] != context.options.get("retention") else ""


def released_here(node: Node, context: Context) -> Decimal | Missing:
    """The retention released in this claim; without an opening's part that is booked as it is kept."""
    back = claims.released(node, context)
    if isinstance(back, Missing) or not booked_otherwise(node, context):
        return back
    return back - opening_part(node, context)


def cleared_here(node: Node, context: Context) -> Decimal | Missing:
    """The retention released in this claim, taken off the placeholder."""
    back = released_here(node, context)
    return back if isinstance(back, Missing) else -back


def payable_here(node: Node, context: Context) -> Decimal | Missing:
    """The work moved in this claim, less retention held, plus retention released."""
    whole, back, here = (part(node, context) for part in (claims.payable, claims.released, released_here))
    parts = [part for part in (whole, back, here) if isinstance(part, Missing)]
    return parts[0] if parts else whole - back + here  # type: ignore[operator]


def moved_here(node: Node, context: Context) -> Decimal | Missing:
    """What moved on the line, held and released counted without their signs."""
    parts = [claims.moved(node, context), claims.held(node, context), released_here(node, context)]
    missing = [part for part in parts if isinstance(part, Missing)]
    return missing[0] if missing else sum((abs(part) for part in parts), Decimal(0))  # type: ignore[arg-type]


def opening_on_account(node: Node, context: Context) -> Decimal:
    """The release of retention from before, where it is kept on the account or as retention bills."""
    return opening_part(node, context) if booked_otherwise(node, context) in ON_ACCOUNT else NOTHING


def opening_in_lines(node: Node, context: Context) -> Decimal:
    """The release of retention from before, where it was never in Xero."""
    return opening_part(node, context) if booked_otherwise(node, context) == "nowhere" else NOTHING


def opening_cleared(node: Node, context: Context) -> Decimal:
    """The release of retention from before, taken off the retention bills that hold it."""
    return -opening_part(node, context) if booked_otherwise(node, context) == "retention_bills" else NOTHING


# --- what a link remembers ----------------------------------------------------------------------------------


def _facts(node: Node, context: Context) -> dict[str, Any]:
    kept, back = movement(node, context)
    opening = sum((opening_part(node.inside(item), context) for item in node.get("items") or ()), NOTHING)
    carried = carried_in(node, context)
    return {
        "held": None if kept is None else str(cents(kept)),
        "released": None if back is None else str(cents(back)),
        # Nothing is said as well: what a link remembers stays until something else is said.
        "opening_released": str(cents(opening)),
        "carried": str(cents(carried)),
        "day": claims.claim_date(node, context),
        "completes": completion(node),
    }


def _fact(name: str, words: str) -> Expression:
    def drawn(node: Node, context: Context) -> Any:
        value = node.once("holdings", lambda: _facts(node, context))[name]
        return None if value is None else str(value)

    drawn.__doc__ = words
    return call(drawn)


def _option(name: str, words: str) -> Expression:
    def drawn(node: Node, context: Context) -> Any:
        return context.options.get(name)

    drawn.__doc__ = words
    return call(drawn)


DETAILS: dict[str, Expression] = {
    "contract": path("commitment_id"),
    "project": path("project_id"),
    "previous": path("previous.id"),
    "retention": _option("retention", "The method in force."),
    "retention_tax": _option("retention_tax", "The tax on retention in force."),
    "held": _fact("held", "What the claim holds."),
    "released": _fact("released", "What the claim releases."),
    "opening_released": _fact("opening_released", "What it releases of the opening."),
    "carried": _fact("carried", "What was held before the contract's first claim."),
    "claim_day": _fact("day", "The claim's date."),
    "completes": _fact("completes", "The day the project is, or is to be, complete."),
    "claim_number": path("number"),
    "contract_number": path("commitment.number"),
    "contract_title": path("commitment.title"),
    "project_number": path("project.project_number"),
    "project_name": path("project.name"),
    "vendor": path("vendor_name"),
}


def moves(node: Node, context: Context) -> bool:
    """It holds or releases retention."""
    return any(movement(node, context))


def noted(bill: Document) -> Document:
    """What a claim that makes no document holds and releases, for the ledger and for the claims after it."""
    return Document(
        target=NOTES,
        title="retention of {vendor_name}, {commitment.number} claim {number}",
        alone=True,
        when=moves,
        marker=("number", "key"),
        once=frozenset({"number"}),
        fields={"number": bill.fields["InvoiceNumber"], "key": path("id")},
        details=bill.details,
    )


# --- conditions ---------------------------------------------------------------------------------------------


def carried_in(node: Node, context: Context) -> Decimal:
    """The retention of the contract that was held before its first claim here, as far as claims show it;
    never less than nothing.
    """
    return max(_carried_in(node, context), NOTHING)


def _carried_in(node: Node, context: Context) -> Decimal:
    previous, kin = node.get("previous"), kin_of(node, context)
    if not previous:
        return _before(node.get("items"))
    if _was_left_out(node, previous, context):
        earlier = [one for one in kin if number_of(one) < (decimal(node.get("number")) or NOTHING)]
        whole = decimal(Node(previous).get("summary.total_retainage")) or NOTHING
        return whole - sum_of(earlier, "held") + sum_of(earlier, "released")
    if "previous_requisition_id" in previous and not previous["previous_requisition_id"]:
        return _before(previous.get("items"))
    known = [decimal(one.details.get("carried")) or NOTHING for one in kin]
    return max(known, default=NOTHING)


def _was_left_out(node: Node, previous: Record, context: Context) -> bool:
    """Whether the claim before it is never sent: dated before the start, in Xero already, or, where no claim
    of the contract is known, one in which nothing moved.
    """
    kin, before = kin_of(node, context), Node(previous)
    if context.is_already_there(str(previous.get("id"))):
        return True
    if not kin and not claims.something_moved(before, context):
        return True
    start = calendar_date(context.options.get("start_date"))
    day = claims.claim_date(before, context) if start else None
    sent = {one.subject for one in kin}
    return bool(start and day and day < start and str(previous.get("id")) not in sent)


def _before(items: Any) -> Decimal:
    def amounts() -> Iterator[Decimal]:
        for item in items or ():
            held: Record = item if isinstance(item, dict) else {}
            yield decimal(held.get(claims.WORK_HELD_BEFORE)) or NOTHING

    return sum(amounts(), NOTHING)


def release_is_known(node: Node, context: Context) -> bool | str:
    """What is released was held in claims that OneCore knows, or the contract's terms say how it was kept."""
    _, back = movement(node, context)
    if not back or back < 0 or context.options.get("opening") == "send":
        return True
    if terms_of(node, context).opening is not None:
        return True
    before = carried_in(node, context)
    return not before or (
        f"it releases {back:,.2f} of retention that was held before its first claim here ({before:,.2f}): "
        "see how that was booked in Xero, then enter it as the opening of this contract's retention terms"
    )


def has_retention_account(node: Node, context: Context) -> bool:
    """An account for retention is set, when the claim holds or releases any."""
    inner = [node.inside(item) for item in node.get("items") or ()]
    by_account = context.options.get("retention") not in ("net", "gross")
    held = by_account and any(not is_zero(claims.held(one, context)) for one in inner)
    back = by_account and any(not is_zero(released_here(one, context)) for one in inner)
    back = back or any(not is_zero(opening_on_account(one, context)) for one in inner)
    account = context.options.get("retention_held_account")
    return bool(account or not (held or (back and not context.options.get("retention_released_account"))))


def method_stands(node: Node, context: Context) -> bool | Reason:
    """It was sent, or its contract's retention is booked as before, or the balance was converted."""
    kept, back = movement(node, context)
    kin = [one for one in kin_of(node, context) if one.is_linked]
    if not (kept or back) or not kin or sent_with(node, context):
        return True
    before, now = str(kin[-1].details["retention"]), str(context.options.get("retention"))
    same_tax = str(kin[-1].details.get("retention_tax")) == str(context.options.get("retention_tax"))
    same = before == now or {before, now} == {"deduct", "credit_note"}
    balance = sum_of(kin, "held") - sum_of(kin, "released") + sum_of(kin, "opening_released")
    terms = terms_of(node, context)
    if (same and (same_tax or now in ("net", "gross"))) or not balance or terms.converted == now:
        return True
    told = _proposal(before, now, balance, context)
    if node.get("contract"):  # a head contract's: the receivable side
        told = told.replace("a bill of", "a sales invoice of").replace("cost accounts", "revenue accounts")
    return Reason("retention-method", told, fix="contract-terms")


def _proposal(before: str, now: str, balance: Decimal, context: Context) -> str:
    """What a person has to enter so that the balance follows the new method."""
    held = f"the contract still holds {balance:,.2f} that was booked as “{NAMES[before]}”"
    wanted = f"its retention is now to be booked as “{NAMES[now]}”"
    places = PLACES[before], PLACES[now]
    if before == now or places == ("account", "account"):
        what = "a manual journal for the tax of {amount}"
    else:
        what = CONVERSIONS[places]
    accounts = str(context.options.get("retention_held_account") or "")
    named = f" (account {accounts})" if accounts and "retention account" in what else ""
    return (
        f"{held}, and {wanted}: {what.format(amount=f'{balance:,.2f}')}{named} converts the balance in Xero; "
        "enter it there and note in the contract's retention terms that it was converted, or choose the "
        "former method again"
    )


CHECKS = (
    Check(test=release_is_known, warn="release-unknown", fix="contract-terms"),
    Check(
        test=has_retention_account,
        warn="no-retention-account",
        audience=Audience.ADMINISTRATOR,
        fix="options",
        message="it holds or releases retention, and no account for retention is set: choose one in "
        "the options",
    ),
    Check(test=method_stands, warn="retention-method", fix="contract-terms"),
)
