"""A caller of the sandbox's Xero over real HTTP, for its own tests; knows nothing of our client."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import requests

from integrations.sandbox.server import Sandbox

TENANT = "fe79f7dd-b6d4-4a92-ba7b-538af6289c58"
CUSTOM = ("sandbox-xero-custom", "sandbox-xero-custom-secret")
WEB = ("sandbox-xero", "sandbox-xero-secret")
SCOPES = (
    "accounting.invoices accounting.payments accounting.contacts accounting.settings"
    " accounting.banktransactions accounting.attachments"
)
WORLD: dict[str, Any] = {
    "now": "2026-11-20T02:00:00Z",
    "xero": {
        "organisations": [
            {
                "tenantId": TENANT,
                "Name": "Harbour Builders Pty Ltd",
                "Contacts": [
                    {
                        "ContactID": "430fa14a-f945-44d3-9f97-5df5e28441b8",
                        "Name": "Ayr Concreting",
                        "ContactNumber": "V-1",
                    },
                    {
                        "ContactID": "5b96e86b-418e-48e8-8949-308c14aec278",
                        "Name": "Bondi Steel",
                        "EmailAddress": "a@b.example",
                    },
                ],
            }
        ]
    },
}
AYR, BONDI = "430fa14a-f945-44d3-9f97-5df5e28441b8", "5b96e86b-418e-48e8-8949-308c14aec278"


def served() -> Iterator[Sandbox]:
    """A sandbox with that world, whose clock stands still."""
    running = Sandbox(token="xero")
    running.load(WORLD)
    running.clock.set(speed=0)
    running.start()
    yield running
    running.stop()


class Caller:
    """Calls the Accounting API with a token of the custom connection."""

    def __init__(self, sandbox: Sandbox, scopes: str = SCOPES) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.token = self.ask(grant_type="client_credentials", scope=scopes).json()["access_token"]
        self.session.headers.update({"Authorization": f"Bearer {self.token}", "Accept": "application/json"})

    def ask(self, auth: tuple[str, str] = CUSTOM, **form: str) -> requests.Response:
        """Ask the token endpoint."""
        return self.session.post(
            f"{self.sandbox.address}/xero-identity/connect/token", data=form, auth=auth, timeout=10
        )

    def call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: Any
    ) -> requests.Response:
        """Call a path of the Accounting API."""
        address = f"{self.sandbox.address}/xero-api/api.xro/2.0/{path}"
        if isinstance(body, bytes):
            return self.session.request(method, address, data=body, params=query, headers=headers, timeout=10)
        return self.session.request(method, address, json=body, params=query, headers=headers, timeout=10)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a GET that must succeed, numbers as Decimal."""
        return self.good(self.call("GET", path, **query))

    def put(self, path: str, body: Any, **query: Any) -> Any:
        """The JSON of a PUT that must succeed."""
        return self.good(self.call("PUT", path, body, **query))

    def post(self, path: str, body: Any, **query: Any) -> Any:
        """The JSON of a POST that must succeed."""
        return self.good(self.call("POST", path, body, **query))

    def good(self, answer: requests.Response) -> Any:
        """The JSON of an answer that must be a success."""
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        return answer.json(parse_float=Decimal)

    def faults(self, method: str, path: str, body: Any, **query: Any) -> list[str]:
        """The messages of a write that must be refused with 400, all elements together."""
        answer = self.call(method, path, body, **query)
        assert answer.status_code == 400, f"{answer.status_code} {answer.text}"
        error = answer.json()
        if error["ErrorNumber"] != 10:
            return [f"{error['ErrorNumber']} {error['Type']}"]
        return [fault["Message"] for element in error["Elements"] for fault in element["ValidationErrors"]]


def bill(number: str = "PC-1", **over: Any) -> dict[str, Any]:
    """An approved bill of 1,000 and tax, fields replaced."""
    return {
        "Type": "ACCPAY", "InvoiceNumber": number, "Contact": {"ContactID": AYR}, "Date": "2026-11-01",
        "DueDate": "2026-11-30", "LineAmountTypes": "Exclusive", "Status": "AUTHORISED",
        "LineItems": [{"Description": "Concrete", "Quantity": 1, "UnitAmount": 1000, "AccountCode": "310"}],
    } | over  # fmt: skip


def payment(invoice_id: str, amount: Any, **over: Any) -> dict[str, Any]:
    """A payment of a document from the bank account, fields replaced."""
    return {
        "Invoice": {"InvoiceID": invoice_id},
        "Account": {"Code": "090"},
        "Date": "2026-11-10",
        "Amount": amount,
    } | over
