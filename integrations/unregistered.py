"""Vendors that are marked as not registered for GST: nothing taxed is sent for them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from integrations.base import Audience, Check
from integrations.coding import code_of, expense_tax
from integrations.context import Context, Missing
from integrations.expressions import Node
from integrations.values import decimal, is_zero

CONTACTS = "contacts"
MARK = "unregistered"  # among the details of a vendor's link


def untaxed(carries: Callable[[Node, Context], bool]) -> Check:
    """The condition for records whose lines count where they carry something."""

    def test(node: Node, context: Context) -> bool | str:
        """No line is taxed where the vendor is marked as not registered for GST."""
        known = context.by_target.get((CONTACTS, str(node.get("vendor_id"))))
        if known is None or not known.details.get(MARK):
            return True
        items = [node.inside(item) for item in node.get("items") or () if isinstance(item, Mapping)]
        taxed = (one for one in items if carries(one, context) and is_taxed(one, context))
        codes = [code for code in dict.fromkeys(map(code_of, taxed)) if code]  # one without is said elsewhere
        return not codes or (
            f"{node.get('vendor_name') or 'its vendor'} is marked as not registered for GST, but its lines "
            f"with cost code{'s' * (len(codes) > 1)} {', '.join(codes)} would be taxed: choose a tax type "
            "without GST in the cost code rules, or take the mark off"
        )

    return Check(test=test, warn="taxed-not-registered", audience=Audience.ACCOUNTS, fix="unregistered")


def is_taxed(node: Node, context: Context) -> bool:
    """Whether the line's tax type has a rate above nothing; one that is missing is said elsewhere."""
    tax = expense_tax(node, context)
    rate = {} if isinstance(tax, Missing) else context.records("tax_rates").get(tax, {})
    return (decimal(rate.get("EffectiveRate", rate.get("DisplayTaxRate"))) or 0) > 0


def has_amount(node: Node, context: Context) -> bool:
    """Whether a line has an amount."""
    return not is_zero(node.get("amount"))
