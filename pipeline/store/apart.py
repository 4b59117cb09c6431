"""Entries that a person has said to be a work of their own, whatever the rules find. One row an entry."""

import hashlib
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from pipeline.models import Entry
from pipeline.store.tables import apart


def marked(connection: sa.Connection, batch: Iterable[Entry]) -> list[Entry]:
    """The entries, each with the mark of the work that it was set apart as, or with none."""
    marks = {(row.feed, row.guid): row.mark for row in connection.execute(sa.select(apart))}
    return [_with(entry, marks.get((entry.feed, entry.guid))) for entry in batch]


def set_apart(connection: sa.Connection, chosen: Sequence[Entry]) -> None:
    """Remembers these entries as one work of their own."""
    names = sorted({(entry.feed, entry.guid) for entry in chosen})
    mark = hashlib.sha256(repr(names).encode("utf-8", "replace")).hexdigest()[:12]
    join(connection, chosen)
    connection.execute(sa.insert(apart), [{"feed": feed, "guid": guid, "mark": mark} for feed, guid in names])


def join(connection: sa.Connection, chosen: Iterable[Entry]) -> None:
    """Forgets that these entries were set apart."""
    for entry in chosen:
        mine = (apart.c.feed == entry.feed) & (apart.c.guid == entry.guid)
        connection.execute(sa.delete(apart).where(mine))


def _with(entry: Entry, mark: str | None) -> Entry:
    return entry if entry.apart == mark else entry.model_copy(update={"apart": mark})
