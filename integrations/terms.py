"""What a contract's terms say of its retention, where they differ from the tenant's options. Pure.

A claim that was sent keeps the method and tax it was sent with, whatever is chosen afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.base import Integration
from integrations.context import Context, Known
from integrations.expressions import Node

SIDES = {"progress-claims": "payable", "head-contract-claims": "receivable"}
# How retention held before OneCore is kept in the books -> the method by which its release is booked.
KEPT_AS = {"account": "deduct", "unpaid": "gross", "retention_bills": "separate", "nowhere": "net"}
MAIN_ROLES = ("bill", "release", "credit_note", "retention", "noted")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """One contract's terms as the planner reads them; "" and None: as the tenant's options say."""

    project: str = ""
    number: str = ""
    contract_id: str = ""
    method: str = ""
    tax: str = ""
    opening: Decimal | None = None  # before tax; None: nobody said
    kept: str = ""
    completes: date | None = None  # the day of practical completion, where somebody entered it
    converted: str = ""  # the method to which a person converted the balance


NONE = Terms()


def indexed(terms: Iterable[Terms]) -> dict[tuple[str, ...], Terms]:
    """The terms by the contract's id, and by its project's number and its own."""
    found: dict[tuple[str, ...], Terms] = {}
    for one in terms:
        found[key_of(one.project, one.number)] = one
        if one.contract_id:
            found[(one.contract_id,)] = one
    return found


def key_of(project: Any, number: Any) -> tuple[str, ...]:
    """The key of a contract by its project's number and its own."""
    return str(project or "").strip().casefold(), str(number or "").strip().casefold()


def terms_of(node: Node, context: Context) -> Terms:
    """The terms of a claim's contract; empty ones where nobody entered any."""
    if not context.terms:
        return NONE
    by_id = context.terms.get((str(node.get("commitment_id")),))
    named = key_of(node.get("project.project_number"), node.get("commitment.number"))
    found: Terms = by_id or context.terms.get(named) or NONE
    return found


def context_of(integration: type[Integration], node: Node, context: Context) -> Context:
    """The context with the retention options in force for this claim's contract."""
    if integration.slug not in SIDES:
        return context
    terms = terms_of(node, context)
    chosen: dict[str, Any] = {"retention": terms.method, "retention_tax": terms.tax} | dict(
        sent_with(node, context)
    )
    options = {name: value for name, value in chosen.items() if value}
    if (options.get("retention") or context.options.get("retention")) == "net":
        options["retention_tax"] = "defer"  # net takes the tax with each line
    if all(context.options.get(name) == value for name, value in options.items()):
        return context
    return replace(context, options={**context.options, **options})


def sent_with(node: Node, context: Context) -> Mapping[str, Any]:
    """The method and tax with which the claim was sent; empty before."""
    known = next((one for one in sent_documents(node, context) if one.details.get("retention")), None)
    return {name: known.details.get(name) for name in ("retention", "retention_tax")} if known else {}


def sent_documents(node: Node, context: Context) -> list[Known]:
    """What was sent of the claim, the document first that says what it is; adjustments left out."""
    links = (context.own_link(role, str(node.get("id"))) for role in MAIN_ROLES)
    return [known for known in links if known is not None and known.is_linked]


def contexts(context: Context) -> list[Context]:
    """One context for each method in use: the tenant's, and those of single contracts."""
    methods = {one.method for one in context.terms.values() if one.method} - {
        context.options.get("retention")
    }
    others = [replace(context, options={**context.options, "retention": method}) for method in methods]
    return [context, *others]
