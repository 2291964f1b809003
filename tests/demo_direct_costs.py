"""What becomes of the demo world's direct costs, case by case of their table."""

from __future__ import annotations

import re
from decimal import Decimal

from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds.demo_direct_costs import CASES, ids
from integrations.sandbox.worlds.demo_direct_costs import __doc__ as table
from mappings.models import Link
from runs.models import Warning

INTEGRATIONS = ("direct-costs", "paid-direct-costs")
WARNED = {
    "without-number": {"no-invoice-number"},
    "without-lines": {"no-lines"},
    "without-date": {"no-date"},
    "in-locked-period": {"locked-period"},
    "code-not-mapped": {"not-mapped"},
    "code-not-standard": {"not-standard"},
    "code-is-a-header": {"header-code"},
    "vendor-without-contact": {"vendor-not-linked"},
    "without-vendor": {"no-vendor"},
    "number-used-twice": {"same-key"},
    "number-used-twice again": {"same-key"},
    "number-of-a-claim": {"taken"},
    "number-taken-other-amount": {"other-amount"},
    "three-faults": {"no-invoice-number", "vendor-not-linked", "not-mapped"},
}
# what their document comes to before tax, credit notes below nothing
SENT = {
    "sent": "1625.50",
    "negative": "-220.00",
    "cancels-out": "0.00",
    "bill-already-there-paid": "1500.00",
}
LEFT_OUT = ("not-approved", "expense", "payroll", "of-another-integration", "project-not-linked")


def every_direct_cost_is_told(sandbox: Sandbox) -> None:
    """Each direct cost of the table: its warnings, what it became, or nothing at all."""
    assert {*WARNED, *SENT, *LEFT_OUT} == set(CASES)
    assert set(re.findall(r"^    (\S.*?)  +\S.*$", table or "", re.MULTILINE)) <= set(CASES)
    assert {case: _warned(case) for case in CASES if _warned(case)} == WARNED
    assert {case: amount for case in CASES if (amount := _amount(sandbox, case))} == SENT
    paid = {one["id"]: one.get("payment_date") for one in sandbox.records("procore", "direct_costs")}
    dated = {case: day for case in CASES if (day := paid[ids()[case]])}
    assert dated == {"bill-already-there-paid": "2026-11-10"}


def _warned(case: str) -> set[str]:
    key = str(ids()[case])
    found = Warning.objects.filter(integration__in=INTEGRATIONS).exclude(state="resolved")
    return {
        one.code for one in found if one.record_key == key or any(row["key"] == key for row in one.affected)
    }


def _amount(sandbox: Sandbox, case: str) -> str:
    """What its document holds in Xero; "" without one."""
    link = Link.objects.filter(integration="direct-costs", subject=str(ids()[case])).linked().first()
    if link is None:
        return ""
    shelf, key, sign = ("Invoices", "InvoiceID", 1)
    if link.resource == "credit_notes":
        shelf, key, sign = ("CreditNotes", "CreditNoteID", -1)
    found = next(one for one in sandbox.records("xero", shelf) if one[key] == link.target_id)
    return str(sign * Decimal(str(found["SubTotal"])))
