"""What the page of a run shows: header, totals, tabs of entries, and its progress while it works."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone

from integrations.admin.display import amount, chip, duration, when
from integrations.admin.options import name_of
from integrations.environments import SYSTEMS
from integrations.sentences import sentence
from runs import approvals, fixes
from runs.admin.words import (
    amount_of,
    entry_words,
    names_of,
    scope_words,
    starter,
    title_of,
)
from runs.models import CHANGING, Entry, Mode, Outcome, Run, RunState

PER_PAGE = 50
ORDER = (
    "would create", "created", "would update", "updated", "would link", "linked", "would remove", "removed",
    "needs attention", "refused", "skipped", "unchanged",
)  # fmt: skip
TABS = (("attention", "Needs attention"), ("changes", "Changes"), ("skipped", "Skipped"), ("calls", "Calls"))
SYSTEM_NAMES = dict(SYSTEMS)
WINDOWS = {"minute": "this minute", "day": "today", "hour": "this hour", "spike": "these 10 seconds"}
COLUMNS = (
    "integration", "record", "project", "what", "kind", "amount before tax", "message", "changes", "source",
    "target", "target id",
)  # fmt: skip


def content(run: Run, query: Mapping[str, str]) -> dict[str, Any]:
    """Everything the template shows; it holds no decisions."""
    entries = Entry.objects.filter(run=run)
    numbers = entries.aggregate(
        attention=Count("pk", filter=Q(action="warn") | Q(outcome=Outcome.FAILED)),
        changes=Count("pk", filter=Q(action__in=CHANGING)),
    )
    tab = query.get("tab") or ("attention" if numbers["attention"] or not numbers["changes"] else "changes")
    plan = plan_of(run)
    shown = {
        "run": run,
        "title": title_of(run),
        "names": names_of(run.integrations),
        "subtitle": None,
        "scope": scope_words(run),
        "state": chip(RunState(run.state).label, run.colour),
        "facts": facts(run),
        "progress": progress(run),
        "totals": totals(run),
        "pairs": pairs_of(run),
        "tab": tab,
        "tabs": [(key, words, tab_number(run, key, numbers)) for key, words in TABS],
        "search": query.get("q", ""),
        "plan": plan,
        "applied": run.applied_by.order_by("-pk").first(),
    }
    return shown | TAB_CONTENT.get(tab, changes_tab)(run, query)


def facts(run: Run) -> list[tuple[str, Any]]:
    """The header's lines."""
    lines: list[tuple[str, Any]] = [
        ("Tenant", run.tenant.name),
        ("Looks at", scope_words(run)),
        ("Started", starter(run)),
        ("Began" if run.started_at else "Queued", when(run.started_at or run.queued_at, run.tenant)),
    ]
    if run.started_at:
        lines.append(("Took", duration(run.seconds)))
    if run.not_before and not run.is_finished:
        lines.append(("Waits until", when(run.not_before, run.tenant)))
    if run.decided_at:
        words = "Approved" if run.applied_by.exists() else "Declined"
        lines.append((words, f"{run.decided_by or 'lapsed'}"))
    return lines


def progress(run: Run) -> dict[str, Any]:
    """State, phase, how far, and when it is expected to end."""
    left = None
    if run.started_at and not run.is_finished and run.total and run.done:
        spent = (timezone.now() - run.started_at).total_seconds()
        left = int(spent / run.done * max(run.total - run.done, 0))
    return {
        "state": run.state,
        "words": RunState(run.state).label,
        "colour": run.colour,
        "phase": run.phase,
        "done": run.done,
        "total": run.total,
        "finished": run.is_finished,
        "expected": f"about {duration(left)} left" if left is not None else "",
        "calls": calls_left_words(run),
    }


def calls_left_words(run: Run) -> str:
    """`Xero 58 of 60 left this minute, 4,100 of 5,000 today`."""
    parts = []
    for system, windows in (run.calls_left or {}).items():
        told = [
            f"{values[0]:,} of {values[1]:,} left {WINDOWS.get(window, window)}"
            for window, values in windows.items()
            if isinstance(values, list | tuple) and len(values) == 2
        ]
        if told:
            parts.append(f"{SYSTEM_NAMES.get(system, system)} {', '.join(told)}")
    return "; ".join(parts)


def totals(run: Run) -> dict[str, Any]:
    """Integrations against what became of their records, with the money that moves."""
    rows = (
        Entry.objects.filter(run=run)
        .order_by()
        .values("integration", "action", "outcome")
        .annotate(number=Count("pk"), money=Sum("amount"))
    )
    numbers: dict[str, Counter[str]] = {slug: Counter() for slug in run.integrations}
    money: dict[str, Decimal] = {}
    for row in rows:
        if row["action"] in ("skip", "unchanged"):
            continue
        words, _colour = entry_words(Entry(action=row["action"], outcome=row["outcome"]))
        numbers.setdefault(row["integration"], Counter())[words] += row["number"]
        if (
            row["action"] in ("create", "update", "remove")
            and row["outcome"] != Outcome.FAILED
            and row["money"]
        ):
            money[row["integration"]] = money.get(row["integration"], Decimal(0)) + row["money"]
    for slug, counts in run.counts.items():
        for key, words in (("skip", "skipped"), ("unchanged", "unchanged")):
            numbers.setdefault(slug, Counter())[words] += int(counts.get(key, 0))
    found = [words for words in ORDER if any(counts[words] for counts in numbers.values())]
    return {
        "columns": found,
        "rows": [
            (
                name_of(slug),
                [f"{counts[words]:,}" if counts[words] else "" for words in found],
                amount(money.get(slug)),
            )
            for slug, counts in numbers.items()
        ]
        if found
        else [],
    }


def plan_of(run: Run) -> dict[str, Any] | None:
    """What approving would send: counts and money; None where there is nothing to decide."""
    is_plan = run.state == RunState.NEEDS_APPROVAL or (
        run.mode == Mode.DEBUG and run.state in (RunState.DONE, RunState.WARNED)
    )
    if not is_plan or run.decided_at is not None:
        return None
    planned = Entry.objects.filter(run=run).changes().filter(outcome=Outcome.PLANNED)
    number = planned.filter(held_back=False).count()
    return {
        "number": number,
        "held": planned.filter(held_back=True).count(),
        "amount": f"{amount_of(run):,.2f} before tax" if amount_of(run) else "",
        "why_not": approvals.why_not(run),
        "lapses": when(run.lapses_at, run.tenant),
        "asks": run.state == RunState.NEEDS_APPROVAL,
    }


def pairs_of(run: Run) -> dict[str, Any] | None:
    """How many pairs a search found, and where they are decided about; None for any other run."""
    if run.mode != Mode.PAIRING:
        return None
    address = f"{reverse('admin:runs_pairing_changelist')}?client={run.tenant.slug}"
    return {"number": sum(int(counts.get("pairs", 0)) for counts in run.counts.values()), "address": address}


def tab_number(run: Run, tab: str, numbers: Mapping[str, int]) -> str:
    """The number beside a tab."""
    if tab == "skipped":
        return f"{sum(int(counts.get('skip', 0)) for counts in run.counts.values()):,}"
    if tab == "calls":
        return f"{sum(number for system, number in run.calls.items() if system != 'onecore'):,}"
    return f"{numbers[tab]:,}"


# --- tabs


def attention_tab(run: Run, query: Mapping[str, str]) -> dict[str, Any]:
    """Entries somebody must look at."""
    return {"entries": page_of(run, Entry.objects.filter(run=run).needing_attention(), query)}


def changes_tab(run: Run, query: Mapping[str, str]) -> dict[str, Any]:
    """What changes, field by field."""
    return {"entries": page_of(run, Entry.objects.filter(run=run).changes(), query)}


def skipped_tab(run: Run, query: Mapping[str, str]) -> dict[str, Any]:
    """Reasons with their counts, and the records where they are kept."""
    reasons = [
        {"reason": sentence(why), "state": chip(words), "integration": name_of(slug), "number": f"{number:,}"}
        for slug, counts in run.counts.items()
        for name, words in (("skips", "skipped"), ("kept", "unchanged"))
        for why, number in Counter(counts.get(name) or {}).most_common()
    ]
    return {"reasons": reasons, "entries": page_of(run, Entry.objects.filter(run=run, action="skip"), query)}


def calls_tab(run: Run, _query: Mapping[str, str]) -> dict[str, Any]:
    """Calls per system."""
    calls = [
        (SYSTEM_NAMES[name], f"{number:,}") for name, number in run.calls.items() if name in SYSTEM_NAMES
    ]
    return {"calls": calls, "calls_left": calls_left_words(run)}


TAB_CONTENT = {
    "attention": attention_tab,
    "changes": changes_tab,
    "skipped": skipped_tab,
    "calls": calls_tab,
}


def page_of(run: Run, entries: Any, query: Mapping[str, str]) -> Page:
    """A page of entries with what each shows."""
    for word in query.get("q", "").split()[:6]:
        entries = entries.filter(
            Q(title__icontains=word)
            | Q(message__icontains=word)
            | Q(project__icontains=word)
            | Q(subject=word)
        )
    page = Paginator(entries.order_by("pk"), PER_PAGE).get_page(query.get("page"))
    page.object_list = [shown(run, entry) for entry in page.object_list]
    return page


def shown(run: Run, entry: Entry) -> dict[str, Any]:
    """One entry in words."""
    words, colour = entry_words(entry)
    return {
        "pk": entry.pk,
        "title": entry.title or entry.subject,
        "integration": name_of(entry.integration),
        "label": entry.label,
        "project": entry.project,
        "chip": chip(words, colour),
        "held_back": entry.held_back,
        "can_hold": entry.outcome == Outcome.PLANNED and entry.action in CHANGING,
        "amount": amount(entry.amount) if entry.amount is not None else "",
        "message": sentence(entry.message) if not entry.reasons else "",
        "reasons": fixes.said(entry, run.tenant),
        "differences": entry.differences,
        "source_url": entry.source_url,
        "target_url": entry.target_url,
        "target_id": entry.target_id,
    }


def row_of(entry: Entry) -> list[str]:
    """An entry as a row of a file."""
    changes = "; ".join(
        f"{one.get('field')}: {one.get('before') or 'empty'} -> {one.get('after') or 'empty'}"
        for one in entry.differences
    )
    told = " ".join(sentence(reason["message"]) for reason in entry.reasons) or sentence(entry.message)
    value: Decimal | None = entry.amount
    return [
        name_of(entry.integration), entry.title or entry.subject, entry.project, entry_words(entry)[0],
        entry.label,
        "" if value is None else str(value), told, changes, entry.source_url, entry.target_url,
        entry.target_id,
    ]  # fmt: skip
