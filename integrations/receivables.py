"""What is particular to the owner's side: claims on head contracts in the shape of progress claims, revenue.

A head contract claim is read three ways: its project's list, its own record with the rows of its lines, and
the record of the contract's claim before it. Amounts are before tax.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from integrations import claim_headers, claims, coding, contract_lines
from integrations.base import Audience, Option, Reason, Record, Subject, dig
from integrations.context import Context, Missing
from integrations.expressions import Node
from integrations.values import calendar_date, decimal, hash_of
from integrations.xero import resources as xero

# They keep the names of bills and credit notes, by which retention knows the two documents of a claim.
INVOICES = replace(
    xero.BILLS,
    label="sales invoice",
    plural="sales invoices",
    query={**xero.BILLS.query, "where": 'Type=="ACCREC"'},
    web="/AccountsReceivable/View.aspx?InvoiceID={InvoiceID}",
    after_payment=frozenset(),  # only bills may be edited once a payment is applied
)
CREDIT_NOTES = replace(
    xero.CREDIT_NOTES,
    label="sales credit note",
    plural="sales credit notes",
    query={**xero.CREDIT_NOTES.query, "where": 'Type=="ACCRECCREDIT"'},
    web="/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={CreditNoteID}",
)


# --- reading ------------------------------------------------------------------------------------------------


def own_id(record: Record) -> list[str]:
    """The claim's id, where it is approved: its lines are read."""
    return [str(record.get("id"))] if record.get("status") == "approved" else []


def earlier_ids(record: Record) -> list[str]:
    """The ids of the contract's claims before it that were not sent back, the last one first."""
    number = decimal(record.get("number"))
    earlier = [
        (before, str(one.get("id")))
        for one in record.get("series") or ()
        if (before := decimal(one.get("number"))) is not None
        and number is not None
        and before < number
        and one.get("status") != "revise_and_resubmit"
    ]
    return [one for _, one in sorted(earlier, reverse=True)]


def previous_id(record: Record) -> list[str]:
    """The id of the contract's claim before it that was not sent back."""
    return earlier_ids(record)[:1] if own_id(record) else []


def stamp(record: Record, today: date) -> str:
    """What the lists say of a claim, its contract and the contract's other claims; "" where one of them
    changed yesterday or today: Procore tells the day of a change, not the moment.
    """
    series = record.get("series") or ()
    days = [calendar_date(one.get("updated_at")) for one in (record, *series)]
    if any(day is None or day >= today - timedelta(days=1) for day in days):
        return ""
    names = ("id", "prime", "period", "series", "project.project_number", "project.name")
    return hash_of([dig(record, name) for name in names])


def whole(record: Record) -> Iterable[Subject]:
    """The claim with its lines, its head contract and the claim before it, as progress claims have them."""
    prime, key = record.get("prime") or {}, str(record.get("id"))
    types = contract_lines.by_code(record.get("types"))
    before = record.get("before")
    shaped = {name: value for name, value in record.items() if name not in ("series", "before", "detail")}
    drawn = {
        **shaped,
        **_sheet(record.get("detail") or {}, types),
        "commitment": prime,
        "commitment_id": dig(record, "contract.id"),
        "vendor_id": dig(prime, "vendor.id"),
        "vendor_name": dig(prime, "vendor.name"),
        "requisition_end": record.get("period_end"),
        "attachments": dig(record, "detail.attachments"),
        "previous": _previous(record, before, types) if before else None,
    }
    yield Subject(key, drawn, key)


def _previous(record: Record, before: Record, types: Mapping[str, Record]) -> dict[str, Any]:
    """The claim before it, with the id of the one before that."""
    further = next(iter(earlier_ids(record)[1:]), None)
    header = {"id": before.get("id"), "billing_date": before.get("billing_date")}
    return {**header, "previous_requisition_id": further, **_sheet(before, types)}


def _sheet(detail: Record, types: Mapping[str, Record]) -> dict[str, Any]:
    rows = [_row(row, types) for row in detail.get("g703") or () if isinstance(row, Mapping)]
    turns = Counter(_origin(row) for row in rows)
    for row in rows:  # rows of one change order are told apart by their budget codes
        if turns[_origin(row)] > 1:
            row["line_item_id"] = f"{row['line_item_id']} {dig(row, 'wbs_code.flat_code') or ''}".strip()
    return {"summary": detail.get("g702") or {}, "items": rows}


def _origin(row: Record) -> tuple[str, str]:
    return str(row["item_type"]), str(row["line_item_id"])


def _row(row: Record, types: Mapping[str, Record]) -> dict[str, Any]:
    return {
        **row,
        "item_type": row.get("origin_type"),
        "line_item_id": row.get("origin_id") or row.get("id"),
        claims.BEFORE: row.get("work_completed_from_previous_application"),
        "wbs_code": contract_lines.coded(row, types),
    }


# --- conditions ---------------------------------------------------------------------------------------------


def is_approved(node: Node, context: Context) -> bool:
    """The claim is approved."""
    return node.get("status") == "approved"


# --- fields -------------------------------------------------------------------------------------------------


def due_date(node: Node, context: Context) -> date | None:
    """The due date by the option: Procore's, else the client's payment terms in Xero, else 30 days."""
    by_option = str(context.options.get("due_date") or "procore") != "procore"
    day = claim_headers.claim_date(node, context)
    if day is None or by_option or calendar_date(node.get("period.due_date")):
        return claim_headers.due_date(node, context)
    terms = (coding.contact_of(node, context).get("PaymentTerms") or {}).get("Sales") or {}
    kind, count = str(terms.get("Type") or "DAYSAFTERBILLDATE"), claim_headers.days_in(terms.get("Day"))
    return claim_headers.by_terms(day, kind, count)


def revenue_account(node: Node, context: Context) -> str | Missing:
    """The revenue account of the most specific cost code rule; the option's for a line of markup."""
    asked = coding.rule_values(node)
    code = asked["code"]
    if not code:
        chosen = str(context.options.get("markup_account") or "")
        return chosen or Missing(
            Reason(
                "no-revenue-account",
                "one of its lines is markup without a cost code, and no revenue account for markup is set: "
                "choose one in the options",
                Audience.ADMINISTRATOR,
                "options",
            )
        )
    rule = context.rules.find("revenue_account", **asked)
    if rule is not None:
        return rule.revenue_account
    entry = context.cost_codes.get(code) or {}
    name = f" ({entry['name']})" if entry.get("name") else ""
    return Missing(
        Reason(
            "no-revenue-account",
            f"cost code {code}{name} has no revenue account: give it one in the cost code rules",
            Audience.ACCOUNTS,
            "cost-code-rules",
            key=f"revenue of cost code {code}",
        )
    )


def revenue_tax(node: Node, context: Context) -> str | Missing:
    """The tax type: by a rule whose tax suits revenue, else the client's default, else the account's; one
    that the account cannot take is a warning.
    """
    account = revenue_account(node, context)
    rule = context.rules.find("tax_type", **coding.rule_values(node))
    rate = context.records("tax_rates").get(rule.tax_type, {}) if rule else {}
    suiting = rule if rate.get("CanApplyToRevenue") else None
    return coding.tax_by(node, context, account, suiting, "AccountsReceivableTaxType")


def retention_tax(node: Node, context: Context) -> Any:
    """The tax type of the work it belongs to, or “BAS excluded” where tax is paid upfront."""
    upfront = context.options.get("retention_tax") == "upfront"
    return coding.without_tax(context) if upfront else revenue_tax(node, context)


# --- options ------------------------------------------------------------------------------------------------

NUMBER = "{project.project_number}-{commitment.number}-{number}"
_OWN: Mapping[str, dict[str, Any]] = {
    "bill_status": {"label": "Create invoices as"},
    "number": {"label": "Number of the invoice", "default": NUMBER},
    "line_text": {},
    "bill_date": {
        "label": "Date of the invoice",
        "choices": (("billing_date", "billing date"), ("requisition_end", "end of the period")),
        "needs": None,
    },
    "due_date": {},
    "due_days": {},
    "locked": {},
    "attachments": {},
    "update_draft": {},
    "update_submitted": {"label": "Update invoices awaiting approval"},
    "update_authorised": {"label": "Update approved, unpaid invoices"},
    "procore_wins": {},
    "withdrawn": {"choices": (("warn", "warn"), ("remove", "void or delete the invoice"))},
}
OPTIONS = (
    *(replace(one, **_OWN[one.name]) for one in claim_headers.OPTIONS if one.name in _OWN),
    Option(name="markup_account", label="Revenue account for markup lines", kind="account"),
)
