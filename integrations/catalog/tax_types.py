"""Tax rates in Xero -> catalogue of tax types for mappings."""

from integrations.base import Check, Document, Integration, Source
from integrations.expressions import const, path
from integrations.local.resources import TAX_RATE_ENTRIES, same_key
from integrations.taxes import is_active
from integrations.xero.resources import TAX_RATES

entry = Document(
    target=TAX_RATE_ENTRIES,
    marker=("key",),
    matches=(same_key,),
    fields={"key": path("TaxType"), "code": path("TaxType"), "name": path("Name"), "is_active": const(True)},
)


class TaxTypes(Integration):
    """Xero's tax types become choices for cost code rules and tax codes."""

    slug, name, source = "tax-types", "Tax types", Source(resource=TAX_RATES)
    title, per_project, removed = "tax type {Name}", False, "remove"
    documents = {"entry": entry}
    checks = (Check(test=is_active, withdraws=True),)
