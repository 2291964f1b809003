"""Cost types in Procore -> options of a tracking category in Xero."""

from integrations import tracking
from integrations.base import Audience, Check, Document, Integration, Source
from integrations.expressions import call, const, path, text
from integrations.local.resources import COST_TYPE_ENTRIES, same_key
from integrations.procore.resources import LINE_ITEM_TYPES
from integrations.xero.resources import TRACKING_CATEGORIES, TRACKING_OPTIONS

option_name = text("{name}", limit=100)
option = Document(
    target=TRACKING_OPTIONS,
    marker=("Name",),
    matches=(tracking.same_name,),
    scope={"category_id": call(tracking.cost_type_category)},
    details={"category_id": call(tracking.cost_type_category)},
    waits=(Check(words="cost types are sent as tracking", test=tracking.sends_cost_types),),
    fields={"Name": option_name},
)
entry = Document(
    target=COST_TYPE_ENTRIES,
    marker=("key",),
    matches=(same_key,),
    fields={"key": path("id"), "code": path("code"), "name": path("name"), "is_active": const(True)},
)


class CostTypes(Integration):
    """Each cost type becomes an option of the second tracking category, created when missing."""

    slug, name, source = "cost-types", "Cost types", Source(resource=LINE_ITEM_TYPES)
    title, per_project, removed = "cost type {name}", False, "remove"
    catalogues = (TRACKING_CATEGORIES,)
    documents = {"option": option, "entry": entry}
    overall = (
        Check(
            test=tracking.has_cost_type_category,
            warn="category-missing",
            audience=Audience.ADMINISTRATOR,
            fix="xero",
            stops=True,
        ),
        Check(test=tracking.cost_types_fit, warn="category-full", fix="xero"),
    )
    checks = (
        Check(test=tracking.name_is_free("cost_type_category", "option", option_name), warn="name-taken"),
    )
