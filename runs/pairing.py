"""Look for documents that are in both systems already: read both, compare, and keep pairs for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction

from integrations import adoption
from integrations.base import Record, Resource, dig
from integrations.changes import Action, Change
from integrations.values import decimal, held_date
from mappings.models import Link
from runs import planning
from runs.models import Pairing, PairState, RunState
from runs.passes import Pass

TEXT = 300


@dataclass(frozen=True)
class Candidate:
    """A record that would be sent, with what a row about it needs."""

    side: adoption.Side
    change: Change
    project_id: str
    project: str
    url: str


class PairingPass(Pass):
    """One integration in a run that looks for pairs. Nothing is sent, nothing is linked."""

    def work(self) -> None:
        """Read both systems and keep what may be the same."""
        self.read_catalogues()
        if not self.may_go_on():
            return
        ours = list(self.candidates())
        theirs = {one.key: (one, record) for one, record in self.there(ours)}
        found = adoption.pairs((one.side for one in ours), (one for one, _ in theirs.values()))
        by_key = {one.side.key: one for one in ours}
        rows = [self.row(pair, by_key[pair.ours.key], theirs[pair.theirs.key][1]) for pair in found]
        self.keep_pairs(rows)
        self.counts["pairs"] = len(rows)

    def candidates(self) -> Iterator[Candidate]:
        """What would be created, or is in doubt because something like it is there."""
        self.desk.progress.phase(RunState.PLANNING, f"{self.integration.name}: reading and planning")
        for chunk in self.source(self.asked).chunks():
            planned = planning.plan_chunk(self.part, chunk, self.targets)
            urls = planning.Addresses(self.part, chunk)
            for change in planned.changes:
                side = side_of(change)
                if side is not None:
                    place = chunk.project_id(change.subject), chunk.project(change.subject)
                    yield Candidate(side, change, *place, urls.source(change.subject))
            self.desk.progress.step(len(chunk.subjects))

    def there(self, ours: list[Candidate]) -> Iterator[tuple[adoption.Side, Record]]:
        """Living documents of the same contacts that no record is linked to."""
        self.desk.progress.phase(RunState.READING, f"{self.integration.name}: reading what is there")
        contacts = {one.side.contact for one in ours}
        for name in sorted({one.side.resource for one in ours}):
            resource = self.integration.targets()[name]
            client = self.desk.clients[resource.system]
            taken = set(
                Link.objects.filter(scope_id=client.external_id, resource=name)
                .standing()
                .values_list("target_id", flat=True)
            )
            for record in self.desk.progress.beating(client.read(resource)):
                side = target_side(resource, record)
                living = str(dig(record, resource.status) or "") not in resource.dead
                if side and living and side.contact in contacts and side.key not in taken:
                    yield side, record

    def row(self, pair: adoption.Pair, ours: Candidate, record: Record) -> Pairing:
        """A pair as people decide about it."""
        change = ours.change
        resource = self.integration.targets()[change.resource]
        names = planning.target_names(resource, pair.theirs.key, change.scope)
        return Pairing(
            tenant_id=self.run.tenant_id, run=self.run, integration=self.slug, role=change.role,
            subject=change.subject, group=change.group, project_id=ours.project_id, project=ours.project,
            title=change.title[:TEXT], number=pair.ours.number, amount=pair.ours.amount, day=pair.ours.day,
            source_url=ours.url[:500], system=resource.system, resource=resource.name,
            scope_id=self.desk.clients[resource.system].external_id, target_id=pair.theirs.key,
            target_title=resource.title_of(record)[:TEXT], target_number=pair.theirs.number,
            target_amount=pair.theirs.amount, target_day=pair.theirs.day,
            target_url=self.part.web(resource.web, names)[:500] if resource.web else "",
            confidence=min(pair.confidence, 100), words=pair.words, rivals=pair.rivals,
        )  # fmt: skip

    def keep_pairs(self, rows: list[Pairing]) -> None:
        """Replace what was proposed before; what people decided stays decided."""
        own = Pairing.objects.filter(tenant_id=self.run.tenant_id, integration=self.slug)
        with transaction.atomic():
            own.proposed().delete()
            Pairing.objects.bulk_create(rows, ignore_conflicts=True)


def side_of(change: Change) -> adoption.Side | None:
    """A record that is not linked yet, as it would be sent; None for what is no document of a contact."""
    contact = change.payload.get("Contact")
    wanted = change.action is Action.CREATE or change.action is Action.WARN and not change.target_id
    if not wanted or not isinstance(contact, dict) or not isinstance(change.amount, Decimal):
        return None
    return adoption.Side(
        key=f"{change.role}:{change.subject}", resource=change.resource,
        contact=str(contact.get("ContactID") or ""), number=change.number, amount=change.amount,
        day=held_date(change.payload.get("Date")),
    )  # fmt: skip


def target_side(resource: Resource, record: Record) -> adoption.Side | None:
    """A document there; None for one whose amount cannot be read."""
    amount: Any = decimal(dig(record, resource.total)) if resource.total else None
    if amount is None:
        return None
    named = resource.search.field if resource.search else ""
    return adoption.Side(
        key=str(dig(record, resource.key)), resource=resource.name,
        contact=str(dig(record, "Contact.ContactID") or ""), number=str(record.get(named) or ""),
        amount=amount, day=held_date(record.get("Date")),
    )  # fmt: skip


def decided(row: Pairing, state: PairState, user: Any, moment: Any) -> None:
    """Remember what a person said of a pair; for one that is the same, its rivals are settled too."""
    Pairing.objects.filter(pk=row.pk).update(state=state, decided_by=user, decided_at=moment)
    if state == PairState.ACCEPTED:
        rivals = Pairing.objects.filter(tenant_id=row.tenant_id, integration=row.integration).proposed()
        rivals.filter(target_id=row.target_id).delete()
        rivals.filter(role=row.role, subject=row.subject).delete()
