"""Projects in Procore -> options of a tracking category in Xero."""

from integrations import tracking
from integrations.base import Audience, Check, Document, Integration, Join, Option, Source
from integrations.context import Context
from integrations.expressions import Node, call, text
from integrations.procore.resources import PROJECTS, REQUISITIONS
from integrations.xero.resources import TRACKING_CATEGORIES, TRACKING_OPTIONS


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


def waits_at_stage(node: Node, context: Context) -> bool:
    """Worth looking whether documents are approved: active, numbered, and not sent yet."""
    return is_active(node, context) and bool(node.get("project_number")) and not at_stage(node, context)


def stage_or_no_claims(node: Node, context: Context) -> bool | str:
    """No claim is approved before the project reaches the stage that sends it."""
    if at_stage(node, context) or not node.get("approved_claims"):
        return True
    stage = context.options.get("stage")
    return (
        f"it has approved claims but was never set to the stage “{stage}”: set the stage in "
        "Procore, or run it by its number"
    )


option = Document(
    target=TRACKING_OPTIONS,
    marker=("Name",),
    matches=(tracking.same_name,),
    scope={"category_id": call(tracking.project_category)},
    details={"category_id": call(tracking.project_category), "project": text("{id}")},
    fields={"Name": text("{project_number} {name}", option="option_name", limit=100)},
)


class Projects(Integration):
    """Each active project with a number and the right stage becomes an option of the tracking category
    for projects.
    """

    slug, name = "projects", "Projects"
    source = Source(
        resource=PROJECTS,
        by_number=("project_number",),
        joins=(
            Join(
                name="approved_claims",
                resources=(REQUISITIONS,),
                on="id",
                per="record",
                only=waits_at_stage,
                query={"filters[status]": "approved", "per_page": "1", "view": "default"},
                many=True,
            ),
        ),
    )
    title, per_project = "project {project_number} {name}", False
    catalogues = (TRACKING_CATEGORIES,)
    documents = {"option": option}
    options = (
        Option(name="stage", label="Stage that sends a project", default="Send to Xero"),
        Option(
            name="option_name", label="Name of the option", kind="template", default="{project_number} {name}"
        ),
    )
    overall = (
        Check(test=tracking.has_project_category, warn="category-missing", fix="xero", stops=True),
        Check(test=tracking.projects_fit, warn="category-full", fix="xero"),
    )
    checks = (
        Check(test=is_active),
        Check(
            words="it has a project number",
            test=lambda node, context: bool(node.get("project_number")),
            warn="no-number",
            audience=Audience.PROJECT,
            fix="procore",
            message="the project {name} has no number: give it one in Procore",
        ),
        Check(test=stage_or_no_claims, warn="stage-not-set", audience=Audience.PROJECT, fix="procore"),
        Check(
            words="it has reached the stage that sends it",
            test=lambda node, context: (
                at_stage(node, context) or bool(node.get("approved_claims")) or not node.get("project_number")
            ),
        ),
    )
