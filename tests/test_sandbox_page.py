"""The sandbox's page shows every kind of record, acts by button, and lets no other site act."""

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser

from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import demo as make_demo
from integrations.sandbox.worlds import demo_books, small
from integrations.sandbox.worlds.demo import cases

Record = dict[str, Any]


@pytest.fixture(scope="module")
def demo() -> Iterator[Sandbox]:
    """A sandbox with the demo world, for tests that only look."""
    running = Sandbox(token="tests")
    running.load(make_demo())
    running.start()
    yield running
    running.stop()


def _token(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found
    return found[1]


def _get(sandbox: Sandbox, **query: Any) -> str:
    answer = requests.get(f"{sandbox.address}/", params=query, timeout=30)
    assert answer.status_code == 200
    return answer.text


def test_the_page_shows_systems_kinds_records_and_a_record(demo: Sandbox) -> None:
    front = _get(demo)
    assert "Progress claims" in front and "Bright Build Joinery" in front
    table = _get(demo, system="procore", kind="requisitions", words="jetty no such words")
    assert "No record holds these words" in table
    table = _get(demo, system="xero", kind="Contacts", words="potoroo", tenant=demo_books.MAIN)
    assert "Potoroo Painters" in table and "Kestrel" not in table
    claim = cases()["held-and-released"]
    record = html.unescape(_get(demo, system="procore", kind="requisitions", id=claim["id"]))
    assert '"invoice_number": "SC-2602-53-02"' in record and "Approve claim" in record


def test_every_kind_of_the_page_renders(demo: Sandbox) -> None:
    links = {html.unescape(link) for link in re.findall(r'href="(/\?[^"]+)"', _get(demo))}
    assert len(links) > 20
    for link in links:
        page = requests.get(demo.address + link, timeout=30)
        assert page.status_code == 200
        assert 'class="notice bad"' not in page.text, link


def _post(sandbox: Sandbox, form: Record, **headers: str) -> requests.Response:
    return requests.post(
        f"{sandbox.address}/act", data=form, headers=headers, timeout=30, allow_redirects=False
    )


def test_an_act_by_button_changes_the_record(sandbox: Sandbox) -> None:
    sandbox.load(small())
    project = sandbox.records("procore", "projects")[0]
    page = _get(sandbox, system="procore", kind="projects", id=project["id"])
    form = {
        "form_token": _token(page),
        "act": "rename_project",
        "project_id": str(project["id"]),
        "name": "Quay Hall",
    }
    answer = _post(sandbox, form | {"back": "system=procore&kind=projects"}, Origin=sandbox.address)
    assert answer.status_code == 303 and answer.headers["Location"].startswith(
        "/?system=procore&kind=projects&said=Done"
    )
    assert sandbox.records("procore", "projects")[0]["name"] == "Quay Hall"


def test_a_claims_lines_can_be_edited_as_the_form_shows_them(sandbox: Sandbox) -> None:
    sandbox.load(small())
    claim = sandbox.records("procore", "requisitions")[0]
    page = _get(sandbox, system="procore", kind="requisitions", id=claim["id"])
    drawn = re.search(r'<textarea name="items"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert drawn
    items = html.unescape(drawn[1]).replace('"8000.00"', '"8100.00"')
    form = {"form_token": _token(page), "act": "edit_claim", "claim_id": str(claim["id"]), "items": items}
    assert "Done" in _post(sandbox, form).headers["Location"]
    edited = sandbox.records("procore", "requisitions")[0]
    assert edited["items"][0]["work_completed_this_period"] == "8100.00"


def test_a_bill_is_paid_in_part_by_button(sandbox: Sandbox) -> None:
    sandbox.load(make_demo())
    bill = next(
        b for b in sandbox.records("xero", "Invoices", demo_books.MAIN) if b["InvoiceNumber"] == "110-26"
    )
    page = _get(sandbox, system="xero", kind="Invoices", id=bill["InvoiceID"], tenant=demo_books.MAIN)
    form = {"form_token": _token(page), "act": "pay_bill", "bill": bill["InvoiceID"], "amount": "10.00"}
    assert "Done" in _post(sandbox, form | {"tenant": demo_books.MAIN}).headers["Location"]
    shown = sandbox.records("xero", "Invoices", demo_books.MAIN)
    assert next(b["AmountPaid"] for b in shown if b["InvoiceID"] == bill["InvoiceID"]) == 10


def test_an_act_that_cannot_be_done_says_why(sandbox: Sandbox) -> None:
    sandbox.load(small())
    form = {
        "form_token": _token(_get(sandbox)),
        "act": "rename_project",
        "project_id": "seventy",
        "name": "X",
    }
    assert "Not+done" in _post(sandbox, form).headers["Location"]
    assert "Not+done" in _post(sandbox, form | {"project_id": "7"}).headers["Location"]
    assert "There+is+no+act" in _post(sandbox, form | {"act": "fly"}).headers["Location"]


@pytest.mark.parametrize("headers", [{}, {"Origin": "http://elsewhere.example"}])
def test_other_sites_cannot_act(headers: dict[str, str], sandbox: Sandbox) -> None:
    sandbox.load(small())
    project = sandbox.records("procore", "projects")[0]
    token = _token(_get(sandbox)) if headers else "guessed"
    form = {"form_token": token, "act": "rename_project", "project_id": str(project["id"]), "name": "Taken"}
    assert _post(sandbox, form, **headers).status_code == 403
    assert sandbox.records("procore", "projects")[0]["name"] == project["name"]


def test_the_page_answers_only_under_the_machines_own_name(sandbox: Sandbox) -> None:
    foreign = requests.get(f"{sandbox.address}/", headers={"Host": "rebound.example"}, timeout=30)
    assert foreign.status_code == 403
    assert (
        "default-src 'none'"
        in requests.get(f"{sandbox.address}/", timeout=30).headers["Content-Security-Policy"]
    )


def test_what_a_record_holds_is_never_html(sandbox: Sandbox) -> None:
    sandbox.load(small())
    project = sandbox.records("procore", "projects")[0]
    form = {"form_token": _token(_get(sandbox)), "act": "rename_project", "project_id": str(project["id"])}
    _post(sandbox, form | {"name": "<script>alert(1)</script>"})
    assert "<script>" in sandbox.records("procore", "projects")[0]["name"]
    for query in ({"id": project["id"]}, {}):
        assert "<script" not in _get(sandbox, system="procore", kind="projects", **query)
    assert "<script" not in _get(sandbox, said="<script>")


@pytest.mark.browser
def test_a_person_rejects_a_claim_in_a_browser(sandbox: Sandbox, browser: Browser) -> None:
    sandbox.load(small())
    page = browser.new_page()
    page.goto(sandbox.address)
    page.get_by_role("link", name="Progress claims").click()
    page.get_by_role("link", name="AC-2").click()
    page.get_by_text("Reject claim").first.click()
    page.get_by_role("button", name="Reject claim").click()
    assert page.get_by_role("status").inner_text().startswith("Done")
    page.close()
    claims = {claim["invoice_number"]: claim for claim in sandbox.records("procore", "requisitions")}
    assert claims["AC-2"]["status"] == "revise_and_resubmit"


def test_addresses_of_the_real_pages_lead_to_the_record(demo: Sandbox) -> None:
    """A link into Procore or Xero, as a message or a page of OneCore holds it, shows that record here."""
    sandbox = demo
    claim = sandbox.records("procore", "requisitions")[0]
    contact = sandbox.records("xero", "Contacts")[0]
    for path, words in (
        (
            f"/procore/{claim['project_id']}/project/commitments/1/requisitions/{claim['id']}",
            str(claim["id"]),
        ),
        (f"/xero/Contacts/View/{contact['ContactID']}", contact["Name"]),
    ):
        answer = requests.get(f"{sandbox.address}{path}", timeout=10)
        assert answer.ok
        assert words in answer.text
    assert requests.get(f"{sandbox.address}/xero/nowhere", timeout=10).status_code == 404
