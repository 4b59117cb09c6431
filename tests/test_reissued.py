"""Feeds that give the same items under new identifiers, addresses or dates: each is one work, of its first day."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.fetch import Fetched, Validators
from pipeline.health import read_health
from pipeline.ingest import ingest
from pipeline.models import Article, Feed, Window
from pipeline.reissued import recognised
from pipeline.store import Store

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FEED = Feed(name="Quay", url="https://quay.example/feed")
TOPICS = (
    "audits of agents",
    "guards for planners",
    "proofs of training",
    "maps of circuits",
    "tests of oversight",
)


@dataclass
class Quay:
    """A feed whose items change from day to day in what the parameters say."""

    guid: str = "{n}"
    link: str = "https://quay.example/{n}"
    text: str = "A text about number {n}."
    dated: bool = True

    def on(self, day: int, items: range) -> bytes:
        moment = NOW + timedelta(days=day)
        rows = "".join(
            f"<item><title>A longer note on {TOPICS[n % 5]} {n}</title>"
            f"<guid isPermaLink='false'>{self.guid.format(n=n, day=day)}</guid>"
            f"<link>{self.link.format(n=n, day=day)}</link><description>{self.text.format(n=n)}</description>"
            + (f"<pubDate>{moment:%a, %d %b %Y} 09:00:00 GMT</pubDate>" if self.dated else "")
            + "</item>"
            for n in items
        )
        return f'<rss version="2.0"><channel><title>Quay</title>{rows}</channel></rss>'.encode()


class NoIndex:
    def fill(self, told: object = None) -> int:
        return 0


@pytest.fixture
def store(tmp_path):
    opened = Store.open(tmp_path / "brief.db")
    yield opened
    opened.close()


def read(store: Store, body: bytes, day: int):
    class Reader:
        async def get(self, url: str, validators: object = None) -> Fetched:
            return Fetched("ok", body, "application/rss+xml", url, Validators(), None)

    now = NOW + timedelta(days=day)
    report = asyncio.run(ingest([FEED], Reader(), store, NoIndex(), now))
    return report.feeds[0], read_health(store, [FEED], now)[0]


def works(store: Store) -> list[Article]:
    return store.articles_in(Window(since=NOW.date(), until=NOW.date() + timedelta(days=30)))


@pytest.mark.parametrize(
    "quay",
    [
        Quay(guid="{n}-{day}"),
        Quay(guid="{n}-{day}", text=""),
        Quay(guid="{n}-{day}", link="https://quay.example/{day}/{n}"),
        Quay(guid="{n}-{day}", link="https://quay.example/{day}/{n}", text=""),
        Quay(guid="{n}-{day}", link="https://quay.example/{day}/{n}", text="", dated=False),
        Quay(),
    ],
    ids=["guid", "guid, no text", "guid and link", "guid and link, no text", "no date either", "date alone"],
)
def test_the_same_items_every_day_are_counted_once_and_keep_their_day(store, quay):
    for day in range(7):
        result, health = read(store, quay.on(day, range(8)), day)
    found = works(store)
    assert (len(found), {article.appeared for article in found}) == (8, {NOW.date()})
    assert (result.entries, result.new_articles, result.merged) == (8, 0, 0)
    assert health.last_new == NOW
    if "{day}" in quay.guid:
        assert health.state == "renamed"
        assert health.sentence == "gave 8 known entries under new identifiers; they are counted once"
        assert not health.alarm


def test_what_is_new_among_renamed_items_is_new(store):
    quay = Quay(guid="{n}-{day}", link="https://quay.example/{day}/{n}", text="")
    for day in range(5):
        result, _ = read(store, quay.on(day, range(day, day + 10)), day)
        assert result.new_articles == (10 if day == 0 else 1)
    assert len(works(store)) == 14


def test_items_renamed_once_stay_known_while_new_ones_push_them_out(store):
    old = Quay(guid="http://{n}", link="https://quay.example/{n}", text="")
    new = Quay(guid="https://{n}", link="https://www2.quay.example/{n}", text="")
    read(store, old.on(0, range(10)), 0)
    for day in range(1, 9):
        read(store, new.on(day, range(day, day + 10)), day)
    assert len(works(store)) == 18


def test_weekly_posts_with_the_title_of_the_last_one_are_new(store):
    quay = Quay(guid="{n}-{day}", link="https://quay.example/{day}/{n}")
    for week in range(3):
        for number in range(4):
            quay.text = f"The week {week} brought {{n}} things."
            read(store, quay.on(7 * week + number, range(number, number + 1)), 7 * week + number)
    assert len(works(store)) == 12


def test_a_few_new_identifiers_among_many_kept_ones_are_new_items():
    def entries(guids):
        return [quay.model_copy(update={"guid": guid}) for quay, guid in zip(parsed, guids, strict=True)]

    from pipeline.parse import parse_feed

    parsed = parse_feed(Quay(text="").on(0, range(12)), FEED, now=NOW).entries
    _, names, _ = recognised(entries([f"a{n}" for n in range(12)]), {})
    kept, _, renamed = recognised(entries([f"a{n}" for n in range(9)] + ["b9", "b10", "b11"]), names)
    assert renamed == 0
    assert [entry.guid for entry in kept][-3:] == ["b9", "b10", "b11"]
