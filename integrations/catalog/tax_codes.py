"""Tax codes in Procore -> catalogue of tax codes for mappings."""

from integrations.base import Document, Integration, Source
from integrations.expressions import call, path
from integrations.local.resources import TAX_CODE_ENTRIES, same_key
from integrations.procore.resources import TAX_CODES
from integrations.taxes import is_in_use

entry = Document(
    target=TAX_CODE_ENTRIES,
    marker=("key",),
    matches=(same_key,),
    fields={
        "key": path("id"),
        "code": path("code"),
        "name": path("description"),
        "is_active": call(is_in_use),
    },
)


class TaxCodes(Integration):
    """Procore's tax codes become choices for the page that gives each its tax type in Xero."""

    slug, name, source = "tax-codes", "Tax codes", Source(resource=TAX_CODES)
    title, per_project, removed = "tax code {code}", False, "remove"
    documents = {"entry": entry}
