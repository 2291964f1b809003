"""Keep the rules and options under which something was sent, so that it can be drawn under them again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models

from integrations.base import Integration
from integrations.models import Tenant
from integrations.registry import kept_as_sent
from integrations.rule_books import RuleBook, rows_of
from mappings.labour import EarningsRate, labour_of
from mappings.reverse import CostDecision, ReverseRule
from mappings.tax_codes import tax_types


class KeptTable(models.Model):
    """The rows of one table of rules as they were; books that had the same rows share them."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.CharField(max_length=20)
    rows = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "fingerprint"], name="kept_table_once")]

    def __str__(self) -> str:
        return f"{len(self.rows)} rows {self.fingerprint}"


class KeptBook(models.Model):
    """The options of a time, and which tables of rules went with them."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.CharField(max_length=20)
    options = models.JSONField(default=dict)
    parts = models.JSONField(default=dict, help_text="Fingerprints of the tables that have rows, by name.")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["tenant", "fingerprint"], name="kept_book_once")]

    def __str__(self) -> str:
        return f"rules and options of {self.made_at:%-d %b %Y}"


def in_force(
    tenant: Tenant, integration: type[Integration], options: Mapping[str, Any], rules: Iterable[Any]
) -> RuleBook:
    """Today's rules and options of an integration; `rules` are the tenant's cost code rules."""
    tables: dict[str, list[dict[str, Any]]] = {"rules": rows_of(rules)}
    if integration.reverse:
        reverse = ReverseRule.objects.filter(tenant=tenant)
        decisions = CostDecision.objects.filter(tenant=tenant)
        tables["reverse"] = rows_of(one.as_rule() for one in reverse)
        tables["decisions"] = rows_of(one.as_decision() for one in decisions)
    if integration.source.group:
        labour = labour_of(tenant)
        tables |= {"workers": rows_of(labour.workers.values()), "rates": rows_of(labour.rates)}
        earnings = EarningsRate.objects.filter(tenant=tenant).order_by("time_type")
        tables["earnings"] = [dict(one) for one in earnings.values("time_type", "earnings_rate")]
    if options.get("tax_codes"):
        tables["tax_codes"] = tax_types(tenant)
    names = kept_as_sent(integration)
    return RuleBook(
        options={name: value for name, value in sorted(options.items()) if name in names}, tables=tables
    )


def keep(tenant: Tenant, book: RuleBook) -> None:
    """Keep a book, where it is not kept yet."""
    if KeptBook.objects.filter(tenant=tenant, fingerprint=book.fingerprint).exists():
        return
    KeptTable.objects.bulk_create(
        [
            KeptTable(tenant=tenant, fingerprint=fingerprint, rows=list(book.tables[name]))
            for name, fingerprint in book.parts.items()
        ],
        ignore_conflicts=True,
    )
    row = KeptBook(tenant=tenant, fingerprint=book.fingerprint, options=dict(book.options), parts=book.parts)
    KeptBook.objects.bulk_create([row], ignore_conflicts=True)


def kept(tenant: Tenant, fingerprints: Iterable[str]) -> dict[str, RuleBook]:
    """The books of these fingerprints, the latest last. Two queries."""
    rows = list(KeptBook.objects.filter(tenant=tenant, fingerprint__in=list(fingerprints)).order_by("pk"))
    wanted = {part for row in rows for part in row.parts.values()}
    found = KeptTable.objects.filter(tenant=tenant, fingerprint__in=wanted)
    tables = dict(found.values_list("fingerprint", "rows"))
    return {
        row.fingerprint: RuleBook(
            options=row.options, tables={name: tables.get(part, []) for name, part in row.parts.items()}
        )
        for row in rows
    }


def ever_on(tenant: Tenant, integration: type[Integration], options: Mapping[str, Any]) -> frozenset[str]:
    """The options on which its joins depend that are on, or were when something was sent."""
    values = {join.when for join in integration.source.joins if join.when is not None}
    off = {pair for pair in values if str(options.get(pair[0])) != pair[1]}
    kept_options = KeptBook.objects.filter(tenant=tenant).values_list("options", flat=True) if off else ()
    then = {(name, value) for one in kept_options for name, value in off if str(one.get(name)) == value}
    return frozenset(name for name, _ in (values - off) | then)
