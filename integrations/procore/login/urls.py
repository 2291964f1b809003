"""`/accounts/procore/login/` and `/accounts/procore/login/callback/`."""

from allauth.socialaccount.providers.oauth2.urls import default_urlpatterns

from integrations.procore.login.provider import ProcoreProvider

urlpatterns = default_urlpatterns(ProcoreProvider)
