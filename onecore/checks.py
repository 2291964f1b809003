"""Start-up checks: a wrong configuration stops the start with an id and a hint."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections

HINT_KEYS = (
    "Set ONECORE_SECRET_KEYS to one or more keys, the current one first, separated by commas. A new key: "
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)
MARGIN = 60  # seconds


def register_all() -> None:
    """Hand the checks to Django; called when the applications are loaded."""
    register(secret_keys, Tags.security)
    register(queue_settings, "queue")
    register(one_worker_on_sqlite, "queue")
    register(sandbox_stands_alone, Tags.security)
    register(sandbox_beside_production, Tags.database)


def secret_keys(**_given: Any) -> list[CheckMessage]:
    """Tokens are encrypted with a key of this installation, never with the development key."""
    keys: Sequence[str] = settings.ONECORE_SECRET_KEYS
    if not keys:
        return [Error("No key encrypts tokens and secrets at rest.", hint=HINT_KEYS, id="onecore.E001")]
    if any(not is_fernet_key(key) for key in keys):
        return [Error("A key in ONECORE_SECRET_KEYS is malformed.", hint=HINT_KEYS, id="onecore.E002")]
    if settings.DEVELOPMENT_KEY in keys and not settings.DEBUG:
        return [
            Error("The published development key encrypts real secrets.", hint=HINT_KEYS, id="onecore.E003")
        ]
    return []


def is_fernet_key(key: str) -> bool:
    """32 bytes in URL-safe base 64."""
    try:
        return len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False


def queue_settings(**_given: Any) -> list[CheckMessage]:
    """A task waits in memory before it starts; delivered again meanwhile, it would run twice."""
    queue = settings.Q_CLUSTER
    rounds = 1 + (queue["queue_limit"] + 1) / queue["workers"]
    least = queue["timeout"] * rounds + MARGIN
    found: list[CheckMessage] = []
    if queue["retry"] <= least:
        hint = f"Set retry above timeout x (1 + (queue_limit + 1) / workers), here above {least:.0f}."
        found.append(Error("The queue may deliver a task twice.", hint=hint, id="onecore.E010"))
    if queue.get("max_attempts") != 1 or not queue.get("ack_failures"):
        hint = "Set max_attempts to 1 and ack_failures to True: runs count their own attempts."
        found.append(Error("The queue would repeat failed tasks by itself.", hint=hint, id="onecore.E011"))
    if queue.get("orm") not in settings.DATABASES:
        hint = "Set orm to default: other brokers drop a task before it is finished."
        found.append(Error("The queue does not live in the database.", hint=hint, id="onecore.E012"))
    return found


def one_worker_on_sqlite(**_given: Any) -> list[CheckMessage]:
    """SQLite has one writer at a time; several worker processes starve each other."""
    if not settings.ON_SQLITE or settings.Q_CLUSTER["workers"] == 1:
        return []
    hint = "Set ONECORE_WORKERS=1, or DATABASE_URL to a PostgreSQL database."
    return [Error("Several workers share one SQLite file.", hint=hint, id="onecore.E013")]


def sandbox_stands_alone(**_given: Any) -> list[CheckMessage]:
    """The control interface of a sandbox that others can reach must not open with the published token."""
    if not settings.ONECORE_LOCAL_SANDBOX or settings.DEBUG or settings.ONECORE_SANDBOX_TOKEN != "sandbox":
        return []
    hint = "Set ONECORE_SANDBOX_TOKEN to a text of your own, or switch ONECORE_LOCAL_SANDBOX off."
    return [Warning("The sandbox is switched on with its published token.", hint=hint, id="onecore.W020")]


def sandbox_beside_production(*, databases: Sequence[str] | None = None, **_given: Any) -> list[CheckMessage]:
    """A simulator and a customer's books never share an installation. Runs with `--database default`."""
    if not settings.ONECORE_LOCAL_SANDBOX or "default" not in (databases or ()):
        return []
    credential = apps.get_model("integrations", "Credential")
    if credential._meta.db_table not in connections["default"].introspection.table_names():
        return []
    held = credential._default_manager.exclude(environment="sandbox").count()
    if not held:
        return []
    hint = "Switch ONECORE_LOCAL_SANDBOX off, or use an installation of its own for trials."
    return [
        Error(
            f"The local sandbox is on beside {held} credentials of real systems.",
            hint=hint,
            id="onecore.E021",
        )
    ]
