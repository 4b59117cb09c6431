"""First use case: read all feeds once, store what is new, index it.

    feed → fetch (bytes) → parse (entries) → store (articles, passages) → index (vectors)

Feeds are fetched and parsed concurrently and stored in the order of the settings, so that a report does not
depend on which host answers first. A feed that fails is a value in the report and never stops the others.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter
from typing import Protocol

from pipeline.errors import FeedError
from pipeline.fetch import Fetched, Validators
from pipeline.index import SearchIndex, passages_of
from pipeline.models import Entry, Feed, FeedResult, IngestReport
from pipeline.parse import parse_feed
from pipeline.store import FeedState, Store

log = logging.getLogger(__name__)

CONCURRENT_FEEDS = 8


class FeedReader(Protocol):
    """What fetches bytes: `pipeline.fetch.Fetcher`, or a fake that records."""

    async def get(self, url: str, validators: Validators = ...) -> Fetched:
        """The answer, or a FeedError."""


@dataclass(frozen=True)
class Progress:
    """Where to tell how far the work is; both may be called from another thread."""

    feed_done: Callable[[FeedResult], None] = lambda _: None
    indexed: Callable[[int, int], None] = lambda _done, _total: None


@dataclass(frozen=True)
class _Reading:
    """One feed, read: its entries, or why there are none."""

    entries: tuple[Entry, ...]
    state: FeedState
    result: FeedResult


async def ingest(
    feeds: Sequence[Feed],
    reader: FeedReader,
    store: Store,
    index: SearchIndex,
    now: datetime,
    progress: Progress = Progress(),
) -> IngestReport:
    """Reads every enabled feed once and indexes what is new; returns what each feed gave."""
    started = perf_counter()
    slots = asyncio.Semaphore(CONCURRENT_FEEDS)
    readings = [asyncio.create_task(_read_within(slots, feed, reader, store, now)) for feed in feeds]
    results = []
    for reading in readings:
        result = await asyncio.to_thread(_keep, await reading, store, now)
        results.append(result)
        progress.feed_done(result)
    indexed = await asyncio.to_thread(index.fill, progress.indexed)
    report = IngestReport(
        as_of=now,
        feeds=tuple(results),
        articles_total=await asyncio.to_thread(store.count_articles),
        indexed=indexed,
        seconds=round(perf_counter() - started, 3),
    )
    await asyncio.to_thread(store.add_run, "ingest", now, report.seconds, _summary(report))
    return report


async def _read_within(
    slots: asyncio.Semaphore, feed: Feed, reader: FeedReader, store: Store, now: datetime
) -> _Reading:
    async with slots:
        return await _read(feed, reader, store, now)


async def _read(feed: Feed, reader: FeedReader, store: Store, now: datetime) -> _Reading:
    state = await asyncio.to_thread(store.feed_state, feed.name, feed.url)
    if not feed.enabled:
        return _Reading((), state, FeedResult(name=feed.name, status="skipped"))
    started = perf_counter()
    try:
        reading = await _fetch_and_parse(feed, reader, state, now)
    except FeedError as error:
        reading = _failed(feed, state, error.user_message)
    except Exception:
        log.exception("feed %r could not be read", feed.name)
        reading = _failed(feed, state, "could not be read because of an error in this program; see the log")
    seconds = round(perf_counter() - started, 3)
    return replace(reading, result=reading.result.model_copy(update={"seconds": seconds}))


async def _fetch_and_parse(feed: Feed, reader: FeedReader, state: FeedState, now: datetime) -> _Reading:
    fetched = await reader.get(feed.url, Validators(etag=state.etag, last_modified=state.last_modified))
    healthy = replace(state, last_success=now, last_error=None, consecutive_failures=0)
    if fetched.status == "not_modified":
        return _Reading((), healthy, FeedResult(name=feed.name, status="not_modified"))
    parsed = await asyncio.to_thread(
        parse_feed, fetched.body, feed, content_type=fetched.content_type, url=fetched.url, now=now
    )
    for note in parsed.notes:
        log.info("feed %r: %s", feed.name, note)
    after = replace(
        healthy,
        etag=fetched.validators.etag,
        last_modified=fetched.validators.last_modified,
        entries_last=len(parsed.entries),
    )
    result = FeedResult(name=feed.name, status="updated", entries=len(parsed.entries))
    return _Reading(parsed.entries, after, result)


def _failed(feed: Feed, state: FeedState, reason: str) -> _Reading:
    after = replace(state, last_error=reason, consecutive_failures=state.consecutive_failures + 1)
    return _Reading((), after, FeedResult(name=feed.name, status="failed", error=reason))


def _keep(reading: _Reading, store: Store, now: datetime) -> FeedResult:
    """Stores the entries, and only then the validators: a crash between the two reads the feed again."""
    added = store.add_entries(reading.entries, now, passages_of)
    if reading.result.status != "skipped":
        store.save_feed_state(reading.state)
    return reading.result.model_copy(update={"new_articles": added.new_articles, "merged": added.merged})


def _summary(report: IngestReport) -> str:
    failed = sum(f.status == "failed" for f in report.feeds)
    new = sum(f.new_articles for f in report.feeds)
    return f"{len(report.feeds)} feeds, {failed} failed, {new} new works, {report.indexed} passages indexed"
