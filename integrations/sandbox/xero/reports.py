"""The trial balance: what approved documents, payments, bank transactions and posted journals come to."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.sandbox.routing import Answer, Request, dump
from integrations.sandbox.xero.gate import organisation_of, router
from integrations.sandbox.xero.listing import enveloped
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.shelf import Record
from integrations.sandbox.xero.values import ZERO, cents, ms_moment, to_date

_SIGNS = {"ACCPAY": 1, "ACCREC": -1, "ACCPAYCREDIT": -1, "ACCRECCREDIT": 1}
_HEADINGS = ("Account", "Debit", "Credit", "YTD Debit", "YTD Credit")
_ONE = Decimal(1)
Posting = tuple[str, Decimal]


def balances(organisation: Organisation, last: date) -> tuple[dict[str, Decimal], dict[str, Decimal]]:
    """By account id, debit positive: what moved in the month until a day, and what is held on it. Each is
    nil in sum.
    """
    month: dict[str, Decimal] = defaultdict(lambda: ZERO)
    held: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for day, postings in _postings(organisation):
        for account, amount in postings if day <= last else ():
            held[account] += amount
            if day >= last.replace(day=1):
                month[account] += amount
    return month, held


def _postings(organisation: Organisation) -> Iterator[tuple[date, list[Posting]]]:
    system = {a.get("SystemAccount"): a["AccountID"] for a in organisation["Accounts"].rows()}
    for kind in ("Invoices", "CreditNotes"):
        for document in organisation[kind].rows():
            if document["Status"] in ("AUTHORISED", "PAID"):
                control = system.get(_control(document["Type"]), "")
                yield document["Date"], _document(document, _SIGNS[document["Type"]], system, control)
    for row in organisation["BankTransactions"].rows():
        if row["Status"] == "AUTHORISED":
            sign = 1 if row["Type"].startswith("SPEND") else -1
            yield row["Date"], _document(row, sign, system, row["AccountID"] or "")
    for payment in organisation["Payments"].rows():
        if payment["Status"] != "DELETED":
            yield payment["Date"], _payment(organisation, payment, system)
    for journal in organisation["ManualJournals"].rows():
        if journal["Status"] == "POSTED":
            lines = journal["JournalLines"]
            taxes = [(system.get("GST", ""), line["TaxAmount"]) for line in lines]
            yield journal["Date"], [*_nets(journal, lines, system), *taxes]


def _control(type: str) -> str:
    return "CREDITORS" if type.startswith(("ACCPAY", "SPEND")) else "DEBTORS"


def _nets(document: Record, lines: list[dict[str, Any]], system: dict[Any, str]) -> Iterator[Posting]:
    """Each line before tax; one of an overpayment without an account stands on the control account."""
    inclusive = document["LineAmountTypes"] == "Inclusive"
    for line in lines:
        net = line.get("LineAmount", ZERO) - (line["TaxAmount"] if inclusive else ZERO)
        yield line.get("AccountID") or system.get(_control(document.get("Type", "SPEND")), ""), net


def _document(document: Record, sign: int, system: dict[Any, str], other: str) -> list[Posting]:
    """Lines and tax in the organisation's own currency, and the account that stands against them."""
    rate = Decimal(document.get("CurrencyRate") or _ONE)
    parts = [*_nets(document, document["LineItems"], system), (system.get("GST", ""), document["TotalTax"])]
    own = [(account, sign * cents(amount / rate)) for account, amount in parts]
    return [*own, (other, -sum((amount for _, amount in own), ZERO))]


def _payment(organisation: Organisation, payment: Record, system: dict[Any, str]) -> list[Posting]:
    """A payment of a document, or the refund of a credit."""
    document = organisation[payment["Kind"]].get(payment["DocumentID"])
    assert document is not None
    type = document["Type"]
    sign = _SIGNS.get(type) or (-1 if type.startswith("SPEND") else 1)
    amount = sign * cents(payment["Amount"] / Decimal(payment["CurrencyRate"]))
    return [(system.get(_control(type), ""), amount), (payment["AccountID"], -amount)]


@router.route("GET", "/api.xro/2.0/Reports/TrialBalance")
def trial_balance(sandbox: Any, request: Request) -> Answer:
    """The trial balance on a day, today without one: what moved in its month, and what the accounts hold."""
    organisation = organisation_of(sandbox, request)
    last = to_date(request.arg("date")) or organisation.today()
    columns = balances(organisation, last)
    rows: list[dict[str, Any]] = [{"RowType": "Header", "Cells": [{"Value": name} for name in _HEADINGS]}]
    for title in ("REVENUE", "EXPENSE", "ASSET", "LIABILITY", "EQUITY"):
        accounts = [
            account
            for account in organisation["Accounts"].rows()
            if account["Class"] == title and any(sums.get(account["AccountID"]) for sums in columns)
        ]
        shown = [_row(a, [sums.get(a["AccountID"], ZERO) for sums in columns]) for a in accounts]
        rows.append({"RowType": "Section", "Title": title.capitalize(), "Rows": shown})
    debits = [str(sum((value for value in sums.values() if value > 0), ZERO)) for sums in columns]
    totals = [{"Value": text} for text in ("Total", debits[0], debits[0], debits[1], debits[1])]
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


def _row(account: Record, amounts: list[Decimal]) -> dict[str, Any]:
    attributes = [{"Value": account["AccountID"], "Id": "account"}]
    values = [f"{account['Name']} ({account.get('Code', '')})"]
    for amount in amounts:
        values += [str(amount), ""] if amount > 0 else ["", str(-amount)]
    return {"RowType": "Row", "Cells": [{"Value": value, "Attributes": attributes} for value in values]}
