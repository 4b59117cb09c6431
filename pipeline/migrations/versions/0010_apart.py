"""Entries that a person has set apart, and how a feed named its items the last time."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Adds the table of entries set apart, and a column of the feed's state."""
    op.create_table(
        "apart",
        sa.Column("feed", sa.String, primary_key=True),
        sa.Column("guid", sa.String, primary_key=True),
        sa.Column("mark", sa.String, nullable=False),
    )
    op.add_column("feeds", sa.Column("names", sa.JSON))
