"""How a line is coded: its cost code, account, tax type and tracking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.base import Audience, Reason, Record
from integrations.context import Context, Missing, Rule
from integrations.expressions import Node, merged_into
from integrations.taxes import tax_code
from integrations.tracking import codes_are_options, sends_cost_types

# An account's class -> the field of a tax rate that says whether it may be used there.
APPLIES: Mapping[str, str] = {
    "ASSET": "CanApplyToAssets",
    "EQUITY": "CanApplyToEquity",
    "EXPENSE": "CanApplyToExpenses",
    "LIABILITY": "CanApplyToLiabilities",
    "REVENUE": "CanApplyToRevenue",
}


def code_of(node: Node) -> str:
    """The full cost code of a line, from its budget code."""
    for item in node.get("wbs_code.segment_items") or ():
        if isinstance(item, Mapping) and item.get("segment_type") == "cost_code":
            parts = item.get("path_codes") or [item.get("code")]
            return "-".join(str(part) for part in parts if part)
    return str(node.get("wbs_code.flat_code") or "").split(".")[0]


def cost_type_of(node: Node) -> Record:
    """The cost type of a line, from its budget code; empty where it has none."""
    for item in node.get("wbs_code.segment_items") or ():
        if isinstance(item, Mapping) and item.get("segment_type") == "line_item_type":
            return item
    return {}


def rule_values(node: Node) -> dict[str, Any]:
    """What the rule table is asked with."""
    claim = node.parent or node

    def values() -> dict[str, Any]:
        return {
            "project": str(claim.get("project.project_number") or ""),
            "code": code_of(node),
            "cost_type": str(cost_type_of(node).get("code") or ""),
            "vendor": (str(claim.get("vendor_id") or ""), str(claim.get("vendor_name") or "")),
        }

    found: dict[str, Any] = node.once("rule values", values)
    return found


def rule_of(node: Node, context: Context, code: str) -> Any:
    """The rule that gives a code its expense account, whatever the project and vendor."""
    return context.rules.find("expense_account", code=code, cost_type=str(node.get("type.code") or ""))


def item_code(node: Node, context: Context) -> str:
    """The cost code and the cost type's code, joined by a dot."""
    return f"{node.get('full_code')}.{node.get('type.code')}"[:30]


def purchase_details(node: Node, context: Context) -> dict[str, str] | None:
    """The expense account of the code's rule."""
    rule = rule_of(node, context, str(node.get("full_code")))
    return {"AccountCode": rule.expense_account} if rule else None


def line_item(node: Node, context: Context) -> str | None:
    """The item of its cost code and cost type, where codes are sent as items."""
    if context.options.get("mode") != "item":
        return None
    rule = context.rules.find("item", **rule_values(node))
    return rule.item if rule else f"{code_of(node)}.{cost_type_of(node).get('code') or ''}"[:30]


def expense_account(node: Node, context: Context) -> str | Missing:
    """The expense account of the most specific cost code rule."""
    asked = rule_values(node)
    code = asked["code"]
    if not code:
        return Missing(
            Reason(
                "no-code",
                "one of its lines has no cost code: give it a budget code in Procore",
                Audience.PROJECT,
                "procore",
            )
        )
    rule = context.rules.find("expense_account", **asked)
    entry = context.cost_codes.get(code)
    if entry is not None and not entry.get("is_leaf", True):
        return Missing(
            Reason("header-code", f"cost code {code} is a heading, not a code for costs: choose one "
            "of the codes below it in Procore",
                   Audience.PROJECT, "procore", key=f"cost code {code}")
        )  # fmt: skip
    standard = entry is not None or not context.cost_codes
    if rule is not None and (standard or rule.code or rule.project):
        return rule.expense_account
    if not standard:
        return Missing(
            Reason("not-standard", f"cost code {code} of project {asked['project']} is not on the "
            "standard list and has no account: "
                   "add it to the standard list in Procore, or give it an account in the cost code rules",
                   Audience.ACCOUNTS, "cost-code-rules", key=f"cost code {code}")
        )  # fmt: skip
    name = f" ({entry['name']})" if entry and entry.get("name") else ""
    return Missing(
        Reason("not-mapped", f"cost code {code}{name} has no expense account: give it one in the cost "
        "code rules",
               Audience.ACCOUNTS, "cost-code-rules", key=f"cost code {code}")
    )  # fmt: skip


def expense_tax(node: Node, context: Context) -> str | Missing:
    """The tax type: by a rule, else by Procore's tax code, else the contact's default in Xero, else the
    account's default; one that the account cannot take is a warning.
    """
    account = expense_account(node, context)
    rule = _tax_rule(node, account, context)
    hint = ", and give a rule that is meant for revenue its revenue account" if rule else ""
    return tax_by(node, context, account, rule, "AccountsPayableTaxType", hint)


def tax_by(
    node: Node, context: Context, account: str | Missing, rule: Rule | None, default: str, hint: str = ""
) -> str | Missing:
    """The rule's tax type, else that of the line's tax code in Procore, else the contact's from the field
    `default`, else the account's; `hint` ends what is said of one that the account cannot take.
    """
    if rule is not None:
        given = f"the cost code rule for {asked_by(rule)} gives"
        return usable(rule.tax_type, given, account, context, listed=True, hint=hint)
    if code := tax_code(node, context):
        return usable(code.tax_type, f"Procore's tax code {code.code} gives", account, context, listed=True)
    if tax := contact_of(node, context).get(default):
        name = str((node.parent or node).get("vendor_name") or "the contact")
        return usable(str(tax), f"{name} has in Xero by default", account, context)
    if isinstance(account, Missing):
        return account
    found = account_by_code(context, account)
    if found is not None and found.get("TaxType"):
        return usable(str(found["TaxType"]), f"account {account} has by default", account, context)
    kind, wrong = (
        ("no-such-account", "does not exist in Xero or is archived: correct the cost code rules")
        if found is None
        else ("no-tax", "has no default tax type in Xero: set it there, or give the rule a tax type")
    )
    reason = Reason(
        kind, f"account {account} {wrong}", Audience.ACCOUNTS, "cost-code-rules", key=f"account {account}"
    )
    return Missing(reason)


def _tax_rule(node: Node, account: str | Missing, context: Context) -> Rule | None:
    """The most specific rule with a tax type; without those that give revenue its account and its tax."""
    asked = rule_values(node)
    rule = context.rules.find("tax_type", **asked)
    if rule is None or not _is_for_revenue(rule, account, context):
        return rule
    others = (one for one in context.rules.fitting(**asked) if one.tax_type)
    return next((one for one in others if not _is_for_revenue(one, account, context)), None)


def _is_for_revenue(rule: Rule, account: str | Missing, context: Context) -> bool:
    rate = context.records("tax_rates").get(rule.tax_type, {})
    revenue = bool(rule.revenue_account) and rate.get(APPLIES["REVENUE"]) is not False
    return revenue and not _suits(rate, account, context)


def _suits(rate: Record, account: str | Missing, context: Context) -> bool:
    """Whether a tax rate may be used with accounts of this class."""
    held = account_by_code(context, account) if isinstance(account, str) else None
    return rate.get(APPLIES.get(str((held or {}).get("Class")), "")) is not False


def usable(
    tax: str, given: str, account: str | Missing, context: Context, *, listed: bool = False, hint: str = ""
) -> str | Missing:
    """The tax type where it is in use and the account can take it; `given` says where it comes from. It has
    to be `listed` by Xero where a person named it: what Xero gives by default need not be.
    """
    rates = context.records("tax_rates")
    rate = rates.get(tax)
    if rate is None:
        wrong = "which Xero does not know" if listed and rates else ""
    elif rate.get("Status") not in (None, "ACTIVE"):
        wrong = "which is no longer in use in Xero"
    else:
        wrong = "" if _suits(rate, account, context) else f"which account {account} cannot take"
    if not wrong:
        return tax
    name = str((rate or {}).get("Name") or tax)
    told = f"{given} the tax type {name}, {wrong}: choose another tax type or account in the cost code rules"
    told += hint
    return Missing(
        Reason("tax-not-usable", told, Audience.ACCOUNTS, "cost-code-rules",
               key=f"tax type {tax}, account {account}")
    )  # fmt: skip


def asked_by(rule: Rule) -> str:
    """A rule by what it asks for, as its page has it."""
    parts = (rule.code or "every code", rule.project, rule.cost_type, rule.vendor)
    return ", ".join(part for part in parts if part)


def retention_tax(node: Node, context: Context) -> Any:
    """The tax type of the work it belongs to, or “BAS excluded” where tax is paid upfront."""
    upfront = context.options.get("retention_tax") == "upfront"
    return without_tax(context) if upfront else expense_tax(node, context)


def without_tax(context: Context) -> str:
    """The tax type of what is no supply: “BAS excluded”, which only Australian organisations have."""
    rates = context.records("tax_rates")
    return "NONE" if "NONE" in rates and "BASEXCLUDED" not in rates else "BASEXCLUDED"


def account_by_code(context: Context, code: str) -> Record | None:
    """The Xero account with that code, active ones only."""

    def index() -> dict[str, Record]:
        return {
            str(one.get("Code")): one
            for one in context.records("accounts").values()
            if one.get("Status") == "ACTIVE"
        }

    if "accounts" not in context.memory:
        context.memory["accounts"] = index()
    return context.memory["accounts"].get(code)


def contact_of(node: Node, context: Context) -> Record:
    """The Xero contact linked to the claim's vendor; empty where there is none."""
    claim = node.parent or node
    known = context.by_target.get(("contacts", str(claim.get("vendor_id"))))
    return context.records("contacts").get(merged_into(known.subject, context), {}) if known else {}


def line_tracking(node: Node, context: Context) -> list[Any]:
    """Its project's tracking option, and its cost code's or its cost type's where those are sent."""
    claim = node.parent or node
    project = claim.get("project_id") or claim.get("project.id")
    named = str(claim.get("project.project_number") or claim.get("project.name") or project)
    parts = [_tracked("projects", str(project), f"project {named}", context)]
    kind, code = cost_type_of(node), code_of(node)
    if code and codes_are_options(node, context):
        parts.append(_code_tracked(code, context))
    if kind and sends_cost_types(node, context):
        parts.append(
            _tracked(
                "cost-types",
                str(kind.get("id")),
                f"cost type {kind.get('name') or kind.get('code')}",
                context,
            )
        )
    return parts


def _code_tracked(code: str, context: Context) -> Any:
    entry = context.cost_codes.get(code)
    if entry is None and context.cost_codes:
        return Missing(
            Reason("not-standard", f"cost code {code} is not on the standard list, so that it has no "
            "tracking option: add it to the standard list in Procore",
                   Audience.PROJECT, "procore", key=f"cost code {code}")
        )  # fmt: skip
    return _tracked("cost-code-options", str((entry or {}).get("key") or ""), f"cost code {code}", context)


def _tracked(integration: str, record_id: str, label: str, context: Context) -> Any:
    known = context.by_subject.get((integration, record_id))
    if known is None or not known.is_linked:
        other = context.names.get(integration, integration)
        kind = " ".join(label.split(" ")[:2]) if label.startswith("cost ") else label.split(" ")[0]
        return Missing(
            Reason(f"{kind.replace(' ', '-')}-not-linked", f"its {label} is not linked to a tracking "
            f"option in Xero yet: {other} links it",
                   Audience.ADMINISTRATOR, "links", key=label)
        )  # fmt: skip
    return {"TrackingCategoryID": known.details.get("category_id"), "TrackingOptionID": known.target_id}
