"""Many rules written at once, with the history of each: in a few statements, not one for each rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

BATCH = 2000  # rules in one statement


def change(model: Any, rules: Sequence[Any], names: Sequence[str], *, user: Any, reason: str) -> None:
    """Write the columns `names` of rules that exist. An upsert by key: a CASE for each would take hours."""
    model.objects.bulk_create(
        rules,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*names, "updated_at"],
    )
    model.history.bulk_history_create(
        rules, batch_size=BATCH, update=True, default_user=user, default_change_reason=reason
    )


def delete(model: Any, rules: Sequence[Any], *, user: Any, reason: str) -> None:
    """Delete rules; their history says who and why."""
    history, now = model.history.model, timezone.now()
    about = {"history_date": now, "history_type": "-", "history_user": user, "history_change_reason": reason}
    names = [field.attname for field in model._meta.concrete_fields]
    rows = [history(**{name: getattr(rule, name) for name in names}, **about) for rule in rules]
    history.objects.bulk_create(rows, batch_size=BATCH)
    keys = [rule.pk for rule in rules]
    for start in range(0, len(keys), BATCH):
        model.objects.filter(pk__in=keys[start : start + BATCH]).delete()
