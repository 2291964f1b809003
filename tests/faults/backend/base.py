"""A database whose process is killed or stopped at its n-th commit while it carries a run.

The order stands in the file named by ONECORE_FAULT_FILE: `kill|stop before|after N`. It is counted from the
commit by which the process claims a run, and carried out once, by whichever process comes to it first.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base

ORDER = Path(os.environ.get("ONECORE_FAULT_FILE", "/nonexistent"))
SIGNALS = {"kill": signal.SIGKILL, "stop": signal.SIGSTOP}


class Count:
    """Commits of this process since it claimed a run."""

    number = -1  # not counting


def reach(place: str) -> None:
    """Carry out the order if it is meant for this point."""
    if Count.number < 0 or not ORDER.exists():
        return
    try:
        action, where, number = ORDER.read_text().split()
    except (OSError, ValueError):
        return
    if where != place or int(number) != Count.number:
        return
    try:
        ORDER.rename(ORDER.with_suffix(".done"))
    except OSError:
        return
    ORDER.with_suffix(".pid").write_text(str(os.getpid()))
    os.kill(os.getpid(), SIGNALS[action])


class DatabaseWrapper(base.DatabaseWrapper):
    """Counts what is made durable: commits, and statements that change something outside a transaction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(self.counted)

    def counted(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """Run a statement; outside a transaction a change is a commit of its own."""
        if sql.startswith('UPDATE "runs_run" SET "owner"'):
            Count.number = 0
        changes = not self.in_atomic_block and sql.startswith(("INSERT", "UPDATE", "DELETE"))
        if not changes:
            return execute(sql, params, many, context)
        self.step("before")
        result = execute(sql, params, many, context)
        reach("after")
        return result

    def _commit(self) -> Any:
        self.step("before")
        result = super()._commit()
        reach("after")
        return result

    def step(self, place: str) -> None:
        """One more commit."""
        if Count.number >= 0:
            Count.number += 1
        reach(place)
