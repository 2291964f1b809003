"""What the queue runs: functions that take a run's id, or nothing."""

from __future__ import annotations

from runs import approvals, purge, reports, runner, schedules, upkeep


def work(run_id: int) -> bool:
    """Work on a run; a task that comes twice, late or for nothing ends at once."""
    return runner.work(run_id)


def every_minute() -> int:
    """Start what schedules are due, forget what is no longer kept, look after connections. How many were
    started.
    """
    started = schedules.dispatch_due()
    approvals.lapse()
    reports.send_missed()
    purge.purge()
    upkeep.look_after()
    return len(started)
