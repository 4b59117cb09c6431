"""What briefs counted, kept for the briefs after them: one row a window and basis, the latest count of it."""

import zlib

import sqlalchemy as sa

from pipeline.models import Tally, Window
from pipeline.store.engines import put
from pipeline.store.tables import articles, tallies


def within(window: Window) -> sa.ColumnElement[bool]:
    """The condition that an article appeared, or was revised, within the window."""
    since, until = window.since.isoformat(), window.until.isoformat()
    return articles.c.appeared.between(since, until) | (
        articles.c.appeared.is_(None) & articles.c.revised.between(since, until)
    )


def save_tally(connection: sa.Connection, basis: str, tally: Tally, brief_id: str | None) -> None:
    """Keeps the tally in place of an earlier one of the same window and basis."""
    values = {
        "basis": basis,
        "since": tally.window.since.isoformat(),
        "until": tally.window.until.isoformat(),
        "brief_id": brief_id,
        "data": zlib.compress(tally.model_dump_json().encode()),
    }
    put(connection, tallies, [values])


def load_tally(connection: sa.Connection, basis: str, window: Window) -> Tally | None:
    """The tally of this window; none if it was never counted, or other works are stored now."""
    data = connection.scalar(
        sa.select(tallies.c.data).where(
            tallies.c.basis == basis,
            tallies.c.since == window.since.isoformat(),
            tallies.c.until == window.until.isoformat(),
        )
    )
    if data is None:
        return None
    found = Tally.model_validate_json(zlib.decompress(data))
    stored = connection.scalar(sa.select(sa.func.count()).select_from(articles).where(within(window)))
    return found if found.stored == stored else None
