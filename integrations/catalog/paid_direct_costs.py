"""Bills in Xero that are paid in full -> the paid date of their direct costs in Procore."""

from integrations import paid_costs
from integrations.base import Check, Document, Integration, Source
from integrations.expressions import call, path
from integrations.xero.resources import BILLS

paid = Document(
    target=paid_costs.PAID_COSTS,
    amends=path("link.subject"),
    late=True,  # a date that stands too long is seen on the direct cost itself
    reads=paid_costs.amended,
    scope={"project_id": path("link.details.project")},
    details={"project": path("link.details.project"), "cost": path("link.subject")},
    fields={"payment_date": call(paid_costs.paid_on)},
)


class PaidDirectCosts(Integration):
    """The day on which the bill of a direct cost is paid in full in Xero
    becomes the paid date of the direct cost in Procore.
    """

    slug, name = "paid-direct-costs", "Paid dates of direct costs"
    source = Source(resource=BILLS)
    follows, after, per_project = ("direct-costs",), ("direct-costs",), False
    kin = ("link.subject", "cost")
    title = "{Contact.Name}, direct cost {InvoiceNumber}"
    documents = {paid_costs.ROLE: paid}
    checks = (
        Check(test=paid_costs.came_from_cost),
        Check(test=paid_costs.was_paid),
    )
