"""The project as a Django application."""

from django.apps import AppConfig

from onecore import checks


class OneCoreConfig(AppConfig):
    """Registers the start-up checks."""

    name = "onecore"
    verbose_name = "OneCore"

    def ready(self) -> None:
        """Called once by Django when every application is loaded."""
        checks.register_all()
