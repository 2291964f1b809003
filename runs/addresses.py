"""What a run is asked to look at, and addresses that people paste from their browser."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from integrations.models import Tenant
from mappings.models import Link
from runs import approvals
from runs.chunks import Asked
from runs.models import Run, Scope

ADDRESS = re.compile(r"^https?://", re.IGNORECASE)
XERO_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def is_address(typed: str) -> bool:
    """Whether somebody pasted an address rather than a number or an id."""
    return bool(ADDRESS.match(typed.strip()))


def record_id(typed: str) -> str:
    """The id of the record an address shows: in Xero its query or path, else the last number of the path."""
    text = typed.strip()
    if not is_address(text):
        return text
    parts = urlsplit(text)
    for _, value in parse_qsl(parts.query):
        if XERO_ID.fullmatch(value):
            return value
    found = XERO_ID.findall(parts.path) or [part for part in parts.path.split("/") if part.isdigit()]
    return found[-1] if found else text


def project_id(typed: str) -> str:
    """The id of the project an address lies in: the first number of the path."""
    text = typed.strip()
    if not is_address(text):
        return text
    numbers = [part for part in urlsplit(text).path.split("/") if part.isdigit()]
    return numbers[0] if numbers else text


def subjects_at(tenant: Tenant, integration: str, typed: str) -> frozenset[str]:
    """The records whose target an address shows; none for anything else."""
    if not is_address(typed):
        return frozenset()
    links = Link.objects.of(tenant, integration).standing().filter(target_id__iexact=record_id(typed))
    return frozenset(links.values_list("subject", flat=True))


def asked_of(run: Run, integration: str) -> Asked:
    """What a run was asked to look at."""
    if run.plan is not None:
        places = approvals.places_of(run, integration)
        return Asked(scope="record", subjects=frozenset(places), places=places)
    value, subjects = run.scope_value, frozenset(map(str, run.subjects))
    if run.scope == Scope.PROJECT:
        value = project_id(value)
    elif run.scope == Scope.RECORD and not subjects:
        value, subjects = record_id(value), subjects_at(run.tenant, integration, value)
    return Asked(scope=run.scope, value=value, subjects=subjects, anew=run.renews)
