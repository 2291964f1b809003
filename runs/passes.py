"""One integration in one run: settle, read, plan, record, apply, remember. Read `Pass.work` first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.base import Reason
from integrations.changes import Action, Change
from integrations.context import Context
from integrations.drawing import any_late_roles
from integrations.expressions import Node
from mappings import rule_books
from mappings.context import RunPart, refresh_links
from runs import (
    approvals,
    execute,
    leases,
    members,
    memory,
    planning,
    safety,
    settle,
    warnings,
    whole,
)
from runs.catalogues import Catalogues
from runs.chunks import Asked, Chunk
from runs.lock_watch import LockWatch
from runs.models import CHANGING, Entry, Outcome, Run, RunState
from runs.progress import Progress
from runs.rows import (
    ENTRY_COLUMNS,
    NO_REASON,
    again_of,
    entry_row,
    links_of,
    money_moved,
    result_word,
    row,
    row_of,
)
from runs.sources import Source
from runs.spool import Spool
from runs.targets import Targets

ROUNDS = 3  # a document that needs another one of the same record is planned again once that exists


@dataclass
class Desk:
    """What a worker has at hand for all integrations of a run."""

    run: Run
    clients: dict[str, Any]
    catalogues: Catalogues
    progress: Progress


@dataclass
class Pass:
    """One integration in one run. `held` is None in a debug run: it writes nothing but its own rows."""

    desk: Desk
    part: RunPart
    asked: Asked
    held: leases.Held | None = None
    between: Callable[[], None] = lambda: None
    overtaken: set[str] = field(default_factory=set)  # records another request has looked at meanwhile

    def __post_init__(self) -> None:
        self.run, self.integration = self.desk.run, self.part.integration
        self.slug = self.integration.slug
        self.targets = Targets(self.part, self.desk.clients, self.desk.catalogues, self.desk.progress.beating)
        self.counts: Counter[str] = Counter()
        self.skips: Counter[str] = Counter()  # by reason, as those below
        self.kept: Counter[str] = Counter()  # unchanged ones
        self.amount = Decimal(0)
        self.approved: approvals.Approved | None = None
        self.stopped = ""  # why nothing was sent, where a person has to decide first
        self.waiting: set[str] = set()
        self.created: set[str] = set()
        self.to_send: set[str] = set()
        self.warned: set[str] = set()  # what planning said of them stands, whatever is sent of them

    # --- the whole of it ----------------------------------------------------------------------------------

    def work(self) -> None:
        """Everything this integration has to do in this run. Raises the errors of clients and leases."""
        self.settle()
        self.read_catalogues()
        if not self.may_go_on():
            return
        if self.held is not None:
            rule_books.keep(self.part.tenant, self.part.book)
        source = self.source(self.asked)
        spool = self.plan(source)
        try:
            dropped = self.exclude_doubles()
            self.stopped = safety.reason_to_stop(self.run, self.part, self.counts, self.amount)
            if self.run.is_live and not self.stopped:
                self.apply(spool, dropped)
            elif self.run.is_live:
                self.keep_undecided()
        finally:
            spool.close()
        if self.run.is_live and not self.stopped:
            self.rounds()
        self.remember(source)

    # --- before planning ----------------------------------------------------------------------------------

    def settle(self) -> None:
        """Find out first what became of earlier requests without an answer."""
        if self.held is None:
            return
        rows, looked = [], []
        for settled in settle.settle(self.held, self.integration, self.desk.clients, self.desk.progress.beat):
            self.counts[f"settled_{settled.state}"] += 1
            looked.append(settled.link.subject)
            if settled.reason:
                rows.append(row(settled.link.subject, settled.link.title, (settled.reason,)))
        if rows:
            with leases.fenced(self.held):
                warnings.note(self.run, self.slug, rows, [])
        if looked:
            self.asked = self.asked.also(looked)
            refresh_links(self.part)

    def read_catalogues(self) -> None:
        """The lists that are read whole."""
        self.desk.progress.phase(RunState.READING, f"{self.integration.name}: reading lists")
        targets = [one for one in self.integration.targets().values() if one.catalogue]
        wanted = [*self.integration.catalogues, *targets]
        source = self.integration.source.resource
        if source.catalogue:
            wanted.append(source)
        self.part.catalogues = dict(self.desk.catalogues.all(wanted))

    def may_go_on(self) -> bool:
        """The conditions of the integration as a whole; each failing one is a warning, some stop it."""
        context = self.whole_context()
        reasons, stops = [], False
        for check in self.integration.overall:
            answer = check.test(Node({}), context)
            if answer is True or answer is None:
                continue
            stops = stops or check.stops
            said = answer if isinstance(answer, str) else check.message or f"not so: {check.words}"
            if isinstance(answer, Reason):
                reasons.append(answer)
            elif check.warn:
                reasons.append(Reason(check.warn, said, check.audience, check.fix))
        self.counts["warn"] += len(reasons)
        whole.note(self.run, self.integration, reasons, self.held)
        return not stops

    def whole_context(self) -> Context:
        """The context without any subject."""
        return Context(
            options=self.part.options, today=self.part.today, rules=self.part.book.rules,
            scope=self.part.scope,
            catalogues=self.part.catalogues, cost_codes=self.part.cost_codes, names=self.part.names,
            terms=self.part.terms,
            by_subject=self.part.by_subject, by_target=self.part.by_target,
        )  # fmt: skip

    # --- planning -----------------------------------------------------------------------------------------

    def source(self, asked: Asked) -> Source:
        """The integration's records, as far as they are asked for."""
        return Source(self.part, asked, self.desk.clients, self.desk.catalogues, self.desk.progress.beating)

    def plan(self, source: Source) -> Spool:
        """Plan everything the source holds; what is to be sent waits in the spool."""
        self.desk.progress.phase(RunState.PLANNING, f"{self.integration.name}: reading and planning")
        spool = Spool(list(self.integration.targets()))
        self.approved = approvals.Approved(self.run, self.slug) if self.run.plan_id else None
        for chunk in source.chunks():
            planned = planning.plan_chunk(self.part, chunk, self.targets)
            if self.approved is not None:
                planned.changes = self.approved.kept(planned.changes)
            self.take_down(planned, spool)
            self.desk.progress.step(len(chunk.subjects))
            self.between()
        if self.approved is not None:
            missed = self.approved.missed(self.run)
            self.counts["moved"] += sum(one.outcome == Outcome.FAILED for one in missed)
            Entry.objects.bulk_create(missed)
        self.counts["warn"] += whole.note_projects(self.run, self.integration, source, self.held)
        return spool

    def take_down(self, planned: planning.Planned, spool: Spool, *, again: bool = False) -> None:
        """Record a batch: entries, counts, warnings and what to look at again; changes go to the spool."""
        planning.record(self.run, self.part, planned)
        for place, change in enumerate(planned.changes):
            if again and change.action not in (Action.WARN, *CHANGING):
                continue
            self.counts[str(change.action)] += 1
            if change.action is Action.UNCHANGED and change.message:
                self.kept[change.message] += 1
            if change.action is Action.SKIP:
                self.skips[change.message] += 1
                if change.role:
                    self.waiting.add(change.subject)
            if str(change.action) in CHANGING:
                self.amount += money_moved(change, self.integration.targets().get(change.resource))
                self.to_send.add(change.subject)
                entry = planned.entries.get(place)
                spool.add(change, entry.pk if entry else 0)
        if self.held is not None:
            self.keep(planned)

    def keep(self, planned: planning.Planned) -> None:
        """What a live run writes of a batch besides entries:
        versions seen, warnings, what to look at again.
        """
        sending = {change.subject for change in planned.changes if str(change.action) in CHANGING}
        looked = [one.key for one in planned.chunk.subjects if one.key not in sending]
        rows, again = [], []
        self.warned -= {one.key for one in planned.chunk.subjects}
        for change in planned.changes:
            if change.action is Action.WARN:
                self.warned.add(change.subject)
                rows.append(self.row_of(change, planned))
                again.append(self.again(change, planned.chunk, (change.reasons or (NO_REASON,))[0].code))
            elif change.action is Action.SKIP and change.role:
                again.append(self.again(change, planned.chunk, "waits"))
        assert self.held is not None
        with leases.fenced(self.held):
            planning.touch_versions(self.part, planned.changes)
            warnings.note(self.run, self.slug, rows, looked)
            memory.keep(self.run, self.slug, again, looked)
            members.keep(self.part, planned.chunk.subjects, looked)
            if self.integration.source.asks_who_wrote:
                memory.tell_writers(self.run, self.integration, planned.chunk.subjects)

    def row_of(self, change: Change, planned: planning.Planned) -> dict[str, Any]:
        """What a warning is made of."""
        entry = next((one for one in planned.entries.values() if one.subject == change.subject), None)
        links = [] if entry is None else links_of(entry)
        return row_of(change, change.reasons, planned.chunk.project(change.subject), links)

    def again(self, change: Change, chunk: Chunk, why: str) -> memory.Again:
        """A record of this batch to be looked at again."""
        return memory.Again(
            change.subject, change.group, chunk.project_id(change.subject), why, change.fingerprint
        )

    def exclude_doubles(self) -> set[int]:
        """Records that want one and the same target: neither is sent. The ids of their entries."""
        doubles = safety.doubles(self.run, self.slug)
        if not doubles:
            return set()
        rows = safety.mark_doubles(doubles)
        self.counts["warn"] += sum(entry.action == "warn" for entry in doubles)
        for entry in doubles:
            self.counts[entry.was] -= 1
            self.to_send.discard(entry.subject)
            self.warned.add(entry.subject)
        if self.held is not None:
            with leases.fenced(self.held):
                warnings.note(self.run, self.slug, rows, [entry.subject for entry in doubles])
                memory.keep(self.run, self.slug, [
                    memory.Again(one.subject, one.group, one.project_id, "same-key") for one in doubles
                ], [])  # fmt: skip
        return {entry.pk for entry in doubles}

    def keep_undecided(self) -> None:
        """A plan that waits for a person: its records are planned again by the next run."""
        assert self.held is not None
        entries = Entry.objects.filter(run=self.run, integration=self.slug).to_send()
        again = [
            memory.Again(one.subject, one.group, one.project_id, "undecided") for one in entries.iterator()
        ]
        with leases.fenced(self.held):
            memory.keep(self.run, self.slug, again, [])

    # --- applying -----------------------------------------------------------------------------------------

    def apply(self, spool: Spool, dropped: set[int]) -> None:
        """Send what was planned, in order; each result is recorded at once."""
        assert self.held is not None
        self.desk.progress.phase(RunState.SENDING, f"{self.integration.name}: sending", total=len(spool))
        sender = execute.Sender(
            self.run, self.held, self.integration, self.desk.clients, self.desk.progress.beat
        )
        watch = LockWatch(self.part, self.desk.catalogues)
        for batch in watch.open(self.batches(spool, dropped), self.take_results):
            entries = {id(change): entry_id for entry_id, change in batch}
            results = []
            try:
                for result in sender.send([change for _, change in batch]):
                    results.append((entries[id(result.change)], result))
            finally:
                self.take_results(results)
            self.desk.catalogues.forget(self.integration.targets()[batch[0][1].resource])
            self.desk.progress.step(len(batch))
            self.between()
        self.targets.forget()

    def batches(self, spool: Spool, dropped: set[int]) -> Iterator[list[tuple[int, Change]]]:
        """Changes that fit into one request: of one action, resource and scope."""
        targets = self.integration.targets()
        batch: list[tuple[int, Change]] = []
        for entry_id, change in spool.in_order():
            if entry_id in dropped:
                continue
            if change.subject in self.overtaken:
                self.take_results([(entry_id, execute.overtaken(change))])
                continue
            if batch and not execute.fits([one for _, one in batch], change, targets[change.resource]):
                yield batch
                batch = []
            batch.append((entry_id, change))
        if batch:
            yield batch

    def take_results(self, results: list[tuple[int, execute.Result]]) -> None:
        """Record what became of changes: entries, warnings, what to look at again."""
        if not results:
            return
        assert self.held is not None
        rows, looked, again, entries = [], [], [], []
        for entry_id, result in results:
            change = result.change
            self.counts[result_word(result)] += 1
            made = change.action in (Action.CREATE, Action.REMOVE) and not change.details.get("file")
            waited = change.action is Action.LINK and change.subject in self.waiting
            if result.outcome == Outcome.DONE and (made or waited):
                self.created.add(change.subject)
            if result.retry or result.reasons:
                self.warned.add(change.subject)  # another document of it may well succeed
            looked += [] if change.subject in self.warned else [change.subject]
            entries.append(entry_row(entry_id, result, self.part))
            if result.retry:
                again.append(again_of(change, result.retry))
            if result.reasons:
                rows.append(row_of(change, result.reasons))
        projects = dict(
            Entry.objects.filter(pk__in=[key for key, _ in results]).values_list("subject", "project_id")
        )
        with leases.fenced(self.held):
            Entry.objects.bulk_update([one for one in entries if one.pk], ENTRY_COLUMNS)
            warnings.note(self.run, self.slug, rows, looked)
            again = [
                memory.Again(a.subject, a.group, self.place(projects, a.subject), a.reason, a.fingerprint)
                for a in again
            ]
            memory.keep(self.run, self.slug, again, looked)

    def place(self, projects: dict[str, str], subject: str) -> str:
        """The project under which the source reads a record."""
        return projects.get(subject, "") if self.integration.per_project else ""

    def rounds(self) -> None:
        """Plan again what waited for another document of its record that exists now."""
        for _ in range(ROUNDS):
            late = any_late_roles(self.integration, self.whole_context())
            subjects = (self.waiting & self.created) | (self.created if late else set())
            if not subjects:
                return
            self.waiting, self.created = set(), set()
            refresh_links(self.part)
            self.part.catalogues = dict(self.desk.catalogues.all(self.integration.catalogues))
            spool = Spool(list(self.integration.targets()))
            try:
                for chunk in self.source(Asked(scope="record", subjects=frozenset(subjects))).chunks():
                    self.take_down(self.further(chunk), spool, again=True)
                self.apply(spool, set())
            finally:
                spool.close()

    def further(self, chunk: Chunk) -> planning.Planned:
        """What is to be done now; of a plan's records nothing that it held back or that has moved."""
        planned = planning.plan_chunk(self.part, chunk, self.targets)
        if self.approved is not None:
            planned.changes = self.approved.further(planned.changes)
        return planned

    # --- afterwards ---------------------------------------------------------------------------------------

    def remember(self, source: Source) -> None:
        """Move cursors and resolve what is gone, after a live run that looked at everything."""
        if self.held is None or not self.run.is_whole or self.run.subjects or self.run.plan_id:
            return
        with leases.fenced(self.held):
            memory.move_cursors(self.run, self.slug, source)
            whole.leave(self.run, self.integration, source)
            if source.whole and not self.stopped:
                warnings.resolve_unseen(self.run, self.slug)

    def summary(self) -> dict[str, Any]:
        """The counts kept with the run."""
        shown = {name: count for name, count in self.counts.items() if count}
        reasons = {"skips": dict(self.skips), "kept": dict(self.kept)}
        return {**shown, **reasons, "amount": str(self.amount), "stopped": self.stopped}
