"""Retention on the portal: the ledger page and its decisions, terms by file, and statements."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from mappings.models import ContractTerms, HandLine, Link, RetentionComparison
from mappings.terms_file import TermsResource
from tests.portal_house import full_tenant, person, signed_in

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="token" value="([^"]+)"')
UNDO = re.compile(r"/admin/mappings/contractterms/import/undo/[0-9a-f-]+/")


def found(pattern: re.Pattern[str], text: str, group: int = 0) -> str:
    """What a page holds."""
    hit = pattern.search(text)
    assert hit is not None
    return hit[group]


@pytest.fixture
def own() -> dict[str, Any]:
    """A tenant with a contract of two claims, and a line entered by hand."""
    rows = full_tenant("own", "heron")
    details = {
        "retention": "deduct", "retention_tax": "defer", "contract": 801, "contract_number": "SC-1",
        "contract_title": "Concrete", "project_number": "24-011", "vendor": "Harris Concrete",
    }  # fmt: skip
    for number, day, held, released in (
        ("1", "2026-07-31", "1000.00", "0.00"),
        ("2", "2026-10-31", "500.00", "200.00"),
    ):
        moved = {"claim_number": number, "claim_day": day, "held": held, "released": released}
        Link.objects.create(
            tenant=rows["tenant"], integration="progress-claims", role="bill", subject=f"90{number}",
            system="xero", resource="bills", target_id=f"bill-{number}", number=f"INV-{number}",
            state="linked", amount=Decimal(5000), details=details | moved,
        )  # fmt: skip
    rows["line"] = HandLine.objects.create(
        tenant=rows["tenant"], side="payable", key="line-1", document_id="doc-1", resource="bills",
        number="HAND-1", contact="Harris Concrete", day="2026-11-03", amount=Decimal("250.00"),
    )  # fmt: skip
    RetentionComparison.objects.create(
        tenant=rows["tenant"],
        side="payable",
        figures={"accounts": "815", "ledger": "1300.00", "books": "1050.00", "difference": "250.00"},
    )
    return rows


def page(client: Client, name: str, **query: str) -> str:
    """A page of the tenant's retention."""
    answer: Any = client.get(reverse(f"admin:{name}", args=["own"]), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_ledger_says_what_is_held_and_whether_the_books_agree(own: dict[str, Any]) -> None:
    client = signed_in(person("viewer", own["tenant"], "viewer"))
    text = page(client, "retention_of")
    for shown in ("Harris Concrete", "1,500.00", "1,300.00", "differs", "HAND-1"):
        assert shown in text
    assert 'value="accept"' not in text and "Compare now" not in text
    assert "No contract fits" in page(client, "retention_of", q="somebody else")
    contract = page(client, "retention_contract", key="payable:801")
    assert "INV-2" in contract and "SC-1 Concrete" in contract
    table = page(client, "retention_csv").splitlines()
    assert table[0].startswith("\ufeffside,project_number") and "SC-1" in table[1] and len(table) == 2


def test_days_are_written_as_the_tenant_writes_them(own: dict[str, Any]) -> None:
    """Chosen by example on the tenant's form; also days of lines that were accepted."""
    boss = signed_in(person("boss", own["tenant"]))
    HandLine.objects.filter(pk=own["line"].pk).update(state=HandLine.State.ACCEPTED, contract="801")
    address = reverse("admin:integrations_tenant_change", args=[own["tenant"].pk])
    form = boss.get(address).content.decode()
    assert '<option value="j M Y" selected>3 Jul 2026</option>' in form
    assert '<option value="d/m/Y">03/07/2026</option>' in form
    given = {
        "name": "Own", "country": "AU", "currency": "AUD", "time_zone": "Australia/Sydney",
        "date_format": "d/m/Y",
    }  # fmt: skip
    assert boss.post(address, given).status_code == 302
    contract = page(boss, "retention_contract", key="payable:801")
    assert "31/10/2026" in contract and "03/11/2026" in contract and "2026-11-03" not in contract
    terms = ContractTerms.objects.create(
        tenant=own["tenant"], number="SC-1", completion_date="2027-02-28", completion_share=50
    )
    listed = boss.get(reverse("admin:mappings_contractterms_changelist")).content.decode()
    assert "28/02/2027" in listed and terms.number in listed


def test_an_accepted_line_counts_as_a_release(own: dict[str, Any]) -> None:
    decide, given = reverse("admin:retention_decide", args=["own"]), {"line": own["line"].pk}
    chosen = given | {"decision": "accept", "contract": "801"}
    viewer = signed_in(person("viewer", own["tenant"], "viewer"))
    assert viewer.post(decide, chosen).status_code == 403
    client = signed_in(person("ed", own["tenant"], "editor"))
    told = client.post(decide, given | {"decision": "accept", "contract": "999"}, follow=True)
    assert "Choose the contract" in told.content.decode()
    client.post(decide, chosen)
    own["line"].refresh_from_db()
    assert (own["line"].state, own["line"].contract, own["line"].decided_by) == ("accepted", "801", "ed")
    assert "1,050.00" in page(client, "retention_contract", key="payable:801")
    assert "HAND-1" not in page(client, "retention_of")


def test_a_statement_holds_what_moved_in_the_quarter(own: dict[str, Any]) -> None:
    client = signed_in(person("viewer", own["tenant"], "viewer"))
    text = page(client, "retention_statement", to="2026-12-31")
    assert "held 1,300.00 of retention for Harris Concrete on 31 December 2026" in text
    earlier = page(client, "retention_statement", to="2026-09-30")
    assert "held 1,000.00 of retention" in earlier and "from 1 July 2026" in earlier
    assert "Nothing was held" in page(client, "retention_statement", to="2026-06-30")


def test_terms_by_file_there_and_back(own: dict[str, Any]) -> None:
    """Previewed, imported, exported unchanged, and taken back as one step."""
    client = signed_in(person("ed", own["tenant"], "editor"))

    def sent(text: str) -> Any:
        file = SimpleUploadedFile("terms.csv", text.encode(), "text/csv")
        return client.post(reverse("admin:terms_import"), {"tenant": own["tenant"].pk, "file": file})

    wrong = sent(
        "number,opening_amount,completion_date,method\nSC-1,12 dollars,,deduct\nSC-2,,30/9/26,\nSC-3,,,half\n"
    ).context_data["seen"]
    assert {(one.row, one.column) for one in wrong.wrong} == {
        (2, "opening_amount"), (3, "completion_date"), (4, "method"),
    }  # fmt: skip
    good = "project,number,method,opening_amount,opening_kept\n24-011,SC-1,gross,1200,account\n"
    text = sent(good).content.decode()
    assert ContractTerms.objects.count() == 0
    done = client.post(reverse("admin:terms_apply"), {"token": found(TOKEN, text, 1)}, follow=True)
    terms = ContractTerms.objects.get()
    assert (terms.side, terms.opening_amount, terms.method) == ("payable", Decimal("1200.00"), "gross")
    file = client.get(reverse("admin:terms_export")).content.decode("utf-8-sig")
    same = sent(file).context_data["seen"]
    assert (same.total, same.same, same.wrong) == (0, 1, [])
    changed = sent(file.replace("1200.00", "1300.00")).context_data["seen"]
    assert not changed.wrong
    assert changed.examples[0]["changes"] == [("opening_amount", "1200.00", "1300.00")]
    client.post(found(UNDO, done.content.decode()))
    assert not ContractTerms.objects.exists()
    assert TermsResource(own["tenant"]).export().headers[-1] == "version"
