"""The tables of the Slack side that several processes work on: subscriptions, slots, deliveries, leases.

Instants of the program's clock are ISO 8601 text in UTC; those that count real time (leases, attempts at posting)
are Unix seconds.
"""

from datetime import UTC, datetime

import sqlalchemy as sa

metadata = sa.MetaData()


def _lease() -> list[sa.Column[object]]:
    """Who works on the row, until when, and the number that grows with every change of hands."""
    return [
        sa.Column("owner", sa.String),
        sa.Column("lease_until", sa.Float),
        sa.Column("fence", sa.Integer, nullable=False, default=0, server_default=sa.text("0")),
    ]


subscriptions = sa.Table(
    "subscriptions",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("since", sa.String, nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
)
"""From when on each subscription of the settings is owed its briefs."""

choices = sa.Table(
    "choices",
    metadata,
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("data", sa.JSON, nullable=False),
)
"""What channels chose in Slack."""

changes = sa.Table(
    "changes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String, nullable=False, index=True),
    sa.Column("user", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("what", sa.String, nullable=False),
    sa.Column("data", sa.JSON(none_as_null=True)),
)
"""Who changed what a channel gets, or had a brief written there: one line for each."""

slots = sa.Table(
    "slots",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("profile", sa.String, nullable=False),
    sa.Column("day", sa.String, nullable=False),
    sa.Column("due", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("reason", sa.String),
    sa.Column("brief_id", sa.String),
    sa.Column("complete", sa.Boolean, nullable=False, default=False),
    sa.Column("noted_at", sa.String, nullable=False),
    sa.Column("not_before", sa.String, nullable=False),
    *_lease(),
    sa.Index("ix_slots_work", "state", "not_before", "due", "key"),
    sa.Index("ix_slots_subscriber", "channel", "profile"),
    sa.Index("ix_slots_profile", "profile", "due"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("brief_id", sa.String, nullable=False),
    sa.Column("content", sa.String, nullable=False),
    sa.Column("profile", sa.String, nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("slot", sa.String),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("error", sa.String),
    sa.Column("created_at", sa.String, nullable=False),
    *_lease(),
    sa.UniqueConstraint("brief_id", "channel", name="uq_deliveries_brief_channel"),
    sa.UniqueConstraint("content", "channel", name="uq_deliveries_content_channel"),
    sa.UniqueConstraint("slot", name="uq_deliveries_slot"),
)

delivery_parts = sa.Table(
    "delivery_parts",
    metadata,
    sa.Column("delivery_id", sa.String, sa.ForeignKey("deliveries.id"), primary_key=True),
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("payload", sa.JSON, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("ts", sa.String, index=True),
    sa.Column("started", sa.Float),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("label", sa.String),
)

delivery_files = sa.Table(
    "delivery_files",
    metadata,
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
"""What goes with a brief: its chart and its full text. `body` is emptied when it is no longer needed."""

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("brief_id", sa.String, primary_key=True),
    sa.Column("first", sa.String, nullable=False, index=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("user", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
)
"""Briefs that were made of another one, `first`, by somebody's wish: shorter, deeper, worded anew."""

errands = sa.Table(
    "errands",
    metadata,
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("user", sa.String, nullable=False),
    sa.Column("inputs", sa.JSON, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("brief_id", sa.String),
    *_lease(),
)
"""Briefs that somebody waits for: what was asked for and, once it is written, the brief."""

suggestions = sa.Table(
    "suggestions",
    metadata,
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("article_id", sa.String, primary_key=True),
    sa.Column("channel_name", sa.String, nullable=False),
    sa.Column("user", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
)
"""Works that people want in their channel's next brief."""

tastes = sa.Table(
    "tastes",
    metadata,
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("article_id", sa.String, primary_key=True),
    sa.Column("user", sa.String, primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("channel_name", sa.String, nullable=False),
    sa.Column("sign", sa.Integer, nullable=False),
    sa.Column("at", sa.String, nullable=False),
)
"""What people thought of works in their channel's briefs: thumbs and reactions."""

questions = sa.Table(
    "questions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("channel", sa.String, nullable=False),
    sa.Column("thread_ts", sa.String, nullable=False),
    sa.Column("user", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("answer", sa.JSON(none_as_null=True)),
    sa.Column("brief_id", sa.String),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("message_ts", sa.String),
    sa.Column("reply_in", sa.String),
    sa.Column("answer_ts", sa.String),
    sa.Column("state", sa.String, nullable=False, server_default="answered"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("versions", sa.JSON(none_as_null=True)),
    sa.Column("stream_ts", sa.String),
    sa.Index("ix_questions_thread", "channel", "thread_ts"),
    sa.Index("ix_questions_state", "state"),
    sa.Index("ix_questions_user", "user", "at"),
    sa.Index("uq_questions_message", "channel", "message_ts", unique=True),
)
"""What people asked, and what became of it."""

votes = sa.Table(
    "votes",
    metadata,
    sa.Column("question_id", sa.Integer, sa.ForeignKey("questions.id"), primary_key=True),
    sa.Column("user", sa.String, primary_key=True),
    sa.Column("vote", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("reasons", sa.JSON(none_as_null=True)),
    sa.Column("comment", sa.String),
)

brief_votes = sa.Table(
    "brief_votes",
    metadata,
    sa.Column("brief_id", sa.String, primary_key=True),
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("user", sa.String, primary_key=True),
    sa.Column("vote", sa.String, nullable=False),
    sa.Column("reasons", sa.JSON(none_as_null=True)),
    sa.Column("comment", sa.String),
    sa.Column("at", sa.String, nullable=False),
)

leases = sa.Table("leases", metadata, sa.Column("name", sa.String, primary_key=True), *_lease())
"""Work that one process of all may do at a time, by name."""

installations = sa.Table(
    "installations",
    metadata,
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
"""Workspaces in which the app was installed by a link; both tokens are encrypted."""

oauth_states = sa.Table(
    "oauth_states",
    metadata,
    sa.Column("state", sa.String, primary_key=True),
    sa.Column("until", sa.Float, nullable=False),
)
"""What was handed to browsers that are about to install the app; each is good once."""

team_channels = sa.Table(
    "team_channels",
    metadata,
    sa.Column("channel", sa.String, primary_key=True),
    sa.Column("team", sa.String, nullable=False),
)
"""In which workspace a channel is."""


def iso(moment: datetime) -> str:
    """An instant as these tables hold it; texts sort as the instants do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
