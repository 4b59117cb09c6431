"""What the Slack side remembers: the outbox, and handled events; questions: `conversations`."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from bot.outbox import (
    Delivery,
    DeliveryState,
    File,
    NewDelivery,
    NewFile,
    Outbox,
    Part,
    PartState,
    Taken,
    is_briefs_thread,
)
from bot.tables import iso, metadata
from pipeline.store import insert_if_missing

__all__ = [
    "Delivery",
    "DeliveryState",
    "File",
    "NewDelivery",
    "NewFile",
    "Part",
    "PartState",
    "Records",
    "Taken",
    "claim_keys",
    "is_briefs_thread",
    "iso",
    "known_keys",
    "metadata",
]

handled_events = sa.Table(
    "handled_events",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("at", sa.String, nullable=False, index=True),
)


class Records(Outbox):
    """The Slack tables. Methods block; asynchronous callers use a thread."""

    def claim(self, keys: Iterable[str], at: datetime) -> bool:
        """True for whoever comes first with these keys; False if any of them was seen before."""
        with self.writer.begin() as connection:
            return claim_keys(connection, keys, at)

    def claim_each(self, requests: Iterable[list[str]], at: datetime) -> list[bool]:
        """The same for several requests, in order, in one transaction."""
        with self.writer.begin() as connection:
            return [claim_keys(connection, keys, at) for keys in requests]

    def forget_events(self, before: datetime) -> int:
        """Drops the keys of older events; returns how many."""
        with self.writer.begin() as connection:
            return connection.execute(
                sa.delete(handled_events).where(handled_events.c.at < iso(before))
            ).rowcount


def claim_keys(connection: sa.Connection, keys: Iterable[str], at: datetime) -> bool:
    """`Records.claim` within a transaction that writes more."""
    rows = [{"key": key, "at": iso(at)} for key in sorted(set(keys))]
    fresh = [insert_if_missing(connection, handled_events, row) for row in rows]
    return all(fresh)


def known_keys(connection: sa.Connection, keys: Iterable[str]) -> set[str]:
    """Those of these keys that were seen before."""
    wanted = handled_events.c.key.in_(sorted(set(keys)))
    return set(connection.scalars(sa.select(handled_events.c.key).where(wanted)))
