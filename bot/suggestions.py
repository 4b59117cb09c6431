"""What people want in their channel's next brief, in SQL.

A suggestion waits until a brief that tells of the work is posted in the channel: nothing else has to be remembered.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from bot.tables import deliveries, delivery_parts, iso, suggestions
from pipeline.store import insert_if_missing
from pipeline.store.tables import decisions

MOST = 10
"""Works that wait for one channel."""
Suggested = Literal["added", "already", "told", "too many"]


class Suggestions:
    """The table of suggestions. Methods block; asynchronous callers use a thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(write=True)

    def add(self, channel: str, name: str, work: str, user: str, at: datetime) -> Suggested:
        """Keeps a work for the channel (its id, and its name without `#`), or says why not."""
        row = {"channel": channel, "channel_name": name, "article_id": work, "user": user, "at": iso(at)}
        with self._writer.begin() as connection:
            if connection.scalar(_told(channel, work)):
                return "told"
            waiting = _waiting(connection, [channel])
            if work not in waiting and len(waiting) >= MOST:
                return "too many"
            return "added" if insert_if_missing(connection, suggestions, row) else "already"

    def take_back(self, channel: str, work: str, user: str | None = None) -> bool:
        """Forgets a suggestion (of this person); False if there is none."""
        where = (suggestions.c.channel == channel) & (suggestions.c.article_id == work)
        if user is not None:
            where &= suggestions.c.user == user
        with self._writer.begin() as connection:
            return connection.execute(sa.delete(suggestions).where(where)).rowcount > 0

    def waiting(self, channel: str) -> list[str]:
        """The works that wait for a channel, by its id or as `#name`, the first suggested first."""
        with self._engine.connect() as connection:
            return _waiting(connection, [channel])


def special_channels(connection: sa.Connection) -> set[str]:
    """Channels for which something waits, by id and as `#name`: their briefs are like no other channel's."""
    if connection.execute(sa.select(suggestions.c.channel).limit(1)).first() is None:
        return set()
    rows = connection.execute(
        sa.select(suggestions.c.channel, suggestions.c.channel_name).where(~_is_told()).distinct()
    )
    return {name for channel, plain in rows for name in (channel, f"#{plain}")}


def _waiting(connection: sa.Connection, names: Sequence[str]) -> list[str]:
    table = suggestions.c
    here = table.channel.in_(names) | (sa.literal("#") + table.channel_name).in_(names)
    query = sa.select(table.article_id).where(here, ~_is_told()).order_by(table.at, table.article_id)
    return list(dict.fromkeys(connection.scalars(query)))


def _is_told() -> sa.ColumnElement[bool]:
    """Whether a brief that was posted in the suggestion's channel tells of its work."""
    return _told(suggestions.c.channel, suggestions.c.article_id).exists()


def _told(channel: "str | sa.Column[str]", work: "str | sa.Column[str]") -> "sa.Select[tuple[str]]":
    parent = sa.and_(delivery_parts.c.delivery_id == deliveries.c.id, delivery_parts.c.part == 0)
    return (
        sa.select(deliveries.c.id)
        .join(delivery_parts, parent)
        .join(decisions, decisions.c.brief_id == deliveries.c.brief_id)
        .where(
            deliveries.c.channel == channel,
            delivery_parts.c.ts.is_not(None),
            decisions.c.article_id == work,
            decisions.c.decision.in_(("top", "cited")),
        )
        .limit(1)
    )
