"""Listings that an arXiv feed missed, asked for at a query API on loopback: what comes, when, and what it costs."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
from aiohttp import web

from pipeline import listings
from pipeline.announcements import closed_listing, is_listing_day, listing_after, submitted_for
from pipeline.errors import FeedUnavailable
from pipeline.fetch import Fetched, Fetcher, Validators
from pipeline.health import missed_listings, read_health
from pipeline.index import passages_of
from pipeline.ingest import ingest
from pipeline.listings import Filled, GapFiller, Known, categories_of, listing_of, query
from pipeline.models import AnnounceType, Entry, Feed, FeedResult
from pipeline.store import FeedDay, Store

MONDAY = date(2026, 6, 8)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + timedelta(days=n) for n in range(1, 5))
NEXT_MONDAY = MONDAY + timedelta(days=7)
SATURDAY_NOON = datetime(2026, 6, 13, 16, tzinfo=UTC)
FEED = Feed(name="arXiv cs.CR", url="https://rss.arxiv.org/rss/cs.CR", kind="arxiv")


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """An hour in summer in New York."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) + timedelta(hours=4)


@dataclass(frozen=True)
class Work:
    number: str
    submitted: datetime
    primary: str = "cs.CR"
    version: int = 1

    def as_atom(self) -> str:
        later = self.submitted + timedelta(days=self.version - 1)
        return (
            f"<entry><id>http://arxiv.org/abs/{self.number}v{self.version}</id>"
            f"<published>{self.submitted:%Y-%m-%dT%H:%M:%SZ}</published><updated>{later:%Y-%m-%dT%H:%M:%SZ}</updated>"
            f"<title>Of {self.number}</title><summary>  About {self.number}.\n</summary>"
            f"<author><name>Ann Arbor</name></author><category term='cs.CR'/>"
            f"<arxiv:primary_category term='{self.primary}'/></entry>"
        )


@dataclass
class Api:
    """arXiv's query API as its manual describes it; `faults` are given out first, one a request."""

    works: list[Work] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    slice: int = 2_000
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api/query"

    async def answer(self, request: web.Request) -> web.Response:
        asked = dict(request.query)
        self.asked.append(asked)
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "busy":
            return web.Response(status=503, headers={"Retry-After": "7200"}, text="busy")
        if fault == "refused":
            return web.Response(status=403, text="no")
        if fault == "page":
            return web.Response(text="<html><body>Rate exceeded.</body></html>", content_type="text/html")
        if fault == "error":
            said = "<title>Error</title><summary>bad query</summary>"
            return self.atom(1, 0, f"<entry><id>http://arxiv.org/api/errors#x</id>{said}</entry>")
        if fault == "empty":
            return self.atom(0, 0, "")
        found = self.matching(asked["search_query"])
        if fault == "left out":
            return self.atom(len(found), 0, "")
        start = int(asked["start"])
        page = found[start : start + min(int(asked["max_results"]), self.slice)]
        return self.atom(len(found), start, "".join(work.as_atom() for work in page))

    def matching(self, text: str) -> list[Work]:
        match = re.fullmatch(
            r"\((cat:\S+(?: OR cat:\S+)*)\) AND submittedDate:\[(\d{12}) TO (\d{12})\]", text
        )
        assert match, text
        first, last = (datetime.strptime(m + "+0000", "%Y%m%d%H%M%z") for m in match.groups()[1:])
        return sorted((w for w in self.works if first <= w.submitted <= last), key=lambda w: w.submitted)

    def atom(self, total: int, start: int, entries: str) -> web.Response:
        text = (
            "<?xml version='1.0' encoding='UTF-8'?><feed xmlns='http://www.w3.org/2005/Atom' "
            "xmlns:arxiv='http://arxiv.org/schemas/atom' xmlns:opensearch='http://a9.com/-/spec/opensearch/1.1/'>"
            f"<title>{escape('ArXiv Query')}</title><opensearch:totalResults>{total}</opensearch:totalResults>"
            f"<opensearch:startIndex>{start}</opensearch:startIndex>{entries}</feed>"
        )
        return web.Response(text=text, content_type="application/atom+xml")


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    api = Api()
    app = web.Application()
    app.router.add_get("/api/query", api.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    api.port = runner.addresses[0][1]
    yield api
    await runner.cleanup()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "brief.db")
    yield opened
    opened.close()


def listed(number: str, day: date, kind: AnnounceType = "new", feed: Feed = FEED) -> Entry:
    return Entry(
        feed=feed.name,
        guid=f"oai:arXiv.org:{number}v1",
        title=f"Of {number}",
        url=f"https://arxiv.org/abs/{number}",
        text=f"About {number}.",
        authors=("Ann Arbor",),
        categories=("cs.CR",),
        announced=day,
        announce_type=kind,
        arxiv_id=number,
        version=1,
    )


def saw(store: Store, day: date, *numbers: str, feed: Feed = FEED) -> None:
    """The feed was read on this day, and carried this listing."""
    store.add_entries([listed(n, day, feed=feed) for n in numbers], at(day, 9), passages_of)
    state = store.feed_state(feed.name, feed.url)
    line = FeedDay(feed=feed.name, day=day, readings=1, entries=len(numbers), listed=day)
    store.save_feed_state(replace(state, last_success=at(day, 9), last_full=at(day, 9), listed=day), line)


async def fill(
    api: Api, store: Store, now: datetime = SATURDAY_NOON, feed: Feed = FEED, **more: Any
) -> Filled | None:
    async def nap(_: float) -> None:
        pass

    async with Fetcher(["127.0.0.1"], sleep=nap, now=lambda: now) as fetcher:
        filler = GapFiller(fetcher.get, store, now, passages_of, api=api.url, **more)
        return await filler.fill(feed)


def missed(store: Store, now: datetime = SATURDAY_NOON, feed: Feed = FEED) -> tuple[date, ...]:
    closed = closed_listing(now)
    return missed_listings(
        store.feed_days([feed.name], closed - timedelta(days=27)), closed - timedelta(days=13), closed
    )


def a_week_without_wednesday(store: Store) -> None:
    saw(store, MONDAY, "2606.00010", "2606.00019")
    saw(store, TUESDAY, "2606.00020", "2606.00029")
    saw(store, THURSDAY, "2606.00040", "2606.00049")
    saw(store, FRIDAY, "2606.00050", "2606.00059")


class TestSchedule:
    def test_a_work_is_listed_on_the_working_day_after_its_deadline(self) -> None:
        assert listing_after(at(MONDAY, 13, 59)) == TUESDAY
        assert listing_after(at(MONDAY, 14)) == WEDNESDAY
        assert listing_after(at(THURSDAY, 14)) == NEXT_MONDAY
        assert listing_after(at(FRIDAY, 13)) == NEXT_MONDAY
        assert listing_after(at(FRIDAY, 15)) == NEXT_MONDAY + timedelta(days=1)
        assert listing_after(at(FRIDAY + timedelta(days=2), 15)) == NEXT_MONDAY + timedelta(days=1)

    def test_the_spans_of_all_listings_of_two_years_meet_and_agree_with_the_schedule(self) -> None:
        days = [d for n in range(730) if is_listing_day(d := date(2025, 3, 3) + timedelta(days=n))]
        for before, day in zip(days, days[1:], strict=False):
            since, until = submitted_for(day)
            assert since == submitted_for(before)[1]
            assert listing_after(since) == listing_after(until - timedelta(seconds=1)) == day

    def test_the_deadline_follows_the_clocks_of_new_york(self) -> None:
        assert submitted_for(date(2026, 3, 10))[0] == datetime(2026, 3, 6, 19, tzinfo=UTC)
        assert submitted_for(date(2026, 3, 10))[1] == datetime(2026, 3, 9, 18, tzinfo=UTC)

    def test_a_listing_is_left_to_the_feed_until_midnight_in_new_york(self) -> None:
        assert closed_listing(at(FRIDAY, 23, 59)) == THURSDAY
        assert closed_listing(at(FRIDAY, 23, 59) + timedelta(minutes=1)) == FRIDAY
        assert closed_listing(at(NEXT_MONDAY, 12)) == FRIDAY


class TestQuestion:
    @pytest.mark.parametrize(
        ("url", "names"),
        [
            ("https://rss.arxiv.org/rss/cs.AI", ("cs.AI",)),
            ("http://export.arxiv.org/rss/cs.AI+cs.CR?version=2.0", ("cs.AI", "cs.CR")),
            ("https://rss.arxiv.org/atom/cs.AI%2Bstat.ML", ("cs.AI", "stat.ML")),
            ("https://arxiv.org/rss/hep-th/", ("hep-th",)),
            ("https://export.arxiv.org/api/query?search_query=cat:cs.AI", ()),
            ("https://arxiv.org.evil.example/rss/cs.AI", ()),
            ("http://127.0.0.1:8099/rss/cs.AI", ()),
        ],
    )
    def test_only_feeds_of_arxiv_itself_name_categories(self, url: str, names: tuple[str, ...]) -> None:
        assert categories_of(url) == names

    def test_the_search_names_categories_and_times_as_the_manual_asks(self) -> None:
        url = query(
            "https://rss.arxiv.org/rss/cs+hep-th", at(MONDAY, 14), at(TUESDAY, 14), 500, api=listings.API
        )
        assert unquote_plus(url) == (
            "https://export.arxiv.org/api/query?search_query=(cat:cs.* OR cat:hep-th) AND "
            "submittedDate:[202606081800 TO 202606091800]"
            "&sortBy=submittedDate&sortOrder=ascending&start=500&max_results=500"
        )
        assert " " not in url
        assert "[" not in url


class TestPlace:
    KNOWN: Known = [("2606.00019", MONDAY), ("2606.00029", TUESDAY), ("2606.00040", THURSDAY)]

    def place(
        self,
        number: str,
        submitted: datetime,
        known: Known = KNOWN,
        days: Sequence[date] = (WEDNESDAY, FRIDAY),
    ) -> date | None:
        work = Entry(feed="f", guid="g", title="t", arxiv_id=number, published=submitted)
        return listing_of(work, days, known)

    def test_the_schedule_decides_where_the_numbers_do_not_speak_against_it(self) -> None:
        assert self.place("2606.00033", at(MONDAY, 15)) == WEDNESDAY
        assert self.place("2606.00033", at(MONDAY, 15), known=[]) == WEDNESDAY
        assert self.place("2606.00066", at(WEDNESDAY, 15)) == FRIDAY
        assert self.place("2606.00033", at(TUESDAY, 15), known=[]) is None

    def test_a_work_held_back_goes_to_the_listing_that_gave_its_number(self) -> None:
        assert self.place("2606.00033", at(MONDAY - timedelta(days=5), 9)) == WEDNESDAY
        assert self.place("2606.00066", at(MONDAY, 15)) == FRIDAY
        assert self.place("2606.00066", at(MONDAY, 15), known=[]) == WEDNESDAY

    def test_a_work_of_a_listing_that_was_seen_is_left_out(self) -> None:
        assert self.place("2606.00025", at(FRIDAY - timedelta(days=7), 15)) is None
        assert self.place("2606.00009", at(FRIDAY - timedelta(days=7), 9)) is None


class TestFilling:
    async def test_a_missed_listing_is_filled_once_and_no_longer_missed(self, api: Api, store: Store) -> None:
        a_week_without_wednesday(store)
        api.works = [
            Work("2606.00029", at(MONDAY, 13)),  # Tuesday's
            Work("2606.00031", at(MONDAY, 15)),
            Work("2606.00032", at(TUESDAY, 10), primary="cs.LG"),
            Work("2606.00033", at(MONDAY - timedelta(days=4), 10)),  # held back
            Work("2606.00034", at(TUESDAY, 13, 59), version=2),
            Work("2606.00041", at(TUESDAY, 14, 1)),  # Thursday's
        ]
        assert missed(store) == (WEDNESDAY,)

        filled = await fill(api, store)

        assert filled == Filled((WEDNESDAY,), 4, 4, 4)
        works = store.articles([f"arxiv:2606.000{n}" for n in (31, 32, 33, 34)])
        assert [a.announced for a in works.values()] == [WEDNESDAY] * 4
        assert [a.announce_type for _, a in sorted(works.items())] == ["new", "cross", "new", "new"]
        revised = works["arxiv:2606.00034"]
        assert (revised.submitted, revised.version, revised.revised) == (TUESDAY, 2, WEDNESDAY)
        assert revised.feeds == ("arXiv cs.CR",)
        assert store.article("arxiv:2606.00041") is None
        assert missed(store) == ()
        assert len(api.asked) == 1
        assert await fill(api, store) is None
        assert len(api.asked) == 1

    async def test_pages_are_read_to_the_end(
        self, api: Api, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listings, "PAGE", 40)
        a_week_without_wednesday(store)
        api.slice = 30
        api.works = [Work(f"2606.{3000 + n:05d}", at(MONDAY, 15, n % 60)) for n in range(100)]
        saw(store, TUESDAY, "2606.02999")
        saw(store, THURSDAY, "2606.04000")

        filled = await fill(api, store)

        assert filled is not None
        assert filled.entries == 100
        assert [asked["start"] for asked in api.asked] == ["0", "30", "60", "90"]

    async def test_what_a_feed_brings_later_or_brought_before_is_the_same_work(
        self, api: Api, store: Store
    ) -> None:
        cs_ai = Feed(name="arXiv cs.AI", url="https://rss.arxiv.org/rss/cs.AI", kind="arxiv")
        a_week_without_wednesday(store)
        saw(store, WEDNESDAY, "2606.00031", feed=cs_ai)
        api.works = [Work("2606.00031", at(MONDAY, 15)), Work("2606.00032", at(MONDAY, 15))]
        await fill(api, store)
        # The feed repeats the listing a day later under a new date.
        store.add_entries([listed("2606.00032", THURSDAY)], SATURDAY_NOON, passages_of)

        found = store.articles(["arxiv:2606.00031", "arxiv:2606.00032"])
        assert found["arxiv:2606.00031"].feeds == ("arXiv cs.AI", "arXiv cs.CR")
        assert (found["arxiv:2606.00032"].announced, found["arxiv:2606.00032"].entries) == (WEDNESDAY, 1)
        assert store.count_articles() == 10

    async def test_works_that_the_feed_has_brought_are_left_as_they_are(self, api: Api, store: Store) -> None:
        a_week_without_wednesday(store)
        api.works = [Work("2606.00049", at(MONDAY, 15)), Work("2606.00031", at(MONDAY, 15))]
        await fill(api, store)
        kept = store.article("arxiv:2606.00049")
        assert kept is not None
        assert (kept.announced, kept.submitted) == (THURSDAY, None)

    async def test_two_missed_listings_cost_one_search(self, api: Api, store: Store) -> None:
        saw(store, MONDAY, "2606.00019")
        saw(store, WEDNESDAY, "2606.00035")
        saw(store, FRIDAY, "2606.00055")
        api.works = [
            Work("2606.00021", at(FRIDAY - timedelta(days=7), 15)),
            Work("2606.00041", at(TUESDAY, 15)),
        ]
        filled = await fill(api, store)
        assert filled == Filled((TUESDAY, THURSDAY), 2, 2, 2)
        assert len(api.asked) == 1
        assert missed(store) == ()

    async def test_the_line_of_another_listing_is_not_overwritten(self, api: Api, store: Store) -> None:
        # Read in the evening of New York: the line of a day tells of the listing of the day before.
        for day in (TUESDAY, WEDNESDAY, FRIDAY):
            line = FeedDay(feed=FEED.name, day=day, readings=1, entries=9, listed=day - timedelta(days=1))
            store.save_feed_state(store.feed_state(FEED.name, FEED.url), line)
        api.works = [Work("2606.00031", at(MONDAY, 15))]
        assert missed(store) == (WEDNESDAY, FRIDAY)
        await fill(api, store)
        assert missed(store) == ()

    async def test_a_listing_that_came_a_day_late_is_dated_back_and_the_one_it_hid_is_filled_next(
        self, api: Api, store: Store
    ) -> None:
        saw(store, MONDAY, "2606.00019")
        # Nothing was read on Tuesday, and on Wednesday the feed still carried Tuesday's listing.
        saw(store, WEDNESDAY, *(f"2606.000{n}" for n in range(20, 30)))
        saw(store, THURSDAY, "2606.00040")
        api.works = [Work(f"2606.000{n}", at(FRIDAY - timedelta(days=7), 15, n)) for n in range(20, 30)]
        api.works += [Work(f"2606.000{n}", at(MONDAY, 15, n)) for n in range(30, 40)]
        friday = at(FRIDAY, 9)
        assert missed(store, friday) == (TUESDAY,)

        assert await fill(api, store, friday) == Filled((TUESDAY,), 10, 10, 0)
        assert missed(store, friday) == (WEDNESDAY,)
        assert await fill(api, store, friday) == Filled((WEDNESDAY,), 10, 10, 10)
        assert missed(store, friday) == ()

        works = store.articles([f"arxiv:2606.000{n}" for n in range(20, 40)])
        assert {a.announced for name, a in works.items() if name < "arxiv:2606.00030"} == {TUESDAY}
        assert {a.announced for name, a in works.items() if name >= "arxiv:2606.00030"} == {WEDNESDAY}
        assert {a.entries for a in works.values()} == {1}

    async def test_health_calms_down_once_a_stale_listing_is_filled(self, api: Api, store: Store) -> None:
        a_week_without_wednesday(store)
        stale = FeedDay(feed=FEED.name, day=FRIDAY, readings=1, entries=2, listed=FRIDAY, repeated=2)
        store.save_feed_state(store.feed_state(FEED.name, FEED.url), stale)
        api.works = [Work("2606.00031", at(MONDAY, 15)), Work("2606.00051", at(WEDNESDAY, 15))]
        before = read_health(store, [FEED], SATURDAY_NOON)[0]
        await fill(api, store)
        after = read_health(store, [FEED], SATURDAY_NOON)[0]
        assert (before.state, before.missed) == ("stale", (WEDNESDAY, FRIDAY))
        assert (after.state, after.missed) == ("ok", ())


class TestTrouble:
    @pytest.mark.parametrize("fault", ["refused", "page", "error"])
    async def test_a_failure_ends_the_run_and_the_next_one_asks_again(
        self, api: Api, store: Store, fault: str
    ) -> None:
        a_week_without_wednesday(store)
        api.works = [Work("2606.00031", at(MONDAY, 15))]
        api.faults = [fault]
        assert await fill(api, store) is None
        assert (len(api.asked), missed(store)) == (1, (WEDNESDAY,))
        assert await fill(api, store, SATURDAY_NOON + timedelta(hours=6)) == Filled((WEDNESDAY,), 1, 1, 1)

    async def test_failures_in_a_row_wait_longer(self, api: Api, store: Store) -> None:
        a_week_without_wednesday(store)
        api.faults = ["refused"] * 9
        for hour in range(6):
            await fill(api, store, SATURDAY_NOON + timedelta(hours=hour))
        # After 2 failures a pause of about an hour, after 3 of two, give or take a quarter by the feed's address.
        assert 3 <= len(api.asked) <= 4

    async def test_a_host_that_asks_to_wait_is_left_alone_by_hand_too(self, api: Api, store: Store) -> None:
        a_week_without_wednesday(store)
        api.faults = ["busy"]
        api.works = [Work("2606.00031", at(MONDAY, 15))]
        await fill(api, store)
        await fill(api, store, SATURDAY_NOON + timedelta(minutes=100), by_hand=True)
        assert len(api.asked) == 1
        assert await fill(api, store, SATURDAY_NOON + timedelta(minutes=121)) is not None

    @pytest.mark.parametrize("fault", ["empty", "left out"])
    async def test_an_empty_page_is_asked_for_once_more_and_not_believed(
        self, api: Api, store: Store, fault: str
    ) -> None:
        a_week_without_wednesday(store)
        api.works = [Work("2606.00031", at(MONDAY, 15))]
        api.faults = [fault, fault]
        assert await fill(api, store) is None
        assert (len(api.asked), missed(store)) == (2, (WEDNESDAY,))
        api.faults = [fault]
        assert await fill(api, store, SATURDAY_NOON + timedelta(hours=6)) == Filled((WEDNESDAY,), 1, 1, 1)

    async def test_the_limit_of_requests_holds_and_the_newest_listing_goes_first(
        self, api: Api, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listings, "PAGE", 10)
        monkeypatch.setattr(listings, "HELD", timedelta())
        saw(store, MONDAY, "2606.00019")
        saw(store, WEDNESDAY, "2606.00030")
        saw(store, FRIDAY, "2606.00099")
        api.works = [Work(f"2606.{21 + n:05d}", at(FRIDAY - timedelta(days=7), 15, n)) for n in range(9)] + [
            Work(f"2606.{31 + n:05d}", at(TUESDAY, 15, n)) for n in range(18)
        ]
        assert await fill(api, store, requests=1) is None
        assert (len(api.asked), missed(store)) == (1, (TUESDAY, THURSDAY))
        api.asked.clear()
        filled = await fill(api, store, requests=3)
        assert filled == Filled((TUESDAY, THURSDAY), 27, 27, 27)
        assert len(api.asked) == 3

    async def test_what_is_too_much_for_one_run_is_filled_from_the_newest_on(
        self, api: Api, store: Store, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listings, "PAGE", 10)
        monkeypatch.setattr(listings, "HELD", timedelta())
        saw(store, MONDAY, "2606.00019")
        saw(store, FRIDAY, "2606.00999")
        api.works = [Work(f"2606.{21 + n:05d}", at(FRIDAY - timedelta(days=7), 15, n)) for n in range(50)]
        api.works += [Work(f"2606.{521 + n:05d}", at(TUESDAY, 15, n)) for n in range(15)]
        filled = await fill(api, store, requests=4)
        assert filled == Filled((THURSDAY,), 15, 15, 15)
        assert len(api.asked) == 3
        assert missed(store) == (TUESDAY, WEDNESDAY)


class TestInARun:
    async def test_a_run_fills_gaps_only_if_that_is_set_and_counts_them_with_their_feed(
        self, store: Store
    ) -> None:
        a_week_without_wednesday(store)
        reader = Reader()
        assert (await run(store, reader)).entries == 0
        assert reader.asked == [FEED.url]
        result = await run(store, reader, fill_gaps=True)
        assert (result.status, result.entries, result.new_articles, result.merged) == ("updated", 1, 1, 0)
        assert [url.partition("?")[0] for url in reader.asked[1:]] == [FEED.url, listings.API]
        assert missed(store) == ()

    async def test_an_api_that_does_not_answer_fails_no_feed(self, store: Store) -> None:
        a_week_without_wednesday(store)
        result = await run(store, Reader(is_down=True), fill_gaps=True)
        assert (result.status, result.error, result.entries) == ("updated", None, 0)

    async def test_feeds_that_missed_nothing_cost_nothing(self, store: Store) -> None:
        a_week_without_wednesday(store)
        saw(store, WEDNESDAY, "2606.00031")
        reader = Reader()
        await run(store, reader, fill_gaps=True)
        assert reader.asked == [FEED.url]


@dataclass
class Reader:
    """An empty weekend feed, and an API that knows one work of Wednesday."""

    is_down: bool = False
    asked: list[str] = field(default_factory=list)

    async def get(self, url: str, validators: Validators | None = None) -> Fetched:
        self.asked.append(url)
        body = '<rss version="2.0"><channel><title>cs.CR</title></channel></rss>'
        if url.startswith(listings.API):
            if self.is_down:
                raise FeedUnavailable("the host answered 500", status=500)
            body = Api().atom(1, 0, Work("2606.00031", at(MONDAY, 15)).as_atom()).text or ""
        return Fetched("ok", body.encode(), "", url, Validators(), None)


class NoIndex:
    def fill(self, told: object) -> int:
        return 0


async def run(store: Store, reader: Reader, *, fill_gaps: bool = False) -> FeedResult:
    index: Any = NoIndex()
    report = await ingest([FEED], reader, store, index, SATURDAY_NOON, fill_gaps=fill_gaps)
    return report.feeds[0]
