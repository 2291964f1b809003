"""Bills, credit notes, money spent and received, and journals in Xero -> direct costs in Procore."""

from dataclasses import replace

from integrations import claims, cost_coding, cost_doubles, cost_locks, costs_in
from integrations.base import Audience, Check, Document, Integration, Join, Match, Option, Source
from integrations.cost_lines import at_most
from integrations.expressions import call, choose, each, money, path, text
from integrations.procore import costs as procore
from integrations.procore import resources as lists
from integrations.xero import costs as xero
from integrations.xero import resources as books

source = Source(
    resource=books.BILLS,
    also=((books.CREDIT_NOTES, ""), (xero.BANK_TRANSACTIONS, ""), (xero.MANUAL_JOURNALS, "manual_journals")),
    split=costs_in.by_project,
    by_number=("InvoiceNumber", "CreditNoteNumber", "Reference"),
    joins=(
        Join(name="projects", resources=(lists.PROJECTS,), on="projects", per="linked"),
        Join(name="codes", resources=(procore.WBS_CODES,), on="", per="each", ids=costs_in.lists_of),
        Join(name="commitments", resources=(lists.WORK_ORDER_CONTRACTS, lists.PURCHASE_ORDER_CONTRACTS),
             on="", per="each", ids=costs_in.lists_of),
        Join(name="claims", resources=(), on="progress-claims", per="links", ids=costs_in.lists_of),
    ),
)  # fmt: skip

scope = {"project_id": path("project_id")}
line = {
    "wbs_code_id": call(cost_coding.budget_code),
    "description": call(costs_in.line_text),
    "manual_amount": money(call(costs_in.amount)),
}
lines = at_most(each("items", line, key="key", where=call(costs_in.amount)))
cost = Document(
    target=procore.DIRECT_COSTS_WRITTEN,
    # Procore takes no other type or number later, and whoever approves the cost there has the last word.
    once=frozenset({"direct_cost_type", "invoice_number", "status"}),
    marker=("description",),
    matches=(Match("Xero document", costs_in.mark_drawn, costs_in.marked),),
    scope=scope,
    details={"project": path("project_id"), "feed": path("feed")},
    fields={
        "direct_cost_type": call(costs_in.kind),
        "vendor_id": call(costs_in.vendor),
        "invoice_number": path("number", "the document's number"),
        "direct_cost_date": call(costs_in.dated),
        "status": text("approved", option="status"),
        "description": call(costs_in.described),
        "line_items": lines,
    },
)
frozen = {**cost.fields, "line_items": call(cost_locks.frozen(lines))}
locked = replace(cost, stays=cost_locks.is_locked, fields=frozen)
lock = Document(
    target=procore.DIRECT_COST_LOCKS,
    needs=("cost",),
    add_only=True,
    waits=(Check(words="its direct cost is as it is in Xero", test=cost_locks.in_step(cost)),),
    scope=scope | {"direct_cost_id": call(costs_in.own_cost)},
    fields={"origin_id": path("id", "the document's id in Xero with the project's")},
)
difference = replace(
    locked,
    add_only=True,
    late=True,
    needs=("lock",),
    matches=(),
    each=cost_locks.differences,
    fields={
        **cost.fields,
        "invoice_number": call(cost_locks.number),
        "description": call(cost_locks.described),
        "line_items": each("one.lines", cost_locks.LINE, key="key"),
    },
)
DOCUMENTS = {"off": {"cost": cost}, "on": {"cost": locked, "lock": lock, "difference": difference}}
POLICY = (("warn", "ask"), ("skip", "leave its costs out"), ("send", "send its costs"))


class XeroCosts(Integration):
    """Costs that start in Xero and name a project become direct costs in Procore, one for each project."""

    slug, name, source = "xero-costs", "Xero costs", source
    after = ("contacts", "projects", "cost-codes", "cost-types", "cost-code-options")
    catalogues = (books.ORGANISATION, books.ACCOUNTS, books.CONTACTS, lists.LINE_ITEM_TYPES, lists.VENDORS)
    per_project, removed, reverse = False, "remove", True
    permissions = ("accounting.banktransactions.read", "accounting.manualjournals.read")
    title = "{Contact.Name}, {label} {number} on project {project.project_number}"
    documents = choose("locking", DOCUMENTS)
    options = (
        Option(name="status", label="Create direct costs as", kind="choice", default="approved",
               choices=(("draft", "draft"), ("pending", "pending"), ("approved", "approved"))),
        Option(name="manual_journals", label="Also take manual journals", kind="yes-no", default=False),
        Option(name="fallback_vendor", label="Vendor for costs of contacts without one",
               help="Name of the vendor in Procore. Empty: such costs are a warning."),
        Option(name="with_subcontract", label="Vendors with a subcontract on the project", kind="choice",
               default="warn", choices=POLICY),
        Option(name="with_order", label="Vendors with a purchase order on the project", kind="choice",
               default="warn", choices=POLICY),
        Option(name="never", label="Accounts that are never taken",
               help="Wages accounts, where timecards bring the labour. Codes, with commas between them."),
        Option(name="write_again", label="Write again what was changed or deleted in Procore", kind="yes-no",
               default=False, at_once=True),
        Option(name="locking", label="Lock direct costs in Procore", kind="choice", default="off",
               choices=(("off", "no"), ("on", "yes, nobody can change them there"))),
    )  # fmt: skip
    checks = (
        Check(test=claims.project_is_active),
        Check(test=cost_locks.or_locked(costs_in.is_not_ours), withdraws=True),
        Check(test=cost_locks.or_locked(costs_in.is_cost), withdraws=True),
        Check(test=cost_locks.or_locked(costs_in.has_costs), withdraws=True),
        Check(test=costs_in.is_since_start),
        Check(test=cost_doubles.is_not_left_out),
        Check(test=costs_in.is_not_before_start, warn="before-start"),
        Check(test=costs_in.is_readable, warn="project-unreadable", audience=Audience.ADMINISTRATOR),
        Check(test=cost_doubles.without_commitment, warn="has-commitment"),
        Check(test=cost_doubles.is_no_double, warn="possible-double"),
    )
