"""Deliveries with their parts, handled events, questions."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Creates the tables of the Slack side."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("brief_id", sa.String, nullable=False),
        sa.Column("content", sa.String, nullable=False),
        sa.Column("profile", sa.String, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("slot", sa.String),
        sa.Column("state", sa.String, nullable=False, index=True),
        sa.Column("error", sa.String),
        sa.Column("created_at", sa.String, nullable=False),
        sa.UniqueConstraint("brief_id", "channel", name="uq_deliveries_brief_channel"),
        sa.UniqueConstraint("content", "channel", name="uq_deliveries_content_channel"),
        sa.UniqueConstraint("slot", name="uq_deliveries_slot"),
    )
    op.create_table(
        "delivery_parts",
        sa.Column("delivery_id", sa.String, sa.ForeignKey("deliveries.id"), primary_key=True),
        sa.Column("part", sa.Integer, primary_key=True),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("hash", sa.String, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("ts", sa.String, index=True),
        sa.Column("started", sa.Float),
        sa.Column("attempts", sa.Integer, nullable=False),
    )
    op.create_table(
        "handled_events",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("at", sa.String, nullable=False, index=True),
    )
    op.create_table(
        "questions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("thread_ts", sa.String, nullable=False),
        sa.Column("user", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("answer", sa.JSON),
        sa.Column("brief_id", sa.String),
        sa.Column("at", sa.String, nullable=False),
        sa.Index("ix_questions_thread", "channel", "thread_ts"),
    )
