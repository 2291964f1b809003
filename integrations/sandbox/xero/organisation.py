"""One Xero organisation: its settings, its shelves of records and the sums that hold between them."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.clock import Clock
from integrations.sandbox.xero.errors import Invalid
from integrations.sandbox.xero.shelf import Record, Shelf, Undo
from integrations.sandbox.xero.values import ZERO, as_id, fold

ZONES: dict[str, str] = {
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "EAUSTRALIASTANDARDTIME": "Australia/Brisbane",
    "CENAUSTRALIASTANDARDTIME": "Australia/Adelaide",
    "AUSCENTRALSTANDARDTIME": "Australia/Darwin",
    "WAUSTRALIASTANDARDTIME": "Australia/Perth",
    "TASMANIASTANDARDTIME": "Australia/Hobart",
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
}
RATES = {"USD": Decimal("0.65"), "NZD": Decimal("1.1"), "GBP": Decimal("0.5125"), "EUR": Decimal("0.6")}
SOURCES = {"CreditNotes": "CreditNoteID", "Overpayments": "OverpaymentID", "Prepayments": "PrepaymentID"}


def _one(name: str, change: Callable[[Any], Any] = lambda value: value) -> Callable[[Record], list[Any]]:
    return lambda record: [change(record[name])] if record.get(name) else []


def _shelves(shelf: Callable[..., Shelf]) -> dict[str, Shelf]:
    number, contact = _one("Number", str.lower), _one("ContactID")
    return {
        "Accounts": shelf("AccountID", code=_one("Code", str.lower)),
        "TaxRates": shelf("TaxType"),
        "Contacts": shelf(
            "ContactID",
            name=_one("Name", fold),
            number=_one("ContactNumber"),
            account=_one("AccountNumber", str.lower),
        ),
        "ContactGroups": shelf("ContactGroupID", contact=lambda r: r["ContactIDs"]),
        "TrackingCategories": shelf("TrackingCategoryID"),
        "Items": shelf("ItemID", code=_one("Code", str.lower)),
        "Invoices": shelf(
            "InvoiceID",
            number=_one("InvoiceNumber", str.lower),
            contact=contact,
            role=lambda r: [] if r["Status"] in ("DRAFT", "DELETED") else [(r["ContactID"], r["Type"])],
            open=lambda r: [r["ContactID"]] if r["Status"] == "AUTHORISED" else [],
        ),
        "CreditNotes": shelf("CreditNoteID", number=_one("CreditNoteNumber", str.lower), contact=contact),
        "Overpayments": shelf("OverpaymentID", contact=contact),
        "Prepayments": shelf("PrepaymentID", contact=contact),
        "PurchaseOrders": shelf(
            "PurchaseOrderID", number=_one("PurchaseOrderNumber", str.lower), contact=contact
        ),
        "ManualJournals": shelf("ManualJournalID"),
        "BankTransactions": shelf("BankTransactionID", number=number, contact=contact),
        "Payments": shelf("PaymentID", document=_one("DocumentID"), batch=_one("BatchPaymentID")),
        "BatchPayments": shelf("BatchPaymentID"),
        "Allocations": shelf("AllocationID", invoice=_one("InvoiceID"), source=_one("SourceID")),
        "PayrollEmployees": shelf("EmployeeID"),
        "EarningsRates": shelf("EarningsRateID"),
        "PayrollCalendars": shelf("PayrollCalendarID"),
        "PayRuns": shelf("PayRunID"),
        "Timesheets": shelf("TimesheetID", employee=_one("EmployeeID")),
    }


class Organisation:
    """The records of one tenant; everything here runs under the sandbox's lock."""

    def __init__(self, tenant: str, settings: dict[str, Any], clock: Clock, switches: Any) -> None:
        self.tenant = tenant
        self.settings = settings
        self.switches = switches
        self._clock = clock
        self._undo: Undo | None = None
        self.currencies: list[dict[str, Any]] = []
        self.timesheet_category = ""  # the id of the tracking category that payroll uses
        self.attachments: dict[str, dict[str, dict[str, Any]]] = {}
        self.history: dict[str, list[dict[str, Any]]] = {}
        self.shelves = _shelves(lambda key, **lookups: Shelf(key, self.milliseconds, **lookups))

    def __getitem__(self, kind: str) -> Shelf:
        return self.shelves[kind]

    def milliseconds(self) -> int:
        """The present moment in milliseconds on the sandbox clock."""
        return int(self._clock.seconds() * 1000)

    def today(self) -> date:
        """Today in the organisation's own time zone."""
        zone = ZoneInfo(ZONES.get(self.settings.get("Timezone", ""), "UTC"))
        return datetime.fromtimestamp(self._clock.seconds(), zone).date()

    @contextlib.contextmanager
    def attempt(self) -> Iterator[None]:
        """Undo every change made inside when it ends by an exception; attempts may be nested."""
        outer, changes, done = self._undo, [], False  # type: ignore[var-annotated]
        self._journal(changes)
        try:
            yield
            done = True
        finally:
            self._journal(None)
            for shelf, id, record in [] if done else reversed(changes):
                shelf.put_back(id, record)
            if done and outer is not None:
                outer.extend(changes)
            self._journal(outer)

    def _journal(self, undo: Undo | None) -> None:
        self._undo = undo
        for shelf in self.shelves.values():
            shelf.undo = undo

    # Settings

    def account(self, *, code: str | None = None, id: str | None = None) -> Record | None:
        """The account with this id or code."""
        if id:
            return self["Accounts"].get(as_id(id))
        return next(iter(self["Accounts"].find("code", (code or "").strip().lower())), None)

    def tax_rate(self, tax_type: str | None) -> Record | None:
        """The tax rate with this TaxType."""
        return self["TaxRates"].get(tax_type)

    def day_rate(self, currency: str) -> Decimal:
        """How much of a currency the organisation's own buys where nobody says so: 1 for its own.

        Xero takes the rate of the day; here it is the same on all days, and never 1 for another currency.
        """
        own = self.settings["BaseCurrency"]
        return Decimal(1) if currency == own else RATES.get(currency, Decimal("0.5"))

    def check_unlocked(self, *days: date | None) -> None:
        """Raise Invalid for a date on or before a lock date."""
        for day in days:
            for name, words in (
                ("PeriodLockDate", "period lock date"),
                ("EndOfYearLockDate", "end of year lock date"),
            ):
                lock = self.settings.get(name)
                if day is not None and lock is not None and day <= lock:
                    shown = f"{lock.day} {lock:%B %Y}"
                    raise Invalid(f"The document date cannot be before the {words}, currently set at {shown}")

    # Sums between documents

    def payments_of(self, id: str) -> list[Record]:
        """The payments of a document that are not deleted."""
        return [p for p in self["Payments"].find("document", id) if p["Status"] != "DELETED"]

    def is_touched(self, invoice: Record) -> bool:
        """Whether an invoice has a payment or an allocated credit."""
        id = invoice["InvoiceID"]
        return bool(self.payments_of(id) or self["Allocations"].find("invoice", id))

    def settle_invoice(self, id: str, *, touch: bool = True) -> Record:
        """Work out what is paid, credited and due of an invoice; sets it PAID at zero, and back to
        AUTHORISED.
        """
        invoice = self["Invoices"].get(id)
        assert invoice is not None
        payments, allocations = self.payments_of(id), self["Allocations"].find("invoice", id)
        paid = sum((p["Amount"] for p in payments), ZERO)
        credited = sum((a["Amount"] for a in allocations), ZERO)
        due = invoice["Total"] - paid - credited
        status, last = invoice["Status"], None
        if status in ("AUTHORISED", "PAID"):
            status = "PAID" if due == 0 else "AUTHORISED"
            last = max([p["Date"] for p in (*payments, *allocations)], default=invoice["Date"])
        settled = invoice.but(
            AmountPaid=paid,
            AmountCredited=credited,
            AmountDue=due if status != "VOIDED" else ZERO,
            Status=status,
            FullyPaidOnDate=last if status == "PAID" else None,
        )
        return self.save_document("Invoices", settled, touch=touch)

    def settle_source(self, kind: str, id: str, *, touch: bool = True) -> Record:
        """Work out what is left of a credit note, overpayment or prepayment."""
        source = self[kind].get(id)
        assert source is not None
        allocations, payments = self["Allocations"].find("source", id), self.payments_of(id)
        used = sum((a["Amount"] for a in allocations), ZERO)
        left: Decimal = source["Total"] - used - sum((p["Amount"] for p in payments), ZERO)
        status, last = source["Status"], None
        if status in ("AUTHORISED", "PAID"):
            status = "PAID" if left == 0 else "AUTHORISED"
            last = max([p["Date"] for p in (*payments, *allocations)], default=source["Date"])
        return self.save_document(
            kind,
            source.but(
                RemainingCredit=left,
                AppliedAmount=used,
                Status=status,
                FullyPaidOnDate=last if status == "PAID" else None,
            ),
            touch=touch,
        )

    def save_document(self, kind: str, record: Record, *, touch: bool = True) -> Record:
        """Save a document; its contact's balances are drawn anew, its contact's own time stays."""
        contact = self["Contacts"].get(record.get("ContactID"))
        if contact is not None:
            contact.rendered.clear()
        return self[kind].save(record, touch=touch)

    def save_contact(self, contact: Record, *, touch: bool = True) -> Record:
        """Save a contact; documents that show its name are drawn anew."""
        for kind in (
            "Invoices",
            "CreditNotes",
            "Overpayments",
            "Prepayments",
            "PurchaseOrders",
            "BankTransactions",
        ):
            for document in self[kind].find("contact", contact["ContactID"]):
                document.rendered.clear()
                for payment in self["Payments"].find("document", document[self[kind].key]):
                    payment.rendered.clear()
        for group in self["ContactGroups"].find("contact", contact["ContactID"]):
            group.rendered.clear()
        return self["Contacts"].save(contact, touch=touch)
