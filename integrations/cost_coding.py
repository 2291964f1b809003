"""Which budget code a line of Xero gets in Procore: by reverse rules, by its item, or by the cost code rules
read backwards. Nothing is guessed: where several codes fit, a person chooses. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import product
from typing import Any

from integrations import costs_in
from integrations.base import Audience, Reason, Record
from integrations.context import Context, Missing
from integrations.expressions import Node
from integrations.merging import vendors_of
from integrations.reverse import LONGEST_TEXT, ReverseRule, all_asked
from integrations.tracking import codes_are_options

MOST_CHOICES = 12
PLAIN = frozenset({"cost_code", "line_item_type"})  # the segments of a budget code that has no others
Pair = tuple[str, str]  # full cost code, cost type's code ("" where not known yet)


def budget_code(node: Node, context: Context) -> int | Missing:
    """The budget code on its project of the cost code and type that the most specific reverse rule gives it,
    else its item, else the only cost code whose rules give its account.
    """
    if _is_wages(node, context):
        return _wages(node, context)
    found = node.once("pair", lambda: _pair(node, context))
    if isinstance(found, Missing):
        return found
    code, kind = found
    if context.cost_codes.get(code, {}).get("is_leaf") is False:
        return _wrong(
            "header-code",
            f"a reverse rule names cost code {code}, which is a heading: name one of the codes below it in "
            "the reverse rules",
            f"cost code {code}",
        )
    codes = _codes(node.parent or node, context)
    kinds = sorted({one for own, one in codes if own == code})
    kind = kind or (kinds[0] if len(kinds) == 1 else "")
    if not kind and kinds:
        return _no_type(node, context, code, kinds)
    if (code, kind) not in codes:
        return _not_on_project(node, code, kind)
    found_id = codes[code, kind]
    return _in_several(node, code, kind) if found_id is None else found_id


def _wrong(code: str, message: str, key: str, audience: Audience = Audience.ACCOUNTS) -> Missing:
    return Missing(Reason(code, message, audience, "reverse-rules", key=key))


# --- cost code and cost type ------------------------------------------------------------------------------


def _pair(node: Node, context: Context) -> Pair | Missing:
    kind = _tracked_type(node, context)
    rules = context.reverse.find(costs_in.cost_of(node))
    pairs = {(rule.cost_code, kind or rule.cost_type): None for rule in rules}
    if not pairs:
        known = _by_option(node, context) or _by_item(node, context, kind)
        pairs = dict.fromkeys(known or _backwards(node, context, kind))
    if len(pairs) == 1:
        return next(iter(pairs))
    return _several(node, context, [*pairs], rules) if pairs else _none(node, context)


def _tracked_type(node: Node, context: Context) -> str:
    """The code of the cost type whose tracking option the line has."""
    types = context.records("line_item_types")
    for option in costs_in.tracked(node):
        known = context.by_target.get(("cost-types", option))
        if known is not None and known.is_linked:
            return str(types.get(known.subject, {}).get("code") or "")
    return ""


def _by_option(node: Node, context: Context) -> list[Pair]:
    """The cost code whose tracking option the line has, where cost codes are sent as options."""
    links = [context.by_target.get(("cost-code-options", option)) for option in costs_in.tracked(node)]
    keys = {known.subject for known in links if known is not None and known.is_linked}
    return [(code, "") for code, entry in context.cost_codes.items() if str(entry.get("key")) in keys]


def _by_item(node: Node, context: Context, kind: str) -> list[Pair]:
    """The budget code of the item, where cost codes are sent as items: by its name, else by the rules that
    name the item.
    """
    item, parent = str(node.get("ItemCode") or "").casefold(), node.parent or node
    codes = _codes(parent, context) if item else {}
    exact = [(code, own) for code, own in codes if f"{code}.{own}"[:30].casefold() == item]
    asked: dict[str, Any] = {"project": _project(parent), "vendor": _vendor_names(parent, context)}
    named: list[Pair] = []
    for code, own in [] if exact else list(codes):
        rule = context.rules.find("item", code=code, cost_type=own, **asked) if kind in ("", own) else None
        if rule is not None and rule.item.casefold() == item:
            named.append((code, own))
    several = len(named) > 1 and len({code for code, _ in named}) == 1
    return exact or ([(named[0][0], "")] if several else named)


def _project(parent: Node) -> str:
    return str(parent.get("project.project_number") or "")


def _backwards(node: Node, context: Context, kind: str) -> list[Pair]:
    """The cost codes whose most specific cost code rule gives the line's account."""
    parent = node.parent or node
    vendor = _vendor_names(parent, context)
    project = _project(parent)
    key = ("backwards", project, vendor, kind)
    if key not in context.memory:
        more = {code for code, _ in _codes(parent, context)} - context.cost_codes.keys()
        context.memory[key] = _index(context, project, vendor, kind, more)
    found: list[Pair] = context.memory[key].get(str(node.get("AccountCode") or ""), [])
    return found


def _index(
    context: Context, project: str, vendor: tuple[str, ...], kind: str, more: Iterable[str]
) -> dict[str, list[Pair]]:
    """The cost codes of each account; one that has it whatever the type is named without a type. `more` are
    the project's codes that are not standard: those count that a rule of their own or of the project covers.
    """
    types = [kind] if kind else ["", *sorted(context.rules.cost_types())]
    entries = context.cost_codes.items()
    leaves = [code for code, one in entries if one.get("is_leaf", True) and one.get("is_active", True)]
    index: dict[str, dict[Pair, None]] = {}
    for code, asked in product([*leaves, *sorted(more)], types):
        rule = context.rules.find(
            "expense_account", project=project, code=code, cost_type=asked, vendor=vendor
        )
        covers = rule and (code in context.cost_codes or not context.cost_codes or rule.code or rule.project)
        known = index.setdefault(rule.expense_account, {}) if rule and covers else {}
        if rule and covers and (code, "") not in known:
            known[code, kind or rule.cost_type] = None
    return {account: list(pairs) for account, pairs in index.items()}


def _vendor_names(parent: Node, context: Context) -> tuple[str, ...]:
    """The names and ids by which cost code rules may speak of the vendor, where any does."""
    names = (
        *vendors_of(str(parent.get("Contact.ContactID")), context),
        str(parent.get("Contact.Name") or ""),
    )
    return tuple(name for name in names if name and context.rules.names_vendor(name))


def _codes(parent: Node, context: Context) -> Mapping[Pair, int | None]:
    """The project's budget codes by cost code and cost type: the one without further segments, else the only
    one; None where there are several.
    """
    key = ("budget codes", str(parent.get("project_id")))
    if key not in context.memory:
        plain: dict[Pair, int] = {}
        more: dict[Pair, list[int]] = {}
        for pair, is_plain, code_id in _read(parent.get("codes") or ()):
            if is_plain:
                plain[pair] = code_id
            more.setdefault(pair, []).append(code_id)
        only = {pair: ids[0] if len(ids) == 1 else None for pair, ids in more.items()}
        context.memory[key] = only | plain
    found: Mapping[Pair, int | None] = context.memory[key]
    return found


def _read(records: Iterable[Record]) -> Iterable[tuple[Pair, bool, int]]:
    """Active budget codes: cost code and type, whether they have no further segment, and their id."""
    for one in records:
        parts = {
            str(_segment(item)): item for item in one.get("segment_items") or () if isinstance(item, Mapping)
        }
        code, kind = parts.get("cost_code"), parts.get("line_item_type")
        if code is None:
            flat, _, last = str(one.get("flat_code") or "").rpartition(".")
            pair = (flat, last) if flat else (last, "")
        else:
            path = code.get("path_code") or "-".join(map(str, code.get("path_codes") or [code.get("code")]))
            pair = (str(path), str(kind.get("code") or "") if kind else "")
        if one.get("id") is not None and one.get("status") != "inactive":
            yield pair, not parts.keys() - PLAIN, int(one["id"])


def _segment(item: Record) -> Any:
    segment = item.get("segment")
    return segment.get("type") if isinstance(segment, Mapping) else item.get("segment_type")


WAGES = re.compile(r"\b(wages?|salar(y|ies)|payroll|superannuation)\b", re.IGNORECASE)
WAGES_TYPES = ("WAGESEXPENSE", "SUPERANNUATIONEXPENSE")  # types of accounts that Xero's payroll posts to


def _is_wages(node: Node, context: Context) -> bool:
    """Whether timecards bring what the account holds; a reverse rule that names the account says no."""
    account = costs_in.account_of(node, context)
    wages = account.get("Type") in WAGES_TYPES or bool(WAGES.search(str(account.get("Name") or "")))
    named = context.reverse.names_account(costs_in.cost_of(node))
    return bool(context.options.get("labour_enabled")) and wages and not named


# --- what a person has to settle --------------------------------------------------------------------------


def _named(node: Node, context: Context) -> str:
    """The line's account with its name."""
    account = costs_in.account_of(node, context)
    return f"account {node.get('AccountCode')} {account.get('Name') or ''}".strip()


def _code_words(pair: Pair, context: Context) -> str:
    code, kind = pair
    name = context.cost_codes.get(code, {}).get("name")
    return " ".join(part for part in (code, str(name or ""), f"({kind})" if kind else "") if part)


def _several(node: Node, context: Context, pairs: list[Pair], rules: list[ReverseRule]) -> Missing:
    contact = str((node.parent or node).get("Contact.Name") or "")
    shown = ", ".join(_code_words(pair, context) for pair in pairs[:MOST_CHOICES])
    more = f" and {len(pairs) - MOST_CHOICES} more" if len(pairs) > MOST_CHOICES else ""
    by = "several reverse rules fit equally" if rules else "several cost codes have this account"
    asked = _asked(node, contact, rules)
    act = "Choose one on the warning's page, which makes a reverse rule" if asked else (
        "Take one of them away in the reverse rules, or have it ask for something else"
    )  # fmt: skip
    message = f"the cost code of {_named(node, context)} is not clear, {by}: {shown}{more}. {act}"
    apart = [*filter(None, (contact,)), *_further(asked[0] if asked else {})]
    return Missing(
        Reason("several-codes", message, Audience.ACCOUNTS, "reverse-rules",
               key=", ".join((_named(node, context), *apart)),
               choices=tuple(_choices(asked, context, pairs[:MOST_CHOICES])))
    )  # fmt: skip


def _asked(node: Node, contact: str, rules: list[ReverseRule]) -> list[dict[str, str]]:
    """What a rule may ask for that a choice becomes: the contact too, or no more than has to be.

    It asks for all that the rules ask for that fit equally, and for more than each of them: so it wins, and
    only where they are at odds.
    """
    cost, heaviest = costs_in.cost_of(node), max((rule.weight for rule in rules), default=0)
    least = all_asked(cost, rules) | {"account": cost.account}
    ours = least | ({"contact": contact} if contact else {})
    if len(ours) <= heaviest:
        project, words = _project(node.parent or node), cost.text[:LONGEST_TEXT]
        more = {"tracking": project, "item": cost.item, "text": words}
        free = [(name, value) for name, value in more.items() if value and name not in ours]
        ours |= dict(free[:1])
    found = [ours] if "contact" in least or ours == least else [ours, least]
    return [one for one in found if len(one) > heaviest]


def _further(asked: Mapping[str, str]) -> list[str]:
    """What is asked for besides the account and the contact, in words."""
    words = {"item": "item {}", "tracking": "tracked as {}", "text": "with the text “{}”"}
    return [shown.format(asked[name]) for name, shown in words.items() if name in asked]


def _choices(
    asked: Iterable[Mapping[str, str]], context: Context, pairs: list[Pair]
) -> Iterable[tuple[str, tuple[tuple[str, str], ...]]]:
    """Each code for this contact alone, then each for every contact."""
    for one in asked:
        whose = f"costs of {one['contact']}" if "contact" in one else "costs of every contact"
        said = ", ".join((f"{whose} on account {one['account']}", *_further(one)))
        for code, kind in pairs:
            rule = {**one, "cost_code": code} | ({"cost_type": kind} if kind else {})
            yield f"{_code_words((code, kind), context)}: {said}", tuple(rule.items())


def _wages(node: Node, context: Context) -> Missing:
    named = _named(node, context)
    message = (
        f"{named} looks like wages, which timecards bring to the project already: name it in the options as "
        "an account that is never taken, or give it a reverse rule"
    )
    return Missing(Reason("wages-account", message, Audience.ACCOUNTS, "options", key=named))


def _none(node: Node, context: Context) -> Missing:
    named = _named(node, context)
    return _wrong(
        "no-cost-code",
        f"no cost code has {named}: add a reverse rule for it, or give a cost code this account in the cost "
        "code rules",
        named,
    )


def _no_type(node: Node, context: Context, code: str, kinds: list[str]) -> Missing:
    number = (node.parent or node).get("project.project_number")
    tracked = "" if codes_are_options(node, context) else (
        "give the line an option of the category for cost types in Xero, or "
    )  # fmt: skip
    return _wrong(
        "no-cost-type",
        f"cost code {code} has several cost types on project {number} ({', '.join(kinds)}): {tracked}"
        "name the type in a reverse rule",
        f"cost code {code} on {number}",
    )


def _not_on_project(node: Node, code: str, kind: str) -> Missing:
    number = (node.parent or node).get("project.project_number")
    budget = f"budget code {code}.{kind}" if kind else f"cost code {code}"
    message = (
        f"{budget} is not on project {number}: add it to the project's budget in Procore, or name another "
        "code in the reverse rules"
    )
    return Missing(
        Reason("code-not-on-project", message, Audience.PROJECT, "procore", key=f"{budget} on {number}")
    )


def _in_several(node: Node, code: str, kind: str) -> Missing:
    number = (node.parent or node).get("project.project_number")
    budget = f"{code}.{kind}" if kind else code
    message = (
        f"project {number} has several budget codes for {budget}, which differ in further segments: add one "
        "without them in Procore, or name another code in the reverse rules"
    )
    return Missing(
        Reason("code-not-on-project", message, Audience.PROJECT, "procore", key=f"{budget} on {number}")
    )
