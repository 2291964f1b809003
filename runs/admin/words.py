"""The words of runs and warnings as pages write them."""

from collections.abc import Iterable
from decimal import Decimal

from integrations import warning_kinds
from integrations.admin.options import name_of
from integrations.base import Audience
from runs.models import Entry, Mode, Outcome, Run, RunState, Scope

PLANNED = {"create": "would create", "update": "would update", "link": "would link", "remove": "would remove"}
DONE = {"create": "created", "update": "updated", "link": "linked", "remove": "removed"}
OTHER = {"skip": "skipped", "warn": "needs attention", "unchanged": "unchanged"}
COLOURS = {"create": "green", "update": "blue", "link": "blue", "remove": "orange", "warn": "orange"}
AUDIENCES = {
    Audience.ACCOUNTS.value: "accounts",
    Audience.PROJECT.value: "project team",
    Audience.ADMINISTRATOR.value: "administrator",
}
WARNING_COLOURS = {"open": "orange", "acknowledged": "grey", "resolved": "green"}
SIDES = {"source": "Open the record", "target": "Open what it is linked to"}


def names_of(slugs: Iterable[str]) -> str:
    """Integrations by their names."""
    return ", ".join(name_of(slug) for slug in slugs)


def title_of(run: Run) -> str:
    """What a run is called: its integrations, or their number where there are many."""
    if len(run.integrations) > 2:
        return f"{len(run.integrations)} integrations"
    return names_of(run.integrations)


def kind_words(code: str) -> str:
    """A kind of warning in words."""
    return warning_kinds.name_of(code)


def entry_words(entry: Entry) -> tuple[str, str]:
    """What became of an entry, and its colour."""
    if entry.outcome == Outcome.FAILED:
        return "refused", "red"
    if entry.action in DONE:
        words = DONE if entry.outcome == Outcome.DONE else PLANNED
        return words[entry.action], COLOURS[entry.action]
    return OTHER.get(entry.action, entry.action), COLOURS.get(entry.action, "grey")


def starter(run: Run) -> str:
    """What started a run, and who."""
    by = run.get_source_display()
    return f"{by}, {run.started_by}" if run.started_by and run.started_by != by else by


def scope_words(run: Run) -> str:
    """How much a run looks at."""
    if run.scope == Scope.EVERYTHING:
        return "everything, what was sent brought to today's rules" if run.renews else "everything"
    if run.plan_id is not None and not run.subjects:
        return f"the plan of run {run.plan_id}"
    kind = "project" if run.scope == Scope.PROJECT else "record"
    return f"{kind} {run.scope_value}" if run.scope_value else f"{len(run.subjects)} {kind}s"


def counts_words(run: Run) -> str:
    """`41 created, 5 need attention`: what a run came to."""
    sent = run.is_live and run.state != RunState.NEEDS_APPROVAL
    total: dict[str, int] = {}
    for counts in run.counts.values():
        for action in DONE:
            word = DONE[action] if sent else PLANNED[action]
            total[word] = total.get(word, 0) + int(counts.get(word if sent else action, 0))
        total["need attention"] = total.get("need attention", 0) + int(counts.get("warn", 0))
        total["pairs found"] = total.get("pairs found", 0) + int(counts.get("pairs", 0))
        total["refused"] = total.get("refused", 0) + int(counts.get("failed", 0))
    parts = [f"{number:,} {word}" for word, number in total.items() if number]
    nothing = "no pairs found" if run.mode == Mode.PAIRING else "nothing to change"
    return ", ".join(parts) or (nothing if run.is_finished else "")


def amount_of(run: Run) -> Decimal:
    """The money that a plan would move, before tax."""
    rows = Entry.objects.filter(run=run).to_send().exclude(action="link").values_list("amount", flat=True)
    return sum((abs(value) for value in rows if value is not None), Decimal(0))
