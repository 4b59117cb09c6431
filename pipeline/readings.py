"""One feed, read: asked, parsed, and what is to be remembered of it. Nothing is stored here."""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Protocol

from pipeline import polling
from pipeline.errors import FeedError
from pipeline.fetch import Fetched, Validators
from pipeline.models import Entry, Feed, FeedResult
from pipeline.parse import parse_feed
from pipeline.reissued import recognised
from pipeline.steps import step
from pipeline.store import FeedDay, FeedState

log = logging.getLogger(__name__)

OWN_ERROR = "could not be read because of an error in this program; see the log"


class FeedReader(Protocol):
    """What fetches bytes: `pipeline.fetch.Fetcher`, or a fake that records."""

    async def get(self, url: str, validators: Validators = ...) -> Fetched:
        """The answer, or a FeedError."""


@dataclass(frozen=True)
class Reading:
    """One feed, read: its entries, or why there are none."""

    entries: tuple[Entry, ...]
    state: FeedState
    result: FeedResult
    day: FeedDay | None = None
    """What goes into the feed's history; none if it was not asked."""


async def read(
    feed: Feed, state: FeedState, reader: FeedReader, now: datetime, *, by_hand: bool = False
) -> Reading:
    """The feed as it answers now; a failure, or that it is not to be asked at present, is a result too."""
    if not feed.enabled:
        return Reading((), state, FeedResult(name=feed.name, status="skipped"))
    if reason := polling.why_not_now(state, now, by_hand=by_hand):
        return skipped(feed, state, reason)
    started = perf_counter()
    try:
        reading = await _fetch_and_parse(feed, state, reader, now)
    except FeedError as error:
        reading = failed(feed, polling.failed(state, error.user_message, error, now), now)
    except Exception:
        log.exception("feed %r could not be read", feed.name)
        reading = failed(feed, polling.failed(state, OWN_ERROR, None, now), now)
    seconds = round(perf_counter() - started, 3)
    return replace(reading, result=reading.result.model_copy(update={"seconds": seconds}))


def skipped(feed: Feed, state: FeedState, reason: str) -> Reading:
    """A feed that was not asked, and why."""
    return Reading((), state, FeedResult(name=feed.name, status="skipped", error=reason))


def failed(feed: Feed, state: FeedState, now: datetime) -> Reading:
    """A feed that gave nothing; `state` says why."""
    result = FeedResult(name=feed.name, status="failed", error=state.last_error)
    return Reading((), state, result, _day(feed, now, failures=1))


async def _fetch_and_parse(feed: Feed, state: FeedState, reader: FeedReader, now: datetime) -> Reading:
    with step("fetch", feed=feed.name) as here:
        fetched = await reader.get(state.address, polling.validators(state, now))
        here.note(status=fetched.status, bytes=len(fetched.body))
    after = polling.answered(state, fetched, now)
    if fetched.status == "not_modified":
        result = FeedResult(name=feed.name, status="not_modified")
        return Reading((), after, result, _day(feed, now))
    parsed = await asyncio.to_thread(
        parse_feed, fetched.body, feed, content_type=fetched.content_type, url=fetched.url, now=now
    )
    for note in parsed.notes:
        log.info("feed %r: %s", feed.name, note)
    if after.moved_to != state.moved_to and after.moved_to is not None:
        log.warning(
            "feed %r has moved for good to %s and is read there; change its address in the settings",
            feed.name,
            after.moved_to,
        )
    return _listed(feed, parsed.entries, state, after, now)


def _listed(
    feed: Feed, entries: tuple[Entry, ...], before: FeedState, after: FeedState, now: datetime
) -> Reading:
    """A feed that answered with these entries, held against what it listed before."""
    after, repeated = polling.with_listing(after, entries)
    entries, names, renamed = recognised(entries, before.names)
    count = len(entries)
    listed = max((e.announced for e in entries if e.announced is not None), default=None)
    is_first = before.last_full is None
    day = _day(feed, now, entries=count, listed=listed, repeated=repeated or renamed, first=is_first)
    result = FeedResult(name=feed.name, status="updated", entries=count)
    return Reading(entries, replace(after, entries_last=count, names=names), result, day)


def _day(feed: Feed, now: datetime, **given: Any) -> FeedDay:
    """One reading as a line of the feed's history."""
    return FeedDay(feed=feed.name, day=now.astimezone(UTC).date(), readings=1, **given)
