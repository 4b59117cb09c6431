"""Many feeds at once, with dead, silent, slow and endless ones among them: time and memory of a run, and of the next.

    .venv/bin/python -m benchmarks.polling [--feeds 500] [--entries 20]

A child process serves the feeds on loopback, each under a host name of its own. Beside each figure stands what merely
fetching the healthy feeds costs, with the same connections. Indexing is left out: `make bench` measures it.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.fault_bodies import item, rss
from pipeline.fetch import Fetcher
from pipeline.ingest import CONCURRENT_FEEDS, ingest
from pipeline.models import Feed, IngestReport
from pipeline.store import Store

MONDAY = datetime(2026, 6, 8, 14, tzinfo=UTC)
TROUBLE = ("silent", "refused", "slow", "endless", "gone", "page")
EACH = 10
"""One feed in so many is of each kind of trouble, in turn."""


def main() -> None:
    """Starts the server, then runs; `--serve` is for the child process."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--feeds", type=int, default=500)
    arguments.add_argument("--entries", type=int, default=20)
    arguments.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve:
        asyncio.run(serve(given.entries))
        return
    command = [sys.executable, "-m", "benchmarks.polling", "--serve", "--entries", str(given.entries)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            ports = json.loads(server.stdout.readline())
            asyncio.run(measure(feeds_on(ports, given.feeds)))
        finally:
            server.terminate()


# The server


async def serve(entries: int) -> None:
    """Answers by path, prints its port and one that refuses connections, and stays."""
    bodies: dict[str, bytes] = {}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode("latin-1"):
                await give(head, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def give(head: str, writer: asyncio.StreamWriter) -> None:
        kind, _, name = head.split(" ")[1].strip("/").partition("/")
        if kind in ("silent", "slow"):
            await asyncio.sleep(600 if kind == "silent" else 3)
        if kind == "endless":
            writer.write(
                b"HTTP/1.1 200 x\r\ncontent-type: application/rss+xml\r\nconnection: close\r\n\r\n<rss>"
            )
            while True:
                writer.write(b" " * 65_536)
                await writer.drain()
        if kind == "gone":
            writer.write(b"HTTP/1.1 404 x\r\ncontent-length: 0\r\n\r\n")
        elif kind == "page":
            writer.write(
                b"HTTP/1.1 200 x\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>"
            )
        elif "if-none-match" in head.lower():
            writer.write(b'HTTP/1.1 304 x\r\netag: "1"\r\n\r\n')
        else:
            body = bodies.setdefault(name, feed_of(name, entries))
            writer.write(
                b"HTTP/1.1 200 x\r\ncontent-type: application/rss+xml\r\n"
                b'etag: "1"\r\ncontent-length: %d\r\n\r\n%s' % (len(body), body)
            )
        await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=65_536)
    closed = await asyncio.start_server(answer, "127.0.0.1", 0)
    ports = [one.sockets[0].getsockname()[1] for one in (server, closed)]
    closed.close()
    print(json.dumps(ports), flush=True)
    await server.serve_forever()


def feed_of(name: str, entries: int) -> bytes:
    """An RSS feed of its own items."""
    made = (
        item(f"{name} {n}", guid=f"{name}-{n}", link=f"https://{name}.example/{n}") for n in range(entries)
    )
    return rss(*made)


def feeds_on(ports: list[int], count: int) -> list[Feed]:
    """The feeds, each with a host of its own."""
    port, closed = ports
    made = []
    for n in range(count):
        kind = TROUBLE[n // EACH % len(TROUBLE)] if n % EACH == 0 else "well"
        host = f"h{n}.example:{closed if kind == 'refused' else port}"
        made.append(Feed(name=f"{kind} {n}", url=f"http://{host}/{kind}/h{n}"))
    return made


# The runs


class NoIndex:
    """Indexing is measured elsewhere."""

    def fill(self, told: object = None) -> int:
        """Nothing to do."""
        return 0


async def measure(feeds: list[Feed]) -> None:
    """Fetching alone, a first run, and a run in which nothing has changed."""
    well = [feed for feed in feeds if feed.name.startswith("well")]
    before = process_time()
    alone, _ = await timed(fetching(well))
    print(f"{len(well)} feeds only fetched: {alone:.1f} s, processor {process_time() - before:.1f} s")
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "brief.db")
        idle = peak_mb()
        first = await run(feeds, store, MONDAY, "first run")
        grown = peak_mb()
        await run(well, store, MONDAY + timedelta(hours=6), "nothing changed")
        works = store.count_articles()
        store.close()
    longest = max(feed.seconds for feed in first.feeds)
    print(f"{len(feeds)} feeds, {works} works; longest single feed {longest:.1f} s")
    print(f"peak memory {grown:.0f} MB, {idle:.0f} MB before the first run")


async def run(feeds: list[Feed], store: Store, now: datetime, name: str) -> IngestReport:
    """One run, and its line of the report."""
    async with fetcher(feeds) as reader:
        before = process_time()
        seconds, report = await timed(ingest(feeds, reader, store, NoIndex(), now, by_hand=True))
        cpu = process_time() - before
    counts = Counter(feed.status for feed in report.feeds)
    said = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    print(
        f"{name:<16} {seconds:6.1f} s, processor {cpu:5.1f} s, {1000 * cpu / len(feeds):5.1f} ms a feed ({said})"
    )
    return report


async def fetching(feeds: list[Feed]) -> None:
    """Only the requests."""
    slots = asyncio.Semaphore(CONCURRENT_FEEDS)

    async def one(feed: Feed) -> None:
        async with slots:
            await reader.get(feed.url)

    async with fetcher(feeds) as reader:
        await asyncio.gather(*map(one, feeds))


def fetcher(feeds: list[Feed]) -> Fetcher:
    """Resolves every host to loopback."""

    async def local(name: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    return Fetcher([feed.url.split("/")[2] for feed in feeds], resolver=local)


async def timed(work):  # type: ignore[no-untyped-def]
    """Seconds, and what the work gave."""
    started = perf_counter()
    result = await work
    return perf_counter() - started, result


def peak_mb() -> float:
    """The largest resident size of this process so far (Linux counts in kB, macOS in bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1_048_576 if sys.platform == "darwin" else peak / 1024


if __name__ == "__main__":
    main()
