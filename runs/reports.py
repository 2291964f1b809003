"""What a run came to, for people: the printed summary, the e-mail, and the document of `sync --json`."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from smtplib import SMTPException
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from integrations import registry
from integrations.models import Membership, Setting, Tenant
from integrations.sentences import sentence
from integrations.wording import within
from runs import fixes
from runs.models import Entry, Mode, Outcome, Run, RunState, Warning

log = logging.getLogger(__name__)

MOST = 200  # rows of each kind in an e-mail
DONE_WORDS = ("created", "updated", "linked", "removed")
PLAN_WORDS = {
    "create": "would create",
    "update": "would update",
    "link": "would link",
    "remove": "would remove",
}


# --- figures --------------------------------------------------------------------------------------


def figures(run: Run) -> dict[str, dict[str, int]]:
    """Per integration: created, updated, linked, removed, unchanged, skipped, warned, failed;
    planned in a plan.
    """
    found = {}
    for slug in [slug for slug in run.integrations if slug in run.counts]:
        counts = run.counts[slug]
        sent = run.is_live and run.state != RunState.NEEDS_APPROVAL
        row = (
            {word: counts.get(word, 0) for word in DONE_WORDS}
            if sent
            else {PLAN_WORDS[action]: counts.get(action, 0) for action in PLAN_WORDS}
        )
        row |= {
            "unchanged": counts.get("unchanged", 0),
            "skipped": counts.get("skip", 0),
            "warned": counts.get("warn", 0),
            "failed": counts.get("failed", 0) + counts.get("moved", 0),
        }
        if counts.get("unanswered"):
            row["unanswered"] = counts["unanswered"]
        found[slug] = row
    return found


def summary_lines(run: Run) -> Iterator[str]:
    """The summary printed by `sync`."""
    yield f"Run {run.pk}: {run.tenant.name}, {run.get_mode_display()}, {run.get_state_display()}"
    if run.message:
        yield f"  {run.message}"
    for slug, row in figures(run).items():
        shown = ", ".join(f"{count} {word}" for word, count in row.items() if count) or "nothing to do"
        yield f"  {registry.NAMES.get(slug, slug)}: {shown}"
        for name, what in (("skips", "skipped"), ("kept", "unchanged")):
            for words, count in Counter(run.counts[slug].get(name, {})).most_common():
                yield f"      {count} {what}: {words}"
    calls = ", ".join(
        f"{count} to {system.title()}" for system, count in run.calls.items() if system != "onecore"
    )
    yield f"  API calls: {calls or 'none'}"
    entries = Entry.objects.filter(run=run).needing_attention()
    if total := entries.count():
        yield f"  Needs attention ({total}):"
    for entry in entries[:MOST]:
        yield f"    {entry.title}: {entry.message}"
    if total > MOST:
        yield f"    and {total - MOST} more"


def document(run: Run) -> dict[str, Any]:
    """The run as `sync --json` prints it; described in docs/runs.md."""
    entries = Entry.objects.filter(run=run)
    return {
        "run": run.pk,
        "tenant": run.tenant.slug,
        "integrations": run.integrations,
        "mode": run.mode,
        "scope": {"kind": run.scope, "value": run.scope_value},
        "state": run.state,
        "message": run.message,
        "queued_at": _moment(run.queued_at),
        "started_at": _moment(run.started_at),
        "finished_at": _moment(run.finished_at),
        "attempts": run.attempts,
        "calls": run.calls,
        "counts": {slug: {word.replace(" ", "_"): count for word, count in row.items()}
                   for slug, row in figures(run).items()},
        "skipped": {slug: counts.get("skips", {}) for slug, counts in run.counts.items()},
        "kept": {slug: counts.get("kept", {}) for slug, counts in run.counts.items()},
        "entries": [_entry(entry) for entry in entries.iterator()],
    }  # fmt: skip


def _moment(moment: Any) -> str | None:
    return moment.isoformat() if moment else None


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "integration": entry.integration, "record": entry.subject, "role": entry.role, "title": entry.title,
        "project": entry.project, "action": entry.action, "outcome": entry.outcome,
        "amount": None if entry.amount is None else str(entry.amount), "target": entry.target_id,
        "source_url": entry.source_url, "target_url": entry.target_url, "message": entry.message,
        "reasons": entry.reasons, "differences": entry.differences,
    }  # fmt: skip


# --- e-mail ---------------------------------------------------------------------------------------


def after(run: Run) -> None:
    """Mail the summary of a finished run, where something happened or somebody must act."""
    if not run.is_live or run.mailed_at is not None:
        return
    try:
        for addresses, integrations in audiences(run):
            mail(run, addresses, integrations)
    except (OSError, SMTPException) as error:
        # Tried again by the next minute's task.
        log.warning("the summary of run %s could not be mailed: %s", run.pk, error)
        return
    Run.objects.filter(pk=run.pk, mailed_at__isnull=True).update(mailed_at=timezone.now())


def send_missed() -> None:
    """Mail what could not be mailed when it was due, for a day."""
    since = timezone.now() - timedelta(days=1)
    finished = Run.objects.finished().filter(mode=Mode.LIVE, mailed_at__isnull=True, finished_at__gt=since)
    for run in finished.select_related("tenant")[:50]:
        after(run)


def audiences(run: Run) -> list[tuple[list[str], list[str]]]:
    """Who is told about which integrations of a run."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for setting in Setting.objects.filter(tenant_id=run.tenant_id):
        about = run.integrations if setting.integration == registry.TENANT else [setting.integration]
        for address in setting.recipients:
            wanted[address] |= set(about) & set(run.integrations)
    if run.state == RunState.NEEDS_APPROVAL:
        for address in approvers(run):
            wanted[address] |= set(run.integrations)
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for address, slugs in wanted.items():
        groups[tuple(slug for slug in run.integrations if slug in slugs)].append(address)
    return [(sorted(addresses), list(slugs)) for slugs, addresses in groups.items() if slugs]


def approvers(run: Run) -> list[str]:
    """The addresses of those who may approve the tenant's plans."""
    members = Membership.objects.filter(tenant_id=run.tenant_id, can_approve=True, user__is_active=True)
    return [address for address in members.values_list("user__email", flat=True) if address]


def mail(run: Run, addresses: Sequence[str], integrations: Sequence[str]) -> None:
    """The summary to some people about some integrations; nothing where there is nothing to tell."""
    told = content(run, integrations)
    if not (told["attention"] or told["changes"] or told["plan"] or run.message):
        return
    message = EmailMultiAlternatives(
        told["subject"], render_to_string("runs/email.txt", told), to=[], bcc=list(addresses)
    )
    message.attach_alternative(render_to_string("runs/email.html", told), "text/html")
    message.send()


def content(run: Run, integrations: Sequence[str]) -> dict[str, Any]:
    """Everything the templates show; they hold no decisions."""
    entries = Entry.objects.filter(run=run, integration__in=integrations)
    attention = [told(entry, run.tenant) for entry in entries.needing_attention()[:MOST]]
    planned = run.state == RunState.NEEDS_APPROVAL
    changes = entries.changes().filter(outcome=Outcome.PLANNED if planned else Outcome.DONE)
    counts = sum_of(run, integrations)
    names = several([within(registry.NAMES.get(slug, slug)) for slug in integrations])
    day = (run.finished_at or timezone.now()).astimezone(ZoneInfo(run.tenant.time_zone))
    issues = counts.get("warned", 0) + counts.get("failed", 0)
    return {
        "run": run, "tenant": run.tenant, "attention": attention,
        "attention_more": max(issues - len(attention), 0),
        "changes": [shown(entry) for entry in changes[:MOST]], "changes_more": max(changes.count() - MOST, 0),
        "plan": planned, "names": names, "counts": counts,
        "finished": f"{day:%-d %b %Y, %H:%M}", "zone": run.tenant.time_zone,
        "subject": subject(run, counts, names, f"{day:%-d %b}"),
        "run_url": page("admin:runs_run_change", run.pk),
        "settings_url": page("admin:integrations_setting_changelist"),
        "review_url": page("admin:runs_warning_changelist"),
    }  # fmt: skip


def several(names: Sequence[str]) -> str:
    """Names in a row; of many, the first two and how many more."""
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} more"
    return ", ".join(names)


def sum_of(run: Run, integrations: Sequence[str]) -> dict[str, int]:
    """The figures of several integrations together."""
    total: dict[str, int] = defaultdict(int)
    for slug, row in figures(run).items():
        for word, count in row.items():
            total[word] += count if slug in integrations else 0
    return dict(total)


def subject(run: Run, counts: Mapping[str, int], names: str, day: str) -> str:
    """As in: Bright Build: 41 bills created, 5 need attention (progress claims, 21 Nov)."""
    issues = counts.get("warned", 0) + counts.get("failed", 0)
    parts = [f"{counts[word]} {word}" for word in (*DONE_WORDS, *PLAN_WORDS.values()) if counts.get(word)]
    if run.state == RunState.NEEDS_APPROVAL:
        parts.insert(0, "a plan needs approval")
    if issues:
        parts.append(f"{issues} need attention" if issues > 1 else "1 needs attention")
    if run.state in (RunState.FAILED, RunState.CANCELLED):
        parts.insert(0, f"run {run.get_state_display()}")
    return f"{run.tenant.name}: {', '.join(parts) or 'done'} ({names}, {day})"


def shown(entry: Entry) -> dict[str, Any]:
    """An entry as the e-mail shows it."""
    amount: Decimal | None = entry.amount
    words = {"create": "created", "update": "updated", "link": "linked", "remove": "removed"}
    planned = entry.outcome == Outcome.PLANNED
    from_procore = registry.BY_SLUG[entry.integration].source.resource.system == "procore"
    source, target = ("Procore", "Xero") if from_procore else ("Xero", "Procore")
    return {
        "title": entry.title, "project": entry.project, "message": entry.message, "label": entry.label,
        "word": PLAN_WORDS.get(entry.action, "") if planned else words.get(entry.action, ""),
        "amount": "" if amount is None else f"{amount:,.2f}", "source_url": entry.source_url,
        "target_url": entry.target_url, "source_name": source, "target_name": target,
    }  # fmt: skip


def told(entry: Entry, tenant: Tenant) -> dict[str, Any]:
    """An entry that needs somebody: with sentences, and where each is put right in the portal."""
    sentences = fixes.said(entry, tenant) or [(sentence(entry.message), "", "")]
    here = [
        (text, words, settings.ONECORE_ADDRESS + at if at.startswith("/") else "")
        for text, words, at in sentences
    ]
    return shown(entry) | {"said": here}


def page(name: str, *arguments: Any) -> str:
    """The address of a page of the portal."""
    return settings.ONECORE_ADDRESS + reverse(name, args=arguments)


def connection_failed(tenant: Tenant, message: str) -> None:
    """Tell the tenant's administrators and support, once, that a connection needs them."""
    people = get_user_model().objects.filter(
        Q(memberships__tenant_id=tenant.pk, memberships__role=Membership.Role.ADMINISTRATOR)
        | Q(is_superuser=True),
        is_active=True,
    )
    addresses = sorted({address for address in people.values_list("email", flat=True) if address})
    if not addresses:
        return
    told = {"tenant": tenant, "message": message, "url": page("admin:integrations_connection_changelist")}
    mail_to = EmailMultiAlternatives(
        f"{tenant.name}: a connection needs you",
        render_to_string("runs/connection.txt", told),
        bcc=addresses,
    )
    mail_to.attach_alternative(render_to_string("runs/connection.html", told), "text/html")
    try:
        mail_to.send()
    except (OSError, SMTPException) as error:
        log.warning("the administrators of %s could not be told: %s", tenant.slug, error)


def open_warnings(run: Run) -> int:
    """How many warnings of the run's integrations wait for somebody."""
    return Warning.objects.of(run.tenant).waiting().filter(integration__in=run.integrations).count()
