"""Lists of all linked projects put together, for records that stand above projects: who is used where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from integrations.base import Join, Record, Resource, dig
from integrations.errors import Rejected
from integrations.expressions import Node
from runs.models import Warning

if TYPE_CHECKING:
    from runs.joins import Joiner

WAITS_FOR_CODE = "cost-code-not-linked"


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
    """Whether records wait for the tracking option of a code, as their open warnings say."""
    kept = joiner.kept.setdefault(("asked", join.name), {})
    if "codes" not in kept:
        waiting = Warning.objects.of(joiner.part.tenant).standing().filter(code=WAITS_FOR_CODE)
        keys = waiting.values_list("record_key", flat=True)
        kept["codes"] = {key.removeprefix("cost code ") for key in keys}
    for record in records:
        record[join.name] = str(dig(record, join.on)) in kept["codes"]
