"""Settings of workers under test: counted commits, and every wait shortened by one ratio."""

import os

from tests.settings import *  # noqa: F403
from tests.settings import DATABASES, INSTALLED_APPS, Q_CLUSTER

RATIO = int(os.environ.get("ONECORE_RATIO", "6"))  # what takes 90 seconds takes 15
DATABASES["default"] |= {"ENGINE": "tests.faults.backend"}
ONECORE_LEASE_SECONDS = 60 / RATIO
ONECORE_BEAT_SECONDS = 5 / RATIO
ONECORE_WATCH_SECONDS = 10 / RATIO
ONECORE_STILL_SECONDS = 40 / RATIO
ONECORE_REMIND_SECONDS = 45 / RATIO
ONECORE_REFRESH_SECONDS = 90 / RATIO
ONECORE_READ_TIMEOUT = 50 / RATIO
ONECORE_SETTLE_MARGIN = 60 / RATIO
ONECORE_SETTLE_AGAIN = 30 / RATIO
Q_CLUSTER = Q_CLUSTER | {"workers": 2, "poll": 0.2}

if os.environ.get("ONECORE_WITHOUT"):
    INSTALLED_APPS = [*INSTALLED_APPS, "tests.guards.apps.GuardsConfig"]
