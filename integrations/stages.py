"""Which projects are sent: their stage, their number, and what the option's name needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.context import Context
from integrations.expressions import Node


def is_linked(node: Node, context: Context) -> bool:
    """Whether the project has its option already."""
    known = context.own_link("option", str(node.get("id")))
    return bool(known and known.is_linked)


def is_active(node: Node, context: Context) -> bool:
    """The project is active in Procore."""
    return node.get("active") is not False


def at_stage(node: Node, context: Context) -> bool:
    """The project has reached the stage that sends it, is linked already, or was asked for by its number."""
    stage = str(node.get("project_stage.name") or node.get("stage") or "").strip().casefold()
    wanted = str(context.options.get("stage") or "").strip().casefold()
    return stage == wanted or is_linked(node, context) or context.scope == "project"


def _approved(node: Node) -> str:
    """What is approved in the project already: claims or direct costs; "" for nothing."""
    if node.get("approved_claims"):
        return "claims"
    costs = [one for one in node.get("direct_costs") or () if isinstance(one, Mapping)]
    sent = any(one.get("status") == "approved" and one.get("direct_cost_type") == "invoice" for one in costs)
    return "direct costs" if sent else ""


def waits_without_claims(node: Node, context: Context) -> bool:
    """Worth looking for direct costs: waiting, and no claim is approved."""
    return waits_at_stage(node, context) and not node.get("approved_claims")


def waits_at_stage(node: Node, context: Context) -> bool:
    """Worth looking whether documents are approved: active, and not sent yet."""
    return is_active(node, context) and not at_stage(node, context)


def is_wanted(node: Node, context: Context) -> bool:
    """The project has reached the stage that sends it, is linked, asked for, or has approved documents."""
    return at_stage(node, context) or bool(_approved(node))


def has_number(node: Node, context: Context) -> bool:
    """The project has a number."""
    return bool(str(node.get("project_number") or "").strip())


def stage_or_no_claims(node: Node, context: Context) -> bool | str:
    """No claim or direct cost is approved before the project reaches the stage that sends it."""
    approved = _approved(node)
    if at_stage(node, context) or not approved:
        return True
    stage = context.options.get("stage")
    return (
        f"it has approved {approved} but was never set to the stage “{stage}”: set the stage in "
        "Procore, or run it by its number"
    )


def tells_projects_apart(options: Mapping[str, Any]) -> str:
    """What is wrong with the template of the option's name, or ""."""
    template = str(options.get("option_name") or "")
    told = "{project_number}" in template or "{name}" in template
    return (
        ""
        if told or not template
        else "the name needs {project_number} or {name}, or all projects get the same"
    )
