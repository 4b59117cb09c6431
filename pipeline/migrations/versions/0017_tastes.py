"""What people thought of works in their channel's briefs."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "tastes",
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("article_id", sa.String, primary_key=True),
        sa.Column("user", sa.String, primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("channel_name", sa.String, nullable=False),
        sa.Column("sign", sa.Integer, nullable=False),
        sa.Column("at", sa.String, nullable=False),
    )
