"""What is remembered of the feeds between two readings, and their history, one line a feed and day.

A line is about 130 bytes with its index: ten feeds read daily for ten years are five megabytes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from pipeline.store.tables import chunks, feed_days, feeds, from_iso, to_iso

ITEM_BYTES = 6
"""Of the digest that stands for one item of a listing."""
_INSTANTS = ("last_success", "last_full", "last_new", "gone_since", "not_before", "backoff_until")


@dataclass(frozen=True)
class FeedState:
    """What is remembered of a feed between two readings."""

    name: str
    url: str
    """The address of the settings; another one starts afresh."""
    etag: str | None = None
    last_modified: str | None = None
    last_success: datetime | None = None
    last_error: str | None = None
    consecutive_failures: int = 0
    entries_last: int = 0
    moved_to: str | None = None
    """Where the host said that the feed has moved for good; asked instead of `url`."""
    gone_since: datetime | None = None
    """When the host said that the feed is gone for good (410); it is not asked any more."""
    not_before: datetime | None = None
    """Until when the host asked not to be asked (Retry-After)."""
    backoff_until: datetime | None = None
    """Until when the program waits by its own rule after failures in a row."""
    last_full: datetime | None = None
    """The last answer that carried the feed itself, and not only that nothing changed."""
    last_new: datetime | None = None
    """The last reading that brought an entry not seen before."""
    listed: date | None = None
    """arXiv: the day of the last listing that was not an earlier one again."""
    items: bytes = b""
    """arXiv: digests of the items of that listing, sorted, 6 bytes each."""
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Other feeds: the items of the last reading, see `pipeline.reissued`."""

    @property
    def address(self) -> str:
        """The address to ask."""
        return self.moved_to or self.url


@dataclass(frozen=True)
class FeedDay:
    """What the readings of one feed on one UTC day gave."""

    feed: str
    day: date
    readings: int = 0
    failures: int = 0
    entries: int = 0
    """In the last answer that carried the feed itself."""
    new_entries: int = 0
    """Not seen before, all readings of the day together."""
    new_works: int = 0
    listed: date | None = None
    """arXiv: the day of the listing that was read last."""
    repeated: int = 0
    """arXiv: how many of that listing's items stood in an earlier listing under its own date. Other feeds: items of
    the last reading that came under a new identifier."""
    first: bool = False
    """The day of the first answer ever: what was new then is the feed's backlog."""

    @property
    def read(self) -> bool:
        """Whether the feed answered on this day."""
        return self.readings > self.failures

    def and_then(self, later: "FeedDay") -> "FeedDay":
        """Both together, for two readings of the same day."""
        carried = later if later.entries or later.listed else self
        return replace(
            carried,
            readings=self.readings + later.readings,
            failures=self.failures + later.failures,
            new_entries=self.new_entries + later.new_entries,
            new_works=self.new_works + later.new_works,
            first=self.first or later.first,
        )


def load_states(connection: sa.Connection, urls: Mapping[str, str]) -> dict[str, FeedState]:
    """What is remembered of feeds, by name; nothing of one whose address in the settings has changed."""
    found = {name: FeedState(name=name, url=url) for name, url in urls.items()}
    for chunk in chunks(list(urls)):
        for row in connection.execute(sa.select(feeds).where(feeds.c.name.in_(chunk))).mappings():
            if row["url"] == urls[row["name"]]:
                found[row["name"]] = _state(row)
    return found


def _state(row: sa.RowMapping) -> FeedState:
    values: dict[str, Any] = {**row, **{key: from_iso(row[key]) for key in _INSTANTS}}
    values["listed"] = _day(row["listed"])
    values["names"] = row["names"] or {}
    return FeedState(**values)


def save_state(connection: sa.Connection, state: FeedState) -> None:
    """Replaces what is remembered of the feed."""
    values = {f.name: getattr(state, f.name) for f in fields(state)}
    values |= {key: to_iso(values[key]) for key in _INSTANTS}
    values["listed"] = state.listed.isoformat() if state.listed else None
    connection.execute(sa.delete(feeds).where(feeds.c.name == state.name))
    connection.execute(sa.insert(feeds).values(values))


def add_reading(connection: sa.Connection, reading: FeedDay) -> None:
    """Adds a reading to its day's line."""
    mine = (feed_days.c.feed == reading.feed) & (feed_days.c.day == reading.day.isoformat())
    row = connection.execute(sa.select(feed_days).where(mine)).mappings().first()
    merged = _line(row).and_then(reading) if row else reading
    connection.execute(sa.delete(feed_days).where(mine))
    values = {f.name: getattr(merged, f.name) for f in fields(merged)}
    values |= {
        "day": merged.day.isoformat(),
        "listed": merged.listed.isoformat() if merged.listed else None,
    }
    connection.execute(sa.insert(feed_days).values(values))


def load_days(connection: sa.Connection, names: Collection[str], since: date) -> list[FeedDay]:
    """The lines of these feeds from this day on, by feed and day."""
    query = (
        sa.select(feed_days)
        .where(feed_days.c.day >= since.isoformat())
        .order_by(feed_days.c.feed, feed_days.c.day)
    )
    wanted = frozenset(names)
    return [_line(row) for row in connection.execute(query).mappings() if row["feed"] in wanted]


def forget(connection: sa.Connection, name: str) -> None:
    """Forgets state and history of a feed; its entries stay."""
    connection.execute(sa.delete(feeds).where(feeds.c.name == name))
    connection.execute(sa.delete(feed_days).where(feed_days.c.feed == name))


def _line(row: sa.RowMapping) -> FeedDay:
    values: dict[str, Any] = {**row, "listed": _day(row["listed"])}
    values["day"] = date.fromisoformat(row["day"])
    return FeedDay(**values)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
