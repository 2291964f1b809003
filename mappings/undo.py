"""Taking back a batch of rule changes as one step, from the history that was written with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from integrations.models import Tenant
from mappings import bulk
from mappings.resources import RuleResource


@dataclass
class Undo:
    """What undoing a batch would do."""

    reason: str
    tenant: Tenant
    resource: type[RuleResource] = RuleResource
    added: list[Any] = field(default_factory=list)  # history rows of rules the batch made
    changed: list[tuple[Any, Any]] = field(default_factory=list)  # (this batch's row, the one before it)
    later: int = 0  # rules changed again since, which stay as they are

    @property
    def total(self) -> int:
        return len(self.added) + len(self.changed)

    def carry_out(self, user: Any) -> int:
        """Delete what was added and restore what was changed; the number of rules.
        In the caller's transaction.
        """
        model: Any = self.resource._meta.model
        rules: dict[int, Any] = model.objects.in_bulk(
            [row.id for row in self.added] + [row.id for row, _ in self.changed]
        )
        names, reason = (*self.resource.key, *self.resource.values), f"Undone: {self.reason}"
        bulk.delete(model, [rules[row.id] for row in self.added], user=user, reason=reason)
        for row, before in self.changed:
            for name in names:
                setattr(rules[row.id], name, getattr(before, name))
        restored = [rules[row.id] for row, _ in self.changed]
        if restored:
            bulk.change(model, restored, names, user=user, reason=reason)
        return self.total


def undo_of(reason: str, tenants: Iterable[Tenant], of: type[RuleResource] = RuleResource) -> Undo | None:
    """The undoing of the batch written with that reason; None when there is none for these tenants."""
    model: Any = of._meta.model
    history = model.history.model.objects
    rows = list(history.filter(history_change_reason=reason, tenant__in=tenants).order_by("id"))
    if not rows:
        return None
    undo = Undo(reason, rows[0].tenant, of)
    ids = [row.id for row in rows]
    latest: dict[int, Any] = {}
    earlier: dict[int, Any] = {}
    mine = {row.id: row.history_id for row in rows}
    for row in history.filter(id__in=ids).order_by("history_id"):
        latest[row.id] = row
        if row.history_id < mine[row.id]:
            earlier[row.id] = row
    for row in rows:
        if latest[row.id].history_id != row.history_id or (row.history_type == "~" and row.id not in earlier):
            undo.later += 1
        elif row.history_type == "+":
            undo.added.append(row)
        else:
            undo.changed.append((row, earlier[row.id]))
    return undo
