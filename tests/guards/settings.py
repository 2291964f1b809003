"""The tests' settings without one protection: the one named by ONECORE_WITHOUT."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.guards.apps.GuardsConfig"]
