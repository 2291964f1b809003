"""A second client by other hands, pyxero, which writes XML and reads JSON, works against the sandbox."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from xero import Xero
from xero.auth import OAuth2Credentials
from xero.exceptions import XeroBadRequest, XeroNotFound, XeroRateLimitExceeded

from integrations.sandbox.server import Sandbox
from tests.contracts.sweep import XERO_CLIENT, xero_tokens
from tests.contracts.world import BILL, COSTS, SUPPLIER, TENANT, WORLD

# Its requests are XML, which the service takes and its document does not name.
pytestmark = pytest.mark.bad_requests


@pytest.fixture
def xero(monkeypatch: pytest.MonkeyPatch) -> Iterator[Xero]:
    # oauthlib refuses to send a token without TLS; the sandbox is this machine.
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    sandbox = Sandbox()
    sandbox.load(WORLD)
    sandbox.start()
    token = xero_tokens(sandbox) | {"expires_at": time.time() + 1800}
    credentials = OAuth2Credentials(*XERO_CLIENT, token=token)
    credentials.base_url = f"{sandbox.address}/xero-api"
    credentials.set_default_tenant()
    assert credentials.tenant_id == TENANT
    yield Xero(credentials)
    sandbox.stop()


def test_reading(xero: Xero) -> None:
    assert len(xero.contacts.filter(page=2)) == 21
    (contact,) = xero.contacts.get(SUPPLIER)
    assert contact["Name"] == "Aldinga Concrete Pty Ltd"
    (bill,) = xero.invoices.get(BILL)
    assert (bill["Date"].date(), bill["Total"]) == (date(2026, 11, 1), Decimal("110.00"))
    found = xero.invoices.filter(raw='AmountDue > 100 AND Type == "ACCPAY"')
    assert [one["InvoiceID"] for one in found] == [BILL]
    assert xero.invoices.filter(since=datetime(2030, 1, 1, tzinfo=UTC)) == []


def test_a_missing_record(xero: Xero) -> None:
    with pytest.raises(XeroNotFound):
        xero.invoices.get(TENANT)


def test_writing(xero: Xero) -> None:
    line = {"Description": "Formwork", "Quantity": 1, "UnitAmount": "12.50", "AccountCode": COSTS}
    bill = {
        "Type": "ACCPAY",
        "Contact": {"ContactID": SUPPLIER},
        "InvoiceNumber": "PX-1",
        "Date": date(2026, 11, 2),
        "DueDate": date(2026, 12, 2),
        "LineItems": [line],
    }
    (made,) = xero.invoices.put(bill)
    assert (made["SubTotal"], made["Status"]) == (Decimal("12.50"), "DRAFT")
    with pytest.raises(XeroBadRequest) as refused:
        xero.invoices.put(bill | {"LineItems": [line | {"AccountCode": "999"}]})
    assert "999" in str(refused.value.errors)


def test_the_minute_limit(xero: Xero) -> None:
    with pytest.raises(XeroRateLimitExceeded):
        for _ in range(61):
            xero.taxrates.all()
