"""Lists of all linked projects put together, for records that stand above projects: who is used where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from integrations.base import Join, Record, Resource, dig
from integrations.errors import Rejected
from integrations.expressions import Node, slug
from runs.models import Retry, Warning

if TYPE_CHECKING:
    from runs.joins import Joiner


def of_projects(
    joiner: Joiner, join: Join, records: Sequence[dict[str, Any]], scope: Mapping[str, str]
) -> None:
    """What the linked projects hold that names one of these records; each list is read once a run."""
    context = joiner.context_of(records)
    worth = [one for one in records if join.only is None or join.only(Node(one), context)]
    wanted = {key for one in worth for key in join.ids(one)} if join.ids else None
    found: dict[str, list[Record]] = defaultdict(list)
    for project_id, project in joiner.projects() if worth else ():
        if wanted is not None and project_id not in wanted:
            continue
        for resource in join.resources:
            for one in _listed(joiner, resource, project_id):
                named = {**one, "project_id": project_id, "project": project}
                found[str(dig(one, join.back))].append(named)
    for record in records:
        record[join.name] = found.get(str(dig(record, join.on)), []) if worth else []


def _listed(joiner: Joiner, resource: Resource, project_id: str) -> Iterable[Record]:
    """A project's list; nothing where the connected user may not see it, as the project's own runs say."""
    try:
        return joiner.catalogues.of_project(resource, project_id)
    except Rejected:
        return ()


def asked_for(
    joiner: Joiner, join: Join, records: Sequence[dict[str, Any]], scope: Mapping[str, str]
) -> None:
    """Whether approved records wait for one, as the open warnings of what is not linked say: `back` is what
    these call it.
    """
    kept = joiner.kept.setdefault(("asked", join.name), {})
    if "waited for" not in kept:
        kept["waited for"] = set(_waited_for(joiner, join.back))
    for record in records:
        record[join.name] = str(dig(record, join.on)) in kept["waited for"]


def _waited_for(joiner: Joiner, label: str) -> Iterator[str]:
    """The ids, or codes, that records of the projects of this run wait for."""
    tenant, projects = joiner.part.tenant, [key for key, _ in joiner.projects()]
    held = set(Retry.objects.filter(tenant=tenant, project__in=projects).values_list("subject", flat=True))
    standing = Warning.objects.of(tenant).standing().filter(code=f"{slug(label)}-not-linked")
    for key, affected in standing.values_list("record_key", "affected"):
        if any(row["key"] in held for row in affected):
            yield key.removeprefix(f"{label} ").rpartition("(id ")[2].removesuffix(")")
