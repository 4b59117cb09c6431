"""`make bench`: speed and memory of the main job, each figure beside a baseline of the same run.

    make bench                      all of it, about ten minutes on two cores
    make bench ARGS="--works 2000"  fewer works for the memory and latency part

Machines differ: compare ratios, not seconds.
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from aiohttp import web

from benchmarks.synthetic import abstracts, arxiv_feed
from bot.app import slack_client
from bot.delivery import deliver
from bot.services import Services
from bot.settings import Secrets, Settings, read_config
from bot.workspace import Workspace
from pipeline.index import passages_of
from pipeline.models import Question

NOW = datetime(2026, 4, 20, 14, tzinfo=UTC)
DAY = date(2026, 4, 20)
PER_FEED = 2_000
TOPIC = "Security of language model agents: prompt injection, jailbreaks, oversight, interpretability, verification"


def main() -> None:
    """Runs the parts in order; `--part` is for the child processes in which memory and start-up are measured."""
    arguments = argparse.ArgumentParser(prog="make bench", description=__doc__)
    arguments.add_argument("--works", type=int, default=10_000)
    arguments.add_argument("--part", choices=["bulk"], help=argparse.SUPPRESS)
    arguments.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.part == "bulk":
        print(json.dumps(asyncio.run(bulk(given.home, given.works))))
        return
    with tempfile.TemporaryDirectory() as folder:
        start_up(new_folder(folder, "start"))
        asyncio.run(thousand(new_folder(folder, "thousand")))
        many(new_folder(folder, "many"), given.works)


def new_folder(parent: str, name: str) -> Path:
    """A folder of its own for each part."""
    folder = Path(parent) / name
    folder.mkdir()
    return folder


def figure(name: str, value: str, beside: str = "", aim: str = "") -> None:
    """One line of the report."""
    print(f"{name:<46} {value:>14}   {beside:<44} {aim}", flush=True)


# Start-up


def start_up(home: Path) -> None:
    """Whole processes, five runs each, the median; beside an empty interpreter."""
    brief = str(Path(sys.executable).with_name("brief"))
    empty = median_seconds([sys.executable, "-c", "pass"])
    help_ = median_seconds([brief, "--help"])
    figure("`brief --help`", f"{help_:.2f} s", f"empty interpreter {empty:.2f} s", "aim < 0.5 s")
    config = write_config(home, "http://127.0.0.1:9/")
    ask = [brief, "ask", "what is stored?", "--home", str(home), "--config", str(config)]
    figure("`brief ask`, cold", f"{median_seconds(ask):.2f} s", f"empty interpreter {empty:.2f} s")


def median_seconds(command: list[str], runs: int = 5) -> float:
    """The median wall time of whole runs, after one warm-up."""
    taken = []
    for _ in range(runs + 1):
        started = perf_counter()
        subprocess.run(command, check=False, capture_output=True)
        taken.append(perf_counter() - started)
    return statistics.median(taken[1:])


# From 1,000 new entries to a posted brief


async def thousand(home: Path) -> None:
    """Ingestion beside raw embedding of the same texts, then writing and posting to the local workspace."""
    works = abstracts(1_000)
    async with served([arxiv_feed(works, DAY, 10_000)]) as url, Workspace() as workspace:
        settings = settings_for(home, url, workspace)
        with Services(settings, lambda: NOW) as services:
            services.embedder.embed(["warm up"])
            started = perf_counter()
            report = await services.ingest()
            ingested = perf_counter() - started
            assert report.articles_total == len(works), report
            brief = services.write_stored()
            written = perf_counter() - started - ingested
            result = await deliver(
                services.records, slack_client(services.settings), brief, "#research", now=NOW
            )
            posted = perf_counter() - started
            parts = len(workspace.calls("chat.postMessage", ok=True))
            texts = [p.text for a in services.store.articles_in(brief.window) for p in passages_of(a)]
            raw = seconds(lambda: services.embedder.embed(texts))
    figure(
        "ingest, works/s",
        f"{len(works) / ingested:.0f}",
        f"embedding alone {len(works) / raw:.0f}/s, ratio {raw / ingested:.2f}",
        "aim ratio >= 0.85",
    )
    figure(
        "1,000 new entries to a posted brief",
        f"{posted:.1f} s",
        f"write {written:.1f} s, post {posted - ingested - written:.1f} s ({parts} messages, {result.state})",
        "aim < 60 s",
    )


# Many works: memory and latency


def many(home: Path, works: int) -> None:
    """A child process ingests the works; its peak memory is its own. Then questions are answered."""
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "--part",
        "bulk",
        "--home",
        str(home),
        "--works",
        str(works),
    ]
    facts = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    figure(
        f"peak memory, ingesting {works:,} works",
        f"{facts['peak_mb']:.0f} MB",
        f"before any work {facts['idle_mb']:.0f} MB; {works / facts['seconds']:.0f} works/s",
        "aim < 1,000 MB",
    )
    latency(home)


async def bulk(home: Path, count: int) -> dict[str, float]:
    """Ingests so many works from feeds of 2,000 each."""
    made = abstracts(count)
    feeds = [
        arxiv_feed(made[start : start + PER_FEED], DAY, 10_000 + start) for start in range(0, count, PER_FEED)
    ]
    async with served(feeds) as url:
        with Services(settings_for(home, url, None, len(feeds)), lambda: NOW) as services:
            services.embedder.embed(["warm up"])
            idle = peak_mb()
            started = perf_counter()
            report = await services.ingest()
            assert report.articles_total == count, report
            return {"seconds": perf_counter() - started, "peak_mb": peak_mb(), "idle_mb": idle}


def latency(home: Path) -> None:
    """Questions made of stored titles, answered one after the other; beside embedding and Chroma alone."""
    services = Services(settings_for(home, "http://127.0.0.1:9/", None), lambda: NOW)
    with services:
        titles = [title for title, _ in abstracts(10_000)][::97][:100]
        questions = [f"What was found about {' '.join(title.split()[:4])}?" for title in titles]
        services.answer(Question(text="warm up the index and the embedding"))
        whole = [seconds(lambda q=q: services.answer(Question(text=q))) for q in questions]  # type: ignore[misc]
        search = [seconds(lambda q=q: services.index.search(q)) for q in questions]  # type: ignore[misc]
        embed = [seconds(lambda q=q: services.embedder.embed([q])) for q in questions]  # type: ignore[misc]
        count = services.index.count()
    figure(
        f"answer over {count:,} passages, p50 / p95",
        f"{p(whole, 50):.0f} / {p(whole, 95):.0f} ms",
        f"search {p(search, 50):.0f} / {p(search, 95):.0f}, embedding the question {p(embed, 50):.0f} ms",
        "aim p95 < 300 ms",
    )


def seconds(work: Callable[[], object]) -> float:
    """How long the work takes."""
    started = perf_counter()
    work()
    return perf_counter() - started


def p(values: list[float], percent: int) -> float:
    """A percentile in milliseconds."""
    return 1000 * statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def peak_mb() -> float:
    """The largest resident size of this process so far (Linux counts in kB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1_048_576 if sys.platform == "darwin" else peak / 1024


# The feeds and the settings


class served:
    """Serves the feeds at /0, /1 ... on loopback."""

    def __init__(self, feeds: list[bytes]) -> None:
        self._feeds = feeds

    async def __aenter__(self) -> str:
        app = web.Application()
        app.router.add_get("/{number}", self._answer)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{self._runner.addresses[0][1]}/"

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        body = self._feeds[int(request.match_info["number"])]
        return web.Response(body=body, content_type="application/rss+xml")


def write_config(home: Path, url: str, feeds: int = 1) -> Path:
    """A brief.toml that reads these feeds."""
    text = "".join(
        f'[[feeds]]\nname = "Feed {n}"\nurl = "{url}{n}"\nkind = "arxiv"\n\n' for n in range(feeds)
    )
    text += f'[profiles.bench]\ntitle = "Benchmark"\ntopic = "{TOPIC}"\n\n'
    text += '[network]\nallow_private_hosts = ["127.0.0.1"]\n\n[fulltext]\nenabled = false\n'
    path = home / "brief.toml"
    path.write_text(text)
    return path


def settings_for(home: Path, url: str, workspace: Workspace | None, feeds: int = 1) -> Settings:
    """Settings for one home folder, with the workspace's tokens where there is one."""
    path = write_config(home, url, feeds)
    given: dict[str, Any] = {"home": home, "config": read_config(path), "config_file": path}
    if workspace is not None:
        tokens = {"slack_bot_token": workspace.bot_token, "slack_app_token": workspace.app_token}
        given |= {"secrets": Secrets.model_validate(tokens), "slack_api_url": workspace.api_url}
    return Settings(**given)


if __name__ == "__main__":
    main()
