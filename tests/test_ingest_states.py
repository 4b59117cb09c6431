"""What ingestion remembers of a feed: where it has moved, when it may be asked again, what it gave day by day."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from alembic import command
from alembic.config import Config

from pipeline import polling
from pipeline.errors import FeedUnavailable
from pipeline.fetch import Fetched, Fetcher, Validators
from pipeline.ingest import ingest
from pipeline.models import Feed
from pipeline.store import FeedDay, FeedState, Store, open_engine

NOW = datetime(2026, 6, 10, 14, tzinfo=UTC)
"""A Wednesday."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def rss(*names: str) -> bytes:
    items = "".join(
        f"<item><title>Note {n}</title><link>https://quay.example/{n}</link><guid>{n}</guid></item>"
        for n in names
    )
    return f'<rss version="2.0"><channel><title>Quay</title>{items}</channel></rss>'.encode()


def listing(day: date, *numbers: str) -> bytes:
    """An arXiv listing of this day."""
    items = "".join(
        f"<item><title>Work {n}</title><link>https://arxiv.org/abs/{n}</link><guid>oai:arXiv.org:{n}v1</guid>"
        f"<description>arXiv:{n}v1 Announce Type: new \nAbstract: Of {n}.</description>"
        f"<pubDate>{day:%a, %d %b %Y} 00:00:00 -0400</pubDate></item>"
        for n in numbers
    )
    return f'<rss version="2.0"><channel><title>cs.CR</title>{items}</channel></rss>'.encode()


class NoIndex:
    def fill(self, told: object) -> int:
        return 0


@dataclass
class Host:
    """A web server on loopback; `answers` maps a path to what it gives, `asked` records the requests."""

    answers: dict[str, web.Response | tuple] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    port: int = 0

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def gives(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = (body, status, {"Content-Type": "application/rss+xml", **named})
        return self.url(path)

    def paths(self) -> list[str]:
        found = [path for path, _ in self.asked]
        self.asked.clear()
        return found

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append((request.path, dict(request.headers)))
        body, status, headers = self.answers.get(request.path, (b"none", 404, {}))
        if headers.get("ETag") and request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers={"ETag": headers["ETag"]})
        return web.Response(body=body, status=status, headers=headers)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    host = Host()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", host.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host.port = runner.addresses[0][1]
    yield host
    await runner.cleanup()


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path / "brief.db")
    yield opened
    opened.close()


async def read(store: Store, *feeds: Feed, at: datetime = NOW, by_hand: bool = False):
    async def nap(_: float) -> None:
        pass

    async with Fetcher(["127.0.0.1"], sleep=nap, now=lambda: at) as reader:
        report = await ingest(feeds, reader, store, NoIndex(), at, by_hand=by_hand)
    return report.feeds[0] if len(feeds) == 1 else report.feeds


def a_feed(url: str, kind: str = "rss", enabled: bool = True) -> Feed:
    return Feed(name="Quay", url=url, kind=kind, enabled=enabled)


def state(store: Store, feed: Feed) -> FeedState:
    return store.feed_state(feed.name, feed.url)


@pytest.mark.parametrize("status", [301, 308])
async def test_a_feed_that_moved_for_good_is_asked_at_its_new_address(host, store, status, caplog):
    feed = a_feed(host.gives("/old", status=status, Location="/new"))
    new = host.gives("/new", rss("a"))
    assert (await read(store, feed)).status == "updated"
    assert state(store, feed).moved_to == new
    assert f"moved for good to {new}" in caplog.text
    host.paths()
    await read(store, feed, at=NOW + DAY)
    assert host.paths() == ["/new"]
    assert state(store, feed).url == feed.url


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_a_passing_redirect_is_followed_and_forgotten(host, store, status):
    feed = a_feed(host.gives("/old", status=status, Location="/new"))
    host.gives("/new", rss("a"))
    assert (await read(store, feed)).status == "updated"
    assert state(store, feed).moved_to is None


async def test_a_permanent_redirect_to_a_web_page_is_not_remembered(host, store):
    feed = a_feed(host.gives("/old", status=301, Location="/login"))
    host.gives("/login", b"<!doctype html><html><body>Please log in</body></html>")
    assert (await read(store, feed)).status == "failed"
    assert state(store, feed).moved_to is None


async def test_when_the_new_address_fails_three_times_the_old_one_is_asked_again(host, store):
    feed = a_feed(host.gives("/old", status=301, Location="/new"))
    host.gives("/new", rss("a"))
    await read(store, feed)
    host.gives("/new", status=404)
    host.gives("/old", rss("a", "b"))
    for hours in range(1, 4):
        assert (await read(store, feed, at=NOW + hours * HOUR, by_hand=True)).status == "failed"
    assert (await read(store, feed, at=NOW + DAY, by_hand=True)).entries == 2


async def test_another_address_in_the_settings_starts_afresh(host, store):
    feed = a_feed(host.gives("/old", status=410))
    await read(store, feed)
    other = a_feed(host.gives("/new", rss("a")))
    assert (await read(store, other, at=NOW + HOUR)).status == "updated"
    assert state(store, other).gone_since is None


async def test_a_feed_that_is_gone_is_not_asked_again_and_says_why(host, store):
    feed = a_feed(host.gives("/feed", status=410))
    first = await read(store, feed)
    assert (first.status, first.error) == ("failed", "the host answered 410 (gone)")
    host.paths()
    later = await read(store, feed, at=NOW + 30 * DAY, by_hand=True)
    assert later.status == "skipped"
    assert later.error.startswith("gone for good since 2026-06-10")
    assert host.paths() == []


async def test_a_gone_feed_that_is_switched_off_and_on_is_asked_once_more(host, store):
    feed = a_feed(host.gives("/feed", status=410))
    await read(store, feed)
    await read(store, feed.model_copy(update={"enabled": False}), at=NOW + HOUR)
    host.gives("/feed", rss("a"))
    assert (await read(store, feed, at=NOW + 2 * HOUR)).status == "updated"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wait", ["7200", "Wed, 10 Jun 2026 16:00:00 GMT"])
@pytest.mark.parametrize("by_hand", [False, True])
async def test_a_host_that_asks_to_wait_is_left_alone_until_then(host, store, status, wait, by_hand):
    feed = a_feed(host.gives("/feed", status=status, Retry_After=wait))
    await read(store, feed)
    assert state(store, feed).not_before == NOW + 2 * HOUR
    host.gives("/feed", rss("a"))
    host.paths()
    early = await read(store, feed, at=NOW + 1.9 * HOUR, by_hand=by_hand)
    assert (early.status, early.error) == ("skipped", "its host asked to wait until 2026-06-10 16:00 UTC")
    assert host.paths() == []
    assert (await read(store, feed, at=NOW + 2 * HOUR)).status == "updated"
    assert state(store, feed).not_before is None


async def test_after_repeated_failures_the_pause_doubles_up_to_a_day(host, store):
    feed = a_feed(host.gives("/feed", status=500))
    at, pauses = NOW, []
    for _ in range(9):
        assert (await read(store, feed, at=at)).status == "failed"
        until = state(store, feed).backoff_until or at
        pauses.append((until - at) / HOUR)
        skipped = await read(store, feed, at=until - timedelta(seconds=1)) if until > at else None
        assert skipped is None or skipped.status == "skipped"
        at = max(until, at + timedelta(minutes=1))
    assert pauses[0] == 0
    for pause, plain in zip(pauses[1:], [1, 2, 4, 8, 16, 24, 24, 24], strict=True):
        assert 0.75 * plain <= pause <= 1.25 * plain
    assert state(store, feed).consecutive_failures == 9


async def test_feeds_that_failed_together_do_not_return_together(host, store):
    feeds = [Feed(name=f"Feed {i}", url=host.url(f"/{i}")) for i in range(8)]
    for _ in range(2):
        await read(store, *feeds)
    assert len({store.feed_state(feed.name, feed.url).backoff_until for feed in feeds}) == 8


async def test_a_reading_by_hand_does_not_wait_for_the_pause(host, store):
    feed = a_feed(host.gives("/feed", status=500))
    for _ in range(2):
        await read(store, feed)
    host.gives("/feed", rss("a"))
    assert (await read(store, feed, at=NOW + timedelta(minutes=1))).status == "skipped"
    assert (await read(store, feed, at=NOW + timedelta(minutes=1), by_hand=True)).status == "updated"
    assert state(store, feed).backoff_until is None


async def test_a_pause_from_a_clock_that_ran_ahead_does_not_count(host, store):
    feed = a_feed(host.gives("/feed", status=429, Retry_After="3600"))
    await read(store, feed, at=NOW + 365 * DAY)
    host.gives("/feed", rss("a"))
    assert (await read(store, feed)).status == "updated"


async def test_a_host_stuck_on_not_modified_is_asked_for_the_whole_feed_after_eight_days(host, store):
    feed = a_feed(host.gives("/feed", rss("a"), ETag='"1"'))
    await read(store, feed)
    host.gives("/feed", rss("a", "b"), ETag='"1"')
    assert (await read(store, feed, at=NOW + 7 * DAY)).status == "not_modified"
    assert (await read(store, feed, at=NOW + 9 * DAY)).new_articles == 1


async def test_the_history_has_one_line_a_feed_and_day(host, store):
    feed = a_feed(host.gives("/feed", rss("a", "b"), ETag='"1"'))
    await read(store, feed)
    await read(store, feed, at=NOW + HOUR)
    host.gives("/feed", rss("a", "b", "c"), ETag='"2"')
    await read(store, feed, at=NOW + 2 * HOUR)
    host.gives("/feed", status=500)
    await read(store, feed, at=NOW + 3 * HOUR)
    await read(store, feed, at=NOW + DAY)
    today, tomorrow = store.feed_days(["Quay"], NOW.date())
    assert (today.readings, today.failures, today.entries, today.new_entries, today.new_works) == (
        4,
        1,
        3,
        3,
        3,
    )
    assert (today.first, tomorrow.first) == (True, False)
    assert (tomorrow.readings, tomorrow.failures, tomorrow.new_entries, tomorrow.read) == (1, 1, 0, False)
    assert state(store, feed).last_new == NOW + 2 * HOUR


async def test_a_listing_that_comes_again_under_a_new_date_is_recognised(host, store):
    feed = a_feed(host.gives("/rss", listing(date(2026, 6, 10), "2606.00001", "2606.00002")), kind="arxiv")
    await read(store, feed)
    host.gives("/rss", listing(date(2026, 6, 11), "2606.00001", "2606.00002"))
    await read(store, feed, at=NOW + DAY)
    await read(store, feed, at=NOW + DAY + HOUR)
    host.gives("/rss", listing(date(2026, 6, 12), "2606.00001", "2606.00002"))
    await read(store, feed, at=NOW + 2 * DAY)
    first, second, third = store.feed_days(["Quay"], NOW.date())
    assert (first.repeated, second.repeated, third.repeated) == (0, 2, 2)
    assert (first.new_entries, second.new_entries, third.new_entries) == (2, 0, 0)
    assert state(store, feed).listed == date(2026, 6, 10)
    assert state(store, feed).last_new == NOW
    host.gives("/rss", listing(date(2026, 6, 12), "2606.00003", "2606.00002"))
    await read(store, feed, at=NOW + 2 * DAY + HOUR)
    healed = store.feed_days(["Quay"], NOW.date())[-1]
    assert (healed.repeated, state(store, feed).listed) == (1, date(2026, 6, 12))


async def test_a_reader_that_names_no_permanent_address_and_fails_is_one_failure(store):
    class Fake:
        async def get(self, url: str, validators: Validators) -> Fetched:
            raise FeedUnavailable("the host cannot be reached")

    feed = a_feed("https://quay.example/feed")
    report = await ingest([feed], Fake(), store, NoIndex(), NOW)
    assert report.feeds[0].error == "the host cannot be reached"
    assert state(store, feed).backoff_until is None


async def test_a_host_that_asks_to_wait_is_not_asked_for_its_other_feeds(host, store):
    feeds = [Feed(name=name, url=host.gives(f"/{name}", status=429, Retry_After="600")) for name in "abc"]
    results = await read(store, *feeds)
    assert [result.status for result in results] == ["failed"] * 3
    assert len(host.paths()) == 1
    assert all(store.feed_state(f.name, f.url).not_before > NOW + timedelta(minutes=9) for f in feeds)


async def test_what_an_older_version_stored_is_read_on(host, tmp_path):
    """The feeds of a database from before the present states keep their validators and their place."""
    config = Config()
    config.set_main_option("script_location", str(Path(polling.__file__).with_name("migrations")))
    engine = open_engine(f"sqlite:///{tmp_path / 'brief.db'}")
    feed = a_feed(host.gives("/feed", rss("a"), ETag='"1"'))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        connection.exec_driver_sql(
            "INSERT INTO feeds VALUES (?, ?, ?, NULL, '2026-06-09T14:00:00+00:00', NULL, 0, 1)",
            (feed.name, feed.url, '"1"'),
        )
    engine.dispose()
    store = Store.open(tmp_path / "brief.db")
    try:
        assert (await read(store, feed)).status == "not_modified"
        assert state(store, feed).items == b""
        assert state(store, feed).last_success == NOW
    finally:
        store.close()


def test_a_move_away_from_https_is_followed_and_not_remembered():
    secure = FeedState(name="Quay", url="https://quay.example/feed", moved_to="https://new.example/feed")

    def after(new: str | None) -> str | None:
        fetched = Fetched("ok", b"", "", new or secure.address, Validators(), new)
        return polling.answered(secure, fetched, NOW).moved_to

    assert after("http://plain.example/feed") == "https://new.example/feed"
    assert after("https://third.example/feed") == "https://third.example/feed"
    assert after(None) == "https://new.example/feed"
    assert after("https://quay.example/feed") is None


def test_years_of_history_stay_small(store):
    for day in range(1000):
        reading = FeedDay("Quay", NOW.date() - day * DAY, 4, 0, 240, 200, 150, NOW.date() - day * DAY, 3)
        store.save_feed_state(FeedState(name="Quay", url="https://quay.example/feed"), reading)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = connection.exec_driver_sql(
            "SELECT SUM(pgsize) FROM dbstat WHERE name LIKE '%feed_days%'"
        ).scalar()
    assert pages < 150 * 1000
    assert len(store.feed_days(["Quay"], NOW.date() - 30 * DAY)) == 31
