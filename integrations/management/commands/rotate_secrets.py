"""Move every stored secret to the current key, so that older keys can be taken out of the settings."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from integrations.secrets import EncryptedField


class Command(BaseCommand):
    """`manage.py rotate_secrets`: safe to run while others work, and to run again."""

    help = "Encrypt every stored secret with the first key of ONECORE_SECRET_KEYS."

    def handle(self, *_given: Any, **_options: Any) -> None:
        """A secret that was replaced meanwhile is left: it is under the current key already."""
        moved = 0
        for model in apps.get_models():
            for field in model._meta.local_fields:
                if isinstance(field, EncryptedField):
                    moved += self._move(model, field.attname)
        self.stdout.write(f"{moved} {'secret' if moved == 1 else 'secrets'} moved to the current key.")

    def _move(self, model: Any, name: str) -> int:
        rows = model._default_manager.values_list("pk", name)
        moved = 0
        for pk, secret in rows.iterator():
            if secret:
                moved += model._default_manager.filter(pk=pk, **{name: secret}).update(
                    **{name: secret.rotated()}
                )
        return moved
