"""Feeds, entries, articles, passages with their full-text index, briefs, decisions, runs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

FULL_TEXT = """
CREATE VIRTUAL TABLE passages_fts USING fts5(
    text, content='passages', content_rowid='number', tokenize='porter unicode61 remove_diacritics 2'
);
CREATE TRIGGER passages_inserted AFTER INSERT ON passages BEGIN
    INSERT INTO passages_fts(rowid, text) VALUES (new.number, new.text);
END;
CREATE TRIGGER passages_deleted AFTER DELETE ON passages BEGIN
    INSERT INTO passages_fts(passages_fts, rowid, text) VALUES ('delete', old.number, old.text);
END;
CREATE TRIGGER passages_updated AFTER UPDATE OF text ON passages BEGIN
    INSERT INTO passages_fts(passages_fts, rowid, text) VALUES ('delete', old.number, old.text);
    INSERT INTO passages_fts(rowid, text) VALUES (new.number, new.text);
END;
"""

FULL_TEXT_POSTGRES = """
ALTER TABLE passages ADD COLUMN words tsvector GENERATED ALWAYS AS (to_tsvector('english', text)) STORED
"""


def upgrade() -> None:
    """Creates the research tables."""
    op.create_table(
        "feeds",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("url", sa.String, nullable=False),
        sa.Column("etag", sa.String),
        sa.Column("last_modified", sa.String),
        sa.Column("last_success", sa.String),
        sa.Column("last_error", sa.String),
        sa.Column("consecutive_failures", sa.Integer, nullable=False),
        sa.Column("entries_last", sa.Integer, nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("feed", sa.String, nullable=False),
        sa.Column("article_id", sa.String, nullable=False, index=True),
        sa.Column("seen_at", sa.String, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
    )
    op.create_table(
        "articles",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("appeared", sa.String, index=True),
        sa.Column("revised", sa.String, index=True),
        sa.Column("data", sa.JSON, nullable=False),
    )
    op.create_table(
        "article_keys",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("article_id", sa.String, primary_key=True, index=True),
    )
    _passages()
    _briefs()


def _passages() -> None:
    op.create_table(
        "passages",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String, nullable=False, unique=True),
        sa.Column("article_id", sa.String, nullable=False, index=True),
        sa.Column("field", sa.String, nullable=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("generation", sa.String, index=True),
    )
    op.create_table(
        "removed_passages",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("generation", sa.String, primary_key=True),
    )
    op.create_table(
        "vectors",
        sa.Column("passage_id", sa.String, primary_key=True),
        sa.Column("embedding", sa.String, primary_key=True),
        sa.Column("vector", sa.LargeBinary, nullable=False),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(FULL_TEXT_POSTGRES)
        op.create_index("ix_passages_words", "passages", ["words"], postgresql_using="gin")
        return
    statement = ""
    for line in FULL_TEXT.strip().splitlines():  # a trigger's body holds semicolons of its own
        statement += line + "\n"
        if line in (");", "END;"):
            op.execute(statement)
            statement = ""


def _briefs() -> None:
    op.create_table(
        "briefs",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("profile", sa.String, nullable=False),
        sa.Column("since", sa.String, nullable=False),
        sa.Column("until", sa.String, nullable=False),
        sa.Column("generated_at", sa.String, nullable=False, index=True),
        sa.Column("data", sa.JSON, nullable=False),
    )
    op.create_table(
        "decisions",
        sa.Column("brief_id", sa.String, primary_key=True),
        sa.Column("article_id", sa.String, primary_key=True, index=True),
        sa.Column("decision", sa.String, nullable=False),
        sa.Column("score", sa.Float, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("use_case", sa.String, nullable=False),
        sa.Column("as_of", sa.String, nullable=False),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("note", sa.String, nullable=False),
    )
