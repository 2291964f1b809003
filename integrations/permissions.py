"""Which permissions a consent in Xero has to give: those every tenant needs, and those of what is enabled."""

from __future__ import annotations

from collections.abc import Iterable

from integrations import oauth, registry
from integrations.models import Credential, Setting, Tenant


def needed(tenants: Iterable[Tenant]) -> list[str]:
    """The permissions that the enabled integrations of these tenants need beyond those of every tenant."""
    enabled = Setting.objects.filter(tenant__in=list(tenants), enabled=True)
    slugs = set(enabled.values_list("integration", flat=True))
    more = {one for slug in slugs & registry.BY_SLUG.keys() for one in registry.BY_SLUG[slug].permissions}
    return sorted(more)


def consent_of(tenants: Iterable[Tenant]) -> str:
    """What a consent page asks for."""
    return " ".join((oauth.XERO_SCOPES, *needed(tenants)))


def service_of(credential: Credential) -> str:
    """What a service account asks for: as was granted, and what has been enabled since; "" for Procore."""
    if credential.system != "xero":
        return credential.scopes
    tenants = Tenant.objects.filter(connections__credential=credential)
    asked = (credential.scopes or oauth.XERO_RECORDS).split()
    return " ".join(dict.fromkeys((*asked, *needed(tenants))))


def missing(credential: Credential, tenants: Iterable[Tenant] | None = None) -> list[str]:
    """Permissions that its tenants need and the consent did not give; Procore names none."""
    if credential.system != "xero" or not credential.scopes:
        return []
    tenants = Tenant.objects.filter(connections__credential=credential) if tenants is None else tenants
    wanted = {*oauth.XERO_RECORDS.split(), *needed(tenants)}
    wanted |= {"offline_access"} if credential.kind == Credential.Kind.CODE else set()
    return sorted(wanted - set(credential.scopes.split()))
