"""Many briefs due in the same minute: how late each is, in virtual time.

Usage: python -m benchmarks.herd [SLOTS] [PROCESSES ...]     (default 50000, and 4 on PostgreSQL beside one on SQLite)

The slots are spread over workspaces of five channels, their briefs (a parent and two messages, without a chart or a
document) are written, and at the hour the workers post them: slots, leases, outbox, worker and database are the
program's own. Slack is a recorder in the process, which takes 0.15 s a call and a message a second a channel. Time is
what the code waits for plus the processor time that the process, and on PostgreSQL its session in the server, takes:
as if each process had a processor to itself, whatever else this machine does. Late: from the hour to a brief's first
message, and to its last. HTTP, TLS and waiting for the disk are not in it. The baseline is one hand that posts one
brief after the other.
"""

import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.kills import small_brief
from benchmarks.virtual import LATENCY, PER_CHANNEL, Slack, run
from benchmarks.year import PARTS, SECTIONS, Year, ledger_of, subscribed
from bot.delivery import Limits
from bot.records import Records
from bot.schedule import LOOK_EVERY, latest_slot
from bot.settings import Config
from bot.slots import Slots
from bot.tables import slots
from bot.worker import POSTERS, Worker
from pipeline.store import Store
from tests import postgres

HOUR = datetime(2026, 1, 5, 9, tzinfo=UTC)
AHEAD = timedelta(minutes=10)
CHANNELS = 5
"""Of each workspace."""
LEASE = 3600.0
"""The processes' clocks differ; nobody dies here."""


Posted = list[tuple[str, int, float]]
"""Channel, part and lateness in seconds of each message."""


@dataclass(frozen=True)
class Late:
    """What came of a herd."""

    slots: int
    lost: int
    double: int
    first: tuple[float, float, float]
    last: tuple[float, float, float]
    processor: float

    def __str__(self) -> str:
        first, last = ("{:.0f}, {:.0f}, {:.0f} s".format(*three) for three in (self.first, self.last))
        return (
            f"{self.slots} slots: {self.lost} messages lost, {self.double} double; late (p50, p99, most): first "
            f"message {first}; last {last}; {1000 * self.processor / self.slots:.1f} ms of processor time a brief"
        )


def prepare(url: str, config: Config) -> None:
    """The slots as they are before the hour: written down, their briefs ready."""
    store = Store.open(url)
    records = Records(store.engine)
    due = [latest_slot(one, HOUR) for one in config.subscriptions]
    Slots(records).note_subscriptions(config.subscriptions, HOUR - AHEAD)
    Slots(records).note_slots(due, HOUR - AHEAD)
    for profile in config.profiles:
        brief = small_brief(profile, due[0].window, SECTIONS)
        store.save_brief(brief)
        ready = {"brief_id": brief.id, "complete": True, "not_before": slots.c.due}
        with records.writer.begin() as connection:
            connection.execute(sa.update(slots).where(slots.c.profile == profile).values(ready))
    store.close()


async def post(work: Year, found: Posted, hands: int) -> None:
    """Looks as the program does, from ten minutes before the hour until nothing is open."""
    book = ledger_of(work.now, 0)

    async def client_of(channel: str) -> AsyncWebClient:
        return Slack(book, f"xoxb-{int(channel[1:]) // CHANNELS}")  # type: ignore[return-value]

    worker = Worker(work, Slack(book), Limits(), posters=hands, client_of=client_of)  # type: ignore[arg-type]
    while True:
        wait = await worker.look()
        await asyncio.sleep(min(LOOK_EVERY, wait.total_seconds() if wait else LOOK_EVERY))
        if work.now() > HOUR and worker.slots.counts().states.get("open", 0) == 0:
            break
    for channel, messages in book.messages.items():
        for one in messages:
            late = float(one["ts"]) - HOUR.timestamp()
            found.append((channel, one["metadata"]["event_payload"]["part"], late))


def work_off(
    url: str, config: Config, hands: int, spent: Callable[[Store], Callable[[], float]]
) -> tuple[Posted, float]:
    """One process's work: what it posted and when, and its processor time."""
    found: Posted = []
    with tempfile.TemporaryDirectory() as folder:
        work = Year(Path(folder), config, url=url, start=HOUR - AHEAD, lease=LEASE)
        measure = spent(work.store)
        before = measure()
        run(lambda: post(work, found, hands), measure)
        taken = measure() - before
        work.close()
    return found, taken


def own_time(_: Store) -> Callable[[], float]:
    """This process's processor time."""
    return time.process_time


def with_session(store: Store) -> Callable[[], float]:
    """This process's processor time and that of its session in the database server."""
    with store.engine.connect() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    path = Path(f"/proc/{pid}/schedstat")
    last = [0.0, 0.0]

    def measure() -> float:
        own = time.process_time()
        if own - last[0] > 0.002:
            last[:] = [own, int(path.read_text().split()[0]) / 1e9]
        return own + last[1]

    return measure


def late(config: Config, results: Sequence[tuple[Posted, float]]) -> Late:
    """What the processes posted, against what was due."""
    seen = [one for found, _ in results for one in found]
    parts = Counter((channel, part) for channel, part, _ in seen)
    channels = [one.channel for one in config.subscriptions]
    lost = sum(parts[channel, n] == 0 for channel in channels for n in range(PARTS))
    double = sum(count - 1 for count in parts.values())
    first, last = ([when for _, part, when in seen if part == n] for n in (0, PARTS - 1))
    processor = sum(taken for _, taken in results)
    return Late(len(channels), lost, double, _spread(first), _spread(last), processor)


def _spread(times: list[float]) -> tuple[float, float, float]:
    ordered = sorted(times) or [float("nan")]
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1]


def on_sqlite(count: int, hands: int = POSTERS) -> Late:
    """One process on one file."""
    with tempfile.TemporaryDirectory() as folder:
        config, url = herd(count), f"sqlite:///{folder}/brief.db"
        prepare(url, config)
        return late(config, [work_off(url, config, hands, own_time)])


def on_postgres(count: int, processes: int) -> Late:
    """So many processes on one database."""
    config = herd(count)
    with (
        postgres.server() as server,
        postgres.database(server, f"brief_herd_{os.getpid()}") as url,
        tempfile.TemporaryDirectory() as name,
    ):
        prepare(url, config)
        children = [_fork(url, config, Path(name) / str(n)) for n in range(processes)]
        for pid in children:
            os.waitpid(pid, 0)
        return late(config, [json.loads(path.read_text()) for path in Path(name).iterdir()])


def _fork(url: str, config: Config, result: Path) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        with suppress(BaseException):
            result.write_text(json.dumps(work_off(url, config, POSTERS, with_session)))
            status = 0
        os._exit(status)
    return pid


def herd(count: int) -> Config:
    """So many channels, all due at the same moment."""
    return subscribed(count, name="C{}", day="mon", time="09:00:00", timezone="UTC")


def main() -> None:
    """Prints a line for each database, and the baseline."""
    logging.disable(logging.CRITICAL)
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    print(f"SQLite, one process: {on_sqlite(count)}", flush=True)
    alone = PARTS * LATENCY + (PARTS - 1) * max(0.0, PER_CHANNEL)
    print(f"one brief after the other: p99 {0.99 * count * alone:.0f} s", flush=True)
    for processes in [int(word) for word in sys.argv[2:]] or [4]:
        if not postgres.is_there():
            print(postgres.WHY_NOT)
            return
        print(f"PostgreSQL, {processes} processes: {on_postgres(count, processes)}", flush=True)


if __name__ == "__main__":
    main()
