"""Several processes work off the same due minute on one database, and some of them are stopped beyond their lease.

Usage: python -m benchmarks.replicas [SLOTS] [PROCESSES ...]   (default 60 with 2 and 3; 1000 is a night's work)

Each slot has a channel of its own in one local workspace. While the processes work, one after the other is stopped
(SIGSTOP) for twice its lease and goes on (SIGCONT), as a machine does that was paused. Missing: a message of a brief
that is not in its channel; double: one that is there twice. PostgreSQL is BRIEF_TEST_DATABASE_URL's or started from the
system's binaries; SQLite is measured with two processes.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.kills import LIMITS, PARTS, Slack, Work
from bot.worker import Worker
from pipeline.store import Store
from tests import postgres

LEASE = 2.0
PAUSE_EVERY = 4.0
PATIENCE = 1800.0


@dataclass
class Outcome:
    """What came of one run."""

    slots: int
    processes: int
    missing: int = 0
    double: int = 0
    unfinished: int = 0
    paused: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.slots} slots, {self.processes} processes, {self.paused} pauses beyond the lease: "
            f"{self.missing} missing, {self.double} double, {self.unfinished} slots not done; {self.seconds:.0f} s"
        )


async def work_off(work: Work, slack: Slack, hands: int) -> None:
    """One process: looks until every slot is done."""
    worker = Worker(work, slack.client(), LIMITS, posters=hands)
    while True:
        await worker.look()
        await worker.idle()
        counts = worker.slots.counts().states
        if counts and set(counts) == {"done"}:
            return
        await asyncio.sleep(LEASE / 4)


def run(url: str, slots: int, processes: int, *, seed: int = 1) -> Outcome:
    """So many slots by so many processes on this database, with pauses; what reached Slack."""
    outcome, draw = Outcome(slots, processes), random.Random(seed)
    slack = Slack.start(slots)
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory() as name:
            Store.open(url).close()
            children = [_fork(Path(name), url, slack) for _ in range(processes)]
            end = time.monotonic() + PATIENCE
            while children and time.monotonic() < end:
                time.sleep(draw.random() * PAUSE_EVERY)
                children = [pid for pid in children if os.waitpid(pid, os.WNOHANG)[0] == 0]
                if children:
                    _pause(draw.choice(children))
                    outcome.paused += 1
            for pid in children:
                os.kill(pid, signal.SIGKILL)
                outcome.unfinished += 1
        outcome.seconds = time.monotonic() - started
        for channel in slack.channels:
            parts = slack.parts(channel)
            outcome.missing += sum(parts[n] == 0 for n in range(PARTS))
            outcome.double += sum(max(0, parts[n] - 1) for n in range(PARTS))
    finally:
        slack.process.kill()
    return outcome


def _fork(folder: Path, url: str, slack: Slack) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            asyncio.run(work_off(Work(folder, slack.channels, url, LEASE), slack, hands=16))
            status = 0
        except BaseException as error:
            print(f"child: {error!r}", file=sys.stderr, flush=True)
        os._exit(status)
    return pid


def _pause(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    time.sleep(2 * LEASE)
    os.kill(pid, signal.SIGCONT)


def on_postgres(slots: int, processes: Sequence[int]) -> list[Outcome]:
    """Runs on an empty database each."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres.server())
        outcomes = []
        for count in processes:
            with postgres.database(server, f"brief_replicas_{os.getpid()}_{count}") as url:
                outcomes.append(run(url, slots, count))
        return outcomes


def on_sqlite(slots: int) -> Outcome:
    """Two processes on one file."""
    with tempfile.TemporaryDirectory() as name:
        return run(f"sqlite:///{name}/brief.db", slots, 2)


def main() -> None:
    """Prints a line for each."""
    slots = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    processes = [int(word) for word in sys.argv[2:]] or [2, 3]
    print(f"SQLite: {on_sqlite(slots)}", flush=True)
    if not postgres.is_there():
        print(postgres.WHY_NOT)
        return
    for outcome in on_postgres(slots, processes):
        print(f"PostgreSQL: {outcome}", flush=True)


if __name__ == "__main__":
    main()
