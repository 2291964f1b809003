"""The official SDK, written by others from the same documents, works against the sandbox over real HTTP."""

import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from xero_python.accounting import (
    Account,
    AccountingApi,
    Allocation,
    Allocations,
    Contact,
    Contacts,
    CreditNote,
    CreditNotes,
    Invoice,
    Invoices,
    LineItem,
    Payment,
    PaymentDelete,
)
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import (
    AccountingBadRequestException,
    HTTPStatusException,
    OAuth2InvalidGrantError,
    RateLimitException,
)
from xero_python.identity import IdentityApi

from integrations.sandbox.server import Sandbox
from tests.contracts.sweep import XERO_CLIENT, xero_tokens
from tests.contracts.world import BANK, BILL, COSTS, CREDIT_NOTE, SUPPLIER, TENANT, WORLD

CLIENT, SECRET = "sandbox-xero", "sandbox-xero-secret"
REDIRECT = "http://localhost/xero"
SCOPES = (
    "openid offline_access accounting.invoices accounting.payments accounting.contacts accounting.settings"
)
# The SDK sends fields the document calls read-only, HasAttachments for one.
pytestmark = pytest.mark.bad_requests
ZERO_ID = "00000000-0000-0000-0000-000000000000"


class Client:
    """The SDK as its documentation sets it up, its three hosts pointed at the sandbox."""

    def __init__(self, sandbox: Sandbox, token: dict[str, Any]) -> None:
        self.token = token
        configuration = Configuration(
            oauth2_token=OAuth2Token(client_id=XERO_CLIENT[0], client_secret=XERO_CLIENT[1])
        )
        self.api = ApiClient(
            configuration, oauth2_token_getter=lambda: self.token, oauth2_token_saver=self._keep
        )
        self.identity = IdentityApi(self.api, base_url=f"{sandbox.address}/xero-api")
        self.accounting = AccountingApi(self.api, base_url=f"{sandbox.address}/xero-api/api.xro/2.0")

    def _keep(self, token: dict[str, Any]) -> None:
        self.token = token


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    sandbox = Sandbox()
    sandbox.load(WORLD)
    address = sandbox.start()
    monkeypatch.setattr(TokenApi, "refresh_token_url", f"{address}/xero-identity/connect/token")
    yield sandbox
    sandbox.stop()


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    return Client(sandbox, xero_tokens(sandbox) | {"expires_at": time.time() + 1800})


def bill(number: str = "PC-9", **changes: Any) -> Invoice:
    line = LineItem(
        description="Concrete",
        quantity=Decimal("2"),
        unit_amount=Decimal("50.05"),
        account_code=COSTS,
        tax_type="INPUT",
    )
    fields = {
        "type": "ACCPAY",
        "contact": Contact(contact_id=SUPPLIER),
        "invoice_number": number,
        "date": date(2026, 11, 1),
        "due_date": date(2026, 11, 30),
        "status": "AUTHORISED",
        "line_items": [line],
    }
    return Invoice(**{**fields, **changes})


def test_connections(client: Client) -> None:
    (connection,) = client.identity.get_connections()
    assert (connection.tenant_id, connection.tenant_type) == (TENANT, "ORGANISATION")
    assert connection.tenant_name == "Seabrook Constructions"


def test_contacts_by_pages(client: Client) -> None:
    pages = [client.accounting.get_contacts(TENANT, page=page, page_size=50) for page in (1, 2, 3, 4)]
    assert [len(page.contacts) for page in pages] == [50, 50, 21, 0]
    assert (pages[0].pagination.item_count, pages[0].pagination.page_count) == (121, 3)
    names = [contact.name for page in pages for contact in page.contacts]
    assert len(set(names)) == 121
    found = client.accounting.get_contacts(TENANT, where='Name=="Aldinga Concrete Pty Ltd"').contacts
    assert [contact.contact_id for contact in found] == [SUPPLIER]


def test_a_bill_is_made_and_read_back(client: Client) -> None:
    made = client.accounting.create_invoices(
        TENANT, Invoices(invoices=[bill()]), summarize_errors=True, unitdp=4
    )
    (saved,) = made.invoices
    assert (saved.sub_total, saved.total_tax, saved.total) == (
        Decimal("100.10"),
        Decimal("10.01"),
        Decimal("110.11"),
    )
    (read,) = client.accounting.get_invoice(TENANT, saved.invoice_id).invoices
    assert (read.invoice_number, read.date, read.status) == ("PC-9", date(2026, 11, 1), "AUTHORISED")
    assert read.line_items[0].line_amount == Decimal("100.10")


def test_a_bill_is_refused_with_its_message(client: Client) -> None:
    with pytest.raises(AccountingBadRequestException) as refused:
        client.accounting.create_invoices(
            TENANT, Invoices(invoices=[bill(line_items=[])]), summarize_errors=True
        )
    assert refused.value.reason == "One or more line items must be specified"
    assert refused.value.error_data["Type"] == "ValidationException"


def test_one_refused_bill_leaves_the_other(client: Client) -> None:
    bills = Invoices(invoices=[bill("PC-10"), bill("PC-11", line_items=[])])
    good, bad = client.accounting.create_invoices(TENANT, bills, summarize_errors=False).invoices
    assert (good.status_attribute_string, bad.status_attribute_string) == ("OK", "ERROR")
    assert good.invoice_id not in (None, ZERO_ID) and bad.invoice_id in (None, ZERO_ID)
    assert [error.message for error in bad.validation_errors] == ["One or more line items must be specified"]


def test_a_repeated_write_with_one_key_has_one_effect(client: Client) -> None:
    made = [
        client.accounting.create_invoices(
            TENANT, Invoices(invoices=[bill("PC-12")]), idempotency_key="k"
        ).invoices[0]
        for _ in range(2)
    ]
    assert made[0].invoice_id == made[1].invoice_id
    found = client.accounting.get_invoices(TENANT, invoice_numbers=["PC-12"]).invoices
    assert len(found) == 1


def test_a_credit_note_is_allocated(client: Client) -> None:
    allocation = Allocation(
        amount=Decimal("25.00"), date=date(2026, 11, 20), invoice=Invoice(invoice_id=BILL)
    )
    client.accounting.create_credit_note_allocation(
        TENANT, CREDIT_NOTE, Allocations(allocations=[allocation])
    )
    (credited,) = client.accounting.get_invoice(TENANT, BILL).invoices
    assert (credited.amount_credited, credited.amount_due) == (Decimal("25.00"), Decimal("85.00"))
    (note,) = client.accounting.get_credit_note(TENANT, CREDIT_NOTE).credit_notes
    assert note.remaining_credit == Decimal("85.00")


def test_a_credit_note_is_made(client: Client) -> None:
    line = LineItem(description="Back charge", quantity=1, unit_amount=Decimal("10"), account_code=COSTS)
    note = CreditNote(
        type="ACCPAYCREDIT", contact=Contact(contact_id=SUPPLIER), date=date(2026, 11, 2), line_items=[line]
    )
    (made,) = client.accounting.create_credit_notes(TENANT, CreditNotes(credit_notes=[note])).credit_notes
    assert (made.sub_total, made.status) == (Decimal("10.00"), "DRAFT")


def test_a_bill_is_paid_and_the_payment_deleted(client: Client) -> None:
    payment = Payment(
        invoice=Invoice(invoice_id=BILL),
        account=Account(code=BANK),
        date=date(2026, 11, 20),
        amount=Decimal("110.00"),
    )
    (made,) = client.accounting.create_payment(TENANT, payment).payments
    (paid,) = client.accounting.get_invoice(TENANT, BILL).invoices
    assert (paid.status, paid.amount_due) == ("PAID", Decimal("0.00"))
    assert [one.payment_id for one in paid.payments] == [made.payment_id]
    client.accounting.delete_payment(TENANT, made.payment_id, PaymentDelete(status="DELETED"))
    (open_again,) = client.accounting.get_invoice(TENANT, BILL).invoices
    assert (open_again.status, open_again.amount_paid) == ("AUTHORISED", Decimal("0.00"))


def test_too_large_a_payment_is_refused(client: Client) -> None:
    payment = Payment(
        invoice=Invoice(invoice_id=BILL),
        account=Account(code=BANK),
        date=date(2026, 11, 20),
        amount=Decimal("110.01"),
    )
    with pytest.raises(AccountingBadRequestException) as refused:
        client.accounting.create_payment(TENANT, payment)
    assert refused.value.reason == "The payment amount exceeds the amount outstanding on this document"


def test_a_token_that_ran_out_is_refreshed_by_the_sdk(client: Client) -> None:
    first = client.token
    client.token = first | {"expires_at": time.time() - 1}
    assert client.identity.get_connections()
    assert client.token["refresh_token"] != first["refresh_token"]
    assert client.token["access_token"] != first["access_token"]


def test_an_unknown_refresh_token_is_refused(client: Client) -> None:
    client.token |= {"expires_at": time.time() - 1, "refresh_token": "gone"}
    with pytest.raises((OAuth2InvalidGrantError, HTTPStatusException)) as refused:
        client.identity.get_connections()
    assert refused.value.status == 400


def test_the_minute_limit_is_said_with_its_headers(client: Client) -> None:
    for _ in range(60):
        client.accounting.get_organisations(TENANT)
    contacts = Contacts(contacts=[Contact(name="One too many")])
    with pytest.raises(RateLimitException) as refused:
        # A POST, as the SDK waits and repeats a GET by itself, for the seconds of Retry-After.
        client.accounting.update_or_create_contacts(TENANT, contacts)
    assert refused.value.rate_limit == "minute"
    assert 0 < int(refused.value.headers["Retry-After"]) <= 61


def test_a_wrong_tenant_is_forbidden(client: Client) -> None:
    with pytest.raises(HTTPStatusException) as refused:
        client.accounting.get_organisations(BILL)
    assert refused.value.status == 403
