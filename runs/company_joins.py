"""Joins for records of the company: what others linked, and lists of the projects they speak of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from integrations import registry
from integrations.base import Join, Record, Resource
from integrations.errors import Rejected
from mappings.models import Link

if TYPE_CHECKING:
    from runs.joins import Joiner

Records = Sequence[dict[str, Any]]
COLUMNS = ("subject", "title", "number", "amount", "details")


def linked(joiner: Joiner, join: Join, records: Records, scope: Mapping[str, str]) -> None:
    """Every record that another integration linked, by the id of its target; read once a run."""
    kept = joiner.kept.setdefault(("linked", join.name), {})
    if not kept:
        links = Link.objects.of(joiner.part.tenant, join.on).linked()
        main = registry.BY_SLUG[join.on].main_role()
        catalogues = [joiner.catalogues.get(resource) for resource in join.resources]
        for subject, target_id in links.filter(role=main).values_list("subject", "target_id"):
            found = next((one[subject] for one in catalogues if subject in one), {})
            kept[target_id] = {**found, "id": subject}
    for record in records:
        record[join.name] = kept


def each_project(joiner: Joiner, join: Join, records: Records, scope: Mapping[str, str]) -> None:
    """The lists of every project a record speaks of, each read once a run; None where one may not be read."""

    def read(project_id: str) -> list[Record] | None:
        try:
            return [one for resource in join.resources for one in _listed(joiner, resource, project_id)]
        except Rejected:
            return None

    _by_project(joiner, join, records, read)


def _listed(joiner: Joiner, resource: Resource, project_id: str) -> Iterable[Record]:
    listed = joiner.catalogues.of_project(resource, project_id)
    return ({**record, "list": resource.name} for record in listed)


def links(joiner: Joiner, join: Join, records: Records, scope: Mapping[str, str]) -> None:
    """What another integration linked in every project a record speaks of."""
    main = registry.BY_SLUG[join.on].main_role()

    def read(project_id: str) -> list[Record]:
        found = Link.objects.of(joiner.part.tenant, join.on).linked().filter(role=main, project_id=project_id)
        return list(found.values(*COLUMNS))

    _by_project(joiner, join, records, read)


def _by_project(
    joiner: Joiner, join: Join, records: Records, read: Callable[[str], list[Record] | None]
) -> None:
    kept = joiner.kept.setdefault(("project", join.name), {})
    for record in records:
        wanted = list(join.ids(record)) if join.ids else []
        for project_id in wanted:
            if project_id not in kept:
                kept[project_id] = read(project_id)
        record[join.name] = {project_id: kept[project_id] for project_id in wanted}
