"""What happened and what is due: runs, entries, batches, warnings, leases, cursors and schedules."""

from runs.models.pairing import Pairing, PairState
from runs.models.protection import Batch, BatchState, Cursor, Heartbeat, Inbox, Lease, Member, Retry
from runs.models.run import (
    CHANGING,
    FINISHED,
    PLAN_LAPSES,
    WAITING,
    WIDTH,
    WORKING,
    Entry,
    Mode,
    Outcome,
    Run,
    RunState,
    Scope,
    StartedFrom,
)
from runs.models.schedule import Repeat, Schedule
from runs.models.warning import Warning, WarningState

__all__ = [
    "CHANGING",
    "FINISHED",
    "PLAN_LAPSES",
    "WAITING",
    "WIDTH",
    "WORKING",
    "Batch",
    "BatchState",
    "Cursor",
    "Entry",
    "Heartbeat",
    "Inbox",
    "Lease",
    "Member",
    "Mode",
    "Outcome",
    "PairState",
    "Pairing",
    "Repeat",
    "Retry",
    "Run",
    "RunState",
    "Schedule",
    "Scope",
    "StartedFrom",
    "Warning",
    "WarningState",
]
