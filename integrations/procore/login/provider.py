"""The sign-in provider "Procore", as allauth wants it described."""

from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider

from integrations.procore.login.views import ProcoreAdapter


class ProcoreAccount(ProviderAccount):
    """How a person's Procore account is shown."""

    def to_str(self) -> str:
        """The person's name in Procore."""
        return str(self.account.extra_data.get("name") or self.account.uid)


class ProcoreProvider(OAuth2Provider):
    """People are known by the id of their Procore user, never by an e-mail address."""

    id = "procore"
    name = "Procore"
    account_class = ProcoreAccount
    oauth2_adapter_class = ProcoreAdapter

    def extract_uid(self, data: dict[str, Any]) -> str:
        """The id of `/rest/v1.0/me`."""
        return str(data["id"])

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, str]:
        """Login is the person's e-mail address, kept as a name only."""
        return {"username": f"procore-{data['id']}", "name": str(data.get("name") or "")}

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        """What is kept: id, name and login."""
        return {key: data.get(key) for key in ("id", "name", "login")}


provider_classes = [ProcoreProvider]
