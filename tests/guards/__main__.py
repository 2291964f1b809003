"""`python -m tests.guards [NAME ...]`: every test green with its protection, red without it."""

from __future__ import annotations

import os
import subprocess
import sys

import django

RED, GREEN = 1, 0  # pytest: tests failed; all passed


def run(test: str, without: str = "") -> int:
    """Run one test; its exit status."""
    settings = "tests.guards.settings" if without else "tests.settings"
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:xdist",
    f"--ds={settings}",
               "--create-db", test]  # fmt: skip
    environment = {**os.environ, "ONECORE_WITHOUT": without, "DJANGO_SETTINGS_MODULE": settings}
    return subprocess.run(command, env=environment, capture_output=True, check=False, timeout=300).returncode


def main(names: list[str]) -> int:
    """0 when every protection has a test that notices its absence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from tests.guards.protections import PROTECTIONS  # needs Django to be set up

    missed = 0
    for name in names or PROTECTIONS:
        protection = PROTECTIONS[name]
        kept, taken = run(protection.test), run(protection.test, name)
        good = kept == GREEN and taken == RED
        missed += not good
        shown = "red without it" if good else f"NOT SHOWN (with it {kept}, without it {taken})"
        print(f"{name:22} {protection.words:66} {shown}", flush=True)
    print(
        "Every protection is missed when it is gone."
        if not missed
        else f"{missed} protections are not guarded."
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
