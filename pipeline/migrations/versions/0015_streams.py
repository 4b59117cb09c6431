"""The half message that shows how an answer is made."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Adds a column."""
    op.add_column("questions", sa.Column("stream_ts", sa.String))
