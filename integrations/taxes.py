"""Procore's tax codes and its own tax beside Xero's tax types. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.base import Audience, Option, Reason, Record, Resource
from integrations.context import Context
from integrations.expressions import Node
from integrations.values import CENT, decimal

OPTION = Option(
    name="tax_codes",
    label="Use Procore's tax codes",
    kind="yes-no",
    default=False,
    help="Costs one more call for each contract whose claims are looked at.",
)


@dataclass(frozen=True, kw_only=True)
class TaxCode:
    """A tax code of Procore and the tax type in Xero that it stands for."""

    id: str
    code: str
    tax_type: str


def is_active(node: Node, context: Context) -> bool:
    """The tax rate is in use."""
    return node.get("Status") in (None, "ACTIVE")


def is_in_use(node: Node, context: Context) -> bool:
    """Whether it is not archived in Procore."""
    return not node.get("archived")


def tax_code(node: Node, context: Context) -> TaxCode | None:
    """The tax code of a line, or of the contract line that a claim bills; None where it is not mapped."""
    if not context.options.get("tax_codes"):
        return None
    found = node.get("tax_code_id") or _of_contract(node)
    return context.tax_codes.get(str(found)) if found else None


def _of_contract(node: Node) -> Any:
    claim = node.parent
    if claim is None or not claim.get("contract_lines") or node.get("item_type") != "contract_item":
        return None

    def codes() -> Mapping[str, Any]:
        return {str(line.get("id")): line.get("tax_code_id") for line in claim.get("contract_lines")}

    return claim.once("tax codes", codes).get(str(node.get("line_item_id")))


def subcontract_of(claim: Record) -> Iterable[str]:
    """The claim's commitment, where it is a subcontract."""
    return _commitment(claim, "WorkOrderContract")


def order_of(claim: Record) -> Iterable[str]:
    """The claim's commitment, where it is a purchase order."""
    return _commitment(claim, "PurchaseOrderContract")


def _commitment(claim: Record, kind: str) -> Iterable[str]:
    number = claim.get("commitment_id")
    return [str(number)] if number and claim.get("commitment_type") == kind else []


PARTED = ("credit_note", "gross")  # the methods of retention that spread a claim's tax over documents


def own_tax_differs(
    role: str, details: Mapping[str, Any], target: Record, resource: Resource
) -> tuple[Reason, ...]:
    """Where the tax that Procore worked out itself is not the document's, by more than a cent for each line.

    Compared on a record's main document, where it bears the whole tax: not where retention is taxed upfront.
    """
    parted = details.get("retention") in PARTED or details.get("retention_tax") == "upfront"
    if role != "bill" or parted or not details.get("own_tax") or target.get("TotalTax") is None:
        return ()
    own, there = (abs(decimal(one) or Decimal(0)) for one in (details["own_tax"], target["TotalTax"]))
    if abs(own - there) <= CENT * len(target.get(resource.lines) or (1,)):
        return ()
    told = (
        f"Procore's own tax on it is {own:,.2f} and Xero's is {there:,.2f}: correct the tax codes in "
        "Procore, or the tax types in the cost code rules"
    )
    return (Reason("own-tax-differs", told, Audience.ACCOUNTS, "cost-code-rules"),)
