"""Standard codes that no rule gives an account, the used ones first, each with a suggestion."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from integrations.admin.display import amount, count
from integrations.context import Rules
from integrations.models import Tenant
from mappings.admin.tables import FiledTable
from mappings.catalogue import Choices
from mappings.models import CatalogueEntry, CatalogueKind, CostCodeRule
from mappings.similar import similar

SHOWN = 200
CODES = ("not-mapped", "not-standard")  # warnings about a code without an account
KEY = "cost code "
ASKED = "account_"


@dataclass
class Gap:
    """A code without an account."""

    code: str
    name: str
    waiting: int = 0
    money: Decimal | None = None
    suggestion: str = ""
    why: str = ""

    @property
    def shown_money(self) -> str:
        return amount(self.money) if self.waiting else ""


def gaps_of(tenant: Tenant) -> list[Gap]:
    """Codes without an account: those that hold up documents first, then the rest of the standard list."""
    rules = Rules(rule.as_rule() for rule in CostCodeRule.objects.filter(tenant=tenant))
    entries = CatalogueEntry.objects.filter(
        tenant=tenant, kind=CatalogueKind.COST_CODE, is_active=True, is_leaf=True
    )
    names = dict(entries.order_by("code").values_list("code", "name"))
    held = waiting_for(tenant)
    found = [
        Gap(code, names.get(code, "not on the standard list"), *held.get(code, (0, None)))
        for code in dict.fromkeys([*held, *names])
        if code in held or rules.find("expense_account", code=code) is None
    ]
    return sorted(found, key=lambda gap: (-gap.waiting, gap.code))


def waiting_for(tenant: Tenant) -> dict[str, tuple[int, Decimal | None]]:
    """How many documents wait for each code, and their amount: one code holds up several integrations."""
    warnings = tenant.warnings.filter(code__in=CODES, state__in=("open", "acknowledged"))
    held: dict[str, tuple[int, Decimal | None]] = {}
    for key, affected, money in warnings.values_list("record_key", "affected", "amount"):
        code = key.removeprefix(KEY)
        documents, total = held.get(code, (0, None))
        held[code] = (
            documents + (len(affected) or 1),
            total if money is None else (total or Decimal(0)) + money,
        )
    return held


def suggest(tenant: Tenant, gaps: list[Gap], choices: Choices) -> None:
    """Fill in suggestions: an account with a like name, else the one most rules of the division have."""
    accounts = {entry.name: code for code, entry in choices.of("expense_account").items() if entry.name}
    divisions: dict[str, Counter[str]] = {}
    rules = CostCodeRule.objects.filter(tenant=tenant).exclude(expense_account="").exclude(code="")
    for code, account in rules.values_list("code", "expense_account"):
        divisions.setdefault(division(code), Counter())[account] += 1
    for gap in gaps:
        like = similar(gap.name, accounts)
        if like:
            gap.suggestion, gap.why = accounts[like[0][0]], f"its name is like {like[0][0]}"
        elif division(gap.code) in divisions:
            gap.suggestion = divisions[division(gap.code)].most_common(1)[0][0]
            gap.why = f"as the other codes of division {division(gap.code)}"


def division(code: str) -> str:
    """The part of a code before its first separator."""
    return code.replace(".", "-").partition("-")[0]


class Unmapped(FiledTable):
    """What the list of rules says of codes without a rule."""

    def waiting_words(self, request: HttpRequest) -> str:
        """`14 codes used by waiting documents have no account`; "" when there are none."""
        held = self.tenants(request).filter(
            warnings__code__in=CODES, warnings__state__in=("open", "acknowledged")
        )
        number = held.order_by().values("pk", "warnings__record_key").distinct().count()
        has = "has" if number == 1 else "have"
        return f"{count(number, 'code')} used by waiting documents {has} no account." if number else ""

    def unmapped(self, request: HttpRequest) -> HttpResponse:
        """The page of codes without a rule; saving makes a rule for each filled-in account."""
        tenant = self.one_tenant(request) or self.tenants(request).first()
        if tenant is None:
            return HttpResponseRedirect(reverse("admin:index"))
        may = self.tenants(request, "change").filter(pk=tenant.pk).exists()
        choices, gaps = Choices(tenant), gaps_of(tenant)
        only = request.GET.get("show", "")
        shown = [gap for gap in gaps if gap.waiting or only != "used"][:SHOWN]
        suggest(tenant, shown, choices)
        if only == "suggested":
            shown = [gap for gap in shown if gap.suggestion]
        wrong = self.give_accounts(request, tenant, choices) if request.method == "POST" and may else None
        if wrong == {}:
            return HttpResponseRedirect(f"{reverse('admin:rules_unmapped')}?client={tenant.slug}&show={only}")
        rows = [
            (gap, request.POST.get(ASKED + gap.code, ""), (wrong or {}).get(gap.code, "")) for gap in shown
        ]
        context = {
            "tenant": tenant,
            "tenants": self.tenants(request) if self.has_several(request) else [],
            "rows": rows,
            "total": len(gaps),
            "used": sum(1 for gap in gaps if gap.waiting),
            "accounts": list(choices.titles("expense_account")),
            "only": only,
            "may": may,
            "wrong": wrong,
        }
        return self.file_page(request, "unmapped", title="Codes without a rule", **context)

    def give_accounts(self, request: HttpRequest, tenant: Tenant, choices: Choices) -> dict[str, str]:
        """Make a rule for each code that was given an account; all or none. What is wrong, by code."""
        given = {
            name.removeprefix(ASKED): str(value).strip()
            for name, value in request.POST.items()
            if name.startswith(ASKED) and str(value).strip()
        }
        wrong = {
            code: told for code, value in given.items() if (told := choices.wrong("expense_account", value))
        }
        if wrong or not given:
            return wrong
        with transaction.atomic():
            for code, account in given.items():
                rule: Any = CostCodeRule.objects.get_or_create(
                    tenant=tenant,
                    project="",
                    code=code,
                    cost_type="",
                    vendor="",
                    defaults={"expense_account": account},
                )[0]
                if rule.expense_account != account:
                    rule.expense_account = account
                rule._history_user = request.user
                rule.save()
        held: dict[str, Any] = waiting_for(tenant)
        freed = sum(held[code][0] for code in given if code in held)
        told = f"{count(len(given), 'rule')} saved."
        told += f" {count(freed, 'waiting document')} can go with the next run." if freed else ""
        messages.success(request, told)
        return {}
