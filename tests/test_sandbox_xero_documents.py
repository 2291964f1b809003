"""Invoices, credit notes, payments and allocations of the simulated Xero over real HTTP."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from integrations.sandbox.server import Sandbox
from tests.xero_caller import AYR, BONDI, WORLD, Caller, bill, payment

NO_ID = "00000000-0000-0000-0000-000000000000"
MODIFICATION = "Invoice not of valid status for modification"
TOUCHED = "This document cannot be edited as it has a payment or credit note allocated to it."


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox(token="documents")
    running.load(WORLD)
    running.clock.set(speed=0)
    running.switches.limits = False
    running.start()
    yield running
    running.stop()


@pytest.fixture
def caller(sandbox: Sandbox) -> Caller:
    return Caller(sandbox)


def made(caller: Caller, **over: Any) -> dict[str, Any]:
    """A new invoice as the API answers it."""
    return caller.put("Invoices", bill(**over))["Invoices"][0]


def line(amount: Any, **over: Any) -> dict[str, Any]:
    return {"Description": "Works", "Quantity": 1, "UnitAmount": amount, "AccountCode": "310"} | over


def read(caller: Caller, id: str) -> dict[str, Any]:
    return caller.get(f"Invoices/{id}")["Invoices"][0]


def test_a_bill_comes_back_whole(caller: Caller) -> None:
    answer = caller.put("Invoices", bill())
    assert (answer["Status"], answer["ProviderName"]) == ("OK", "Sandbox")
    invoice = answer["Invoices"][0]
    assert (invoice["SubTotal"], invoice["TotalTax"], invoice["Total"]) == (1000, 100, 1100)
    assert (invoice["Date"], invoice["DateString"]) == ("/Date(1793491200000+0000)/", "2026-11-01T00:00:00")
    assert (invoice["AmountDue"], invoice["Status"], invoice["CurrencyCode"]) == (1100, "AUTHORISED", "AUD")
    assert invoice["LineItems"][0]["TaxType"] == "INPUT"
    assert invoice["Contact"]["Name"] == "Ayr Concreting"
    assert read(caller, invoice["InvoiceID"]) == invoice
    assert caller.get("Invoices/PC-1")["Invoices"][0]["InvoiceID"] == invoice["InvoiceID"]


def test_defaults_are_a_draft_of_today_in_the_organisations_zone(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.clock.set(now=sandbox.clock.now().replace(hour=20))  # already the 21st in Sydney
    caller = Caller(sandbox)
    sent = {"Type": "ACCPAY", "Contact": {"ContactID": AYR}, "LineItems": [{"Description": "Text alone"}]}
    invoice = caller.put("Invoices", sent)["Invoices"][0]
    assert (invoice["Status"], invoice["DateString"]) == ("DRAFT", "2026-11-21T00:00:00")


def test_tax_is_rounded_by_line_then_summed(caller: Caller) -> None:
    lines = [line(amount, TaxType="INPUT") for amount in ("0.05", "0.15", "0.25")]
    invoice = made(caller, LineItems=lines)
    assert [row["TaxAmount"] for row in invoice["LineItems"]] == [
        Decimal("0.01"),
        Decimal("0.02"),
        Decimal("0.03"),
    ]
    assert invoice["Total"] == Decimal("0.51")
    inside = made(caller, LineItems=[line("110.00"), line("25.06")], LineAmountTypes="Inclusive")
    assert (inside["SubTotal"], inside["TotalTax"], inside["Total"]) == (
        Decimal("122.78"),
        Decimal("12.28"),
        Decimal("135.06"),
    )
    assert made(caller, LineAmountTypes="NoTax")["Total"] == 1000


def test_unit_amounts_keep_two_places_or_four_when_asked(caller: Caller) -> None:
    sent = bill(LineItems=[line("1.2345", Quantity=1000)])
    assert caller.put("Invoices", sent)["Invoices"][0]["SubTotal"] == 1230
    fine = caller.put("Invoices", sent, unitdp=4)["Invoices"][0]
    assert fine["SubTotal"] == Decimal("1234.50")
    assert fine["LineItems"][0]["UnitAmount"] == Decimal("1.2345")
    assert read(caller, fine["InvoiceID"])["LineItems"][0]["UnitAmount"] == Decimal("1.23")


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"Type": None}, "Invoice Type must be specified"),
        ({"Contact": None}, "A Contact must be specified for this type of transaction"),
        ({"Contact": {"ContactID": NO_ID[:-1] + "9"}}, "The contact could not be found."),
        ({"LineItems": []}, "One or more line items must be specified"),
        ({"Status": "PAID"}, "Invoice not of valid status for creation"),
        ({"Status": "VOIDED"}, "Invoice not of valid status for creation"),
        ({"Url": "https://xero.example/1"}, "The Url cannot contain the word xero."),
        ({"CurrencyCode": "NZD"}, "Organisation is not subscribed to currency NZD"),
        ({"Total": 5}, "The invoice total does not equal the sum of the lines."),
        (
            {"LineItems": [line(1, AccountCode="999")]},
            "Account code '999' is not a valid code for this document.",
        ),
        (
            {"LineItems": [line(1, AccountCode="800")]},
            "Account code '800' is not a valid code for this document.",
        ),
        ({"LineItems": [line(1, AccountCode=None)]}, "Account code must be specified"),
        (
            {"LineItems": [line(1, TaxType="OUTPUT")]},
            "The TaxType code 'OUTPUT' cannot be used with account code '310'.",
        ),
        (
            {"LineItems": [line(1, TaxType="GST on Expenses")]},
            "The TaxType code 'GST on Expenses' does not exist",
        ),
        (
            {"LineItems": [line(10, LineAmount=11)]},
            "The line total 11 does not match the expected line total 10.00",
        ),
        ({"LineItems": [line(-1)]}, "The Invoice total cannot be negative."),
        (
            {"LineItems": [line(1, Description="x" * 4001)]},
            "The Description cannot be longer than 4000 characters.",
        ),
        (
            {"LineItems": [line(1, Tracking=[{"Name": "Job", "Option": "None"}])]},
            "The tracking category or option specified does not exist or is not active.",
        ),
    ],
)
def test_a_bad_bill_is_refused_with_its_message(caller: Caller, over: dict[str, Any], message: str) -> None:
    assert message in caller.faults("PUT", "Invoices", bill(**over))
    assert caller.get("Invoices")["Invoices"] == []


@pytest.mark.parametrize(
    "over",
    [
        {"Date": "01/11/2026"},
        {"LineAmountTypes": "NO_TAX"},
        {"Status": "OPEN"},
        {"Type": "BILL"},
        {"LineItems": [line("ten")]},
        {"LineItems": [line(True)]},
        {"LineItems": {}},
        {"Contact": {"Name": {"a": 1}}},
    ],
)
def test_values_of_another_type_are_error_14(caller: Caller, over: dict[str, Any]) -> None:
    assert caller.faults("PUT", "Invoices", bill(**over)) == ["14 PostDataInvalidException"]


def test_a_time_with_an_offset_loses_a_day(caller: Caller) -> None:
    assert made(caller, Date="2026-11-01T00:00:00+11:00")["DateString"] == "2026-10-31T00:00:00"
    assert made(caller, Date="/Date(1793491200000+0000)/")["DateString"] == "2026-11-01T00:00:00"


def test_one_bad_element_refuses_the_batch_unless_errors_are_listed(caller: Caller) -> None:
    batch = {"Invoices": [bill("PC-1"), bill("PC-2", Type=None), bill("PC-3")]}
    answer = caller.call("PUT", "Invoices", batch)
    assert answer.status_code == 400
    assert [row["InvoiceNumber"] for row in answer.json()["Elements"]] == ["PC-2"]
    assert caller.get("Invoices")["Invoices"] == []
    rows = caller.put("Invoices", batch, summarizeErrors="false")["Invoices"]
    assert [row["StatusAttributeString"] for row in rows] == ["OK", "ERROR", "OK"]
    assert rows[1]["InvoiceID"] == NO_ID
    assert rows[1]["HasErrors"] is True
    assert rows[1]["ValidationErrors"] == [{"Message": "Invoice Type must be specified"}]
    assert len(caller.get("Invoices")["Invoices"]) == 2


def test_a_refused_element_takes_its_new_contact_back(caller: Caller) -> None:
    sent = {"Invoices": [bill(Contact={"Name": "New Trader"}, LineItems=[line(1, AccountCode="999")])]}
    caller.put("Invoices", sent, summarizeErrors="false")
    assert caller.get("Contacts", searchTerm="New Trader")["Contacts"] == []
    made(caller, Contact={"Name": "New Trader"})
    assert len(caller.get("Contacts", searchTerm="New Trader")["Contacts"]) == 1


def test_bill_numbers_repeat_and_sales_numbers_do_not(caller: Caller) -> None:
    assert made(caller)["InvoiceID"] != made(caller)["InvoiceID"]
    posted = caller.post("Invoices", bill())["Invoices"][0]
    assert posted["InvoiceID"] not in (None, NO_ID)
    assert len(caller.get("Invoices", InvoiceNumbers="PC-1")["Invoices"]) == 3
    sale = {"Type": "ACCREC", "LineItems": [line(5, AccountCode="200")]}
    first = made(caller, number="S-1", **sale)
    assert caller.faults("PUT", "Invoices", bill("s-1", **sale)) == ["Invoice # must be unique."]
    again = caller.post("Invoices", bill("S-1", **sale | {"DueDate": "2027-01-01"}))["Invoices"][0]
    assert (again["InvoiceID"], again["DueDateString"]) == (first["InvoiceID"], "2027-01-01T00:00:00")
    caller.post(f"Invoices/{first['InvoiceID']}", {"Status": "VOIDED"})
    assert caller.faults("POST", "Invoices", bill("S-1", **sale)) == [MODIFICATION]
    assert made(caller, number="", **sale)["InvoiceNumber"].startswith("INV-")


@pytest.mark.parametrize(
    ("path", "good"),
    [
        (["DRAFT", "SUBMITTED", "AUTHORISED", "VOIDED"], True),
        (["DRAFT", "DELETED"], True),
        (["SUBMITTED", "DRAFT"], True),
        (["AUTHORISED", "AUTHORISED"], True),
        (["AUTHORISED", "DRAFT"], False),
        (["AUTHORISED", "DELETED"], False),
        (["AUTHORISED", "PAID"], False),
        (["DRAFT", "VOIDED"], False),
        (["DRAFT", "DELETED", "DRAFT"], False),
        (["AUTHORISED", "VOIDED", "AUTHORISED"], False),
    ],
)
def test_status_moves_as_documented(caller: Caller, path: list[str], good: bool) -> None:
    id = made(caller, Status=path[0])["InvoiceID"]
    for status in path[1:-1]:
        caller.post(f"Invoices/{id}", {"Status": status})
    if good:
        assert caller.post(f"Invoices/{id}", {"Status": path[-1]})["Invoices"][0]["Status"] == path[-1]
    else:
        assert caller.faults("POST", f"Invoices/{id}", {"Status": path[-1]}) == [MODIFICATION]


def test_lines_sent_are_the_full_new_set(caller: Caller) -> None:
    invoice = made(caller, LineItems=[line(1), line(2), line(3)])
    ids = [row["LineItemID"] for row in invoice["LineItems"]]
    sent = {"LineItems": [{"LineItemID": ids[1], "UnitAmount": 20}, line(4)]}
    rows = caller.post(f"Invoices/{invoice['InvoiceID']}", sent)["Invoices"][0]["LineItems"]
    assert [row["LineAmount"] for row in rows] == [20, 4]
    assert rows[0]["LineItemID"] == ids[1]
    assert rows[0]["AccountCode"] == "310"
    assert rows[1]["LineItemID"] not in ids
    kept = caller.post(f"Invoices/{invoice['InvoiceID']}", {"DueDate": "2026-12-24"})["Invoices"][0]
    assert (kept["LineItems"], kept["DueDateString"]) == (rows, "2026-12-24T00:00:00")


def test_a_payment_pays_part_then_all_and_moves_the_time(sandbox: Sandbox, caller: Caller) -> None:
    invoice = made(caller)
    id = invoice["InvoiceID"]
    sandbox.clock.set(now=sandbox.clock.now().replace(minute=20))
    paid = caller.put("Payments", {"Payments": [payment(id, 400)]})["Payments"][0]
    assert (paid["PaymentType"], paid["Invoice"]["InvoiceNumber"]) == ("ACCPAYPAYMENT", "PC-1")
    part = read(caller, id)
    assert (part["AmountPaid"], part["AmountDue"], part["Status"]) == (400, 700, "AUTHORISED")
    assert part["UpdatedDateUTC"] > invoice["UpdatedDateUTC"]
    assert caller.faults("PUT", "Payments", payment(id, 701)) == [
        "The payment amount exceeds the amount outstanding on this document"
    ]
    caller.post("Payments", payment(id, 700, Date="2026-11-12"))
    whole = read(caller, id)
    assert (whole["Status"], whole["AmountDue"]) == ("PAID", 0)
    assert whole["FullyPaidOnDate"] == "/Date(1794441600000+0000)/"
    assert [row["Amount"] for row in whole["Payments"]] == [400, 700]
    path = f"Payments/{paid['PaymentID']}"
    assert caller.faults("POST", path, {"Status": "DELETED", "Amount": 1}) == [
        "Only Status accepted for updates."
    ]
    assert caller.post(path, {"Status": "DELETED"})["Payments"][0]["Status"] == "DELETED"
    back = read(caller, id)
    assert (back["Status"], back["AmountDue"]) == ("AUTHORISED", 400)
    assert "FullyPaidOnDate" not in back


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"Account": {"Code": "310"}}, "Account type is invalid for payments"),
        ({"Account": {"Code": "none"}}, "Account could not be found"),
        ({"Amount": 0}, "The payment Amount must be greater than zero."),
        ({"Date": None}, "The payment Date must be specified."),
        ({"Invoice": None}, "A payment needs an Invoice"),
    ],
)
def test_a_bad_payment_is_refused(caller: Caller, over: dict[str, Any], message: str) -> None:
    sent = payment(made(caller)["InvoiceID"], 10, **over)
    assert caller.faults("PUT", "Payments", sent)[0].startswith(message)


def test_drafts_cannot_be_paid(caller: Caller) -> None:
    draft = made(caller, Status="DRAFT")
    assert caller.faults("PUT", "Payments", payment(draft["InvoiceID"], 1)) == [
        "Payments can only be made against Authorised documents"
    ]


def test_a_paid_bill_takes_coding_and_texts_but_no_amounts(sandbox: Sandbox, caller: Caller) -> None:
    invoice = made(caller)
    id, row = invoice["InvoiceID"], invoice["LineItems"][0]
    caller.put("Payments", payment(id, 100))
    recoded = {
        "LineItemID": row["LineItemID"],
        "AccountCode": "320",
        "Description": "Other",
        "TaxType": "INPUT",
    }
    changed = caller.post(f"Invoices/{id}", {"LineItems": [recoded], "InvoiceNumber": "PC-1b"})["Invoices"][0]
    assert (changed["LineItems"][0]["AccountCode"], changed["InvoiceNumber"]) == ("320", "PC-1b")
    for sent in (
        {"LineItems": [recoded | {"UnitAmount": 1001}]},
        {"LineItems": [line(1000)]},
        {"Date": "2026-11-02"},
        {"Status": "VOIDED"},
        {"LineItems": [recoded | {"TaxType": "EXEMPTEXPENSES"}]},
    ):
        assert caller.faults("POST", f"Invoices/{id}", sent) == [TOUCHED], sent
    before = read(caller, id)["UpdatedDateUTC"]
    sandbox.clock.set(now=sandbox.clock.now().replace(minute=45))
    caller = Caller(sandbox)
    later = caller.post(f"Invoices/{id}", {"DueDate": "2026-12-25"})["Invoices"][0]
    assert (later["DueDateString"], later["UpdatedDateUTC"]) == ("2026-12-25T00:00:00", before)


def test_a_credit_note_is_allocated_and_taken_back(caller: Caller) -> None:
    invoice = made(caller)
    note = {
        "Type": "ACCPAYCREDIT",
        "CreditNoteNumber": "CR-1",
        "Status": "AUTHORISED",
        "Contact": {"ContactID": AYR},
        "Date": "2026-11-03",
        "LineItems": [line(100)],
    }
    credit = caller.put("CreditNotes", note)["CreditNotes"][0]
    assert (credit["Total"], credit["RemainingCredit"]) == (110, 110)
    path = f"CreditNotes/{credit['CreditNoteID']}/Allocations"
    sent = {
        "Allocations": [{"Amount": 60, "Date": "2026-11-04", "Invoice": {"InvoiceID": invoice["InvoiceID"]}}]
    }
    allocation = caller.put(path, sent)["Allocations"][0]
    part = read(caller, invoice["InvoiceID"])
    assert (part["AmountCredited"], part["AmountDue"]) == (60, 1040)
    assert part["CreditNotes"][0]["AppliedAmount"] == 60
    assert caller.get(f"CreditNotes/{credit['CreditNoteID']}")["CreditNotes"][0]["RemainingCredit"] == 50
    assert caller.faults("PUT", path, sent) == ["The allocation amount exceeds the remaining credit"]
    assert caller.faults("POST", f"Invoices/{invoice['InvoiceID']}", {"Status": "VOIDED"}) == [TOUCHED]
    gone = caller.good(caller.call("DELETE", f"{path}/{allocation['AllocationID']}"))
    assert (gone["AllocationID"], gone["IsDeleted"]) == (allocation["AllocationID"], True)
    assert read(caller, invoice["InvoiceID"])["AmountDue"] == 1100
    assert caller.call("DELETE", f"{path}/{allocation['AllocationID']}").status_code == 404


def test_a_credit_needs_an_invoice_of_its_contact_and_enough_due(caller: Caller) -> None:
    other = made(caller, Contact={"ContactID": BONDI})
    small = made(caller, LineItems=[line(1)])
    note = {
        "Type": "ACCPAYCREDIT",
        "Status": "AUTHORISED",
        "Contact": {"ContactID": AYR},
        "LineItems": [line(100)],
    }
    path = f"CreditNotes/{caller.put('CreditNotes', note)['CreditNotes'][0]['CreditNoteID']}/Allocations"
    sent = {"Amount": 5, "Date": "2026-11-04", "Invoice": {"InvoiceID": other["InvoiceID"]}}
    assert caller.faults("PUT", path, sent) == [
        "The invoice must be of the same contact and type as the credit."
    ]
    sent["Invoice"] = {"InvoiceID": small["InvoiceID"]}
    assert caller.faults("PUT", path, sent) == [
        "The allocation amount exceeds the amount outstanding on this document"
    ]
    assert caller.faults("PUT", path, {"Amount": 5, "Invoice": sent["Invoice"]})[0].startswith(
        "An allocation needs a Date"
    )


def test_lock_dates_refuse_new_documents_edits_and_payments(sandbox: Sandbox, caller: Caller) -> None:
    old = made(caller, Date="2026-10-31")
    sandbox.act("set_lock_date", date="2026-10-31")
    locked = ["The document date cannot be before the period lock date, currently set at 31 October 2026"]
    assert caller.faults("PUT", "Invoices", bill(Date="2026-10-31")) == locked
    assert caller.faults("POST", f"Invoices/{old['InvoiceID']}", {"DueDate": "2026-12-01"}) == locked
    assert caller.faults("POST", f"Invoices/{old['InvoiceID']}", {"Status": "VOIDED"}) == locked
    assert caller.faults("PUT", "Payments", payment(old["InvoiceID"], 1, Date="2026-10-31")) == locked
    caller.put("Payments", payment(old["InvoiceID"], 1, Date="2026-11-01"))
    assert made(caller)["Status"] == "AUTHORISED"
    assert caller.get("Organisation")["Organisations"][0]["PeriodLockDate"] == "/Date(1793404800000+0000)/"
    sandbox.act("set_lock_date", date=None)
    assert "PeriodLockDate" not in caller.get("Organisation")["Organisations"][0]


def test_a_batch_payment_pays_all_of_it_and_is_deleted_whole(caller: Caller) -> None:
    bills = [made(caller, number=f"B-{n}") for n in range(2)]
    rows = [{"Invoice": {"InvoiceID": b["InvoiceID"]}, "Amount": 1100} for b in bills]
    batch = {"Account": {"Code": "090"}, "Date": "2026-11-09", "Payments": rows}
    paid = caller.put("BatchPayments", {"BatchPayments": [batch]})["BatchPayments"][0]
    assert (paid["Type"], paid["TotalAmount"]) == ("PAYBATCH", 2200)
    assert {read(caller, b["InvoiceID"])["Status"] for b in bills} == {"PAID"}
    assert caller.get("Payments")["Payments"][0]["BatchPaymentID"] == paid["BatchPaymentID"]
    caller.post(f"BatchPayments/{paid['BatchPaymentID']}", {"Status": "DELETED"})
    assert {read(caller, b["InvoiceID"])["Status"] for b in bills} == {"AUTHORISED"}
    bad = batch | {"Payments": [rows[0], rows[1] | {"Amount": 9999}]}
    caller.faults("PUT", "BatchPayments", bad)
    assert read(caller, bills[0]["InvoiceID"])["AmountPaid"] == 0


def test_an_overpayment_is_allocated_to_a_bill(caller: Caller) -> None:
    spent = {
        "Type": "SPEND-OVERPAYMENT",
        "BankAccount": {"Code": "090"},
        "Contact": {"ContactID": AYR},
        "LineItems": [{"Description": "Paid twice", "LineAmount": 200, "AccountCode": "800"}],
    }
    id = caller.put("BankTransactions", spent)["BankTransactions"][0]["OverpaymentID"]
    invoice = made(caller)
    sent = {"Amount": 200, "Date": "2026-11-04", "Invoice": {"InvoiceID": invoice["InvoiceID"]}}
    caller.put(f"Overpayments/{id}/Allocations", sent)
    used = caller.get(f"Overpayments/{id}")["Overpayments"][0]
    assert (used["RemainingCredit"], used["Status"]) == (0, "PAID")
    assert read(caller, invoice["InvoiceID"])["AmountCredited"] == 200


def test_purchase_orders_need_a_known_contact_and_end_billed(caller: Caller) -> None:
    order = {
        "Contact": {"Name": "Nobody yet"},
        "LineItems": [line("1.2345", Quantity=10)],
        "Status": "AUTHORISED",
    }
    assert caller.faults("PUT", "PurchaseOrders", order) == ["The contact could not be found."]
    made_ = caller.put("PurchaseOrders", order | {"Contact": {"ContactID": AYR}})["PurchaseOrders"][0]
    assert (made_["PurchaseOrderNumber"], made_["SubTotal"]) == ("PO-0001", Decimal("12.35"))
    billed = caller.post(f"PurchaseOrders/{made_['PurchaseOrderID']}", {"Status": "BILLED"})[
        "PurchaseOrders"
    ][0]
    assert billed["Status"] == "BILLED"
    assert caller.get("PurchaseOrders/PO-0001")["PurchaseOrders"][0]["Status"] == "BILLED"
    assert caller.get("PurchaseOrders", Status="DRAFT")["PurchaseOrders"] == []


def test_attachments_and_notes_stay_with_their_document(caller: Caller) -> None:
    id = made(caller)["InvoiceID"]
    caller.good(
        caller.call("PUT", f"Invoices/{id}/Attachments/a b.pdf", b"%PDF", {"Content-Type": "application/pdf"})
    )
    assert read(caller, id)["HasAttachments"] is True
    assert caller.call("GET", f"Invoices/{id}/Attachments/a b.pdf").content == b"%PDF"
    assert caller.call("PUT", f"Invoices/{id}/Attachments/a+b.pdf", b"x").status_code == 400
    caller.put(f"Invoices/{id}/History", {"HistoryRecords": [{"Details": "Made for a claim"}]})
    assert caller.get(f"Invoices/{id}/History")["HistoryRecords"][0]["Details"] == "Made for a claim"
