"""When schedules are due: slots in the tenant's time zone, across daylight saving;
missed ones are made up for once.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from croniter import croniter
from croniter.croniter import CroniterError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from runs import dispatch
from runs.models import Repeat, Run, Schedule, StartedFrom

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BACK = timedelta(days=32)  # how far back a missed slot is looked for


def slots(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """Every slot after a moment, in order; aware, in UTC.
    Raises ValueError for a rule that cannot be read.
    """
    zone = ZoneInfo(schedule.tenant.time_zone)
    match schedule.rule:
        case Repeat.EVERY:
            yield from _every(schedule.minutes, after)
        case Repeat.HOURLY:
            yield from _hourly(as_time(schedule.at).minute, after, zone)
        case Repeat.CRON:
            yield from _cron(schedule.cron, after, zone)
        case _:
            yield from _by_day(schedule, after, zone)


def _every(minutes: int, after: datetime) -> Iterator[datetime]:
    """Evenly, for ever: numbers that divide a day begin it at midnight UTC."""
    step = timedelta(minutes=minutes)
    slot = EPOCH + step * ((after - EPOCH) // step + 1)
    while True:
        yield slot
        slot += step


def _hourly(minute: int, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """At a minute of the local clock, which may be half an hour beside the others."""
    hour, last = after.astimezone(UTC).replace(minute=0, second=0, microsecond=0), after
    while True:
        slot = hour + timedelta(minutes=(minute - hour.astimezone(zone).minute) % 60)
        if slot > last and slot.astimezone(zone).minute == minute:
            yield slot
            last = slot
        hour += timedelta(hours=1)


def _cron(expression: str, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """By the clock on the wall: a slot the clock skips comes at the change, one it shows twice comes once."""
    try:
        walls = croniter(expression, after.astimezone(zone).replace(tzinfo=None), ret_type=datetime)
    except (CroniterError, ValueError) as error:
        raise ValueError(f"“{expression}” is not a cron expression of five fields") from error
    last = after
    while True:
        slot = on_the_wall(walls.get_next(datetime), zone)
        if slot > last:
            yield slot
            last = slot


def _by_day(schedule: Schedule, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    day = after.astimezone(zone).date() - timedelta(days=1)
    while True:
        if _falls_on(schedule, day):
            slot = on_the_wall(datetime.combine(day, as_time(schedule.at)), zone)
            if slot > after:
                yield slot
        day += timedelta(days=1)


def as_time(at: time | str) -> time:
    """The time of day, also where the row was just made and still holds a text."""
    return at if isinstance(at, time) else time.fromisoformat(at)


def _falls_on(schedule: Schedule, day: date) -> bool:
    match schedule.rule:
        case Repeat.WEEKDAYS:
            return day.weekday() < 5
        case Repeat.WEEKLY:
            return day.weekday() == schedule.weekday
        case Repeat.MONTHLY:
            return day.day == min(schedule.day, calendar.monthrange(day.year, day.month)[1])
    return True


def on_the_wall(wall: datetime, zone: ZoneInfo) -> datetime:
    """The moment a local clock shows this, the first of two;
    where the clock skips it, the moment of the change.
    """
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # In a gap the second reading (fold=1) lies before the change: from there the clock first shows a later
    # time at it.
    moment = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while moment.astimezone(zone).replace(tzinfo=None) < wall:
        moment += timedelta(minutes=1)
    return moment


def next_times(schedule: Schedule, count: int = 3, now: datetime | None = None) -> list[datetime]:
    """The next slots; [] for a rule that cannot be read."""
    try:
        return list(islice(slots(schedule, now or timezone.now()), count))
    except ValueError:
        return []


def latest_due(schedule: Schedule, now: datetime) -> datetime | None:
    """The latest slot not run yet: after a pause the many that were missed are made up for once."""
    after = max(schedule.last_slot or schedule.created_at, now - BACK)
    if schedule.rule in (Repeat.EVERY, Repeat.HOURLY) and schedule.last_slot is not None:
        after = max(after, now - timedelta(days=2))
    due = None
    for slot in slots(schedule, after):
        if slot > now:
            return due
        due = slot
    return due


def dispatch_due(now: datetime | None = None) -> list[Run]:
    """Start a run for every schedule that is due. A schedule that cannot be read does not stop the others."""
    now = now or timezone.now()
    started = []
    for schedule in Schedule.objects.filter(enabled=True, tenant__is_active=True).select_related("tenant"):
        try:
            slot = latest_due(schedule, now)
            run = _start(schedule, slot) if slot is not None else None
        except ValueError as error:
            _note(schedule, str(error))
            continue
        if run is not None:
            started.append(run)
    return started


def _start(schedule: Schedule, slot: datetime) -> Run | None:
    """Take the slot by one conditional update, and start its run; None where another worker took it."""
    with transaction.atomic():
        free = Q(last_slot__isnull=True) | Q(last_slot__lt=slot)
        if not Schedule.objects.filter(free, pk=schedule.pk, enabled=True).update(last_slot=slot, message=""):
            return None
        if Run.objects.filter(schedule=schedule).waiting().exists():
            return None
        return dispatch.start(
            schedule.tenant, schedule.integrations, source=StartedFrom.SCHEDULE,
            started_by=f"schedule {schedule.name}", schedule=schedule,
        )  # fmt: skip


def _note(schedule: Schedule, message: str) -> None:
    Schedule.objects.filter(pk=schedule.pk).update(message=message[:300])
