"""Go-live: documents entered by hand before are found, approved by a person, linked, and never sent again."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from integrations.sandbox.server import Sandbox
from mappings.models import Link, LinkState
from runs.models import Mode, Pairing, Run
from tests import run_house as house
from tests.portal_house import person, signed_in
from tests.scenes import Scene, move, scene, shown

pytestmark = [pytest.mark.django_db(transaction=True)]


def entered(
    made: Scene, number: str, amount: str, day: str = "2026-09-20", vendor: str = "Acacia Concrete"
) -> str:
    """A bill that the bookkeeper typed before OneCore came."""
    line = {"Description": "By hand", "Quantity": 1, "UnitAmount": amount, "AccountCode": "310"}
    return made.enter(number, vendor, line, Date=day, DueDate="2026-10-20")


def look(made: Scene) -> Run:
    """A search for pairs, worked on to its end."""
    run = house.sync(made.tenant, "progress-claims", mode=Mode.PAIRING)
    assert run.state == "done", shown(run)
    return run


def test_documents_of_before_are_paired_and_approved(sandbox: Sandbox) -> None:
    made = scene(sandbox)
    same, twin = made.claim("INV-0012", move("1000.00")), made.claim("INV-14", move("500.00"))
    made.claim("INV-15", move("700.00"))
    typed = entered(made, "Inv 12", "1000.00", "2026-08-24")
    entered(made, "4711", "500.00")
    entered(made, "4712", "500.00")
    entered(made, "4713", "700.00", vendor="Banksia Steel")
    run = look(made)
    assert run.counts["progress-claims"]["pairs"] == 3
    found = {(row.subject, row.target_number): row for row in Pairing.objects.all()}
    assert set(found) == {(str(same), "Inv 12"), (str(twin), "4711"), (str(twin), "4712")}
    assert found[str(same), "Inv 12"].is_sure
    assert [found[str(twin), number].rivals for number in ("4711", "4712")] == [1, 1]
    assert not Link.objects.of(made.tenant, "progress-claims").exists()

    browser = signed_in(person("Ada", made.tenant))
    listed = browser.get(reverse("admin:runs_pairing_changelist")).content.decode()
    assert "same number, same amount, dates 4 days apart" in listed
    rows = {number: str(row.pk) for (_, number), row in found.items()}
    decide(browser, "same", rows["Inv 12"])
    decide(browser, "same_all", rows["4711"], rows["4712"])
    decide(browser, "never_send", rows["4711"])
    after = made.run()
    assert made.documents()["Inv 12"]["InvoiceID"] == typed
    link = Link.objects.of(made.tenant, "progress-claims").get(subject=str(same))
    assert (link.state, link.target_id) == (LinkState.LINKED, typed), shown(after)
    assert set(made.documents()) == {"Inv 12", "4711", "4712", "4713", "INV-15"}
    assert Pairing.objects.proposed().count() == 0
    assert made.run().writes == 0


def decide(browser: Client, action: str, *rows: str) -> None:
    """What a person chooses on the page."""
    answer = browser.post(
        reverse("admin:runs_pairing_changelist"), {"action": action, "_selected_action": list(rows)}
    )
    assert answer.status_code == 302
