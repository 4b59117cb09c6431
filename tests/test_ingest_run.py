"""One run over many feeds: no feed stops the others, and the report does not depend on who answers first."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import FeedUnavailable
from pipeline.fetch import Fetched, Validators
from pipeline.ingest import CONCURRENT_FEEDS, ingest
from pipeline.models import Feed
from pipeline.store import Store

NOW = datetime(2026, 6, 10, 14, tzinfo=UTC)


def rss(*names: str) -> bytes:
    """Posts of these names, at one address whatever the feed."""
    items = "".join(
        f"<item><title>A longer note on the matter of {n}</title><link>https://quay.example/{n}</link></item>"
        for n in names
    )
    return f'<rss version="2.0"><channel><title>Quay</title>{items}</channel></rss>'.encode()


@dataclass
class Reader:
    """Answers each address after some turns of the loop; an exception is raised instead."""

    answers: dict[str, bytes | Exception]
    turns: dict[str, float] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0

    async def get(self, url: str, validators: Validators | None = None) -> Fetched:
        self.asked.append(url)
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        await asyncio.sleep(self.turns.get(url, 0.0))
        self.open_now -= 1
        answer = self.answers[url]
        if isinstance(answer, Exception):
            raise answer
        return Fetched("ok", answer, "application/rss+xml", url, Validators(), None)


@dataclass
class Index:
    """Counts what it was asked to fill."""

    fillings: int = 0

    def fill(self, told: object = None) -> int:
        self.fillings += 1
        return 2


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "brief.db")
    yield opened
    opened.close()


def feeds_of(reader: Reader) -> list[Feed]:
    return [Feed(name=url.partition("://")[2], url=url) for url in reader.answers]


async def test_what_a_report_counts_does_not_depend_on_who_answers_first(tmp_path: Path) -> None:
    answers = {f"https://h{n}.example/": rss("a", "b", f"own-{n}") for n in range(4)}
    counts = set()
    for slowest in answers:
        store = Store.open(tmp_path / f"{slowest[8:10]}.db")
        reader = Reader(dict(answers), {slowest: 0.05})
        report = await ingest(feeds_of(reader), reader, store, Index(), NOW)
        counts.add(tuple((feed.new_articles, feed.merged) for feed in report.feeds))
        assert report.articles_total == 6
        store.close()
    assert counts == {((3, 0), (1, 2), (1, 2), (1, 2))}


async def test_a_feed_that_cannot_be_stored_loses_nothing_of_the_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = store.add_entries

    def refusing(batch, *more):
        if any(entry.url.endswith("/bad") for entry in batch):
            raise ValueError("cannot be stored")
        return add(batch, *more)

    monkeypatch.setattr(store, "add_entries", refusing)
    reader = Reader({f"https://{name}.example/": rss(name) for name in ("one", "bad", "two")})
    report = await ingest(feeds_of(reader), reader, store, Index(), NOW)
    assert [feed.status for feed in report.feeds] == ["updated", "failed", "updated"]
    assert "error in this program" in (report.feeds[1].error or "")
    assert report.articles_total == 2
    assert store.feed_state("bad.example/", "https://bad.example/").consecutive_failures == 1


async def test_when_the_time_is_up_the_rest_waits_for_the_next_run_and_nothing_is_held_against_it(
    store: Store,
) -> None:
    slow = {f"https://slow.example/{n}": rss(f"s{n}") for n in range(20)}
    reader = Reader({"https://quick.example/": rss("q"), **slow}, dict.fromkeys(slow, 1.2))
    report = await ingest(feeds_of(reader), reader, store, Index(), NOW, seconds=1.0)
    statuses = [feed.status for feed in report.feeds]
    assert statuses[0] == "updated"
    assert 0 < statuses.count("skipped") < 20
    late = report.feeds[-1]
    assert "the time for reading all feeds was up" in (late.error or "")
    assert store.feed_state(late.name, f"https://{late.name}").consecutive_failures == 0
    again = await ingest(feeds_of(reader), reader, store, Index(), NOW + timedelta(hours=1))
    assert {feed.status for feed in again.feeds} == {"updated"}


async def test_feeds_that_failed_the_last_time_are_asked_last(store: Store) -> None:
    reader = Reader({"https://a.example/": FeedUnavailable("no"), "https://b.example/": rss("b")})
    for hour in range(2):
        await ingest(feeds_of(reader), reader, store, Index(), NOW + timedelta(hours=hour), by_hand=True)
    assert reader.asked == [
        "https://a.example/",
        "https://b.example/",
        "https://b.example/",
        "https://a.example/",
    ]


async def test_many_feeds_are_read_beside_each_other_within_the_limit(store: Store) -> None:
    answers = {f"https://h{n}.example/": rss(f"n{n}") for n in range(2 * CONCURRENT_FEEDS)}
    reader = Reader(answers, dict.fromkeys(answers, 0.05))
    report = await ingest(feeds_of(reader), reader, store, Index(), NOW)
    assert report.articles_total == len(answers)
    assert CONCURRENT_FEEDS / 2 < reader.most_open <= CONCURRENT_FEEDS


async def test_what_is_stored_is_indexed_while_other_feeds_are_still_read(store: Store) -> None:
    index = Index()
    seen: list[int] = []

    class Late(Reader):
        async def get(self, url: str, validators: Validators | None = None) -> Fetched:
            for _ in range(500 if url == late else 0):
                if index.fillings:
                    break
                await asyncio.sleep(0.02)
            seen.append(index.fillings)
            return await super().get(url, validators)

    late = "https://late.example/"
    reader = Late({"https://first.example/": rss("a"), late: rss("b")})
    report = await ingest(feeds_of(reader), reader, store, index, NOW)
    assert seen == [0, 1]
    assert report.indexed == 2 * index.fillings
