"""What a run was asked to look at."""

from __future__ import annotations

from runs import addresses, approvals
from runs.chunks import Asked
from runs.models import Run, Scope


def asked_of(run: Run, integration: str) -> Asked:
    """The records, project or everything that an integration looks at in a run."""
    if run.plan is not None:
        places = approvals.places_of(run, integration)
        return Asked(scope="record", subjects=frozenset(places), places=places)
    value, subjects = run.scope_value, frozenset(map(str, run.subjects))
    if run.scope == Scope.PROJECT:
        value = addresses.project_id(value)
    elif run.scope == Scope.RECORD and not subjects:
        value, subjects = addresses.record_id(value), addresses.subjects_at(run.tenant, integration, value)
    return Asked(scope=run.scope, value=value, subjects=subjects, anew=run.renews)
