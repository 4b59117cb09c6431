"""What channels chose in Slack, and who changed it, in SQL."""

from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from bot.choices import Choice
from bot.tables import changes, choices, iso


class ChoiceStore:
    """The tables of choices and of who changed them. Methods block; asynchronous callers use a thread."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._writer = engine.execution_options(write=True)

    def all(self) -> list[Choice]:
        """What every channel chose, by channel id."""
        with self._engine.connect() as connection:
            rows = connection.scalars(sa.select(choices.c.data).order_by(choices.c.channel)).all()
        return [Choice.model_validate(row) for row in rows]

    def save(self, choice: Choice, user: str, at: datetime) -> None:
        """Keeps what a channel chose, and who did so when."""
        self._change(choice.channel, choice.model_dump(mode="json"), user, at, "changed")

    def remove(self, channel: str, user: str, at: datetime) -> None:
        """Forgets what a channel chose: brief.toml holds for it again."""
        self._change(channel, None, user, at, "removed")

    def note_order(
        self, channel: str, user: str, what: str, at: datetime, since: datetime, most: int
    ) -> bool:
        """Notes that a person has a brief written; False if they had as many as `most` written since then."""
        mine = (changes.c.user == user) & (changes.c.what == "ordered") & (changes.c.at > iso(since))
        with self._writer.begin() as connection:
            had = connection.scalar(sa.select(sa.func.count()).select_from(changes).where(mine)) or 0
            if had >= most:
                return False
            row = {"channel": channel, "user": user, "at": iso(at), "what": "ordered", "data": {"by": what}}
            connection.execute(sa.insert(changes).values(row))
        return True

    def changes(self, limit: int) -> list[dict[str, object]]:
        """Who changed what a channel gets, or had a brief written there, the latest first."""
        query = sa.select(changes).order_by(changes.c.id.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _change(
        self,
        channel: str,
        data: dict[str, object] | None,
        user: str,
        at: datetime,
        what: Literal["changed", "removed"],
    ) -> None:
        with self._writer.begin() as connection:
            connection.execute(sa.delete(choices).where(choices.c.channel == channel))
            if data is not None:
                connection.execute(sa.insert(choices).values(channel=channel, data=data))
            row = {"channel": channel, "user": user, "at": iso(at), "what": what, "data": data}
            connection.execute(sa.insert(changes).values(row))

    def last_change(self, channel: str) -> tuple[str, datetime] | None:
        """Who changed the channel's choice last, and when."""
        query = sa.select(changes.c.user, changes.c.at).where(
            changes.c.channel == channel, changes.c.what != "ordered"
        )
        with self._engine.connect() as connection:
            row = connection.execute(query.order_by(changes.c.id.desc()).limit(1)).first()
        return (row[0], datetime.fromisoformat(row[1])) if row else None
