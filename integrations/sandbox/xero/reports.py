"""The trial balance, from approved documents and payments alone (worlds hold no journals)."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.sandbox.routing import Answer, Request, dump
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.listing import enveloped
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import ZERO, ms_moment, to_date

_SIGNS = {"ACCPAY": 1, "ACCREC": -1, "ACCPAYCREDIT": -1, "ACCRECCREDIT": 1}
_HEADINGS = ("Account", "Debit", "Credit", "YTD Debit", "YTD Credit")


def balances(organisation: Organisation, last: date) -> dict[str, Decimal]:
    """What each account holds on a day by its id, debit positive; the sum is zero."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    system = {a.get("SystemAccount"): a["AccountID"] for a in organisation["Accounts"].rows()}
    for kind in ("Invoices", "CreditNotes"):
        for document in organisation[kind].rows():
            if document["Status"] in ("AUTHORISED", "PAID") and document["Date"] <= last:
                _post(document, sums, system)
    for payment in organisation["Payments"].rows():
        if (
            payment["Status"] == "DELETED"
            or payment["Date"] > last
            or payment["Kind"] not in ("Invoices", "CreditNotes")
        ):
            continue
        sign = _SIGNS[organisation[payment["Kind"]].get(payment["DocumentID"])["Type"]]  # type: ignore[index]
        bill = payment["PaymentType"] in ("ACCPAYPAYMENT", "APCREDITPAYMENT")
        sums[system.get("CREDITORS" if bill else "DEBTORS", "")] += sign * payment["Amount"]
        sums[payment["AccountID"]] -= sign * payment["Amount"]
    return sums


def _post(document: Record, sums: dict[str, Decimal], system: dict[Any, str]) -> None:
    sign = _SIGNS[document["Type"]]
    for line in document["LineItems"]:
        net = line.get("LineAmount", ZERO) - (
            line["TaxAmount"] if document["LineAmountTypes"] == "Inclusive" else ZERO
        )
        sums[line.get("AccountID", "")] += sign * net
    sums[system.get("GST", "")] += sign * document["TotalTax"]
    control = "CREDITORS" if document["Type"].startswith("ACCPAY") else "DEBTORS"
    sums[system.get(control, "")] -= sign * document["Total"]


@router.route("GET", "/api.xro/2.0/Reports/TrialBalance")
def trial_balance(sandbox: Any, request: Request) -> Answer:
    """The trial balance on a day, today without one."""
    organisation = organisation_of(sandbox, request)
    last = to_date(request.arg("date")) or organisation.today()
    sums = balances(organisation, last)
    rows: list[dict[str, Any]] = [{"RowType": "Header", "Cells": [{"Value": name} for name in _HEADINGS]}]
    for title in ("REVENUE", "EXPENSE", "ASSET", "LIABILITY", "EQUITY"):
        accounts = [
            a for a in organisation["Accounts"].rows() if a["Class"] == title and sums.get(a["AccountID"])
        ]
        rows.append(
            {
                "RowType": "Section",
                "Title": title.capitalize(),
                "Rows": [_row(a, sums[a["AccountID"]]) for a in accounts],
            }
        )
    debit = sum((value for value in sums.values() if value > 0), ZERO)
    totals = [{"Value": text} for text in ("Total", str(debit), str(debit), str(debit), str(debit))]
    rows.append({"RowType": "Section", "Title": "", "Rows": [{"RowType": "SummaryRow", "Cells": totals}]})
    report = {
        "ReportID": "TrialBalance",
        "ReportName": "Trial Balance",
        "ReportType": "TrialBalance",
        "ReportTitles": ["Trial Balance", organisation.settings["Name"], f"As at {last.day} {last:%B %Y}"],
        "ReportDate": f"{last.day} {last:%B %Y}",
        "UpdatedDateUTC": ms_moment(organisation.milliseconds()),
        "Rows": rows,
    }
    return enveloped(organisation, "Reports", [dump(report)])


def _row(account: Record, balance: Decimal) -> dict[str, Any]:
    attributes = [{"Value": account["AccountID"], "Id": "account"}]
    debit, credit = (str(balance), "") if balance > 0 else ("", str(-balance))
    values = (f"{account['Name']} ({account.get('Code', '')})", debit, credit, debit, credit)
    return {"RowType": "Row", "Cells": [{"Value": value, "Attributes": attributes} for value in values]}
