"""Find out what became of requests whose answer never came.

Only the holder of the lease settles, and not before a late request can no longer take effect. A record found
by its marker is linked; one not found twice, some time apart, surely does not exist and may be sent again;
several found are a warning for a person.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from integrations import sentences
from integrations.base import Integration, Reason, Record, Resource, dig
from integrations.comparison import line_amount, lines_by_hand, read_as_drawn
from integrations.context import Known
from integrations.errors import Rejected
from integrations.values import decimal, held_date
from mappings.models import Link, LinkState
from runs import leases
from runs.models import Batch, BatchState

READ_TIMEOUT = 50.0  # seconds a request may take; clients are built with it
IN_VAIN = 2  # in `looked`: a person has to act before another look can help


@dataclass(frozen=True)
class Settled:
    """What was found out about a link."""

    link: Link
    state: str  # linked | intended | unlinked | sending
    reason: Reason | None = None


def read_timeout() -> float:
    """Seconds after which a request is given up."""
    return getattr(settings, "ONECORE_READ_TIMEOUT", READ_TIMEOUT)


def quiet_time() -> timedelta:
    """How long after leaving a request may still take effect."""
    return timedelta(seconds=read_timeout() + getattr(settings, "ONECORE_SETTLE_MARGIN", 60))


def second_look() -> timedelta:
    """How long after a first fruitless search the second one is made."""
    return timedelta(seconds=getattr(settings, "ONECORE_SETTLE_AGAIN", 30))


def due(links: QuerySet[Link]) -> QuerySet[Link]:
    """The unanswered links that may be looked up now, by the database's clock."""
    quiet = Q(since__lt=Now() - quiet_time()) | Q(since__isnull=True)
    looked = Q(looked_at__isnull=True) | Q(looked_at__lt=Now() - second_look())
    return links.filter(quiet & looked, state=LinkState.SENDING)


def settle(
    held: leases.Held, integration: type[Integration], clients: Mapping[str, Any], beat: Callable[[], None]
) -> Iterator[Settled]:
    """Look up every unanswered link that is due: one search per resource and scope,
    one read for those with an id.
    """
    links = Link.objects.filter(tenant_id=held.tenant_id, integration=integration.slug)
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[Link]] = defaultdict(list)
    for link in due(links).order_by("batch", "pk"):
        scope = tuple(sorted((name, str(value)) for name, value in link.scope.items()))
        groups[link.resource, scope].append(link)
    for (name, scope), together in groups.items():
        resource = integration.targets().get(name)
        if resource is None:
            continue
        beat()
        try:
            yield from _settle_group(held, resource, together, clients[resource.system], dict(scope))
        except Rejected as refusal:
            yield from _unreadable(held, resource, together, refusal)


def _unreadable(
    held: leases.Held, resource: Resource, links: Sequence[Link], refusal: Rejected
) -> Iterator[Settled]:
    """Answers that cannot be looked up for now stay open; all the others go on."""
    said = sentences.unreadable(resource, refusal.message)
    for link in Link.objects.unanswered().filter(pk__in=[one.pk for one in links]):
        with leases.fenced(held):
            _write(held, link, looked=IN_VAIN, looked_at=Now())
        yield Settled(link, LinkState.SENDING, said)


def _settle_group(
    held: leases.Held, resource: Resource, links: Sequence[Link], client: Any, scope: Mapping[str, str]
) -> Iterator[Settled]:
    with_id = [link for link in links if link.target_id]
    without = [link for link in links if not link.target_id]
    for link in with_id:
        record = (
            client.read_one(resource, link.target_id, scope=scope)
            if resource.one
            else _listed(client, resource, link, scope)
        )
        yield _known_target(held, resource, link, record)
    searchable = [link for link in without if link.marker]
    markers = [link.marker for link in searchable]
    found = list(candidates(resource, markers, client, scope)) if markers else []
    for link in without:
        yield _by_marker(
            held, resource, link, [one for one in found if link.marker and is_ours(link, one, resource)]
        )
    _close_batches(held, links)


def _listed(client: Any, resource: Resource, link: Link, scope: Mapping[str, str]) -> Record | None:
    records = client.read(resource, scope=scope)
    return next((one for one in records if str(dig(one, resource.key)) == link.target_id), None)


def candidates(
    resource: Resource, markers: Sequence[Record], client: Any, scope: Mapping[str, str]
) -> Iterator[Record]:
    """Records among which ours may be: what a search finds, or the list where nothing can be asked for."""
    if resource.search is None or resource.search.style == "list":
        yield from client.read(resource, scope=scope)
    else:
        yield from client.search(resource, markers, scope=scope)


def is_ours(link: Link, record: Record, resource: Resource) -> bool:
    """Whether a living record bears every mark of the link."""
    if resource.status and str(dig(record, resource.status)) in resource.dead:
        return False
    return all(_alike(dig(record, name), value) for name, value in link.marker.items())


def _alike(held: Any, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return isinstance(held, Mapping) and all(
            _alike(held.get(name), value) for name, value in wanted.items()
        )
    if isinstance(held, Decimal | int) and not isinstance(held, bool):
        return decimal(wanted) == held
    if held_date(held) is not None and str(held_date(held)) == str(wanted):
        return True
    return str(held if held is not None else "").strip().casefold() == str(wanted).strip().casefold()


def _known_target(held: leases.Held, resource: Resource, link: Link, record: Record | None) -> Settled:
    """An update or a removal: the record itself says whether it is still there;
    its values are compared next.
    """
    status = str(dig(record, resource.status)) if record and resource.status else ""
    gone = record is None or status in resource.dead
    removing = link.pending.get("action") == "remove"
    state = LinkState.UNLINKED if gone and removing else LinkState.LINKED
    values: dict[str, Any] = {"state": state, "batch": None, "pending": {}, "since": None, "message": ""}
    if record is not None and not gone and not removing and _moved_money(link, resource):
        # Else what we wrote ourselves would look like an amount changed by hand.
        values |= _updated(link, resource, record)
    with leases.fenced(held):
        _write(held, link, **values)
    return Settled(link, state)


def _moved_money(link: Link, resource: Resource) -> bool:
    """Whether the update whose answer was lost was to change an amount."""
    sent: Mapping[str, str] = link.pending.get("sent") or {}
    amounts = [
        {name: one for name, one in held.items() if name.rpartition(".")[2] in resource.money}
        for held in (link.sent, sent)
    ]
    return amounts[0] != amounts[1] or _amount(link.amount) != _amount(link.pending.get("amount"))


def _amount(value: Any) -> Decimal | None:
    return None if value is None else decimal(value)


def _updated(link: Link, resource: Resource, record: Record) -> dict[str, Any]:
    """The columns of a link whose record shows the amounts that were pending; {} where it does not."""
    values = found_values(link, resource, record)
    record = read_as_drawn(record, resource)
    stored = decimal(dig(record, resource.total)) if resource.total else None
    if stored is not None and stored != _amount(link.pending.get("amount")):
        return {}
    if resource.lines:
        values["lines"] = _line_ids(link, resource, record)
        after = Known(
            integration=link.integration, role=link.role, subject=link.subject, sent=values["sent"],
            lines=values["lines"],
        )  # fmt: skip
        if not values["lines"] or lines_by_hand(after, record, resource):
            return {}
    return values


def _line_ids(link: Link, resource: Resource, record: Record) -> dict[str, str]:
    """The pending lines with their ids: those known before keep theirs, new ones were written over those no
    longer drawn where these would stay, and the other new ones are the rest.
    """
    keys, known = link.pending.get("lines") or [], link.lines
    there = {
        str(line.get(resource.line_key) or ""): line
        for line in dig(record, resource.lines) or ()
        if isinstance(line, Mapping)
    }
    free = [one for one in there if one not in known.values()]
    new = [key for key in keys if key not in known]
    gone = [known[key] for key in known if key not in keys] if resource.keeps_lines else []
    over = [one for one in there if one in gone][: len(new)]
    written, new = dict(zip(new, over, strict=False)), new[len(over) :]
    if len(free) != len(new):  # a text that a person added has no amount
        free = [one for one in free if line_amount(there[one], resource.line_amount) != 0]
    if len(free) != len(new) or any(known[key] not in there for key in keys if key in known):
        return {}
    added = written | dict(zip(new, free, strict=True))
    return {key: known.get(key) or added[key] for key in keys}


def _by_marker(held: leases.Held, resource: Resource, link: Link, found: Sequence[Record]) -> Settled:
    free = [one for one in found if not _taken(link, resource, str(dig(one, resource.key)))]
    if len(free) == 1:
        with leases.fenced(held):
            _write(held, link, **found_values(link, resource, free[0]))
        return Settled(link, LinkState.LINKED)
    if len(free) > 1:
        return _several(held, resource, link, free)
    if link.looked != 1:
        with leases.fenced(held):
            _write(held, link, looked=1, looked_at=Now(), message="")
        return Settled(link, LinkState.SENDING)
    with leases.fenced(held):
        _write(
            held, link, state=LinkState.INTENDED, batch=None, pending={}, since=None, looked=0, looked_at=None
        )
    return Settled(link, LinkState.INTENDED)


def _several(held: leases.Held, resource: Resource, link: Link, found: Sequence[Record]) -> Settled:
    shown = ", ".join(resource.title_of(one) for one in found[:5])
    message = (
        f"{len(found)} {resource.plural} bear the mark of this record ({shown}): delete all but one of them"
    )
    with leases.fenced(held):
        _write(held, link, looked=IN_VAIN, looked_at=Now(), message=message)
    return Settled(link, LinkState.SENDING, sentences.several_found(message, resource))


def _taken(link: Link, resource: Resource, target_id: str) -> bool:
    if not resource.exclusive:
        return False
    there = Link.objects.filter(scope_id=link.scope_id, resource=resource.name, target_id=target_id)
    return there.standing().exclude(pk=link.pk).exists()


def found_values(link: Link, resource: Resource, record: Record) -> dict[str, Any]:
    """The columns of a link whose record was found: what was pending is now true."""
    pending, target_id = link.pending, str(dig(record, resource.key))
    held_lines = dig(record, resource.lines) if resource.lines else None
    keys = pending.get("lines") or []
    ids = [str(line.get(resource.line_key) or "") for line in held_lines or () if isinstance(line, Mapping)]
    details = pending.get("details") or {}
    return {
        "state": LinkState.LINKED, "batch": None, "pending": {}, "since": None, "looked": 0,
        "looked_at": None,
        "target_id": target_id, "message": "", "refused_fingerprint": "", "refused_at": None,
        "sent": pending.get("sent") or {}, "fingerprint": pending.get("fingerprint") or "",
        "lines": dict(zip(keys, ids, strict=False)) if len(ids) == len(keys) and all(ids) else {},
        "target_version": str(dig(record, resource.version) or "") if resource.version else "",
        "number": str(pending.get("number") or "")[:255], "details": details,
        "amount": Decimal(pending["amount"]) if pending.get("amount") is not None else None,
        "contact_id": str(details.get("contact_id") or ""),
    }  # fmt: skip


def _write(held: leases.Held, link: Link, **values: Any) -> None:
    Link.objects.filter(pk=link.pk, state=LinkState.SENDING).update(
        epoch=held.epoch, updated_at=Now(), **values
    )


def _close_batches(held: leases.Held, links: Iterable[Link]) -> None:
    keys = {link.batch for link in links if link.batch}
    still = set(Link.objects.filter(batch__in=keys, state=LinkState.SENDING).values_list("batch", flat=True))
    with leases.fenced(held):
        Batch.objects.filter(pk__in=keys - still, state=BatchState.SENT).update(
            state=BatchState.SETTLED, answered_at=Now()
        )
