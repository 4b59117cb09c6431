"""The sentence that a person reads about a feed: said when something is odd, and only then."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pipeline.announcements import expects_listing, is_listing_day, listing_due
from pipeline.health import health, missed_listings, read_again_after
from pipeline.models import Feed
from pipeline.store import FeedDay, FeedState

DAY = timedelta(days=1)
MONDAY = date(2026, 6, 8)
ARXIV = Feed(name="arXiv cs.AI", url="https://rss.arxiv.org/rss/cs.AI", kind="arxiv")
BLOG = Feed(name="Blog", url="https://blog.example/feed")


def at(day: date, hour: int = 14) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def listings(first: date, last: date, size: int = 40, name: str = ARXIV.name) -> list[FeedDay]:
    """A feed read every day: a listing on weekdays, nothing at the weekend."""
    days = [first + i * DAY for i in range((last - first).days + 1)]
    return [
        FeedDay(name, d, 1, 0, size, size, size, d) if d.weekday() < 5 else FeedDay(name, d, 1) for d in days
    ]


def posts(first: date, *new: int, name: str = BLOG.name) -> list[FeedDay]:
    """A feed read every day, with this many new entries on each; the first day is its backlog."""
    return [FeedDay(name, first + i * DAY, 1, 0, 20, n, n, first=i == 0) for i, n in enumerate(new)]


def look(feed: Feed, days: list[FeedDay], now: datetime, **more):
    """The health of a feed that was last read now, with what its days say."""
    new = [line.day for line in days if line.new_entries]
    values = {
        "last_success": now,
        "last_new": at(new[-1]) if new else None,
        "listed": max((line.listed for line in days if line.listed and line.new_entries), default=None),
        "entries_last": days[-1].entries if days else 0,
    }
    state = FeedState(name=feed.name, url=feed.url, **{**values, **more})
    (found,) = health([feed], {feed.name: state}, days, now)
    return found


class TestArxiv:
    def test_a_listing_every_weekday_is_nothing_to_talk_about(self):
        for day in range(7):
            today = MONDAY + day * DAY
            found = look(ARXIV, listings(MONDAY - 28 * DAY, today), at(today))
            assert (found.state, found.sentence, found.alarm, found.missed) == ("ok", None, False, ())
            assert str(found.rhythm) == "it usually has 40 a day"

    def test_nothing_new_on_a_day_of_announcement_is_an_alarm(self):
        days = [*listings(MONDAY - 28 * DAY, MONDAY), FeedDay(ARXIV.name, MONDAY + DAY, 1)]
        found = look(ARXIV, days, at(MONDAY + DAY))
        assert (found.state, found.alarm) == ("silent", True)
        assert found.sentence == (
            "nothing new on Tuesday 2026-06-09, a day of announcement; it usually has 40 a day"
        )
        assert found.missed == (MONDAY + DAY,)

    def test_before_the_listing_can_be_there_nothing_is_missed(self):
        days = [*listings(MONDAY - 28 * DAY, MONDAY), FeedDay(ARXIV.name, MONDAY + DAY, 1)]
        assert look(ARXIV, days, at(MONDAY + DAY, hour=6)).sentence is None

    @pytest.mark.parametrize(
        "quiet", [date(2025, 11, 28), date(2025, 12, 26), date(2026, 1, 1), date(2026, 7, 6)]
    )
    def test_a_holiday_is_no_alarm(self, quiet):
        days = [*listings(quiet - 28 * DAY, quiet - DAY), FeedDay(ARXIV.name, quiet, 1)]
        days = [d for d in days if is_listing_day(d.day) or d.day == quiet]
        assert look(ARXIV, days, at(quiet)).sentence is None

    def test_a_silence_is_told_in_days_with_what_is_usual(self):
        days = listings(MONDAY - 28 * DAY, MONDAY)
        days += [FeedDay(ARXIV.name, MONDAY + i * DAY, 1) for i in range(1, 10)]
        found = look(ARXIV, days, at(MONDAY + 9 * DAY))
        assert found.sentence == "no new entry for 9 days; it usually has 40 a day"

    def test_an_earlier_instant_knows_nothing_of_what_was_read_later(self):
        days = [*listings(MONDAY - 28 * DAY, MONDAY - 3 * DAY), FeedDay(ARXIV.name, MONDAY, 1)]
        then = look(ARXIV, days, at(MONDAY))
        later = [*days, *listings(MONDAY + DAY, MONDAY + 4 * DAY)]
        states = {
            ARXIV.name: FeedState(
                ARXIV.name,
                ARXIV.url,
                last_success=at(MONDAY + 4 * DAY),
                last_new=at(MONDAY + 4 * DAY),
                listed=MONDAY + 4 * DAY,
                entries_last=40,
            )
        }
        (found,) = health([ARXIV], states, later, at(MONDAY))
        assert (found.state, found.sentence, found.missed) == (then.state, then.sentence, then.missed)
        assert found.sentence is not None
        assert found.last_success == at(MONDAY)
        (before,) = health([ARXIV], states, later, at(MONDAY - 60 * DAY))
        assert (before.state, before.last_success) == ("unread", None)

    def test_a_listing_that_came_again_under_a_new_date_is_told(self):
        days = listings(MONDAY - 28 * DAY, MONDAY)
        days.append(FeedDay(ARXIV.name, MONDAY + DAY, 1, 0, 40, 0, 0, MONDAY + DAY, repeated=40))
        found = look(ARXIV, days, at(MONDAY + DAY))
        assert (found.state, found.alarm) == ("stale", True)
        assert found.sentence == "gave the same items as on 2026-06-08 under a new date (2026-06-09)"
        assert found.missed == (MONDAY + DAY,)

    def test_a_few_items_of_the_day_before_are_usual(self):
        days = listings(MONDAY - 28 * DAY, MONDAY)
        days.append(FeedDay(ARXIV.name, MONDAY + DAY, 1, 0, 40, 30, 30, MONDAY + DAY, repeated=10))
        assert look(ARXIV, days, at(MONDAY + DAY)).state == "ok"

    def test_a_listing_that_was_cut_is_told(self):
        days = listings(MONDAY - 28 * DAY, MONDAY, size=240)
        days.append(FeedDay(ARXIV.name, MONDAY + DAY, 1, 0, 9, 9, 9, MONDAY + DAY))
        found = look(ARXIV, days, at(MONDAY + DAY))
        assert found.sentence == "gave only 9 entries for 2026-06-09; it usually has 240 a day"

    def test_listings_that_nobody_read_are_named(self):
        days = [*listings(MONDAY - 7 * DAY, MONDAY - 7 * DAY), *listings(MONDAY, MONDAY)]
        found = look(ARXIV, days, at(MONDAY))
        assert found.missed == tuple(MONDAY - i * DAY for i in (6, 5, 4, 3))

    def test_the_listings_that_a_window_lacks_can_be_named(self):
        days = listings(MONDAY - 7 * DAY, MONDAY + 4 * DAY)
        del days[8]
        assert missed_listings(days, MONDAY - 28 * DAY, MONDAY + 6 * DAY) == (MONDAY + DAY,)
        assert missed_listings([], MONDAY, MONDAY + DAY) == ()

    def test_feeds_are_read_again_sooner_while_a_listing_is_due(self):
        fine = look(ARXIV, listings(MONDAY - 28 * DAY, MONDAY), at(MONDAY))
        days = [*listings(MONDAY - 28 * DAY, MONDAY), FeedDay(ARXIV.name, MONDAY + DAY, 1)]
        late = look(ARXIV, days, at(MONDAY + DAY))
        assert (read_again_after([fine]), read_again_after([fine, late])) == (
            timedelta(hours=6),
            timedelta(hours=1),
        )

    def test_a_first_reading_that_is_empty_on_a_day_of_announcement_is_an_alarm(self):
        found = look(ARXIV, [FeedDay(ARXIV.name, MONDAY, 1)], at(MONDAY))
        assert "nothing on Monday 2026-06-08, a day of announcement" in found.sentence
        sunday = look(ARXIV, [FeedDay(ARXIV.name, MONDAY - DAY, 1)], at(MONDAY - DAY))
        assert sunday.sentence is None

    def test_what_counts_is_what_a_feed_gives_and_not_what_the_settings_call_it(self):
        plain = ARXIV.model_copy(update={"kind": "rss"})
        sunday = look(plain, listings(MONDAY - 28 * DAY, MONDAY - DAY), at(MONDAY - DAY), entries_last=0)
        assert (sunday.state, sunday.sentence) == ("ok", None)
        days = [FeedDay(ARXIV.name, MONDAY - i * DAY, 1, 0, 50, 2, 2) for i in range(9, -1, -1)]
        query = look(ARXIV, days, at(MONDAY))
        assert (query.state, query.missed) == ("ok", ())

    def test_one_who_reads_only_on_sundays_is_told_why_nothing_comes(self):
        days = [FeedDay(ARXIV.name, MONDAY - i * DAY, 1) for i in (8, 1)]
        assert "read only when there was no listing" in look(ARXIV, days, at(MONDAY - DAY)).sentence


class TestOtherFeeds:
    def test_a_weekend_is_quiet_where_it_always_was(self):
        weeks = [6, 5, 7, 6, 5, 0, 0] * 4
        found = look(BLOG, posts(MONDAY - 28 * DAY, 20, *weeks[1:]), at(MONDAY - DAY))
        assert (found.state, found.sentence) == ("ok", None)
        assert found.rhythm.weekdays == (0, 1, 2, 3, 4)
        assert round(found.rhythm.entries) == 6

    def test_a_busy_feed_that_falls_silent_is_told_with_its_rhythm(self):
        weeks = [40, 38, 42, 41, 39, 0, 0] * 4
        days = posts(MONDAY - 28 * DAY, 20, *weeks[1:], *[0] * 9)
        found = look(BLOG, days, at(days[-1].day))
        assert found.state == "silent"
        assert found.sentence == "no new entry for 11 days; it usually has 40 a day"

    def test_a_blog_with_a_post_a_week_may_be_quiet_for_a_month(self):
        days = posts(MONDAY - 84 * DAY, 10, *[0, 0, 1, 0, 0, 0, 0] * 8, *[0] * 27)
        assert look(BLOG, days, at(days[-1].day)).sentence is None

    def test_the_backlog_of_the_first_reading_is_no_rhythm(self):
        days = posts(MONDAY, 700, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        found = look(BLOG, days, at(days[-1].day))
        assert (found.rhythm, found.sentence) == (None, None)

    def test_a_feed_read_once_a_week_has_a_rhythm_too(self):
        days = [
            FeedDay(BLOG.name, MONDAY - w * 7 * DAY, 1, 0, 20, 7, 7, first=w == 8) for w in range(8, -1, -1)
        ]
        assert str(look(BLOG, days, at(MONDAY)).rhythm) == "it usually has 1 a day"

    def test_an_empty_feed_that_once_was_full_is_told(self):
        days = [*posts(MONDAY - 5 * DAY, 12, 1, 0, 1), FeedDay(BLOG.name, MONDAY, 1)]
        found = look(BLOG, days, at(MONDAY), entries_last=0)
        assert found.sentence == "holds no entry any more; it has held up to 20"


class TestFailures:
    def test_failures_in_a_row_are_counted_with_the_next_try(self):
        found = look(
            BLOG,
            [],
            at(MONDAY),
            last_success=at(MONDAY - 2 * DAY),
            consecutive_failures=3,
            last_error="the host answered 500 (internal server error)",
            backoff_until=at(MONDAY, 16),
        )
        assert found.state == "failing"
        assert found.sentence == (
            "failed 3 times in a row: the host answered 500 (internal server error); last read 2026-06-06; "
            "next try after 2026-06-08 16:00 UTC"
        )

    def test_other_states_are_told_apart(self):
        now = at(MONDAY)
        gone = look(BLOG, [], now, gone_since=at(MONDAY - DAY), consecutive_failures=1)
        wait = look(BLOG, [], now, not_before=at(MONDAY, 20), consecutive_failures=1, last_error="429")
        moved = look(BLOG, [], now, moved_to="https://new.example/feed")
        unread = look(BLOG, [], now, last_success=None)
        off = look(BLOG.model_copy(update={"enabled": False}), [], now, consecutive_failures=4)
        long_ago = look(BLOG, [], now, last_success=at(MONDAY - 9 * DAY))
        assert [f.state for f in (gone, wait, moved, unread, off, long_ago)] == [
            *("gone", "waiting", "moved", "unread", "off", "unread")
        ]
        assert [f.alarm for f in (gone, wait, moved, unread, off)] == [True, True, False, False, False]
        assert "https://new.example/feed" in moved.sentence
        assert long_ago.sentence == "not read for 9 days"

    def test_the_json_has_the_old_fields_and_the_new(self):
        line = look(BLOG, [], at(MONDAY)).as_json()
        assert {"name", "last_success", "last_error", "consecutive_failures", "entries_last"} <= set(line)
        assert line["last_success"] == "2026-06-08T14:00:00+00:00"

    def test_a_feed_without_any_memory_is_unread(self):
        (found,) = health([BLOG], {}, [], at(MONDAY))
        assert (found.state, found.sentence) == ("unread", "not read yet")


def test_the_days_of_listings():
    assert listing_due(at(MONDAY, 9)) == MONDAY
    assert listing_due(at(MONDAY, 7)) == MONDAY - 3 * DAY
    assert not expects_listing(at(MONDAY - DAY))
    year = [date(2026, 1, 1) + i * DAY for i in range(365)]
    assert 240 <= sum(is_listing_day(day) for day in year) <= 250
