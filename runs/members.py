"""Which records each subject was made of: kept so that a record that leaves one has it read again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from integrations.base import Subject
from integrations.groups import MEMBERS
from mappings.context import RunPart
from runs.models import Member

AT_ONCE = 500  # ids in one query


def ids_of(subject: Subject) -> set[str]:
    """The ids of the records a subject is made of now."""
    return {str(record.get("id")) for record in subject.record.get(MEMBERS) or ()}


def former(part: RunPart, records: Sequence[str]) -> dict[str, set[str]]:
    """The subjects that each record is known to have been part of."""
    found: dict[str, set[str]] = defaultdict(set)
    rows = Member.objects.filter(tenant=part.tenant, integration=part.integration.slug)
    for start in range(0, len(records), AT_ONCE):
        some = rows.filter(record__in=records[start : start + AT_ONCE])
        for record, subject in some.values_list("record", "subject"):
            found[record].add(subject)
    return found


def keep(part: RunPart, subjects: Iterable[Subject], settled: Iterable[str]) -> None:
    """Remember the members of subjects. Inside a fenced transaction.

    What left a subject is forgotten only once the subject is `settled`: until then a run that ends early
    finds the way back to it.
    """
    if part.integration.source.group is None:
        return
    now = {subject.key: ids_of(subject) for subject in subjects}
    own = Member.objects.filter(tenant=part.tenant, integration=part.integration.slug)
    rows = [
        Member(tenant=part.tenant, integration=part.integration.slug, record=record, subject=key)
        for key, records in now.items()
        for record in records
    ]
    Member.objects.bulk_create(rows, ignore_conflicts=True)
    left = [
        pk
        for pk, record, key in own.filter(subject__in=set(settled) & now.keys()).values_list(
            "pk", "record", "subject"
        )
        if record not in now[key]
    ]
    own.filter(pk__in=left).delete()
