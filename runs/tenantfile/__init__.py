"""A tenant as a file: everything but secrets, people and what was synchronised, read and written whole.

A file with any mistake changes nothing, and every mistake is told with its place. What a file does not name
is not there after its import.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from integrations.models import Tenant
from integrations.reading import Node, Unreadable, opened
from runs.tenantfile.choices import (
    read_integrations,
    read_options,
    save_integrations,
    save_options,
    write_integrations,
    write_options,
)
from runs.tenantfile.connections import read_connections, save_connections, write_connections
from runs.tenantfile.identity import read_tenant, save_tenant, write_tenant
from runs.tenantfile.labour import read_labour, save_labour, write_labour
from runs.tenantfile.reverse import (
    read_decisions,
    read_reverse,
    read_tax_codes,
    read_unregistered,
    save_decisions,
    save_reverse,
    save_tax_codes,
    save_unregistered,
    write_decisions,
    write_reverse,
    write_tax_codes,
    write_unregistered,
)
from runs.tenantfile.rules import read_rules, save_rules, write_rules
from runs.tenantfile.schedules import read_schedules, save_schedules, write_schedules
from runs.tenantfile.section import Section
from runs.tenantfile.terms import read_terms, save_terms, write_terms

__all__ = ["FORMAT", "SECTIONS", "Section", "Unreadable", "import_tenant", "read", "write"]

FORMAT = "onecore-tenant-1"
LARGEST = 20 * 1024 * 1024  # characters
SECTIONS = (
    Section("tenant", read_tenant, save_tenant, write_tenant),
    Section("connections", read_connections, save_connections, write_connections),
    Section("options", read_options, save_options, write_options),
    Section("integrations", read_integrations, save_integrations, write_integrations),
    Section("cost_code_rules", read_rules, save_rules, write_rules),
    Section("reverse_rules", read_reverse, save_reverse, write_reverse),
    Section("cost_decisions", read_decisions, save_decisions, write_decisions),
    Section("unregistered_vendors", read_unregistered, save_unregistered, write_unregistered),
    Section("tax_codes", read_tax_codes, save_tax_codes, write_tax_codes),
    Section("retention_terms", read_terms, save_terms, write_terms),
    Section("labour", read_labour, save_labour, write_labour),
    Section("schedules", read_schedules, save_schedules, write_schedules),
)


def read(text: str) -> tuple[Node, dict[str, Any]]:
    """The file's sections as values. Raises Unreadable with every mistake that can be seen without rows."""
    if len(text) > LARGEST:
        raise Unreadable([("", f"the file is larger than {LARGEST:,} characters")])
    node = opened(text)
    given = node.fields("format", *(section.name for section in SECTIONS))
    given["format"].one_of((FORMAT,))
    values = {section.name: section.read(given[section.name]) for section in SECTIONS}
    if node.problems:
        raise Unreadable(node.problems)
    return node, values


def import_tenant(text: str, *, keep: bool = True) -> tuple[Tenant, bool]:
    """Create or change the tenant that a file describes, in one transaction; True where it is a new one.

    With `keep` False everything is tried and nothing is kept; so it is where Unreadable is raised.
    """
    node, values = read(text)
    with transaction.atomic():
        tenant = Tenant.objects.filter(slug=values["tenant"]["slug"]).first() or Tenant()
        is_new = tenant.pk is None
        for section in SECTIONS:
            section.save(tenant, values[section.name], node.at(section.name))
            if node.problems:
                raise Unreadable(node.problems)
        if not keep:
            transaction.set_rollback(True)
    return tenant, is_new


def write(tenant: Tenant) -> str:
    """The tenant's file. Importing it gives the same tenant, where the environment has the same variables."""
    sections: Mapping[str, Any] = {section.name: section.write(tenant) for section in SECTIONS}
    return json.dumps({"format": FORMAT, **sections}, indent=2, ensure_ascii=False) + "\n"
