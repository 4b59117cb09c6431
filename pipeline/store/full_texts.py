"""Full texts, and what became of the attempts to read one. A text is about 60 kB, a year of them some 40 MB."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pipeline.models import FullText, FullTextSource, Passage
from pipeline.store.folding import replace_passages
from pipeline.store.tables import articles, chunks, from_iso, full_texts, passages, to_iso


@dataclass(frozen=True)
class Attempt:
    """The last attempt to read a work in full."""

    article_id: str
    at: datetime
    version: int | None
    error: str | None = None
    """Why it failed, in words; none if the text is stored."""
    host: str | None = None
    """The host that could not be reached or did not want to be asked; none if asking again soon is of no use."""
    source: FullTextSource | None = None
    """Of the stored text, which may be an earlier version's; none if there is none."""


class FullTexts:
    """The table of full texts. Methods block; asynchronous callers use a thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(write="alone")

    def of(self, article_id: str) -> FullText | None:
        """The stored full text of a work."""
        query = sa.select(full_texts).where(
            full_texts.c.article_id == article_id, full_texts.c.text.is_not(None)
        )
        with self._engine.connect() as connection:
            row = connection.execute(query).mappings().first()
        return FullText(**{name: row[name] for name in FullText.model_fields}) if row else None

    def attempts(self, article_ids: Collection[str]) -> dict[str, Attempt]:
        """The last attempt for each of these works that was tried, by id."""
        found: dict[str, Attempt] = {}
        with self._engine.connect() as connection:
            for chunk in chunks(sorted(article_ids)):
                query = sa.select(*_ATTEMPT).where(full_texts.c.article_id.in_(chunk))
                found.update(
                    (row["article_id"], _attempt(row)) for row in connection.execute(query).mappings()
                )
        return found

    def unreachable(self, since: datetime) -> dict[str, str]:
        """Hosts that could not be reached or asked to wait from this instant on, each with why."""
        query = sa.select(full_texts.c.host, full_texts.c.error).where(
            full_texts.c.host.is_not(None), full_texts.c.tried_at >= to_iso(since)
        )
        with self._engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def save(self, text: FullText, cut: Sequence[Passage], at: datetime) -> bool:
        """Stores a text with its passages in place of an earlier one; false if the work is not stored any more."""
        with self._writer.begin() as connection:
            known = connection.scalar(sa.select(articles.c.id).where(articles.c.id == text.article_id))
            if known is None:
                return False
            values = text.model_dump(mode="json") | {
                "tried_at": to_iso(at),
                "tried_version": text.version,
            }
            connection.execute(sa.delete(full_texts).where(full_texts.c.article_id == text.article_id))
            connection.execute(sa.insert(full_texts).values(values))
            own = (passages.c.article_id == text.article_id) & (passages.c.field == "fulltext")
            rows = connection.execute(sa.select(passages).where(own)).mappings()
            replace_passages(connection, {row["id"]: row for row in rows}, cut)
        return True

    def fail(self, attempt: Attempt) -> None:
        """Remembers why a work could not be read in full; a text of an earlier version stays."""
        values = {
            "tried_at": to_iso(attempt.at),
            "tried_version": attempt.version,
            "error": attempt.error,
            "host": attempt.host,
        }
        mine = full_texts.c.article_id == attempt.article_id
        with self._writer.begin() as connection:
            if not connection.execute(sa.update(full_texts).where(mine).values(values)).rowcount:
                connection.execute(sa.insert(full_texts).values({"article_id": attempt.article_id, **values}))

    def counts(self) -> dict[str, int]:
        """How many works were read in full, how many could not be, and how many passages the texts have."""
        read = sa.select(sa.func.count()).where(full_texts.c.text.is_not(None))
        failed = sa.select(sa.func.count()).where(full_texts.c.text.is_(None))
        cut = sa.select(sa.func.count()).where(passages.c.field == "fulltext")
        with self._engine.connect() as connection:
            found = {"read": read, "failed": failed, "passages": cut}
            return {name: int(connection.scalar(query) or 0) for name, query in found.items()}


_ATTEMPT = [
    full_texts.c[name] for name in ("article_id", "tried_at", "tried_version", "error", "host", "source")
]


def _attempt(row: sa.RowMapping) -> Attempt:
    values: dict[str, Any] = {name: row[name] for name in ("article_id", "error", "host", "source")}
    at = from_iso(row["tried_at"])
    assert at is not None  # noqa: S101 - the column is never empty
    return Attempt(at=at, version=row["tried_version"], **values)
