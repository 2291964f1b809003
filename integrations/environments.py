"""Where a connection may point: a closed list, so that nobody types a host and no token leaves it."""

from django.conf import settings

from integrations.hosts import REAL, SANDBOX, SYSTEMS, Environment, origin, procore, xero

__all__ = ["SANDBOX", "SYSTEMS", "Environment", "environment_choices", "environments", "find_environment"]


def sandboxes() -> tuple[Environment, ...]:
    """The local simulator of both systems, offered only where the settings switch it on."""
    if not settings.ONECORE_LOCAL_SANDBOX:
        return ()
    procore_api, xero_api = settings.ONECORE_SANDBOX_PROCORE_API, settings.ONECORE_SANDBOX_XERO_API
    return (
        procore(
            SANDBOX,
            "Local sandbox",
            login=settings.ONECORE_SANDBOX_PROCORE_LOGIN,
            api=procore_api,
            web=f"{origin(procore_api)}/procore",
        ),
        xero(
            SANDBOX,
            "Local sandbox",
            login=settings.ONECORE_SANDBOX_XERO_LOGIN,
            identity=settings.ONECORE_SANDBOX_XERO_IDENTITY,
            api=xero_api,
            web=f"{origin(xero_api)}/xero",
        ),
    )


def environments() -> tuple[Environment, ...]:
    """Every environment this installation may use."""
    return (*REAL, *sandboxes())


def environment_choices() -> list[tuple[str, str]]:
    """The choices of a form; a key may exist for both systems."""
    found: dict[str, str] = {}
    for offered in environments():
        found.setdefault(offered.key, offered.label if offered.key != "production" else "Production")
    return list(found.items())


def find_environment(system: str, key: str) -> Environment | None:
    """The environment of a system by its key, or None where it is unknown or switched off."""
    return next((found for found in environments() if (found.system, found.key) == (system, key)), None)
