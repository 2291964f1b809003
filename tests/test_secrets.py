"""Secrets at rest: encrypted, never printed, moved to a new key while others work."""

import io
import json

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoAssertNumQueries, Settings

from integrations.models import Credential
from integrations.secrets import Secret

PLAIN = "canary-very-secret"


def credential(**over: object) -> Credential:
    given = {
        "name": "one",
        "system": "xero",
        "environment": "sandbox",
        "client_id": "c",
        "client_secret": PLAIN,
    }
    return Credential.objects.create(**given | over)


def stored(column: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM integrations_credential")  # noqa: S608
        return str(cursor.fetchone()[0])


@pytest.mark.django_db
def test_the_row_holds_no_plain_text() -> None:
    """Created, changed and updated in bulk alike."""
    made = credential()
    assert PLAIN not in stored("client_secret")
    assert Credential.objects.get().client_secret.reveal() == PLAIN
    Credential.objects.update(access_token="second-canary")
    assert "canary" not in stored("access_token")
    made.refresh_from_db()
    assert made.access_token.reveal() == "second-canary"
    assert stored("refresh_token") == "" and not made.refresh_token


@pytest.mark.django_db
def test_nothing_prints_it() -> None:
    """Neither before it is saved nor after; dumps leave it out."""
    made = credential()
    shown = [
        repr(made),
        str(made),
        repr(made.__dict__),
        repr(Credential.objects.get().__dict__),
        str(made.client_secret),
    ]
    shown += [
        f"{made.client_secret}",
        serializers.serialize("json", [made]),
        repr(list(Credential.objects.values())),
    ]
    assert not [text for text in shown if "canary" in text]
    assert json.loads(serializers.serialize("json", [made]))[0]["fields"]["client_secret"] == ""


@pytest.mark.django_db
def test_it_cannot_be_searched() -> None:
    """A filter by part of a secret would tell it letter by letter."""
    with pytest.raises(FieldError):
        Credential.objects.filter(client_secret__startswith="c").exists()


@pytest.mark.django_db
def test_a_new_key_comes_first(settings: Settings) -> None:
    """Old secrets stay readable, are moved by the command, and the old key can go."""
    old, new = settings.ONECORE_SECRET_KEYS[0], Fernet.generate_key().decode()
    credential()
    settings.ONECORE_SECRET_KEYS = [new, old]
    assert Credential.objects.get().client_secret.reveal() == PLAIN
    out = io.StringIO()
    call_command("rotate_secrets", stdout=out)
    assert "1 secret" in out.getvalue()
    settings.ONECORE_SECRET_KEYS = [new]
    assert Credential.objects.get().client_secret.reveal() == PLAIN


@pytest.mark.django_db
def test_a_missing_key_is_named(settings: Settings) -> None:
    """The message says where keys come from, and not what was stored."""
    credential()
    settings.ONECORE_SECRET_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(ImproperlyConfigured, match="ONECORE_SECRET_KEYS"):
        Credential.objects.get().client_secret.reveal()
    with pytest.raises(ImproperlyConfigured):
        call_command("rotate_secrets", stdout=io.StringIO())


@pytest.mark.django_db
def test_rotation_overwrites_no_fresh_token(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    """A pair saved between reading and writing stays."""
    made = credential(access_token="old-token")
    settings.ONECORE_SECRET_KEYS = [Fernet.generate_key().decode(), *settings.ONECORE_SECRET_KEYS]

    real = Secret.rotated

    def rotated(secret: Secret) -> Secret:
        Credential.objects.filter(pk=made.pk).update(access_token="fresh-token")
        return real(secret)

    monkeypatch.setattr(Secret, "rotated", rotated)
    call_command("rotate_secrets", stdout=io.StringIO())
    made.refresh_from_db()
    assert made.access_token.reveal() == "fresh-token"
