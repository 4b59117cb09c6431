"""Leases: which process works on a row, for how long, and how a late holder is kept from writing.

A holder renews its lease while it works. When it dies, the lease runs out and another takes the row; each change of
hands gives the row a greater fence number, and every write names the number under which it was decided, so that a
holder that was paused for too long finds its write refused.
Source: M. Kleppmann, "How to do distributed locking", 2016 (fencing tokens).
"""

import asyncio
import logging
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from pipeline.errors import BriefError

log = logging.getLogger(__name__)

LEASE = 30.0
"""Seconds after which the work of a dead process is taken over; a third of it is the time between renewals."""


class LeaseLost(BriefError):
    """Another process has taken over the work meanwhile."""

    retryable = True

    def __init__(self) -> None:
        super().__init__("Another process has taken this over.")


@dataclass(frozen=True)
class Lease:
    """The right to work on one row."""

    table: sa.Table
    id: str
    owner: str
    fence: int
    seconds: float

    @property
    def guard(self) -> sa.ColumnElement[bool]:
        """The row, as long as this lease is the last one that was given."""
        return (_key(self.table) == self.id) & (self.table.c.fence == self.fence)


def new_owner() -> str:
    """A name for one process, unlike any other's."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def free(table: sa.Table, now: float) -> sa.ColumnElement[bool]:
    """Rows that nobody works on. A lease that ends later than any can was given by a clock that ran ahead."""
    until = table.c.lease_until
    return until.is_(None) | (until <= now) | (until > now + 24 * 3600)


def take(
    connection: sa.Connection, query: sa.Select[Any], table: sa.Table, owner: str, now: float, seconds: float
) -> tuple[Lease, sa.RowMapping] | None:
    """A lease on the first free row of the query over this table, and the row; none if there is no free row.

    Rows that another transaction is taking are passed over (FOR UPDATE SKIP LOCKED, where the database has it; on
    SQLite the transaction holds the only write lock).
    """
    query = query.where(free(table, now)).limit(1).with_for_update(skip_locked=True, of=table)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    name, fence = str(row[_key(table).name]), int(row["fence"]) + 1
    values = {"owner": owner, "lease_until": now + seconds, "fence": fence}
    connection.execute(sa.update(table).where(_key(table) == name).values(values))
    return Lease(table, name, owner, fence, seconds), row


def renew(connection: sa.Connection, lease: Lease, now: float) -> bool:
    """Prolongs the lease; False if another process has the row."""
    values = {"lease_until": now + lease.seconds}
    return connection.execute(sa.update(lease.table).where(lease.guard).values(values)).rowcount == 1


def release(connection: sa.Connection, lease: Lease) -> None:
    """Gives the row back, if it is still ours."""
    values = {"owner": None, "lease_until": None}
    connection.execute(sa.update(lease.table).where(lease.guard).values(values))


def _key(table: sa.Table) -> sa.Column[Any]:
    return next(iter(table.primary_key.columns))


class Hold:
    """A lease while its holder works: `check` refuses once it may have run out."""

    def __init__(self, lease: Lease, clocks: Callable[[], tuple[float, float]]) -> None:
        self.lease = lease
        self._clocks = clocks
        self._since = clocks()

    def renewed(self, asked: tuple[float, float]) -> None:
        """Counts from the moment before the renewal was asked for."""
        self._since = asked

    def check(self) -> None:
        """LeaseLost if by either clock the lease may have run out: a machine may have slept, a clock been put back."""
        passed = [abs(now - then) for now, then in zip(self._clocks(), self._since, strict=True)]
        if max(passed) >= self.lease.seconds:
            raise LeaseLost


def both_clocks() -> tuple[float, float]:
    """The time of day and the monotonic clock, in seconds."""
    return time.time(), time.monotonic()


@asynccontextmanager
async def holding(engine: sa.Engine, lease: Lease) -> AsyncIterator[Hold]:
    """Renews the lease in the background and gives it back at the end; LeaseLost if another process took it."""
    hold = Hold(lease, both_clocks)
    worker = asyncio.current_task()
    lost = False

    async def keep() -> None:
        nonlocal lost
        while True:
            await asyncio.sleep(lease.seconds / 3)
            asked = both_clocks()
            try:
                kept = await asyncio.to_thread(_renewed, engine, lease, asked[0])
            except Exception as error:
                log.warning("a lease could not be renewed: %s", type(error).__name__)
                continue
            if not kept:
                lost = True
                if worker is not None:
                    worker.cancel()
                return
            hold.renewed(asked)

    keeper = asyncio.create_task(keep())
    try:
        yield hold
    except asyncio.CancelledError:
        if lost and worker is not None and not worker.uncancel():
            raise LeaseLost from None
        raise
    finally:
        keeper.cancel()
        if not lost:
            await asyncio.shield(asyncio.to_thread(_released, engine, lease))


def _renewed(engine: sa.Engine, lease: Lease, now: float) -> bool:
    with engine.begin() as connection:
        return renew(connection, lease, now)


def _released(engine: sa.Engine, lease: Lease) -> None:
    with engine.begin() as connection:
        release(connection, lease)
