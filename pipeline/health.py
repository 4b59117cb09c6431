"""How the feeds are: what a person should know of each, from what was remembered and the present instant. Pure.

A feed can answer every time and still be broken: arXiv has served the listing of the day before under a new date, and
a blog may move and leave an empty feed behind. So each feed is held against its own rhythm. A weekend is not odd where
the weekend was always quiet, and an arXiv listing is missed only on a day on which arXiv announces.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, Literal

from pipeline.announcements import expects_listing, is_listing_day, listing_due
from pipeline.models import Feed
from pipeline.polling import is_stale, next_try, spoken
from pipeline.store import FeedDay, FeedState, Store

HISTORY = timedelta(days=84)
"""How far back a rhythm is learnt from."""
EXPECTED_MISSED = 5.0
"""A feed is silent once this many entries would have come by its rhythm: by chance that happens once in 150 times."""
LONGER_THAN_EVER = 1.5
"""... and once the silence is this many times the longest one seen before."""
FEW = 0.2
UNREAD_AFTER = timedelta(days=8)
QUIET_AFTER = timedelta(days=60)

State = Literal[
    "ok", "off", "unread", "gone", "waiting", "failing", "stale", "silent", "empty", "few", "renamed", "moved"
]
_ALARMS = frozenset({"gone", "failing", "waiting", "stale", "silent", "empty", "few"})


@dataclass(frozen=True)
class Rhythm:
    """How often a feed brings something new: entries on each of its active weekdays (0 is Monday)."""

    entries: float
    weekdays: tuple[int, ...]
    longest_gap: int
    """The most active days in a row without a new entry."""

    def expected(self, after: date, until: date) -> tuple[int, float]:
        """Active days after one day and up to another, and the entries that they should have brought."""
        span = range(1, (until - after).days + 1)
        days = sum((after + timedelta(days=i)).weekday() in self.weekdays for i in span)
        return days, days * self.entries

    def __str__(self) -> str:
        if self.entries >= 0.95:
            return f"it usually has {self.entries:.0f} a day"
        a_week = self.entries * len(self.weekdays)
        if a_week >= 0.95:
            return f"it usually has {a_week:.0f} a week"
        return f"it usually has one every {7 / a_week:.0f} days"


@dataclass(frozen=True)
class FeedHealth:
    """One feed for people: its state, and a sentence when something is odd."""

    name: str
    state: State
    sentence: str | None
    last_success: datetime | None
    last_new: datetime | None
    last_error: str | None
    consecutive_failures: int
    entries_last: int
    rhythm: Rhythm | None
    next_try: datetime | None
    moved_to: str | None
    missed: tuple[date, ...]
    """arXiv: listing days of the last seven days that were not read, or came with the items of another day."""

    @property
    def alarm(self) -> bool:
        """Whether the brief may lack something because of this feed."""
        return self.state in _ALARMS

    def as_json(self) -> dict[str, Any]:
        """The feed's line in `brief status --json`."""
        rhythm = self.rhythm and {
            "entries": round(self.rhythm.entries, 2),
            "weekdays": [_WEEKDAYS[day] for day in self.rhythm.weekdays],
            "sentence": str(self.rhythm),
        }
        return {
            "name": self.name,
            "last_success": _iso(self.last_success),
            "last_error": self.last_error,
            "consecutive_failures": self.consecutive_failures,
            "entries_last": self.entries_last,
            "state": self.state,
            "alarm": self.alarm,
            "sentence": self.sentence,
            "last_new": _iso(self.last_new),
            "rhythm": rhythm,
            "next_try": _iso(self.next_try),
            "moved_to": self.moved_to,
            "missed_listings": [day.isoformat() for day in self.missed],
        }


_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class _Case:
    """What is known of one feed."""

    feed: Feed
    state: FeedState
    days: Sequence[FeedDay]
    now: datetime
    is_listing: bool
    """Whether the feed shows the listing of one day, as arXiv's do; its query API and all others do not."""
    rhythm: Rhythm | None


def read_health(store: Store, feeds: Sequence[Feed], now: datetime) -> tuple[FeedHealth, ...]:
    """The health of these feeds, in their order, from what the store remembers."""
    states = {feed.name: store.feed_state(feed.name, feed.url) for feed in feeds}
    history = store.feed_days([feed.name for feed in feeds], (now - HISTORY).astimezone(UTC).date())
    return health(feeds, states, history, now)


def health(
    feeds: Sequence[Feed], states: Mapping[str, FeedState], history: Iterable[FeedDay], now: datetime
) -> tuple[FeedHealth, ...]:
    """The health of these feeds at this instant, in their order; what was read later does not count."""
    days: dict[str, list[FeedDay]] = {feed.name: [] for feed in feeds}
    for line in sorted(history, key=lambda line: line.day):
        if line.feed in days and line.day <= now.astimezone(UTC).date():
            days[line.feed].append(line)
    return tuple(_health(feed, states.get(feed.name), days[feed.name], now) for feed in feeds)


def read_again_after(found: Iterable[FeedHealth]) -> timedelta:
    """How long to wait before the feeds are read again: an hour while a listing is due, else six."""
    is_late = any(one.state in ("stale", "silent") and one.missed for one in found)
    return timedelta(hours=1 if is_late else 6)


def _health(feed: Feed, state: FeedState | None, days: Sequence[FeedDay], now: datetime) -> FeedHealth:
    state = _as_of(state or FeedState(name=feed.name, url=feed.url), days, now)
    carried = [line for line in days if line.entries]
    is_listing = all(line.listed for line in carried) if carried else feed.kind == "arxiv"
    rhythm = _listing_rhythm(days) if is_listing else _rhythm(days)
    case = _Case(feed, state, days, now, is_listing, rhythm)
    kind, sentence = _judged(case)
    return FeedHealth(
        name=feed.name,
        state=kind,
        sentence=sentence,
        last_success=state.last_success,
        last_new=state.last_new,
        last_error=state.last_error,
        consecutive_failures=state.consecutive_failures,
        entries_last=state.entries_last,
        rhythm=rhythm,
        next_try=next_try(state, now),
        moved_to=state.moved_to,
        missed=_missed(case),
    )


def _as_of(state: FeedState, days: Sequence[FeedDay], now: datetime) -> FeedState:
    """The state at this instant: told by the history, to the day, if the feed has been read since."""
    if max((moment for moment in (state.last_success, state.gone_since) if moment), default=now) <= now:
        return state
    answers = [line for line in days if line.read]
    failed = days[len(answers) and days.index(answers[-1]) + 1 :]
    new = [line for line in answers if line.new_entries]
    whole = [line.listed for line in answers if line.listed and not is_stale(line.entries, line.repeated)]
    return FeedState(
        name=state.name,
        url=state.url,
        last_success=_end_of(answers[-1].day, now) if answers else None,
        last_new=_end_of(new[-1].day, now) if new else None,
        entries_last=next((line.entries for line in reversed(answers) if line.entries), 0),
        listed=max(whole, default=None),
        consecutive_failures=sum(line.failures for line in failed),
        last_error="could not be read" if failed else None,
    )


def _end_of(day: date, now: datetime) -> datetime:
    """The last moment of a UTC day that is not later than now."""
    return min(datetime.combine(day, time(23, 59), UTC), now)


def _judged(case: _Case) -> tuple[State, str | None]:
    """The worst that can be said of the feed, and how it is said."""
    return _unreachable(case) or _odd(case) or _moved(case) or ("ok", None)


def _unreachable(case: _Case) -> tuple[State, str | None] | None:
    state, now = case.state, case.now
    if not case.feed.enabled:
        return "off", None
    if state.gone_since is not None:
        return "gone", (
            f"its host says that it is gone for good (410), since {state.gone_since:%Y-%m-%d}; "
            "give its new address in the settings, or remove it"
        )
    last = f"last read {state.last_success:%Y-%m-%d}" if state.last_success else "never read so far"
    if state.consecutive_failures:
        until = next_try(state, now)
        after = f"; next try after {spoken(until)}" if until else ""
        is_asked = until is not None and until == state.not_before
        return "waiting" if is_asked else "failing", f"{_failed(state)}; {last}{after}"
    if state.last_success is None:
        return "unread", "not read yet"
    if now - state.last_success > UNREAD_AFTER:
        return "unread", f"not read for {(now - state.last_success).days} days"
    return None


def _failed(state: FeedState) -> str:
    count = state.consecutive_failures
    return f"failed {f'{count} times in a row' if count > 1 else 'once'}: {state.last_error}"


def _moved(case: _Case) -> tuple[State, str | None] | None:
    if case.state.moved_to is None:
        return None
    return "moved", f"has moved for good to {case.state.moved_to}; change its address in the settings"


# What a feed that answers may hide


def _odd(case: _Case) -> tuple[State, str | None] | None:
    if case.is_listing:
        return _stale(case) or _no_listing(case) or _few(case)
    return _empty(case) or _silent(case) or _renamed(case)


def _stale(case: _Case) -> tuple[State, str] | None:
    """The last listing that came is an earlier one under a new date."""
    line = next((line for line in reversed(case.days) if line.listed is not None), None)
    if line is None or line.listed is None or not is_stale(line.entries, line.repeated):
        return None
    before = f" as on {case.state.listed}" if case.state.listed else " as before"
    return "stale", f"gave the same items{before} under a new date ({line.listed})"


def _no_listing(case: _Case) -> tuple[State, str] | None:
    """Read on a day of announcement, and nothing new; on other days only if nothing came for long."""
    state = case.state
    if state.last_success is None:
        return None
    due = listing_due(state.last_success)
    if state.listed is None:
        return _never_listed(case, due)
    since = (state.listed + timedelta(days=i) for i in range(1, (due - state.listed).days + 1))
    missing = [day for day in since if is_listing_day(day)]
    if not missing or (len(missing) == 1 and not expects_listing(state.last_success)):
        return None
    usual = f"; {case.rhythm}" if case.rhythm else ""
    if len(missing) == 1:
        return "silent", f"nothing new on {due:%A} {due}, a day of announcement{usual}"
    return "silent", f"no new entry for {(due - state.listed).days} days{usual}"


def _never_listed(case: _Case, due: date) -> tuple[State, str] | None:
    assert case.state.last_success is not None  # noqa: S101 - the caller has looked
    if expects_listing(case.state.last_success):
        return "silent", f"nothing on {due:%A} {due}, a day of announcement, and no listing so far"
    if sum(line.read for line in case.days) < 2:
        return None
    return (
        "silent",
        "read only when there was no listing so far (arXiv lists Monday to Friday, US Eastern time)",
    )


def _few(case: _Case) -> tuple[State, str] | None:
    """Far fewer items than usual: a listing that was cut."""
    line = next((line for line in reversed(case.days) if line.listed is not None), None)
    if line is None or case.rhythm is None or case.rhythm.entries < 20:
        return None
    if line.entries >= FEW * case.rhythm.entries:
        return None
    return "few", f"gave only {line.entries} entries for {line.listed}; {case.rhythm}"


def _empty(case: _Case) -> tuple[State, str] | None:
    """Answers, and holds nothing any more."""
    most = max((line.entries for line in case.days), default=0)
    if case.state.entries_last or not most:
        return None
    return "empty", f"holds no entry any more; it has held up to {most}"


def _renamed(case: _Case) -> tuple[State, str] | None:
    """The last reading brought known items under new identifiers: what cannot be told apart is counted once."""
    line = next((line for line in reversed(case.days) if line.read), None)
    if line is None or not line.repeated:
        return None
    return "renamed", f"gave {line.repeated} known entries under new identifiers; they are counted once"


def _silent(case: _Case) -> tuple[State, str | None] | None:
    state = case.state
    if state.last_new is None or state.last_success is None:
        return None
    new, read = state.last_new.astimezone(UTC).date(), state.last_success.astimezone(UTC).date()
    quiet = f"no new entry for {(read - new).days} days"
    if case.rhythm is None:
        return ("ok", quiet) if read - new > QUIET_AFTER else None
    days, expected = case.rhythm.expected(new, read)
    is_silent = expected >= EXPECTED_MISSED and days > LONGER_THAN_EVER * case.rhythm.longest_gap
    return ("silent", f"{quiet}; {case.rhythm}") if is_silent else None


# What is usual


def _listing_rhythm(days: Sequence[FeedDay]) -> Rhythm | None:
    """Of a listing: the median of its sizes; stale ones do not count."""
    sizes = {
        line.listed: line.entries
        for line in days
        if line.listed and not is_stale(line.entries, line.repeated)
    }
    return Rhythm(median(sizes.values()), (0, 1, 2, 3, 4), 0) if len(sizes) >= 3 else None


def _rhythm(days: Sequence[FeedDay]) -> Rhythm | None:
    """Of a feed that keeps its entries for a while: what came after the first reading, up to the last new entry."""
    read = [line for line in days if line.read]
    while read and not read[-1].new_entries:
        read.pop()
    if len(read) < 3:
        return None
    start, counted = read[0].day, read[1:]
    total = sum(line.new_entries for line in counted)
    span = (read[-1].day - start).days
    if total < 3 or span < 7:
        return None
    weekdays = _active(counted, total, span)
    active = Rhythm(0.0, weekdays, 0).expected(start, read[-1].day)[0]
    return Rhythm(total / max(active, 1), weekdays, _longest_gap([start, *_new_days(counted)], weekdays))


def _active(days: Sequence[FeedDay], total: int, span: int) -> tuple[int, ...]:
    """The weekdays that bring entries; all of them if the feed was not read on most days."""
    if len(days) < 0.7 * span or span < 14:
        return tuple(range(7))
    shares = [sum(line.new_entries for line in days if line.day.weekday() == day) / total for day in range(7)]
    return tuple(day for day in range(7) if shares[day] >= 0.03)


def _new_days(days: Sequence[FeedDay]) -> list[date]:
    return [line.day for line in days if line.new_entries]


def _longest_gap(days: Sequence[date], weekdays: tuple[int, ...]) -> int:
    rhythm = Rhythm(0.0, weekdays, 0)
    return max((rhythm.expected(a, b)[0] for a, b in pairwise(days)), default=0)


def _missed(case: _Case) -> tuple[date, ...]:
    if not case.is_listing or case.state.last_success is None:
        return ()
    due = listing_due(case.now)
    # The present listing can still be read.
    until = due if listing_due(case.state.last_success) == due else due - timedelta(days=1)
    return missed_listings(case.days, due - timedelta(days=6), until)


def missed_listings(days: Iterable[FeedDay], since: date, until: date) -> tuple[date, ...]:
    """Listing days in a span (both days included) that no reading of this one arXiv feed saw whole.

    A listing is in the feed for its own day only. Days before the feed's first listing do not count.
    """
    seen = {line.listed for line in days if line.listed and not is_stale(line.entries, line.repeated)}
    if not seen:
        return ()
    first = max(since, min(seen))
    span = (first + timedelta(days=i) for i in range((until - first).days + 1))
    return tuple(day for day in span if is_listing_day(day) and day not in seen)


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
