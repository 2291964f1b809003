"""What concerns an integration as a whole, or one of its projects, rather than a record."""

from __future__ import annotations

from collections.abc import Sequence

from integrations import sentences
from integrations.base import Integration, Reason
from runs import leases, warnings
from runs.models import Entry, Outcome, Retry, Run
from runs.planning import reason_row
from runs.rows import row
from runs.sources import Source


def note(
    run: Run, integration: type[Integration], reasons: Sequence[Reason], held: leases.Held | None
) -> None:
    """Show what concerns the integration, as an entry and, in a live run, as a warning."""
    for reason in reasons:
        _enter(run, integration, warnings.WHOLE, integration.name, reason)
    if held is not None:
        with leases.fenced(held):
            warnings.note_whole(run, integration.slug, reasons, integration.name)


def note_projects(run: Run, integration: type[Integration], source: Source, held: leases.Held | None) -> int:
    """Say of projects that the connected user may not see, and resolve it of those read; their number."""
    rows = []
    for number, said in source.unreadable.values():
        reason, key = sentences.unreadable_project(number, said), project_key(number)
        _enter(run, integration, key, key, reason)
        rows.append(row(key, key, [reason], number))
    if held is not None and integration.per_project:
        read = [] if source.asked.subjects else [project_key(one) for one in source.read_projects()]
        with leases.fenced(held):
            warnings.note(run, integration.slug, rows, read)
    return len(rows)


def leave(run: Run, integration: type[Integration], source: Source) -> None:
    """Resolve what was said of records whose project is no longer worked on. Inside a fenced transaction.

    They stay to be looked at again: where the project is worked on again, what is still wrong is said again.
    """
    left = Retry.objects.filter(tenant_id=run.tenant_id, integration=integration.slug)
    if source.followed is not None:
        left = left.filter(group__in=source.followed.at_rest)
    elif integration.per_project:
        left = left.exclude(project__in=[*(key for key, _ in source.projects()), ""])
    else:
        return
    warnings.note(run, integration.slug, [], left.values_list("subject", flat=True))


def project_key(number: str) -> str:
    """The record key of a warning about a project."""
    return f"project {number}"


def _enter(run: Run, integration: type[Integration], subject: str, title: str, reason: Reason) -> None:
    Entry.objects.create(
        run=run, integration=integration.slug, subject=subject, action="warn", outcome=Outcome.DONE,
        title=title, message=reason.message, reasons=[reason_row(reason)],
    )  # fmt: skip
