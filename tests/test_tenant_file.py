"""A tenant as a file: there and back without loss, refused whole with every mistake in its place."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from integrations.credentials import connected
from integrations.models import Connection, Credential, Setting, State, Tenant
from integrations.oauth import TokenSet
from integrations.registry import BY_SLUG, TENANT
from integrations.sandbox.worlds import ACCOUNTS_BY_CODE, UNMAPPED, world
from mappings.models import CostCodeRule
from runs.models import Schedule
from runs.tenantfile import SECTIONS, Unreadable, import_tenant, write

EXAMPLE = Path(settings.ROOT) / "docs" / "examples" / "bright-build.json"
VARIABLES = {
    "ONECORE_CREDENTIAL_PROCORE_ID": "sandbox-procore",
    "ONECORE_CREDENTIAL_PROCORE_SECRET": "procore-canary",
    "ONECORE_CREDENTIAL_XERO_ID": "sandbox-xero-custom",
    "ONECORE_CREDENTIAL_XERO_SECRET": "xero-canary",
}
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def example(change: Change | None = None) -> str:
    """The example's text, after a change of its content."""
    content = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    if change is not None:
        change(content)
    return json.dumps(content)


def put(path: str, value: Any) -> Change:
    """Sets the member at a dotted path; whole numbers are places in lists."""

    def change(content: dict[str, Any]) -> None:
        *way, last = (int(part) if part.isdigit() else part for part in path.split("/"))
        place: Any = content
        for part in way:
            place = place[part]
        place[last] = value

    return change


def rows() -> dict[str, list[Any]]:
    models = (Tenant, Connection, Credential, Setting, CostCodeRule, Schedule)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


# --- there and back


@pytest.mark.django_db
def test_the_example_is_complete() -> None:
    """Every section and every integration stands in it, and it fits the demo world."""
    content = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert set(content) == {"format", *(section.name for section in SECTIONS)}
    assert set(content["integrations"]) == set(BY_SLUG)
    rules = {rule["code"]: rule["expense_account"] for rule in content["cost_code_rules"]}
    assert rules == ACCOUNTS_BY_CODE and not set(UNMAPPED) & set(rules)
    demo = world("demo")
    assert content["connections"]["procore"]["company"] == str(demo["procore"]["companies"][0]["id"])
    assert content["connections"]["xero"]["organisation"] == demo["xero"]["organisations"][0]["tenantId"]


@pytest.mark.django_db
def test_an_import_makes_the_tenant() -> None:
    """With connections that work, settings, rules and schedules."""
    tenant, is_new = import_tenant(example())
    assert is_new and tenant.time_zone == "Australia/Adelaide"
    assert {c.system: c.external_id for c in tenant.connections.all()}.keys() == {"procore", "xero"}
    credential = Credential.objects.get(system="xero")
    assert (credential.client_id, credential.client_secret.reveal()) == ("sandbox-xero-custom", "xero-canary")
    assert credential.state == State.OK
    claims = tenant.settings.get(integration="progress-claims")
    assert claims.enabled and claims.options["retention_held_account"] == "815"
    assert tenant.settings.get(integration=TENANT).options["mode"] == "account"
    assert tenant.cost_code_rules.count() == len(ACCOUNTS_BY_CODE)
    assert {schedule.rule for schedule in tenant.schedules.all()} == {"daily", "cron"}


@pytest.mark.django_db
def test_an_export_can_be_imported_unchanged() -> None:
    """The same file comes back, and importing it again changes no row."""
    tenant, _ = import_tenant(example())
    written = write(tenant)
    assert written == EXAMPLE.read_text(encoding="utf-8")
    before, history = rows(), CostCodeRule.history.count()
    again, is_new = import_tenant(written)
    assert (again.pk, is_new) == (tenant.pk, False) and write(again) == written
    after = rows()
    for name, held in before.items():
        same = [{k: v for k, v in row.items() if k != "client_secret"} for row in held]
        assert [{k: v for k, v in row.items() if k != "client_secret"} for row in after[name]] == same
    assert CostCodeRule.history.count() == history


@pytest.mark.django_db
def test_an_export_holds_no_secret() -> None:
    """Neither what was read from variables nor tokens."""
    tenant, _ = import_tenant(example())
    for credential in Credential.objects.all():
        connected(credential, TokenSet("access-canary", "refresh-canary"))
    written = write(tenant)
    assert "canary" not in written and "sandbox-xero-custom" not in written
    assert all(name in written for name in VARIABLES)


@pytest.mark.django_db
def test_what_the_portal_made_can_be_exported() -> None:
    """Variables are then named after the credential."""
    tenant, _ = import_tenant(example())
    Credential.objects.update(id_variable="", secret_variable="")
    assert '"ONECORE_CREDENTIAL_BRIGHT_BUILD_XERO_SECRET"' in write(tenant)


@pytest.mark.django_db
def test_what_a_file_does_not_name_is_gone() -> None:
    """Rules and schedules are removed, integrations off; tokens and what a schedule has run stay."""
    tenant, _ = import_tenant(example())
    credential = Credential.objects.get(system="xero")
    connected(credential, TokenSet("access", "refresh"))

    def less(content: dict[str, Any]) -> None:
        content["cost_code_rules"] = content["cost_code_rules"][:1]
        content["schedules"] = content["schedules"][:1]
        del content["integrations"]["payments"]

    kept = tenant.schedules.get(name="Claims on working days").pk
    import_tenant(example(less))
    assert tenant.cost_code_rules.count() == 1
    assert [schedule.pk for schedule in tenant.schedules.all()] == [kept]
    assert not tenant.settings.filter(integration="payments").exists()
    credential.refresh_from_db()
    assert credential.access_token.reveal() == "access"


@pytest.mark.django_db
def test_another_application_needs_another_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The old tokens belong to the old one."""
    import_tenant(example(put("connections/xero/credential/kind", "code")))
    credential = Credential.objects.get(system="xero")
    assert credential.state == State.RECONNECT
    connected(credential, TokenSet("access", "refresh"))
    monkeypatch.setenv("ONECORE_CREDENTIAL_XERO_ID", "another-app")
    import_tenant(example(put("connections/xero/credential/kind", "code")))
    credential.refresh_from_db()
    assert not credential.access_token and credential.state == State.RECONNECT


# --- refused


MISTAKES: tuple[tuple[str, Change, str], ...] = (
    ("format", put("format", "2"), "has to be one of onecore-tenant-1"),
    ("surprise", put("surprise", 1), "is not known here"),
    ("tenant", put("tenant", []), "has to be an object"),
    ("tenant", lambda content: content.pop("tenant"), "is missing"),
    ("tenant.slug", put("tenant/slug", "Bright Build"), "small letters"),
    ("tenant.name", put("tenant/name", ""), "must not be empty"),
    ("tenant.name", put("tenant/name", 7), "has to be a text"),
    ("tenant.name", put("tenant/name", "x" * 201), "longer than 200"),
    ("tenant.name", put("tenant/name", "a\x00b"), "cannot be shown"),
    ("tenant.time_zone", put("tenant/time_zone", "Mars/Olympus"), "is not a time zone"),
    ("tenant.country", put("tenant/country", "au"), "two capital letters"),
    ("tenant.is_active", put("tenant/is_active", "yes"), "has to be true or false"),
    ("tenant.colour", put("tenant/colour", "red"), "is not known here"),
    ("connections", lambda content: content.pop("connections"), "is missing"),
    ("connections.xero", lambda content: content["connections"].pop("xero"), "is missing"),
    ("connections.procore.environment", put("connections/procore/environment", "moon"), "has to be one of"),
    ("connections.procore.company", put("connections/procore/company", 4100), "has to be a text"),
    ("connections.procore.company", put("connections/procore/company", "x"), "company's number"),
    ("connections.xero.organisation", put("connections/xero/organisation", "x"), "organisation's id"),
    (
        "connections.xero.credential.client_secret",
        put("connections/xero/credential/client_secret", "s3cret"),
        "ONECORE_CREDENTIAL_",
    ),
    (
        "connections.xero.credential.client_secret",
        put("connections/xero/credential/client_secret", "ONECORE_SECRET_KEY"),
        "ONECORE_CREDENTIAL_",
    ),
    (
        "connections.xero.credential.client_secret",
        put("connections/xero/credential/client_secret", "ONECORE_CREDENTIAL_ABSENT"),
        "is not set",
    ),
    (
        "connections.xero.credential.kind",
        put("connections/xero/credential/kind", "password"),
        "has to be one of",
    ),
    (
        "connections.xero.credential.limits.year",
        put("connections/xero/credential/limits", {"year": 1}),
        "is no limit",
    ),
    ("options.mode", put("options/mode", "magic"), "has to be one of"),
    ("options.moed", put("options/moed", "account"), "is no option"),
    ("options.approve", put("options/approve", 1), "has to be true or false"),
    ("options.category_limit", put("options/category_limit", "100"), "has to be a whole number"),
    ("options.category_limit", put("options/category_limit", True), "has to be a whole number"),
    ("integrations.bils", put("integrations/bils", {}), "is no integration"),
    ("integrations.payments", put("integrations/payments", None), "has to be an object"),
    (
        "integrations.payments.start_date",
        put("integrations/payments/start_date", "2026-02-30"),
        "does not exist",
    ),
    ("integrations.payments.start_date", put("integrations/payments/start_date", 2026), "a date such as"),
    (
        "integrations.payments.recipients",
        put("integrations/payments/recipients", "a@b.example"),
        "has to be a list",
    ),
    (
        "integrations.payments.recipients[0]",
        put("integrations/payments/recipients", ["nobody"]),
        "is not an e-mail",
    ),
    (
        "integrations.progress-claims.options.retention_tax",
        put("integrations/progress-claims/options/retention_tax", "upfront"),
        "needs a note",
    ),
    ("cost_code_rules", put("cost_code_rules", {}), "has to be a list"),
    ("cost_code_rules[0]", put("cost_code_rules/0", "03-100"), "has to be an object"),
    ("cost_code_rules[0].code", put("cost_code_rules/0/code", "0*3"), "The star stands at the end"),
    ("cost_code_rules[0]", put("cost_code_rules/0", {"code": "1"}), "at least one of"),
    ("cost_code_rules[0].account", put("cost_code_rules/0/account", "300"), "is not known here"),
    ("schedules[0].name", put("schedules/0/name", "Every night"), ""),
    ("schedules[0].integrations", put("schedules/0/integrations", []), "has to name integrations"),
    ("schedules[0].integrations[0]", put("schedules/0/integrations", ["weekly"]), "has to be one of"),
    ("schedules[0].rule", put("schedules/0/rule", "sometimes"), "has to be one of"),
    ("schedules[0].at", put("schedules/0/at", "25:00"), "does not exist"),
    ("schedules[0].minutes", put("schedules/0/minutes", 0), "from 1 to 1,439"),
)


@pytest.mark.django_db
@pytest.mark.parametrize(("place", "change", "words"), MISTAKES)
def test_a_mistake_is_told_with_its_place(place: str, change: Change, words: str) -> None:
    """And no row exists afterwards."""
    with pytest.raises(Unreadable) as refused:
        import_tenant(example(change))
    told = dict(refused.value.problems)
    places = {place, place.replace("[0]", "[1]")}
    assert [found for found in places if found in told], told
    assert any(words in told[found] for found in places if found in told)
    assert not any(rows().values())


@pytest.mark.django_db
def test_every_mistake_is_told_at_once() -> None:
    """Three mistakes in three sections."""

    def three(content: dict[str, Any]) -> None:
        for change in (put("tenant/name", 1), put("options/mode", "x"), put("schedules/0/at", "x")):
            change(content)

    with pytest.raises(Unreadable) as refused:
        import_tenant(example(three))
    assert [place for place, _words in refused.value.problems] == [
        "tenant.name",
        "options.mode",
        "schedules[0].at",
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not JSON"),
        ("{", "line 1, column 2"),
        ("[]", "has to be an object"),
        ('{"format": 1, "format": 2}', "stands twice"),
        ('{"format": NaN}', "is not a number"),
        ("[" * 100_000, "nested too deeply"),
        ('{"tenant": 1e999999}', ""),
    ],
)
def test_what_is_no_file_at_all_is_refused(text: str, words: str) -> None:
    """With the line where that can be said."""
    with pytest.raises(Unreadable) as refused:
        import_tenant(text)
    assert words in str(refused.value)
    assert not any(rows().values())


@pytest.mark.django_db
def test_a_refused_change_leaves_the_tenant_as_it_was() -> None:
    """A mistake that only rows show, in the last section, undoes all before it."""
    import_tenant(example())
    before = rows()

    def change(content: dict[str, Any]) -> None:
        content["tenant"]["name"] = "Another"
        content["cost_code_rules"] = [{"code": "9*9", "expense_account": "300"}]

    with pytest.raises(Unreadable):
        import_tenant(example(change))
    assert rows() == before


@pytest.mark.django_db
def test_an_organisation_belongs_to_one_tenant() -> None:
    """A copy of the file under another name does not take it."""
    import_tenant(example())
    with pytest.raises(Unreadable, match="belongs to another tenant"):
        import_tenant(example(put("tenant/slug", "copy")))
    assert Tenant.objects.count() == 1


@pytest.mark.django_db
def test_a_shared_credential_is_not_pointed_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another tenant's connection would break."""
    import_tenant(example())
    monkeypatch.setenv("ONECORE_CREDENTIAL_PROCORE_ID", "another-app")

    def change(content: dict[str, Any]) -> None:
        content["tenant"]["slug"] = "copy"
        content["connections"]["xero"]["organisation"] = "11111111-1111-4111-8111-111111111111"
        content["connections"]["xero"]["credential"]["name"] = "Another"

    with pytest.raises(Unreadable, match="credential of another tenant"):
        import_tenant(example(change))


# --- the command


@pytest.mark.django_db
def test_the_command_checks_imports_and_exports(tmp_path: Path) -> None:
    """A check changes nothing; an export can be checked."""
    out = io.StringIO()
    call_command("tenant", "check", str(EXAMPLE), stdout=out)
    assert "would create Bright Build Group" in out.getvalue() and not any(rows().values())
    call_command("tenant", "import", str(EXAMPLE), stdout=out)
    assert "was created" in out.getvalue()
    copied = tmp_path / "copy.json"
    call_command("tenant", "export", "bright-build", "--to", str(copied), stdout=out)
    call_command("tenant", "check", str(copied), stdout=out)
    assert "would change Bright Build Group" in out.getvalue()


@pytest.mark.django_db
def test_the_command_names_every_mistake(tmp_path: Path) -> None:
    """In lines that can be worked through."""
    bad = tmp_path / "bad.json"
    bad.write_text(example(put("options/moed", 1)), encoding="utf-8")
    with pytest.raises(CommandError, match=r"1 mistake in .*\n  options\.moed: is no option"):
        call_command("tenant", "import", str(bad))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("tenant", "import", str(tmp_path / "absent.json"))
    with pytest.raises(CommandError, match="no tenant with the short name"):
        call_command("tenant", "export", "nobody")
