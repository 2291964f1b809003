"""Which account, item and tax type a cost gets."""

from integrations.models import Tenant
from integrations.reading import Node
from mappings.models import CostCodeRule
from runs.tenantfile.section import keep

KEY = ("project", "code", "cost_type", "vendor")
COLUMNS = (*KEY, "expense_account", "revenue_account", "item", "tax_type", "note")


def read_rules(node: Node) -> list[tuple[Node, dict[str, str]]]:
    """The cost code rules; two for the same thing are a problem of the second."""
    found, seen = [], dict[tuple[str, ...], str]()
    for item in node.items():
        given = item.fields(*COLUMNS)
        rule = {name: given[name].text(default="", longest=longest(name)) for name in COLUMNS}
        key = tuple(rule[name] for name in KEY)
        if key in seen:
            item.wrong(f"is for the same project, code, cost type and vendor as {seen[key]}")
        seen.setdefault(key, item.place)
        found.append((item, rule))
    return found


def longest(column: str) -> int:
    """How many characters a rule's column holds."""
    return int(getattr(CostCodeRule._meta.get_field(column), "max_length", 0))


def save_rules(tenant: Tenant, read: list[tuple[Node, dict[str, str]]], node: Node) -> None:
    """As in the file; a rule that stays as it is leaves no trace in the history."""
    held = {tuple(getattr(row, name) for name in KEY): row for row in tenant.cost_code_rules.all()}
    for item, rule in read:
        row = held.pop(tuple(rule[name] for name in KEY), None)
        if row is not None and all(getattr(row, name) == value for name, value in rule.items()):
            continue
        row = row or CostCodeRule(tenant=tenant)
        for name, value in rule.items():
            setattr(row, name, value)
        keep(row, item)
    for row in held.values():
        row.delete()


def write_rules(tenant: Tenant) -> list[dict[str, str]]:
    """Filled columns only."""
    rows = tenant.cost_code_rules.order_by(*KEY)
    return [{name: getattr(row, name) for name in COLUMNS if getattr(row, name)} for row in rows]
