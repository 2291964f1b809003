"""The installations of Procore and Xero that there are, and the addresses of each."""

from dataclasses import dataclass
from urllib.parse import urlsplit

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
