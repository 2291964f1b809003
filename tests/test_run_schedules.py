"""Schedules: slots in the tenant's time zone across daylight saving, missed ones made up for once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest

from integrations.models import Setting, Tenant
from runs import schedules
from runs.models import Run, RunState, Schedule

ADELAIDE = (
    "Australia/Adelaide"  # half an hour beside the others; clocks go forward on 4 October 2026 at 02:00
)


def schedule(rule: str, zone: str = ADELAIDE, **over: object) -> Schedule:
    """A schedule that is not kept."""
    given: dict[str, object] = {"at": time(2, 30), "created_at": datetime(2026, 1, 1, tzinfo=UTC)}
    return Schedule(
        tenant=Tenant(name="Works", slug="works", time_zone=zone), name="one", rule=rule, **(given | over)
    )


def local(one: Schedule, after: datetime, count: int) -> list[str]:
    """The next slots as the tenant's clock shows them."""
    zone = ZoneInfo(one.tenant.time_zone)
    return [f"{slot.astimezone(zone):%a %d %b %H:%M}" for slot in islice(schedules.slots(one, after), count)]


def at(day: int, hour: int = 0, minute: int = 0, month: int = 10) -> datetime:
    """A moment of 2026 in Adelaide."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZoneInfo(ADELAIDE))


def test_a_daily_slot_that_the_clock_skips_comes_at_the_change() -> None:
    assert local(schedule("daily"), at(2, 12), 3) == [
        "Sat 03 Oct 02:30",
        "Sun 04 Oct 03:00",
        "Mon 05 Oct 02:30",
    ]


def test_a_daily_slot_that_the_clock_shows_twice_comes_once() -> None:
    found = local(schedule("daily"), at(4, 12, month=4), 2)
    assert local(schedule("daily"), at(3, 12, month=4), 3) == [
        "Sat 04 Apr 02:30",
        "Sun 05 Apr 02:30",
        "Mon 06 Apr 02:30",
    ]
    assert found == ["Sun 05 Apr 02:30", "Mon 06 Apr 02:30"]


def test_cron_follows_the_clock_on_the_wall() -> None:
    one = schedule("cron", cron="30 2 * * *")
    assert local(one, at(3, 12), 2) == ["Sun 04 Oct 03:00", "Mon 05 Oct 02:30"]
    assert len(local(one, at(4, 12, month=4), 2)) == 2
    assert local(one, at(4, 12, month=4), 2) == ["Sun 05 Apr 02:30", "Mon 06 Apr 02:30"]


def test_weekdays_weekly_and_monthly() -> None:
    assert local(schedule("weekdays"), at(9, 12), 2) == ["Mon 12 Oct 02:30", "Tue 13 Oct 02:30"]
    assert local(schedule("weekly", weekday=6), at(9, 12), 2) == ["Sun 11 Oct 02:30", "Sun 18 Oct 02:30"]
    assert local(schedule("monthly", day=31), at(1, month=11), 2) == ["Mon 30 Nov 02:30", "Thu 31 Dec 02:30"]


def test_every_few_minutes_and_hourly() -> None:
    assert local(schedule("every", minutes=20), at(9, 12, 5), 2) == ["Fri 09 Oct 12:10", "Fri 09 Oct 12:30"]
    assert local(schedule("hourly", at=time(0, 15)), at(9, 12, 10), 2) == [
        "Fri 09 Oct 12:15",
        "Fri 09 Oct 13:15",
    ]


def test_hourly_keeps_its_minute_by_the_local_clock_whatever_its_zone() -> None:
    for zone in (ADELAIDE, "Australia/Sydney", "Asia/Kathmandu", "Australia/Lord_Howe"):
        one = schedule("hourly", zone, at=time(0, 0))
        shown = local(one, at(3, 20), 24)
        assert {slot[-3:] for slot in shown} == {":00"}, (zone, shown)
        assert len(set(islice(schedules.slots(one, at(3, 20)), 24))) == 24


def test_every_so_many_minutes_is_even_across_midnight() -> None:
    for minutes in (7, 50, 600, 1000, 1439):
        moment, found = at(9, 12), []
        for _ in range(40):  # each slot is looked for after the one before, as workers do
            moment = next(schedules.slots(schedule("every", minutes=minutes), moment))
            found.append(moment)
        assert {later - one for one, later in zip(found, found[1:], strict=False)} == {
            timedelta(minutes=minutes)
        }


def test_a_rule_that_cannot_be_read_has_no_times() -> None:
    assert schedules.next_times(schedule("cron", cron="now and then")) == []


def test_three_next_times_are_shown() -> None:
    assert len(schedules.next_times(schedule("daily"))) == 3


@pytest.fixture
def tenant() -> Tenant:
    """A tenant with contacts switched on."""
    found = Tenant.objects.create(name="Works", slug="works", time_zone=ADELAIDE)
    Setting.objects.create(tenant=found, integration="contacts", enabled=True)
    return found


def kept(tenant: Tenant, **over: object) -> Schedule:
    """A schedule made a week ago."""
    given: dict[str, object] = {"name": "hourly", "rule": "hourly", "integrations": ["nightly"]}
    made = Schedule.objects.create(tenant=tenant, **(given | over))
    Schedule.objects.filter(pk=made.pk).update(created_at=datetime.now(UTC) - timedelta(days=7))
    return made


@pytest.mark.django_db
def test_missed_slots_are_made_up_for_once(tenant: Tenant) -> None:
    kept(tenant)
    assert len(schedules.dispatch_due()) == 1
    assert schedules.dispatch_due() == []
    Run.objects.update(state=RunState.DONE)
    assert len(schedules.dispatch_due(datetime.now(UTC) + timedelta(hours=5))) == 1
    assert Run.objects.count() == 2


@pytest.mark.django_db
def test_a_bad_schedule_does_not_stop_the_others(tenant: Tenant) -> None:
    bad = kept(tenant, name="bad", rule="cron", cron="whenever")
    kept(tenant, name="unknown", integrations=["ledgers"])
    kept(tenant, name="good")
    assert [run.schedule.name for run in schedules.dispatch_due() if run.schedule] == ["good"]
    bad.refresh_from_db()
    assert "not a cron expression" in bad.message


@pytest.mark.django_db
def test_a_run_that_still_waits_is_not_doubled(tenant: Tenant) -> None:
    kept(tenant)
    schedules.dispatch_due()
    assert schedules.dispatch_due(datetime.now(UTC) + timedelta(hours=2)) == []
    assert Run.objects.count() == 1


@pytest.mark.django_db
def test_a_schedule_that_is_off_or_of_a_tenant_not_served_starts_nothing(tenant: Tenant) -> None:
    kept(tenant, enabled=False)
    assert schedules.dispatch_due() == []
    Schedule.objects.update(enabled=True)
    Tenant.objects.update(is_active=False)
    assert schedules.dispatch_due() == []
