"""Standard cost codes in Procore -> catalogue for mappings, and items in Xero where codes are sent as
items.
"""

from integrations.base import Document, Integration, Source
from integrations.context import Context
from integrations.expressions import Node, call, const, path
from integrations.local.resources import COST_CODE_ENTRIES, same_key
from integrations.procore.resources import STANDARD_COST_CODES


def is_leaf(node: Node, context: Context) -> bool:
    """A code without codes below it; headings carry no costs."""
    if "parents" not in context.memory:
        codes = context.records("standard_cost_codes").values()
        context.memory["parents"] = {str(code.get("parent_id")) for code in codes}
    return str(node.get("id")) not in context.memory["parents"]


entry = Document(
    target=COST_CODE_ENTRIES,
    marker=("key",),
    matches=(same_key,),
    fields={
        "key": path("id"),
        "code": path("full_code"),
        "name": path("name"),
        "parent": path("parent_id"),
        "is_leaf": call(is_leaf),
        "is_active": const(True),
    },
)


class CostCodes(Integration):
    """The standard cost code list becomes the catalogue that cost code rules are chosen from."""

    slug, name, source = "cost-codes", "Cost codes", Source(resource=STANDARD_COST_CODES)
    title, per_project, removed = "cost code {full_code} {name}", False, "remove"
    catalogues = (STANDARD_COST_CODES,)
    documents = {"entry": entry}
