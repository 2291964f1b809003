"""What a pass writes down of changes: columns of entries, rows of warnings, counts."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from integrations.base import Reason, Resource
from integrations.changes import Action, Change
from mappings.context import RunPart
from runs import execute, memory, planning
from runs.models import Entry, Outcome

WAITS = "meanwhile"
NO_REASON = Reason("attention", "it needs attention")
ENTRY_COLUMNS = ["action", "outcome", "message", "reasons", "target_id", "target_url"]
WORDS = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.LINK: "linked",
    Action.REMOVE: "removed",
}


def result_word(result: execute.Result) -> str:
    """Under which name a result is counted."""
    if result.retry == WAITS:
        return "skip"
    if result.outcome == Outcome.FAILED:
        return "failed"
    return WORDS[result.change.action] if result.outcome == Outcome.DONE else "unanswered"


def entry_row(entry_id: int, result: execute.Result, part: RunPart) -> Entry:
    """The columns of an entry that a result changes."""
    change = result.change
    resource = part.integration.targets().get(change.resource)
    target_id = result.target_id or change.target_id
    url = part.web(resource.web, planning.target_names(resource, target_id, change.scope)) if (
        resource and resource.web and target_id) else ""  # fmt: skip
    skipped = result.retry == WAITS
    return Entry(
        pk=entry_id or None, action="skip" if skipped else str(change.action), target_id=target_id,
        outcome=Outcome.DONE if skipped else result.outcome, message=result.message or change.message,
        reasons=[planning.reason_row(reason) for reason in result.reasons], target_url=url[:500],
    )  # fmt: skip


def row(
    subject: str, title: str, reasons: Iterable[Reason], project: str = "", amount: Decimal | None = None,
    links: list[dict[str, str]] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What a warning is made of."""
    return {
        "subject": subject, "title": title, "reasons": tuple(reasons), "project": project, "amount": amount,
        "links": links or [],
    }  # fmt: skip


def row_of(
    change: Change, reasons: Iterable[Reason], project: str = "", links: list[dict[str, str]] | None = None
) -> dict[str, Any]:
    """What a warning about a change is made of, with where its target belongs."""
    place = {"role": change.role, "resource": change.resource, "scope": dict(change.scope)}
    known = {name: value for name, value in place.items() if value}
    return row(change.subject, change.title, reasons, project, change.amount, links) | {"place": known}


def again_of(change: Change, why: str) -> memory.Again:
    """A record whose change was not done, to be looked at again."""
    return memory.Again(change.subject, change.group, "", why, change.fingerprint)


def links_of(entry: Entry) -> list[dict[str, str]]:
    """An entry's addresses, as a warning keeps them."""
    named = (("source", entry.source_url), ("target", entry.target_url))
    return [{"label": label, "url": url} for label, url in named if url]


def money_moved(change: Change, resource: Resource | None) -> Decimal:
    """The amount that a change moves in the books, for the limits of a run; an order moves none."""
    entered = resource is None or resource.in_books
    if change.action is Action.LINK or not entered or not isinstance(change.amount, Decimal):
        return Decimal(0)
    return abs(change.amount)
