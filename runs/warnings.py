"""Warnings across runs: opened, repeated and resolved by what a run found.
Only live runs, under their lease.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone

from integrations.base import Reason
from runs.models import Run, Warning, WarningState

MOST_AFFECTED = 500
LONGEST_KEY = 250


@dataclass
class Finding:
    """One thing wrong: about one record, or about something several records lack."""

    reason: Reason
    key: str
    title: str
    project: str = ""
    amount: Decimal | None = None
    links: list[dict[str, str]] = field(default_factory=list)
    place: Mapping[str, Any] = field(default_factory=dict)  # role, resource and scope of the target
    affected: dict[str, dict[str, str]] = field(default_factory=dict)  # subject -> its row in the warning


def findings(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Finding]:
    """What entries' reasons come to: one finding per code and record, or per code and missing thing.

    Each row has reasons, subject, title, project, amount and links; one of a change has its place too.
    """
    found: dict[tuple[str, str], Finding] = {}
    for row in rows:
        for reason in row["reasons"]:
            key = (reason.code, (reason.key or row["subject"])[:LONGEST_KEY])
            one = found.get(key)
            if one is None:
                title = reason.key or row["title"]
                one = found[key] = Finding(reason, key[1], title, row["project"], None, list(row["links"]))
                one.place = row.get("place") or {}
            one.amount = _plus(one.amount, row["amount"])
            if reason.key:
                before = one.affected.get(row["subject"])
                one.affected[row["subject"]] = _row(row, _amount_of(before) if before else None)
    return found


def _row(row: Mapping[str, Any], more: Decimal | None) -> dict[str, str]:
    """A record that a warning holds up: its key, title and amount."""
    amount = _plus(row["amount"], more)
    shown = {"key": row["subject"], "title": row["title"]}
    return shown if amount is None else shown | {"amount": str(amount)}


def _amount_of(row: Mapping[str, str]) -> Decimal | None:
    return Decimal(row["amount"]) if row.get("amount") else None


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return one if other is None else other if one is None else one + other


def note(run: Run, integration: str, rows: Iterable[Mapping[str, Any]], looked_at: Iterable[str]) -> None:
    """Open or repeat what was found, and resolve what these records no longer show.

    Call it inside a fenced transaction, with every reason found for the records looked at.
    """
    found, looked = findings(rows), set(looked_at)
    standing = Warning.objects.filter(tenant_id=run.tenant_id, integration=integration).standing()
    about = Q(record_key__in=[*looked, *(key for _, key in found)]) | ~Q(affected=[])
    known = {(warning.code, warning.record_key): warning for warning in standing.filter(about)}
    opened, changed = [], []
    for key, finding in found.items():
        warning = known.get(key)
        if warning is None:
            opened.append(_opened(run, integration, finding))
        else:
            _repeat(warning, run, finding, looked)
            changed.append(warning)
    for key, warning in known.items():
        if key not in found and _is_gone(warning, looked):
            changed.append(warning)
    Warning.objects.bulk_create(opened)
    Warning.objects.bulk_update(changed, CHANGED)


CHANGED = [
    "message", "record_title", "project", "amount", "links", "affected", "last_seen", "times", "run", "state",
    "resolved_at", "search", "fix", "audience", "choices", "place",
]  # fmt: skip


def _opened(run: Run, integration: str, finding: Finding) -> Warning:
    warning = Warning(tenant_id=run.tenant_id, integration=integration, code=finding.reason.code,
                      record_key=finding.key, run=run)  # fmt: skip
    _fill(warning, finding)
    _hold_up(warning, finding.affected.values())
    return warning


def _fill(warning: Warning, finding: Finding) -> None:
    warning.message, warning.fix = finding.reason.message, finding.reason.fix
    warning.audience = str(finding.reason.audience)
    warning.record_title, warning.project = finding.title[:300], finding.project[:100]
    warning.links, warning.amount = finding.links, finding.amount
    warning.place = dict(finding.place or warning.place)
    warning.choices = [[words, dict(rule)] for words, rule in finding.reason.choices]


def _repeat(warning: Warning, run: Run, finding: Finding, looked: set[str]) -> None:
    if warning.run_id != run.pk:
        warning.times += 1
    before = {row["key"]: row for row in warning.affected if row["key"] not in looked}
    _fill(warning, finding)
    _hold_up(warning, (before | finding.affected).values())
    warning.run, warning.last_seen = run, timezone.now()
    if warning.state == WarningState.ACKNOWLEDGED and warning.is_open:
        warning.state = WarningState.OPEN


def _is_gone(warning: Warning, looked: set[str]) -> bool:
    """Whether nobody shows it any more; takes the records looked at off its list."""
    if warning.affected:
        left = [row for row in warning.affected if row["key"] not in looked]
        if len(left) == len(warning.affected):
            return False
        _hold_up(warning, left)
        if left:
            return True
    elif warning.record_key not in looked:
        return False
    _resolve(warning)
    return True


def _resolve(warning: Warning) -> None:
    warning.state, warning.resolved_at = WarningState.RESOLVED, timezone.now()


def _hold_up(warning: Warning, rows: Iterable[dict[str, str]]) -> None:
    """Name the records a warning holds up; its amount is what all of them come to."""
    warning.affected = list(rows)[:MOST_AFFECTED]
    amounts = [amount for row in warning.affected if (amount := _amount_of(row)) is not None]
    if warning.affected:
        warning.amount = sum(amounts, Decimal(0)) if amounts else None
    warning.search = warning.words()


def note_whole(run: Run, integration: str, reasons: Sequence[Reason], name: str) -> None:
    """Open, repeat or resolve what concerns the integration as a whole. Inside a fenced transaction."""
    rows = [
        {"reasons": [reason], "subject": WHOLE, "title": name, "project": "", "amount": None, "links": []}
        for reason in reasons
    ]
    note(run, integration, rows, [WHOLE])


WHOLE = "*"  # the record key of a warning that is not about a record


def resolve_unseen(run: Run, integration: str) -> int:
    """Resolve what a run that looked at every record did not find again. Inside a fenced transaction.

    What another run found meanwhile stands.
    """
    standing = Warning.objects.filter(tenant_id=run.tenant_id, integration=integration).standing()
    unseen = standing.exclude(run=run).exclude(record_key=WHOLE).filter(last_seen__lt=run.started_at)
    return unseen.update(state=WarningState.RESOLVED, resolved_at=timezone.now())


def by_tenant(run: Run, code: str, message: str, fix: str = "") -> None:
    """Open or repeat a warning that belongs to no integration (a run that failed,
    a connection that ended).
    """
    found = Warning.objects.filter(
        tenant_id=run.tenant_id, integration="", code=code, record_key=WHOLE
    ).standing()
    if found.update(message=message, last_seen=timezone.now(), run=run):
        return
    warning = Warning(
        tenant_id=run.tenant_id, integration="", code=code, record_key=WHOLE, record_title="the run", run=run,
        message=message, fix=fix, audience="administrator",
    )  # fmt: skip
    warning.search = warning.words()
    warning.save()


def settle_tenant(run: Run, code: str) -> None:
    """Resolve a warning of `by_tenant`: its cause is gone."""
    found = Warning.objects.filter(tenant_id=run.tenant_id, integration="", code=code).standing()
    found.update(state=WarningState.RESOLVED, resolved_at=timezone.now())


__all__ = [
    "WHOLE",
    "Finding",
    "by_tenant",
    "findings",
    "note",
    "note_whole",
    "resolve_unseen",
    "settle_tenant",
]
