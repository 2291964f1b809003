"""The application integrations."""

from django.apps import AppConfig


class IntegrationsConfig(AppConfig):
    """Names the application."""

    name = "integrations"
