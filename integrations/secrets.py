"""Secrets at rest: encrypted with the first of the installation's keys, read with any, never printed."""

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from django.db.models.query_utils import DeferredAttribute


class Secret:
    """A text that must not be seen: it prints as dots and is read by `reveal` only."""

    __slots__ = ("stored",)

    def __init__(self, stored: str) -> None:
        self.stored = stored

    @classmethod
    def of(cls, text: str) -> "Secret":
        """The secret form of a plain text."""
        return cls(keys().encrypt(text.encode()).decode() if text else "")

    def reveal(self) -> str:
        """The plain text. Raises ImproperlyConfigured when no key of this installation opens it."""
        if not self.stored:
            return ""
        try:
            return keys().decrypt(self.stored.encode()).decode()
        except InvalidToken:
            raise ImproperlyConfigured(
                "A stored secret was encrypted with a key that is not in ONECORE_SECRET_KEYS."
            ) from None

    def rotated(self) -> "Secret":
        """The same secret under the current key. Raises ImproperlyConfigured as `reveal` does."""
        return Secret.of(self.reveal())

    def __bool__(self) -> bool:
        return bool(self.stored)

    def __repr__(self) -> str:
        return "Secret(•••)" if self.stored else "Secret()"

    def __str__(self) -> str:
        return "•••" if self.stored else ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.reveal() == other.reveal()

    __hash__ = None  # type: ignore[assignment]


def keys() -> MultiFernet:
    """The installation's keys, the current one first. Read each time: rotation needs no restart of tests."""
    return MultiFernet([Fernet(key) for key in settings.ONECORE_SECRET_KEYS])


class SecretAttribute(DeferredAttribute):
    """Turns what is assigned into a Secret at once, so that no repr or error page of a record shows it."""

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = self.field.to_python(value)


class EncryptedField(models.Field):
    """A text kept encrypted. It reads as a Secret, takes a Secret or a plain text, and cannot be searched."""

    descriptor_class = SecretAttribute
    # What type checkers are told: it takes both and gives a Secret.
    _pyi_private_set_type: Secret | str
    _pyi_private_get_type: Secret

    def get_internal_type(self) -> str:
        """Kept as a text."""
        return "TextField"

    def from_db_value(self, value: str | None, *_given: Any) -> Secret | None:
        """What a row holds, still encrypted."""
        return None if value is None else Secret(value)

    def to_python(self, value: Any) -> Secret | None:
        """Plain texts become secrets at once, so that no form or error page repeats them."""
        if value is None or isinstance(value, Secret):
            return value
        return Secret.of(str(value))

    def get_prep_value(self, value: Any) -> str | None:
        """The encrypted form that the row holds."""
        secret = self.to_python(value)
        return None if secret is None else secret.stored

    def get_lookup(self, lookup_name: str) -> Any:
        """Only a stored form may be compared: the same text encrypts differently each time."""
        if lookup_name not in {"exact", "isnull"}:
            raise FieldError(f"{self.name} is encrypted and cannot be searched.")
        return super().get_lookup(lookup_name)

    def value_to_string(self, obj: models.Model) -> str:
        """Dumps hold no secrets."""
        return ""
