"""First use case: read all feeds once, store what is new, index it.

    feed → fetch (bytes) → parse (entries) → store (articles, passages) → index (vectors)
                                               ↖ listings that the feed missed

Feeds are read beside each other, each is stored as soon as it has answered, and what is stored is indexed while other
feeds are still being read. What a report says does not depend on which host answers first: a work that several feeds
brought is counted as new for the first of them in the settings. A feed that fails is a value in the report and never
stops the others. How one feed is read stands in `pipeline.readings`, when and where it is asked in
`pipeline.polling`; what an arXiv feed missed is found in `pipeline.listings`.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from time import perf_counter
from typing import Protocol, Self

from pipeline import polling
from pipeline.errors import BriefError
from pipeline.fetch import host_of
from pipeline.index import passages_of
from pipeline.listings import Filled, GapFiller
from pipeline.models import Feed, FeedResult, IngestReport
from pipeline.readings import OWN_ERROR, FeedReader, Reading, failed, read, skipped
from pipeline.store import FeedState, Store

log = logging.getLogger(__name__)

CONCURRENT_FEEDS = 48
"""Feeds that are being read or stored at one time: so many answers are in memory at most."""
CONCURRENT_FEEDS_OF_HOST = 8
SECONDS = 180.0
"""For all feeds together; what has not been asked by then waits for the next run. arXiv's have their pace beside."""
SECONDS_PER_ARXIV_FEED = 3.5


class Indexing(Protocol):
    """What is asked of the index: `pipeline.index.SearchIndex`, or a fake."""

    def fill(self, progress: Callable[[int, int], None] | None = ...) -> int:
        """Brings the index up to the store; returns how many passages were added."""


@dataclass(frozen=True)
class Progress:
    """Where to tell how far the work is; both may be called from another thread."""

    feed_done: Callable[[FeedResult], None] = lambda _: None
    indexed: Callable[[int, int], None] = lambda _done, _total: None


@dataclass(frozen=True)
class _Kept:
    """What became of one feed, and the keys of the entries that were new."""

    result: FeedResult
    fresh: frozenset[str] = frozenset()


async def ingest(
    feeds: Sequence[Feed],
    reader: FeedReader,
    store: Store,
    index: Indexing,
    now: datetime,
    progress: Progress = Progress(),
    *,
    by_hand: bool = False,
    fill_gaps: bool = False,
    seconds: float = SECONDS,
) -> IngestReport:
    """Reads every enabled feed once and indexes what is new; returns what each feed gave.

    A feed that its host asked to leave alone, or that is gone for good, is skipped, and the result says why; so is
    one that failed repeatedly a short time ago, unless the reading was asked for `by_hand`, and one whose turn did
    not come within the `seconds` for all. With `fill_gaps` the listings that arXiv feeds missed are asked for too;
    what they hold counts as given by their feeds.
    """
    started = perf_counter()
    states = await asyncio.to_thread(store.feed_states, feeds)
    until = started + seconds + SECONDS_PER_ARXIV_FEED * sum(feed.kind == "arxiv" for feed in feeds)
    async with _Filling(index, progress.indexed) as filling:
        run = _Run(reader, store, now, by_hand, until, filling)
        kept = await run.read_all(feeds, states, progress.feed_done)
        results = await asyncio.to_thread(_counted, kept, store)
        if fill_gaps:
            gaps = GapFiller(reader.get, store, now, passages_of, by_hand=by_hand)
            results = [await _with_missed(r, f, gaps) for r, f in zip(results, feeds, strict=True)]
        indexed = await filling.finish()
    report = IngestReport(
        as_of=now,
        feeds=tuple(results),
        articles_total=await asyncio.to_thread(store.count_articles),
        indexed=indexed,
        seconds=round(perf_counter() - started, 3),
    )
    await asyncio.to_thread(store.add_run, "ingest", now, report.seconds, _summary(report))
    return report


class _Filling:
    """Indexes what is stored, beside the reading; one filling at a time."""

    def __init__(self, index: Indexing, told: Callable[[int, int], None]) -> None:
        self._index = index
        self._told = told
        self._done = 0
        self._more = asyncio.Event()
        self._is_last = False
        self._work = asyncio.create_task(self._until_last())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._work.cancel()

    def go_on(self) -> None:
        """There is more to index."""
        self._more.set()

    async def finish(self) -> int:
        """Indexes what is left; returns how many passages were added in all."""
        self._is_last = True
        self._more.set()
        await self._work
        return self._done

    async def _until_last(self) -> None:
        is_last = False
        while not is_last:
            await self._more.wait()
            self._more.clear()
            is_last = self._is_last
            self._done += await asyncio.to_thread(self._index.fill, partial(self._tell, self._done))

    def _tell(self, before: int, done: int, total: int) -> None:
        self._told(before + done, before + total)


@dataclass
class _Run:
    """What all feeds of one run have in common."""

    reader: FeedReader
    store: Store
    now: datetime
    by_hand: bool
    until: float
    filling: _Filling
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONCURRENT_FEEDS))
    _hosts: defaultdict[str, asyncio.Semaphore] = field(
        default_factory=lambda: defaultdict(lambda: asyncio.Semaphore(CONCURRENT_FEEDS_OF_HOST))
    )
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read_all(
        self, feeds: Sequence[Feed], states: Mapping[str, FeedState], told: Callable[[FeedResult], None]
    ) -> list[_Kept]:
        """What became of each feed, in their order; those that failed the last time are asked last."""
        order = sorted(feeds, key=lambda feed: states[feed.name].consecutive_failures > 0)
        tasks = {feed.name: asyncio.create_task(self._one(feed, states[feed.name], told)) for feed in order}
        return [await tasks[feed.name] for feed in feeds]

    async def _one(self, feed: Feed, state: FeedState, told: Callable[[FeedResult], None]) -> _Kept:
        async with self._hosts[host_of(state.address)], self._slots:
            if perf_counter() > self.until:
                reading = skipped(
                    feed, state, "not asked: the time for reading all feeds was up; it is next time"
                )
            else:
                reading = await read(feed, state, self.reader, self.now, by_hand=self.by_hand)
            async with self._writing:
                kept = await asyncio.to_thread(self._keep, feed, state, reading)
        if kept.fresh:
            self.filling.go_on()
        told(kept.result)
        return kept

    def _keep(self, feed: Feed, state: FeedState, reading: Reading) -> _Kept:
        """Stores the reading; what cannot be stored is a failure of this feed alone."""
        try:
            return _stored(feed, reading, self.store, self.now)
        except Exception as error:
            log.exception("feed %r could not be stored", feed.name)
            reason = error.user_message if isinstance(error, BriefError) else OWN_ERROR
            reading = failed(feed, polling.failed(state, reason, None, self.now), self.now)
            with suppress(BriefError):
                self.store.save_feed_state(reading.state, reading.day)
            return _Kept(reading.result)


def _stored(feed: Feed, reading: Reading, store: Store, now: datetime) -> _Kept:
    """Stores the entries, and only then the validators: a crash between the two reads the feed again."""
    if reading.day is None:
        if not feed.enabled and reading.state.gone_since is not None:
            # Switched off and on again, a feed that was gone is asked once more.
            store.save_feed_state(replace(reading.state, gone_since=None))
        return _Kept(reading.result)
    added = store.add_entries(reading.entries, now, passages_of)
    # An item that was listed before is not new because its listing came again under a new date.
    repeated = reading.day.repeated if reading.day.listed else 0
    fresh = max(added.new_entries - repeated, 0)
    state = replace(reading.state, last_new=now) if fresh else reading.state
    store.save_feed_state(state, replace(reading.day, new_entries=fresh, new_works=added.new_articles))
    return _Kept(reading.result, added.fresh)


def _counted(kept: Sequence[_Kept], store: Store) -> list[FeedResult]:
    """The results with their new and merged works, whatever the order in which they were stored."""
    works = store.works_of(frozenset().union(*(one.fresh for one in kept)))
    told: set[str] = set()
    results = []
    for one in kept:
        new = {works[key].article_id for key in one.fresh if works[key].is_new} - told
        told |= new
        counts = {"new_articles": len(new), "merged": len(one.fresh) - len(new)}
        results.append(one.result.model_copy(update=counts))
    return results


async def _with_missed(result: FeedResult, feed: Feed, gaps: GapFiller) -> FeedResult:
    """The feed's result, with the works of listings that it missed."""
    try:
        filled = await gaps.fill(feed) or Filled(())
    except Exception:
        log.exception("missed listings of %r could not be filled", feed.name)
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
