"""Many questions in Slack at one moment: how soon each is acknowledged, and whether each is answered once, in order.

    python -m benchmarks.questions_at_once              200 questions by 40 people in 100 threads
    python -m benchmarks.questions_at_once --kill       the same, and the bot is killed with SIGKILL on the way

The bot is the real one over the sample works, the local workspace stands for Slack. Beside the times stands the time
of one question alone in the same run. Exit status 1 if one is answered not at all, twice, or out of order, or is
acknowledged after more than a second.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import cache, partial
from pathlib import Path
from time import perf_counter

from pydantic import SecretStr

from benchmarks.synthetic import abstracts, arxiv_feed
from bot.app import run
from bot.services import Services
from bot.settings import Config, Secrets, Settings
from bot.workspace import Message, User, Workspace
from pipeline.index import passages_of
from pipeline.models import Feed
from pipeline.parse import parse_feed
from pipeline.store import Store

NOW = datetime(2026, 4, 20, 14, tzinfo=UTC)
PEOPLE, THREADS, TURNS, WORKS = 40, 100, 2, 300
WITHIN = 1.0
STARTING = 5.0
"""Seconds in which a bot loads what it needs; until then its acknowledgements share the interpreter with imports."""
PATIENCE = 600.0
TOPIC = "Security of language model agents"


def main() -> None:
    """Prints the figures; with `--bot` it is the bot's process, which may be killed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--bot", nargs=2, metavar=("HOME", "URL"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.bot:
        with Services(settings(Path(given.bot[0]), given.bot[1])) as services:
            asyncio.run(run(services))
        return
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder))
        sys.exit(asyncio.run(measured(Path(folder), kill=given.kill)))


def settings(home: Path, url: str) -> Settings:
    """Of a bot that takes many questions of one person."""
    config = {
        "feeds": [{"name": "Feed", "url": "http://127.0.0.1:9/", "kind": "arxiv", "enabled": False}],
        "profiles": {"bench": {"title": "Benchmark", "topic": TOPIC}},
        "answers": {"waiting_per_person": 100, "hourly_per_person": 1000},
    }
    return Settings(
        home=home,
        config=Config.model_validate(config),
        config_file=home / "brief.toml",
        secrets=Secrets(
            slack_bot_token=SecretStr("xoxb-local-bot"), slack_app_token=SecretStr("xapp-local-app")
        ),
        slack_api_url=url,
    )


def fill(home: Path) -> None:
    """Invented works in the store; the bot indexes them when it starts."""
    store = Store.open(home / "brief.db")
    feed = Feed(name="Feed", url="http://127.0.0.1:9/", kind="arxiv")
    body = arxiv_feed(abstracts(WORKS), date(2026, 4, 20), 10_000)
    page = parse_feed(body, feed, content_type="application/rss+xml", url=feed.url, now=NOW)
    store.add_entries(page.entries, NOW, passages_of)
    store.close()
    with Services(settings(home, "")) as services:
        services.index.fill()


async def started(home: Path, workspace: Workspace) -> asyncio.subprocess.Process:
    """The bot's process, connected."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.questions_at_once", "--bot", str(home), workspace.api_url
    )
    await workspace.connected(60)
    return process


async def measured(home: Path, *, kill: bool) -> int:
    """Asks, waits, and prints; the exit status."""
    people = [User(id=f"U{n:04d}", name=f"person{n}", real_name=f"Person {n}") for n in range(PEOPLE)]
    async with Workspace(people=people, ack_timeout=3.0, retry_delays=(0.0, 5.0, 10.0)) as workspace:
        bot = await started(home, workspace)
        try:
            alone = await one_alone(workspace)
            await asyncio.sleep(STARTING)
            roots = [workspace.say(f"person{n % PEOPLE}", "research", f"thread {n}") for n in range(THREADS)]
            asked = [(turn, root) for turn in range(TURNS) for root in roots]
            known = len(workspace.hub.deliveries)
            began = perf_counter()
            for turn, root in asked:
                text = f"turn {turn}: what was found about {titles()[int(root.text.split()[1])]}?"
                workspace.mention(f"person{int(root.text.split()[1]) % PEOPLE}", "research", text, root.ts)
            times = asyncio.gather(*(acknowledged(d.acked, began) for d in workspace.hub.deliveries[known:]))
            if kill:
                await until(lambda: len(replies(workspace, roots)) >= len(asked) // 4)
                os.kill(bot.pid, signal.SIGKILL)
                await bot.wait()
                bot = await started(home, workspace)
            await until(lambda: len(replies(workspace, roots)) >= len(asked))
            took = perf_counter() - began
            await asyncio.sleep(2.0)
            return report(workspace, roots, sorted(await times), took, alone, kill=kill)
        finally:
            with suppress(ProcessLookupError):
                bot.terminate()
            await bot.wait()


@cache
def titles() -> list[str]:
    """What is asked about in each thread."""
    return [" ".join(title.split()[:4]) for title, _ in abstracts(WORKS)]


async def one_alone(workspace: Workspace) -> float:
    """Seconds from one question to its answer, with nothing else to do; the second of two, the first warms up."""
    taken = 0.0
    for _ in range(2):
        began = perf_counter()
        asked = workspace.mention("person0", "general", f"What was found about {titles()[0]}?")
        await until(partial(has_reply, workspace, asked.ts))
        taken = perf_counter() - began
    return taken


def has_reply(workspace: Workspace, ts: str) -> bool:
    """Whether the bot has written below this message."""
    return any(m.thread_ts == ts for m in workspace.messages("general") if m.by_app)


async def acknowledged(event: asyncio.Event, began: float) -> float:
    """Seconds until a delivery was acknowledged."""
    await event.wait()
    return perf_counter() - began


async def until(holds: Callable[[], bool]) -> None:
    """Waits until a condition holds."""
    end = perf_counter() + PATIENCE
    while not holds():
        if perf_counter() > end:
            raise SystemExit("the answers did not come in time")
        await asyncio.sleep(0.02)


def replies(workspace: Workspace, roots: list[Message]) -> list[Message]:
    """The bot's messages in these threads."""
    known = {root.ts for root in roots}
    return [m for m in workspace.messages("research") if m.by_app and m.thread_ts in known]


def report(
    workspace: Workspace, roots: list[Message], times: list[float], took: float, alone: float, *, kill: bool
) -> int:
    """Prints the figures; 1 if something was not as it should be."""
    found = [[m for m in replies(workspace, roots) if m.thread_ts == root.ts] for root in roots]
    once = sum(len({number(m) for m in row}) == len(row) == TURNS for row in found)
    ordered = sum([number(m) for m in row] == sorted(number(m) for m in row) for row in found)
    p95 = times[int(0.95 * (len(times) - 1))]
    print(
        f"{THREADS * TURNS} questions of {PEOPLE} people in {THREADS} threads{', killed on the way' if kill else ''}"
    )
    print(f"acknowledged: median {times[len(times) // 2]:.3f} s, p95 {p95:.3f} s, last {times[-1]:.3f} s")
    print(f"answered once: {once} of {len(roots)} threads, in order: {ordered}")
    print(f"last answer after {took:.1f} s; one question alone {alone:.2f} s, times 200 {200 * alone:.0f} s")
    late = not kill and times[-1] > WITHIN
    return int(late or once < len(roots) or ordered < len(roots))


def number(message: Message) -> int:
    """The number of the question that a message answers."""
    return int((message.metadata or {}).get("event_payload", {}).get("question", -1))


if __name__ == "__main__":
    main()
