"""What people decide about single records: taken apart, linked anew, there already, sent all the same.

A decision is a link with a reason; the next run acts on it. Nothing is sent from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from integrations.models import Tenant
from integrations.starts import ALTHOUGH
from mappings.models import Link, LinkState

OPEN = "The answer to an earlier request about it is still open. Decide again in a few minutes."
LINKED = "It is linked. Unlink it first."
REASON = 500  # letters of a reason


class Undecided(Exception):
    """Why a decision cannot be taken now, as a sentence."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A record in a role, and where its target is kept."""

    tenant: Tenant
    integration: str
    role: str
    subject: str
    group: str = ""
    title: str = ""
    project_id: str = ""
    system: str = ""
    resource: str = ""
    scope_id: str = ""
    scope: Mapping[str, Any] = field(default_factory=dict)
    exclusive: bool = True

    def links(self) -> Any:
        """Every link the record has had in this role, taken apart ones too."""
        found = Link.objects.of(self.tenant, self.integration)
        return found.filter(role=self.role, subject=self.subject)

    def link(self) -> Link | None:
        """The link that stands."""
        found: Link | None = self.links().standing().first()
        return found


def unlink(link: Link, *, reason: str, user: Any) -> None:
    """Take a record and its target apart, or a mark off. Raises Undecided."""
    with transaction.atomic():
        held = Link.objects.select_for_update().get(pk=link.pk)
        if held.state == LinkState.SENDING:
            raise Undecided(OPEN)
        if held.state == LinkState.UNLINKED:
            raise Undecided("It was unlinked by somebody else meanwhile.")
        _keep(held, reason, user, state=LinkState.UNLINKED, pending={}, batch=None)


def choose(place: Place, target_id: str, *, reason: str, user: Any) -> Link:
    """Have the next run link the record to this target, and take apart what stands. Raises Undecided."""
    owner = owner_of(place, target_id)
    if owner is not None:
        other = owner.tenant_id != place.tenant.pk
        named = "a record of another tenant" if other else owner.title or owner.subject
        raise Undecided(f"It is linked to {named} already. Unlink that one first.")
    chosen = {"chosen": str(user.get_username())}
    with transaction.atomic():
        link = _standing(place)
        if link is not None and link.state == LinkState.LINKED:
            if link.target_id == target_id:
                raise Undecided("It is linked to this record already.")
            unlink(link, reason=reason, user=user)
            link = None
        link = link or _new(place)
        link.resource, link.scope = place.resource, dict(place.scope)
        values = {"state": LinkState.INTENDED, "target_id": target_id, "number": "", "amount": None}
        return _keep(link, reason, user, **values, details=chosen)


def mark_already(place: Place, *, reason: str, user: Any) -> Link:
    """Say that the record is in the other system already, so that it is never sent. Raises Undecided."""
    with transaction.atomic():
        link = _standing(place)
        if link is not None and link.state == LinkState.LINKED:
            raise Undecided(LINKED)
        values = {"state": LinkState.ALREADY, "target_id": "", "details": {}}
        return _keep(link or _new(place), reason, user, **values)


def send_although(place: Place, *, reason: str, user: Any) -> Link:
    """Have the next run send a record although it is dated before the start. Raises Undecided."""
    with transaction.atomic():
        link = _standing(place)
        if link is not None and link.state == LinkState.LINKED:
            raise Undecided(LINKED)
        values = {"state": LinkState.INTENDED, "target_id": "", "details": {ALTHOUGH: True}}
        return _keep(link or _new(place), reason, user, **values)


def owner_of(place: Place, target_id: str) -> Link | None:
    """Another record that the target is linked to, or was chosen for."""
    there = Link.objects.filter(scope_id=place.scope_id, resource=place.resource, target_id=target_id)
    standing = there.standing().exclude(tenant=place.tenant, role=place.role, subject=place.subject)
    found: Link | None = standing.filter(exclusive=True).first()
    return found or standing.filter(tenant=place.tenant, integration=place.integration).first()


def decided(place: Place) -> list[Any]:
    """The decisions about a record so far, newest first: rows of the history that carry a reason."""
    rows = Link.history.filter(
        tenant=place.tenant, integration=place.integration, role=place.role, subject=place.subject
    )
    told = rows.exclude(note="").filter(history_change_reason__isnull=False).select_related("history_user")
    return list(told.order_by("-history_date", "-history_id")[:20])


def _standing(place: Place) -> Link | None:
    """The link that stands, held until the transaction ends. Raises Undecided while an answer is open."""
    link: Link | None = place.links().standing().select_for_update().first()
    if link is not None and link.state == LinkState.SENDING:
        raise Undecided(OPEN)
    return link


def _new(place: Place) -> Link:
    return Link(
        tenant=place.tenant, integration=place.integration, role=place.role, subject=place.subject,
        group=place.group, title=place.title, project_id=place.project_id, system=place.system,
        resource=place.resource, scope_id=place.scope_id, scope=dict(place.scope), exclusive=place.exclusive,
    )  # fmt: skip


def _keep(link: Any, reason: str, user: Any, **values: Any) -> Link:
    """Save the decision with its reason; the history names the person."""
    for name, value in values.items():
        setattr(link, name, value)
    link.note, link.message = reason[:REASON], ""
    link._history_user, link._change_reason = user, str(link.get_state_display())
    link.save()
    kept: Link = link
    return kept
