"""What a channel's people liked of its briefs' works, in SQL: by person, so that each reaction can be undone."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from bot.tables import iso, tastes

LIKES = frozenset(
    "+1 thumbsup heart star star2 fire rocket 100 clap raised_hands tada bulb eyes sparkles heavy_check_mark".split()
)
DISLIKES = frozenset("-1 thumbsdown no_entry no_entry_sign zzz sleeping x".split())
THUMB = "thumb"
"""The kind of a vote by button; any other kind is the name of a reaction."""


def sign_of(reaction: str) -> int:
    """1 for a reaction that means liking, -1 for the opposite, 0 for any other; skin tones do not matter."""
    name = reaction.partition("::")[0]
    return 1 if name in LIKES else -1 if name in DISLIKES else 0


class Tastes:
    """The table of what people liked. Methods block; asynchronous callers use a thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(write=True)

    def set(self, channel: str, name: str, work: str, user: str, kind: str, sign: int, at: datetime) -> None:
        """Keeps what a person thinks of a work in a channel (its id, and its name without `#`)."""
        key = {"channel": channel, "article_id": work, "user": user, "kind": kind}
        with self._writer.begin() as connection:
            connection.execute(sa.delete(tastes).where(_is(key)))
            row = {**key, "channel_name": name, "sign": sign, "at": iso(at)}
            connection.execute(sa.insert(tastes).values(row))

    def unset(self, channel: str, work: str, user: str, kind: str) -> None:
        """Forgets it: a reaction that was taken away has no effect any more."""
        key = {"channel": channel, "article_id": work, "user": user, "kind": kind}
        with self._writer.begin() as connection:
            connection.execute(sa.delete(tastes).where(_is(key)))

    def reset(self, channel: str) -> int:
        """Forgets all that a channel taught; returns how much."""
        with self._writer.begin() as connection:
            return connection.execute(sa.delete(tastes).where(tastes.c.channel == channel)).rowcount

    def judged(self, channel: str) -> dict[str, int]:
        """The works that a channel (by id or as `#name`) liked on the whole (1) or not (-1), by id.

        Each person counts once for a work, whatever they pressed how often; a tie is left out.
        """
        here = (tastes.c.channel == channel) | (sa.literal("#") + tastes.c.channel_name == channel)
        people = (
            sa.select(tastes.c.article_id, sa.func.sum(tastes.c.sign).label("sum"))
            .where(here)
            .group_by(tastes.c.article_id, tastes.c.user)
        )
        found: dict[str, int] = {}
        with self._engine.connect() as connection:
            for work, total in connection.execute(people.order_by(tastes.c.article_id)):
                found[work] = found.get(work, 0) + (total > 0) - (total < 0)
        return {work: 1 if net > 0 else -1 for work, net in found.items() if net}

    def channels(self, among: Collection[str]) -> list[str]:
        """Those of these channels, by id, that taught something."""
        query = sa.select(tastes.c.channel).where(tastes.c.channel.in_(among)).distinct()
        with self._engine.connect() as connection:
            return sorted(connection.scalars(query))


def tasting_channels(connection: sa.Connection) -> set[str]:
    """Channels that taught something, by id and as `#name`: their briefs are like no other channel's."""
    rows = connection.execute(sa.select(tastes.c.channel, tastes.c.channel_name).distinct())
    return {name for channel, plain in rows for name in (channel, f"#{plain}")}


def _is(key: dict[str, str]) -> sa.ColumnElement[bool]:
    return sa.and_(*(tastes.c[name] == value for name, value in key.items()))
