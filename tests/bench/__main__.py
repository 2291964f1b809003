"""`python -m tests.bench [--json FILE] [figure …]`: measure, print a table; 1 when a bound is broken."""

from __future__ import annotations

import argparse
import os
import platform
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
    sys.exit("The bench needs PostgreSQL: run script/bench, or set DATABASE_URL.")
django.setup()

from tests.bench import calls, cost, limits, memory, nightly  # noqa: E402 - Django comes first
from tests.bench.figures import MEANINGS, Figure, document, table  # noqa: E402
from tests.bench.stage import Unmeasured, say  # noqa: E402

# Which figures each measurement gives; the cheap ones come first.
MEASUREMENTS = (
    (
        calls,
        (
            "claims_write_calls_per_1000",
            "claims_reads_over_floor",
            "second_run_writes",
            "second_run_reads_over_floor",
        ),
    ),
    (limits, ("limit_overruns", "budget_used")),
    (
        nightly,
        (
            "nightly_calls_of_200_projects",
            "nightly_calls_over_floor",
            "nightly_kilobytes_of_200_projects",
            "nightly_minutes_under_limits",
            "calls_with_ten_times_the_history",
            "bytes_with_ten_times_the_history",
        ),
    ),
    (cost, ("claim_cost_over_xero_python",)),
    (memory, ("memory_ratio_20000_to_2000",)),
)


def main(given: Sequence[str]) -> int:
    """0 when every bound holds, 1 when one is broken, 2 when something could not be measured."""
    parser = argparse.ArgumentParser(
        prog="script/bench", description="Measure calls, limits, memory and cost."
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures by name as well")
    parser.add_argument("names", nargs="*", metavar="figure", help=f"only these: {', '.join(MEANINGS)}")
    options = parser.parse_args(given)
    if unknown := sorted(set(options.names) - set(MEANINGS)):
        parser.error(f"there is no figure {', '.join(unknown)}; there are {', '.join(MEANINGS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that sandboxes and databases end as well
    try:
        figures = measured(frozenset(options.names))
    except Unmeasured as reason:
        say(f"Not measured: {reason}")
        return 2
    print(table(figures))
    if options.json:
        options.json.write_text(document(figures, machine()))
    return 0 if all(figure.holds for figure in figures) else 1


def measured(names: frozenset[str]) -> list[Figure]:
    """The figures asked for, all without names."""
    found: list[Figure] = []
    for module, figures in MEASUREMENTS:
        if names and not names & set(figures):
            continue
        begun = time.monotonic()
        say(f"{', '.join(figures)} ...")
        found += [figure for figure in module.measure() if not names or figure.name in names]
        say(f"  {time.monotonic() - begun:.0f} s in all")
    return found


def machine() -> dict[str, object]:
    """Where and when it was measured."""
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load": os.getloadavg()[0],
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
