"""What the demo world's commitments and owner's side lead to, as the tables of their worlds say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from integrations.models import Setting, Tenant
from integrations.sandbox.server import Sandbox
from mappings.models import CostCodeRule
from runs.models import Warning

INTEGRATIONS = ("commitments", "head-contract-claims", "payments-received")
OPTIONS: dict[str, dict[str, Any]] = {
    "commitments": {"number": "{number}"},
    "head-contract-claims": {
        "bill_status": "AUTHORISED",
        "retention_held_account": "615",
        "markup_account": "210",
    },
}
# open warnings: what the record's title holds -> their kinds
ORDERS_WARNED = {
    "Crane mats": {"no-number"},
    "SC-2601-62": {"no-lines"},
    "SC-2601-63": {"does-not-add-up"},
    "SC-2602-61": {"no-code"},
    "SC-2602-62": {"number-taken"},
    "SC-2602-63": {"other-amount"},
    "SC-2602-65": {"not-moved"},
}
CLAIMS_WARNED = {
    "HC2 claim 1": {"no-client", "no-date"},  # of BB-2604 and of BB-2605
    "Jetty Lane Developments, HC1 claim 1": {"client-not-linked"},
    "Plane Tree School, HC2 claim 2": {"no-revenue-account"},
    "Plane Tree School, HC2 claim 3": {"no-lines"},
    "Plane Tree School, HC2 claim 4": {"does-not-add-up"},
    "Harbourside Storage Trust, HC1 claim 1": {"number-taken"},
    "Harbourside Storage Trust, HC1 claim 2": {"other-amount"},
    "Linden Medical Holdings, HC2 claim 7": {"locked-period"},
    "Linden Medical Holdings, HC2 claim 8": {"release-unknown"},
}
THREE_FAULTS = {"no-client", "no-date", "no-revenue-account"}
ORDERS = {  # number -> status and amount before tax
    "SC-2602-64": ("AUTHORISED", "12000.00"),
    "SC-2605-61": ("BILLED", "12000.00"),
    "SC-2605-62": ("BILLED", "4000.00"),
    "PO-2605-63": ("AUTHORISED", "12000.00"),
    "SC-2604-61": ("AUTHORISED", "13500.00"),
    "SC-2604-62": ("AUTHORISED", "12800.00"),
    "SC-2604-63": ("AUTHORISED", "12000.00"),
    "SC-2604-64": ("AUTHORISED", "12000.00"),
}
NOT_SENT = ("SC-2605-64", "SC-2605-65", "PO-2605-66", "SC-2605-67", "SC-2605-68")
INVOICES = {  # number -> amount before tax, credit notes below nothing
    "BB-2601-HC1-1": "54000.00",
    "BB-2601-HC1-4": "54000.00",
    "BB-2602-HC1-2": "45150.00",
    "BB-2602-HC1-3": "-7600.00",
    "BB-2603-HC1-3": "15200.00",
    "BB-2605-HC1-1": "24000.00",
    "BB-2605-HC1-2": "14400.00",
}


def choose(tenant: Tenant) -> None:
    """The options and rules the tables are written for."""
    for integration, options in OPTIONS.items():
        Setting.objects.filter(tenant=tenant, integration=integration).update(options=options)
    CostCodeRule.objects.filter(tenant=tenant).update(revenue_account="200")


def warned(integration: str) -> dict[str, set[str]]:
    """The kinds of open warnings by the title of the record, those about what is missing included."""
    found: dict[str, set[str]] = {}
    for one in Warning.objects.filter(integration=integration).exclude(state="resolved"):
        for title in [row["title"] for row in one.affected] or [one.record_title]:
            found.setdefault(title, set()).add(one.code)
    return found


def about(words: str, told: dict[str, set[str]]) -> set[str]:
    """The kinds of warnings of records whose title holds the words."""
    return set().union(*(codes for title, codes in told.items() if words in title))


def orders(sandbox: Sandbox) -> dict[str, tuple[str, str]]:
    """Living purchase orders by number."""
    return {
        one["PurchaseOrderNumber"]: (
            one["Status"],
            str(Decimal(str(one["SubTotal"])).quantize(Decimal("0.01"))),
        )
        for one in sandbox.records("xero", "PurchaseOrders")
        if one["Status"] != "DELETED"
    }


def invoices(sandbox: Sandbox) -> dict[str, Decimal]:
    """Living sales invoices by number, credit notes with their sign turned."""
    rows = [(one["InvoiceNumber"], one, 1) for one in sandbox.records("xero", "Invoices")]
    rows += [(one["CreditNoteNumber"], one, -1) for one in sandbox.records("xero", "CreditNotes")]
    return {
        number: sign * Decimal(str(one["SubTotal"]))
        for number, one, sign in rows
        if one["Type"] in ("ACCREC", "ACCRECCREDIT") and one["Status"] not in ("VOIDED", "DELETED")
    }


def every_case_is_told(sandbox: Sandbox) -> None:
    """Commitments and head contract claims after the first run."""
    told = warned("commitments")
    assert {words: about(words, told) for words in ORDERS_WARNED} == ORDERS_WARNED
    there = orders(sandbox)
    held = {number: there.get(number) for number in ORDERS}
    assert held == ORDERS, held
    assert not there.keys() & set(NOT_SENT)
    told = warned("head-contract-claims")
    assert {words: about(words, told) for words in CLAIMS_WARNED} == CLAIMS_WARNED
    assert THREE_FAULTS in told.values()
    made = invoices(sandbox)
    wanted = {number: Decimal(amount) for number, amount in INVOICES.items()}
    assert {number: made.get(number) for number in INVOICES} == wanted, made
    assert received(sandbox) == {"BB-2605-HC1-1": [Decimal("10000.00")]}


def received(sandbox: Sandbox) -> dict[str, list[Decimal]]:
    """What was written of payments received, by the number of the invoice."""
    heads = {one["id"] for one in sandbox.records("procore", "prime_contracts")}
    found: dict[str, list[Decimal]] = {}
    for one in sandbox.records("procore", "contract_payments"):
        if one["contract_id"] in heads:
            found.setdefault(one["invoice_number"], []).append(Decimal(str(one["amount"])))
    return found


def what_happened_later_is_told(sandbox: Sandbox) -> None:
    """The acts of the tables after the next run."""
    there, told = orders(sandbox), warned("commitments")
    assert there["SC-2604-63"] == ("AUTHORISED", "12950.00")
    assert about("SC-2604-64", told) == {"withdrawn"}
    assert invoices(sandbox)["BB-2601-HC1-3"] == Decimal("59500.00")
    assert received(sandbox) == {
        "BB-2601-HC1-1": [Decimal("54000.00")],
        "BB-2602-HC1-1": [Decimal("20000.00")],
        "BB-2602-HC1-3": [Decimal("-7600.00")],
        "BB-2602-HC1-2": [Decimal("7600.00")],
    }
    issued = [
        (one["invoice_number"], Decimal(str(one["amount"])))
        for one in sandbox.records("procore", "contract_payments")
        if str(one.get("notes") or "").startswith("Xero credit note")
        and one["invoice_number"].startswith("SC")
    ]
    assert sorted(issued) == [("SC-2601-53-01", Decimal("4500.00")), ("SC-2601-53-02", Decimal("-4500.00"))]
