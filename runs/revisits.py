"""What our own tables say of records: where they are, whose target moved, who follows whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from integrations.base import Resource
from mappings.context import RunPart
from mappings.models import Link
from runs.chunks import Asked
from runs.models import Retry


def links_moved(
    part: RunPart, resource: Resource, versions: Mapping[str, str]
) -> Iterator[tuple[str, str, str]]:
    """The project, group and subject of links whose target has another version than we left there."""
    links = Link.objects.of(part.tenant, part.integration.slug).linked().filter(resource=resource.name)
    ids = list(versions)
    for start in range(0, len(ids), 500):
        for link in links.filter(target_id__in=ids[start : start + 500]):
            if versions[link.target_id] != link.target_version:
                yield link.project_id if part.integration.per_project else "", link.group, link.subject


def settled(part: RunPart, project_id: str, moved: set[str]) -> dict[str, str]:
    """By record, the stamp under which it was last looked at; without those to be looked at in any case."""
    links = Link.objects.of(part.tenant, part.integration.slug).standing().filter(project_id=project_id)
    found: dict[str, set[str]] = {}
    for group, subject, details in links.values_list("group", "subject", "details"):
        found.setdefault(group or subject, set()).add(str(details.get("stamp") or ""))
    again = Retry.objects.filter(tenant=part.tenant, integration=part.integration.slug, project=project_id)
    spared = moved | {group or subject for subject, group in again.values_list("subject", "group")}
    alike = {key: stamps for key, stamps in found.items() if len(stamps) == 1 and key not in spared}
    return {key: next(iter(stamps)) for key, stamps in alike.items()}


def followers(part: RunPart, seen: set[str], project_id: str) -> set[str]:
    """Records whose predecessor in a chain changed: what they say of this period changes with it."""
    chains = [join.name for join in part.integration.source.joins if join.per == "chain"]
    if not chains or not seen:
        return set()
    links = Link.objects.of(part.tenant, part.integration.slug).standing().filter(project_id=project_id)
    found = set()
    for group, subject, details in links.values_list("group", "subject", "details"):
        if any(str(details.get(name)) in seen for name in chains):
            found.add(group or subject)
    return found


def places(part: RunPart, asked: Asked, keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Where records are known to be: key -> (project, id of the source record)."""
    own = {"tenant": part.tenant, "integration": part.integration.slug, "subject__in": keys}
    found: dict[str, tuple[str, str]] = {}
    for subject, group, project in Retry.objects.filter(**own).values_list("subject", "group", "project"):
        found[subject] = (project, group or subject)
    for subject, group, project in Link.objects.filter(**own).values_list("subject", "group", "project_id"):
        if project or not part.integration.per_project:
            found[subject] = (project, group or subject)
    return found | {key: place for key, place in asked.places.items() if place[1]}
