"""What the demo's run test asks of files and of what changes after payment."""

from __future__ import annotations

from decimal import Decimal

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds.demo_adjustments import PAID
from integrations.sandbox.xero.records import organisation_for
from mappings.models import Link
from runs import approvals
from runs.management.commands.sync import work_here
from runs.models import Warning

CLAIMS = "progress-claims"


def choose(tenant: Tenant) -> None:
    """Files go along."""
    setting = Setting.objects.get(tenant=tenant, integration=CLAIMS)
    setting.options = {**setting.options, "attachments": True}
    setting.save()


def every_file_is_told(sandbox: Sandbox) -> None:
    """The invoice first, then the photo; a drawing is a warning, and its claim is sent all the same."""
    organisation = organisation_for(sandbox, None)
    bills = {one["InvoiceNumber"]: one["InvoiceID"] for one in sandbox.records("xero", "Invoices")}
    held = {number: list(organisation.attachments.get(bills[number], {})) for number in (
        "SC-2605-01-01", "SC-2605-01-02")}  # fmt: skip
    assert held == {
        "SC-2605-01-01": ["SC-2605-01-01 tax invoice.pdf", "Site 14 July.jpg"],
        "SC-2605-01-02": ["SC-2605-01-02 tax invoice.pdf"],
    }
    assert Warning.objects.get(code="attachment", state="open").message.startswith(
        "its attachment Slab set-out"
    )


def what_happened_later_is_told(sandbox: Sandbox) -> None:
    """A claim changed after a payment waits for a person; what that person sends makes up the difference."""
    claim = next(one for one in sandbox.records("procore", "requisitions") if one["invoice_number"] == PAID)
    warning = Warning.objects.exclude(state="resolved").get(code="needs-adjustment", integration=CLAIMS)
    assert warning.record_key == str(claim["id"])
    work_here(approvals.approve_adjustment(warning, None, by="tests"))
    assert adjusted(claim["id"]) == Decimal("-400.00")


def adjusted(claim: int) -> Decimal:
    """What a claim's adjustments come to."""
    links = Link.objects.filter(integration=CLAIMS, subject=str(claim), role__startswith="adjustment:")
    signs = {"bills": 1, "credit_notes": -1}
    return sum((signs[one.resource] * (one.amount or Decimal(0)) for one in links.linked()), Decimal(0))
