"""A person of one tenant finds nothing of another: no list, page, form, action, search, file or address gives
it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from integrations.models import Tenant
from mappings.models import CostCodeRule
from runs.models import Run, Warning
from tests.portal_house import full_tenant, person, retention_rows, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

CANARY = "zebra7731"
HREF = re.compile(r'(?:href|action|formaction|data-address|src)="(/admin/[^"#]*)')
ALLOWED_POST = {200, 302, 403, 404, 405}


@pytest.fixture
def rows() -> dict[str, Any]:
    """Tenant B, full of canaries."""
    found = full_tenant("other", CANARY)
    return found | retention_rows(found["tenant"], CANARY)


@pytest.fixture
def own() -> dict[str, Any]:
    """Tenant A, whose people look around."""
    found = full_tenant("own", "heron")
    return found | retention_rows(found["tenant"], "heron")


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address below a resolver, as a route."""
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from patterns(one, route)
        else:
            yield route, one


def admin_routes() -> list[str]:
    """Every route of the admin."""
    found = [route for route, _ in patterns(get_resolver()) if route.startswith("admin/")]
    assert len(found) > 80
    return found


def filled(route: str, rows: dict[str, Any]) -> Iterator[str]:
    """Addresses of a route with every id and name of tenant B in its places."""
    route = route.replace("\\Z", "").replace("$", "")
    if "(?P" in route or "^" in route:
        return
    model = ".".join(route.split("/")[1:3])
    of_model = {str(row.pk) for row in rows.values() if row._meta.label_lower == model}
    keys = sorted(of_model or {str(row.pk) for row in rows.values()})[:3]
    values = {
        "slug:tenant": ["other"],
        "slug:slug": ["other"],
        "slug:system": ["procore", "xero"],
        "slug:integration": ["contacts", "progress-claims", "tenant"],
        "uuid:batch": ["7b0c5a0e-0000-4000-8000-000000000000"],
    }
    place = re.search(r"<([^>]+)>", route)
    if not place:
        yield "/" + route
        return
    choices = values.get(place[1]) or (keys if place[1].startswith(("path:", "int:")) else [])
    if place[1].endswith(("app_label", "url", "content_type_id")):
        return
    for value in choices:
        yield from filled(route.replace(place[0], value, 1), rows)


@pytest.mark.parametrize("role", ["administrator", "viewer"])
def test_no_address_gives_another_tenants_rows(role: str, rows: dict[str, Any], own: dict[str, Any]) -> None:
    """Every route of the admin with tenant B's ids, read and posted to, as a person of tenant A."""
    client = signed_in(person("visitor", own["tenant"], role, can_approve=True))
    before = state_of(rows)
    looked = 0
    for route in admin_routes():
        for address in filled(route, rows):
            if address.endswith("/logout/") or "autocomplete" in address:
                continue
            answer = client.get(address)
            assert answer.status_code in {200, 302, 403, 404, 405}, (address, answer.status_code)
            assert CANARY not in body(answer), address
            posted = client.post(address, {"apply": "1", "mode": "live", "tenant": "other", "post": "yes"})
            assert posted.status_code in ALLOWED_POST, (address, posted.status_code)
            assert CANARY not in body(posted), address
            looked += 1
    assert looked > 60
    assert state_of(rows) == before
    assert not Run.objects.filter(tenant=rows["tenant"]).exclude(pk=rows["run"].pk).exists()


@pytest.mark.parametrize("role", ["administrator", "viewer"])
def test_no_page_within_reach_shows_another_tenant(
    role: str, rows: dict[str, Any], own: dict[str, Any]
) -> None:
    """Following every link from the home page, no canary is met and nothing falls over."""
    client = signed_in(person("walker", own["tenant"], role, can_approve=True))
    waiting, seen = ["/admin/"], set()
    while waiting:
        address = waiting.pop()
        bare = address.split("?")[0]
        if (
            address in seen
            or bare.endswith("/logout/")
            or len([one for one in seen if one.split("?")[0] == bare]) > 12
        ):
            continue
        seen.add(address)
        answer = client.get(address.replace("&amp;", "&"))
        assert answer.status_code in {200, 302, 403, 404, 405}, (address, answer.status_code)
        text = body(answer)
        assert CANARY not in text, address
        if answer.status_code == 302:
            waiting.append(answer.headers["Location"]) if answer.headers["Location"].startswith(
                "/admin/"
            ) else None
        waiting += HREF.findall(text)
    assert len(seen) > 30


def body(answer: Any) -> str:
    """The whole answer, headers included."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode(errors="replace") + str(answer.headers)


def state_of(rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Every row of tenant B as it lies in the database."""
    return [type(row).objects.filter(pk=row.pk).values().first() for row in rows.values()]


def test_another_tenants_record_is_not_found(rows: dict[str, Any], own: dict[str, Any]) -> None:
    """404, as for an id that does not exist; history and deletion too."""
    client = signed_in(person("visitor", own["tenant"]))
    for name in (
        "rule",
        "link",
        "run",
        "warning",
        "schedule",
        "invitation",
        "member",
        "procore",
        "setting-contacts",
    ):
        row = rows[name]
        for action in ("change", "history", "delete"):
            address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{action}", args=[row.pk])
            expected = {404} if action == "change" else {403, 404}
            assert client.get(address).status_code in expected, address


def test_own_records_are_found(own: dict[str, Any]) -> None:
    """The same pages open for the tenant's own administrator."""
    client = signed_in(person("keeper", own["tenant"]))
    for name in (
        "rule",
        "link",
        "run",
        "warning",
        "schedule",
        "member",
        "procore",
        "setting-contacts",
        "tenant",
    ):
        row = own[name]
        address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        answer = client.get(address)
        assert answer.status_code == 200, address


def test_filters_and_searches_stay_inside(rows: dict[str, Any], own: dict[str, Any]) -> None:
    """Parameters that name tenant B or its rows find nothing."""
    client = signed_in(person("visitor", own["tenant"]))
    asked = [
        f"client={rows['tenant'].slug}",
        "q=zebra",  # what is searched for is shown again, so not the whole word
        f"tenant__id__exact={rows['tenant'].pk}&tenant__name__startswith=zebra&id__in={rows['rule'].pk}",
        "assigned_to__password__startswith=m",
    ]
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        for query in asked:
            answer = client.get(f"{reverse(name)}?{query}", follow=True)
            assert CANARY not in body(answer), (model_admin, query)


def test_actions_touch_own_rows_only(rows: dict[str, Any], own: dict[str, Any]) -> None:
    """Ids of tenant B posted to an action are as if they were not there."""
    client = signed_in(person("visitor", own["tenant"]))
    review = reverse("admin:runs_warning_changelist")
    for action in ("run_again", "test_again", "acknowledge", "assign", "export"):
        given = {
            "action": action,
            "_selected_action": [rows["warning"].pk],
            "apply": "1",
            "until": "2099-01-01",
        }
        answer = client.post(review, given, follow=True)
        assert CANARY not in body(answer), action
    rules = reverse("admin:mappings_costcoderule_changelist")
    client.post(rules, {"action": "delete_selected", "_selected_action": [rows["rule"].pk], "post": "yes"})
    assert CostCodeRule.objects.filter(pk=rows["rule"].pk).exists()
    assert Warning.objects.get(pk=rows["warning"].pk).state == "open"
    assert Run.objects.count() == 2


def test_no_list_holds_another_tenants_rows(rows: dict[str, Any], own: dict[str, Any]) -> None:
    """Every list of the admin, as a person of tenant A."""
    client = signed_in(person("lister", own["tenant"]))
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        assert CANARY not in body(client.get(reverse(name))), name


def test_no_row_of_another_tenant_has_a_page(rows: dict[str, Any], own: dict[str, Any]) -> None:
    """To change, delete or look at its history; posted to, nothing happens either."""
    client, before = signed_in(person("reader", own["tenant"])), state_of(rows)
    for row in rows.values():
        if type(row) not in admin.site._registry:
            continue
        for page in ("change", "delete", "history"):
            name = f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}"
            address = reverse(name, args=[row.pk])
            for answer in (client.get(address), client.post(address, {"post": "yes"})):
                assert answer.status_code in {403, 404}, address
                assert CANARY not in body(answer), address
    assert state_of(rows) == before


def test_suggestions_hold_own_rows_only(rows: dict[str, Any], own: dict[str, Any]) -> None:
    """What Django's forms suggest while somebody types, for every field that names a record."""
    client, given = signed_in(person("typist", own["tenant"])), 0
    for model in admin.site._registry:
        for field in model._meta.get_fields():
            if not field.many_to_one or not field.concrete:
                continue
            named = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
            asked = {**named, "field_name": field.name, "term": ""}
            answer = client.get(reverse("admin:autocomplete"), asked)
            assert answer.status_code in {200, 403, 404}, asked
            assert CANARY not in body(answer), asked
            given += answer.status_code == 200 and "heron" in body(answer)
    assert given


def test_files_hold_own_rules_only(rows: dict[str, Any], own: dict[str, Any]) -> None:
    """Exported, handed in, and waiting to be imported."""
    client = signed_in(person("filer", own["tenant"]))
    for query in ("", "?client=other", f"?tenant__id__exact={rows['tenant'].pk}"):
        assert CANARY not in body(client.get(reverse("admin:rules_export") + query, follow=True)), query
    file = SimpleUploadedFile("rules.csv", b"code,expense_account\n03-400,310\n", "text/csv")
    given = {"tenant": rows["tenant"].pk, "file": file}
    answer = body(client.post(reverse("admin:rules_import"), given))
    assert "Select a valid choice" in answer and CANARY not in answer
    waiting = client.post(reverse("admin:rules_apply"), {"token": rows["upload"].pk})
    assert waiting.status_code == 404
    assert CostCodeRule.objects.filter(tenant=rows["tenant"]).count() == 1


def test_the_single_project_form_knows_own_tenants_only(rows: dict[str, Any], own: dict[str, Any]) -> None:
    """Neither offered nor taken."""
    client = signed_in(person("builder", own["tenant"]))
    address = reverse("admin:single_project")
    assert CANARY not in body(client.get(f"{address}?client=other"))
    given = {"tenant": rows["tenant"].pk, "project": "1", "integrations": ["contacts"], "mode": "live"}
    answer = body(client.post(address, given))
    assert "Select a valid choice" in answer and CANARY not in answer
    assert Run.objects.count() == 2


def test_forms_offer_and_take_own_tenants_only(rows: dict[str, Any], own: dict[str, Any]) -> None:
    """A rule, schedule or invitation cannot be made for tenant B."""
    client = signed_in(person("visitor", own["tenant"]))
    forms = {
        "mappings_costcoderule_add": {"code": "03-400", "expense_account": "310"},
        "runs_schedule_add": {
            "name": "x", "integrations": ["nightly"], "rule": "daily", "at": "02:00", "day": 1, "minutes": 15
        },
        "onecore_invitation_add": {"name": "x", "role": "administrator", "email": "x@example.com"},
    }  # fmt: skip
    for name, given in forms.items():
        address = reverse(f"admin:{name}")
        assert CANARY not in body(client.get(address)), name
        answer = client.post(address, {**given, "tenant": rows["tenant"].pk})
        assert answer.status_code == 200, name
        assert "Select a valid choice" in body(answer), name
        for right in ("other", str(rows["tenant"].pk)):
            assert f'value="{right}" selected' not in body(answer)


def test_a_row_cannot_be_moved_to_another_tenant(rows: dict[str, Any], own: dict[str, Any]) -> None:
    """The tenant of a rule is fixed once it is made."""
    client = signed_in(person("visitor", own["tenant"]))
    address = reverse("admin:mappings_costcoderule_change", args=[own["rule"].pk])
    client.post(address, {"tenant": rows["tenant"].pk, "code": "03-300", "expense_account": "312"})
    rule = CostCodeRule.objects.get(pk=own["rule"].pk)
    assert (rule.tenant_id, rule.expense_account) == (own["tenant"].pk, "312")


def test_support_staff_see_every_tenant(rows: dict[str, Any], own: dict[str, Any], settings: Any) -> None:
    """And clients do not see the list of tenants."""
    settings.ONECORE_SECOND_FACTOR = False
    support = person("support", is_superuser=True)
    answer = body(signed_in(support).get("/admin/"))
    assert CANARY in answer and "heron" in answer
    assert Tenant.objects.for_user(support).count() == 2


def test_secrets_stand_on_no_page(own: dict[str, Any], settings: Any) -> None:
    """Not even for a superuser."""
    settings.ONECORE_SECOND_FACTOR = False
    client = signed_in(person("root", is_superuser=True))
    for row in (own["procore"].credential, own["procore"]):
        address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
        assert "heron-secret" not in body(client.get(address))
    for name in ("connections_of", "connect"):
        arguments = ["own"] if name == "connections_of" else ["own", "procore"]
        assert "heron-secret" not in body(client.get(reverse(f"admin:{name}", args=arguments)))


def test_what_could_run_code_has_no_form() -> None:
    """The queue's own pages are gone, and so are those of sign-in records."""
    names = {f"{model._meta.app_label}.{model.__name__}" for model in admin.site._registry}
    assert not {
        name for name in names if name.startswith(("django_q.", "account.", "socialaccount.", "mfa."))
    }


def test_anonymous_people_are_led_to_sign_in(client: Client) -> None:
    """From every address of the admin."""
    for route in admin_routes():
        if "<" in route or "(?P" in route or "jsi18n" in route:
            continue
        answer = client.get(f"/{route}")
        assert answer.status_code in {302, 404}, route
        if answer.status_code == 302 and not answer.headers["Location"].startswith("/admin/"):
            assert "/accounts/login/" in answer.headers["Location"]
