"""The journeys: a warning put right, rules by file, one project, signing in, and connecting."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from integrations.models import Tenant
from integrations.sandbox.procore.load import DEFAULT_USER
from integrations.sandbox.server import Sandbox
from integrations.sandbox.worlds import world
from mappings.models import CostCodeRule
from onecore.models import Invitation
from runs.models import Run, Warning
from tests import run_house
from tests.portal_house import PASSWORD, person

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SignIn = Callable[[User], None]
RUN_ENDS = 90_000  # milliseconds


def ended(page: Page) -> str:
    """The state of the run whose page is shown, once it has ended by itself."""
    page.wait_for_url(re.compile(r"/admin/runs/run/\d+/change/"))
    chip = page.locator("#run-state .chip")
    expect(chip).to_have_text(
        re.compile(r"^(done|done with warnings|failed|cancelled|needs approval)$"), timeout=RUN_ENDS
    )
    return chip.inner_text()


def test_support_searches_a_warning_and_runs_again_for_its_record(
    page: Page, sign_in: SignIn, tenant: Tenant, sandbox: Sandbox, worker: Any
) -> None:
    """The code is given its account, the record is run again, the bill is there and the warning gone."""
    account = CostCodeRule.objects.get(code="06-100").expense_account
    CostCodeRule.objects.filter(code="06-100").delete()
    run_house.sync(tenant)
    assert (
        run_house.numbers(sandbox)["CT-1001"] == 0 and Warning.objects.filter(code="not-mapped").count() == 1
    )
    sign_in(person("support", is_superuser=True))
    page.get_by_role("link", name="Review").first.click()
    page.locator("#searchbar").fill("06-100")
    page.locator("#searchbar").press("Enter")
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    page.locator("#result_list .field-record a").first.click()
    expect(page.get_by_text("has no expense account")).to_be_visible()
    page.get_by_role("link", name="Open the cost code rules").click()
    page.get_by_label("Expense account for 06-100").fill(account)
    page.get_by_role("button", name="Save rules").click()
    expect(page.get_by_text("1 rule saved. 1 waiting document can go with the next run.")).to_be_visible()
    page.get_by_role("link", name="Review").first.click()
    page.locator("#searchbar").fill("06-100")
    page.locator("#searchbar").press("Enter")
    page.get_by_role("button", name="Run again").click()
    assert ended(page) == "done"
    expect(page.locator("#content")).to_contain_text("created")
    assert run_house.numbers(sandbox)["CT-1001"] == 1
    page.get_by_role("link", name="Review").first.click()
    page.locator("#searchbar").fill("06-100")
    page.locator("#searchbar").press("Enter")
    expect(page.get_by_text("Nothing matches.")).to_be_visible()


def test_a_client_exports_edits_previews_and_imports_rules(
    page: Page, sign_in: SignIn, tenant: Tenant, tmp_path: Path
) -> None:
    """A wrong account is refused with its row; the corrected file is imported, and undone as one step."""
    run_house.sync(tenant, "accounts", "cost-codes")
    before = dict(CostCodeRule.objects.values_list("code", "expense_account"))
    sign_in(person("ed", tenant, "editor"))
    page.get_by_role("link", name="Cost code rules").first.click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export CSV").click()
    lines = Path(download.value.path()).read_text("utf-8-sig").splitlines()
    row = next(number for number, line in enumerate(lines) if ",06-100," in line)
    file = tmp_path / "rules.csv"

    def hand_in(account: str) -> None:
        edited = lines[row].replace(f",{before['06-100']},", f",{account},")
        file.write_text("\n".join([*lines[:row], edited, *lines[row + 1 :]]))
        page.get_by_label("CSV file").set_input_files(file)
        page.get_by_role("button", name="Look at the file").click()

    page.get_by_role("link", name="Import CSV").click()
    hand_in("3O3")
    expect(page.get_by_text("There is no account “3O3”.")).to_be_visible()
    expect(page.get_by_text("Nothing can be imported until these are corrected")).to_be_visible()
    page.get_by_role("link", name="Choose another file").click()
    other = next(account for account in before.values() if account != before["06-100"])
    hand_in(other)
    expect(page.locator(".before")).to_have_text(before["06-100"])
    expect(page.locator(".after").first).to_have_text(other)
    assert CostCodeRule.objects.get(code="06-100").expense_account == before["06-100"]
    page.get_by_role("button", name=re.compile("Import for .*: add 0, change 1")).click()
    expect(page.get_by_text("0 rules added, 1 rule changed.")).to_be_visible()
    assert CostCodeRule.objects.get(code="06-100").expense_account == other
    page.get_by_role("link", name="Undo this import").click()
    page.get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("The import was undone: 1 rule as before.")).to_be_visible()
    assert dict(CostCodeRule.objects.values_list("code", "expense_account")) == before


def test_the_single_project_form_leads_to_a_finished_run(
    page: Page, sign_in: SignIn, tenant: Tenant, sandbox: Sandbox, worker: Any
) -> None:
    """The project is shown before anything starts; a test sends nothing, then it is sent."""
    run_house.sync(tenant, "accounts", "contacts", "cost-codes", "cost-types")
    writes = run_house.writes(sandbox)
    sign_in(person("ada", tenant))
    page.get_by_role("link", name="Single project").first.click()
    page.get_by_label("Project", exact=False).first.fill("W-02")
    page.get_by_role("button", name="Find the project").click()
    expect(page.locator("#found")).to_contain_text("Creek Clinic")
    expect(page.locator("#found")).to_contain_text("not linked yet")
    page.get_by_role("button", name="Test: send nothing").click()
    assert ended(page).startswith("done")
    expect(page.get_by_text("Test: nothing was sent")).to_be_visible()
    expect(page.get_by_text("project W-02").first).to_be_visible()
    assert run_house.writes(sandbox) == writes
    page.get_by_role("link", name="Single project").first.click()
    page.get_by_label("Project", exact=False).first.fill("W-02")
    page.get_by_role("button", name="Find the project").click()
    page.get_by_role("button", name="Send for W-02").click()
    assert ended(page) == "done"
    live = Run.objects.get(mode="live", scope="project")
    assert (live.scope_value, live.user.username, live.source) == ("W-02", "ada", "form")
    assert run_house.bills(sandbox) and run_house.numbers(sandbox)["CT-1001"] == 0


def test_an_invited_person_signs_in_with_procore(page: Page, tenant: Tenant, sandbox: Sandbox) -> None:
    """Through the consent page and back, as what the invitation says; without one the door stays shut."""
    users = sandbox.oauth.users["procore"]
    user_id = str(users[0]["id"] if users else DEFAULT_USER["id"])
    page.goto("/admin/")
    page.get_by_role("button", name="Sign in with Procore").click()
    page.get_by_role("button", name="Allow access").click()
    expect(page.get_by_role("heading", name="You are not invited yet")).to_be_visible()
    Invitation.objects.create(tenant=tenant, name="Vi Ewer", role="viewer", procore_user_id=user_id)
    page.goto("/admin/")
    page.get_by_role("button", name="Sign in with Procore").click()
    page.get_by_role("button", name="Allow access").click()
    expect(page.get_by_role("heading", name=tenant.name)).to_be_visible()
    expect(page.get_by_role("button", name="Run all")).to_have_count(0)


def test_an_administrator_connects_both_systems(
    page: Page, sign_in: SignIn, portal: str, sandbox: Sandbox
) -> None:
    """Through both consent pages and back; a consent denied changes nothing; checked, and ended."""
    sandbox.load(world("small"))
    sandbox.switches.loopback_redirects = True
    tenant = Tenant.objects.create(name="Small Works", slug="small")
    sign_in(person("ada", tenant))
    page.goto("/admin/integrations/connection/for/small/")
    expect(page.get_by_text("not connected")).to_have_count(2)
    for system in ("Procore", "Xero"):
        page.get_by_role("link", name=f"Connect {system}").click()
        if page.get_by_role("button", name="Confirm").count():
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Confirm").click()
        page.get_by_label("Where").select_option("sandbox")
        page.get_by_label("Client id").fill(f"sandbox-{system.lower()}")
        page.get_by_label("Client secret").fill(f"sandbox-{system.lower()}-secret")
        page.get_by_role("button", name=f"Continue to {system}").click()
        page.get_by_role("button", name="Allow access").click()
        page.get_by_role("radio").first.check()
        page.get_by_role("button", name="Use this one for Small Works").click()
        expect(page.get_by_text("Small Works is connected to")).to_be_visible()
    expect(page.locator(".chip-green", has_text="connected")).to_have_count(2)
    page.get_by_role("link", name="Reconnect").last.click()
    page.get_by_role("button", name="Continue to Xero").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The consent was not given. Nothing was changed.")).to_be_visible()
    page.get_by_role("button", name="Check now").last.click()
    expect(page.get_by_text("Xero: connected.")).to_be_visible()
    page.get_by_role("link", name="Disconnect").last.click()
    page.get_by_role("button", name="Disconnect").click()
    expect(page.get_by_text("reconnect needed")).to_be_visible()


def test_an_impatient_second_click_starts_nothing_twice(page: Page, sign_in: SignIn, tenant: Tenant) -> None:
    """The form is on its way already; a later click counts again."""
    sign_in(person("ada", tenant))
    page.get_by_role("button", name="Test all").dblclick()
    page.wait_for_url(re.compile(r"/admin/runs/run/\d+/change/"))
    assert Run.objects.count() == 1
    page.get_by_role("button", name="Cancel at the next safe point").click()
    expect(page.locator("#run-state .chip")).to_have_text("cancelled")
    page.get_by_role("button", name="Test the same").click()
    expect(page.locator("#run-state .chip")).to_have_text("queued")
    assert Run.objects.count() == 2
