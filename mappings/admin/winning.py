"""Which rule wins for a cost: the page that shows every rule that fits, the most specific first."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from integrations.context import Rules
from integrations.models import Tenant
from mappings.admin.unmapped import Unmapped
from mappings.models import CatalogueEntry, CatalogueKind, CostCodeRule

ASKED = ("project", "code", "cost_type", "vendor")
GIVEN = {
    "expense_account": "expense account",
    "revenue_account": "revenue account",
    "item": "item",
    "tax_type": "tax type",
}


@dataclass
class Fitting:
    """A rule that fits, and what of it counts."""

    rule: CostCodeRule
    wins: list[str]  # `expense account 303`
    beaten: list[str]  # what a more specific rule gives instead

    @property
    def address(self) -> str:
        return reverse("admin:mappings_costcoderule_change", args=[self.rule.pk])

    @property
    def only_for(self) -> str:
        """What the rule asks for, in words."""
        named = zip(("project", "cost code", "cost type", "vendor"), ASKED)
        return ", ".join(f"{words} {value}" for words, name in named if (value := getattr(self.rule, name)))


def fitting(tenant: Tenant, asked: dict[str, str]) -> list[Fitting]:
    """Every rule that fits a cost, the most specific first, with the values it wins with."""
    rows = {tuple(getattr(row, name) for name in ASKED): row for row in tenant.cost_code_rules.all()}
    rules = Rules(row.as_rule() for row in rows.values())
    wanted: Any = {**asked, "vendor": (asked["vendor"],)}
    found: list[Fitting] = []
    for rule in rules.fitting(**wanted):
        row = rows[tuple(getattr(rule, name) for name in ASKED)]
        given = [(name, words, getattr(rule, name)) for name, words in GIVEN.items() if getattr(rule, name)]
        winning = {name for name, _, _ in given if rules.find(name, **wanted) is rule}
        found.append(
            Fitting(
                row,
                [f"{words} {value}" for name, words, value in given if name in winning],
                [f"{words} {value}" for name, words, value in given if name not in winning],
            )
        )
    return found


class Winning(Unmapped):
    """What the list of rules says of one cost."""

    def winning(self, request: HttpRequest) -> HttpResponse:
        """The page: a cost is described, and the rules that fit are shown."""
        tenant = self.one_tenant(request) or self.tenants(request).first()
        if tenant is None:
            return HttpResponseRedirect(reverse("admin:index"))
        asked = {name: request.GET.get(name, "").strip() for name in ASKED}
        entry = CatalogueEntry.objects.filter(
            tenant=tenant, kind=CatalogueKind.COST_CODE, code=asked["code"]
        ).first()
        context = {
            "tenant": tenant,
            "tenants": self.tenants(request) if self.has_several(request) else [],
            "asked": asked,
            "is_asked": any(asked.values()),
            "is_heading": entry is not None and not entry.is_leaf,
            "named": entry.name if entry else "",
            "rows": fitting(tenant, asked) if any(asked.values()) else [],
        }
        return self.file_page(request, "winning", title="Which rule wins?", **context)
