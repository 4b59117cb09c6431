import asyncio
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.schedule import Scheduler, due_slot, latest_slot, local_instant, next_due
from bot.settings import Subscription
from pipeline.errors import DeliveryError


def weekly(**changes):
    given = {"channel": "#research", "profile": "p", "day": "mon", "time": time(9), "timezone": "UTC"}
    return Subscription(**(given | changes))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


MONDAY = date(2026, 5, 18)


@pytest.mark.parametrize(
    ("now", "last", "due"),
    [
        ("2026-05-18T08:59:59", None, None),
        ("2026-05-18T09:00:00", None, MONDAY),
        ("2026-05-18T09:00:00", date(2026, 5, 11), MONDAY),
        ("2026-05-18T09:00:00", MONDAY, None),
        ("2026-05-19T09:00:00", None, MONDAY),
        ("2026-05-19T09:00:01", None, None),
        ("2026-05-22T12:00:00", date(2026, 5, 11), None),
    ],
)
def test_a_slot_is_due_from_its_time_on_for_a_day_unless_it_is_delivered(now, last, due):
    slot = due_slot(weekly(), at(now), last)
    assert (slot.day if slot else None) == due


def test_the_key_names_channel_profile_and_the_local_day():
    tokyo = weekly(timezone="Asia/Tokyo", time=time(8))
    slot = due_slot(tokyo, at("2026-05-17T23:00:00"), None)
    assert slot.key == "#research|p|2026-05-18"
    assert slot.due == at("2026-05-17T23:00:00")


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
        slot = due_slot(subscription, due, days[-1] if days else None)
        assert slot.due == due
        assert latest_slot(subscription, due - timedelta(seconds=1)).day == slot.day - timedelta(days=7)
        days.append(slot.day)
        now = due
    assert all(b - a == timedelta(days=7) for a, b in zip(days, days[1:], strict=False))
    assert {d.strftime("%a").lower() for d in days} == {day}


class Story:
    """A scheduler with a clock in the test's hand and a record of what was delivered."""

    def __init__(self, now, *subscriptions):
        self.now, self.tried, self.done, self.failing = at(now), [], {}, None
        self.scheduler = Scheduler(subscriptions or [weekly()], self.on_due, lambda: self.now, self.last)

    async def on_due(self, slot):
        self.tried.append((slot.key, self.now))
        if self.failing:
            raise self.failing
        self.done[slot.key.rpartition("|")[0] + "|"] = slot.day

    async def last(self, prefix):
        return self.done.get(prefix)

    async def pass_time(self, **step):
        for _ in range(step.pop("times", 1)):
            self.now += timedelta(**step)
            await self.scheduler.tick()


async def test_a_due_brief_is_delivered_once_however_often_the_clock_is_looked_at():
    story = Story("2026-05-18T08:58:00")
    await story.pass_time(minutes=1, times=30)
    assert story.tried == [("#research|p|2026-05-18", at("2026-05-18T09:00:00"))]


async def test_a_brief_slept_through_is_delivered_late_and_an_older_one_is_left_out(caplog):
    story = Story("2026-05-19T08:00:00")
    await story.scheduler.tick()
    assert [key for key, _ in story.tried] == ["#research|p|2026-05-18"]
    story.now = at("2026-05-27T12:00:00")
    await story.pass_time(minutes=1, times=3)
    assert len(story.tried) == 1
    assert caplog.text.count("2026-05-25 was missed by more than 24 hours") == 1


@pytest.mark.parametrize("error", [DeliveryError("Invite me."), RuntimeError("a bug")])
async def test_a_failure_is_tried_again_every_ten_minutes_for_a_day(error):
    story = Story("2026-05-18T09:00:00")
    story.failing = error
    await story.scheduler.tick()
    await story.pass_time(minutes=1, times=30)
    assert [moment.minute for _, moment in story.tried] == [0, 10, 20, 30]
    await story.pass_time(hours=1, times=30)
    assert story.tried[-1][1] <= at("2026-05-19T09:00:00")
    story.failing = None


async def test_one_channels_failure_does_not_keep_the_others_waiting():
    story = Story("2026-05-18T09:00:00", weekly(channel="#a"), weekly(channel="#b"))
    story.failing = DeliveryError("no")
    await story.scheduler.tick()
    assert {key for key, _ in story.tried} == {"#a|p|2026-05-18", "#b|p|2026-05-18"}


async def test_a_clock_put_back_does_not_deliver_again():
    story = Story("2026-05-18T09:00:00")
    await story.scheduler.tick()
    story.now = at("2026-05-18T08:30:00")
    await story.pass_time(minutes=1, times=60)
    assert len(story.tried) == 1


async def test_the_timer_looks_at_the_clock_at_once_and_wakes_at_the_next_slot():
    story = Story("2026-05-18T12:00:00")
    await story.scheduler.start()
    try:
        for _ in range(200):
            if story.tried and story.scheduler._timer.get_job("next"):
                break
            await asyncio.sleep(0.01)
        wake = story.scheduler._timer.get_job("next").next_run_time
    finally:
        story.scheduler.stop()
    assert len(story.tried) == 1
    expected = datetime.now(UTC) + (at("2026-05-25T09:00:00") - story.now)
    assert abs(wake - expected) < timedelta(seconds=5)
