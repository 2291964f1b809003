"""A tenant connected to a sandbox, for tests of runs, and what they ask of both systems afterwards."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.core.management import call_command

from integrations import registry
from integrations.models import Connection, Credential, Setting, Tenant, connections_of
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import ACCOUNTS_BY_CODE, world
from integrations.xero.client import XeroClient
from integrations.xero.resources import BILLS
from mappings.models import CostCodeRule
from runs import approvals, dispatch
from runs.clients import client_of
from runs.management.commands.sync import work_here
from runs.models import Mode, Run
from runs.progress import Progress

PLENTY = {
    "minute": 100_000,
    "day": 1_000_000,
    "spike": 100_000,
    "hour": 1_000_000,
}  # limits have tests of their own
RETENTION = {"retention_held_account": "815", "retention_released_account": "815"}


def connect(given: dict[str, Any], *, slug: str = "small", enabled: tuple[str, ...] = ()) -> Tenant:
    """A tenant whose connections lead to the only company and organisation of a world."""
    company = given["procore"]["companies"][0]
    organisation = given["xero"]["organisations"][0]
    tenant = Tenant.objects.create(name=company["name"], slug=slug, time_zone="Australia/Sydney")
    for system, external_id, client in (
        ("procore", str(company["id"]), "sandbox-procore"),
        ("xero", organisation["tenantId"] if "tenantId" in organisation else organisation["OrganisationID"],
         "sandbox-xero-custom"),
    ):  # fmt: skip
        credential = Credential.objects.create(
            name=f"{slug} {system}", system=system, environment="sandbox",
            kind=Credential.Kind.CLIENT_CREDENTIALS,
            client_id=client, client_secret=f"{client}-secret", tiers=PLENTY,
        )  # fmt: skip
        Connection.objects.create(
            tenant=tenant, system=system, credential=credential, external_id=external_id
        )
    for integration in enabled or tuple(registry.BY_SLUG):
        options = RETENTION if integration == "progress-claims" else {}
        Setting.objects.create(tenant=tenant, integration=integration, enabled=True, options=options)
    CostCodeRule.objects.bulk_create(
        CostCodeRule(tenant=tenant, code=code, expense_account=account)
        for code, account in ACCOUNTS_BY_CODE.items()
    )
    return tenant


def prepared(sandbox: Sandbox, name: str = "small", **over: Any) -> Tenant:
    """The sandbox with a world, and a tenant connected to it."""
    given = world(name)
    sandbox.load(given)
    sandbox.switches.limits = False
    sandbox.clock.set(now=datetime.now(UTC))  # cursors are kept by our clock
    return connect(given, **over)


def sync(tenant: Tenant, *integrations: str, mode: str = Mode.LIVE, **over: Any) -> Run:
    """A run worked on in this process, to its end."""
    run = dispatch.start(tenant, integrations or ("nightly",), mode=mode, **over)
    work_here(run)
    run.refresh_from_db()
    return run


def planned(tenant: Tenant, *integrations: str) -> Run:
    """The plan that would bring what was sent to today's rules and options."""
    return sync(tenant, *integrations, mode=Mode.DEBUG, renews=True)


def renewed(tenant: Tenant, *integrations: str) -> Run:
    """The run that applied such a plan."""
    run = approvals.approve(planned(tenant, *integrations), None, by="tests")
    work_here(run)
    run.refresh_from_db()
    return run


def bills(sandbox: Sandbox) -> list[dict[str, Any]]:
    """Xero's bills that count, drafts included."""
    found = sandbox.records("xero", "Invoices")
    return [one for one in found if one["Type"] == "ACCPAY" and one["Status"] not in ("VOIDED", "DELETED")]


def numbers(sandbox: Sandbox) -> Counter[str]:
    """How often each bill number exists."""
    return Counter(one["InvoiceNumber"] for one in bills(sandbox))


def total(sandbox: Sandbox) -> Decimal:
    """What all bills come to before tax."""
    return sum((Decimal(str(one["SubTotal"])) for one in bills(sandbox)), Decimal(0))


def writes(sandbox: Sandbox) -> int:
    """How many writes the sandbox has counted."""
    return int(sandbox.calls.summary()["writes"])


def printed(*arguments: str, capsys: Any) -> str:
    """What a management command prints."""
    call_command(*arguments)
    return str(capsys.readouterr().out)


def enter_bill(tenant: Tenant, *, number: str, contact: str, url: str = "", amount: str = "1.00") -> None:
    """A bill somebody enters in Xero, through the API."""
    progress = Progress(Run(tenant=tenant))
    progress.fence = lambda: None  # type: ignore[method-assign]
    client = client_of(XeroClient, connections_of(tenant)["xero"], progress.run, progress)
    line = {"Description": "By hand", "Quantity": 1, "UnitAmount": Decimal(amount), "AccountCode": "303"}
    bill = {"Type": "ACCPAY", "Contact": {"ContactID": contact}, "InvoiceNumber": number, "LineItems": [line]}
    assert BILLS.create is not None
    answered = client.write(BILLS.create, [bill | ({"Url": url} if url else {})], key=f"by-hand-{number}")
    assert answered[0].ok, answered
