"""What a live run remembers for the next one: cursors, and the records to be looked at again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from integrations.base import Integration, Subject, dig
from mappings.models import Link
from runs.chunks import OVERLAP, sweep_of
from runs.models import Cursor, Retry, Run
from runs.sources import Source


@dataclass(frozen=True)
class Again:
    """A record to be looked at again although it may not change: the reason lies outside it."""

    subject: str
    group: str
    project_id: str
    reason: str
    fingerprint: str = ""


def keep(run: Run, integration: str, again: Iterable[Again], looked_at: Iterable[str]) -> None:
    """Replace what was kept of the records looked at. Inside a fenced transaction."""
    rows = {one.subject: one for one in again}
    own = Retry.objects.filter(tenant_id=run.tenant_id, integration=integration)
    own.filter(subject__in=[subject for subject in looked_at if subject not in rows]).delete()
    Retry.objects.bulk_create(
        [
            Retry(tenant_id=run.tenant_id, integration=integration, subject=one.subject, group=one.group,
                  project=one.project_id, reason=one.reason[:60], fingerprint=one.fingerprint)
            for one in rows.values()
        ],
        update_conflicts=True,
        unique_fields=["tenant", "integration", "subject"],
        update_fields=["group", "project", "reason", "fingerprint"],
    )  # fmt: skip


def tell_writers(run: Run, integration: type[Integration], subjects: Iterable[Subject]) -> None:
    """Have other integrations look again at these records, where they wrote them and somebody has changed
    them since: nothing in their own sources says so. Inside a fenced transaction.
    """
    source = integration.source.resource
    versions = {str(dig(one.record, source.key)): str(dig(one.record, source.version)) for one in subjects}
    links = Link.objects.filter(tenant_id=run.tenant_id, resource=source.name, target_id__in=versions)
    others = links.linked().exclude(integration=integration.slug)
    changed = [link for link in others if link.target_version != versions[link.target_id]]
    Retry.objects.bulk_create(
        [
            Retry(tenant_id=run.tenant_id, integration=link.integration, subject=link.subject,
                  group=link.group, project=link.project_id, reason="edited by somebody")
            for link in changed
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def move_cursors(run: Run, integration: str, source: Source) -> None:
    """Move every cursor the run has read past, to the start of the read less the overlap. Inside a fence."""
    for (resource, project), read_at in source.read_at.items():
        _move(run, integration, resource, project, read_at - OVERLAP)
    for resource, project in source.read_whole:
        begun = source.read_at.get((resource, project))
        if begun is not None:
            _move(run, integration, sweep_of(resource), project, begun)
    own = Cursor.objects.filter(tenant_id=run.tenant_id, integration=integration)
    own.filter(project__in=source.unreadable).delete()


def _move(run: Run, integration: str, resource: str, project: str, read_at: datetime) -> None:
    Cursor.objects.update_or_create(
        tenant_id=run.tenant_id, integration=integration, resource=resource, project=project,
        defaults={"read_at": read_at},
    )  # fmt: skip
