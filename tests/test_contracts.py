"""The contract checks: what they catch, what they let pass, and that the list of exceptions is honest."""

import dataclasses
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.contracts import documents
from tests.contracts.documents import Known
from tests.contracts.known import KNOWN
from tests.contracts.validator import Exchange, Validator, Violation, validate_exchange

FOLDER = documents.folder()
pytestmark = pytest.mark.skipif(FOLDER is None, reason=documents.SKIPPED)

TENANT = "5f7a612b-fdcc-4d33-90fa-a9f6bc6db32f"
BILL = "ed255415-e141-4150-aab7-89c3bbbb851c"
XERO = {"Authorization": "Bearer token", "xero-tenant-id": TENANT, "Accept": "application/json"}
PROCORE = {"Authorization": "Bearer token", "Procore-Company-Id": "42"}
JSON = {"Content-Type": "application/json"}
ENVELOPE = {"Id": BILL, "Status": "OK", "ProviderName": "OneCore", "DateTimeUTC": "/Date(1552327126164)/"}
LINE = {"Description": "Claim 1", "Quantity": 1, "UnitAmount": 40, "AccountCode": "310", "TaxType": "INPUT"}


def wire(value: Any) -> bytes:
    return json.dumps(value).encode()


def bill(**changes: Any) -> dict[str, Any]:
    return {
        "Type": "ACCPAY",
        "Contact": {"ContactID": TENANT},
        "InvoiceNumber": "PC-1",
        "Date": "2026-11-20",
        "DueDate": "2026-12-20",
        "LineAmountTypes": "Exclusive",
        "Status": "DRAFT",
        "LineItems": [LINE],
    } | changes


def saved_bill(**changes: Any) -> dict[str, Any]:
    answered = {
        "InvoiceID": BILL,
        "Date": "/Date(1795132800000+0000)/",
        "DateString": "2026-11-20T00:00:00",
        "DueDate": "/Date(1797724800000+0000)/",
        "SubTotal": 40,
        "TotalTax": 4,
        "Total": 44,
        "AmountDue": 44,
        "UpdatedDateUTC": "/Date(1552327126117+0000)/",
        "CurrencyCode": "AUD",
        "HasErrors": False,
    }
    return bill() | answered | changes


def posted(sent: dict[str, Any], told: dict[str, Any], **changes: Any) -> Exchange:
    plain = Exchange(
        "xero-api",
        "POST",
        "/api.xro/2.0/Invoices",
        [("summarizeErrors", "false"), ("unitdp", "4")],
        {**XERO, **JSON, "Idempotency-Key": "a"},
        wire({"Invoices": [sent]}),
        200,
        JSON,
        wire({**ENVELOPE, "Invoices": [told]}),
    )
    return dataclasses.replace(plain, **changes)


def claims(told: Any, query: Iterable[tuple[str, str]] = (("project_id", "7"),), **changes: Any) -> Exchange:
    plain = Exchange(
        "procore-api", "GET", "/rest/v1.1/requisitions", list(query), PROCORE, b"", 200, JSON, wire(told)
    )
    return dataclasses.replace(plain, **changes)


def claim(**changes: Any) -> dict[str, Any]:
    return {
        "id": 9,
        "project_id": 7,
        "status": "approved",
        "billing_date": "2026-11-01",
        "number": 3,
        "updated_at": "2026-11-02T03:04:05Z",
        "origin_id": None,
        "final": None,
        "summary": {"total_retainage": "20.00"},
    } | changes


def only(exchange: Exchange) -> Violation:
    found = validate_exchange(exchange)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("exchange", [posted(bill(), saved_bill()), claims([claim()]), claims([])])
def test_a_correct_exchange_passes(exchange: Exchange) -> None:
    assert validate_exchange(exchange) == []


def test_an_unknown_field_in_a_request_is_caught() -> None:
    found = only(posted(bill(InvoiceNo="PC-1"), saved_bill()))
    assert (found.side, found.kind) == ("request", "body")
    assert "InvoiceNo" in found.message and found.place == "/Invoices/0"


def test_an_unknown_field_deep_inside_a_request_is_caught() -> None:
    found = only(posted(bill(LineItems=[LINE | {"Tracking": [{"Colour": "red"}]}]), saved_bill()))
    assert found.place == "/Invoices/0/LineItems/0/Tracking/0"


def test_a_field_only_the_system_writes_is_caught_in_a_request() -> None:
    assert "AmountDue" in only(posted(bill(AmountDue=4), saved_bill())).message


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"Total": "44.00"}, "/Invoices/0/Total"),
        ({"Status": "APPROVED"}, "/Invoices/0/Status"),
        ({"InvoiceID": "1"}, "/Invoices/0/InvoiceID"),
        ({"Date": "2026-11-20"}, "/Invoices/0/Date"),
        ({"Date": "/Date(1795132800001+0000)/"}, "/Invoices/0/Date"),
        ({"DueDate": None}, "/Invoices/0/DueDate"),
        ({"Colour": "red"}, "/Invoices/0"),
    ],
)
def test_a_wrong_value_in_an_answer_of_xero_is_caught(changes: dict[str, Any], place: str) -> None:
    found = only(posted(bill(), saved_bill(**changes)))
    assert (found.side, found.place) == ("answer", place)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"id": "9"}, "/0/id"),
        ({"billing_date": "2026-02-30"}, "/0/billing_date"),
        ({"updated_at": "2026-11-02"}, "/0/updated_at"),
        ({"status": "paid"}, "/0/status"),
        ({"status": None}, "/0/status"),
        ({"summary": {"total_retainage": 20.0}}, "/0/summary/total_retainage"),
        ({"total": "1.00"}, "/0"),
    ],
)
def test_a_wrong_value_in_an_answer_of_procore_is_caught(changes: dict[str, Any], place: str) -> None:
    found = only(claims([claim(**changes)]))
    assert (found.side, found.place) == ("answer", place)


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ([("project_id", "7"), ("filters[colour]", "red")], "query filters[colour]"),
        ([("project_id", "seven")], "query project_id"),
        ([("project_id", "7"), ("project_id", "8")], "query project_id"),
        ([], "query project_id"),
        ([("project_id", "7"), ("filters[status]", "paid")], "query filters[status]"),
        ([("project_id", "7"), ("filters[updated_at]", "2026-11-01")], "query filters[updated_at]"),
        ([("project_id", "7"), ("filters[id]", "1,x")], "query filters[id]"),
    ],
)
def test_a_wrong_query_is_caught(query: list[tuple[str, str]], place: str) -> None:
    found = only(claims([], query))
    assert (found.side, found.place) == ("request", place)


@pytest.mark.parametrize(
    "query",
    [
        [("filters[id]", "1,2")],
        [("filters[id]", "[1,2]")],
        [("filters[id][]", "1"), ("filters[id][]", "2")],
        [("filters[updated_at]", "2026-11-01T00:00:00Z...2026-11-02T00:00:00+11:00")],
        [("filters[status]", "approved"), ("per_page", "100"), ("page", "2"), ("view", "extended")],
    ],
)
def test_every_documented_spelling_of_a_filter_passes(query: list[tuple[str, str]]) -> None:
    assert validate_exchange(claims([], [("project_id", "7"), *query])) == []


@pytest.mark.parametrize(
    ("exchange", "kind"),
    [
        (claims([], path="/rest/v1.1/claims", status=404), "path"),
        (claims([], method="PUT", status=405), "method"),
        (posted(bill(), saved_bill(), path="/api.xro/3.0/Invoices"), "path"),
        (claims([], headers={"Authorization": "Bearer token"}), "header"),
        (claims([], headers={"Procore-Company-Id": "42"}), "header"),
        (posted(bill(), saved_bill(), headers=JSON | {"Authorization": "Bearer token"}), "header"),
        (posted(bill(), saved_bill(), headers=XERO | {"Content-Type": "text/plain"}), "content"),
        (posted(bill(), saved_bill(), body=b""), "body"),
        (posted(bill(), saved_bill(), body=b'{"Invoices": [], "Invoices": []}'), "body"),
        (posted(bill(), saved_bill(), answer_body=b'{"Invoices": [{"Total": NaN}]}'), "body"),
        (posted(bill(), saved_bill(), answer_headers={"Content-Type": "text/html"}), "content"),
        (posted(bill(), saved_bill(), status=201), "status"),
    ],
)
def test_a_wrong_request_or_answer_is_caught(exchange: Exchange, kind: str) -> None:
    assert only(exchange).kind == kind


def test_an_undocumented_path_that_is_answered_is_the_answers_fault_as_well() -> None:
    assert only(claims([], path="/rest/v1.1/claims")).side == "request and answer"


def test_a_page_for_a_browser_has_no_contract() -> None:
    page = Exchange("xero-login", "GET", "/identity/connect/authorize", [("anything", "1")])
    assert validate_exchange(page) == []


def test_a_form_is_held_to_its_schema() -> None:
    token = Exchange(
        "procore-login",
        "POST",
        "/oauth/token",
        [],
        {"Content-Type": "application/x-www-form-urlencoded"},
        b"grant_type=client_credentials&client_id=a&client_secret=b",
        200,
        JSON,
        wire({"access_token": "t", "token_type": "bearer", "expires_in": 5400, "created_at": 1795132800}),
    )
    assert validate_exchange(token) == []
    assert only(dataclasses.replace(token, body=token.body + b"&secret=b")).side == "request"
    assert only(dataclasses.replace(token, body=token.body.replace(b"client_c", b"c"))).place == "/grant_type"


def test_a_named_folder_without_documents_is_an_error_not_a_skip(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Validator(tmp_path).violations(claims([]))


def test_a_large_exchange_is_checked_in_time_once_warm() -> None:
    exchange = claims([claim(id=number) for number in range(100)])
    validate_exchange(exchange)
    took = []
    for _ in range(20):
        started = time.perf_counter()
        assert validate_exchange(exchange) == []
        took.append(time.perf_counter() - started)
    assert min(took) < 0.005, min(took)


@pytest.mark.parametrize("entry", KNOWN, ids=lambda entry: entry.name)
def test_the_line_named_says_so(entry: Known) -> None:
    assert FOLDER is not None and entry.reason.endswith(".")
    name, number = entry.line.split(":")
    if not (FOLDER / name).exists():
        pytest.skip(f"{name} is not beside the documents")
    line = (FOLDER / name).read_text().splitlines()[int(number) - 1]
    assert entry.word in line


@pytest.mark.parametrize("entry", KNOWN, ids=lambda entry: entry.name)
def test_the_document_still_says_otherwise(entry: Known) -> None:
    assert FOLDER is not None
    document = documents.read(FOLDER / f"{entry.document}.openapi.yaml")
    for part in entry.parts:
        assert documents.places(document, part), f"{part} is nowhere"
        changed = documents.corrected(document, [dataclasses.replace(entry, parts=(part,))])
        assert changed != document, f"{part} says so itself"
