"""When a brief is due, and the one user of APScheduler, which only wakes us: what is due is computed from the
subscriptions and written down as slots, so that none is lost while the program was down and none is doubled.

The rules:
- A local time that a change of the clocks leaves out is due at the first minute after the gap; one that comes twice, at
  the first of the two. A slot's key has the local day, so whatever the clocks do there is one a day.
- What was slept through is delivered late within 24 hours. Of what is older, the latest slot is made good once, unless
  the next one is due within 24 hours; never more than one.
- A subscription that is new in its channel is owed what was due within the last 24 hours; one that was changed, or
  paused and resumed, only what becomes due from then on.
- A slot is worked on from two hours before it is due, so that its brief is ready at the hour.
- What is paused, taken out or moved before its first message is posted is not posted; what is moved to another hour of
  the same day is posted at that hour.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from heapq import heapreplace
from typing import Any
from zoneinfo import ZoneInfo

from bot.settings import Subscription
from pipeline.models import Window

log = logging.getLogger(__name__)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LATE = timedelta(hours=24)
"""How late a brief may be posted as if nothing had happened."""
AHEAD = timedelta(hours=2)
"""How long before its hour a brief is prepared."""
LOOK_EVERY = 15
"""Seconds between two looks at the table: what another process left behind is found by looking."""


@dataclass(frozen=True)
class Slot:
    """One due delivery: a channel's profile on a local day. `key` is unique among deliveries."""

    channel: str
    profile: str
    day: date
    due: datetime
    """UTC."""

    @property
    def key(self) -> str:
        """`channel|profile|local day`."""
        return f"{self.channel}|{self.profile}|{self.day}"

    @property
    def window(self) -> Window:
        """The seven days up to the day, in UTC, on which it is due."""
        until = self.due.date()
        return Window(since=until - timedelta(days=6), until=until)


def owed(subscription: Subscription, now: datetime, since: datetime) -> list[Slot]:
    """The slots to be worked on now: the latest whose time has come, if it is still owed, and the one that is near.

    `since` is when the subscription began to count; nothing that was due before is owed.
    """
    latest = latest_slot(subscription, now)
    coming = _slot(subscription, latest.day + timedelta(days=7))
    late = now - latest.due
    wanted = late <= LATE or coming.due - now > LATE
    found = [latest] if wanted and latest.due >= since else []
    return found + ([coming] if coming.due - now <= AHEAD and coming.due >= since else [])


def is_due(subscription: Subscription, day: date, due: datetime) -> bool:
    """Whether the subscription has a slot on this local day, at this moment."""
    return day.weekday() == WEEKDAYS.index(subscription.day) and _slot(subscription, day).due == due


def latest_slot(subscription: Subscription, now: datetime) -> Slot:
    """The last slot whose time has come, however long ago."""
    # From tomorrow on, because clocks that are put back at midnight repeat the end of the day before.
    tomorrow = now.astimezone(ZoneInfo(subscription.timezone)).date() + timedelta(days=1)
    back = (tomorrow.weekday() - WEEKDAYS.index(subscription.day)) % 7
    slot = _slot(subscription, tomorrow - timedelta(days=back))
    while slot.due > now:
        slot = _slot(subscription, slot.day - timedelta(days=7))
    return slot


def next_due(subscription: Subscription, now: datetime) -> datetime:
    """The first moment after now, in UTC, at which a slot of the subscription becomes due."""
    return _slot(subscription, latest_slot(subscription, now).day + timedelta(days=7)).due


def _slot(subscription: Subscription, day: date) -> Slot:
    due = local_instant(day, subscription.time, ZoneInfo(subscription.timezone))
    return Slot(subscription.channel, subscription.profile, day, due)


@lru_cache(maxsize=10_000)
def local_instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local time: the first of two, and the first valid minute after a missing one."""
    local = datetime.combine(day, clock)
    while True:
        instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == local:
            return instant
        local += timedelta(minutes=1)


class Calendar:
    """What is owed to many subscriptions, without computing all of them at every look."""

    def __init__(self, since: Mapping[Subscription, datetime]) -> None:
        self._subscriptions = list(since.items())
        self._looked = datetime.min.replace(tzinfo=UTC)
        self._moments: list[tuple[datetime, int]] = []
        """A heap: when to compute anew what a subscription is owed, and its place in the list."""

    def owed(self, now: datetime) -> list[Slot]:
        """The slots owed now; those that an earlier look has given may be missing."""
        if not self._moments or now < self._looked:  # the first look, or the clock was put back
            self._moments = [(now, n) for n in range(len(self._subscriptions))]
        self._looked = now
        found: list[Slot] = []
        while self._moments and (first := self._moments[0])[0] <= now:
            subscription, since = self._subscriptions[first[1]]
            found += owed(subscription, now, since)
            coming = next_due(subscription, now)
            moment = coming - AHEAD if now < coming - AHEAD else coming
            heapreplace(self._moments, (moment, first[1]))
        return found

    def wake_at(self, now: datetime) -> datetime | None:
        """When there is something new to be found."""
        return self._moments[0][0] if self._moments and self._moments[0][0] > now else None


class Waker:
    """Calls `look` at once, every fifteen seconds, and exactly when something becomes due."""

    def __init__(self, look: Callable[[], Awaitable[timedelta | None]]) -> None:
        """`look` returns how long it is until something is due, if that is known."""
        self._look = look
        self._timer: Any = None

    async def start(self) -> None:
        """Begins to watch the clock; the first look is made in the background."""
        from apscheduler.schedulers.asyncio import (  # type: ignore[import-untyped]
            AsyncIOScheduler,
        )

        self._timer = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._timer.add_job(
            self.wake, "interval", seconds=LOOK_EVERY, id="safety", next_run_time=datetime.now(UTC)
        )
        self._timer.start()

    def stop(self) -> None:
        """Stops watching; work under way is not waited for."""
        if self._timer is not None:
            self._timer.shutdown(wait=False)
            self._timer = None

    async def wake(self) -> None:
        """One look, after which the next exact one is set."""
        wait = await self._look()
        if self._timer is not None and wait is not None:
            self._timer.add_job(
                self.wake, "date", run_date=datetime.now(UTC) + wait, id="next", replace_existing=True
            )
