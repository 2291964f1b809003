"""The application that takes a protection away when Django starts; installed by test-only settings."""

import os

from django.apps import AppConfig


class GuardsConfig(AppConfig):
    """Replaces the protection named by ONECORE_WITHOUT by nothing."""

    name = "tests.guards"
    label = "guards"

    def ready(self) -> None:
        """Take it away; an unknown name stops the start."""
        from tests.guards.protections import PROTECTIONS  # needs the models, which are there only now

        PROTECTIONS[os.environ["ONECORE_WITHOUT"]].take_away()
