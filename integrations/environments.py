"""Where a connection may point: a closed list, so that nobody types a host and no token leaves it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

SYSTEMS = (("procore", "Procore"), ("xero", "Xero"))
SANDBOX = "sandbox"  # the bundled simulator, or another one named in the settings


@dataclass(frozen=True, kw_only=True)
class Environment:
    """One installation of Procore or Xero: the addresses of its API, tokens, consents and web pages."""

    system: str
    key: str
    label: str
    api: str
    token: str
    authorise: str
    web: str
    revoke: str = ""

    @property
    def consent_page(self) -> str:
        """The host that a browser is sent to for a consent."""
        return origin(self.authorise)


def origin(address: str) -> str:
    """Scheme and host of an address."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def procore(key: str, label: str, *, login: str, api: str, web: str) -> Environment:
    """A Procore environment. Consents and tokens come from the login host; the API host refuses them."""
    return Environment(
        system="procore",
        key=key,
        label=label,
        api=api,
        token=f"{login}/oauth/token",
        authorise=f"{login}/oauth/authorize",
        revoke=f"{login}/oauth/revoke",
        web=web,
    )


def xero(key: str, label: str, *, login: str, identity: str, api: str, web: str) -> Environment:
    """A Xero environment. Consents, tokens and records have a host each."""
    return Environment(
        system="xero",
        key=key,
        label=label,
        api=api,
        token=f"{identity}/connect/token",
        authorise=f"{login}/identity/connect/authorize",
        revoke=f"{identity}/connect/revocation",
        web=web,
    )


REAL = (
    procore(
        "production",
        "Procore",
        login="https://login.procore.com",
        api="https://api.procore.com",
        web="https://app.procore.com",
    ),
    procore(
        "developer",
        "Procore developer sandbox",
        login="https://login-sandbox.procore.com",
        api="https://sandbox.procore.com",
        web="https://sandbox.procore.com",
    ),
    procore(
        "monthly",
        "Procore monthly sandbox",
        login="https://login-sandbox-monthly.procore.com",
        api="https://api-monthly.procore.com",
        web="https://app-monthly.procore.com",
    ),
    procore(
        "federal",
        "Procore for US government",
        login="https://login.procoregov.com",
        api="https://api.procoregov.com",
        web="https://app.procoregov.com",
    ),
    xero(
        "production",
        "Xero",
        login="https://login.xero.com",
        identity="https://identity.xero.com",
        api="https://api.xero.com",
        web="https://go.xero.com",
    ),
)


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
