"""Every kind of warning that can be given has a name people understand."""

import re
from pathlib import Path

from integrations.registry import INTEGRATIONS
from integrations.warning_kinds import NAMES
from tests import cases

ROOT = Path(__file__).parents[1]


def test_every_warning_a_case_gives_has_a_name() -> None:
    given = set()
    for path in cases.files():
        for change in cases.changes_of(path.parent.name, cases.load(path)["given"]):
            given |= {reason.code for reason in change.reasons}
    assert given - NAMES.keys() == set()


def test_every_declared_warning_has_a_name() -> None:
    declared = {
        check.warn for integration in INTEGRATIONS for check in (*integration.overall, *integration.checks)
    }
    assert declared - {""} - NAMES.keys() == set()


def test_every_code_written_in_the_program_has_a_name() -> None:
    written: set[str] = set()
    for folder in ("integrations", "runs"):
        for path in (ROOT / folder).rglob("*.py"):
            if "sandbox" not in path.parts:
                written |= set(re.findall(r'Reason\(\s*"([a-z-]+)"', path.read_text()))
    assert "not-mapped" in written
    assert written - NAMES.keys() == set()
