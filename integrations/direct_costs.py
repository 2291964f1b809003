"""Direct costs on their way out: which are sent, how they are dated, and what their lines hold.

A direct cost's node has, joined, `lines`: read one call each, so only for what is sent. Amounts are before
tax.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integrations import claim_headers, claims, contract_lines, costs_in, starts, unregistered
from integrations.base import Audience, Check, Option, Record, Subject
from integrations.context import Context
from integrations.expressions import Expression, Node
from integrations.procore.costs import DIRECT_COSTS
from integrations.values import CENT, Line, cents, decimal

DAYS = re.compile(r"(?:net\s*)?(\d{1,3})\s*(?:days?)?", re.IGNORECASE)  # other terms are left to the contact


# --- reading ------------------------------------------------------------------------------------------------


def for_project(project: Record, options: Mapping[str, Any]) -> bool:
    """Whether the options name the project, or name none."""
    named = str(options.get("projects") or "")
    wanted = {one.strip().casefold() for one in re.split(r"[,;\n]", named) if one.strip()}
    return not wanted or str(project.get("project_number") or "").strip().casefold() in wanted


def is_read(node: Node, context: Context) -> bool:
    """Whether its lines are worth a call."""
    return all(test(node, context) for test in (is_invoice, is_not_ours, is_approved, is_free))


def with_files(record: Record) -> list[str]:
    """Its id, where it is sent and may have attachments."""
    sent = record.get("direct_cost_type") == "invoice" and record.get("status") == "approved"
    return [str(record.get("id"))] if sent else []


def whole(record: Record) -> Iterable[Subject]:
    """The direct cost with its lines as other documents have them."""
    types, key = contract_lines.by_code(record.get("types")), str(record.get("id"))
    lines = [one for one in record.get("lines") or () if isinstance(one, Mapping)]
    items = [
        {
            **line,
            "description": line.get("description") or record.get("description") or "",
            "wbs_code": contract_lines.coded(line, types),
        }
        for line in lines
    ]
    shown = record.get("shown") or {}
    yield Subject(key, {**record, "items": items, "attachments": shown.get("attachments")}, key)


# --- conditions ---------------------------------------------------------------------------------------------


def is_enabled(node: Node, context: Context) -> bool:
    """Direct costs of its project are sent: the options name it, or name none."""
    project = node.get("project")
    return for_project(project if isinstance(project, Mapping) else {}, context.options)


def is_invoice(node: Node, context: Context) -> bool:
    """It is an invoice, neither an expense nor payroll."""
    return node.get("direct_cost_type") == "invoice"


def is_approved(node: Node, context: Context) -> bool:
    """It is approved."""
    return node.get("status") == "approved" and not node.get("deleted_at")


def is_free(node: Node, context: Context) -> bool:
    """No other integration holds it, or it was sent before that one came."""
    held = bool(node.get("origin_id") or node.get("origin_data"))
    known = context.own_link("bill", str(node.get("id")))
    return not held or bool(known and known.is_linked)


def is_not_ours(node: Node, context: Context) -> bool:
    """OneCore did not write it: what came from Xero or from timecards never goes back."""
    return str(node.get("id")) not in context.written and not costs_in.says_from_xero(node.record)


def has_number(node: Node, context: Context) -> bool:
    """It has an invoice number."""
    return bool(str(node.get("invoice_number") or "").strip())


def has_lines(node: Node, context: Context) -> bool:
    """It has at least one line with an amount."""
    return contract_lines.any_amount(node.get("items") or ())


def adds_up(node: Node, context: Context) -> bool | str:
    """Its lines add up to its amount."""
    amounts = _amounts(node)
    if not amounts or None in amounts or not _headers(node) or header(node, context) is not None:
        return True  # no lines and what is no number are said elsewhere
    lines = sum((one for one in amounts if one is not None), Decimal(0))
    return (
        f"its lines come to {lines:,.2f} but its amount is {_headers(node)[0]:,.2f}: open the direct cost in "
        "Procore, correct its lines and save it again"
    )


def header(node: Node, context: Context) -> Decimal | None:
    """Its amount, where its lines miss it by no more than a cent each."""
    amounts = _amounts(node)
    lines = sum((one for one in amounts if one is not None), Decimal(0))
    near = (one for one in _headers(node) if abs(one - lines) <= CENT * len(amounts))
    return None if None in amounts else next(near, None)


def own_tax(node: Node, context: Context) -> str | None:
    """The tax that Procore worked out itself and put on top; none where it does not."""
    without, whole = header(node, context), decimal(node.get("grand_total"))
    return format(whole - without, "f") if without is not None and whole and whole != without else None


def _amounts(node: Node) -> list[Decimal | None]:
    return [decimal(line.get("amount")) for line in node.get("items") or ()]


def _headers(node: Node) -> list[Decimal]:
    """What it comes to as its list and as the record itself say; the latter may include Procore's own tax."""
    said = [decimal(node.get(name)) for name in ("amount", "grand_total") if node.get(name) is not None]
    return [one for one in said if one is not None]


def has_date(node: Node, context: Context) -> bool | str:
    """The date that the option names is filled in."""
    named = "received date" if context.options.get("bill_date") == "received_date" else "date"
    there = bool(claim_headers.claim_date(node, context))
    return there or f"its {named} is empty: fill it in on the direct cost in Procore"


# --- fields -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class adding_up(Expression):
    """Lines that come to the direct cost's amount: the cents by which they miss it go to the largest."""

    lines: Expression

    def __call__(self, node: Node, context: Context) -> list[Line]:
        lines, whole = list(self.lines(node, context)), header(node, context)
        amounts = [one for line in lines if isinstance(one := line.fields.get("UnitAmount"), Decimal)]
        if whole is None or not lines or len(amounts) < len(lines):
            return lines
        place = max(range(len(lines)), key=lambda index: abs(amounts[index]))
        more = cents(whole) - sum(amounts, Decimal(0))
        largest = lines[place]
        lines[place] = replace(largest, fields={**largest.fields, "UnitAmount": amounts[place] + more})
        return lines

    def __str__(self) -> str:
        return f"{self.lines}; cents by which they miss the direct cost's amount go to the largest"


def due_date(node: Node, context: Context) -> date | None:
    """The due date by the option: Procore's terms, else the contact's in Xero, else 30 days."""
    day, terms = claim_headers.claim_date(node, context), DAYS.fullmatch(str(node.get("terms") or "").strip())
    by_option = str(context.options.get("due_date") or "procore") != "procore"
    if day is None or by_option or terms is None:
        return claim_headers.due_date(node, context)
    return day + timedelta(days=int(terms[1]))


def currency(node: Node, context: Context) -> str | None:
    """The direct cost's currency, where it is another one than the organisation's own."""
    return claim_headers.currency(node, context)


def address(node: Node, context: Context) -> str:
    """The direct cost's address in Procore."""
    return context.web(DIRECT_COSTS.web, node.record)


# --- options and checks -------------------------------------------------------------------------------------

_OWN: Mapping[str, dict[str, Any]] = {
    "bill_status": {},
    "number": {},
    "line_text": {"default": "{invoice_number} {description}"},
    "bill_date": {
        "default": "direct_cost_date",
        "choices": (("direct_cost_date", "date of the direct cost"), ("received_date", "received date")),
        "needs": None,
    },
    "due_date": {
        "choices": (
            ("procore", "Procore's terms, else the contact's, else 30 days"),
            ("days", "days after the date"),
            ("month-end", "days after the end of the month"),
            ("following-month", "day of the following month"),
        ),
    },
    "due_days": {},
    "locked": {},
    "attachments": {},
    "update_draft": {},
    "update_submitted": {},
    "update_authorised": {},
    "procore_wins": {},
    "withdrawn": {"label": "When a sent direct cost is taken back or deleted"},
}
OPTIONS = (
    Option(
        name="projects",
        label="Projects whose direct costs are sent",
        help="Their numbers, with commas between them. Empty: every project.",
    ),
    *(replace(one, **_OWN[one.name]) for one in claim_headers.OPTIONS if one.name in _OWN),
)
CHECKS = (
    Check(test=claims.project_is_active),
    Check(test=is_enabled),
    Check(test=is_invoice),
    Check(test=is_not_ours),
    Check(test=is_approved, withdraws=True),
    Check(test=is_free),
    *starts.checks(claim_headers.claim_date),
    Check(
        test=has_number,
        warn="no-invoice-number",
        audience=Audience.PROJECT,
        fix="procore",
        message="it has no invoice number: enter the supplier's in Procore",
    ),
    Check(
        test=has_lines,
        warn="no-lines",
        audience=Audience.PROJECT,
        fix="procore",
        message="the direct cost has no line with an amount: add its lines in Procore and save it again",
    ),
    Check(test=adds_up, warn="does-not-add-up", audience=Audience.PROJECT, fix="procore"),
    Check(test=has_date, warn="no-date", audience=Audience.PROJECT, fix="procore"),
    Check(test=claims.in_open_period, warn="locked-period", fix="xero", new_only=True),
    unregistered.untaxed(unregistered.has_amount),
)
