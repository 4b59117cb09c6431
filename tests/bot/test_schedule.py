"""What is owed and when: pure decisions, and the timer that wakes the program."""

import asyncio
import random
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.calendar import AWKWARD, AWKWARD_TIMES, ZONES, sweep
from bot.schedule import Calendar, Waker, latest_slot, local_instant, next_due, owed
from bot.settings import Subscription


def weekly(**changes):
    given = {"channel": "#research", "profile": "p", "day": "mon", "time": time(9), "timezone": "UTC"}
    return Subscription(**(given | changes))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


LONG_AGO = at("2026-01-01T00:00:00")


@pytest.mark.parametrize(
    ("now", "since", "days"),
    [
        ("2026-05-18T06:59:59", LONG_AGO, []),  # a week late, and the next one is near
        ("2026-05-18T07:00:00", LONG_AGO, [18]),  # two hours before: to be prepared
        ("2026-05-18T09:00:00", LONG_AGO, [18]),
        ("2026-05-19T09:00:00", LONG_AGO, [18]),
        ("2026-05-21T09:00:00", LONG_AGO, [18]),  # slept through: made good once
        ("2026-05-24T09:00:01", LONG_AGO, []),  # the next one is near
        ("2026-05-25T07:30:00", LONG_AGO, [25]),
        ("2026-05-18T09:00:00", at("2026-05-18T09:00:01"), []),  # begun after the slot
        ("2026-05-18T07:30:00", at("2026-05-18T07:29:00"), [18]),
    ],
)
def test_what_is_owed_is_the_latest_slot_and_the_one_that_is_near(now, since, days):
    assert [slot.day.day for slot in owed(weekly(), at(now), since)] == days


def test_the_key_names_channel_profile_and_the_local_day():
    (slot,) = owed(weekly(timezone="Asia/Tokyo", time=time(8)), at("2026-05-17T23:00:00"), LONG_AGO)
    assert slot.key == "#research|p|2026-05-18"
    assert slot.due == at("2026-05-17T23:00:00")
    assert (slot.window.since, slot.window.until) == (date(2026, 5, 11), date(2026, 5, 17))


@pytest.mark.parametrize(
    ("zone", "day", "clock", "instant"),
    [
        ("Europe/Berlin", date(2026, 1, 5), time(9), "2026-01-05T08:00:00"),
        ("Europe/Berlin", date(2026, 7, 6), time(9), "2026-07-06T07:00:00"),
        ("Europe/Berlin", date(2026, 3, 29), time(2, 30), "2026-03-29T01:00:00"),  # 02:00-03:00 is missing
        ("Europe/Berlin", date(2026, 10, 25), time(2, 30), "2026-10-25T00:30:00"),  # twice: the first
        ("Australia/Lord_Howe", date(2026, 10, 4), time(2, 10), "2026-10-03T15:30:00"),  # half an hour
        ("Pacific/Apia", date(2011, 12, 30), time(9), "2011-12-30T10:00:00"),  # the whole day is missing
    ],
)
def test_local_times_that_are_missing_or_doubled(zone, day, clock, instant):
    assert local_instant(day, clock, ZoneInfo(zone)) == at(instant)


@given(
    zone=st.sampled_from(
        ["UTC", "Europe/Berlin", "America/Havana", "Africa/Cairo", "Asia/Kathmandu", "America/New_York"]
    ),
    day=st.sampled_from(["mon", "wed", "sat", "sun"]),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    start=st.integers(1_704_067_200, 1_893_456_000),
)
def test_every_week_has_one_slot_on_its_weekday(zone, day, hour, minute, start):
    subscription = weekly(day=day, time=time(hour, minute), timezone=zone)
    now = datetime.fromtimestamp(start, UTC)
    days = []
    for _ in range(6):
        due = next_due(subscription, now)
        assert due > now
        slot = latest_slot(subscription, due)
        assert slot.due == due
        assert latest_slot(subscription, due - timedelta(seconds=1)).day == slot.day - timedelta(days=7)
        days.append(slot.day)
        now = due
    assert all(b - a == timedelta(days=7) for a, b in zip(days, days[1:], strict=False))
    assert {d.strftime("%a").lower() for d in days} == {day}


@given(st.integers(0, 2**32), st.booleans())
def test_a_calendar_finds_what_looking_at_every_subscription_finds(seed, jumps):
    draw = random.Random(seed)
    since = {
        weekly(
            day=draw.choice(["mon", "thu", "sun"]),
            time=time(draw.randrange(24), draw.choice([0, 30])),
            timezone=draw.choice(["UTC", "Asia/Tokyo", "America/Havana", "Africa/Cairo"]),
            channel=f"#c{n}",
        ): LONG_AGO
        for n in range(5)
    }
    calendar, now, found, expected = Calendar(since), at("2026-04-20T00:00:00"), set(), set()
    for _ in range(60):
        found |= {slot.key for slot in calendar.owed(now)}
        expected |= {slot.key for one in since for slot in owed(one, now, LONG_AGO)}
        assert found == expected
        now += timedelta(minutes=draw.choice([1, 30, 300, 3000]))
        if jumps and draw.random() < 0.1:
            now -= timedelta(hours=draw.choice([2, 50]))


def test_a_calendar_knows_when_to_look_again():
    calendar = Calendar({weekly(): LONG_AGO})
    calendar.owed(at("2026-05-18T05:00:00"))
    assert calendar.wake_at(at("2026-05-18T05:00:00")) == at("2026-05-18T07:00:00")
    calendar.owed(at("2026-05-18T07:00:00"))
    assert calendar.wake_at(at("2026-05-18T07:00:00")) == at("2026-05-18T09:00:00")


def test_a_sample_of_the_calendar_has_one_slot_a_local_day():
    some = random.Random(7).sample(ZONES, 12)
    assert sweep(some, years=2, days=("mon",), times=(time(9),)).wrong == 0
    awkward = sweep(AWKWARD[:5], years=1, days=("sun", "fri"), times=AWKWARD_TIMES)
    assert awkward.slots > 1000
    assert awkward.wrong == 0


async def test_the_timer_looks_at_once_and_wakes_when_something_becomes_due():
    looks = []

    async def look():
        looks.append(datetime.now(UTC))
        return timedelta(hours=3)

    waker = Waker(look)
    await waker.start()
    try:
        for _ in range(200):
            if looks and waker._timer.get_job("next"):
                break
            await asyncio.sleep(0.01)
        wake = waker._timer.get_job("next").next_run_time
    finally:
        waker.stop()
    assert len(looks) == 1
    assert abs(wake - looks[0] - timedelta(hours=3)) < timedelta(seconds=5)
