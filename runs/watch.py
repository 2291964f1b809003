"""Watch over a queue's workers: start them, repair runs, look up lost answers, and restart what stands still.

The queue is never trusted: its idle worker killed at the wrong moment stops the whole of it, and its sentinel
killed leaves workers nobody watches. So the cluster runs in a process group of its own, and the group is
killed as a whole.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.db.models import F, Q
from django.db.models.functions import Now
from django_q.models import OrmQ, Schedule

from mappings.models import Link
from runs import dispatch, settle
from runs.models import Batch, Heartbeat, Mode, Run, RunState

log = logging.getLogger(__name__)

MINUTE = "every minute"
GRACE = 30.0  # seconds to finish what is at hand when asked to end


def pace() -> float:
    """Seconds between two looks at runs and lost answers."""
    return getattr(settings, "ONECORE_WATCH_SECONDS", 10)


def still() -> timedelta:
    """How long a task may wait while a worker is free: after that the cluster stands still."""
    return timedelta(seconds=getattr(settings, "ONECORE_STILL_SECONDS", 40))


class Watcher:
    """One cluster of workers and what is done about it."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}-{os.getpid()}"
        self.cluster: subprocess.Popen[bytes] | None = None
        self.started, self.restarts = 0.0, 0
        self.ending = False

    def watch(self) -> None:
        """Until asked to end."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.end)
        looked = 0.0
        try:
            while not self.ending:
                self.keep_cluster()
                if time.monotonic() - looked >= pace():
                    looked = time.monotonic()
                    self.look()
                time.sleep(0.2)
        finally:
            self.stop()

    def end(self, *_signal: object) -> None:
        """Asked to end: after the present look."""
        self.ending = True

    # --- the cluster --------------------------------------------------------------------------------------

    def keep_cluster(self) -> None:
        """Start the cluster where there is none; one that ended by itself leaves nobody behind."""
        if self.cluster is not None and self.cluster.poll() is None:
            return
        if self.cluster is not None:
            log.warning("the queue's cluster ended by itself and is started again")
            self.kill()
            self.restarts += 1
            time.sleep(min(self.restarts, 5) * 0.2)
        command = [sys.executable, str(Path(settings.ROOT) / "manage.py"), "qcluster"]
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"]}
        self.cluster = subprocess.Popen(command, start_new_session=True, env=environment)
        self.started = time.monotonic()

    def kill(self) -> None:
        """The whole group, at once: a request to end hangs where the queue's lock is lost."""
        if self.cluster is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.cluster.pid, signal.SIGKILL)
        self.cluster.wait()

    def stop(self) -> None:
        """Let the cluster finish what is at hand, for a while;
        runs cut off are repaired by the next worker.
        """
        if self.cluster is None:
            return
        if self.cluster.poll() is None:
            self.cluster.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.cluster.wait(GRACE)
        self.kill()
        with contextlib.suppress(DatabaseError):
            Heartbeat.objects.filter(worker=self.name).delete()

    # --- what is looked at --------------------------------------------------------------------------------

    def look(self) -> None:
        """Everything that is due; a database that is away is asked again next time."""
        try:
            close_old_connections()
            self.say_alive()
            minute_by_minute()
            dispatch.repair()
            look_up_answers()
            if self.stands_still():
                log.error("the queue stands still: its workers are killed and started again")
                self.kill()
                self.cluster, self.restarts = None, self.restarts + 1
        except DatabaseError as error:
            log.warning("the database does not answer: %s", error)

    def say_alive(self) -> None:
        """A sign of life for the portal and for `sync --wait`."""
        values = {"seen_at": Now(), "restarts": self.restarts}
        Heartbeat.objects.update_or_create(worker=self.name, defaults=values)
        Heartbeat.objects.filter(seen_at__lt=Now() - timedelta(days=1)).delete()

    def stands_still(self) -> bool:
        """Whether a task waits although a worker is free."""
        long = still()
        if time.monotonic() - self.started < long.total_seconds():
            return False
        waiting = OrmQ.objects.filter(lock__lt=Now() - long).exists()
        busy = Run.objects.working().filter(heartbeat_at__gt=Now() - long).count()
        return waiting and busy < settings.Q_CLUSTER["workers"]


def minute_by_minute() -> None:
    """The queue's one schedule: it reads ours, so that a bad row cannot stop the others."""
    if Schedule.objects.filter(name=MINUTE).exists():
        return
    Schedule.objects.create(
        name=MINUTE, func="runs.tasks.every_minute", schedule_type=Schedule.MINUTES, minutes=1, repeats=-1
    )


LOOKED_UP = "lost answers looked up"
MOST = 1000  # looked up by one run
PAUSE = timedelta(hours=1)  # before what failed, or waits for a person, is looked up by itself again


def look_up_answers() -> list[Run]:
    """Start a run for records whose answer was lost, as soon as they may be looked up."""
    waits = Q(looked=settle.IN_VAIN, looked_at__gt=Now() - PAUSE)
    due = settle.due(Link.objects.filter(tenant__is_active=True)).exclude(waits)
    started = []
    for tenant_id, integration in due.order_by().values_list("tenant_id", "integration").distinct():
        if is_under_way(tenant_id, integration) or has_failed(tenant_id, integration):
            continue
        links = due.filter(tenant_id=tenant_id, integration=integration).order_by("pk")[:MOST]
        # A plan's first: what it sends was approved, and nothing else.
        batches = Batch.objects.filter(pk__in=[link.batch for link in links if link.batch])
        batch = batches.select_related("run").order_by(F("run__plan").desc(nulls_last=True)).first()
        origin = (
            batch.run
            if batch and batch.run
            else Run.objects.filter(tenant_id=tenant_id).order_by("-pk").first()
        )
        if origin is not None:
            subjects = sorted({link.subject for link in links})
            started.append(dispatch.again(origin, subjects, integration, started_by=LOOKED_UP))
    return started


def is_under_way(tenant_id: int, integration: str) -> bool:
    """Whether a live run comes to this integration next, and looks them up itself."""
    unfinished = Run.objects.filter(tenant_id=tenant_id, mode=Mode.LIVE).exclude(
        pk__in=Run.objects.finished()
    )
    return any(run.next_integration() == integration for run in unfinished)


def has_failed(tenant_id: int, integration: str) -> bool:
    """Whether looking them up ended badly just now: a lost connection must not start run after run."""
    ended = Run.objects.filter(tenant_id=tenant_id, started_by=LOOKED_UP)
    recent = ended.filter(state__in=(RunState.FAILED, RunState.CANCELLED), finished_at__gt=Now() - PAUSE)
    return any(integration in run.integrations for run in recent)
