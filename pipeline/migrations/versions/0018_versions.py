"""Other versions of a brief, what each message of a brief is about, and briefs that somebody waits for."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Adds the tables and the column."""
    op.add_column("delivery_parts", sa.Column("label", sa.String))
    op.create_table(
        "versions",
        sa.Column("brief_id", sa.String, primary_key=True),
        sa.Column("first", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
    )
    op.create_index("ix_versions_first", "versions", ["first"])
    op.create_table(
        "errands",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("inputs", sa.JSON, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("brief_id", sa.String),
        sa.Column("owner", sa.String),
        sa.Column("lease_until", sa.Float),
        sa.Column("fence", sa.Integer, nullable=False, server_default=sa.text("0")),
    )
