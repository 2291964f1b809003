"""Standard cost codes with their cost types in Procore -> items in Xero."""

from collections.abc import Iterable
from dataclasses import replace

from integrations import coding
from integrations.base import (
    Check,
    Document,
    Integration,
    Join,
    Match,
    Record,
    Search,
    Source,
    Subject,
    Write,
)
from integrations.context import Context
from integrations.expressions import Node, call, const, text
from integrations.procore.resources import LINE_ITEM_TYPES, STANDARD_COST_CODES
from integrations.xero import resources as xero

ITEMS = replace(
    xero.ITEMS,
    create=Write(method="PUT", path="Items", wrap="Items", batch=50, query=xero.WHOLE),
    update=Write(method="POST", path="Items", wrap="Items", batch=50, query=xero.WHOLE, key="ItemID"),
    search=Search(style="list", field="Code"),
)


def by_cost_type(code: Record) -> Iterable[Subject]:
    """One subject for each cost type of a code."""
    for kind in code.get("types") or ():
        yield Subject(f"{code['id']}:{kind['id']}", {**code, "type": kind}, group=str(code["id"]))


def codes_are_items(node: Node, context: Context) -> bool:
    """Cost codes are sent to Xero as items."""
    return context.options.get("mode") == "item"


def is_mapped_leaf(node: Node, context: Context) -> bool:
    """The code carries costs and has an expense account."""
    entry = context.cost_codes.get(str(node.get("full_code")), {})
    return (
        bool(entry.get("is_leaf")) and coding.rule_of(node, context, str(node.get("full_code"))) is not None
    )


item = Document(
    target=ITEMS,
    marker=("Code",),
    matches=(
        Match(
            "code",
            lambda node, payload: str(payload.get("Code") or "").casefold(),
            lambda record: str(record.get("Code") or "").casefold(),
        ),
    ),
    fields={
        "Code": call(coding.item_code),
        "Name": text("{name} {type.name}", limit=50),
        "IsPurchased": const(True),
        "PurchaseDescription": text("{full_code} {name}, {type.name}"),
        "PurchaseDetails": call(coding.purchase_details),
    },
)


class Items(Integration):
    """Each mapped cost code and cost type becomes an item, for tenants that send codes as items."""

    slug, name = "items", "Items"
    source = Source(
        resource=STANDARD_COST_CODES,
        joins=(Join(name="types", resources=(LINE_ITEM_TYPES,), on="", per="whole", many=True),),
        split=by_cost_type,
    )
    after, per_project = ("cost-codes", "cost-types"), False
    catalogues = (xero.ACCOUNTS,)
    title = "item {full_code} {type.name}"
    documents = {"item": item}
    overall = (Check(test=codes_are_items, stops=True),)
    checks = (Check(test=is_mapped_leaf),)
