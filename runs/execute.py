"""The only module that writes to Procore, Xero and our own catalogues.

A change goes through three steps. Its link and its batch are committed as `sending`; the request leaves,
outside every transaction; each element of the answer is recorded in a short transaction of its own. Whatever
stops the process in between leaves links in `sending`, and `settle` finds out what became of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError
from django.db.models.functions import Now

from integrations.base import Audience, Integration, Reason, Record, Resource, Write, dig
from integrations.changes import Action, Change
from integrations.errors import Broken, Busy, Disconnected, Lost, Rejected
from integrations.http import Outcome as Answered
from integrations.procore.fetching import NotFetched
from mappings.models import Link, LinkState
from runs import answers, leases
from runs.carrying import carry
from runs.link_values import TEXT, before_sending, linked_values, pending_of, project_of
from runs.models import Batch, BatchState, Outcome, Run

UNKNOWN = "no answer came back: OneCore looks up what became of it before anything is sent again"
RESERVED = (
    "state", "batch", "pending", "marker", "scope", "resource", "epoch", "attempts", "looked", "looked_at",
    "message",
)  # fmt: skip
MEANWHILE = "it was linked or changed by somebody else meanwhile and was not sent"
UNDECIDED = "the outcome of an earlier attempt is still being looked up"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of a change. `retry` names why it is to be looked at again; "" when it need not be."""

    change: Change
    outcome: str
    message: str = ""
    target_id: str = ""
    reasons: tuple[Reason, ...] = ()
    retry: str = ""


@dataclass
class Sender:
    """Sends the changes of one integration under one lease. `beat` is called before every request."""

    run: Run
    held: leases.Held
    integration: type[Integration]
    clients: Mapping[str, Any]
    beat: Callable[[], None]

    def send(self, changes: Sequence[Change]) -> Iterator[Result]:
        """Apply changes of one action, resource and scope, at most one request's worth of them.

        Raises Busy and Disconnected (nothing of the request took effect), LeaseLost, Cancelled and Broken.
        """
        first = changes[0]
        resource = self.integration.targets()[first.resource]
        write = write_of(resource, first)
        if write is None:
            yield from self._without_request(changes, resource)
            return
        self.beat()
        yield from self._request(changes, resource, write)

    # --- changes that need no request -------------------------------------------------------------------

    def _without_request(self, changes: Sequence[Change], resource: Resource) -> Iterator[Result]:
        for change in changes:
            with leases.fenced(self.held):
                link = self._standing([change]).get((change.role, change.subject))
                if change.action is Action.REMOVE:
                    yield self._unlink(change, link)
                else:
                    yield self._adopt(change, link, resource)

    def _unlink(self, change: Change, link: Link | None) -> Result:
        if link is not None:
            self._set(
                link.pk, state=LinkState.UNLINKED, batch=None, pending={}, message=change.message[:TEXT]
            )
        return Result(change=change, outcome=Outcome.DONE, message=change.message, target_id=change.target_id)

    def _adopt(self, change: Change, link: Link | None, resource: Resource) -> Result:
        if link is not None and link.state in (LinkState.SENDING, *TAKEN):
            return Result(change=change, outcome=Outcome.FAILED, message=MEANWHILE, retry="meanwhile")
        values = linked_values(change, change.target_id, change.held.get("lines") or {}, change.version)
        row = link or self._new_link(change, resource)
        for name, value in values.items():
            setattr(row, name, value)
        row.epoch = self.held.epoch
        try:
            row.save()
        except IntegrityError as error:
            raise leases.LeaseLost(f"the link of {change.subject} was made by another worker") from error
        return Result(change=change, outcome=Outcome.DONE, message=change.message, target_id=change.target_id)

    # --- one request ------------------------------------------------------------------------------------

    def _request(self, changes: Sequence[Change], resource: Resource, write: Write) -> Iterator[Result]:
        batch, reserved, refused = self._reserve(changes, resource, write)
        yield from refused
        if batch is None:
            return
        payloads = [payload_of(change, write) for _, change in reserved]
        try:
            answered = self._written(batch, reserved, resource, write, payloads)
        except NotFetched as cause:
            self._give_back(batch, reserved)
            yield not_fetched(reserved[0][1], str(cause))
            return
        except Rejected as error:
            yield from self._rejected(batch, reserved, resource, write, error.messages)
            return
        except (Busy, Disconnected, leases.Cancelled):
            self._give_back(batch, reserved)
            raise
        except (Lost, Broken) as error:
            # Perhaps it took effect: the links stay `sending` until they are settled.
            for _, change in reserved:
                yield Result(change=change, outcome=Outcome.PLANNED, message=UNKNOWN, retry="unanswered")
            if isinstance(error, Broken):
                raise
            return
        yield from self._record(batch, reserved, resource, answered)

    def _written(
        self,
        batch: Batch,
        reserved: Sequence[tuple[Link, Change]],
        resource: Resource,
        write: Write,
        payloads: Sequence[Mapping[str, Any]],
    ) -> Sequence[Answered]:
        first, key = reserved[0][1], str(batch.key)
        if resource.files:
            return [carry(self.clients, first, resource, write, key)]
        client = self.clients[resource.system]
        return client.write(write, payloads, key=key, scope=scope_of(first, write))  # type: ignore[no-any-return]

    def _reserve(
        self, changes: Sequence[Change], resource: Resource, write: Write
    ) -> tuple[Batch | None, list[tuple[Link, Change]], list[Result]]:
        """Commit the batch with its links as `sending`;
        changes whose link is not free any more are left out.
        """
        with leases.fenced(self.held):
            standing = self._standing(changes)
            refused, free = [], []
            for change in changes:
                why = obstacle(change, standing.get((change.role, change.subject)))
                if why:
                    refused.append(
                        Result(change=change, outcome=Outcome.FAILED, message=why, retry="meanwhile")
                    )
                else:
                    free.append(change)
            if not free:
                return None, [], refused
            batch = Batch(
                run=self.run, tenant_id=self.run.tenant_id, integration=self.integration.slug,
                resource=resource.name, action=free[0].action, method=write.method, scope=dict(free[0].scope),
            )  # fmt: skip
            reserved = self._mark_sending(free, standing, resource, batch)
            batch.link_ids = [link.pk for link, _ in reserved]
            batch.save(force_insert=True)
        return batch, reserved, refused

    def _mark_sending(
        self,
        changes: Sequence[Change],
        standing: Mapping[tuple[str, str], Link],
        resource: Resource,
        batch: Batch,
    ) -> list[tuple[Link, Change]]:
        pairs: list[tuple[Link, Change]] = []
        new: list[Link] = []
        old: list[Link] = []
        for change in changes:
            found = standing.get((change.role, change.subject))
            link = found or self._new_link(change, resource)
            (old if found else new).append(link)
            link.state, link.batch, link.pending = LinkState.SENDING, batch.key, pending_of(change)
            link.marker, link.resource = marker_of(change), resource.name
            if not link.target_id:  # what exists stays where it is, whatever is answered
                link.scope = dict(change.scope)
            link.epoch, link.attempts = self.held.epoch, link.attempts + 1
            link.looked, link.looked_at, link.message = 0, None, ""
            pairs.append((link, change))
        Link.objects.bulk_create(new)
        if old:
            Link.objects.bulk_update(old, RESERVED)
        Link.objects.filter(pk__in=[link.pk for link, _ in pairs]).update(since=Now())
        return pairs

    def _give_back(self, batch: Batch, reserved: Sequence[tuple[Link, Change]]) -> None:
        """The request surely had no effect: the links are again what they were."""
        with leases.fenced(self.held):
            for link, _ in reserved:
                self._set(link.pk, state=before_sending(link), batch=None, pending={}, since=None)
            self._answered(batch)

    def _rejected(
        self,
        batch: Batch,
        reserved: Sequence[tuple[Link, Change]],
        resource: Resource,
        write: Write,
        messages: tuple[str, ...],
    ) -> Iterator[Result]:
        """A whole request was refused: alone, a record is refused; in company, each is tried by itself."""
        if len(reserved) > 1:
            self._give_back(batch, reserved)
            for _, change in reserved:
                self.beat()
                yield from self._request([change], resource, write)
            return
        link, change = reserved[0]
        with leases.fenced(self.held):
            result = self._refuse(link, change, messages)
            self._answered(batch)
        yield result

    # --- the answer -------------------------------------------------------------------------------------

    def _record(
        self,
        batch: Batch,
        reserved: Sequence[tuple[Link, Change]],
        resource: Resource,
        answered: Sequence[Answered],
    ) -> Iterator[Result]:
        matched = answers.match([change for _, change in reserved], answered, resource)
        for (link, change), answer in zip(reserved, matched, strict=True):
            if answer is None or answer.ok is None:
                yield Result(change=change, outcome=Outcome.PLANNED, message=UNKNOWN, retry="unanswered")
                continue
            with leases.fenced(self.held):
                result = self._recorded(link, change, resource, answer)
            yield result
        with leases.fenced(self.held):
            self._answered(batch)

    def _recorded(self, link: Link, change: Change, resource: Resource, answer: Answered) -> Result:
        if not answer.ok:
            return self._refuse(link, change, answer.messages)
        record: Record = answer.record or {}
        if change.action is Action.REMOVE:
            self._set(
                link.pk, state=LinkState.UNLINKED, batch=None, pending={}, message=change.message[:TEXT]
            )
            return Result(
                change=change, outcome=Outcome.DONE, message=change.message, target_id=change.target_id
            )
        target_id = change.target_id or str(dig(record, resource.key) or "")
        if not target_id:
            return Result(change=change, outcome=Outcome.PLANNED, message=UNKNOWN, retry="unanswered")
        owner = self._other_owner(link, target_id, resource)
        if owner is not None:
            return self._refuse(link, change, (f"the answer named a record that belongs to {owner} already",))
        lines = answers.line_ids(change, resource, record) or link.lines
        version = str(dig(record, resource.version) or "") if resource.version else ""
        values = linked_values(change, target_id, lines, version)
        reasons = answers.stored_otherwise(change, resource, record)
        values["details"] |= answers.made_of(change, resource, record) | answers.kept_otherwise(reasons)
        self._set(link.pk, **values)
        return Result(
            change=change, outcome=Outcome.DONE, target_id=target_id, reasons=reasons,
            message="; ".join(reason.message for reason in reasons),
        )  # fmt: skip

    def _other_owner(self, link: Link, target_id: str, resource: Resource) -> Link | None:
        if not resource.exclusive:
            return None
        there = Link.objects.filter(scope_id=link.scope_id, resource=resource.name, target_id=target_id)
        return there.standing().exclude(pk=link.pk).first()

    def _refuse(self, link: Link, change: Change, messages: Sequence[str]) -> Result:
        said = "; ".join(messages) or "no reason was given"
        self._set(
            link.pk, state=before_sending(link, refused=True), batch=None, pending={}, since=None,
            message=said,
            refused_fingerprint=change.fingerprint, refused_at=Now(),
        )  # fmt: skip
        resource = self.integration.targets()[change.resource]
        return Result(
            change=change, outcome=Outcome.FAILED, message=said, target_id=change.target_id, retry="refused",
            reasons=(answers.refusal(resource, change, said),),
        )  # fmt: skip

    # --- rows -------------------------------------------------------------------------------------------

    def _standing(self, changes: Sequence[Change]) -> dict[tuple[str, str], Link]:
        links = Link.objects.of(self.run.tenant, self.integration.slug).standing()
        found = links.filter(subject__in=[change.subject for change in changes])
        return {(link.role, link.subject): link for link in found}

    def _new_link(self, change: Change, resource: Resource) -> Link:
        return Link(
            tenant_id=self.run.tenant_id, integration=self.integration.slug, role=change.role,
            subject=change.subject, group=change.group, title=change.title[:TEXT], system=resource.system,
            resource=resource.name, scope_id=self.clients[resource.system].external_id,
            scope=dict(change.scope),
            exclusive=resource.exclusive, marker=marker_of(change), project_id=project_of(change),
        )  # fmt: skip

    def _set(self, link_id: int, **values: Any) -> None:
        Link.objects.filter(pk=link_id).update(epoch=self.held.epoch, updated_at=Now(), **values)

    def _answered(self, batch: Batch) -> None:
        Batch.objects.filter(pk=batch.pk).update(state=BatchState.ANSWERED, answered_at=Now())


TAKEN = (LinkState.LINKED, LinkState.ALREADY)  # states in which a record needs no target any more


def write_of(resource: Resource, change: Change) -> Write | None:
    """How the change is sent; None when it needs no request."""
    match change.action:
        case Action.CREATE:
            return resource.create
        case Action.UPDATE:
            return resource.update
        case Action.REMOVE if change.removal is not None:
            return resource.removals[change.removal]
    return None


def fits(batch: Sequence[Change], change: Change, resource: Resource) -> bool:
    """Whether one more change can go with these, which are not none, in one request."""
    first = batch[0]
    if (first.action, first.resource, first.removal, first.scope) != (
        change.action, change.resource, change.removal, change.scope,
    ):  # fmt: skip
        return False
    write = write_of(resource, change)
    same = any(one.subject == change.subject for one in batch)
    return write is not None and len(batch) < write.batch and not same


def payload_of(change: Change, write: Write) -> dict[str, Any]:
    """The body of one change; the target's id stands in it where a batch of updates needs it."""
    payload = dict(change.payload) if change.action is not Action.REMOVE else {}
    if write.key and change.target_id:
        # Procore's ids are numbers and are refused as texts.
        payload[write.key] = int(change.target_id) if change.target_id.isdigit() else change.target_id
    return payload


def marker_of(change: Change) -> dict[str, Any]:
    """What the record is known again by: its marks, or all that is plain in it where it has room for none."""
    if change.marker:
        return dict(change.marker)
    return {name: value for name, value in change.payload.items() if not isinstance(value, list | tuple)}


def scope_of(change: Change, write: Write) -> dict[str, str]:
    """The names that fill the path, the query and the body of a change's request."""
    own = {"id": change.target_id} if change.target_id and not write.key else {}
    return {**change.scope, **own}


def not_fetched(change: Change, why: str) -> Result:
    """A file that could not be had just now."""
    message = f"its attachment {change.title} was not carried: {why}"
    reason = Reason("attachment", message, Audience.ACCOUNTS, "procore")
    return Result(
        change=change, outcome=Outcome.FAILED, message=message, reasons=(reason,), retry="attachment"
    )


def overtaken(change: Change) -> Result:
    """A change that another request has made needless or wrong meanwhile."""
    return Result(change=change, outcome=Outcome.FAILED, message=MEANWHILE, retry="meanwhile")


def obstacle(change: Change, link: Link | None) -> str:
    """Why the change may not leave, by the link as it is now; "" when it may."""
    if link is not None and link.state == LinkState.SENDING:
        return UNDECIDED
    if change.action is Action.CREATE:
        decided = link is not None and (link.state in TAKEN or link.known().is_chosen)
        return MEANWHILE if decided else ""
    same = link is not None and link.state == LinkState.LINKED and link.target_id == change.target_id
    return "" if same else MEANWHILE
