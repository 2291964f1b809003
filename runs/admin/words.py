"""The words of runs and warnings as pages write them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from integrations import warning_kinds
from integrations.admin.options import name_of
from integrations.base import Audience
from integrations.models import Tenant
from runs.models import Entry, Mode, Outcome, Run, RunState, Scope, Warning

PLANNED = {"create": "would create", "update": "would update", "link": "would link", "remove": "would remove"}
DONE = {"create": "created", "update": "updated", "link": "linked", "remove": "removed"}
OTHER = {"skip": "skipped", "warn": "needs attention", "unchanged": "unchanged"}
COLOURS = {"create": "green", "update": "blue", "link": "blue", "remove": "orange", "warn": "orange"}
AUDIENCES = {
    Audience.ACCOUNTS.value: "accounts",
    Audience.PROJECT.value: "project team",
    Audience.ADMINISTRATOR.value: "administrator",
}
DECIDED = frozenset({"before-start", "other-amount", "number-taken"})  # kinds about one record's link
REVENUE = "revenue of cost code "  # how the key of a missing revenue account begins
WARNING_COLOURS = {"open": "orange", "acknowledged": "grey", "resolved": "green"}
SIDES = {"source": "Open the record", "target": "Open what it is linked to"}


def names_of(slugs: Iterable[str]) -> str:
    """Integrations by their names."""
    return ", ".join(name_of(slug) for slug in slugs)


def title_of(run: Run) -> str:
    """What a run is called: its integrations, or their number where there are many."""
    if len(run.integrations) > 2:
        return f"{len(run.integrations)} integrations"
    return names_of(run.integrations)


def sentence(text: str) -> str:
    """A message as a sentence of its own."""
    text = text.strip()
    return "" if not text else f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.?…' else '.'}"


def kind_words(code: str) -> str:
    """A kind of warning in words."""
    return warning_kinds.name_of(code)


def entry_words(entry: Entry) -> tuple[str, str]:
    """What became of an entry, and its colour."""
    if entry.outcome == Outcome.FAILED:
        return "refused", "red"
    if entry.action in DONE:
        words = DONE if entry.outcome == Outcome.DONE else PLANNED
        return words[entry.action], COLOURS[entry.action]
    return OTHER.get(entry.action, entry.action), COLOURS.get(entry.action, "grey")


def starter(run: Run) -> str:
    """What started a run, and who."""
    by = run.get_source_display()
    return f"{by}, {run.started_by}" if run.started_by and run.started_by != by else by


def scope_words(run: Run) -> str:
    """How much a run looks at."""
    if run.scope == Scope.EVERYTHING:
        return "everything, what was sent brought to today's rules" if run.renews else "everything"
    if run.plan_id is not None and not run.subjects:
        return f"the plan of run {run.plan_id}"
    kind = "project" if run.scope == Scope.PROJECT else "record"
    return f"{kind} {run.scope_value}" if run.scope_value else f"{len(run.subjects)} {kind}s"


def counts_words(run: Run) -> str:
    """`41 created, 5 need attention`: what a run came to."""
    sent = run.is_live and run.state != RunState.NEEDS_APPROVAL
    total: dict[str, int] = {}
    for counts in run.counts.values():
        for action in DONE:
            word = DONE[action] if sent else PLANNED[action]
            total[word] = total.get(word, 0) + int(counts.get(word if sent else action, 0))
        total["need attention"] = total.get("need attention", 0) + int(counts.get("warn", 0))
        total["pairs found"] = total.get("pairs found", 0) + int(counts.get("pairs", 0))
        total["refused"] = total.get("refused", 0) + int(counts.get("failed", 0))
    parts = [f"{number:,} {word}" for word, number in total.items() if number]
    nothing = "no pairs found" if run.mode == Mode.PAIRING else "nothing to change"
    return ", ".join(parts) or (nothing if run.is_finished else "")


def amount_of(run: Run) -> Decimal:
    """The money that a plan would move, before tax."""
    rows = Entry.objects.filter(run=run).to_send().exclude(action="link").values_list("amount", flat=True)
    return sum((abs(value) for value in rows if value is not None), Decimal(0))


def fix_link(fix: str, tenant: Tenant, integration: str, links: list[dict[str, Any]]) -> tuple[str, str]:
    """The words and address of where a warning is put right;
    addresses of the two systems come from its links.
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
    address = next((link["url"] for link in links if link.get("url")), "")
    named = {"procore": "Put it right in Procore", "xero": "Put it right in Xero"}
    return (named[fix], address) if fix in named else ("", "")


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
