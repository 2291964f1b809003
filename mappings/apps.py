"""The application mappings."""

from django.apps import AppConfig


class MappingsConfig(AppConfig):
    """Names the application."""

    name = "mappings"
