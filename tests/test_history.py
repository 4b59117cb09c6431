"""Weeks are compared only with weeks that were read: what was not seen is not counted as nothing."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.models import Feed
from pipeline.store import FeedDay, FeedState, Store
from pipeline.weeks import days_read

FEED = Feed(name="Harbour Notes", url="https://example.org/feed")


@pytest.fixture
def store(tmp_path: Path):
    opened = Store.open(tmp_path / "brief.db")
    yield opened
    opened.close()


def read(store: Store, day: date, *, failed: bool = False) -> None:
    moment = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
    reading = FeedDay(feed=FEED.name, day=day, readings=1, failures=int(failed), entries=3)
    store.save_feed_state(FeedState(name=FEED.name, url=FEED.url, last_success=moment), reading)


def test_a_day_without_a_reading_or_with_failed_ones_is_not_a_day_that_was_read(store: Store) -> None:
    monday = date(2026, 6, 1)
    read(store, monday)
    read(store, monday + timedelta(days=1), failed=True)
    read(store, monday + timedelta(days=3))
    days = days_read(store, frozenset([FEED.name]), monday)
    assert days == {monday, monday + timedelta(days=3)}
    assert days_read(store, frozenset(["Another feed"]), monday) == set()
