"""Tracking categories and their options: which category, whether it is there, whether there is room."""

from __future__ import annotations

from integrations.base import Audience, Match, Reason, Record
from integrations.context import Context, Missing
from integrations.expressions import Node

same_name = Match(
    "name",
    lambda node, payload: str(payload.get("Name") or "").strip().casefold(),
    lambda record: str(record.get("Name") or "").strip().casefold(),
)
same_key = Match("id", lambda node, payload: str(payload.get("key")), lambda record: str(record.get("key")))


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


def cost_type_category(node: Node, context: Context) -> str | Missing:
    """The tracking category for cost types."""
    return _category_id(context, "cost_type_category")


def has_project_category(node: Node, context: Context) -> bool | str:
    """Xero has the tracking category for projects."""
    return _category(context, "project_category") is not None or _missing(context, "project_category")


def has_cost_type_category(node: Node, context: Context) -> bool | str:
    """Xero has the tracking category for cost types."""
    return _category(context, "cost_type_category") is not None or _missing(context, "cost_type_category")


def projects_fit(node: Node, context: Context) -> bool | str:
    """The category for projects has room for more options."""
    return _room(context, "project_category")


def cost_types_fit(node: Node, context: Context) -> bool | str:
    """The category for cost types has room for more options."""
    return _room(context, "cost_type_category")


def _room(context: Context, option: str) -> bool | str:
    category = _category(context, option) or {}
    used = sum(1 for one in category.get("Options") or () if one.get("Status", "ACTIVE") == "ACTIVE")
    limit = int(context.options.get("category_limit") or 100)
    share = used * 100 // limit
    if share < 80:
        return True
    step = max(step for step in (80, 95, 100) if share >= step)
    full = "is full" if step == 100 else f"has passed {step} % of what it can hold"
    return (
        f"the tracking category “{context.options.get(option)}” {full} ({used} of {limit} options): "
        "archive options of finished "
        "projects in Xero"
    )
