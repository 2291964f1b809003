"""The admin pages of cost code rules, links and catalogues."""

from mappings.admin import links, reverse, rules, terms

__all__ = ["links", "reverse", "rules", "terms"]
