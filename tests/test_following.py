"""Each work is a candidate of exactly one scheduled brief, whenever it was read and however the schedule changes."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pipeline.brief import BriefRequest, write_brief
from pipeline.following import LOOKED_BACK, following
from pipeline.index import passages_of
from pipeline.models import Brief, Entry, Feed, Profile, Window
from pipeline.store import Store

FEED = Feed(name="Harbour Notes", url="https://example.org/feed")
PROFILE = Profile(name="harbour", title="Harbours", topic="tidal power, harbour cranes")
MONDAY = date(2026, 6, 1)


class Flat:
    """An embedding to which all texts are alike."""

    name, dimension = "flat", 4

    def embed(self, texts: Sequence[str]) -> np.ndarray:
        return np.full((len(texts), 4), 0.5, dtype=np.float32)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "brief.db")
    yield opened
    opened.close()


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def read(store: Store, number: int, published: datetime, seen: datetime) -> None:
    """A work that its feed dates, and that was read at a moment of its own."""
    name = f"https://example.org/{number}"
    text = f"We find that tidal power {number} drives harbour cranes. It was measured for {number} days."
    title = f"Tidal power for harbour cranes {number}"
    entry = Entry(feed=FEED.name, guid=name, url=name, title=title, text=text, published=published)
    store.add_entries([entry], seen, passages_of)


def scheduled(store: Store, day: date, after: Sequence[str] | None) -> Brief:
    """The brief of a slot that is due on this day at nine."""
    window = Window(since=day - timedelta(days=6), until=day)
    return write_brief(store, Flat(), BriefRequest(PROFILE, [FEED], window, after=after), lambda: at(day, 9))


def overview(brief: Brief) -> str:
    return " ".join(c.text for item in brief.section("overview").items for c in item.claims)


def test_what_appears_on_the_due_day_after_the_brief_is_a_candidate_of_the_next_one(store: Store) -> None:
    read(store, 1, at(MONDAY, 7), at(MONDAY, 8))
    first = scheduled(store, MONDAY, [])
    read(store, 2, at(MONDAY, 15), at(MONDAY, 16))
    read(store, 3, at(MONDAY - timedelta(days=4), 15), at(MONDAY + timedelta(days=1), 8))
    read(store, 4, at(MONDAY + timedelta(days=3), 15), at(MONDAY + timedelta(days=3), 16))
    second = scheduled(store, MONDAY + timedelta(days=7), [first.id])
    titles = {n: f"Tidal power for harbour cranes {n}" for n in (2, 3, 4)}
    by_id = store.articles([d.article_id for d in second.decisions])
    assert {work.title for work in by_id.values()} == set(titles.values())
    assert "showed 1 new work between" in overview(second)
    assert "2 more works of earlier days came too late for the brief before; all of them are on topic" in (
        overview(second)
    )
    assert (second.receipt.works, second.receipt.new_works, second.receipt.considered) == (3, 3, 3)
    assert second.receipt.covered_days == (MONDAY + timedelta(days=3),)


def test_a_brief_that_follows_none_has_only_the_works_of_its_days(store: Store) -> None:
    read(store, 1, at(MONDAY - timedelta(days=7), 7), at(MONDAY, 8))
    read(store, 2, at(MONDAY, 7), at(MONDAY, 8))
    assert len(scheduled(store, MONDAY, []).decisions) == 1


def test_a_work_is_featured_once_in_a_channel_whatever_another_channel_of_the_profile_had(
    store: Store,
) -> None:
    read(store, 1, at(MONDAY, 7), at(MONDAY, 8))
    first = scheduled(store, MONDAY, [])
    assert [d.decision for d in first.decisions] == ["top"]
    thursday = MONDAY + timedelta(days=3)
    assert [d.decision for d in scheduled(store, thursday, []).decisions] == ["top"]
    (again,) = scheduled(store, thursday, None).decisions
    assert again.reason == "featured in an earlier brief; a work is featured once"


def test_what_is_older_than_four_weeks_is_no_news(store: Store) -> None:
    first = scheduled(store, MONDAY, [])
    read(store, 1, at(MONDAY, 12), at(MONDAY, 13))
    later = MONDAY + LOOKED_BACK + timedelta(days=14)
    assert scheduled(store, later, [first.id]).decisions == ()


@pytest.mark.parametrize("seed", range(6))
def test_every_work_is_a_candidate_of_exactly_one_brief(store: Store, seed: int) -> None:
    """Works are read hours to days late, and the channel's day changes."""
    chance = random.Random(seed)
    due = [MONDAY + timedelta(days=n) for n in sorted(chance.sample(range(28), 4))]
    works = []
    for number in range(40):
        published = at(MONDAY, 0) + timedelta(hours=chance.randrange(24 * (due[-1] - MONDAY).days + 24))
        works.append((published, published + timedelta(hours=chance.choice([0, 1, 30, 100, 200])), number))
    considered: Counter[str] = Counter()
    after: list[str] = []
    waiting = sorted(works, key=lambda work: work[1])
    for day in (*due, due[-1] + timedelta(days=9)):
        while waiting and waiting[0][1] < at(day, 9):
            published, seen, number = waiting.pop(0)
            read(store, number, published, seen)
        brief = scheduled(store, day, after)
        considered.update(d.article_id for d in brief.decisions)
        after.append(brief.id)
    first_day = store.windows_of(after)[0].since
    known = store.articles_in(Window(since=first_day, until=due[-1] + timedelta(days=9)))
    assert len(known) > 20
    assert considered == Counter({work.id: 1 for work in known})


def test_a_window_begins_where_the_one_before_ended() -> None:
    window = Window(since=MONDAY, until=MONDAY + timedelta(days=6))
    earlier = Window(since=MONDAY - timedelta(days=4), until=MONDAY + timedelta(days=2))
    assert following(window, [earlier]).since == MONDAY + timedelta(days=3)
    assert following(window, [window]) == window
    assert following(window, []) == window
