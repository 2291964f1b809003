"""Calls shared by all processes: one row per credential and company, changed by compare and swap only."""

import random
import time
import uuid
from collections.abc import Mapping
from dataclasses import replace

from django.db import IntegrityError, transaction

from integrations.allowance import LIMITS, Allowance, Limits
from integrations.models import CallBudget, Connection
from integrations.transport import Clock, Turn

MOST_SWAPS = 60


class SharedBudget:
    """The budget of a connection. Any number of processes hold one; together they stay within the limits."""

    def __init__(
        self, connection: Connection, *, clock: Clock | None = None, reserve: float = 0.0, lapse: float = 70.0
    ) -> None:
        """`reserve`: share of a window left to others (webhook runs). `lapse`: seconds a call may take."""
        self._credential_id, self._external_id = connection.credential_id, connection.external_id
        self._limits = limits_of(connection)
        self._clock, self._reserve, self._lapse = clock or Clock(), reserve, int(lapse * 1000)
        self._seen: CallBudget | None = None

    def take(self) -> Turn:
        """A turn, or the seconds to wait before asking again."""
        ticket = uuid.uuid4().hex[:12]
        for _attempt in range(MOST_SWAPS):
            known = self._seen is not None
            row, allowance = self._read()
            wait = allowance.wait(reserve=self._reserve)
            if wait and known:
                self._seen = None  # another process may have given a turn back since
                continue
            if wait:
                self._seen = None
                return Turn(wait=wait / 1000 * random.uniform(1.0, 1.05))
            allowance.take(ticket)
            if self._swap(row, allowance):
                return Turn(ticket)
        return Turn(wait=0.1)

    def answered(self, ticket: str, headers: Mapping[str, str], *, wait: float = 0.0) -> None:
        """Give the turn back. Should it never succeed, the turn lapses by itself."""
        for _attempt in range(MOST_SWAPS):
            row, allowance = self._read()
            allowance.answered(ticket, headers, wait=wait)
            if self._swap(row, allowance):
                return

    def left(self) -> dict[str, tuple[int, int]]:
        """Calls left and allowed by the window's name."""
        self._seen = None
        _row, allowance = self._read()
        return {w.name: (allowance.left(w), allowance.allowed[w.name]) for w in self._limits.windows}

    def _read(self) -> tuple[CallBudget, Allowance]:
        # What this process wrote last is tried first; where that is out of date, the swap fails.
        row = self._seen or self._row() or self._made()
        now = int(self._clock.now().timestamp() * 1000)
        return row, Allowance(row.calls, self._limits, now=now, lapse=self._lapse)

    def _row(self) -> CallBudget | None:
        rows = CallBudget.objects.filter(credential_id=self._credential_id, external_id=self._external_id)
        return rows.first()

    def _made(self) -> CallBudget:
        names = {"credential_id": self._credential_id, "external_id": self._external_id}
        try:
            with transaction.atomic():
                return CallBudget.objects.create(**names)
        except IntegrityError:
            return CallBudget.objects.get(**names)

    def _swap(self, row: CallBudget, allowance: Allowance) -> bool:
        state = allowance.state()
        rows = CallBudget.objects.filter(pk=row.pk, version=row.version)
        if rows.update(calls=state, version=row.version + 1):
            self._seen = CallBudget(pk=row.pk, calls=state, version=row.version + 1)
            return True
        self._seen = None
        time.sleep(random.uniform(0, 0.003))
        return False


def limits_of(connection: Connection) -> Limits:
    """The system's limits, with what the credential's tier says otherwise (a day of 1,000 calls, say)."""
    limits, tiers = LIMITS[connection.system], connection.credential.tiers or {}
    windows = tuple(replace(w, allowed=int(tiers.get(w.name, w.allowed))) for w in limits.windows)
    return Limits(windows, concurrent=int(tiers.get("concurrent", limits.concurrent)))


def calls_left(connection: Connection) -> dict[str, tuple[int, int]]:
    """Calls left and allowed by the window's name, for progress pages."""
    return SharedBudget(connection).left()
