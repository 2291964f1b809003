"""Signing in with Procore as an application."""

from django.apps import AppConfig


class ProcoreLoginConfig(AppConfig):
    """Names the application."""

    name = "integrations.procore.login"
    label = "procore_login"
    verbose_name = "Sign in with Procore"
