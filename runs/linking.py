"""Which record a decision is about, and what the system itself says of the target that a person names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from string import Formatter
from typing import Any

from django.utils import timezone

from integrations import drawing
from integrations.base import Document, Signed, dig
from integrations.context import Context
from integrations.expressions import Node
from integrations.models import connections_of
from integrations.registry import BY_SLUG
from integrations.values import decimal
from mappings.context import options_of
from mappings.decisions import Place, owner_of
from mappings.models import Link
from runs.addresses import record_id
from runs.clients import WebAddresses
from runs.lookup import reader
from runs.models import Retry, Warning, WarningState
from runs.planning import target_names


@dataclass(frozen=True)
class Found:
    """A target record as its system has it just now. `problem` says why it cannot be linked, "" if it can."""

    id: str
    title: str
    status: str
    amount: Decimal | None  # before tax
    address: str
    problem: str


def document_of(place: Place) -> Document | None:
    """What the record is drawn as; None where links of this kind are looked after together with others."""
    integration = BY_SLUG.get(place.integration)
    if integration is None:
        return None
    context = Context(options=options_of(place.tenant, integration))
    found = drawing.variants(integration, context).get(drawing.base_role(place.role))
    if isinstance(found, Signed):
        found = found.negative if found.negative.target.name == place.resource else found.positive
    return found if found is not None and found.matches and not found.late else None


def place_of_link(link: Link) -> Place:
    """The record of a link."""
    return Place(
        tenant=link.tenant, integration=link.integration, role=link.role, subject=link.subject,
        group=link.group, title=link.title, project_id=link.project_id, system=link.system,
        resource=link.resource, scope_id=link.scope_id, scope=link.scope, exclusive=link.exclusive,
    )  # fmt: skip


def place_of_warning(warning: Warning) -> Place | None:
    """The record of a warning; None where it speaks of several, or of none that could be linked."""
    if warning.integration not in BY_SLUG or warning.affected or warning.record_key == "*":
        return None
    place = _place_said(warning)
    document = document_of(place)
    own = Link.objects.of(warning.tenant, warning.integration).filter(subject=warning.record_key)
    if document is not None and "role" in warning.place:
        own = own.filter(role=place.role)
    standing = own.standing().select_related("tenant").first()
    if standing is not None:
        linked = place_of_link(standing)
        return replace(linked, scope=linked.scope or place.scope)
    connection = connections_of(warning.tenant).get(document.target.system) if document else None
    if document is None or connection is None:
        return None
    resource = document.target
    return replace(
        place, system=resource.system, resource=resource.name, scope_id=connection.external_id,
        exclusive=resource.exclusive,
    )  # fmt: skip


def _place_said(warning: Warning) -> Place:
    """Where a warning says that its target belongs; in the main role where it names none."""
    kept = Retry.objects.filter(
        tenant=warning.tenant, integration=warning.integration, subject=warning.record_key
    ).first()
    said = {"role": BY_SLUG[warning.integration].main_role()} | warning.place
    return Place(
        tenant=warning.tenant, integration=warning.integration, subject=warning.record_key,
        group=kept.group if kept else warning.record_key, title=warning.record_title,
        project_id=kept.project if kept else "", **said,
    )  # fmt: skip


def is_placed(place: Place) -> bool:
    """Whether all is known that the address of its target needs: a payment's project and contract."""
    document = document_of(place)
    if document is None:
        return False
    resource = document.target
    named = {name for _, name, _, _ in Formatter().parse(resource.one or resource.path) if name}
    return named | {*resource.scope_in_query} <= place.scope.keys() | {"id", "company_id"}


def find(place: Place, typed: str) -> Found | None:
    """The target with that id or address, read now, of a record that is placed; None where there is none.
    Raises ApiError.
    """
    document = document_of(place)
    if document is None:
        return None
    resource, wanted = document.target, record_id(typed)
    client = reader(place.tenant, resource.system)
    scope = {name: str(value) for name, value in place.scope.items()} | {"company_id": client.external_id}
    needed = {name: scope[name] for name in resource.scope if name in scope}
    record = client.read_one(resource, wanted, scope=needed)
    if record is None:
        return None
    web = WebAddresses(place.tenant)(resource.web, target_names(resource, wanted, scope))
    status = str(dig(record, resource.status) or "") if resource.status else ""
    amount = decimal(dig(record, resource.total)) if resource.total else None
    return Found(
        id=str(dig(record, resource.key)), title=resource.title_of(record), status=status, amount=amount,
        address=web, problem=problem_of(place, document, record, status),
    )  # fmt: skip


def problem_of(place: Place, document: Document, record: Any, status: str) -> str:
    """Why a target that exists cannot be linked, as a sentence; "" if it can."""
    resource = document.target
    kind = document.fields.get("Type")
    if kind is not None and record.get("Type") not in (None, kind(Node({}), Context())):
        return f"It is no {resource.label}."
    if status in resource.dead:
        return f"It is {status.lower()}."
    owner = owner_of(replace(place, resource=resource.name), str(dig(record, resource.key)))
    if owner is None:
        return ""
    other = owner.tenant_id != place.tenant.pk
    named = "a record of another tenant" if other else owner.title or owner.subject
    return f"It is linked to {named} already. Unlink that one first."


def look_again(place: Place, *, settled: bool = False) -> None:
    """Have the next run look at the record; `settled` closes the warnings about it that stand."""
    Retry.objects.update_or_create(
        tenant=place.tenant, integration=place.integration, subject=place.subject,
        defaults={"group": place.group, "project": per_project(place), "reason": "decided"},
    )  # fmt: skip
    if settled:
        own = Warning.objects.filter(
            tenant=place.tenant, integration=place.integration, record_key=place.subject
        )
        own.standing().update(state=WarningState.RESOLVED, resolved_at=timezone.now())


def per_project(place: Place) -> str:
    """The project under which a run reads the record, "" where its integration has none."""
    integration = BY_SLUG.get(place.integration)
    return place.project_id if integration is not None and integration.per_project else ""
