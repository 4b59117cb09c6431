"""When a brief is due, and the one user of APScheduler, which only wakes us: what is due is computed from the
subscriptions and the table of deliveries, so that no run is lost while the program was down and none is doubled.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.settings import Subscription
from pipeline.errors import BriefError

log = logging.getLogger(__name__)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LATE = timedelta(hours=24)
RETRY = timedelta(minutes=10)


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
        return f"{slot_prefix(self.channel, self.profile)}{self.day}"


def slot_prefix(channel: str, profile: str) -> str:
    """What all slot keys of a channel's profile begin with."""
    return f"{channel}|{profile}|"


def due_slot(subscription: Subscription, now: datetime, last: date | None) -> Slot | None:
    """The slot to be delivered now, or None. `last` is the latest local day already delivered.

    A slot that was slept through is due for 24 hours, after that it is left out.
    """
    slot = latest_slot(subscription, now)
    if now - slot.due > LATE or (last is not None and last >= slot.day):
        return None
    return slot


def latest_slot(subscription: Subscription, now: datetime) -> Slot:
    """The last slot whose time has come, however long ago."""
    today = now.astimezone(ZoneInfo(subscription.timezone)).date()
    back = (today.weekday() - WEEKDAYS.index(subscription.day)) % 7
    slot = _slot(subscription, today - timedelta(days=back))
    return slot if slot.due <= now else _slot(subscription, slot.day - timedelta(days=7))


def next_due(subscription: Subscription, now: datetime) -> datetime:
    """The first moment after now, in UTC, at which a slot of the subscription becomes due."""
    return _slot(subscription, latest_slot(subscription, now).day + timedelta(days=7)).due


def _slot(subscription: Subscription, day: date) -> Slot:
    due = local_instant(day, subscription.time, ZoneInfo(subscription.timezone))
    return Slot(subscription.channel, subscription.profile, day, due)


def local_instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local time: the first of two, and the first valid minute after a missing one."""
    local = datetime.combine(day, clock)
    while True:
        instant = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == local:
            return instant
        local += timedelta(minutes=1)


OnDue = Callable[[Slot], Awaitable[None]]
LastDay = Callable[[str], Awaitable[date | None]]
"""From a slot prefix to the latest local day delivered."""


class Scheduler:
    """Calls `on_due` for every slot that is due, one after the other; what fails is tried again for 24 hours."""

    def __init__(
        self,
        subscriptions: Sequence[Subscription],
        on_due: OnDue,
        clock: Callable[[], datetime],
        last_day: LastDay,
    ) -> None:
        self._subscriptions = tuple(subscriptions)
        self._on_due = on_due
        self._clock = clock
        self._last_day = last_day
        self._turn = asyncio.Lock()
        self._not_before: dict[str, datetime] = {}
        self._skipped: set[str] = set()
        self._timer: Any = None

    async def start(self) -> None:
        """Begins to watch the clock; what is due already is done first, in the background."""
        from apscheduler.schedulers.asyncio import (  # type: ignore[import-untyped]
            AsyncIOScheduler,
        )

        self._timer = AsyncIOScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._timer.add_job(self.tick, "interval", minutes=1, id="safety", next_run_time=datetime.now(UTC))
        self._timer.start()

    def stop(self) -> None:
        """Stops watching; a delivery under way is not waited for."""
        if self._timer is not None:
            self._timer.shutdown(wait=False)
            self._timer = None

    async def tick(self) -> None:
        """Does all that is due now, unless an earlier tick is still at it."""
        if self._turn.locked():
            return
        async with self._turn:
            for subscription in self._subscriptions:
                await self._check(subscription)
        self._wake_at_next()

    async def _check(self, subscription: Subscription) -> None:
        now = self._clock()
        last = await self._last_day(slot_prefix(subscription.channel, subscription.profile))
        slot = due_slot(subscription, now, last)
        if slot is None:
            self._note_skipped(latest_slot(subscription, now), now, last)
        elif now >= self._not_before.get(slot.key, now):
            await self._try(slot, now)

    async def _try(self, slot: Slot, now: datetime) -> None:
        self._not_before[slot.key] = now + RETRY
        try:
            await self._on_due(slot)
            log.info("slot %s is done", slot.key)
        except BriefError as error:
            log.warning("slot %s: %s Trying again in ten minutes.", slot.key, error.user_message)
        except Exception:
            log.exception("slot %s failed; trying again in ten minutes", slot.key)

    def _note_skipped(self, slot: Slot, now: datetime, last: date | None) -> None:
        missed = last is not None and last < slot.day and now - slot.due > LATE
        if missed and slot.key not in self._skipped:
            self._skipped.add(slot.key)
            log.warning("slot %s was missed by more than 24 hours and is left out", slot.key)

    def _wake_at_next(self) -> None:
        if self._timer is None or not self._subscriptions:
            return
        now = self._clock()
        wait = min(next_due(subscription, now) for subscription in self._subscriptions) - now
        self._timer.add_job(
            self.tick, "date", run_date=datetime.now(UTC) + wait, id="next", replace_existing=True
        )
