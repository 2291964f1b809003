"""Django's admin with our own site in its place."""

from django.contrib.admin.apps import AdminConfig


class PortalConfig(AdminConfig):
    """Names the site."""

    default_site = "onecore.site.PortalSite"
