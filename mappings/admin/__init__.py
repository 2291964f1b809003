"""The admin pages of cost code rules, links and catalogues."""

from mappings.admin import labour, links, reverse, rules, tax_codes, terms, vendors

__all__ = ["labour", "links", "reverse", "rules", "tax_codes", "terms", "vendors"]
