"""Contacts that were merged in Xero, and the vendors they were linked to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integrations.context import Context
from integrations.expressions import merged_into


def vendors_of(contact_id: str, context: Context) -> Sequence[str]:
    """The vendor linked to a contact; where it has none, those of the contacts that were merged into it."""
    own = context.by_subject.get(("contacts", contact_id))
    if own is not None and own.is_linked:
        return [own.target_id]
    return vendors_left(context).get(contact_id, ())


def vendors_left(context: Context) -> Mapping[str, Sequence[str]]:
    """By the contact that lives on: the vendors still linked to contacts that were merged into it."""
    if "vendors left" not in context.memory:
        found: dict[str, list[str]] = {}
        for contact_id, one in context.records("contacts").items():
            known = context.by_subject.get(("contacts", contact_id))
            if one.get("MergedToContactID") and known is not None and known.is_linked:
                found.setdefault(merged_into(contact_id, context), []).append(known.target_id)
        context.memory["vendors left"] = found
    return context.memory["vendors left"]  # type: ignore[no-any-return]
