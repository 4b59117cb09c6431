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
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa

from pipeline.errors import BriefError

log = logging.getLogger(__name__)

LEASE = 30.0
"""Seconds after which the work of a dead process is taken over; a third of it is the time between renewals."""


LONGEST = 24 * 3600.0
"""Seconds that no lease lasts."""
GIVEN_BACK = {"owner": None, "lease_until": None}
"""What a row says that nobody works on; a last write may bring it along."""


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
    asked: tuple[float, float]
    """By both clocks, the moment before it was asked for."""

    @property
    def names(self) -> dict[str, Any]:
        """What `guard` is asked with."""
        return {"its_id": self.id, "its_fence": self.fence}


def guard(table: sa.Table) -> sa.ColumnElement[bool]:
    """The row of a lease, as long as that lease is the last one that was given; ask with the lease's `names`."""
    return (_key(table) == sa.bindparam("its_id")) & (table.c.fence == sa.bindparam("its_fence"))


def write(connection: sa.Connection, lease: Lease, values: Mapping[str, Any]) -> None:
    """Writes into the row of the lease; LeaseLost if another process has it."""
    if connection.execute(_update(lease.table), {**values, **lease.names}).rowcount != 1:
        raise LeaseLost


def new_owner() -> str:
    """A name for one process, unlike any other's."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _free(table: sa.Table) -> sa.ColumnElement[bool]:
    """Rows that nobody works on. A lease that ends later than any can was given by a clock that ran ahead."""
    until = table.c.lease_until
    return until.is_(None) | (until <= sa.bindparam("its_now")) | (until > sa.bindparam("its_far"))


# Statements are put together once: that takes longer than to run them.


@cache
def _taking(query: "sa.Select[Any]", table: sa.Table) -> "sa.Select[Any]":
    some = query.where(_free(table)).limit(sa.bindparam("its_most"))
    return some.with_for_update(skip_locked=True, of=table)


@cache
def _taken(table: sa.Table) -> sa.Update:
    these = _key(table).in_(sa.bindparam("its_keys", expanding=True))
    return sa.update(table).where(these).values(fence=table.c.fence + 1)


@cache
def _update(table: sa.Table) -> sa.Update:
    return sa.update(table).where(guard(table))


@cache
def _renewal(table: sa.Table) -> sa.Update:
    return _update(table).where(table.c.owner == sa.bindparam("its_owner"))


def take(
    connection: sa.Connection,
    query: "sa.Select[Any]",
    names: Mapping[str, Any],
    table: sa.Table,
    owner: str,
    clock: Callable[[], float],
    seconds: float,
    *,
    most: int = 1,
    also: Mapping[str, Any] | None = None,
) -> list[tuple[Lease, sa.RowMapping]]:
    """Leases on the first free rows of the query over this table, with the rows; `also` is written into them.

    The query is a constant, and `names` the values of its parameters.
    Rows that another transaction is taking are passed over (FOR UPDATE SKIP LOCKED, where the database has it; on
    SQLite the transaction holds the only write lock).
    """
    asked, now = both_clocks(), clock()
    given = {**names, "its_now": now, "its_far": now + LONGEST, "its_most": most}
    rows = connection.execute(_taking(query, table), given).mappings().all()
    if not rows:
        return []
    key = _key(table)
    values = {"owner": owner, "lease_until": now + seconds, **(also or {})}
    connection.execute(_taken(table), {**values, "its_keys": [row[key.name] for row in rows]})
    return [
        (Lease(table, str(row[key.name]), owner, int(row["fence"]) + 1, seconds, asked), row) for row in rows
    ]


def new_lease(
    table: sa.Table, key: str, owner: str, clock: Callable[[], float], seconds: float
) -> tuple[Lease, dict[str, Any]]:
    """The first lease on a row that is about to be inserted, and what the row says of it."""
    lease = Lease(table, key, owner, 1, seconds, both_clocks())
    return lease, {"owner": owner, "lease_until": clock() + seconds, "fence": lease.fence}


def renew(connection: sa.Connection, lease: Lease, now: float) -> bool:
    """Prolongs the lease; False if another process has the row."""
    values = {"lease_until": now + lease.seconds, "its_owner": lease.owner, **lease.names}
    return connection.execute(_renewal(lease.table), values).rowcount == 1


def release(connection: sa.Connection, lease: Lease) -> None:
    """Gives the row back, if it is still ours."""
    connection.execute(_update(lease.table), {**GIVEN_BACK, **lease.names})


def _key(table: sa.Table) -> sa.Column[Any]:
    return next(iter(table.primary_key.columns))


class Hold:
    """A lease while its holder works: `check` refuses once it may have run out."""

    def __init__(self, lease: Lease, clocks: Callable[[], tuple[float, float]]) -> None:
        self.lease = lease
        self._clocks = clocks
        self._since = lease.asked
        self.given_back = False
        """Whether the last write under the lease gave it back."""

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
            if hold.given_back:
                return
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
        if not (lost or hold.given_back):
            await asyncio.shield(asyncio.to_thread(_released, engine, lease))


def _renewed(engine: sa.Engine, lease: Lease, now: float) -> bool:
    with engine.begin() as connection:
        return renew(connection, lease, now)


def _released(engine: sa.Engine, lease: Lease) -> None:
    with engine.begin() as connection:
        release(connection, lease)
