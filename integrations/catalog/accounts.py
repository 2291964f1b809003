"""Chart of accounts in Xero -> catalogue of accounts for mappings."""

from integrations.base import Check, Document, Integration, Source
from integrations.context import Context
from integrations.expressions import Node, const, path
from integrations.local.resources import ACCOUNT_ENTRIES, same_key
from integrations.xero.resources import ACCOUNTS


def has_code(node: Node, context: Context) -> bool:
    """The account is active and has a code."""
    return bool(node.get("Code")) and node.get("Status") == "ACTIVE"


entry = Document(
    target=ACCOUNT_ENTRIES,
    marker=("key",),
    matches=(same_key,),
    fields={
        "key": path("AccountID"),
        "code": path("Code"),
        "name": path("Name"),
        "parent": path("Class"),
        "details": path("TaxType"),
        "is_active": const(True),
    },
)


class ChartOfAccounts(Integration):
    """Xero's accounts become choices for cost code rules and options."""

    slug, name, source = "accounts", "Chart of accounts", Source(resource=ACCOUNTS)
    title, per_project, removed = "account {Code} {Name}", False, "remove"
    documents = {"entry": entry}
    checks = (Check(test=has_code, withdraws=True),)
