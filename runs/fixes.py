"""Where what a warning says is put right: the words of a link, and its address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from integrations import registry
from integrations.models import Tenant
from integrations.sentences import sentence
from runs.models import Entry, Warning
from runs.rows import links_of

DECIDED = frozenset({"before-start", "other-amount", "number-taken"})  # kinds about one record's link
REVENUE = "revenue of cost code "  # how the key of a missing revenue account begins


def fix_link(
    fix: str, tenant: Tenant, integration: str, links: Sequence[Mapping[str, Any]]
) -> tuple[str, str]:
    """The words and address of where a warning is put right: a page here, or the record in the system named.

    `links` hold the record's addresses, each with a `url` and the `label` "source" or "target".
    """
    client = f"?client={tenant.slug}"

    def listed(model: str) -> str:
        return reverse(f"admin:mappings_{model}_changelist") + client

    inside = {
        "cost-code-rules": (
            "Open the cost code rules",
            reverse("admin:rules_unmapped") + f"{client}&show=used",
        ),
        "reverse-rules": ("Open the reverse rules", listed("reverserule")),
        "cost-decisions": ("Open the decisions about costs", listed("costdecision")),
        "links": ("Open the links", f"{listed('link')}&integration={integration}"),
        "unregistered": ("Open the vendors not registered for GST", listed("unregisteredvendor")),
        "contract-terms": ("Open the retention terms", listed("contractterms")),
        "retention": ("Open the retention ledger", reverse("admin:retention_of", args=[tenant.slug])),
        "employees": ("Open the employees", listed("employee")),
        "labour-rates": ("Open the labour rates", listed("labourrate")),
        "earnings-rates": ("Open the earnings rates", listed("earningsrate")),
        "options": ("Open the options", reverse("admin:setting_of", args=[tenant.slug, integration])),
        "connections": ("Open the connections", reverse("admin:connections_of", args=[tenant.slug])),
    }
    if fix in inside:
        return inside[fix]
    named = {"procore": "Put it right in Procore", "xero": "Put it right in Xero"}
    declared = registry.BY_SLUG.get(integration)
    if fix not in named or declared is None:
        return "", ""
    side = "source" if declared.source.resource.system == fix else "target"
    return named[fix], next((link["url"] for link in links if link["label"] == side), "")


def said(entry: Entry, tenant: Tenant) -> list[tuple[str, str, str]]:
    """The reasons of an entry as sentences, each with the words and address of where it is put right."""
    links = links_of(entry)
    return [
        (sentence(one["message"]), *fix_link(one.get("fix", ""), tenant, entry.integration, links))
        for one in entry.reasons
    ]


def revenue_rule(tenant: Tenant, code: str) -> tuple[str, str]:
    """Where a code gets its revenue account: the rule it has, else a new one."""
    if tenant.cost_code_rules.filter(code=code).exists():
        rules = reverse("admin:mappings_costcoderule_changelist")
        return "Open its rule", f"{rules}?{urlencode({'client': tenant.slug, 'q': code})}"
    new = reverse("admin:mappings_costcoderule_add")
    return "Add a rule for it", f"{new}?{urlencode({'tenant': tenant.pk, 'code': code})}"


def fix_of(warning: Warning) -> tuple[str, str]:
    """Where a warning is put right; a link to be chosen or taken apart has a page for its record."""
    if (warning.fix == "links" or warning.code in DECIDED) and not warning.affected:
        return "Decide about this record", reverse("admin:warning_decide", args=[warning.pk])
    if warning.record_key.startswith(REVENUE):
        return revenue_rule(warning.tenant, warning.record_key.removeprefix(REVENUE))
    return fix_link(warning.fix, warning.tenant, warning.integration, warning.links)
