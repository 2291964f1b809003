"""What a rule may name: the tenant's codes, accounts, tax types and items,
and the nearest one to a wrong one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from rapidfuzz import fuzz, process

from integrations.models import Tenant
from mappings.models import CatalogueEntry, CatalogueKind

NEAR = 55  # of 100; below it no other code is suggested
COLUMNS = {
    "code": CatalogueKind.COST_CODE,
    "cost_type": CatalogueKind.COST_TYPE,
    "expense_account": CatalogueKind.ACCOUNT,
    "revenue_account": CatalogueKind.ACCOUNT,
    "item": CatalogueKind.ITEM,
    "tax_type": CatalogueKind.TAX_RATE,
    "tax_code": CatalogueKind.TAX_CODE,
}
WORDS = {
    "code": "cost code",
    "cost_type": "cost type",
    "expense_account": "account",
    "revenue_account": "account",
    "item": "item",
    "tax_type": "tax type",
    "tax_code": "tax code",
}


class Choices:
    """The catalogue of one tenant, read once, asked for every row of a form or file."""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant

    @cached_property
    def entries(self) -> Mapping[str, Mapping[str, CatalogueEntry]]:
        """Active entries by kind and code; one query."""
        found: dict[str, dict[str, CatalogueEntry]] = {kind.value: {} for kind in CatalogueKind}
        for entry in CatalogueEntry.objects.filter(tenant=self.tenant, is_active=True):
            found[entry.kind][entry.code or entry.key] = entry
        return found

    def of(self, column: str) -> Mapping[str, CatalogueEntry]:
        """The entries that a column of a rule may name."""
        return self.entries[COLUMNS[column].value]

    def unread(self) -> list[str]:
        """Kinds nothing is known of yet, so that they cannot be checked."""
        seen = {WORDS[column]: self.of(column) for column in ("code", "expense_account")}
        return [words for words, entries in seen.items() if not entries]

    def wrong(self, column: str, value: str) -> str:
        """What is wrong with a value, and the nearest right one; "" when it is fine or cannot be checked."""
        known = self.of(column)
        if not value or not known:
            return ""
        if column == "code" and value.endswith("*"):
            fits = any(code.startswith(value[:-1]) for code in known)
            return "" if fits else f"No cost code begins with “{value[:-1]}”."
        entry = known.get(value)
        if entry is None:
            return f"There is no {WORDS[column]} “{value}”.{self.nearest(value, known)}"
        if column == "code" and not entry.is_leaf:
            return f"Cost code {value} is a heading: choose one of the codes below it."
        return ""

    def nearest(self, value: str, known: Mapping[str, CatalogueEntry]) -> str:
        """The code that looks most like the value, or whose name does."""
        names = {code: entry.name for code, entry in known.items()}
        by_code = process.extractOne(value, list(names), scorer=fuzz.ratio, score_cutoff=NEAR)
        by_name = process.extractOne(value, names, scorer=fuzz.WRatio, score_cutoff=85)
        code = by_code[0] if by_code else by_name[2] if by_name else ""
        return f" The nearest is {code} {names[code]}".rstrip() + "." if code else ""

    def titles(self, column: str) -> Iterable[tuple[str, str]]:
        """Code and name of each entry, for a list to choose from."""
        return ((code, entry.name) for code, entry in sorted(self.of(column).items()))
