"""Kills a process (SIGKILL) at every commit on the way from a due slot to a posted brief, and counts what arrives.

Usage: python -m benchmarks.kills [TIMES] [POINTS]    (TIMES per point, default 3; 200 is a night's work)

Each trial has a database and a channel of its own. A child process does what is due and dies at one commit: before it,
after it, or, where the commit follows a post, with the message in Slack and the database not knowing. A second child
then does what is left. Lost: a message of the brief that is not in the channel. Double: one that is there twice.
Written: how often the brief was written, which is what a model would be paid for. The baseline is a child of the same
work without the outbox: it posts the messages one by one and begins again after a kill, as a plain job would.
"""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import Limits, posting_client
from bot.pace import Ration
from bot.records import Records
from bot.settings import Config, Settings, Subscription
from bot.views.brief import brief_messages
from bot.worker import Worker
from pipeline.models import Brief, Claim, Item, Receipt, Section, SectionKind, Window
from pipeline.store import Store

NOW = datetime(2026, 5, 18, 9, 0, tzinfo=UTC)
LEASE = 0.4
LIMITS = Limits(interval=0.0, spacing=0.0, settle=0.05, longest_wait=2.0, canvases=Ration(1_000_000, 60.0))
SLACK = """
import asyncio, sys
from bot.workspace import Workspace
async def main():
    names = [f"t{n}" for n in range(int(sys.argv[1]))]
    async with Workspace(channels=names) as workspace:
        print(workspace.api_url, workspace.bot_token, flush=True)
        for name in names:
            print(workspace.channel(name).id, flush=True)
        await asyncio.sleep(1e9)
asyncio.run(main())
"""


@dataclass
class Slack:
    """A local workspace in a process of its own."""

    url: str
    token: str
    channels: list[str]
    process: "subprocess.Popen[str]"

    @classmethod
    def start(cls, channels: int) -> "Slack":
        """A workspace with so many channels."""
        command = [sys.executable, "-c", SLACK, str(channels)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        url, token = process.stdout.readline().split()
        return cls(url, token, [process.stdout.readline().strip() for _ in range(channels)], process)

    def client(self) -> AsyncWebClient:
        """A client of its Web API."""
        return AsyncWebClient(token=self.token, base_url=self.url, timeout=5)

    def parts(self, channel: str) -> "Counter[int]":
        """How often each part of a brief stands in the channel."""
        found = self._ask("conversations.history", channel=channel, include_all_metadata=True, limit=200)
        for parent in list(found):
            found += self._ask("conversations.replies", channel=channel, ts=parent["ts"], limit=200)[1:]
        return Counter(m["metadata"]["event_payload"]["part"] for m in found if m.get("metadata"))

    def _ask(self, method: str, **arguments: Any) -> list[dict[str, Any]]:
        body = json.dumps(arguments | {"include_all_metadata": True}).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + method, data=body, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return list(json.load(answer)["messages"])


@dataclass
class Killer:
    """Ends this process at one commit of its database."""

    point: int
    """Counted from 0; none is ended at -1."""
    after: bool
    commits: int = 0

    def watch(self, engine: sa.Engine) -> None:
        """Counts the commits of transactions that write."""

        @sa.event.listens_for(engine, "commit")
        def _commit(connection: sa.Connection) -> None:
            if not connection.get_execution_options().get("write"):
                return
            self.commits += 1
            if self.commits - 1 == self.point:
                if self.after:
                    connection.exec_driver_sql("COMMIT")
                os.kill(os.getpid(), signal.SIGKILL)


class Work:
    """The use cases as the worker needs them: the brief is a small one, and each writing leaves a line in a file."""

    def __init__(
        self, folder: Path, channels: list[str], url: str | None = None, lease: float = LEASE
    ) -> None:
        self.folder = folder
        self.store = Store.open(url or folder / "brief.db")
        self.records = Records(self.store.engine, lease_seconds=lease)
        self.settings = settings(folder, channels)
        self.started = time.monotonic()

    def reload(self) -> None:
        """The settings stay."""

    def now(self) -> datetime:
        """From the hour on, at the speed of real time."""
        return NOW + timedelta(seconds=time.monotonic() - self.started)

    async def write(
        self,
        profile: str | None = None,
        window: Window | None = None,
        channel: str = "",
        after: Sequence[str] | None = None,
    ) -> Brief:
        """Notes that it was called, and stores a brief."""
        with (self.folder / "written").open("a") as out:
            out.write("x")
            out.flush()
            os.fsync(out.fileno())
        brief = small_brief(str(self.settings.config.subscriptions[0].channel), window)
        await asyncio.to_thread(self.store.save_brief, brief)
        return brief

    async def brief(self, brief_id: str) -> Brief | None:
        """The stored brief."""
        return await asyncio.to_thread(self.store.brief, brief_id)

    def close(self) -> None:
        """Closes the database."""
        self.store.close()


def settings(folder: Path, channels: list[str]) -> Settings:
    """A subscription to the hour for each of these channels."""
    config = Config.model_validate(
        {
            "feeds": [{"name": "f", "url": "https://example.org/feed"}],
            "profiles": {"p": {"title": "P", "topic": "anything at all"}},
            "subscriptions": [
                Subscription.model_validate({"channel": c, "profile": "p", "day": "mon", "time": "09:00:00"})
                for c in channels
            ],
        }
    )
    return Settings(home=folder, config=config, config_file=folder / "brief.toml")


def small_brief(
    name: str, window: Window | None, kinds: Sequence[SectionKind] = ("overview", "top_papers")
) -> Brief:
    """A brief of a parent, a message for each of these sections, and the references."""
    sections = tuple(
        Section(kind=kind, heading=kind, items=(Item(claims=(Claim(text=f"Nothing in {name}."),)),))
        for kind in kinds
    )
    return Brief(
        id=f"b-{name}",
        title=f"Brief for {name}",
        profile="p",
        window=window or Window(since=NOW.date(), until=NOW.date()),
        generated_at=NOW,
        sections=sections,
        references=(),
        receipt=Receipt(entries_seen=0, works=0, duplicates_merged=0, considered=0, cited=0),
    )


PARTS = len(brief_messages(small_brief("x", None)))


async def do_what_is_due(work: Work, client: AsyncWebClient, rounds: int) -> bool:
    """Looks until the slots are done; whether they are."""
    worker = Worker(work, client, LIMITS)
    for _ in range(rounds):
        await worker.look()
        await worker.idle()
        states = {row["state"] for row in worker.slots.listing()}
        if states == {"done"}:
            return True
        await asyncio.sleep(LEASE / 4)
    return False


async def post_plainly(work: Work, client: AsyncWebClient, _: int) -> bool:
    """The baseline: writes and posts, noting each message when it is posted; begins where its notes end."""
    channel = work.settings.config.subscriptions[0].channel
    noted = work.records.writer
    brief = await work.write("p", None)
    parent = None
    for n, message in enumerate(brief_messages(brief)):
        tag = {"event_type": "brief_part", "event_payload": {"delivery": "d", "part": n}}
        answer = await posting_client(client).chat_postMessage(
            channel=channel, thread_ts=parent, metadata=tag, **message.payload()
        )
        parent = parent or answer["ts"]
        with noted.begin() as connection:
            connection.execute(sa.text("SELECT 1"))
    return True


def child(run: Callable[[], int]) -> int:
    """Runs in a forked process; returns how it ended."""
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(run())
        except BaseException as error:
            print(f"child: {error!r}", file=sys.stderr, flush=True)
            os._exit(99)
    return os.waitpid(pid, 0)[1]


@dataclass
class Count:
    """What came of all trials."""

    killed: int = 0
    lost: int = 0
    double: int = 0
    unfinished: int = 0
    most_written: int = 0
    slowest: float = 0.0
    points: set[tuple[int, bool]] = field(default_factory=set)

    def __str__(self) -> str:
        return (
            f"{self.killed} kills at {len(self.points)} points: {self.lost} messages lost, {self.double} double, "
            f"{self.unfinished} briefs not finished; written at most {self.most_written} times; "
            f"slowest recovery {self.slowest:.1f} s"
        )


def trial(slack: Slack, empty: Path, channel: str, point: int, after: bool, how: Any, count: Count) -> bool:
    """One kill and one recovery; whether the kill came to pass."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(empty, folder / "brief.db")

        def first() -> int:
            work = Work(folder, [channel])
            Killer(point, after).watch(work.store.engine)
            asyncio.run(how(work, slack.client(), 1))
            return 0

        def second() -> int:
            return 0 if asyncio.run(how(Work(folder, [channel]), slack.client(), 100)) else 1

        killed = os.WIFSIGNALED(child(first))
        started = time.monotonic()
        finished = child(second) == 0 if killed or how is do_what_is_due else True
        parts = slack.parts(channel)
        count.lost += sum(parts[n] == 0 for n in range(PARTS))
        count.double += sum(max(0, parts[n] - 1) for n in range(PARTS))
        count.unfinished += not finished
        count.most_written = max(count.most_written, len((folder / "written").read_text()))
        if killed:
            count.killed += 1
            count.points.add((point, after))
            count.slowest = max(count.slowest, time.monotonic() - started)
        return killed


def run(times: int, points: Sequence[int], how: Any = do_what_is_due) -> Count:
    """Kills at these commits, before and after each, so many times; ends a round where no such commit is reached."""
    count = Count()
    slack = Slack.start(len(points) * 2 * times)
    try:
        with tempfile.TemporaryDirectory() as name:
            empty = Path(name) / "brief.db"
            child(lambda: Store.open(empty).close() or 0)
            channels = iter(slack.channels)
            for _ in range(times):
                for point in points:
                    outcomes = [
                        trial(slack, empty, next(channels), point, after, how, count)
                        for after in (False, True)
                    ]
                    if not any(outcomes):
                        break
    finally:
        slack.process.kill()
    return count


def main() -> None:
    """Prints ours, and the plain job."""
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    points = range(int(sys.argv[2]) if len(sys.argv) > 2 else 40)
    print(f"ours: {run(times, points)}", flush=True)
    print(f"a plain job that begins again: {run(max(1, times // 10), points, post_plainly)}")


if __name__ == "__main__":
    main()
