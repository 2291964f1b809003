"""The simulated Xero's front door over real HTTP: consent, tokens, scopes, tenants, limits, keys, errors."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from integrations.sandbox.server import Sandbox
from tests.xero_caller import AYR, CUSTOM, SCOPES, TENANT, WEB, Caller, bill, served

REDIRECT = "https://portal.example/callback"
ALL = f"openid profile email offline_access {SCOPES}"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    yield from served()


@pytest.fixture
def caller(sandbox: Sandbox) -> Caller:
    return Caller(sandbox)


def later(sandbox: Sandbox, seconds: float) -> None:
    """Let sandbox time pass."""
    sandbox.clock.set(now=sandbox.clock.now() + timedelta(seconds=seconds, milliseconds=1))


def asked(**over: str) -> dict[str, str]:
    fields = {
        "response_type": "code",
        "client_id": WEB[0],
        "redirect_uri": REDIRECT,
        "scope": ALL,
        "state": "s1",
    }
    return {name: value for name, value in (fields | over).items() if value}


def consent(sandbox: Sandbox, decision: str = "allow", **over: str) -> dict[str, list[str]]:
    """Decide on the consent page and return what the redirect carries."""
    page = f"{sandbox.address}/xero-login/identity/connect/authorize"
    form = asked(**over) | {"decision": decision, "tenant": TENANT}
    answer = requests.post(page, data=form, allow_redirects=False, timeout=10)
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(REDIRECT)
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def signed_in(sandbox: Sandbox, caller: Caller) -> dict[str, Any]:
    code = consent(sandbox)["code"][0]
    return caller.ask(WEB, grant_type="authorization_code", code=code, redirect_uri=REDIRECT).json()


def connections(sandbox: Sandbox, token: str, path: str = "connections") -> requests.Response:
    return requests.get(
        f"{sandbox.address}/xero-api/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=10
    )


def test_the_consent_page_shows_app_and_organisations(sandbox: Sandbox) -> None:
    page = requests.get(
        f"{sandbox.address}/xero-login/identity/connect/authorize", params=asked(), timeout=10
    )
    assert page.status_code == 200
    assert "Harbour Builders Pty Ltd" in page.text
    assert 'name="decision" value="allow"' in page.text


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"client_id": "unknown"}, "unauthorized_client"),
        ({"redirect_uri": "http://127.0.0.1:8000/back"}, "redirect_uri"),
        ({"redirect_uri": "http://portal.example/back"}, "redirect_uri"),
        ({"scope": "accounting.transactions"}, "invalid_scope"),
        ({"scope": "accounting.everything"}, "invalid_scope"),
        ({"state": ""}, "state"),
        ({"response_type": "token"}, "unsupported_response_type"),
    ],
)
def test_a_wrong_authorisation_request_is_refused(sandbox: Sandbox, over: dict[str, str], words: str) -> None:
    page = f"{sandbox.address}/xero-login/identity/connect/authorize"
    answer = requests.get(page, params=asked(**over), timeout=10)
    assert answer.status_code == 400
    assert words in answer.text


def test_cancelling_goes_back_with_access_denied(sandbox: Sandbox) -> None:
    assert consent(sandbox, "cancel") == {"error": ["access_denied"], "state": ["s1"]}


def test_a_code_is_traded_once_for_tokens(sandbox: Sandbox, caller: Caller) -> None:
    carried = consent(sandbox)
    assert carried["state"] == ["s1"]
    form = {"grant_type": "authorization_code", "code": carried["code"][0], "redirect_uri": REDIRECT}
    token = caller.ask(WEB, **form).json()
    assert (token["expires_in"], token["token_type"]) == (1800, "Bearer")
    assert token["refresh_token"]
    assert token["id_token"]
    payload = token["access_token"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["scope"] == ALL.split()
    assert claims["xero_userid"]
    assert claims["authentication_event_id"]
    again = caller.ask(WEB, **form)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


def test_a_code_ends_after_five_minutes_and_fits_its_redirect_only(sandbox: Sandbox, caller: Caller) -> None:
    code = consent(sandbox)["code"][0]
    wrong = caller.ask(WEB, grant_type="authorization_code", code=code, redirect_uri=REDIRECT + "/")
    assert wrong.json() == {"error": "invalid_grant"}
    later(sandbox, 300)
    late = caller.ask(WEB, grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
    assert late.json() == {"error": "invalid_grant"}


def test_a_wrong_secret_is_refused(caller: Caller) -> None:
    answer = caller.ask((WEB[0], "guess"), grant_type="refresh_token", refresh_token="x")
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_client"})


def test_without_offline_access_there_is_no_refresh_token(sandbox: Sandbox, caller: Caller) -> None:
    code = consent(sandbox, scope=SCOPES)["code"][0]
    token = caller.ask(WEB, grant_type="authorization_code", code=code, redirect_uri=REDIRECT).json()
    assert "refresh_token" not in token
    assert "id_token" not in token


def test_a_refresh_rotates_and_the_old_one_lives_half_an_hour(sandbox: Sandbox, caller: Caller) -> None:
    first = signed_in(sandbox, caller)
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = caller.ask(WEB, **form).json()
    assert second["refresh_token"] != first["refresh_token"]
    later(sandbox, 1799)
    assert caller.ask(WEB, **form).status_code == 200
    later(sandbox, 2)
    dead = caller.ask(WEB, **form)
    assert (dead.status_code, dead.json()) == (400, {"error": "invalid_grant"})
    assert (
        caller.ask(WEB, grant_type="refresh_token", refresh_token=second["refresh_token"]).status_code == 200
    )


def test_an_unused_refresh_token_ends_after_sixty_days(sandbox: Sandbox, caller: Caller) -> None:
    first = signed_in(sandbox, caller)
    later(sandbox, 60 * 86_400 + 1)
    answer = caller.ask(WEB, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert answer.json() == {"error": "invalid_grant"}


def test_an_access_token_ends_after_half_an_hour(sandbox: Sandbox, caller: Caller) -> None:
    later(sandbox, 1801)
    answer = caller.call("GET", "Organisation")
    assert answer.status_code == 401
    assert answer.json()["Detail"].startswith("TokenExpired: token expired at 11/20/2026 02:30:00")


def test_client_credentials_are_for_custom_connections(caller: Caller) -> None:
    web = caller.ask(WEB, grant_type="client_credentials", scope=SCOPES)
    assert web.json() == {"error": "unauthorized_client"}
    broad = caller.ask(CUSTOM, grant_type="client_credentials", scope="accounting.transactions")
    assert broad.json() == {"error": "invalid_scope"}
    assert "refresh_token" not in caller.ask(CUSTOM, grant_type="client_credentials", scope=ALL).json()
    assert caller.ask(CUSTOM, grant_type="password").json() == {"error": "unsupported_grant_type"}


@pytest.mark.parametrize("path", ["connections", "Connections"])
def test_connections_in_both_spellings(sandbox: Sandbox, caller: Caller, path: str) -> None:
    token = signed_in(sandbox, caller)["access_token"]
    rows = connections(sandbox, token, path).json()
    assert [row["tenantId"] for row in rows] == [TENANT]
    assert rows[0]["tenantType"] == "ORGANISATION"
    assert len(rows[0]["createdDateUtc"].partition(".")[2]) == 7
    event = rows[0]["authEventId"]
    assert len(connections(sandbox, token, f"{path}?authEventId={event}").json()) == 1
    assert connections(sandbox, token, f"{path}?authEventId={TENANT}").json() == []


def test_a_deleted_connection_forbids_the_tenant(sandbox: Sandbox, caller: Caller) -> None:
    token = signed_in(sandbox, caller)["access_token"]
    id = connections(sandbox, token).json()[0]["id"]
    address, head = f"{sandbox.address}/xero-api/connections/{id}", {"Authorization": f"Bearer {token}"}
    assert requests.delete(address, headers=head, timeout=10).status_code == 204
    assert requests.delete(address, headers=head, timeout=10).status_code == 404
    headers = {"Authorization": f"Bearer {token}", "xero-tenant-id": TENANT}
    answer = caller.call("GET", "Organisation", headers=headers)
    assert (answer.status_code, answer.json()["Detail"]) == (403, "AuthenticationUnsuccessful")


def test_revocation_drops_tokens_and_connections(sandbox: Sandbox, caller: Caller) -> None:
    token = signed_in(sandbox, caller)
    address = f"{sandbox.address}/xero-identity/connect/revocation"
    answer = requests.post(address, data={"token": token["refresh_token"]}, auth=WEB, timeout=10)
    assert (answer.status_code, answer.content) == (200, b"")
    assert connections(sandbox, token["access_token"]).status_code == 401
    assert sandbox.xero.connections == [row for row in sandbox.xero.connections if row["app"] != WEB[0]]
    assert requests.post(address, data={"token": "unknown"}, auth=WEB, timeout=10).status_code == 200


def test_a_web_token_must_name_its_own_tenant(sandbox: Sandbox, caller: Caller) -> None:
    head = {"Authorization": f"Bearer {signed_in(sandbox, caller)['access_token']}"}
    assert caller.call("GET", "Organisation", headers=head).status_code == 403
    assert caller.call("GET", "Organisation", headers=head | {"xero-tenant-id": AYR}).status_code == 403
    good = caller.call("GET", "Organisation", headers=head | {"Xero-Tenant-Id": TENANT.upper()})
    assert good.status_code == 200


def test_no_token_and_an_invented_one_are_401(caller: Caller) -> None:
    for value in ("", "Bearer nonsense"):
        answer = caller.call("GET", "Organisation", headers={"Authorization": value})
        assert (answer.status_code, answer.json()["Detail"]) == (401, "AuthenticationUnsuccessful")


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        ("accounting.contacts", "GET", "Invoices", 401),
        ("accounting.invoices.read", "GET", "Invoices", 200),
        ("accounting.invoices.read", "PUT", "Invoices", 401),
        ("accounting.settings.read", "PUT", "TrackingCategories", 401),
        ("accounting.settings", "GET", "Accounts", 200),
        ("accounting.invoices", "GET", "Payments", 401),
        ("accounting.invoices", "GET", "Reports/TrialBalance", 401),
        ("accounting.reports.trialbalance.read", "GET", "Reports/TrialBalance", 200),
    ],
)
def test_a_missing_scope_is_401_not_403(
    sandbox: Sandbox, scopes: str, method: str, path: str, status: int
) -> None:
    answer = Caller(sandbox, scopes).call(method, path, bill() if method == "PUT" else None)
    assert answer.status_code == status
    if status == 401:
        assert answer.json()["Detail"] == "AuthorizationUnsuccessful"


def test_without_accept_the_answer_is_xml(caller: Caller) -> None:
    answer = caller.call("GET", "Organisation", headers={"Accept": "*/*"})
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert "<Organisation><APIKey" in answer.text


def test_a_body_may_be_xml(caller: Caller) -> None:
    row = "<Description>Sand</Description><Quantity>2</Quantity><UnitAmount>5.50</UnitAmount>"
    xml = (
        f"<Invoices><Invoice><Type>ACCPAY</Type><Contact><ContactID>{AYR}</ContactID></Contact>"
        f"<LineItems><LineItem>{row}</LineItem></LineItems></Invoice></Invoices>"
    )
    made = caller.call("PUT", "Invoices", xml.encode(), {"Content-Type": "application/xml"})
    assert made.json()["Invoices"][0]["SubTotal"] == 11.0


def test_the_minute_limit_rolls_and_says_when(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.switches.xero_minute_limit = 3
    first = caller.call("GET", "Organisation")
    assert first.headers["X-MinLimit-Remaining"] == "2"
    assert first.headers["X-DayLimit-Remaining"] == "4999"
    assert first.headers["X-AppMinLimit-Remaining"] == "9999"
    later(sandbox, 30)
    assert [caller.call("GET", "Organisation").status_code for _ in range(3)] == [200, 200, 429]
    refused = caller.call("GET", "Organisation")
    assert refused.headers["X-Rate-Limit-Problem"] == "minute"
    assert refused.headers["Retry-After"] in ("30", "31")
    assert refused.headers["X-MinLimit-Remaining"] == "0"
    later(sandbox, 31)
    assert caller.call("GET", "Organisation").status_code == 200


def test_the_day_limit_is_named(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.switches.xero_day_limit = 1
    caller.call("GET", "Organisation")
    later(sandbox, 3600)
    refused = Caller(sandbox).call("GET", "Organisation")
    assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "day")
    assert int(refused.headers["Retry-After"]) > 80_000


def test_limits_are_per_tenant_and_app(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.switches.xero_minute_limit = 1
    caller.call("GET", "Organisation")
    head = {"Authorization": f"Bearer {signed_in(sandbox, caller)['access_token']}", "xero-tenant-id": TENANT}
    assert caller.call("GET", "Organisation", headers=head).status_code == 200
    assert caller.call("GET", "Organisation").status_code == 429


def test_a_sixth_call_in_flight_is_refused(sandbox: Sandbox, caller: Caller) -> None:
    for _ in range(5):
        assert sandbox.limits.enter(f"{CUSTOM[0]} {TENANT}", 5)
    refused = caller.call("GET", "Organisation")
    assert (refused.status_code, refused.headers["X-Rate-Limit-Problem"]) == (429, "concurrent")
    assert "Retry-After" not in refused.headers
    sandbox.limits.leave(f"{CUSTOM[0]} {TENANT}")
    assert caller.call("GET", "Organisation").status_code == 200


def test_a_repeated_key_has_one_effect(sandbox: Sandbox, caller: Caller) -> None:
    key = {"Idempotency-Key": "k-1"}
    first, second = (caller.call("PUT", "Invoices", bill(), key) for _ in range(2))
    assert first.content == second.content
    assert len(caller.get("Invoices")["Invoices"]) == 1
    other = caller.call("PUT", "Invoices", bill("PC-2"), key)
    assert other.status_code == 400
    assert "different request" in other.json()["Message"]
    later(sandbox, 361)
    assert caller.call("PUT", "Invoices", bill(), key).status_code == 200
    assert len(caller.get("Invoices")["Invoices"]) == 2


def test_a_key_keeps_errors_too(sandbox: Sandbox, caller: Caller) -> None:
    key, sent = {"Idempotency-Key": "k-2"}, bill(Contact={"ContactID": AYR})
    sandbox.act("archive_contact", contact=AYR)
    assert caller.call("PUT", "Invoices", sent, key).status_code == 400
    sandbox.act("unarchive_contact", contact=AYR)
    assert caller.call("PUT", "Invoices", sent, key).status_code == 400
    assert caller.call("PUT", "Invoices", sent, {"Idempotency-Key": "k-3"}).status_code == 200


def test_a_key_can_be_too_long(caller: Caller) -> None:
    assert caller.call("PUT", "Invoices", bill(), {"Idempotency-Key": "k" * 129}).status_code == 400


def test_a_key_outlives_a_lost_answer(sandbox: Sandbox, caller: Caller) -> None:
    sandbox.faults.add("drop_after", method="PUT")
    with pytest.raises(requests.ConnectionError):
        caller.call("PUT", "Invoices", bill(), {"Idempotency-Key": "k-4"})
    assert caller.call("PUT", "Invoices", bill(), {"Idempotency-Key": "k-4"}).status_code == 200
    assert len(caller.get("Invoices")["Invoices"]) == 1


def test_unknown_addresses_are_404_in_plain_words(caller: Caller) -> None:
    for path in ("Nothing", f"Invoices/{AYR}", "Contacts/none"):
        answer = caller.call("GET", path)
        assert (answer.status_code, answer.text) == (404, "The resource you're looking for cannot be found")


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"x"', b'{"Invoices": 1}', b'{"Invoices": []}', b'{"Invoices": [3]}']
)
def test_an_unreadable_body_is_error_14(caller: Caller, body: bytes) -> None:
    answer = caller.call("PUT", "Invoices", body, {"Content-Type": "application/json"})
    if body == b'{"Invoices": 1}':  # read as one invoice without a type
        assert answer.json()["ErrorNumber"] == 10
    else:
        assert (answer.status_code, answer.json()["ErrorNumber"]) == (400, 14)


def test_a_request_can_be_too_large(caller: Caller) -> None:
    answer = caller.call("PUT", "Invoices", b" " * 3_600_000, {"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["Detail"]) == (413, "PayloadTooLarge")


def test_disconnecting_forbids_until_somebody_connects_again(sandbox: Sandbox, caller: Caller) -> None:
    assert sandbox.act("disconnect")["disconnected"] == 1
    assert caller.call("GET", "Organisation").status_code == 403
    fresh = caller.ask(grant_type="client_credentials", scope=SCOPES).json()["access_token"]
    head = {"Authorization": f"Bearer {fresh}"}
    assert caller.call("GET", "Organisation", headers=head).status_code == 403
    sandbox.act("reconnect")
    assert Caller(sandbox).call("GET", "Organisation").status_code == 200
