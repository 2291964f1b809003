"""Tracking categories and their options: which category, whether it is there, whether there is room."""

from __future__ import annotations

from collections.abc import Callable

from integrations.base import Audience, Match, Reason, Record
from integrations.context import Context, Missing
from integrations.expressions import Expression, Node

same_name = Match(
    "name",
    lambda node, payload: str(payload.get("Name") or "").strip().casefold(),
    lambda record: str(record.get("Name") or "").strip().casefold(),
)


def _category(context: Context, option: str) -> Record | None:
    wanted = str(context.options.get(option) or "").strip().casefold()
    found = context.records("tracking_categories").values()
    return next(
        (
            one
            for one in found
            if str(one.get("Name")).strip().casefold() == wanted and one.get("Status") == "ACTIVE"
        ),
        None,
    )


def _category_id(context: Context, option: str) -> str | Missing:
    category = _category(context, option)
    if category is None:
        return Missing(Reason("category-missing", _missing(context, option), Audience.ADMINISTRATOR, "xero"))
    return str(category.get("TrackingCategoryID"))


def _missing(context: Context, option: str) -> str:
    return (
        f"Xero has no active tracking category “{context.options.get(option)}”: create it in Xero, or "
        "name the right one "
        "in the options"
    )


def project_category(node: Node, context: Context) -> str | Missing:
    """The tracking category for projects."""
    return _category_id(context, "project_category")


def cost_type_category(node: Node, context: Context) -> str | Missing | None:
    """The tracking category for cost types, where they are sent."""
    return _category_id(context, "cost_type_category") if sends_cost_types(node, context) else None


def cost_code_category(node: Node, context: Context) -> str | Missing:
    """The tracking category for cost codes."""
    return _category_id(context, "cost_code_category")


def sends_cost_types(node: Node, context: Context) -> bool:
    """The options say that cost types are sent as tracking, and the category is not that of cost codes."""
    return bool(context.options.get("send_cost_types", True)) and context.options.get("mode") != "tracking"


def codes_are_options(node: Node, context: Context) -> bool:
    """Cost codes are sent to Xero as options of a tracking category."""
    return context.options.get("mode") == "tracking"


def has_cost_code_category(node: Node, context: Context) -> bool | str:
    """Xero has the tracking category for cost codes, where they are sent as its options."""
    there = _category(context, "cost_code_category") is not None or not codes_are_options(node, context)
    return there or _missing(context, "cost_code_category")


def is_code_in_use(node: Node, context: Context) -> bool:
    """The code carries costs, and a rule names it, a record waits for its option, or it has one."""
    code = str(node.get("full_code"))
    known = context.own_link("option", str(node.get("id")))
    used = bool(node.get("waiting_records")) or context.rules.names_code(code)
    return bool(context.cost_codes.get(code, {}).get("is_leaf")) and (used or bool(known and known.is_linked))


def codes_in_use_fit(node: Node, context: Context) -> bool | str:
    """The cost codes that rules name are no more than a tracking category can hold."""
    leaves = [code for code, one in context.cost_codes.items() if one.get("is_leaf")]
    used = [code for code in leaves if context.rules.names_code(code)]
    limit = int(context.options.get("category_limit") or 100)
    return (
        not codes_are_options(node, context)
        or len(used) <= limit
        or (
            f"{len(used)} cost codes have rules of their own, more than the {limit} options that a tracking "
            "category can hold: send cost codes as accounts or items, or give rules to fewer codes"
        )
    )


def cost_codes_fit(node: Node, context: Context) -> bool | str:
    """The category for cost codes has room for more options."""
    return not codes_are_options(node, context) or _room(context, "cost_code_category")


def has_project_category(node: Node, context: Context) -> bool | str:
    """Xero has the tracking category for projects."""
    return _category(context, "project_category") is not None or _missing(context, "project_category")


def has_cost_type_category(node: Node, context: Context) -> bool | str:
    """Xero has the tracking category for cost types, where they are sent."""
    there = _category(context, "cost_type_category") is not None or not sends_cost_types(node, context)
    return there or _missing(context, "cost_type_category")


def projects_fit(node: Node, context: Context) -> bool | str:
    """The category for projects has room for more options."""
    return _room(context, "project_category")


def cost_types_fit(node: Node, context: Context) -> bool | str:
    """The category for cost types has room for more options."""
    return not sends_cost_types(node, context) or _room(context, "cost_type_category")


def _room(context: Context, option: str) -> bool | str:
    category = _category(context, option) or {}
    used = sum(1 for one in category.get("Options") or () if one.get("Status", "ACTIVE") == "ACTIVE")
    limit = int(context.options.get("category_limit") or 100)
    share = used * 100 // limit
    if share < 80:
        return True
    step = max(step for step in (80, 95, 100) if share >= step)
    full = "is full" if step == 100 else f"has reached {step} % of what it can hold"
    return (
        f"the tracking category “{context.options.get(option)}” {full} ({used} of {limit} options): "
        "archive options that are no longer used in Xero"
    )


def name_is_free(option: str, role: str, name: Expression) -> Callable[[Node, Context], bool | Reason]:
    """The condition that no other option of a category has the name drawn, which Xero would refuse.

    An active option of that name that belongs to nobody is adopted by one without an option yet.
    """

    def is_free(node: Node, context: Context) -> bool | Reason:
        """No other option of the category has its name, upper and lower case being the same."""
        own, drawn = context.own_link(role, str(node.get("id"))), str(name(node, context) or "")
        own_id = own.target_id if own and own.is_linked else ""
        for other in _named(context, option, drawn):
            if str(other.get("TrackingOptionID")) == own_id:
                continue
            if other.get("Status", "ACTIVE") != "ACTIVE":
                return _taken(
                    option, drawn, "an archived option", "restore or rename that option in Xero", context
                )
            if own_id:
                owner = context.owners.get(("tracking_options", str(other.get("TrackingOptionID"))))
                holder = f"the option of {owner}" if owner else "another option"
                return _taken(option, drawn, holder, "rename one of the two", context)
        return True

    return is_free


def _named(context: Context, option: str, name: str) -> list[Record]:
    """The options of a category that have a name."""
    found = (_category(context, option) or {}).get("Options") or ()
    return [one for one in found if str(one.get("Name")).strip().casefold() == name.strip().casefold()]


def _taken(option: str, name: str, holder: str, advice: str, context: Context) -> Reason:
    category = context.options.get(option)
    return Reason(
        "name-taken",
        f"its name “{name}” is already that of {holder} of the tracking category “{category}”: {advice}",
        Audience.PROJECT,
        "xero",
    )
