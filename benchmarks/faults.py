"""What goes wrong with feeds, on loopback: for each kind the state that a person sees and the works that are stored.

    .venv/bin/python -m benchmarks.faults [WORD ...]

Each kind is a host that misbehaves on purpose and one or more readings at given hours. Exit status 1 if one is not as
written here, takes longer than 25 s, or if the process needed more than 300 MiB.
"""

import asyncio
import gzip
import logging
import resource
import sys
import tempfile
import zlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from benchmarks.fault_bodies import article, atom_bomb, attributes, item, laughs, listing, quadratic, rss
from pipeline.fetch import Fetcher
from pipeline.fetch.body import MIB, Limits
from pipeline.health import FeedHealth, read_health
from pipeline.ingest import ingest
from pipeline.models import Feed, FeedKind, Window
from pipeline.store import Store

MONDAY = datetime(2026, 6, 8, 14, tzinfo=UTC)
LIMITS = Limits(connect=1, read=0.6, total=2, wire=2 * MIB, decoded=8 * MIB, retry_wait=(0, 0), arxiv_gap=0)
Answer = bytes | str | Callable[[asyncio.StreamWriter], Awaitable[None]]
Pages = dict[str, Answer | list[Answer]]
A = rss(item("a"))
AB = rss(item("a"), item("b"))


@dataclass(frozen=True)
class Fault:
    """A kind of trouble: what the host gives at each reading, and what is expected after the last."""

    name: str
    readings: tuple[tuple[float, Pages], ...]
    """Hours after the first reading, and what lies under each path from then on."""
    state: str
    works: set[str] = field(default_factory=set)
    kind: FeedKind = "rss"
    feeds: tuple[str, ...] = ("/feed",)
    says: str = ""
    """Part of the sentence or the error that a person reads."""


def answer(status: int = 200, body: bytes = A, **headers: str) -> bytes:
    """A whole HTTP answer; header names are given with underscores."""
    lines = {"content-length": str(len(body))} | {k.replace("_", "-"): v for k, v in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} x\r\n{head}connection: close\r\n\r\n".encode() + body


def to(target: str, status: int = 301) -> bytes:
    """A redirect."""
    return answer(status, b"", location=target)


def once(*pages: tuple[str, Answer | list[Answer]]) -> tuple[tuple[float, Pages], ...]:
    """One reading."""
    return ((0, dict(pages)),)


def feed(given: Answer | list[Answer]) -> tuple[tuple[float, Pages], ...]:
    """One reading of the feed itself."""
    return once(("/feed", given))


def body(data: bytes, **headers: str) -> tuple[tuple[float, Pages], ...]:
    """One reading of this body."""
    return feed(answer(200, data, **headers))


async def nothing(writer: asyncio.StreamWriter) -> None:
    """Takes the request and stays silent."""
    await asyncio.sleep(5)


async def dribble(writer: asyncio.StreamWriter) -> None:
    """A byte every quarter of a second: each read is in time, the whole is not."""
    writer.write(b"HTTP/1.1 200 x\r\ncontent-length: 1000\r\n\r\n")
    for _ in range(40):
        writer.write(b"<")
        await writer.drain()
        await asyncio.sleep(0.25)


async def endless(writer: asyncio.StreamWriter) -> None:
    """A body without a stated length that does not end."""
    writer.write(b"HTTP/1.1 200 x\r\nconnection: close\r\n\r\n")
    for _ in range(100):
        writer.write(b"<rss>" + b" " * MIB)
        await writer.drain()


async def reset(writer: asyncio.StreamWriter) -> None:
    """Breaks off in the middle of the answer."""
    writer.write(answer()[:-40])
    await writer.drain()
    writer.transport.abort()


def bomb(window: int) -> bytes:
    """200 MiB of zeros, packed; 31 is gzip, 15 what "deflate" means."""
    packer = zlib.compressobj(9, wbits=window)
    return b"".join(
        [packer.compress(b"<rss>"), *(packer.compress(bytes(MIB)) for _ in range(200)), packer.flush()]
    )


CAPTCHA = (
    b"<!doctype html><html><head><title>Just a moment...</title></head><body>Are you human?</body></html>"
)
IN_2H = f"{MONDAY + timedelta(hours=2):%a, %d %b %Y %H:%M:%S} GMT"
CHAIN: Pages = {"/feed": to("/b"), "/b": to("/c", 308), "/c": to("/d"), "/d": answer()}

MOVES = (
    Fault("plain", feed(answer()), "ok", {"a"}),
    Fault("chain of permanent redirects", ((0, CHAIN),), "moved", {"a"}, says="/d"),
    Fault("308", once(("/feed", to("/new", 308)), ("/new", answer())), "moved", {"a"}, says="/new"),
    Fault("302", once(("/feed", to("/new", 302)), ("/new", answer())), "ok", {"a"}),
    Fault("301 after a 302", once(("/feed", to("/x", 302)), ("/x", to("/y")), ("/y", answer())), "ok", {"a"}),
    Fault("redirect in a circle", once(("/feed", to("/b")), ("/b", to("/feed"))), "failing", says="in a circle"),
    Fault("endless redirects", once(*((f"/{i}", to(f"/{i + 1}")) for i in range(9)), ("/feed", to("/0"))),
          "failing", says="more than 5 times"),
    Fault("redirect to a private host", feed(to("http://10.0.0.1/feed")), "failing", says="private"),
    Fault("redirect to a file", feed(to("file:///etc/passwd")), "failing", says="only http and https"),
    Fault("redirect to nowhere", feed(answer(302, b"")), "failing", says="without saying where"),
    Fault("new address dies, old one lives", ((0, {"/feed": to("/new"), "/new": answer()}),
          (1, {"/new": answer(404), "/feed": answer(200, AB)}), (2, {}), (4, {}), (30, {})), "ok", {"a", "b"}),
    Fault("410", ((0, {"/feed": answer(410)}), (48, {"/feed": answer()})), "gone", says="gone for good (410)"),
)  # fmt: skip
STATUSES = (
    Fault("404", feed(answer(404)), "failing", says="404"),
    Fault("403", feed(answer(403)), "failing", says="403"),
    Fault("403 with a challenge", feed(answer(403, CAPTCHA, cf_mitigated="challenge")), "failing", says="browser"),
    Fault("500", feed(answer(500)), "failing", says="500"),
    Fault("502, then well", feed([answer(502), answer()]), "ok", {"a"}),
    Fault("500 for a day, then well", ((0, {"/feed": answer(500)}), (1, {}), (4, {}), (30, {"/feed": answer()})),
          "ok", {"a"}),
    Fault("429 in seconds", ((0, {"/feed": answer(429, retry_after="7200")}), (1, {"/feed": answer()})),
          "waiting", says="16:00 UTC"),
    Fault("429 by date", ((0, {"/feed": answer(429, retry_after=IN_2H)}), (1, {"/feed": answer()})), "waiting"),
    Fault("429, then its time is over", ((0, {"/feed": answer(429, retry_after="7200")}),
          (2, {"/feed": answer()})), "ok", {"a"}),
    Fault("503 in seconds", feed(answer(503, retry_after="60")), "waiting"),
    Fault("503 by date", feed(answer(503, retry_after=IN_2H)), "waiting", says="16:00 UTC"),
    Fault("429 for ten years", ((0, {"/feed": answer(429, retry_after="315360000")}),
          (170, {"/feed": answer()})), "ok", {"a"}),
    Fault("429 without a time", ((0, {"/feed": answer(429)}), (0.5, {"/feed": answer()})),
          "failing", says="next try after"),
    Fault("304 without having been asked", feed(answer(304, b"")), "failing", says="304"),
    Fault("304", ((0, {"/feed": answer(etag='"1"')}), (1, {"/feed": answer(304, b"")})), "ok", {"a"}),
    Fault("304 for ever", ((0, {"/feed": answer(etag='"1"')}), (24, {"/feed": "stuck"}), (200, {})), "ok", {"a", "b"}),
    Fault("204", feed(answer(204, b"")), "failing", says="with nothing"),
)  # fmt: skip
WIRE = (
    Fault("silence", feed(nothing), "failing", says="sent nothing"),
    Fault("slow drip", feed(dribble), "failing", says="took longer"),
    Fault("broken off", feed(reset), "failing", says="broke"),
    Fault("broken off, then well", feed([reset, answer()]), "ok", {"a"}),
    Fault("nobody there", once(), "failing", feeds=("nobody",), says="cannot be reached"),
    Fault("gzip bomb", body(bomb(31), content_encoding="gzip"), "failing", says="unpacks to more"),
    Fault("deflate bomb", body(bomb(15), content_encoding="deflate"), "failing", says="unpacks to more"),
    Fault("bomb not declared", body(bomb(31)), "failing", says="unpacks to more"),
    Fault(
        "too large by its own word", feed(answer(content_length=str(50 * MIB))), "failing", says="larger than"
    ),
    Fault("endless", feed(endless), "failing", says="larger than"),
    Fault(
        "brotli unasked", body(b"\x0b\x02\x80abc\x03", content_encoding="br"), "failing", says="not asked for"
    ),
    Fault("damaged gzip", body(gzip.compress(A)[:-12], content_encoding="gzip"), "failing"),
    Fault("gzip", body(gzip.compress(A), content_encoding="gzip"), "ok", {"a"}),
)
DOCUMENTS = (
    Fault("attributes", body(attributes(40_000)), "failing", says="too many or too long attributes"),
    Fault("billion laughs", body(laughs()), "ok", {"a"}),
    Fault("quadratic entities", body(quadratic()), "ok", {"a"}),
    Fault("external entity", body(atom_bomb("/etc/hostname")), "ok", {"a"}),
    Fault("byte order mark", body(b"\xef\xbb\xbf" + A), "ok", {"a"}),
    Fault("UTF-16", body(rss(item("é"), encoding="utf-16")), "ok", {"é"}),
    Fault("windows-1252 said to be UTF-8", body(rss(item("é")).decode().encode("cp1252")), "ok", {"é"}),
    Fault("captcha with 200", body(CAPTCHA), "failing", says="web page"),
    Fault("page said to be XML", body(CAPTCHA, content_type="application/rss+xml"), "failing", says="web page"),
    Fault("empty answer", body(b""), "failing", says="nothing"),
    Fault("JSON", body(b'{"items": []}', content_type="application/json"), "failing", says="JSON"),
    Fault("feed that lost its entries", ((0, {"/feed": answer()}), (24, {"/feed": answer(200, rss())})),
          "empty", {"a"}, says="holds no entry any more"),
    Fault("truncated", body(rss(item("a"), item("b"), item("c")).rpartition(b"note c")[0]), "ok", {"a", "b"}),
    Fault("future date", body(rss(item("a", date="Wed, 01 Jan 2999 00:00:00 GMT"))), "ok", {"a"}),
    Fault("no dates", body(rss(item("a", date=""))), "ok", {"a"}),
    Fault("bad dates", body(rss(item("a", date="30 Feb 2026"), item("b", date="soon"))), "ok", {"a", "b"}),
    Fault("no identifiers", ((0, {"/feed": answer(200, rss(item("a", guid="")))}),
          (24, {"/feed": answer(200, rss(item("a", guid=""), item("b", guid="")))})), "ok", {"a", "b"}),
    Fault("equal identifiers", body(rss(item("a", guid="x"), item("b", guid="x"))), "ok", {"a", "b"}),
    Fault("identifiers that change", tuple((24.0 * i, {"/feed": answer(200, rss(item("a", guid=f"g{i}")))})
          for i in range(4)), "ok", {"a"}),
    Fault("identifiers that alternate", tuple((24.0 * i, {"/feed": answer(200, rss(item("a", guid=f"g{i % 2}")))})
          for i in range(4)), "ok", {"a"}),
    Fault("one item in three feeds", once(*((f"/{i}", answer()) for i in range(3))), "ok", {"a"},
          feeds=("/0", "/1", "/2")),
    Fault("script as link", body(rss(item("a", link="javascript:alert(1)"))), "ok", {"a"}),
)  # fmt: skip
ARXIV = (
    Fault("arXiv weekday", body(listing(8, "1", "2")), "ok", {"1", "2"}, "arxiv"),
    Fault("arXiv weekend", ((96, {"/feed": answer(200, listing(12, "1"))}), (120, {"/feed": answer(200, rss())}),
          (144, {})), "ok", {"1"}, "arxiv"),
    Fault("arXiv, nothing on a day of announcement", ((0, {"/feed": answer(200, listing(8, "1"))}),
          (24, {"/feed": answer(200, rss())})), "silent", {"1"}, "arxiv", says="nothing new on Tuesday 2026-06-09"),
    Fault("arXiv, nothing for a week", ((0, {"/feed": answer(200, listing(8, "1"))}),
          (168, {"/feed": answer(200, rss())})), "silent", {"1"}, "arxiv", says="no new entry for 7 days"),
    Fault("arXiv, stale batch", ((0, {"/feed": answer(200, listing(8, "1", "2"))}),
          (24, {"/feed": answer(200, listing(9, "1", "2"))})), "stale", {"1", "2"}, "arxiv", says="same items"),
    Fault("arXiv, stale batch that heals", ((0, {"/feed": answer(200, listing(8, "1", "2"))}),
          (24, {"/feed": answer(200, listing(9, "1", "2"))}), (26, {"/feed": answer(200, listing(9, "3"))})),
          "ok", {"1", "2", "3"}, "arxiv"),
    Fault("arXiv, replaced and crossed", ((0, {"/feed": answer(200, listing(8, "1"))}),
          (24, {"/feed": answer(200, listing(9, "1v2", "1:cross", "2"))})), "ok", {"1", "2"}, "arxiv"),
)  # fmt: skip
FAULTS = (*MOVES, *STATUSES, *WIRE, *DOCUMENTS, *ARXIV)


@dataclass
class Host:
    """Answers each path with what lies there now: an answer, or one after the other."""

    pages: Pages = field(default_factory=dict)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            given = self.pages.get(request.split(" ")[1], answer(404))
            if given == "stuck":
                given = answer(304, b"") if "If-None-Match" in request else answer(200, AB)
            made = (given.pop(0) if len(given) > 1 else given[0]) if isinstance(given, list) else given
            if isinstance(made, bytes | str):
                writer.write(made if isinstance(made, bytes) else made.encode())
                await writer.drain()
            else:
                await made(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class NoIndex:
    """Stands for the search index."""

    def fill(self, told: object) -> int:
        """Nothing is indexed."""
        return 0


async def run(fault: Fault, folder: Path) -> tuple[tuple[FeedHealth, ...], set[str]]:
    """Does the readings; returns the health of the feeds and the names of the stored works."""
    host = Host()
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    store = Store.open(folder / "brief.db")
    try:
        feeds = [Feed(name=path, url=_url(path, port), kind=fault.kind) for path in fault.feeds]
        for hours, pages in fault.readings:
            host.pages |= pages
            now = MONDAY + timedelta(hours=hours)
            async with Fetcher(["127.0.0.1"], limits=LIMITS, now=lambda now=now: now) as reader:  # type: ignore[misc]
                await ingest(feeds, reader, store, NoIndex(), now)  # type: ignore[arg-type]
        window = Window(since=now.date() - timedelta(days=400), until=now.date() + timedelta(days=2))
        return read_health(store, feeds, now), {article(a.title) for a in store.articles_in(window)}
    finally:
        store.close()
        server.close()


def _url(path: str, port: int) -> str:
    return f"http://127.0.0.1:{port}{path}" if path.startswith("/") else "http://127.0.0.1:9/feed"


def judged(fault: Fault, found: Iterable[FeedHealth], works: set[str]) -> list[str]:
    """What is not as written."""
    problems = [
        f"state {one.state}, not {fault.state} ({one.sentence})" for one in found if one.state != fault.state
    ]
    said = " ".join(f"{one.sentence} {one.last_error}" for one in found)
    if fault.says not in said:
        problems.append(f"does not say {fault.says!r}: {said}")
    if works != fault.works:
        problems.append(f"works {sorted(works)}, not {sorted(fault.works)}")
    return problems


def main() -> int:
    """Runs all kinds, or those whose name has one of the words; 1 if one is not as written."""
    logging.disable(logging.CRITICAL)
    wanted = [f for f in FAULTS if not sys.argv[1:] or any(word in f.name for word in sys.argv[1:])]
    wrong, slowest = 0, (0.0, "")
    for fault in wanted:
        with tempfile.TemporaryDirectory() as folder:
            started = perf_counter()
            problems = judged(fault, *asyncio.run(run(fault, Path(folder))))
            seconds = perf_counter() - started
        slowest = max(slowest, (seconds, fault.name))
        wrong += bool(problems) or seconds > 25
        print(f"{'FAIL' if problems else 'ok  '} {seconds:5.1f} s  {fault.name}", *problems, sep="\n        ")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(wanted) - wrong} of {len(wanted)} kinds as written; slowest {slowest[0]:.1f} s ({slowest[1]})"
    )
    print(f"peak memory of the process {peak:.0f} MiB")
    return 1 if wrong or peak > 300 else 0


if __name__ == "__main__":
    sys.exit(main())
