"""The admin pages of cost code rules, links and catalogues."""

from mappings.admin import links, rules

__all__ = ["links", "rules"]
