"""What goes with a brief: its chart, and its full text as a canvas or a file."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "delivery_files",
        sa.Column("delivery_id", sa.String, sa.ForeignKey("deliveries.id"), primary_key=True),
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("filename", sa.String, nullable=False),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("alt", sa.String, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("file_id", sa.String),
        sa.Column("url", sa.String),
        sa.Column("note", sa.String),
    )
