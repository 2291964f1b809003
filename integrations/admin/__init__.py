"""The admin pages of tenants, people, connections and options, and what every admin page shares."""

from integrations.admin import connections, options, tenants

__all__ = ["connections", "options", "tenants"]
