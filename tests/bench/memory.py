"""Whether memory stays flat: the peak of a live run of 20,000 claims over that of 2,000."""

from __future__ import annotations

import subprocess
import sys
import time

from tests.bench import stage
from tests.bench.figures import Figure, over

FEW, MANY = 2_000, 20_000
LONGEST = 7200  # seconds; a run that takes longer hangs


def measure() -> list[Figure]:
    """The same run twice, each in a process, a database and a sandbox of its own; ten projects both times."""
    few, many = peak(FEW), peak(MANY)
    parts = {f"peak kB for {FEW}": few, f"peak kB for {MANY}": many}
    return [Figure("memory_ratio_20000_to_2000", over(many, few), parts)]


def peak(claims: int) -> int:
    """The largest resident size, in kB, of a process that sends so many new claims."""
    world = stage.claims_world(claims)
    with stage.sandbox() as running, stage.database():
        stage.prepared(running, world, name=f"generated:claims={claims},refused=0.0")
        del world
        begun = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.worker", "sync", "bench", "progress-claims"],
            cwd=stage.ROOT,
            env=stage.environment(running),
            stdout=subprocess.PIPE,
            text=True,
            timeout=LONGEST,
            check=True,
        )
    state, created, kilobytes = done.stdout.split()[-3:]
    stage.say(f"  {claims} claims in {time.monotonic() - begun:.0f} s, {int(kilobytes) // 1024} MB")
    if state not in stage.FINISHED or int(created) != claims:
        raise stage.Unmeasured(f"of {claims} claims {created} were sent, the run ended as {state}")
    return int(kilobytes)
