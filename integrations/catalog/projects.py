"""Projects in Procore -> options of a tracking category in Xero."""

from integrations import closing, stages, tracking
from integrations.base import Audience, Check, Document, Integration, Join, Option, Source
from integrations.expressions import call, text
from integrations.procore.costs import DIRECT_COSTS
from integrations.procore.resources import PROJECTS, REQUISITIONS
from integrations.xero.open import OPEN_CREDIT_NOTES, OPEN_INVOICES
from integrations.xero.resources import TRACKING_CATEGORIES, TRACKING_OPTIONS

option_name = text("{project_number} {name}", option="option_name", limit=100)
option = Document(
    target=TRACKING_OPTIONS,
    marker=("Name",),
    matches=(tracking.same_name,),
    scope={"category_id": call(tracking.project_category)},
    details={"category_id": call(tracking.project_category), "project": text("{id}")},
    fields={"Name": option_name},
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
                only=stages.waits_at_stage,
                query={"filters[status]": "approved", "per_page": "1", "view": "default"},
                many=True,
            ),
            Join(
                name="direct_costs",
                resources=(DIRECT_COSTS,),
                on="id",
                per="record",
                only=stages.waits_without_claims,
                query={"per_page": "100"},
                many=True,
            ),
            Join(
                name="what_is_open",
                resources=(OPEN_INVOICES, OPEN_CREDIT_NOTES),
                on="id",
                per="open",
                only=closing.is_closing,
            ),
        ),
    )
    title, per_project = "project {project_number} {name}", False
    catalogues = (TRACKING_CATEGORIES,)
    documents = {"option": option}
    options = (
        Option(name="stage", label="Stage that sends a project", default="Send to Xero", at_once=True),
        Option(
            name="option_name",
            label="Name of the option",
            kind="template",
            default="{project_number} {name}",
            needs=stages.tells_projects_apart,
        ),
        Option(name="archive", label="Archive the option of a closed project of which nothing is open",
               kind="yes-no", default=False, at_once=True),
    )  # fmt: skip
    overall = (
        Check(
            test=tracking.has_project_category,
            warn="category-missing",
            audience=Audience.ADMINISTRATOR,
            fix="xero",
            stops=True,
        ),
        Check(test=tracking.projects_fit, warn="category-full", fix="xero"),
    )
    checks = (
        Check(test=closing.may_stay, withdraws="remove"),
        Check(test=closing.is_active_or_open),
        Check(test=stages.is_wanted),
        Check(test=closing.nothing_is_open, warn="project-closed", fix="procore"),
        Check(
            test=stages.has_number, warn="no-number", audience=Audience.PROJECT, fix="procore",
            message="the project {name} has no number: give it one in Procore",
        ),
        Check(test=stages.stage_or_no_claims, warn="stage-not-set", audience=Audience.PROJECT, fix="procore"),
        Check(test=closing.while_active(tracking.name_is_free("project_category", "option", option_name)),
              warn="name-taken"),
    )  # fmt: skip
