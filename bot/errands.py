"""Briefs that somebody waits for, in SQL: written down before work on them begins, and struck out at the end.

What a dead process leaves behind is done by the next one, or told to be impossible; nobody waits for ever.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from bot.leases import Lease, guard, write
from bot.records import Records
from bot.tables import errands, iso

ErrandKind = Literal["post", "preview", "version", "step"]
KEPT = timedelta(days=2)
BY_KEY = sa.select(errands).where(errands.c.key == sa.bindparam("key"))
DONE = sa.delete(errands).where(guard(errands))


@dataclass(frozen=True)
class NewErrand:
    """What was asked for, by whom and where; the key is that of the request."""

    key: str
    kind: ErrandKind
    channel: str
    user: str
    inputs: dict[str, Any]


@dataclass(frozen=True)
class Errand(NewErrand):
    """As stored. `brief_id` is the brief that was written for it, `attempts` how often it was begun."""

    at: datetime
    brief_id: str | None
    attempts: int


class Errands:
    """The table of errands. Methods block; asynchronous callers use a thread."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def add(self, new: NewErrand, at: datetime) -> None:
        """Writes it down."""
        with self._records.writer.begin() as connection:
            connection.execute(sa.insert(errands).values({**vars(new), "at": iso(at), "fence": 0}))

    def waiting(self, now: datetime) -> list[NewErrand]:
        """All that are not done, the oldest first; those of long ago, which nobody could be told of, are dropped."""
        columns = (errands.c[name] for name in NewErrand.__dataclass_fields__)
        query = sa.select(*columns).order_by(errands.c.at, errands.c.key)
        with self._records.writer.begin() as connection:
            connection.execute(sa.delete(errands).where(errands.c.at < iso(now - KEPT)))
            return [NewErrand(*row) for row in connection.execute(query)]

    def take(self, key: str) -> tuple[Lease, Errand] | None:
        """The right to do it; None if it is done, or another process is at it."""
        with self._records.writer.begin() as connection:
            taken = self._records.take(connection, BY_KEY, {"key": key}, errands)
        if not taken:
            return None
        lease, row = taken[0]
        known = {name: row[name] for name in NewErrand.__dataclass_fields__}
        at = datetime.fromisoformat(row["at"])
        return lease, Errand(**known, at=at, brief_id=row["brief_id"], attempts=lease.fence)

    def wrote(self, lease: Lease, brief_id: str) -> None:
        """Remembers the brief that was written; LeaseLost as in what follows."""
        with self._records.writer.begin() as connection:
            write(connection, lease, {"brief_id": brief_id})

    def done(self, lease: Lease) -> None:
        """Strikes it out."""
        with self._records.writer.begin() as connection:
            connection.execute(DONE, lease.names)
