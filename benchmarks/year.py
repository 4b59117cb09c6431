"""A year of weekly briefs in 500 channels, simulated: faults at 2 % of all steps, the clock leaps.

Usage: python -m benchmarks.year [WEEKS] [CHANNELS]      (default 52 and 500)

Slots, leases, outbox, worker and database (SQLite) are the program's own, with its pauses and retries in virtual time;
Slack is a recorder in this process that keeps Slack's rate for each channel (see `benchmarks.virtual`); writing a brief
stores a small one of a parent and two messages, without a chart or a document. 2 % of the calls of Slack fail in one of
eight ways, and as many attempts at writing; each week one process dies without a word in the middle of its work and
another goes on. Of the looks at the table, every 15 seconds, those are left out that can find nothing. Lost: a message
of a brief that is not in its channel; double: one that is there twice; growth: of this process's memory from the fourth
week on. The baseline posts each brief once in order and repeats a call that failed.
"""

import asyncio
import gc
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from benchmarks.kills import Work, small_brief
from benchmarks.virtual import KINDS, Ledger, Slack, clock, run
from bot.delivery import Limits, rendered
from bot.records import Records
from bot.schedule import LOOK_EVERY, WEEKDAYS, Slot, local_instant
from bot.settings import Config, Settings, Subscription
from bot.tables import deliveries, iso, slots
from bot.worker import Worker
from pipeline.errors import BriefError
from pipeline.models import Brief, Profile, SectionKind, Window

START = datetime(2026, 1, 4, tzinfo=UTC)
WEEK = timedelta(days=7)
LEFT = timedelta(days=1)
"""What was due in the last day of a week is counted a week later: it may be late."""
RATE = 0.02
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Africa/Cairo", "Australia/Lord_Howe", "UTC")
SECTIONS: tuple[SectionKind, ...] = ("overview",)
PARTS = len(rendered(small_brief("x", None, SECTIONS)).payloads)


class Year(Work):
    """The use cases in virtual time: writing fails now and then, and stores a small brief else."""

    def __init__(
        self,
        folder: Path,
        config: Config,
        draw: random.Random | None = None,
        *,
        url: str | None = None,
        start: datetime = START,
        lease: float = 30.0,
    ) -> None:
        super().__init__(folder, [], url)
        self.now = clock(start)  # type: ignore[method-assign]
        self.settings = Settings(home=folder, config=config, config_file=folder / "brief.toml")
        self.draw = draw or random.Random(1)
        self.lease = lease
        self.begin()

    def begin(self) -> None:
        """Another process begins."""
        self.records = Records(
            self.store.engine, clock=lambda: self.now().timestamp(), lease_seconds=self.lease
        )

    async def write(
        self,
        profile: Profile | str | None = None,
        window: Window | None = None,
        channel: str = "",
        after: Sequence[str] | None = None,
    ) -> Brief:
        """Takes a while, fails at times, and stores a brief of its own for each profile and week."""
        await asyncio.sleep(20)
        if self.draw.random() < RATE:
            raise BriefError("The feeds and the model are down.")
        brief = small_brief(f"{profile}-{window.until if window else ''}", window, SECTIONS)
        self.store.save_brief(brief)
        return brief


def subscribed(channels: int, *, name: str = "#c{}", **same: str) -> Config:
    """So many channels with a brief each, of 20 profiles, at all hours of the week, or at the same."""
    draw = random.Random(3)
    profiles = {f"p{n}": {"title": f"P{n}", "topic": f"topic number {n}"} for n in range(20)}
    wanted = [
        {
            "channel": name.format(n),
            "profile": f"p{draw.randrange(20)}",
            "day": draw.choice(WEEKDAYS),
            "time": f"{draw.randrange(24):02}:{draw.choice((0, 0, 0, 30)):02}:00",
            "timezone": draw.choice(ZONES),
            **same,
        }
        for n in range(channels)
    ]
    feeds = [{"name": "f", "url": "https://example.org/feed"}]
    return Config.model_validate({"feeds": feeds, "profiles": profiles, "subscriptions": wanted})


def ledger_of(now: Callable[[], datetime], rate: float, channels: int = 0) -> Ledger:
    """An empty book of a Slack that knows these channels by name."""
    return Ledger(now, rate, random.Random(2), names=[f"c{n}" for n in range(channels)])


@dataclass
class Outcome:
    """What came of a simulation."""

    briefs: int = 0
    lost: int = 0
    double: int = 0
    deaths: int = 0
    late: int = 0
    latest: float = 0.0
    memory: tuple[float, float] = (0.0, 0.0)

    def __str__(self) -> str:
        before, after = self.memory
        growth = (after - before) / before if before else 0.0
        return (
            f"{self.briefs} briefs, {self.deaths} processes died: {self.lost} messages lost, {self.double} double; "
            f"{self.late} more than a minute "
            f"late, the latest {self.latest / 60:.0f} min; memory {before:.0f} to {after:.0f} MB ({growth:+.1%})"
        )


async def simulate(work: Year, slack: Slack, weeks: int, outcome: Outcome) -> None:
    """Week by week: what is due is done, one process dies, and what stands in the channels is counted."""
    worker, counted = _process(work, slack), START
    for week in range(weeks):
        end = START + (week + 1) * WEEK
        dies = end - work.draw.random() * WEEK
        while work.now() < end:
            before = work.now()
            wait = await worker.look()
            if before >= dies and await _is_at_work(work.draw.random() * 5):
                await _die(worker)
                worker, dies = _process(work, slack), end
                outcome.deaths += 1
                continue
            await worker.idle()
            await _sleep_until(end, before + (wait or WEEK), work)
        _count(work, slack.ledger, counted, end - LEFT, outcome)
        counted = end - LEFT
        if week == min(3, weeks - 1):
            outcome.memory = (_memory(), 0.0)
    outcome.memory = (outcome.memory[0], _memory())


def _process(work: Year, slack: Slack) -> Worker:
    work.begin()
    return Worker(work, slack, Limits())  # type: ignore[arg-type]


async def _sleep_until(end: datetime, due: datetime, work: Year) -> None:
    """Sleeps until the clock or a row of the table has something to be done."""
    waiting = sa.select(sa.func.min(slots.c.not_before)).where(slots.c.state == "open")
    with work.store.engine.connect() as connection:
        text = connection.scalar(waiting)
    moments = [end, due, *([datetime.fromisoformat(text)] if text else [])]
    left = (min(moments) - work.now()).total_seconds()
    await asyncio.sleep(left if left > 0 else LOOK_EVERY)


async def _is_at_work(seconds: float) -> bool:
    """Whether anything is under way so many seconds later."""
    await asyncio.sleep(seconds)
    return len(asyncio.all_tasks()) > 1


async def _die(worker: Worker) -> None:
    """All tasks end where they are and give nothing back, as if the process had been killed."""
    worker.stop_taking()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    with mock.patch("bot.leases._released"):
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _count(work: Year, ledger: Ledger, since: datetime, until: datetime, outcome: Outcome) -> None:
    """Compares what stands in the channels with what was due between two moments, and forgets it then."""
    with work.store.engine.connect() as connection:
        columns = (deliveries.c.slot, deliveries.c.id, deliveries.c.channel)
        lately = deliveries.c.created_at >= iso(since)
        rows = connection.execute(sa.select(*columns).where(lately)).all()
    known = {slot: (delivery, channel) for slot, delivery, channel in rows}
    for slot in _wanted(work.settings.config.subscriptions, since, until):
        outcome.briefs += 1
        delivery, channel = known.get(slot.key, ("", ""))
        here = [m for m in ledger.messages[channel] if m["metadata"]["event_payload"]["delivery"] == delivery]
        parts = Counter(m["metadata"]["event_payload"]["part"] for m in here)
        outcome.lost += sum(parts[n] == 0 for n in range(PARTS))
        outcome.double += sum(max(0, parts[n] - 1) for n in range(PARTS))
        for message in here:
            ledger.messages[channel].remove(message)
        late = float(here[0]["ts"]) - slot.due.timestamp() if here else 0.0
        outcome.late += late > 60
        outcome.latest = max(outcome.latest, late)


def _wanted(wanted: Sequence[Subscription], since: datetime, until: datetime) -> Iterator[Slot]:
    """A slot for each local day of a subscription's weekday whose moment lies between the two."""
    for one in wanted:
        for days in range(-1, (until - since).days + 2):
            day = since.date() + timedelta(days=days)
            due = local_instant(day, one.time, ZoneInfo(one.timezone))
            if day.weekday() == WEEKDAYS.index(one.day) and since <= due < until:
                yield Slot(one.channel, one.profile, day, due)


def _memory() -> float:
    gc.collect()
    fields = Path("/proc/self/statm").read_text().split()
    return int(fields[1]) * 4096 / 2**20


def plainly(briefs: int) -> tuple[int, int]:
    """The baseline's messages lost and doubled: a call that failed is made again, five times at most."""
    draw, lost, double = random.Random(7), 0, 0
    for _ in range(briefs * PARTS):
        stands = 0
        for _ in range(5):
            kind = draw.choice(KINDS) if draw.random() < RATE else None
            stands += kind is None or kind.endswith("after")
            if kind is None:
                break
        lost, double = lost + (stands == 0), double + max(0, stands - 1)
    return lost, double


def main() -> None:
    """Prints what came of it, and the baseline."""
    logging.disable(logging.CRITICAL)
    weeks = int(sys.argv[1]) if len(sys.argv) > 1 else 52
    channels = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    began = time.monotonic()
    outcome, ledger = year(weeks, channels)
    print(f"{weeks} weeks, {channels} channels: {outcome}")
    print(
        f"{ledger.calls} calls of Slack, {ledger.failed} failed; {time.monotonic() - began:.0f} s of real time"
    )
    lost, double = plainly(outcome.briefs)
    print(f"a plain job that repeats failed calls: {lost} messages lost, {double} double")


def year(weeks: int, channels: int) -> tuple[Outcome, Ledger]:
    """The simulation's outcome, and Slack's book."""
    outcome, ledger = Outcome(), ledger_of(clock(START), RATE, channels)
    with tempfile.TemporaryDirectory() as folder:
        work = Year(Path(folder), subscribed(channels))
        run(lambda: simulate(work, Slack(ledger), weeks, outcome))
        work.close()
    return outcome, ledger


if __name__ == "__main__":
    main()
