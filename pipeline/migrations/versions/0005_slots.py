"""Slots and subscriptions as rows, and leases on whatever one process works on at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def _lease() -> list[sa.Column[object]]:
    return [
        sa.Column("owner", sa.String),
        sa.Column("lease_until", sa.Float),
        sa.Column("fence", sa.Integer, nullable=False, server_default=sa.text("0")),
    ]


def upgrade() -> None:
    """Creates the tables, and gives deliveries a lease."""
    op.create_table(
        "subscriptions",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("since", sa.String, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
    )
    op.create_table(
        "slots",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("profile", sa.String, nullable=False),
        sa.Column("day", sa.String, nullable=False),
        sa.Column("due", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("reason", sa.String),
        sa.Column("brief_id", sa.String),
        sa.Column("complete", sa.Boolean, nullable=False),
        sa.Column("noted_at", sa.String, nullable=False),
        sa.Column("not_before", sa.String, nullable=False),
        *_lease(),
        sa.Index("ix_slots_work", "state", "not_before"),
        sa.Index("ix_slots_subscriber", "channel", "profile"),
        sa.Index("ix_slots_profile", "profile", "due"),
    )
    op.create_table("leases", sa.Column("name", sa.String, primary_key=True), *_lease())
    for column in _lease():
        op.add_column("deliveries", column)
