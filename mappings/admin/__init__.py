"""The admin pages of cost code rules, links and catalogues."""

from mappings.admin import links, reverse, rules

__all__ = ["links", "reverse", "rules"]
