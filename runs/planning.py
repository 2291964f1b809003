"""Plan a batch of subjects: draw, read the targets, decide, and record what was decided."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from integrations.base import Audience, Integration, Reason, Resource, Subject, dig, fill
from integrations.changes import Action, Change
from integrations.comparison import Difference
from integrations.context import Context
from integrations.drawing import Drawing
from integrations.plans import decide, draw, wanted
from integrations.values import decimal
from mappings.context import RunPart, expect, load_batch, owners_of
from mappings.models import Link
from runs.chunks import Chunk
from runs.models import CHANGING, Entry, Outcome, Run
from runs.targets import Targets

log = logging.getLogger(__name__)

TEXT = 300
MOST_SHOWN = 500  # fields of one record
REMEMBERED = ["target_version", "sent", "fingerprint", "title", "details", "amount", "lines"]
# What a record may do to an expression that nobody foresaw; any other error is a fault of ours and ends the
# run.
BY_RECORD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
ODD = Reason(
    "unreadable",
    "it holds something that OneCore cannot read: look at its amounts, dates and names for what is unusual, "
    "correct it "
    "and save it again",
    Audience.PROJECT,
    "procore",
)


@dataclass
class Planned:
    """A batch of changes with the entries made of them."""

    chunk: Chunk
    changes: list[Change]
    context: Context
    entries: dict[int, Entry] = field(default_factory=dict)  # place in `changes` -> entry


def plan_chunk(part: RunPart, chunk: Chunk, targets: Targets) -> Planned:
    """Every change for a batch of subjects; reads the targets, writes nothing."""
    context = load_batch(part, chunk.subjects, chunk.followed)
    broken = {
        one.key: said_of(part.integration, one, chunk.unreadable[one.key])
        for one in chunk.subjects
        if one.key in chunk.unreadable
    }
    drawings = []
    for subject in sorted(chunk.subjects, key=number_in_order) if context.kin else chunk.subjects:
        if subject.key in broken:
            continue
        drawing = guarded(
            part.integration, subject, broken, partial(draw, part.integration, subject, context)
        )
        if drawing is not None:
            drawings.append(drawing)
            expect(part, context, drawing)
    held = targets.held(wanted(drawings, context))
    if targets.refused:
        broken |= without_targets(part.integration, drawings, context, targets.refused)
        drawings = [one for one in drawings if one.subject.key not in broken]
    found = [name for name, resource in part.integration.targets().items() if not resource.catalogue]
    if found:
        context.owners = dict(context.owners) | owners_of(part, found, sorted(targets.ids))
    changes: list[Change] = []
    for drawing in drawings:
        choices = partial(decide, part.integration, drawing, held, context)
        decided = guarded(part.integration, drawing.subject, broken, choices)
        changes += decided or ()
    return Planned(chunk, [*changes, *broken.values()], context)


def number_in_order(subject: Subject) -> Decimal:
    """Where a record comes among its kin: claims follow each other by their numbers."""
    return decimal(dig(subject.record, "number")) or Decimal(0)


def guarded(
    integration: type[Integration], subject: Subject, broken: dict[str, Change], work: Callable[[], Any]
) -> Any:
    """What `work` answers; where the record itself makes it fail, a warning for the record and None."""
    try:
        return work()
    except BY_RECORD:
        log.exception("planning %s %s", integration.slug, subject.key)
        broken[subject.key] = said_of(integration, subject, ODD)
        return None


def said_of(integration: type[Integration], subject: Subject, reason: Reason) -> Change:
    """A change of a subject that cannot be drawn or compared: why."""
    return Change(
        action=Action.WARN, integration=integration.slug, role="", subject=subject.key,
        group=subject.group or subject.key, title=fill(integration.title, subject.record) or subject.key,
        reasons=(reason,), message=reason.message,
    )  # fmt: skip


def without_targets(
    integration: type[Integration],
    drawings: Iterable[Drawing],
    context: Context,
    refused: Mapping[tuple[str, Any], Reason],
) -> dict[str, Change]:
    """What is said of the subjects whose targets could not be read, by their keys; the others go on."""
    found = {}
    for drawing in drawings:
        asked = wanted([drawing], context)
        reason = next((refused[one] for one in (*asked.ids, *asked.searches) if one in refused), None)
        if reason is not None:
            found[drawing.subject.key] = said_of(integration, drawing.subject, reason)
    return found


# --- entries ------------------------------------------------------------------------------------------------


def is_shown(run: Run, change: Change) -> bool:
    """Whether a change gets an entry of its own; what stays as it is is only counted,
    unless few are looked at.
    """
    return change.action not in (Action.UNCHANGED, Action.SKIP) or not run.is_live or not run.is_whole


def record(run: Run, part: RunPart, planned: Planned) -> None:
    """Save the entries of a batch."""
    urls = Addresses(part, planned.chunk)
    for place, change in enumerate(planned.changes):
        if is_shown(run, change):
            planned.entries[place] = entry_of(run, part, planned.chunk, change, urls)
    Entry.objects.bulk_create(planned.entries.values())


def entry_of(run: Run, part: RunPart, chunk: Chunk, change: Change, urls: Addresses) -> Entry:
    """A change as a row: ids, words, differences; never the body."""
    resource = part.integration.targets().get(change.resource)
    return Entry(
        run=run, integration=part.integration.slug, role=change.role, subject=change.subject,
        group=change.group,
        project_id=chunk.project_id(change.subject) or str(change.details.get("project") or ""),
        project=chunk.project(change.subject),
        action=str(change.action), outcome=Outcome.PLANNED if change.action in CHANGING else Outcome.DONE,
        title=change.title[:TEXT], resource=change.resource, label=resource.label if resource else "",
        source_url=urls.source(change.subject)[:500], target_url=urls.target(resource, change)[:500],
        target_id=change.target_id, match_key=change.match_key, amount=_amount(change.amount),
        message=change.message, reasons=[reason_row(reason) for reason in change.reasons],
        differences=difference_rows(run, part, change),
        fingerprint=change.fingerprint, version=change.version,
    )  # fmt: skip


def _amount(amount: Any) -> Decimal | None:
    return amount.quantize(Decimal("0.01")) if isinstance(amount, Decimal) and abs(amount) < 10**15 else None


def reason_row(reason: Reason) -> dict[str, str]:
    """A reason as it is kept with an entry."""
    return {
        "code": reason.code,
        "message": reason.message,
        "audience": str(reason.audience),
        "fix": reason.fix,
        "key": reason.key,
    }


def difference_rows(run: Run, part: RunPart, change: Change) -> list[dict[str, Any]]:
    """The fields before and after; of a new record only where a person reads the plan before it is sent."""
    if change.action is Action.CREATE and run.is_live and not part.options.get("approve"):
        return [difference_row(one) for one in change.differences]
    return shown_rows(change, part.integration.targets().get(change.resource))


def shown_rows(change: Change, resource: Resource | None) -> list[dict[str, Any]]:
    """What a plan shows of a change; of a new record all that would be sent."""
    if change.action is not Action.CREATE or change.differences:
        return [difference_row(one) for one in change.differences]
    found = []
    for name, value in change.payload.items():
        lines = value if resource is not None and name == resource.lines else None
        for place, line in enumerate(lines or (), start=1):
            found += [Difference(f"line {place}: {field}", None, held) for field, held in line.items()]
        if lines is None:
            found.append(Difference(name, None, value))
    rows = [difference_row(one) for one in found]
    return [one for one in rows if one["after"]][:MOST_SHOWN]


def difference_row(difference: Any) -> dict[str, Any]:
    """A difference as it is kept with an entry: texts."""
    return {
        "field": difference.field,
        "before": shown(difference.before),
        "after": shown(difference.after),
        "kept": difference.kept,
    }


def shown(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:,.2f}"
    if isinstance(value, Mapping):
        named = value.get("Name") or value.get("Option") or value.get("name")
        return str(named) if named else ", ".join(f"{name} {shown(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(shown(one) for one in value)
    return str(value)


class Addresses:
    """Web addresses of a batch's source and target records."""

    def __init__(self, part: RunPart, chunk: Chunk) -> None:
        self.part, self.source_resource = part, part.integration.source.resource
        self.feeds = {one.name: one for one, _ in part.integration.source.also}
        self.records = {subject.key: subject for subject in chunk.subjects}

    def source(self, key: str) -> str:
        """Where people see the source record."""
        subject = self.records.get(key)
        if subject is None or not self.source_resource.web:
            return ""
        bill = subject.record.get("bill")
        inner = bill if isinstance(bill, Mapping) else subject.record
        resource = self.feeds.get(str(inner.get("feed")), self.source_resource)
        return self.part.web(resource.web, {**inner, "system": resource.system})

    def target(self, resource: Resource | None, change: Change) -> str:
        """Where people see the target record."""
        if resource is None or not resource.web or not change.target_id:
            return ""
        return self.part.web(resource.web, target_names(resource, change.target_id, change.scope))


def target_names(resource: Resource, target_id: str, scope: Mapping[str, str]) -> dict[str, Any]:
    """What a target's web address may name."""
    names: dict[str, Any] = {"id": target_id, resource.key: target_id, **scope, "system": resource.system}
    return names | {"project": {"id": scope.get("project_id", "")}}


def touch_versions(part: RunPart, changes: Sequence[Change]) -> None:
    """Remember which version of an unchanged target was looked at, so that it is not read again for it, and
    the amounts that count as sent.
    """
    seen = {(change.role, change.subject): change for change in changes if change.action is Action.UNCHANGED}
    links = Link.objects.of(part.tenant, part.integration.slug).linked()
    stale = []
    for link in links.filter(subject__in={subject for _, subject in seen}):
        change = seen.get((link.role, link.subject))
        if change is None:
            continue
        settled = bool(change.sent) and not change.differences and link.sent != change.sent
        details = {**link.details, **change.details}
        moved = bool(change.version) and link.target_version != change.version
        counted = {name: value for name, value in change.held.items() if getattr(link, name) != value}
        if moved or settled or counted or link.title != change.title[:TEXT] or link.details != details:
            link.details = details
            link.target_version = change.version or link.target_version
            link.title = change.title[:TEXT] or link.title
            for name, value in counted.items():
                setattr(link, name, value)
            if settled:
                link.sent, link.fingerprint = dict(change.sent), change.fingerprint
            stale.append(link)
    Link.objects.bulk_update(stale, REMEMBERED)
