"""Two tenants with every kind of row, and people of every role, for tests of the portal."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from integrations.models import Connection, Credential, Membership, Setting, Tenant
from integrations.registry import NAMES
from mappings.labour import EarningsRate, Employee, LabourRate
from mappings.models import (
    CatalogueEntry,
    ContractTerms,
    CostCodeRule,
    HandLine,
    Link,
    TaxCode,
    UnregisteredVendor,
)
from onecore.models import Invitation, Upload
from runs.models import Entry, Run, RunState, Schedule, Warning

PASSWORD = "a long pass phrase 7"


def person(name: str, tenant: Tenant | None = None, role: str = "administrator", **over: Any) -> User:
    """Somebody who may sign in; of a tenant, in a role."""
    approves = over.pop("can_approve", False)
    user = User.objects.create_user(name, f"{name}@example.com", PASSWORD, is_staff=True, **over)
    if tenant is not None:
        Membership.objects.create(user=user, tenant=tenant, role=role, can_approve=approves)
    return user


def signed_in(user: User) -> Client:
    """A browser session of that person."""
    client = Client()
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def retention_rows(tenant: Tenant, canary: str) -> dict[str, Any]:
    """Terms, a claim that holds retention and a line entered by hand; `canary` stands in every text."""
    details = {
        "retention": "deduct", "contract": f"{canary}-contract", "contract_number": f"{canary}-SC-1",
        "vendor": f"{canary} vendor", "claim_number": "1", "held": "10.00", "released": "0.00",
    }  # fmt: skip
    claim = Link.objects.create(
        tenant=tenant, integration="progress-claims", role="bill", subject=f"{canary}-claim", system="xero",
        resource="bills", target_id=f"{canary}-bill", number=f"{canary}-INV", state="linked", details=details,
    )  # fmt: skip
    line = HandLine.objects.create(
        tenant=tenant, side="payable", key=f"{canary}-line", document_id=f"{canary}-document",
        resource="bills", number=f"{canary}-HAND", contact=f"{canary} vendor", amount=1,
    )  # fmt: skip
    terms = ContractTerms.objects.create(tenant=tenant, number=f"{canary}-SC-1", note=f"{canary} terms")
    return {"claim": claim, "hand-line": line, "terms": terms}


def full_tenant(slug: str, canary: str) -> dict[str, Any]:
    """A tenant with one row of everything; `canary` stands in every text of it."""
    tenant = Tenant.objects.create(slug=slug, name=f"{canary} tenant", support_contact=f"{canary} support")
    rows: dict[str, Any] = {"tenant": tenant}
    for system in ("procore", "xero"):
        credential = Credential.objects.create(
            name=f"{canary} {system}",
            system=system,
            environment="sandbox",
            client_id=f"{canary}-client",
            client_secret=f"{canary}-secret",
        )
        rows[system] = Connection.objects.create(
            tenant=tenant,
            system=system,
            credential=credential,
            external_id=f"{canary}-{system}",
            name=f"{canary} company",
        )
    rows["member"] = Membership.objects.get(user=person(f"{canary}-member", tenant, "viewer"))
    for slug_ in NAMES:
        rows[f"setting-{slug_}"] = Setting.objects.create(
            tenant=tenant, integration=slug_, enabled=True, recipients=[f"{canary}@example.com"]
        )
    for kind, code, name in (
        ("cost_code", "03-300", f"{canary} concrete"),
        ("cost_code", "03-400", f"{canary} precast"),
        ("account", "310", f"{canary} materials"),
        ("account", "312", f"{canary} subcontractors"),
        ("tax_rate", "INPUT", f"{canary} GST"),
    ):
        rows[f"{kind}-{code}"] = CatalogueEntry.objects.create(
            tenant=tenant, kind=kind, key=f"{canary}-{code}", code=code, name=name
        )
    rows["rule"] = CostCodeRule.objects.create(
        tenant=tenant, code="03-300", expense_account="310", note=f"{canary} note"
    )
    rows["employee"] = Employee.objects.create(
        tenant=tenant, person=f"{canary}-person", name=f"{canary} worker", payroll_employee=f"{canary} paid"
    )
    rows["rate"] = LabourRate.objects.create(tenant=tenant, trade=f"{canary} trade", rate=80)
    rows["earnings"] = EarningsRate.objects.create(
        tenant=tenant, time_type=f"{canary} time", earnings_rate=f"{canary} earnings"
    )
    rows["unregistered"] = UnregisteredVendor.objects.create(
        tenant=tenant, vendor=f"{canary}-vendor", name=f"{canary} small vendor", note=f"{canary} note"
    )
    rows["tax-code"] = TaxCode.objects.create(
        tenant=tenant, code=f"{canary}-tax", tax_type="INPUT", note=f"{canary} tax note"
    )
    rows["link"] = Link.objects.create(
        tenant=tenant,
        integration="contacts",
        role="vendor",
        subject=f"{canary}-subject",
        title=f"{canary} vendor",
        system="procore",
        resource="vendors",
        state="linked",
        target_id=f"{canary}-target",
        scope_id=f"{canary}-procore",
    )
    rows["run"] = Run.objects.create(
        tenant=tenant,
        integrations=["contacts"],
        mode="debug",
        state=RunState.DONE,
        started_by=f"{canary} starter",
        message=f"{canary} message",
        started_at=timezone.now(),
        finished_at=timezone.now(),
        counts={"contacts": {"create": 1}},
    )
    rows["entry"] = Entry.objects.create(
        run=rows["run"],
        integration="contacts",
        subject=f"{canary}-1",
        action="create",
        title=f"{canary} planned vendor",
        amount="120.00",
        differences=[{"field": "name", "before": "", "after": f"{canary} after"}],
    )
    rows["warning"] = Warning.objects.create(
        tenant=tenant,
        integration="progress-claims",
        code="not-mapped",
        record_key="cost code 03-400",
        record_title=f"{canary} claim",
        message=f"cost code 03-400 ({canary}) has no expense account",
        fix="cost-code-rules",
        affected=[{"key": f"{canary}-9", "title": f"{canary} claim 9"}],
        amount="63900.00",
        links=[{"label": "source", "url": f"https://app.procore.com/{canary}/9"}],
        search=f"{canary} claim cost code 03-400".casefold(),
    )
    rows["schedule"] = Schedule.objects.create(
        tenant=tenant, name=f"{canary} nightly", integrations=["nightly"]
    )
    rows["invitation"] = Invitation.objects.create(
        tenant=tenant, name=f"{canary} guest", email=f"{canary}-guest@example.com"
    )
    rows["upload"] = Upload.objects.create(
        user=rows["member"].user, tenant=tenant, name="rules.csv", sha256="0" * 64, content=f"code\n{canary}"
    )
    return rows
