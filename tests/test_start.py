"""A wrong configuration stops the start and says what to set; log lines hold no secrets."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import structlog
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from integrations.environments import SANDBOX
from integrations.models import Credential
from onecore import checks, environment, logs

ROOT = Path(__file__).resolve().parent.parent
KEY = "dGVzdHMtb25seS1rZXktb2YtMzItYnl0ZXMtbG9uZyE="


def start(tmp_path: Path, *command: str, **given: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py in a new process that knows only these variables."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    variables = inherited | {"ONECORE_STATE": str(tmp_path)} | given
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *command],
        env=variables,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def ids(messages: list[CheckMessage]) -> list[str | None]:
    """The ids of what a check found; each has a hint."""
    assert all(message.hint for message in messages)
    return [message.id for message in messages]


# --- readers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        (
            "postgresql://ann:se%2Fcret@db.example.com:5433/books?sslmode=require",
            {"NAME": "books", "USER": "ann", "PASSWORD": "se/cret", "HOST": "db.example.com", "PORT": "5433"},
        ),
        (
            "postgres:///books?host=/run/postgresql&user=ann",
            {"NAME": "books", "USER": "ann", "PASSWORD": "", "HOST": "/run/postgresql", "PORT": ""},
        ),
    ],
)
def test_a_database_is_named_by_its_address(
    monkeypatch: pytest.MonkeyPatch, address: str, wanted: Mapping[str, str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    read = environment.database("DATABASE_URL", embedded=Path("unused"))
    assert read["ENGINE"] == "django.db.backends.postgresql"
    assert {name: read[name] for name in wanted} == wanted
    assert read["OPTIONS"] == ({"sslmode": "require"} if "sslmode" in address else {})


def test_without_an_address_the_database_is_a_file_that_two_writers_can_share(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    read = environment.database("DATABASE_URL", embedded=tmp_path / "books.sqlite3")
    assert read["NAME"] == str(tmp_path / "books.sqlite3")
    assert read["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in read["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    "address", ["mysql://ann@host/books", "postgresql://host", "postgresql://h:port/books"]
)
def test_a_database_address_of_another_kind_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment.database("DATABASE_URL", embedded=Path("unused"))


@pytest.mark.parametrize(
    ("reader", "value"),
    [
        (lambda name: environment.flag(name), "maybe"),
        (lambda name: environment.whole(name, 1), "four"),
        (lambda name: environment.address(name, "http://x"), "onecore.example.com"),
        (lambda name: environment.required(name, "Set it."), ""),
    ],
)
def test_a_value_of_the_wrong_type_names_its_variable(
    monkeypatch: pytest.MonkeyPatch, reader: object, value: str
) -> None:
    monkeypatch.setenv("ONECORE_EXAMPLE", value)
    with pytest.raises(ImproperlyConfigured, match="ONECORE_EXAMPLE"):
        reader("ONECORE_EXAMPLE")  # type: ignore[operator]


def test_readers_understand_what_people_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONECORE_EXAMPLE", " Yes ")
    assert environment.flag("ONECORE_EXAMPLE") is True
    monkeypatch.setenv("ONECORE_EXAMPLE", "a, b,,")
    assert environment.words("ONECORE_EXAMPLE") == ["a", "b"]
    monkeypatch.setenv("ONECORE_EXAMPLE", "https://onecore.example.com/")
    assert environment.address("ONECORE_EXAMPLE", "") == "https://onecore.example.com"
    monkeypatch.delenv("ONECORE_EXAMPLE")
    assert environment.flag("ONECORE_EXAMPLE", True) is True
    assert environment.words("ONECORE_EXAMPLE", ("c",)) == ["c"]


# --- start ----------------------------------------------------------------------------------------


def test_a_server_does_not_start_without_its_secrets(tmp_path: Path) -> None:
    without_any = start(tmp_path, "check")
    assert without_any.returncode and "ONECORE_SECRET_KEY is not set" in without_any.stderr
    without_keys = start(tmp_path, "check", ONECORE_SECRET_KEY="x" * 60)
    assert without_keys.returncode and "onecore.E001" in without_keys.stderr


def test_a_server_with_its_secrets_passes_the_deployment_checks(tmp_path: Path) -> None:
    done = start(
        tmp_path, "check", "--deploy", "--fail-level", "WARNING",
        ONECORE_SECRET_KEY="a-key-of-Many-different-1-characters-" * 2, ONECORE_SECRET_KEYS=KEY,
        ONECORE_ADDRESS="https://onecore.example.com",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_development_machine_needs_nothing(tmp_path: Path) -> None:
    assert start(tmp_path, "check", ONECORE_DEBUG="1").returncode == 0


# --- checks ---------------------------------------------------------------------------------------


def test_the_published_development_key_protects_nothing(settings: Settings) -> None:
    settings.ONECORE_SECRET_KEYS = [KEY, settings.DEVELOPMENT_KEY]
    assert ids(checks.secret_keys()) == ["onecore.E003"]
    settings.DEBUG = True
    assert ids(checks.secret_keys()) == []


@pytest.mark.parametrize("key", ["short", "not base 64 at all", KEY[:-4]])
def test_a_malformed_key_is_found_at_start(settings: Settings, key: str) -> None:
    settings.ONECORE_SECRET_KEYS = [KEY, key]
    assert ids(checks.secret_keys()) == ["onecore.E002"]


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"workers": 4, "retry": 871}, []),
        ({"workers": 4, "retry": 870}, ["onecore.E010"]),
        ({"workers": 1, "retry": 1680}, ["onecore.E010"]),
        ({"workers": 1, "queue_limit": 4, "retry": 1800}, ["onecore.E010"]),
        ({"max_attempts": 0}, ["onecore.E011"]),
        ({"ack_failures": False}, ["onecore.E011"]),
        ({"orm": None}, ["onecore.E012"]),
    ],
)
def test_the_queue_never_delivers_a_waiting_task_twice(
    settings: Settings, change: dict[str, object], found: list[str]
) -> None:
    settings.Q_CLUSTER = settings.Q_CLUSTER | change
    assert ids(checks.queue_settings()) == found


def test_sqlite_has_one_worker(settings: Settings) -> None:
    settings.ON_SQLITE = True
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"workers": 2}
    assert ids(checks.one_worker_on_sqlite()) == ["onecore.E013"]
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"workers": 1}
    assert ids(checks.one_worker_on_sqlite()) == []


def test_a_sandbox_on_a_server_has_a_token_of_its_own(settings: Settings) -> None:
    settings.ONECORE_LOCAL_SANDBOX, settings.ONECORE_SANDBOX_TOKEN = True, "sandbox"
    assert ids(checks.sandbox_stands_alone()) == ["onecore.W020"]
    settings.ONECORE_SANDBOX_TOKEN = "another"
    assert ids(checks.sandbox_stands_alone()) == []


@pytest.mark.django_db
@pytest.mark.sqlite
def test_the_sandbox_never_stands_beside_real_credentials(settings: Settings) -> None:
    settings.ONECORE_LOCAL_SANDBOX = True
    Credential.objects.create(name="Trial", system="xero", environment=SANDBOX, client_id="trial")
    assert ids(checks.sandbox_beside_production(databases=["default"])) == []
    Credential.objects.create(name="Books", system="xero", environment="production", client_id="real")
    assert ids(checks.sandbox_beside_production(databases=["default"])) == ["onecore.E021"]
    assert ids(checks.sandbox_beside_production(databases=None)) == []
    settings.ONECORE_LOCAL_SANDBOX = False
    assert ids(checks.sandbox_beside_production(databases=["default"])) == []


# --- log lines ------------------------------------------------------------------------------------

SECRETS = ("eyJhbGciOi.eyJzdWIiOi.sig", "s3cr3t", "gAAAAABabcdefghijklmnopqrstuvwxyz", "hunter2")


@pytest.mark.parametrize(
    "told",
    [
        {"event": "refreshed", "access_token": SECRETS[1], "nested": {"client_secret": SECRETS[1]}},
        {"event": f"Authorization: Bearer {SECRETS[0]}"},
        {"event": f"POST /oauth/token?code={SECRETS[1]}&client_secret={SECRETS[1]}"},
        {"event": "stored", "rows": [f"token {SECRETS[2]}", {"Cookie": SECRETS[1]}]},
        {"event": f"postgresql://ann:{SECRETS[3]}@db.example.com/books"},
        {"event": f'{{"refresh_token": "{SECRETS[1]}"}}'},
    ],
)
def test_a_log_line_hides_secrets(told: dict[str, object]) -> None:
    line = json.dumps(logs.hide(told))
    assert not [secret for secret in SECRETS if secret in line]
    assert logs.HIDDEN in line


def test_a_log_line_keeps_what_support_needs() -> None:
    told = {"event": "Harris Concrete claim 4 was sent", "run": 12, "status_code": 200, "amount": "9200.00"}
    assert logs.hide(told) == told


def test_both_kinds_of_events_become_one_line_of_json_each(capsys: pytest.CaptureFixture[str]) -> None:
    handler = logging.StreamHandler(sys.stderr)
    given = logs.configuration(level="INFO")["formatters"]["json"]
    handler.setFormatter(
        given["()"](processors=given["processors"], foreign_pre_chain=given["foreign_pre_chain"])
    )
    logger = logging.getLogger("onecore.example")
    logger.handlers, logger.propagate = [handler], False
    try:
        structlog.stdlib.get_logger("onecore.example").warning("sent", run=7, token=SECRETS[1])
        try:
            raise ValueError(f"password={SECRETS[1]}")
        except ValueError:
            logger.exception("failed for %s", "Harris", extra={"run": 8})
    finally:
        logger.handlers, logger.propagate = [], True
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["event"], first["run"], first["token"], first["level"]) == (
        "sent",
        7,
        logs.HIDDEN,
        "warning",
    )
    assert (second["event"], second["run"]) == ("failed for Harris", 8)
    assert "ValueError" in second["exception"] and SECRETS[1] not in second["exception"]
