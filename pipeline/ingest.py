"""First use case: read all feeds once, store what is new, index it.

    feed → fetch (bytes) → parse (entries) → store (articles, passages) → index (vectors)
                                               ↖ listings that the feed missed

Feeds are fetched and parsed concurrently and stored in the order of the settings, so that a report does not
depend on which host answers first. A feed that fails is a value in the report and never stops the others. When a
feed is asked, and where, is decided in `pipeline.polling`; what an arXiv feed missed is found in `pipeline.listings`.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Protocol

from pipeline import polling
from pipeline.errors import FeedError
from pipeline.fetch import Fetched, Validators
from pipeline.index import SearchIndex, passages_of
from pipeline.listings import GapFiller
from pipeline.models import Entry, Feed, FeedResult, IngestReport
from pipeline.parse import parse_feed
from pipeline.store import FeedDay, FeedState, Store

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
    day: FeedDay | None = None
    """What goes into the feed's history; none if it was not asked."""


async def ingest(
    feeds: Sequence[Feed],
    reader: FeedReader,
    store: Store,
    index: SearchIndex,
    now: datetime,
    progress: Progress = Progress(),
    *,
    by_hand: bool = False,
    fill_gaps: bool = False,
) -> IngestReport:
    """Reads every enabled feed once and indexes what is new; returns what each feed gave.

    A feed that its host asked to leave alone, or that is gone for good, is skipped, and the result says why; so is
    one that failed repeatedly a short time ago, unless the reading was asked for `by_hand`. With `fill_gaps` the
    listings that arXiv feeds missed are asked for too; what they hold counts as given by their feeds.
    """
    started = perf_counter()
    slots = asyncio.Semaphore(CONCURRENT_FEEDS)
    read = _Reader(reader, store, now, by_hand)
    gaps = GapFiller(reader.get, store, now, passages_of, by_hand=by_hand) if fill_gaps else None
    readings = [asyncio.create_task(_read_within(slots, read, feed)) for feed in feeds]
    results = []
    for feed, reading in zip(feeds, readings, strict=True):
        result = await asyncio.to_thread(_keep, await reading, store, now)
        if gaps is not None:
            result = await _with_missed(result, feed, gaps)
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


@dataclass(frozen=True)
class _Reader:
    """What all feeds of one run have in common."""

    host: FeedReader
    store: Store
    now: datetime
    by_hand: bool


async def _read_within(slots: asyncio.Semaphore, run: _Reader, feed: Feed) -> _Reading:
    async with slots:
        return await _read(run, feed)


async def _read(run: _Reader, feed: Feed) -> _Reading:
    state = await asyncio.to_thread(run.store.feed_state, feed.name, feed.url)
    if not feed.enabled:
        if state.gone_since is not None:
            # Switched off and on again, a feed that was gone is asked once more.
            await asyncio.to_thread(run.store.save_feed_state, replace(state, gone_since=None))
        return _Reading((), state, FeedResult(name=feed.name, status="skipped"))
    if reason := polling.why_not_now(state, run.now, by_hand=run.by_hand):
        return _Reading((), state, FeedResult(name=feed.name, status="skipped", error=reason))
    started = perf_counter()
    try:
        reading = await _fetch_and_parse(run, feed, state)
    except FeedError as error:
        reading = _failed(feed, polling.failed(state, error.user_message, error, run.now), run.now)
    except Exception:
        log.exception("feed %r could not be read", feed.name)
        reason = "could not be read because of an error in this program; see the log"
        reading = _failed(feed, polling.failed(state, reason, None, run.now), run.now)
    seconds = round(perf_counter() - started, 3)
    return replace(reading, result=reading.result.model_copy(update={"seconds": seconds}))


async def _fetch_and_parse(run: _Reader, feed: Feed, state: FeedState) -> _Reading:
    fetched = await run.host.get(state.address, polling.validators(state, run.now))
    after = polling.answered(state, fetched, run.now)
    if fetched.status == "not_modified":
        result = FeedResult(name=feed.name, status="not_modified")
        return _Reading((), after, result, _day(feed, run.now))
    parsed = await asyncio.to_thread(
        parse_feed, fetched.body, feed, content_type=fetched.content_type, url=fetched.url, now=run.now
    )
    for note in parsed.notes:
        log.info("feed %r: %s", feed.name, note)
    if after.moved_to != state.moved_to and after.moved_to is not None:
        log.warning(
            "feed %r has moved for good to %s and is read there; change its address in the settings",
            feed.name,
            after.moved_to,
        )
    after, repeated = polling.with_listing(after, parsed.entries)
    count = len(parsed.entries)
    listed = max((e.announced for e in parsed.entries if e.announced is not None), default=None)
    day = _day(feed, run.now, entries=count, listed=listed, repeated=repeated)
    result = FeedResult(name=feed.name, status="updated", entries=count)
    is_first = state.last_full is None
    return _Reading(parsed.entries, replace(after, entries_last=count), result, replace(day, first=is_first))


def _day(feed: Feed, now: datetime, **given: Any) -> FeedDay:
    """One reading as a line of the feed's history."""
    return FeedDay(feed=feed.name, day=now.astimezone(UTC).date(), readings=1, **given)


def _failed(feed: Feed, state: FeedState, now: datetime) -> _Reading:
    result = FeedResult(name=feed.name, status="failed", error=state.last_error)
    return _Reading((), state, result, _day(feed, now, failures=1))


def _keep(reading: _Reading, store: Store, now: datetime) -> FeedResult:
    """Stores the entries, and only then the validators: a crash between the two reads the feed again."""
    if reading.day is None:
        return reading.result
    added = store.add_entries(reading.entries, now, passages_of)
    # An item that was listed before is not new because its listing came again under a new date.
    fresh = max(added.new_entries - reading.day.repeated, 0)
    state = replace(reading.state, last_new=now) if fresh else reading.state
    store.save_feed_state(state, replace(reading.day, new_entries=fresh, new_works=added.new_articles))
    return reading.result.model_copy(update={"new_articles": added.new_articles, "merged": added.merged})


async def _with_missed(result: FeedResult, feed: Feed, gaps: GapFiller) -> FeedResult:
    """The feed's result, with the works of listings that it missed."""
    try:
        filled = await gaps.fill(feed)
    except Exception:
        log.exception("missed listings of %r could not be filled", feed.name)
        return result
    if filled is None:
        return result
    return result.model_copy(
        update={
            "entries": result.entries + filled.entries,
            "new_articles": result.new_articles + filled.new_articles,
            "merged": result.merged + filled.new_entries - filled.new_articles,
        }
    )


def _summary(report: IngestReport) -> str:
    failed = sum(f.status == "failed" for f in report.feeds)
    new = sum(f.new_articles for f in report.feeds)
    return f"{len(report.feeds)} feeds, {failed} failed, {new} new works, {report.indexed} passages indexed"
