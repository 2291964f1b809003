"""The two addresses of "Sign in with Procore": to Procore's consent page, and back from it."""

from typing import Any

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.models import SocialLogin, SocialToken
from allauth.socialaccount.providers.base import ProviderException
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from requests import RequestException

from integrations.environments import Environment, find_environment

TIMEOUT = 20  # seconds


class ProcoreAdapter(OAuth2Adapter):
    """Hosts come from the table that connections use; nobody types one."""

    provider_id = "procore"

    @property
    def environment(self) -> Environment:
        """Where people sign in. Raises ImproperlyConfigured when the setting names no environment."""
        found = find_environment("procore", settings.ONECORE_SIGN_IN_ENVIRONMENT)
        if found is None:
            raise ImproperlyConfigured("ONECORE_SIGN_IN_ENVIRONMENT names no environment of Procore.")
        return found

    @property
    def access_token_url(self) -> str:  # type: ignore[override]
        return self.environment.token

    @property
    def authorize_url(self) -> str:
        return self.environment.authorise

    def complete_login(
        self, request: HttpRequest, app: Any, token: SocialToken, **_given: Any
    ) -> SocialLogin:
        """Ask Procore who that is; the token is used for this one question and not kept."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(
                f"{self.environment.api}/rest/v1.0/me",
                headers={"Authorization": f"Bearer {token.token}"},
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        try:
            person = answer.json() if answer.status_code == 200 else None
        except (ValueError, RequestException):
            person = None
        if not isinstance(person, dict) or not person.get("id"):
            raise ProviderException("Procore did not say who signed in.")
        return self.get_provider().sociallogin_from_response(request, person)


oauth2_login = OAuth2LoginView.adapter_view(ProcoreAdapter)
oauth2_callback = OAuth2CallbackView.adapter_view(ProcoreAdapter)
