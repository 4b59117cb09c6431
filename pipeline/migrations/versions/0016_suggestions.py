"""Works that people want in their channel's next brief."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "suggestions",
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("article_id", sa.String, primary_key=True),
        sa.Column("channel_name", sa.String, nullable=False),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
    )
