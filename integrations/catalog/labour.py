"""Approved timecards in Procore -> direct costs of type payroll on their project."""

from integrations import claims, labour
from integrations.base import Check, Document, Integration, Join, Option, Source
from integrations.cost_lines import at_most
from integrations.expressions import call, const, day, each, money, path, text
from integrations.groups import Group
from integrations.procore import labour as procore
from integrations.procore.costs import DIRECT_COSTS_WRITTEN, WBS_CODES

source = Source(
    resource=procore.TIMECARDS,
    group=Group(
        key=labour.key,
        whole=labour.whole,
        days=labour.days,
        gone=procore.TIMECARDS_DELETED,
        project=labour.project,
        projects=labour.projects_of,
    ),
    joins=(Join(name="budget_codes", resources=(WBS_CODES,), on="project_id", many=True),),
)
line = {
    "wbs_code_id": call(labour.line_code),
    "description": call(labour.line_text),
    "manual_amount": money(call(labour.amount)),
}
cost = Document(
    target=DIRECT_COSTS_WRITTEN,
    # Procore takes no other type or number later, and whoever approves the cost there has the last word.
    once=frozenset({"direct_cost_type", "invoice_number", "status"}),
    marker=("invoice_number",),
    matches=(labour.same_mark,),
    scope={"project_id": path("project_id")},
    details={"project": path("project_id")},
    fields={
        "direct_cost_type": const("payroll"),
        "invoice_number": call(labour.mark),
        "direct_cost_date": day("day"),
        "status": text("approved", option="status"),
        "description": call(labour.described),
        "line_items": at_most(each(labour.lines, line, where=call(labour.amount))),
    },
)
STATUSES = (("draft", "draft"), ("pending", "pending"), ("approved", "approved"))


class Labour(Integration):
    """Approved timecards of our own people become a project's labour costs: hours times the rate."""

    slug, name, source = "labour", "Labour", source
    after = ("projects",)
    per_project, removed = False, "remove"
    title = "Labour of {when} on project {project.project_number}, {who}"
    documents = {"cost": cost}
    options = (
        Option(name="one_per", label="One direct cost for each", kind="choice", default="employee",
               choices=(("employee", "employee and day"), ("day", "day, with all employees")), at_once=True,
               help="Another choice puts the time that was sent together anew, so test it first."),
        Option(name="hide_names", label="Leave names out", kind="yes-no", default=False),
        Option(name="labour_hire", label="Also cost labour hire", kind="yes-no", default=False, at_once=True),
        Option(name="labour_type", label="Cost type of labour",
               help="Code or name in Procore, for timecards without a cost type. Empty: L, labour or labor."),
        Option(name="status", label="Create direct costs as", kind="choice", default="approved",
               choices=STATUSES),
    )  # fmt: skip
    checks = (
        Check(test=claims.project_is_active),
        Check(test=labour.has_hours, withdraws=True),
    )
