"""Moved, gone and waiting feeds, and the history of what was read, one line a feed and day."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Adds the columns of a feed's state and the table of its days."""
    for name in ("moved_to", "gone_since", "not_before", "backoff_until", "last_full", "last_new", "listed"):
        op.add_column("feeds", sa.Column(name, sa.String))
    empty = "''" if op.get_bind().dialect.name == "postgresql" else "x''"
    op.add_column("feeds", sa.Column("items", sa.LargeBinary, nullable=False, server_default=sa.text(empty)))
    op.create_table(
        "feed_days",
        sa.Column("feed", sa.String, primary_key=True),
        sa.Column("day", sa.String, primary_key=True),
        sa.Column("readings", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("new_entries", sa.Integer, nullable=False),
        sa.Column("new_works", sa.Integer, nullable=False),
        sa.Column("listed", sa.String),
        sa.Column("repeated", sa.Integer, nullable=False),
        sa.Column("first", sa.Boolean, nullable=False),
    )
    op.create_index("ix_feed_days_day", "feed_days", ["day"])
