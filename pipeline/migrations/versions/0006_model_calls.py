"""Calls of language models, the prompts that they were made with, and what a run needs to be replayed."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Adds the tables of calls and prompts, and three columns to the runs."""
    op.add_column("runs", sa.Column("subject", sa.String))
    op.add_column("runs", sa.Column("channel", sa.String))
    op.add_column("runs", sa.Column("inputs", sa.LargeBinary))
    op.create_table(
        "model_calls",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("run", sa.Integer),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("tokens", sa.Integer, nullable=False),
        sa.Column("cost_usd", sa.Float, nullable=False),
        sa.Column("good", sa.Boolean, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
    )
    op.create_index("ix_model_calls_run", "model_calls", ["run"])
    op.create_index("ix_model_calls_at", "model_calls", ["at"])
    op.create_index("ix_model_calls_key", "model_calls", ["key"])
    op.create_table(
        "prompts",
        sa.Column("name", sa.String, primary_key=True),
        sa.Column("fingerprint", sa.String, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
