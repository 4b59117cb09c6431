"""The research tables. Ids are text, instants ISO 8601 in UTC, whole values JSON."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from pipeline.models import Passage

CHUNK = 500
"""Ids per IN list, far below SQLite's limit of 32,766 variables."""

metadata = sa.MetaData()

feeds = sa.Table(
    "feeds",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("etag", sa.String),
    sa.Column("last_modified", sa.String),
    sa.Column("last_success", sa.String),
    sa.Column("last_error", sa.String),
    sa.Column("consecutive_failures", sa.Integer, nullable=False, default=0),
    sa.Column("entries_last", sa.Integer, nullable=False, default=0),
    sa.Column("moved_to", sa.String),
    sa.Column("gone_since", sa.String),
    sa.Column("not_before", sa.String),
    sa.Column("backoff_until", sa.String),
    sa.Column("last_full", sa.String),
    sa.Column("last_new", sa.String),
    sa.Column("listed", sa.String),
    sa.Column("items", sa.LargeBinary, nullable=False, default=b""),
    sa.Column("names", sa.JSON),
)

feed_days = sa.Table(
    "feed_days",
    metadata,
    sa.Column("feed", sa.String, primary_key=True),
    sa.Column("day", sa.String, primary_key=True, index=True),
    sa.Column("readings", sa.Integer, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("entries", sa.Integer, nullable=False),
    sa.Column("new_entries", sa.Integer, nullable=False),
    sa.Column("new_works", sa.Integer, nullable=False),
    sa.Column("listed", sa.String),
    sa.Column("repeated", sa.Integer, nullable=False),
    sa.Column("first", sa.Boolean, nullable=False),
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("feed", sa.String, nullable=False),
    sa.Column("article_id", sa.String, nullable=False, index=True),
    sa.Column("seen_at", sa.String, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
)

apart = sa.Table(
    "apart",
    metadata,
    sa.Column("feed", sa.String, primary_key=True),
    sa.Column("guid", sa.String, primary_key=True),
    sa.Column("mark", sa.String, nullable=False),
)

articles = sa.Table(
    "articles",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("appeared", sa.String, index=True),
    sa.Column("revised", sa.String, index=True),
    sa.Column("data", sa.JSON, nullable=False),
)

article_keys = sa.Table(
    "article_keys",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("article_id", sa.String, primary_key=True, index=True),
)

passages = sa.Table(
    "passages",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.String, nullable=False, unique=True),
    sa.Column("article_id", sa.String, nullable=False, index=True),
    sa.Column("field", sa.String, nullable=False),
    sa.Column("start", sa.Integer, nullable=False),
    sa.Column("end", sa.Integer, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("generation", sa.String, index=True),
)

removed_passages = sa.Table(
    "removed_passages",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("generation", sa.String, primary_key=True),
)

vectors = sa.Table(
    "vectors",
    metadata,
    sa.Column("passage_id", sa.String, primary_key=True),
    sa.Column("embedding", sa.String, primary_key=True),
    sa.Column("vector", sa.LargeBinary, nullable=False),
)

full_texts = sa.Table(
    "full_texts",
    metadata,
    sa.Column("article_id", sa.String, primary_key=True),
    sa.Column("tried_at", sa.String, nullable=False, index=True),
    sa.Column("tried_version", sa.Integer),
    sa.Column("error", sa.String),
    sa.Column("host", sa.String),
    sa.Column("version", sa.Integer),
    sa.Column("source", sa.String),
    sa.Column("url", sa.String),
    sa.Column("text", sa.String),
    sa.Column("sections", sa.JSON),
    sa.Column("paragraphs", sa.JSON),
)

briefs = sa.Table(
    "briefs",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("profile", sa.String, nullable=False),
    sa.Column("since", sa.String, nullable=False),
    sa.Column("until", sa.String, nullable=False),
    sa.Column("generated_at", sa.String, nullable=False, index=True),
    sa.Column("data", sa.JSON, nullable=False),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("brief_id", sa.String, primary_key=True),
    sa.Column("article_id", sa.String, primary_key=True, index=True),
    sa.Column("decision", sa.String, nullable=False),
    sa.Column("score", sa.Float, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
)

tallies = sa.Table(
    "tallies",
    metadata,
    sa.Column("basis", sa.String, primary_key=True),
    sa.Column("since", sa.String, primary_key=True),
    sa.Column("until", sa.String, primary_key=True),
    sa.Column("brief_id", sa.String),
    sa.Column("data", sa.LargeBinary, nullable=False),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("use_case", sa.String, nullable=False),
    sa.Column("as_of", sa.String, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("note", sa.String, nullable=False),
    sa.Column("subject", sa.String),
    sa.Column("channel", sa.String),
    sa.Column("inputs", sa.LargeBinary),
)

model_calls = sa.Table(
    "model_calls",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("run", sa.Integer, index=True),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False, index=True),
    sa.Column("key", sa.String, nullable=False, index=True),
    sa.Column("tokens", sa.Integer, nullable=False),
    sa.Column("cost_usd", sa.Float, nullable=False),
    sa.Column("good", sa.Boolean, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
)

prompts = sa.Table(
    "prompts",
    metadata,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("fingerprint", sa.String, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
)


class Json(str):
    """A value that is JSON already, as pydantic writes it: it is stored as it stands."""

    __slots__ = ()


def to_json(value: object) -> str:
    """How the database's JSON columns are written."""
    return value if isinstance(value, Json) else json.dumps(value)


def text_of(column: sa.Column[Any]) -> sa.Cast[str]:
    """A JSON column as the text that was stored."""
    return sa.cast(column, sa.Text)


def passage_of(row: sa.RowMapping) -> Passage:
    """The passage in a row of its table."""
    return Passage(**{name: row[name] for name in Passage.model_fields})


def chunks(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """The values in pieces that fit an IN list."""
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def to_iso(moment: datetime | None) -> str | None:
    """An instant as it is stored."""
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def from_iso(text: str | None) -> datetime | None:
    """A stored instant."""
    return datetime.fromisoformat(text) if text else None
