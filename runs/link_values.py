"""What a link holds of its change before, while and after it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from integrations.changes import Change
from mappings.models import Link, LinkState

TEXT = 300  # as much of a title or message as a link keeps


def before_sending(link: Link, refused: bool = False) -> str:
    """The state to return to: a linked record stays linked, whatever became of its update."""
    if link.target_id:
        return LinkState.LINKED
    return LinkState.REFUSED if refused else LinkState.INTENDED


def pending_of(change: Change) -> dict[str, Any]:
    """What will be true of the link once the request is known to have taken effect; no value of the body."""
    return {
        "action": str(change.action),
        "sent": dict(change.sent),
        "fingerprint": change.fingerprint,
        "lines": list(change.lines),
        "amount": None if change.amount is None else str(change.amount),
        "number": change.number,
        "details": dict(change.details),
        "title": change.title[:TEXT],
    }


def linked_values(change: Change, target_id: str, lines: Mapping[str, str], version: str) -> dict[str, Any]:
    """The columns of a link whose target is known."""
    return {
        "state": LinkState.LINKED,
        "batch": None,
        "pending": {},
        "since": None,
        "target_id": target_id,
        "resource": change.resource,
        "sent": dict(change.sent),
        "fingerprint": change.fingerprint,
        "refused_fingerprint": "",
        "refused_at": None,
        "lines": dict(lines),
        "target_version": version,
        "number": change.number[:255],
        "amount": change.amount,
        "details": dict(change.details),
        "title": change.title[:TEXT],
        "scope": dict(change.scope),
        "project_id": project_of(change),
        "contact_id": str(change.details.get("contact_id") or ""),
        "message": "",
    }


def project_of(change: Change) -> str:
    """The Procore project the change belongs to, "" where there is none."""
    named = (
        change.scope.get("project_id") or change.details.get("project_id") or change.details.get("project")
    )
    return str(named or "")
