"""Full texts; their passages are searched apart from abstracts and titles, so that those are found as before."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SEARCHED = {"passages_fts": "<> 'fulltext'", "fulltext_fts": "= 'fulltext'"}
"""The two full-text indexes over the passages, and which fields are in them."""

CHANGES = {
    "passages_fts": (
        "INSERT INTO passages_fts(rowid, text) VALUES (new.number, new.text);",
        "INSERT INTO passages_fts(passages_fts, rowid, text) VALUES ('delete', old.number, old.text);",
    ),
    "fulltext_fts": (
        "INSERT INTO fulltext_fts(rowid, text) VALUES (new.number, new.text);",
        "INSERT INTO fulltext_fts(fulltext_fts, rowid, text) VALUES ('delete', old.number, old.text);",
    ),
}
"""What puts a passage into an index, and what takes it out (https://www.sqlite.org/fts5.html, section 4.4.3)."""


def upgrade() -> None:
    """Creates the table, and a second full-text index with triggers that tell the two apart."""
    op.create_table(
        "full_texts",
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
    if op.get_bind().dialect.name == "postgresql":
        return  # there the words of every passage stand beside its field
    for event in ("inserted", "deleted", "updated"):
        op.execute(f"DROP TRIGGER passages_{event}")
    op.execute(
        "CREATE VIRTUAL TABLE fulltext_fts USING fts5(text, content='passages', content_rowid='number', "
        "tokenize='porter unicode61 remove_diacritics 2')"
    )
    for table, field in SEARCHED.items():
        for statement in _triggers(table, field):
            op.execute(statement)


def _triggers(table: str, field: str) -> tuple[str, str, str]:
    name, (added, taken) = f"CREATE TRIGGER {table}", CHANGES[table]
    return (
        f"{name}_inserted AFTER INSERT ON passages WHEN new.field {field} BEGIN {added} END",
        f"{name}_deleted AFTER DELETE ON passages WHEN old.field {field} BEGIN {taken} END",
        f"{name}_updated AFTER UPDATE OF text ON passages WHEN old.field {field} BEGIN {taken} {added} END",
    )
