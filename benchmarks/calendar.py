"""One slot a local day, in every zone, whatever the clocks do: ours beside APScheduler's CronTrigger alone.

Usage: python -m benchmarks.calendar [YEARS]    (10 years take about five minutes; 1 year is a sample)

Two sweeps from 2024 on: Monday 9:00 in all zones, and every day at 0:00 to 2:30 in the zones where clocks change at
such hours. The expected local days are counted with `datetime.date` alone. Missing: a local day without a slot.
Double: one with two. A local day that a zone left out altogether (Apia, 30 December 2011) lies before the sweep.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from bot.schedule import WEEKDAYS, latest_slot, next_due
from bot.settings import Subscription, Weekday

START = date(2024, 1, 1)
ZONES = sorted(
    z for z in available_timezones() if "/" in z and not z.startswith(("Etc/", "posix/", "right/"))
)
AWKWARD = [
    "Africa/Cairo", "America/Havana", "America/Asuncion", "America/Santiago", "Asia/Beirut", "Asia/Gaza",
    "Asia/Hebron", "Atlantic/Azores", "America/Scoresbysund", "America/Nuuk", "Australia/Lord_Howe",
    "Europe/Berlin", "America/New_York", "Europe/London", "Africa/Casablanca", "Antarctica/Troll", "Asia/Tehran",
    "Pacific/Easter", "America/St_Johns", "Europe/Chisinau",
]  # fmt: skip
AWKWARD_TIMES = (time(0), time(0, 30), time(1), time(1, 30), time(2), time(2, 30))


@dataclass
class Sweep:
    """What was counted."""

    slots: int = 0
    missing: int = 0
    double: int = 0

    @property
    def wrong(self) -> int:
        """Days that have no slot, or two."""
        return self.missing + self.double

    def add(self, expected: set[date], found: "Counter[date]") -> None:
        """Counts one subscription."""
        self.slots += len(expected)
        self.missing += len(expected - found.keys())
        self.double += sum(n - 1 for n in found.values()) + len(found.keys() - expected)


def sweep(zones: Sequence[str], years: int, days: Sequence[str], times: Sequence[time]) -> Sweep:
    """Our slots for subscriptions in these zones, on these days, at these times."""
    counted = Sweep()
    for zone in zones:
        for day in days:
            for clock in times:
                counted.add(_expected(day, years), Counter(_ours(zone, day, clock, years)))
    return counted


def sweep_cron(zones: Sequence[str], years: int, days: Sequence[str], times: Sequence[time]) -> Sweep:
    """The same with APScheduler's CronTrigger."""
    counted = Sweep()
    for zone in zones:
        for day in days:
            for clock in times:
                counted.add(_expected(day, years), Counter(_cron(zone, day, clock, years)))
    return counted


def _end(years: int) -> date:
    return START.replace(year=START.year + years)


def _expected(day: str, years: int) -> set[date]:
    every = (START + timedelta(days=n) for n in range((_end(years) - START).days))
    return {one for one in every if one.weekday() == WEEKDAYS.index(day)}


def _ours(zone: str, day: str, clock: time, years: int) -> Iterator[date]:
    weekday: Weekday = day  # type: ignore[assignment]
    subscription = Subscription(channel="#c", profile="p", day=weekday, time=clock, timezone=zone)
    now = datetime(START.year, START.month, START.day, tzinfo=UTC) - timedelta(days=3)
    while True:
        now = next_due(subscription, now)
        slot = latest_slot(subscription, now)
        if slot.day >= _end(years):
            return
        if slot.day >= START:
            yield slot.day


def _cron(zone: str, day: str, clock: time, years: int) -> Iterator[date]:
    from apscheduler.triggers.cron import CronTrigger  # type: ignore[import-untyped]

    place = ZoneInfo(zone)
    trigger = CronTrigger(day_of_week=day, hour=clock.hour, minute=clock.minute, timezone=place)
    now = datetime(START.year, START.month, START.day, tzinfo=place)
    fired: datetime | None = None
    while True:
        fired = trigger.get_next_fire_time(fired, now)
        if fired is None or fired.date() >= _end(years):
            return
        now = fired
        yield fired.date()


def main() -> None:
    """Prints both sweeps, each beside APScheduler."""
    years = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    for title, zones, days, times in (
        (f"Monday 9:00, {len(ZONES)} zones", ZONES, ("mon",), (time(9),)),
        (f"every day 0:00-2:30, {len(AWKWARD)} zones", AWKWARD, WEEKDAYS, AWKWARD_TIMES),
    ):
        ours, cron = (how(zones, years, days, times) for how in (sweep, sweep_cron))
        print(f"{title}, {years} years: {ours.slots:,} slots, {ours.missing} missing, {ours.double} double")
        print(f"  APScheduler's CronTrigger: {cron.missing} missing, {cron.double} double", flush=True)


if __name__ == "__main__":
    main()
