"""Standard cost codes in Procore -> options of a tracking category in Xero, for codes sent as options."""

from integrations import tracking
from integrations.base import Audience, Check, Document, Integration, Join, Source
from integrations.expressions import call, text
from integrations.procore.resources import STANDARD_COST_CODES
from integrations.xero.resources import TRACKING_CATEGORIES, TRACKING_OPTIONS

option_name = text("{full_code} {name}", limit=100)
option = Document(
    target=TRACKING_OPTIONS,
    marker=("Name",),
    matches=(tracking.same_name,),
    scope={"category_id": call(tracking.cost_code_category)},
    details={"category_id": call(tracking.cost_code_category)},
    fields={"Name": option_name},
)


class CostCodeOptions(Integration):
    """Each cost code in use becomes an option of the second tracking category, for tenants that send codes
    as options. Renaming the code renames the option.
    """

    slug, name = "cost-code-options", "Cost code options"
    source = Source(
        resource=STANDARD_COST_CODES,
        joins=(Join(name="waiting_records", resources=(), on="full_code", per="asked", back="cost code"),),
    )
    after, per_project, removed = ("cost-codes",), False, "forget"
    title = "cost code {full_code} {name}"
    catalogues = (TRACKING_CATEGORIES,)
    documents = {"option": option}
    overall = (
        Check(test=tracking.codes_are_options, stops=True),
        Check(test=tracking.has_cost_code_category, warn="category-missing", audience=Audience.ADMINISTRATOR,
              fix="xero", stops=True),
        Check(test=tracking.codes_in_use_fit, warn="too-many-codes", audience=Audience.ADMINISTRATOR,
              fix="options", stops=True),
        Check(test=tracking.cost_codes_fit, warn="category-full", fix="xero"),
    )  # fmt: skip
    checks = (
        Check(test=tracking.is_code_in_use),
        Check(test=tracking.name_is_free("cost_code_category", "option", option_name), warn="name-taken"),
    )
