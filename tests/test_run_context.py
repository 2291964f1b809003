"""What a batch knows is read in a fixed number of queries, however large it is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from integrations import registry
from integrations.base import Subject
from integrations.context import Rule, Rules
from integrations.models import Setting, Tenant
from mappings.context import load_batch, load_run, planned_from
from mappings.models import CatalogueEntry, CostCodeRule, Link, LinkState
from mappings.places import country, region
from mappings.similar import normalised, similar

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    """A tenant."""
    return Tenant.objects.create(name="Works", slug="works")


def link(tenant: Tenant, integration: str, subject: str, target: str = "", **over: object) -> Link:
    """A link, linked where it has a target."""
    given: dict[str, object] = {
        "role": registry.BY_SLUG[integration].main_role(), "resource": "bills", "system": "xero",
        "title": subject,
        "state": LinkState.LINKED if target else LinkState.INTENDED, "target_id": target,
    }  # fmt: skip
    return Link.objects.create(tenant=tenant, integration=integration, subject=subject, **(given | over))


@pytest.mark.parametrize("size", [1, 200])
def test_a_batch_takes_one_query(
    tenant: Tenant, size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    claims = registry.BY_SLUG["progress-claims"]
    for number in range(size):
        link(tenant, "progress-claims", str(number), f"bill-{number}")
    part = load_run(tenant, claims)
    with django_assert_num_queries(1):
        context = load_batch(part, [Subject(str(number), {}) for number in range(size)])
    assert len(context.own) == size


@pytest.mark.parametrize("size", [1, 50])
def test_a_run_takes_a_fixed_number(
    tenant: Tenant, size: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(size):
        link(tenant, "contacts", f"contact-{number}", f"vendor-{number}", resource="vendors")
        CostCodeRule.objects.create(tenant=tenant, code=f"03-{number}", expense_account="303")
        CatalogueEntry.objects.create(tenant=tenant, kind="cost_code", key=str(number), code=f"03-{number}")
    with django_assert_num_queries(6):
        part = load_run(tenant, registry.BY_SLUG["progress-claims"])
    assert len(part.cost_codes) == size
    assert part.by_target["contacts", "vendor-0"].subject == "contact-0"


def test_another_tenants_links_and_rules_are_not_seen(tenant: Tenant) -> None:
    other = Tenant.objects.create(name="Other", slug="other")
    link(other, "progress-claims", "1", "theirs")
    link(other, "contacts", "contact", "vendor")
    CostCodeRule.objects.create(tenant=other, code="03-100", expense_account="303")
    part = load_run(tenant, registry.BY_SLUG["progress-claims"])
    assert not load_batch(part, [Subject("1", {})]).own
    assert not part.by_subject
    assert part.book.rules.find("expense_account", code="03-100") is None


def test_options_of_the_tenant_and_of_the_integration_are_in_force(tenant: Tenant) -> None:
    Setting.objects.create(tenant=tenant, integration=registry.TENANT, options={"largest_share": 5})
    Setting.objects.create(tenant=tenant, integration="progress-claims", options={"bill_status": "SUBMITTED"})
    options = load_run(tenant, registry.BY_SLUG["progress-claims"]).options
    assert (options["largest_share"], options["bill_status"], options["country"]) == (5, "SUBMITTED", "AU")
    assert options["due_date"] == "procore"


def test_a_refused_record_is_sent_again_after_a_day(tenant: Tenant) -> None:
    now = timezone.now()
    one = link(
        tenant, "progress-claims", "1", state=LinkState.REFUSED, refused_fingerprint="abc", refused_at=now
    )
    assert planned_from(one, now).state == LinkState.REFUSED
    assert planned_from(one, now + timedelta(days=1)).state == LinkState.INTENDED


def test_a_refused_update_leaves_its_record_linked(tenant: Tenant) -> None:
    now = timezone.now()
    one = link(
        tenant,
        "progress-claims",
        "1",
        "bill",
        refused_fingerprint="abc",
        refused_at=now,
        amount=Decimal("1.00"),
    )
    known = planned_from(one, now)
    assert known.is_linked
    assert known.details["refused"] == "abc"


def test_a_record_is_linked_once_and_a_target_is_taken_once(tenant: Tenant) -> None:
    link(tenant, "progress-claims", "1", "bill-1", scope_id="organisation")
    with pytest.raises(IntegrityError), transaction.atomic():
        link(tenant, "progress-claims", "1", "bill-2", scope_id="organisation")
    with pytest.raises(IntegrityError), transaction.atomic():
        link(tenant, "progress-claims", "2", "bill-1", scope_id="organisation")
    Link.objects.update(state=LinkState.UNLINKED)
    link(tenant, "progress-claims", "1", "bill-1", scope_id="organisation")


def test_a_link_names_its_target(tenant: Tenant) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        link(tenant, "progress-claims", "1", "", state=LinkState.LINKED)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Harris Concrete Pty Ltd", "HARRIS CONCRETE PTY. LTD."),
        ("O'Brien & Sons", "OBrien and Sons Proprietary Limited"),
        ("Café Build", "Cafe Build Pty Limited"),
    ],
)
def test_names_of_one_company_are_equal(one: str, other: str) -> None:
    assert normalised(one) == normalised(other)


def test_similar_names_are_suggested_best_first() -> None:
    names = ["Harris Concreting", "Harris Concrete Pty Ltd", "Banksia Steel"]
    found = similar("Harris Concrete", names)
    assert [name for name, _ in found] == ["Harris Concrete Pty Ltd", "Harris Concreting"]
    assert similar("", names) == []


def test_countries_and_regions_by_code_or_name() -> None:
    assert [country(text) for text in ("AU", "AUS", "australia", "Straya", "")] == [
        "AU",
        "AU",
        "AU",
        None,
        None,
    ]
    assert [region("AU", text) for text in ("NSW", "new south wales", "AU-NSW", "Ontario")] == [
        "NSW",
        "NSW",
        "NSW",
        None,
    ]


def test_the_order_of_the_rows_never_decides_which_rule_wins() -> None:
    """A vendor may be named by its id and by its name: what was sent has to be drawn the same ever after."""
    both = [Rule(vendor="Harris", expense_account="310"), Rule(vendor="501", expense_account="320")]
    found = {Rules(rows).find("expense_account", vendor=("501", "Harris")) for rows in (both, both[::-1])}
    assert len(found) == 1
