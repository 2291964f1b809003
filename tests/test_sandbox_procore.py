"""The simulated Procore over real HTTP: sign-in, limits, lists, claims, vendors, payments, acts."""

import base64
import hashlib
import itertools
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from integrations.sandbox.procore.company import KINDS
from integrations.sandbox.procore.vendors import abn_is_valid
from integrations.sandbox.server import Sandbox

HOME = "https://portal.example.com/back/"
CLIENT = {"client_id": "app", "client_secret": "hush"}


def line(id: int, amount: str, code: int = 91) -> dict[str, Any]:
    return {
        "id": id,
        "amount": amount,
        "cost_code_id": code,
        "line_item_type_id": 5,
        "description": f"Line {id}",
    }


def moved(line_item_id: int, work: str = "0.00", retained: str = "0.00", **more: Any) -> dict[str, Any]:
    return {
        "line_item_id": line_item_id,
        "work_completed_this_period": work,
        "work_completed_retainage_retained_this_period": retained,
    } | more


PROJECT: dict[str, Any] = {
    "id": 7,
    "name": "Harbour Rise",
    "project_number": "24-007",
    "stage": "Send to Xero",
    "updated_at": "2026-09-01T00:00:00Z",
    "cost_codes": [{"id": 91, "standard_cost_code_id": 2}, {"id": 92, "code": "200", "name": "Formwork"}],
    "billing_periods": [
        {"id": 61, "start_date": "2026-10-01", "end_date": "2026-10-31", "due_date": "2026-11-15"}
    ],
    "work_order_contracts": [
        {
            "id": 21,
            "number": "SC-1",
            "title": "Concrete",
            "vendor_id": 11,
            "line_items": [line(211, "8000.00"), line(212, "2000.00", 92)],
        }
    ],
    "purchase_order_contracts": [
        {
            "id": 22,
            "number": "PO-1",
            "vendor_id": 11,
            "accounting_method": "unit",
            "line_items": [{"id": 221, "cost_code_id": 91, "quantity": "12.5000", "unit_cost": "80.00"}],
        }
    ],
    "change_order_packages": [
        {"id": 41, "contract_id": 21, "number": "1", "title": "Footing", "line_items": [line(411, "500.00")]}
    ],
    "requisitions": [
        {
            "id": 31,
            "commitment_id": 21,
            "invoice_number": "C-1",
            "billing_date": "2026-09-30",
            "updated_at": "2026-10-01T00:00:00Z",
            "approved_at": "2026-10-01T00:00:00Z",
            "items": [moved(211, "1000.00", "100.00"), moved(212, materials_presently_stored="300.00")],
        },
        {
            "id": 32,
            "commitment_id": 21,
            "invoice_number": "C-2",
            "billing_date": "2026-10-31",
            "period_id": 61,
            "status": "under_review",
            "updated_at": "2026-11-01T00:00:00Z",
            "items": [
                moved(211, "2000.00", "200.00", work_completed_retainage_released_this_period="50.00"),
                moved(212, "300.00", materials_presently_stored="100.00"),
                moved(411, "500.00", "50.00", item_type="change_order_item"),
            ],
        },
    ],
    "prime_contracts": [
        {"id": 23, "number": "HC-1", "title": "Head", "vendor_id": 11, "line_items": [line(231, "20000.00")]}
    ],
    "payment_applications": [
        {"id": 71, "contract_id": 23, "period_id": 61, "items": [moved(231, "5000.00", "500.00")]},
        {"id": 72, "contract_id": 23, "items": [moved(231, "1000.00")]},
    ],
    "direct_costs": [
        {"id": 81, "vendor_id": 11, "invoice_number": "D-1", "line_items": [line(811, "75.00")]}
    ],
    "contract_payments": [
        {"id": 51, "contract_id": 21, "amount": "900.00", "date": "2026-10-20", "requisition_id": 31},
        {
            "id": 52,
            "contract_id": 21,
            "amount": "10.00",
            "date": "2026-10-21",
            "external_payment_id": "pay-1",
        },
        {"id": 53, "contract_id": 21, "amount": "20.00", "date": "2026-10-22", "origin_id": "other:1"},
    ],
}
WORLD: dict[str, Any] = {
    "now": "2026-11-20T02:00:00Z",
    "clients": {"procore": [{**CLIENT, "redirect_uris": [HOME], "companies": [42]}]},
    "users": {"procore": [{"id": 101, "login": "ann@example.com", "name": "Ann"}]},
    "procore": {
        "companies": [
            {
                "id": 42,
                "name": "Seabrook Constructions",
                "standard_cost_codes": [
                    {"id": 1, "code": "03", "name": "Concrete"},
                    {"id": 2, "code": "100", "name": "Footings", "parent_id": 1},
                ],
                "line_item_types": [{"id": 5, "code": "S", "name": "Subcontract", "base_type": "commitment"}],
                "vendors": [
                    {"id": 11, "name": "Aldinga Concrete", "abn": "51824753556", "origin_code": "V-11"},
                    {"id": 12, "name": "Gone Steel", "is_active": False},
                    *({"id": 1000 + n, "name": f"Vendor {n:03}"} for n in range(120)),
                ],
                "projects": [PROJECT, {"id": 8, "name": "Empty site", "active": False}],
            },
            {"id": 43, "name": "Not ours"},
        ]
    },
}


class Client:
    """A client of the simulated Procore with a token of the app."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.headers.update({"Procore-Company-Id": "42"})
        self.use(self.grant(grant_type="client_credentials").json()["access_token"])

    def use(self, token: str) -> None:
        self.session.headers["Authorization"] = f"Bearer {token}"

    def login(self, path: str) -> str:
        return f"{self.sandbox.address}/procore-login/oauth/{path}"

    def grant(self, **fields: str) -> requests.Response:
        return requests.post(self.login("token"), data={**CLIENT, **fields}, timeout=10)

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> requests.Response:
        address = f"{self.sandbox.address}/procore-api/rest/{path}"
        return self.session.request(method, address, params=query, json=body, timeout=10)

    def get(self, path: str, **query: Any) -> Any:
        answer = self.send("GET", path, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def claim(self, id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"v1.1/requisitions/{id}", project_id=7)
        return found

    def consent(self, decision: str = "allow", **fields: str) -> dict[str, str]:
        asked = {"response_type": "code", "client_id": "app", "redirect_uri": HOME, "state": "s1", **fields}
        page = requests.get(self.login("authorize"), params=asked, timeout=10)
        assert "Ann (ann@example.com)" in page.text
        form = {**asked, "user_id": "101", "decision": decision}
        answer = requests.post(self.login("authorize"), data=form, allow_redirects=False, timeout=10)
        assert answer.headers["Location"].startswith(HOME)
        return {
            name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()
        }


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    sandbox.load(WORLD)
    return Client(sandbox)


# --- Sign-in ------------------------------------------------------------------------------------------------


def test_a_code_is_for_one_use_and_its_refresh_token_too(client: Client) -> None:
    back = client.consent()
    assert back["state"] == "s1"
    fields = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": HOME}
    assert client.grant(**{**fields, "redirect_uri": HOME.rstrip("/")}).status_code == 401
    first = client.grant(**fields).json()
    assert first["expires_in"] == 5400 and first["token_type"] == "bearer" and first["created_at"] > 0
    assert client.grant(**fields).json()["error"] == "invalid_grant"
    client.use(first["access_token"])
    assert client.get("v1.0/me") == {"id": 101, "name": "Ann", "login": "ann@example.com"}
    second = client.grant(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert client.send("GET", "v1.0/me").status_code == 401
    again = client.grant(grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert again.status_code == 401 and again.json() == {"error": "invalid_grant"}
    client.use(second["access_token"])
    assert client.get("v1.0/me")["id"] == 101


def test_a_refresh_whose_answer_is_lost_burns_the_token(client: Client) -> None:
    code = client.consent()["code"]
    pair = client.grant(grant_type="authorization_code", code=code, redirect_uri=HOME).json()
    client.sandbox.faults.add("drop_after", path="/procore-login/oauth/token", times=1)
    with pytest.raises(requests.ConnectionError):
        client.grant(grant_type="refresh_token", refresh_token=pair["refresh_token"])
    assert client.grant(grant_type="refresh_token", refresh_token=pair["refresh_token"]).status_code == 401


def test_codes_expire_after_ten_minutes_and_refusals_go_back(client: Client) -> None:
    code = client.consent()["code"]
    client.sandbox.clock.set(now=client.sandbox.clock.now() + timedelta(minutes=10))
    refused = client.grant(grant_type="authorization_code", code=code, redirect_uri=HOME)
    assert refused.json()["error"] == "invalid_grant"
    assert client.consent("cancel") == {"error": "access_denied", "state": "s1"}


def test_a_code_can_be_bound_to_a_verifier(client: Client) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    for sent, status in (("wrong" * 9, 401), (verifier, 200)):
        code = client.consent(code_challenge=challenge, code_challenge_method="S256")["code"]
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": HOME,
            "code_verifier": sent,
        }
        assert client.grant(**fields).status_code == status


def test_strangers_are_refused_at_the_login_host(client: Client) -> None:
    asked = {"response_type": "code", "client_id": "app", "redirect_uri": "https://evil.example.com/"}
    answer = requests.get(client.login("authorize"), params=asked, allow_redirects=False, timeout=10)
    assert answer.status_code == 401 and "Location" not in answer.headers
    assert client.grant(grant_type="client_credentials", client_secret="no").json() == {
        "error": "invalid_client"
    }
    assert client.grant(grant_type="password").json()["error"] == "unsupported_grant_type"


def test_a_service_account_gets_no_refresh_token_and_needs_the_header(client: Client) -> None:
    token = client.grant(grant_type="client_credentials").json()
    assert "refresh_token" not in token
    held = {"Authorization": f"Bearer {token['access_token']}"}
    about = requests.get(client.login("token/info"), headers=held, timeout=10).json()
    assert about["application"] == {"uid": "app"} and about["expires_in_seconds"] > 5390
    for path in ("v1.0/me", "v1.0/companies"):
        bare = requests.get(f"{client.sandbox.address}/procore-api/rest/{path}", headers=held, timeout=10)
        assert bare.json()["message"].startswith("Missing Procore-Company-Id header!")
    assert [company["id"] for company in client.get("v1.0/companies")] == [42]
    revoked = requests.post(
        client.login("revoke"), data={**CLIENT, "token": token["access_token"]}, timeout=10
    )
    assert revoked.status_code == 200
    client.use(token["access_token"])
    assert client.send("GET", "v1.0/me").status_code == 401


def test_a_user_token_needs_no_header_for_me_and_companies(client: Client) -> None:
    code = client.consent()["code"]
    client.use(
        client.grant(grant_type="authorization_code", code=code, redirect_uri=HOME).json()["access_token"]
    )
    del client.session.headers["Procore-Company-Id"]
    assert client.get("v1.0/me")["login"] == "ann@example.com"
    assert len(client.get("v1.0/companies")) == 1
    assert client.send("GET", "v1.0/me", company_id=42).status_code == 400
    assert client.send("GET", "v1.1/projects", company_id=42).status_code == 400


def test_other_companies_and_projects_not_permitted_stay_hidden(client: Client) -> None:
    client.session.headers["Procore-Company-Id"] = "43"
    assert client.send("GET", "v1.1/projects", company_id=43).status_code == 403
    client.session.headers["Procore-Company-Id"] = "42"
    client.sandbox.act("permit_projects", project_ids=[8])
    assert client.get("v1.1/projects", company_id=42) == []
    assert client.send("GET", "v1.1/requisitions", project_id=7).status_code == 403
    client.sandbox.act("connect_company", connected=False)
    refused = client.send("GET", "v1.0/vendors", company_id=42)
    assert refused.status_code == 403 and refused.json()["message"] == "App is not connected to this company"


# --- Limits -------------------------------------------------------------------------------------------------


def test_the_spike_limit_refuses_and_says_until_when(client: Client) -> None:
    client.sandbox.limits.forget()
    client.sandbox.switches.procore_spike_limit = 3
    client.sandbox.clock.set(speed=0.0)
    for left in (2, 1, 0):
        answer = client.send("GET", "v1.0/me")
        assert answer.headers["X-Rate-Limit-Limit"] == "3"
        assert answer.headers["X-Rate-Limit-Remaining"] == str(left)
    refused = client.send("GET", "v1.0/me")
    assert refused.status_code == 429 and "surpassed the max number of requests" in refused.json()["message"]
    assert "Retry-After" not in refused.headers
    wait = int(refused.headers["X-Rate-Limit-Reset"]) - client.sandbox.clock.seconds()
    assert 10 <= wait <= 11
    client.sandbox.clock.set(speed=1000.0)
    while client.sandbox.clock.seconds() < int(refused.headers["X-Rate-Limit-Reset"]):
        client.sandbox.clock.now()
    assert client.send("GET", "v1.0/me").status_code == 200


def test_the_hourly_limit_and_its_retry_after(client: Client) -> None:
    client.sandbox.limits.forget()
    client.sandbox.switches.procore_hourly_limit = 2
    client.sandbox.switches.procore_retry_after = True
    client.get("v1.0/me")
    assert client.send("GET", "v1.0/me").headers["X-Rate-Limit-Limit"] == "2"
    refused = client.send("GET", "v1.0/me")
    assert refused.status_code == 429 and int(refused.headers["Retry-After"]) > 3500


# --- Lists --------------------------------------------------------------------------------------------------


def test_pages_are_linked_and_follow_each_lists_default(client: Client) -> None:
    first = client.send("GET", "v1.0/vendors", company_id=42)
    assert len(first.json()) == 10 and first.headers["Per-Page"] == "10" and first.headers["Total"] == "121"
    assert "prev" not in first.links and first.links["last"]["url"].endswith("page=13&per_page=10")
    seen, address = [], first.links["first"]["url"]
    while address:
        answer = client.session.get(address, timeout=10)
        seen += [vendor["id"] for vendor in answer.json()]
        address = answer.links.get("next", {}).get("url")
    assert len(seen) == len(set(seen)) == 121
    assert client.get("v1.0/vendors", company_id=42, page=99) == []
    assert client.send("GET", "v1.0/vendors", company_id=42, per_page=0).status_code == 400
    assert client.send("GET", "v1.0/vendors", company_id=42, per_page=9999).headers["Per-Page"] == "2000"
    claims = client.send("GET", "v1.1/requisitions", project_id=7)
    assert claims.headers["Per-Page"] == "30"
    large = client.send("GET", "v1.1/requisitions", project_id=7, per_page=500)
    assert large.headers["Per-Page"] == "100"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"filters[id]": "31,32"}, [31, 32]),
        ({"filters[id]": "[31]"}, [31]),
        ({"filters[id][]": ["31", "32"]}, [31, 32]),
        ({"filters[status]": "approved"}, [31]),
        ({"filters[status][]": ["approved", "under_review"]}, [31, 32]),
        ({"filters[status]": '["under_review"]'}, [32]),
        ({"filters[updated_at]": "2026-10-15T00:00:00Z...2026-11-02T00:00:00Z"}, [32]),
        ({"filters[updated_at]": '"2026-10-15...2026-11-02"'}, [32]),
        ({"filters[updated_at]": "2026-11-01T00:00:00Z...2026-11-02T00:00:00Z"}, []),
        ({"filters[updated_at]": "2026-11-01T10:59:59+11:00...2026-11-02T00:00:00Z"}, [32]),
        ({"filters[updated_at]": "2026-11-01"}, [32]),
        ({"filters[updated_at]": "nonsense"}, []),
        ({"filters[origin_id]": "x"}, []),
        ({"filters[commitment_id]": "21"}, [31, 32]),
        ({"filters[is_last]": "true"}, [32]),
        ({"filters[unknown]": "1"}, [31, 32]),
    ],
)
def test_filters_are_read_in_every_spelling(client: Client, query: dict[str, Any], found: list[int]) -> None:
    assert [claim["id"] for claim in client.get("v1.1/requisitions", project_id=7, **query)] == found


def test_range_ends_can_be_included_by_a_switch(client: Client) -> None:
    query = {"filters[updated_at]": "2026-11-01T00:00:00Z...2026-11-02T00:00:00Z"}
    client.sandbox.switches.procore_range_ends_included = True
    assert [claim["id"] for claim in client.get("v1.1/requisitions", project_id=7, **query)] == [32]


def test_projects_are_active_ones_unless_asked(client: Client) -> None:
    listed = client.get("v1.1/projects", company_id=42)
    assert [project["id"] for project in listed] == [7]
    assert listed[0]["project_stage"]["name"] == "Send to Xero" and "departments" not in listed[0]
    assert len(client.get("v1.0/projects", company_id=42, **{"filters[by_status]": "All"})) == 2
    asked = {"filters[by_status]": "All", "sort": "-name", "view": "compact"}
    assert client.get("v1.1/projects", company_id=42, **asked) == [
        {"id": 7, "name": "Harbour Rise"},
        {"id": 8, "name": "Empty site"},
    ]
    assert client.get("v1.1/projects", company_id=42, **{"filters[project_number]": "24-007"})[0]["id"] == 7
    assert client.get("v1.0/projects/8", company_id=42)["active"] is False
    assert client.send("GET", "v1.0/projects/9", company_id=42).status_code == 404


def test_cost_codes_and_budget_codes(client: Client) -> None:
    ids = client.get("v1.0/standard_cost_codes", company_id=42, standard_cost_code_list_id=1)
    assert ids == [{"id": 1}, {"id": 2}]
    full = client.get(
        "v1.0/standard_cost_codes", company_id=42, standard_cost_code_list_id=1, view="extended", per_page=100
    )
    assert [code["full_code"] for code in full] == ["03", "03-100"] and full[1]["parent_id"] == 1
    own = client.get("v1.0/cost_codes", project_id=7)
    assert [(code["full_code"], code["standard_cost_code_id"]) for code in own] == [
        ("03-100", 2),
        ("200", None),
    ]
    budget = client.get("v1.0/projects/7/work_breakdown_structure/wbs_codes")
    assert {code["flat_code"] for code in budget} == {"03-100.S", "200.S", "03-100"}
    flat = client.get("v2.0/companies/42/projects/7/wbs/codes")["data"]
    assert {row["id"] for row in flat} == {str(code["id"]) for code in budget}


# --- Claims -------------------------------------------------------------------------------------------------


def test_items_show_only_in_the_views_that_have_them(client: Client) -> None:
    assert "items" not in client.get("v1.1/requisitions", project_id=7)[0]
    for view in ("items", "extended"):
        claim = client.get("v1.1/requisitions", project_id=7, view=view)[1]
        assert len(claim["items"]) == 3 and claim["item_packages"][0]["id"] == 41
        assert claim["items"][0]["wbs_code"]["flat_code"] == "03-100.S"
        segments = claim["items"][0]["wbs_code"]["segment_items"]
        assert [part["segment_type"] for part in segments] == ["cost_code", "line_item_type"]
    old = client.get("v1.0/requisitions", project_id=7)[0]
    assert "items" not in old and "vendor_id" not in old and old["vendor_name"] == "Aldinga Concrete"


def test_a_claims_figures_add_up(client: Client) -> None:
    claim = client.claim(32)
    first, second, change = claim["items"]
    assert first["work_completed_from_previous_application"] == "1000.00"
    assert first["total_completed_and_stored_to_date"] == "3000.00"
    assert first["work_completed_retainage_from_previous_application"] == "100.00"
    assert second["materials_presently_stored"] == "100.00"
    assert second["total_completed_and_stored_to_date_from_previous"] == "300.00"
    assert change["item_type"] == "change_order_item" and change["scheduled_value"] == "500.00"
    summary = claim["summary"]
    assert summary["total_completed_and_stored_to_date"] == "3900.00"
    assert summary["total_retainage"] == "300.00"
    assert summary["total_earned_less_retainage"] == "3600.00"
    assert summary["less_previous_certificates_for_payment"] == "1200.00"
    assert summary["current_payment_due"] == "2400.00"
    assert summary["original_contract_sum"] == "10000.00" and summary["contract_sum_to_date"] == "10500.00"
    assert claim["previous_requisition_id"] == 31 and claim["percent_complete"] == "37.14%"
    assert claim["requisition_end"] == "2026-10-31"


def holds_together(claim: dict[str, Any]) -> None:
    """The identities of the summary sheet (procore.md, section 13), and the rows against it."""
    total = {name: Decimal(value) for name, value in claim["summary"].items() if name != "formatted_period"}
    rows = claim["items"]
    completed = sum(Decimal(row["total_completed_and_stored_to_date"]) for row in rows)
    held = sum(
        Decimal(row["work_completed_retainage_from_previous_application"])
        + Decimal(row["work_completed_retainage_retained_this_period"])
        - Decimal(row["work_completed_retainage_released_this_period"])
        + Decimal(row["materials_stored_retainage_currently_retained"])
        for row in rows
    )
    assert total["total_completed_and_stored_to_date"] == completed
    assert total["total_retainage"] == held
    parts = total["completed_work_retainage_amount"] + total["stored_materials_retainage_amount"]
    assert total["total_retainage"] == parts
    assert total["total_earned_less_retainage"] == completed - held
    due = total["total_earned_less_retainage"] - total["less_previous_certificates_for_payment"]
    assert total["current_payment_due"] == due
    assert (
        total["contract_sum_to_date"] == total["original_contract_sum"] + total["net_change_by_change_orders"]
    )


def test_acts_leave_every_claim_of_the_contract_adding_up(client: Client) -> None:
    act, release = client.sandbox.act, "work_completed_retainage_released_this_period"
    later = act("add_claim", commitment_id=21, items=[moved(212, "500.00", "50.00", **{release: "25.00"})])[
        "id"
    ]
    steps: list[Callable[[], Any]] = [
        lambda: act("approve_claim", claim_id=32),
        lambda: act(
            "edit_claim", claim_id=31, items=[{"line_item_id": 211, "work_completed_this_period": "1500.00"}]
        ),
        lambda: act(
            "edit_claim", claim_id=32, items=[{"line_item_id": 212, "materials_presently_stored": "0.00"}]
        ),
        lambda: act("reject_claim", claim_id=32),
        lambda: act("approve_claim", claim_id=32, as_noted=True),
        lambda: act("delete_claim", claim_id=31),
    ]
    for step in steps:
        step()
        claims = client.get("v1.1/requisitions", project_id=7, view="extended")
        for claim in claims:
            holds_together(claim)
        counted = [claim for claim in claims if claim["status"] != "revise_and_resubmit"]
        for before, after in itertools.pairwise(counted):
            sheet = after["summary"]
            assert (
                sheet["less_previous_certificates_for_payment"]
                == before["summary"]["total_earned_less_retainage"]
            )
            assert after["previous_requisition_id"] == before["id"]
    assert later in [claim["id"] for claim in claims]


def test_moved_materials_count_as_installed(client: Client) -> None:
    client.sandbox.act("edit_claim", claim_id=31, items=[
        {"line_item_id": 212, "materials_stored_retainage_new_materials": "30.00"}])  # fmt: skip
    added = client.sandbox.act(
        "add_claim", commitment_id=21, items=[moved(211)], move_materials_to_previous_work_completed=True
    )
    claim = client.claim(added["id"])
    row = next(row for row in claim["items"] if row["line_item_id"] == 212)
    assert row["materials_moved"] == "100.00" and row["materials_retainage_retained_moved"] == "30.00"
    assert row["materials_presently_stored"] == "0.00"
    assert row["work_completed_from_previous_application"] == "400.00"
    assert claim["summary"]["current_payment_due"] == "0.00"
    holds_together(claim)


def test_unit_prices_and_opening_figures(client: Client) -> None:
    act = client.sandbox.act
    unit = act("add_claim", commitment_id=22, items=[
        {"line_item_id": 221, "work_completed_this_period_quantity": "1.2345"}])  # fmt: skip
    row = client.claim(unit["id"])["items"][0]
    assert row["work_completed_this_period"] == "98.76" and row["scheduled_quantity"] == "12.5000"
    contract = act(
        "add_commitment", project_id=7, number="SC-2", line_items=[line(0, "900.00") | {"id": None}]
    )
    opened = {"opening_work_completed": "400.00", "opening_work_retainage": "40.00"}
    added = act("add_claim", commitment_id=contract["id"], items=[
        moved(contract["line_items"][0], "100.00", "10.00", **opened)])  # fmt: skip
    claim = client.claim(added["id"])
    assert claim["summary"]["less_previous_certificates_for_payment"] == "360.00"
    assert claim["summary"]["current_payment_due"] == "90.00"
    holds_together(claim)


def test_a_broken_summary_misses_its_lines_until_mended(client: Client) -> None:
    client.sandbox.act("break_claim_summary", claim_id=32, by="0.05")
    assert client.claim(32)["summary"]["current_payment_due"] == "2400.05"
    client.sandbox.act("break_claim_summary", claim_id=32, by="0")
    assert client.claim(32)["summary"]["current_payment_due"] == "2400.00"


def test_an_approval_is_in_the_history_and_moves_updated_at(client: Client) -> None:
    client.sandbox.act("approve_claim", claim_id=32)
    claim = client.claim(32)
    assert claim["status"] == "approved" and claim["updated_at"].startswith("2026-11-20T02:0")
    rows = client.get("v1.0/requisitions/32/change_histories", project_id=7)
    assert [(row["column"], row["old_value"], row["new_value"]) for row in rows] == [
        ("status", "under_review", "approved")
    ]
    assert (
        client.get("v1.0/requisitions/31/change_histories", project_id=7)[0]["created_at"][:10]
        == "2026-10-01"
    )


def test_items_by_kind_and_the_detail_sheet(client: Client) -> None:
    contract = client.get("v1.0/requisitions/32/contract_items", project_id=7)
    assert [row["line_item_id"] for row in contract] == [211, 212]
    assert client.get("v1.0/requisitions/32/contract_detail_items", project_id=7) == []
    change = client.get("v1.0/requisitions/32/change_order_items", project_id=7)
    assert change[0]["change_order_package_id"] == 41
    detail = client.get("v1.0/requisitions/32/detail", project_id=7)
    assert detail[0]["work_completed_retainage_currently_retained"] == "250.00"


def test_the_api_changes_a_claim_and_its_rows(client: Client) -> None:
    row = client.claim(32)["items"][0]
    named = {"project_id": 7, "commitment_id": 21}
    change = {"id": row["id"], "item_type": "contract_item", "work_completed_this_period": "2500.00"}
    body = {**named, "requisition": {"status": "approved", "payment_date": "not a date", "items": [change]}}
    answer = client.send("PATCH", "v1.1/requisitions/32", body).json()
    assert answer["status"] == "approved" and answer["payment_date"] is None
    assert answer["summary"]["current_payment_due"] == "2900.00"
    older = client.send("PATCH", "v1.0/requisitions/32", {**named, "requisition": {"final": True}}).json()
    assert older["final"] is True and older["vendor_id"] == 11
    wrong = {**named, "requisition": {"status": "paid"}}
    assert client.send("PATCH", "v1.1/requisitions/32", wrong).status_code == 400
    other = {"project_id": 7, "commitment_id": 22, "requisition": {"status": "draft"}}
    assert client.send("PATCH", "v1.1/requisitions/32", other).status_code == 400
    assert client.send("GET", "v1.1/requisitions/99", project_id=7).json()["exception"]
    new = client.send("POST", "v1.1/requisitions", {**named, "requisition": {"invoice_number": "C-3"}})
    assert new.status_code == 201 and new.json()["number"] == 3 and len(new.json()["items"]) == 3


def test_an_origin_id_locks_a_claim_for_everyone(client: Client) -> None:
    body = {"project_id": 7, "commitment_id": 21, "requisition": {"origin_id": "xero:1"}}
    assert client.send("PATCH", "v1.1/requisitions/32", body).status_code == 200
    assert client.send("PATCH", "v1.1/requisitions/31", body).status_code == 422
    body["requisition"] = {"status": "draft"}
    assert client.send("PATCH", "v1.1/requisitions/32", body).status_code == 422
    body["requisition"] = {"origin_id": None}
    assert client.send("PATCH", "v1.1/requisitions/32", body).status_code == 422
    with pytest.raises(ValueError, match="locked"):
        client.sandbox.act("unapprove_claim", claim_id=32)


def test_due_dates_are_written_only(client: Client) -> None:
    path = "v2.0/companies/42/projects/7/requisitions/32/payment_details"
    assert client.send("PATCH", path, {"due_date": "2026-12-01"}).json() == {
        "data": {"due_date": "2026-12-01"}
    }
    assert client.send("GET", path).status_code == 404
    assert client.send("PATCH", path, {}).json()["error"]["details"][0]["reason_code"] == "missing"


# --- Vendors ------------------------------------------------------------------------------------------------


def create(client: Client, **fields: Any) -> requests.Response:
    return client.send("POST", "v1.0/vendors", {"company_id": 42, "vendor": fields})


def test_a_vendor_is_created_changed_and_refused(client: Client) -> None:
    made = create(client, name="New Steel", country_code="AU", state_code="NSW", origin_id="x-1")
    assert made.status_code == 201 and made.json()["id"] > 2**31 and made.json()["business_register"] is None
    for wrong in (
        {"name": "new steel"},
        {"name": ""},
        {"name": "B", "country_code": "Australia"},
        {"name": "B", "state_code": "New South Wales"},
        {"name": "B", "origin_id": "x-1"},
        {"name": "B", "zip": 5000},
    ):
        assert create(client, **wrong).status_code == 400, wrong
    body = {"company_id": 42, "vendor": {"city": "Lismore"}}
    assert client.send("PATCH", f"v1.0/vendors/{made.json()['id']}", body).json()["city"] == "Lismore"
    assert client.send("PATCH", "v1.0/vendors/12", body).status_code == 404
    assert [v["name"] for v in client.get("v1.0/vendors", company_id=42, **{"filters[search]": "steel"})] == [
        "New Steel"
    ]


def test_tax_numbers_have_a_register_of_their_own(client: Client) -> None:
    assert abn_is_valid("51 824 753 556") and not abn_is_valid("51824753557")
    path = "v1.0/vendors/{}/business_register"
    body = {"business_register": {"type": "abn", "identifier": "53004085616"}}
    assert client.send("POST", path.format(11), body, company_id=42).status_code == 409
    assert client.send("PATCH", path.format(1000), body, company_id=42).status_code == 404
    made = client.send("POST", path.format(1000), body, company_id=42)
    assert made.status_code == 201 and made.json()["type"] == "ABN"
    body["business_register"]["identifier"] = "53004085617"
    refused = client.send("PATCH", path.format(1000), body, company_id=42)
    assert refused.status_code == 422 and refused.json()["errors"]["identifier"]
    assert (
        client.get("v1.0/vendors/11", company_id=42)["business_register"]["verification_status"] == "active"
    )


def test_inactive_vendors_live_apart_and_come_back(client: Client) -> None:
    assert [v["id"] for v in client.get("v1.0/companies/42/vendors/inactive")] == [12]
    assert client.send("GET", "v1.0/vendors/12", company_id=42).status_code == 404
    back = client.send("PATCH", "v1.0/companies/42/vendors/inactive/12")
    assert back.json()["is_active"] is True
    client.sandbox.act("deactivate_vendor", vendor_id=11)
    assert client.send("GET", "v1.0/vendors/11", company_id=42).status_code == 404
    assert client.claim(32)["vendor_id"] == 11


def test_a_batch_of_vendors_answers_each_for_itself(client: Client) -> None:
    updates = [
        {"id": 11, "city": "Aldinga"},
        {"id": 999999, "name": "Nobody"},
        {
            "name": "Made here",
            "origin_id": "y-1",
            "business_register_attributes": {"type": "abn", "identifier": "1"},
        },
        {"origin_id": "y-1", "city": "Hobart"},
        {"name": "Vendor 003"},
    ]
    answer = client.send("PATCH", "v1.0/vendors/sync", {"company_id": 42, "updates": updates})
    assert answer.status_code == 200
    found = answer.json()
    assert [v["name"] for v in found["entities"]] == ["Aldinga Concrete", "Made here", "Made here"]
    assert found["entities"][2]["city"] == "Hobart"
    assert [error["errors"] for error in found["errors"]] == [
        {"id": ["Entity with this ID not found"]},
        {"name": ["has already been taken"]},
    ]


def test_merged_vendors_keep_their_commitments(client: Client) -> None:
    client.sandbox.act("merge_vendors", keep_id=1000, gone_id=11)
    assert client.send("GET", "v1.0/vendors/11", company_id=42).status_code == 404
    assert client.claim(31)["vendor_id"] == 1000
    contract = client.get("v1.0/work_order_contracts/21", project_id=7)
    assert contract["vendor"]["company"] == "Vendor 000"


# --- Commitments and payments -------------------------------------------------------------------------------


def test_commitments_show_their_lines_and_totals(client: Client) -> None:
    listed = client.get("v1.0/work_order_contracts", project_id=7)
    assert "line_items" not in listed[0] and listed[0]["revised_contract"] == "10500.00"
    extended = client.get("v1.0/purchase_order_contracts", project_id=7, view="extended")
    assert extended[0]["grand_total"] == "1000.00"
    shown = client.get("v1.0/work_order_contracts/21", project_id=7)
    assert [row["amount"] for row in shown["line_items"]] == ["8000.00", "2000.00"]
    assert shown["total_payments"] == "930.00" and shown["remaining_balance_outstanding"] == "9570.00"
    lines = client.get("v1.0/work_order_contracts/21/line_items", project_id=7)
    assert lines[1]["cost_code"]["full_code"] == "200"
    assert {row["id"] for row in client.get("v1.0/commitments", project_id=7)} == {21, 22}
    package = client.get("v1.0/change_order_packages/41", project_id=7)
    assert package["grand_total"] == "500.00" and package["line_items"][0]["total_amount"] == "500.00"
    client.sandbox.act("void_commitment", commitment_id=21)
    found = client.get("v1.0/work_order_contracts", project_id=7, **{"filters[status]": "Void"})
    assert [row["id"] for row in found] == [21]


def pay(client: Client, **fields: Any) -> requests.Response:
    body = {"project_id": 7, "contract_id": 21, "contract_payment": {"date": "2026-11-01", **fields}}
    return client.send("POST", "v1.0/contract_payments", body)


def test_payments_are_listed_per_contract_only(client: Client) -> None:
    assert client.send("GET", "v1.0/contract_payments", project_id=7).status_code == 400
    rows = client.get("v1.0/contract_payments", project_id=7, contract_id=21)
    assert [row["payment_number"] for row in rows] == [1, 2, 3] and "origin_id" not in rows[0]
    assert client.send("GET", "v1.0/contract_payments", project_id=7, contract_id=9).status_code == 404


def test_a_payment_is_made_changed_and_deleted(client: Client) -> None:
    made = pay(
        client,
        amount="100.50",
        requisition_id=31,
        notes="Xero p-1",
        invoice_number=7,
        payment_method="electronic",
    )
    assert made.status_code == 201
    payment = made.json()
    assert (
        payment["amount"] == "100.50" and payment["payment_number"] == 4 and payment["invoice_number"] == "7"
    )
    for wrong, status in (
        ({"amount": "1.005"}, 400),
        ({"amount": "much"}, 400),
        ({}, 422),
        ({"amount": "1", "requisition_id": 99}, 422),
        ({"amount": "1", "payment_method": "cash"}, 400),
    ):
        assert pay(client, **wrong).status_code == status, wrong
    query = {"project_id": 7, "contract_id": 21}
    body = {**query, "contract_payment": {"amount": "-20.00"}}
    assert client.send("PATCH", f"v1.0/contract_payments/{payment['id']}", body).json()["amount"] == "-20.00"
    client.sandbox.switches.procore_negative_payments = False
    assert client.send("PATCH", f"v1.0/contract_payments/{payment['id']}", body).status_code == 422
    client.sandbox.switches.procore_negative_payments = True
    assert client.send("DELETE", f"v1.0/contract_payments/{payment['id']}", **query).status_code == 200
    assert client.send("GET", f"v1.0/contract_payments/{payment['id']}", **query).status_code == 404


def test_payments_beyond_the_contract_can_be_refused(client: Client) -> None:
    assert pay(client, amount="10000.00").status_code == 201
    client.sandbox.switches.procore_overpayments = False
    assert pay(client, amount="1.00").status_code == 422
    assert client.get("v1.0/work_order_contracts/21", project_id=7)["total_payments"] == "10930.00"


def test_locked_and_foreign_payments_are_left_alone(client: Client) -> None:
    query = {"project_id": 7, "contract_id": 21}
    for id in (52, 53):
        body = {**query, "contract_payment": {"notes": "x"}}
        assert client.send("PATCH", f"v1.0/contract_payments/{id}", body).status_code == 422
        assert client.send("DELETE", f"v1.0/contract_payments/{id}", **query).status_code == 422
    body = {**query, "contract_payment": {"origin_data": "kept"}}
    assert client.send("PATCH", "v1.0/contract_payments/53", body).json()["origin_data"] == "kept"
    assert pay(client, amount="1", origin_id="other:1").status_code == 422


# --- The owner's side and direct costs ----------------------------------------------------------------------


def test_payment_applications_add_up_like_claims(client: Client) -> None:
    assert [row["id"] for row in client.get("v1.0/prime_contracts", project_id=7)] == [23]
    assert client.send("GET", "v1.0/prime_contracts/23", project_id=7).status_code == 404
    assert client.get("v1.0/prime_contract/23", project_id=7)["revised_contract_amount"] == "20000.00"
    listed = client.get("v1.0/prime_contracts/23/payment_applications", project_id=7)
    assert [row["g702"]["current_payment_due"] for row in listed] == ["4500.00", "1000.00"]
    assert listed[0]["created_at"] == "2026-11-20" and listed[0]["period_end"] == "2026-10-31"
    shown = client.get("v1.0/payment_applications/72", project_id=7)
    assert shown["g703"][0]["work_completed_from_previous_application"] == "5000.00"
    assert shown["g703"][0]["origin_id"] == 231


def test_a_direct_cost_is_frozen_by_its_origin(client: Client) -> None:
    budget = client.get("v1.0/projects/7/work_breakdown_structure/wbs_codes")[0]["id"]
    rows = [
        {"wbs_code_id": budget, "manual_amount": 12.5},
        {"wbs_code_id": budget, "quantity": 2, "unit_cost": 3},
    ]
    cost = {"direct_cost_type": "invoice", "vendor_id": 11, "invoice_number": "D-2", "line_items": rows}
    made = client.send("POST", "v1.1/projects/7/direct_costs", {"direct_cost": cost})
    assert (
        made.status_code == 201 and made.json()["grand_total"] == "18.50" and made.json()["status"] == "draft"
    )
    found = client.get("v1.1/projects/7/direct_costs", **{"filters[invoice_number]": "D-2"})
    assert [row["amount"] for row in found] == ["18.50"]
    path = f"v1.1/projects/7/direct_costs/{made.json()['id']}"
    assert client.send("PATCH", path, {"direct_cost": {"origin_id": "x:1"}}).status_code == 200
    assert client.send("PATCH", path, {"direct_cost": {"status": "approved"}}).status_code == 422
    assert client.send("DELETE", path.replace("v1.1", "v1.0")).status_code == 422
    assert client.send("DELETE", "v1.0/projects/7/direct_costs/81").status_code == 200
    del cost["vendor_id"]
    assert client.send("POST", "v1.1/projects/7/direct_costs", {"direct_cost": cost}).status_code == 422


# --- The rest -----------------------------------------------------------------------------------------------


@pytest.mark.bad_answers
def test_nonsense_can_be_answered_on_purpose(client: Client) -> None:
    fields = {"vendor_name": "x" * 10000, "summary.total_retainage": "NaN", "items.0.scheduled_value": "many"}
    client.sandbox.act("answer_nonsense", kind="requisitions", id=31, fields=fields)
    claim = client.claim(31)
    assert claim["summary"]["total_retainage"] == "NaN" and len(claim["vendor_name"]) == 10000
    assert claim["items"][0]["scheduled_value"] == "many"
    client.sandbox.switches.procore_endless_paging = True
    answer = client.send("GET", "v1.1/requisitions", project_id=7, page=77)
    assert len(answer.json()) == 2 and "next" in answer.links


def test_project_acts_show_in_the_api(client: Client) -> None:
    act = client.sandbox.act
    act("rename_project", project_id=7, name="Harbour Fall")
    act("set_project_stage", project_id=7, stage="Warranty")
    act("set_project_active", project_id=8, active=True)
    listed = {
        project["id"]: project for project in client.get("v1.1/projects", company_id=42, view="extended")
    }
    assert (
        listed[7]["display_name"] == "24-007 - Harbour Fall"
        and listed[7]["project_stage"]["name"] == "Warranty"
    )
    assert listed[7]["updated_at"] > "2026-11-20T01" and "project_stage" not in listed[8]
    stages = client.get("v1.0/companies/42/project_stages")
    assert [stage["name"] for stage in stages] == ["Send to Xero", "Warranty"]
    added = act("add_project", name="New tower", project_number="26-1", stage="Warranty")
    codes = client.get("v1.0/cost_codes", project_id=added["id"])
    assert [code["full_code"] for code in codes] == ["03", "03-100"]
    act("add_standard_cost_code", code="200", name="Formwork", parent_id=1)
    act("add_project_cost_code", project_id=added["id"], code="X", name="Own")
    assert len(client.get("v1.0/cost_codes", project_id=added["id"])) == 3


def test_unknown_acts_and_records_are_named(client: Client) -> None:
    with pytest.raises(LookupError, match="no record 99"):
        client.sandbox.act("approve_claim", claim_id=99)
    with pytest.raises(ValueError, match="no field colour"):
        client.sandbox.act("edit_claim", claim_id=32, colour="red")
    with pytest.raises(ValueError, match="not an amount"):
        client.sandbox.act(
            "edit_claim", claim_id=32, items=[{"line_item_id": 211, "work_completed_this_period": "x"}]
        )


def test_every_kind_can_be_read_for_the_page(client: Client) -> None:
    for kind in KINDS:
        rows = client.sandbox.records("procore", kind, "42")
        assert all("id" in row for row in rows), kind
    with pytest.raises(LookupError):
        client.sandbox.records("procore", "castles")
