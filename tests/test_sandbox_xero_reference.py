"""The simulated Xero to the letter of its reference: reports, currencies, defaults, orders, payroll."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests

from integrations.sandbox.server import Sandbox
from tests.xero_caller import AYR, SCOPES, TENANT, WORLD, Caller, bill, payment, served

REPORTS = f"{SCOPES} accounting.reports.trialbalance.read accounting.manualjournals"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    yield from served()


@pytest.fixture
def caller(sandbox: Sandbox) -> Caller:
    return Caller(sandbox, REPORTS)


def held(caller: Caller, **query: Any) -> dict[str, tuple[Decimal, Decimal]]:
    """By account name: what the trial balance says moved in the month, and what is held; debit positive."""
    rows = caller.get("Reports/TrialBalance", **query)["Reports"][0]["Rows"]
    found = {}
    for cells in (row["Cells"] for section in rows for row in section.get("Rows", ())):
        name, *amounts = (cell["Value"] for cell in cells)
        month, all_of_it = (Decimal(amounts[n] or 0) - Decimal(amounts[n + 1] or 0) for n in range(0, 4, 2))
        found[name] = (month, all_of_it)
    return found


def journal(*amounts: tuple[str, str], **over: Any) -> dict[str, Any]:
    lines = [{"LineAmount": amount, "AccountCode": code} for amount, code in amounts]
    return {"Narration": "Moved", "Date": "2026-11-03", "Status": "POSTED", "JournalLines": lines} | over


def test_the_trial_balance_holds_money_spent_received_and_journals(caller: Caller) -> None:
    caller.put("Invoices", bill())
    line = {"Description": "Retention paid out", "Quantity": 1, "UnitAmount": 250, "AccountCode": "830"}
    spent = {
        "Type": "SPEND",
        "BankAccount": {"Code": "090"},
        "Contact": {"ContactID": AYR},
        "LineItems": [line],
    }
    caller.put("BankTransactions", spent)
    received = spent | {"Type": "RECEIVE", "LineItems": [line | {"UnitAmount": 40}]}
    caller.put("BankTransactions", received)
    caller.put("ManualJournals", journal(("100", "310"), ("-100", "830")))
    caller.put("ManualJournals", journal(("7", "310"), ("-7", "830"), Status="DRAFT"))
    sums = {name: now for name, (_, now) in held(caller).items()}
    assert sums["Retention payable (830)"] == 250 - 40 - 100
    assert sums["Business bank account (090)"] == -250 + 40
    assert sums["Cost of works (310)"] == 1000 + 100
    assert sum(sums.values()) == 0


def test_a_trial_balance_tells_its_month_from_all_that_is_held(caller: Caller) -> None:
    caller.put("Invoices", bill("PC-1", Date="2026-10-31"))
    caller.put("Invoices", bill("PC-2"))
    assert held(caller)["Cost of works (310)"] == (1000, 2000)
    assert held(caller, date="2026-10-31")["Cost of works (310)"] == (1000, 1000)
    assert "Cost of works (310)" not in held(caller, date="2026-10-30")


def test_another_currency_takes_the_rate_of_the_day(caller: Caller) -> None:
    caller.put("Currencies", {"Code": "USD", "Description": "US dollar"})
    own = caller.put("Invoices", bill("AUD-1"))["Invoices"][0]
    other = caller.put("Invoices", bill("USD-1", CurrencyCode="USD"))["Invoices"][0]
    said = caller.put("Invoices", bill("USD-2", CurrencyCode="USD", CurrencyRate="0.8"))["Invoices"][0]
    assert [one["CurrencyRate"] for one in (own, other, said)] == [1, Decimal("0.65"), Decimal("0.8")]
    again = caller.post("Invoices", {"InvoiceID": said["InvoiceID"], "Url": "https://portal.example/1"})
    assert again["Invoices"][0]["CurrencyRate"] == Decimal("0.8")
    paid = caller.put("Payments", payment(said["InvoiceID"], 110))["Payments"][0]
    assert paid["CurrencyRate"] == Decimal("0.8")
    sums = held(caller)
    assert sums["Cost of works (310)"][1] == 1000 + Decimal("1538.46") + 1250
    assert sums["Business bank account (090)"][1] == Decimal("-137.50")


@pytest.mark.parametrize(
    ("type", "name", "account", "tax"),
    [("ACCPAY", "AccountsPayableTaxType", "310", 0), ("ACCREC", "AccountsReceivableTaxType", "200", 0)],
)
def test_a_line_without_a_tax_type_takes_its_contacts(
    caller: Caller, type: str, name: str, account: str, tax: int
) -> None:
    line = {"Description": "Work", "Quantity": 1, "UnitAmount": 1000, "AccountCode": account}
    sent = bill("T-1", Type=type, LineItems=[line])
    assert caller.put("Invoices", sent)["Invoices"][0]["TotalTax"] == 100
    exempt = "EXEMPTEXPENSES" if type == "ACCPAY" else "EXEMPTOUTPUT"
    caller.post("Contacts", {"ContactID": AYR, name: exempt})
    made = caller.put("Invoices", sent | {"InvoiceNumber": "T-2"})["Invoices"][0]
    assert (made["TotalTax"], made["LineItems"][0]["TaxType"]) == (tax, exempt)
    taxed = [line | {"TaxType": "INPUT" if type == "ACCPAY" else "OUTPUT"}]
    named = caller.put("Invoices", sent | {"InvoiceNumber": "T-3", "LineItems": taxed})["Invoices"][0]
    assert named["TotalTax"] == 100


def test_each_country_has_its_own_tax_types(sandbox: Sandbox, caller: Caller) -> None:
    """What one country calls untaxed does not exist in the other."""

    def taxed(tax_type: str) -> dict[str, Any]:
        line = {"Description": "Work", "Quantity": 1, "UnitAmount": 100, "AccountCode": "310"}
        return bill(tax_type, LineItems=[line | {"TaxType": tax_type}])

    assert caller.faults("PUT", "Invoices", taxed("NONE")) == ["The TaxType code 'NONE' does not exist"]
    organisation = WORLD["xero"]["organisations"][0] | {"CountryCode": "NZ", "BaseCurrency": "NZD"}
    sandbox.load({"now": WORLD["now"], "xero": {"organisations": [organisation]}})
    there = Caller(sandbox, REPORTS)
    assert there.put("Invoices", bill("NZ-1"))["Invoices"][0]["TotalTax"] == 150
    assert there.put("Invoices", taxed("NONE"))["Invoices"][0]["TotalTax"] == 0
    faults = there.faults("PUT", "Invoices", taxed("BASEXCLUDED"))
    assert faults == ["The TaxType code 'BASEXCLUDED' does not exist"]


def order(**over: Any) -> dict[str, Any]:
    line = {"Description": "Steel", "Quantity": 1, "UnitAmount": 50, "AccountCode": "310"}
    return {"Contact": {"ContactID": AYR}, "Status": "AUTHORISED", "LineItems": [line]} | over


def test_delivery_instructions_hold_five_hundred_characters(caller: Caller) -> None:
    caller.put("PurchaseOrders", order(DeliveryInstructions="x" * 500))
    faults = caller.faults("PUT", "PurchaseOrders", order(DeliveryInstructions="x" * 501))
    assert faults == ["The DeliveryInstructions cannot be longer than 500 characters."]


def test_a_billed_order_is_opened_again_before_it_is_changed(sandbox: Sandbox, caller: Caller) -> None:
    path = f"PurchaseOrders/{caller.put('PurchaseOrders', order())['PurchaseOrders'][0]['PurchaseOrderID']}"
    caller.post(path, {"Status": "BILLED"})
    refused = ["Purchase Order not of valid status for modification"]
    assert caller.faults("POST", path, {"Reference": "SC-2"}) == refused
    assert caller.faults("POST", path, {"Reference": "SC-2", "Status": "BILLED"}) == refused
    caller.post(path, {"Status": "BILLED"})
    opened = caller.post(path, {"Reference": "SC-2", "Status": "AUTHORISED"})["PurchaseOrders"][0]
    assert (opened["Reference"], opened["Status"]) == ("SC-2", "AUTHORISED")
    caller.post(path, {"Status": "BILLED"})
    sandbox.switches.change_billed_orders = True
    assert caller.post(path, {"Reference": "SC-3"})["PurchaseOrders"][0]["Reference"] == "SC-3"


def test_a_timesheet_needs_an_ordinary_earnings_rate(sandbox: Sandbox) -> None:
    """An employee without one is refused, as one without a calendar is."""
    calendar, rate, known, bare = (f"a0000000-0000-4000-8000-00000000000{n}" for n in range(4))
    employees = [
        {"EmployeeID": id, "FirstName": "A", "LastName": "B", "PayrollCalendarID": calendar, **more}
        for id, more in ((known, {"OrdinaryEarningsRateID": rate}), (bare, {}))
    ]
    payroll = {
        "PayrollCalendars": [{"PayrollCalendarID": calendar, "Name": "Weekly", "StartDate": "2026-11-02"}],
        "EarningsRates": [{"EarningsRateID": rate, "Name": "Ordinary Hours"}],
        "Employees": employees,
    }
    organisation = WORLD["xero"]["organisations"][0] | {"Payroll": payroll}
    sandbox.load({"now": WORLD["now"], "xero": {"organisations": [organisation]}})
    caller = Caller(sandbox, "payroll.timesheets")

    def sent(employee: str) -> requests.Response:
        lines = [{"EarningsRateID": rate, "NumberOfUnits": [8, 8, 8, 8, 8, 0, 0]}]
        sheet = {
            "EmployeeID": employee,
            "StartDate": "2026-11-02",
            "EndDate": "2026-11-08",
            "TimesheetLines": lines,
        }
        address = f"{sandbox.address}/xero-api/payroll.xro/1.0/Timesheets"
        return caller.session.post(address, json=[sheet], headers={"xero-tenant-id": TENANT}, timeout=10)

    assert sent(known).status_code == 200
    refused = sent(bare)
    assert refused.status_code == 400
    assert "ordinary earnings rate" in refused.text
