"""Addresses that people paste from their browser: which record of Procore or Xero they show."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from integrations.models import Tenant
from mappings.models import Link

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
