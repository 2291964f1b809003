"""Reasons to stop before sending: a plan to be approved, limits passed, two records that want one target."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q

from integrations.base import Audience, Reason
from integrations.values import decimal
from mappings.context import RunPart
from mappings.models import Link
from runs.models import Entry, Outcome, Run, StartedFrom
from runs.planning import reason_row

LEAST = 20  # so few changes never count as a large share
BY_ITSELF = (StartedFrom.SCHEDULE, StartedFrom.WEBHOOK)


def reason_to_stop(run: Run, part: RunPart, counts: Counter[str], amount: Decimal) -> str:
    """Why a live run has to ask a person before it sends anything; "" when it need not."""
    planned = sum(counts[action] for action in ("create", "update", "link", "remove"))
    if not run.is_live or run.confirmed or run.plan_id or not planned:
        return ""
    if part.options.get("approve") and run.source in BY_ITSELF:
        return "plans of scheduled runs are approved before anything is sent"
    return share_passed(part, counts["update"] + counts["remove"]) or amount_passed(part, amount)


def share_passed(part: RunPart, changed: int) -> str:
    """Whether more linked records would change than the tenant allows without asking."""
    most = decimal(part.options.get("largest_share")) or Decimal(0)
    if changed < LEAST or not most:
        return ""
    linked = Link.objects.of(part.tenant, part.integration.slug).linked().count()
    if not linked or Decimal(changed) * 100 / linked <= most:
        return ""
    return (
        f"{changed} of {linked} linked records would change, "
        f"more than the {most:f} % allowed without confirmation"
    )


def amount_passed(part: RunPart, amount: Decimal) -> str:
    """Whether more money would be sent than the tenant allows without asking."""
    most = decimal(part.options.get("largest_amount")) or Decimal(0)
    if not most or amount <= most:
        return ""
    return f"{amount:,.2f} before tax would be sent, more than the {most:,.2f} allowed without confirmation"


def doubles(run: Run, integration: str) -> list[Any]:
    """Planned entries of different records that want one and the same target."""
    planned = Entry.objects.filter(
        run=run, integration=integration, outcome=Outcome.PLANNED, action__in=("create", "link")
    ).exclude(match_key="")
    keys = (
        planned.values("match_key").annotate(subjects=Count("subject", distinct=True)).filter(subjects__gt=1)
    )
    wanted = [one["match_key"] for one in keys]
    # An update that goes with a link to a record there already goes with it, or stays behind with it.
    also = Q(action="update", subject__in=planned.filter(match_key__in=wanted).values("subject"))
    entries = Entry.objects.filter(run=run, integration=integration, outcome=Outcome.PLANNED)
    matched = entries.filter(Q(action__in=("create", "link")) | also, match_key__in=wanted)
    found = list(matched.order_by("pk"))
    for entry in found:
        entry.was = entry.action  # type: ignore[attr-defined]
    return found


def mark_doubles(entries: Sequence[Any]) -> list[dict[str, Any]]:
    """Turn planned entries into warnings that name each other; what the warnings are made of."""
    rows = []
    for entry in entries:
        if entry.action == "update":
            entry.action, entry.outcome = "skip", Outcome.DONE
            continue
        same = [one for one in entries if one.match_key == entry.match_key]
        others = list(dict.fromkeys(one.title for one in same if one.subject != entry.subject))
        reason = Reason(
            "same-key",
            f"{', '.join(others[:5])} would become the same {entry.label or 'record'}: give one of them "
            "another number or "
            "name; none was sent",
            Audience.PROJECT, "procore",
        )  # fmt: skip
        entry.action, entry.outcome = "warn", Outcome.DONE
        entry.message, entry.reasons = reason.message, [reason_row(reason)]
        rows.append({
            "subject": entry.subject, "title": entry.title, "reasons": (reason,), "project": entry.project,
            "amount": entry.amount, "links": [{"label": "source",
            "url": entry.source_url}] if entry.source_url else [],
        })  # fmt: skip
    Entry.objects.bulk_update(entries, ["action", "outcome", "message", "reasons"])
    return rows
