"""Listings of arXiv that no reading of a feed saw whole, asked for at arXiv's query API.

A listing is in a feed for its own day only, and some days the feed carries the listing of the day before. What is
missing is then asked for by the time of submission, at most once for each feed and run:

    listing days not seen whole → one search over their times of submission → each work to its listing day → store

The search reaches back further than the schedule, because moderation holds works back. Numbers are given out when
works are announced, so a work lies between the listings whose numbers surround its own; where those are not known, the
schedule decides. If most of a missed listing turns out to have come under the date of a later day, the feed carried it
on that day, and the later listing is the one that is missed. A search finds what was submitted to the feed's
categories: cross-lists that were added later and replacements are not asked for.

Sources: https://info.arxiv.org/help/api/user-manual.html (the search, its pages and its errors),
https://info.arxiv.org/help/api/tou.html (one request every three seconds, which the fetcher keeps to),
https://info.arxiv.org/help/availability.html (the schedule; numbers are given out at the announcement).
"""

import asyncio
import logging
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import unquote

from pipeline import polling
from pipeline.announcements import closed_listing, listing_after, submitted_for
from pipeline.errors import FeedError, NotAFeed
from pipeline.fetch import Fetched
from pipeline.health import missed_listings
from pipeline.models import Article, Entry, Feed, Passage, Window
from pipeline.parse import ParsedFeed, parse_feed
from pipeline.store import FeedDay, FeedState, Store

log = logging.getLogger(__name__)

API = "https://export.arxiv.org/api/query"
REQUESTS = 20
"""Of one run, all feeds together."""
PAGE = 500
LOOKS_BACK = timedelta(days=13)
"""From the last listing that feeds can no longer bring."""
HELD = timedelta(days=7)
"""How long before its listing's own time a work may have been submitted."""

_FEED = re.compile(
    r"https?://(?:rss\.|export\.|www\.)?arxiv\.org/(?:rss|atom)/([A-Za-z.+-]+)/?(?:\?.*)?", re.I
)
_ARCHIVES = frozenset("astro-ph cond-mat cs econ eess math nlin physics q-bio q-fin stat".split())
_NUMBER = re.compile(r"\d{4}\.\d{5}")
_NOTE = "not in the feed on its day; taken from arXiv's query API"

Known = Sequence[tuple[str, date]]
"""Numbers of works and the days that listed them as new, by number."""


@dataclass(frozen=True)
class Filled:
    """What was found for the missed listings of one feed."""

    days: tuple[date, ...]
    entries: int = 0
    new_entries: int = 0
    new_articles: int = 0


class GapFiller:
    """Asks for what the feeds missed, within the limits of one run; after a failure it asks no more."""

    def __init__(
        self,
        ask: Callable[[str], Awaitable[Fetched]],
        store: Store,
        now: datetime,
        passages_of: Callable[[Article], list[Passage]],
        *,
        by_hand: bool = False,
        api: str = API,
        requests: int = REQUESTS,
    ) -> None:
        self._ask = ask
        self._store = store
        self._now = now
        self._passages_of = passages_of
        self._by_hand = by_hand
        self._api = api
        self._left = requests

    async def fill(self, feed: Feed) -> Filled | None:
        """What the feed's missed listings of the last two weeks held; none if nothing is missed or could be asked.

        A listing that was found is remembered as seen, so that it is not asked for again. What stops half way is
        asked for anew in the next run.
        """
        missed = await asyncio.to_thread(self._missed, feed)
        if not missed or not self._left:
            return None
        state = await asyncio.to_thread(self._store.feed_state, self._api, self._api)
        if reason := polling.why_not_now(state, self._now, by_hand=self._by_hand):
            log.info("missed listings of %r are not asked for: %s", feed.name, reason)
            return None
        try:
            days, works = await self._search(feed, missed)
        except FeedError as error:
            self._left = 0
            log.warning("missed listings of %r could not be filled: %s", feed.name, error.user_message)
            state = polling.failed(state, error.user_message, error, self._now)
            await asyncio.to_thread(self._store.save_feed_state, state)
            return None
        await asyncio.to_thread(self._store.save_feed_state, _well(state, self._now))
        return await asyncio.to_thread(self._keep, feed, days, works) if works else None

    def _missed(self, feed: Feed) -> tuple[date, ...]:
        if feed.kind != "arxiv" or not feed.enabled or not categories_of(feed.url):
            return ()
        closed = closed_listing(self._now)
        history = self._store.feed_days([feed.name], closed - 2 * LOOKS_BACK)
        return missed_listings(history, closed - LOOKS_BACK, closed)

    async def _search(
        self, feed: Feed, missed: tuple[date, ...]
    ) -> tuple[tuple[date, ...], tuple[Entry, ...]]:
        """The listing days that were asked for, the newest alone if all are too many, and what was submitted."""
        for days in dict.fromkeys((missed, missed[-1:])):
            works = await self._pages(feed, *_span(days))
            if works is not None:
                return days, works
        return (), ()

    async def _pages(self, feed: Feed, since: datetime, until: datetime) -> tuple[Entry, ...] | None:
        """All works of a search; none if they are more than the run's limit of requests allows."""
        found: list[Entry] = []
        empty = 0
        while self._left:
            page = await self._page(feed, query(feed.url, since, until, len(found), api=self._api))
            total = page.total or 0
            found += page.entries
            if len(found) >= total > 0:
                return tuple(found)
            # The API is known to answer now and then with an empty page, at the start with a total of 0.
            empty += not page.entries
            if empty > 1:
                raise NotAFeed("arXiv's query API answered with empty pages")
            if (total - len(found)) / PAGE > self._left:
                break
        log.info("missed listings of %r need more requests than are left in this run", feed.name)
        return None

    async def _page(self, feed: Feed, url: str) -> ParsedFeed:
        self._left -= 1
        fetched = await self._ask(url)
        page = await asyncio.to_thread(
            parse_feed, fetched.body, feed, content_type=fetched.content_type, url=fetched.url, now=self._now
        )
        if strange := [entry for entry in page.entries if entry.arxiv_id is None]:
            raise NotAFeed(f"arXiv's query API answered with an error: {strange[0].text[:200]}")
        if page.total is None:
            raise NotAFeed("arXiv's query API answered without a count of results")
        return page

    def _keep(self, feed: Feed, days: tuple[date, ...], works: Sequence[Entry]) -> Filled:
        """Stores each listing, and only then that it has been seen."""
        window = Window(since=days[0] - 2 * HELD, until=self._now.astimezone(UTC).date())
        known = known_listings(self._store.articles_in(window))
        brought = self._brought(feed, works)
        again = repeated_under(works, days, brought)
        fresh = [work for work in works if brought.get(work.arxiv_id or "") in (None, *again)]
        history = self._store.feed_days([feed.name], days[0] - 2 * LOOKS_BACK)
        filled = Filled(days)
        for day, listed in sorted(placed(fresh, feed, days, known).items()):
            added = self._store.add_entries(listed, self._now, self._passages_of)
            line = FeedDay(
                feed=feed.name,
                day=_line_for(history, day),
                entries=len(listed),
                new_entries=added.new_entries,
                new_works=added.new_articles,
                listed=day,
            )
            state = self._store.feed_state(feed.name, feed.url)
            self._store.save_feed_state(_after(state, listed, line, self._now), line)
            history.append(line)
            log.info("feed %r: %d works of the missed listing of %s found", feed.name, len(listed), day)
            filled = _and(filled, len(listed), added.new_entries, added.new_articles)
        self._mark_stale(feed, [line for line in history if line.listed in again - set(days)])
        return filled

    def _brought(self, feed: Feed, works: Sequence[Entry]) -> dict[str, date]:
        """The works that listings in this feed have brought, each with the first day that these carried."""
        stored = self._store.entries_of([f"arxiv:{work.arxiv_id}" for work in works])
        found: dict[str, date] = {}
        for entry in (entry for entries in stored.values() for entry in entries):
            if entry.feed == feed.name and entry.announced is not None and entry.arxiv_id:
                found[entry.arxiv_id] = min(entry.announced, found.get(entry.arxiv_id, entry.announced))
        return found

    def _mark_stale(self, feed: Feed, lines: Iterable[FeedDay]) -> None:
        """What these readings carried was the listing of an earlier day, so that their own day's is missed."""
        for line in lines:
            log.info("feed %r: what it gave for %s was an earlier listing", feed.name, line.listed)
            state = self._store.feed_state(feed.name, feed.url)
            marked = replace(line, readings=0, failures=0, new_entries=0, new_works=0, repeated=line.entries)
            self._store.save_feed_state(state, marked)


def repeated_under(
    works: Sequence[Entry], missed: Sequence[date], brought: Mapping[str, date]
) -> frozenset[date]:
    """The later days under which the feed brought a missed listing: their readings were of that listing."""
    planned: dict[date, list[str]] = {day: [] for day in missed}
    for work in works:
        if work.published and work.arxiv_id and (day := listing_after(work.published)) in planned:
            planned[day].append(work.arxiv_id)
    found = set()
    for day, numbers in planned.items():
        under = Counter(brought[number] for number in numbers if number in brought)
        found |= {
            later for later, count in under.items() if later > day and polling.is_stale(len(numbers), count)
        }
    return frozenset(found)


def categories_of(url: str) -> tuple[str, ...]:
    """The categories of an arXiv feed by its address, as they stand in it; none for any other address."""
    match = _FEED.fullmatch(unquote(url))
    return tuple(dict.fromkeys(name for name in match[1].split("+") if name)) if match else ()


def query(url: str, since: datetime, until: datetime, start: int, *, api: str = API) -> str:
    """The address of a page of the search for what was submitted to a feed's categories, oldest first."""
    names = [f"cat:{name}.*" if name in _ARCHIVES else f"cat:{name}" for name in categories_of(url)]
    times = "+TO+".join(f"{moment.astimezone(UTC):%Y%m%d%H%M}" for moment in (since, until))
    return (
        f"{api}?search_query=%28{'+OR+'.join(names)}%29+AND+submittedDate:%5B{times}%5D"
        f"&sortBy=submittedDate&sortOrder=ascending&start={start}&max_results={PAGE}"
    )


def known_listings(articles: Collection[Article]) -> Known:
    """What the stored works say about which numbers were given out on which days."""
    named = ((a.id.removeprefix("arxiv:"), a) for a in articles)
    return sorted(
        (name, a.announced)
        for name, a in named
        if a.announced and a.announce_type == "new" and _NUMBER.fullmatch(name)
    )


def placed(
    works: Sequence[Entry], feed: Feed, missed: Sequence[date], known: Known
) -> Mapping[date, list[Entry]]:
    """Each missed listing day with its works, as the feed would have listed them; works of other days are left out."""
    found: dict[date, list[Entry]] = {day: [] for day in missed}
    for work in works:
        if (day := listing_of(work, missed, known)) is not None:
            found[day].append(_as_listed(work, feed, day))
    return found


def listing_of(work: Entry, missed: Sequence[date], known: Known) -> date | None:
    """Which of the missed days listed the work as new; none if it was another day.

    Its number lies between those of the listings before and after. Among the days that this leaves, the schedule
    decides, or the next one after, for a work that was held back.
    """
    if work.published is None or work.arxiv_id is None:
        return None
    planned = listing_after(work.published)
    before, after = _neighbours(work.arxiv_id, known)
    left = [day for day in missed if (before or day) <= day <= (after or day)]
    held = [day for day in left if day > planned] if before else []
    if planned in left or not held:
        return planned if planned in missed else None
    return held[0]


def _neighbours(number: str, known: Known) -> tuple[date | None, date | None]:
    """The days of the nearest known numbers, not above and not below this one."""
    if not _NUMBER.fullmatch(number):
        return None, None
    at_most = bisect_right(known, number, key=lambda pair: pair[0])
    at_least = bisect_left(known, number, key=lambda pair: pair[0])
    return (
        known[at_most - 1][1] if at_most else None,
        known[at_least][1] if at_least < len(known) else None,
    )


def _as_listed(work: Entry, feed: Feed, day: date) -> Entry:
    """The work as an item of this feed's listing, with the identifier that the feed would have given it."""
    primary = work.categories[0] if work.categories else ""
    is_own = any(primary == name or primary.startswith(f"{name}.") for name in categories_of(feed.url))
    return work.model_copy(
        update={
            "guid": f"oai:arXiv.org:{work.arxiv_id}v1",
            "announced": day,
            "announce_type": "new" if is_own else "cross",
            "notes": (*work.notes, _NOTE),
        }
    )


def _span(days: Sequence[date]) -> tuple[datetime, datetime]:
    """When the works of these listings may have been submitted."""
    return submitted_for(days[0])[0] - HELD, submitted_for(days[-1])[1]


def _line_for(history: Sequence[FeedDay], listing: date) -> date:
    """The line of the feed's history that takes a filled listing: its own day's, unless that tells of another one."""
    whole = {
        line.day
        for line in history
        if line.listed not in (None, listing) and not polling.is_stale(line.entries, line.repeated)
    }
    return next(day for back in range(len(whole) + 1) if (day := listing - timedelta(days=back)) not in whole)


def _after(state: FeedState, listed: Sequence[Entry], line: FeedDay, now: datetime) -> FeedState:
    """The feed's state after this listing was filled."""
    state = replace(state, last_new=now) if line.new_works else state
    if line.listed is None or (state.listed is not None and line.listed <= state.listed):
        return state
    return replace(state, listed=line.listed, items=polling.items_of(listed))


def _and(filled: Filled, entries: int, new_entries: int, new_articles: int) -> Filled:
    return replace(
        filled,
        entries=filled.entries + entries,
        new_entries=filled.new_entries + new_entries,
        new_articles=filled.new_articles + new_articles,
    )


def _well(state: FeedState, now: datetime) -> FeedState:
    """The API's state after it has answered."""
    return FeedState(name=state.name, url=state.url, last_success=now, last_full=now)
