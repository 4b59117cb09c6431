"""Questions with their state, so that a restart answers what waits; votes on answers."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Adds the columns of a question's state and the table of votes; questions of before are done."""
    for name in ("message_ts", "reply_in", "answer_ts"):
        op.add_column("questions", sa.Column(name, sa.String))
    op.add_column("questions", sa.Column("state", sa.String, nullable=False, server_default="answered"))
    op.add_column("questions", sa.Column("attempts", sa.Integer, nullable=False, server_default="0"))
    op.add_column("questions", sa.Column("versions", sa.JSON))
    op.create_index("ix_questions_state", "questions", ["state"])
    op.create_index("ix_questions_user", "questions", ["user", "at"])
    op.create_index("uq_questions_message", "questions", ["channel", "message_ts"], unique=True)
    op.create_table(
        "votes",
        sa.Column("question_id", sa.Integer, sa.ForeignKey("questions.id"), primary_key=True),
        sa.Column("user", sa.String, primary_key=True),
        sa.Column("vote", sa.String, nullable=False),
        sa.Column("at", sa.String, nullable=False),
    )
