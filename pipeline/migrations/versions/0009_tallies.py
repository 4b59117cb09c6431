"""What each brief counted: works by theme, feed, part of the topic and term."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds the table of tallies."""
    op.create_table(
        "tallies",
        sa.Column("basis", sa.String, primary_key=True),
        sa.Column("since", sa.String, primary_key=True),
        sa.Column("until", sa.String, primary_key=True),
        sa.Column("brief_id", sa.String),
        sa.Column("data", sa.LargeBinary, nullable=False),
    )
