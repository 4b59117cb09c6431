"""Workspaces in which the app was installed by a link, the installations under way, and where channels are."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Creates the three tables."""
    op.create_table(
        "installations",
        sa.Column("team", sa.String, primary_key=True),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("bot_id", sa.String, nullable=False),
        sa.Column("bot_user", sa.String, nullable=False),
        sa.Column("scopes", sa.String, nullable=False),
        sa.Column("installed_at", sa.Float, nullable=False),
        sa.Column("token", sa.String, nullable=False),
        sa.Column("refresh_token", sa.String),
        sa.Column("expires_at", sa.Float),
    )
    op.create_table(
        "oauth_states",
        sa.Column("state", sa.String, primary_key=True),
        sa.Column("until", sa.Float, nullable=False),
    )
    op.create_table(
        "team_channels",
        sa.Column("channel", sa.String, primary_key=True),
        sa.Column("team", sa.String, nullable=False),
    )
