"""Why people voted as they did, and what they think of whole briefs."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Adds two columns and a table."""
    op.add_column("votes", sa.Column("reasons", sa.JSON))
    op.add_column("votes", sa.Column("comment", sa.String))
    op.create_table(
        "brief_votes",
        sa.Column("brief_id", sa.String, primary_key=True),
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("user", sa.String, primary_key=True),
        sa.Column("vote", sa.String, nullable=False),
        sa.Column("reasons", sa.JSON),
        sa.Column("comment", sa.String),
        sa.Column("at", sa.String, nullable=False),
    )
