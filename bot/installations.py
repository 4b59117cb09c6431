"""The workspaces in which the app was installed, with their tokens encrypted, in SQL.

Tokens are encrypted with Fernet (AES-128-CBC and HMAC-SHA256): a copy of the database alone opens no workspace.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.tables import choices, installations, oauth_states, team_channels
from pipeline.errors import SettingsError
from pipeline.store import insert_if_missing


@dataclass(frozen=True)
class Installation:
    """The app in one workspace."""

    team: str
    name: str
    bot_id: str
    bot_user: str
    scopes: str
    """With commas between them."""
    installed_at: float
    token: str
    refresh_token: str | None = None
    expires_at: float | None = None
    """Unix seconds; none: the token holds until it is revoked."""

    def __repr__(self) -> str:
        return f"Installation({self.team})"


def cipher(keys: str) -> MultiFernet:
    """Encrypts with the first of these keys (with commas between them) and reads what any of them encrypted.

    Raises SettingsError if one is not a key as `brief slack key` prints it.
    """
    try:
        return MultiFernet([Fernet(key.strip()) for key in keys.split(",")])
    except ValueError as error:
        raise SettingsError("SLACK_TOKENS_KEY: is not a key; `brief slack key` prints one") from error


class InstallationStore:
    """The tables of installations. Methods block; asynchronous callers use a thread."""

    def __init__(self, engine: sa.Engine, keys: str, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._writer = engine.execution_options(write=True)
        self._cipher = cipher(keys)
        self._clock = clock

    def save(self, one: Installation) -> None:
        """Keeps the installation in the place of an earlier one of its workspace."""
        values = {
            **one.__dict__,
            "token": self._encrypted(one.token),
            "refresh_token": self._encrypted(one.refresh_token) if one.refresh_token else None,
        }
        with self._writer.begin() as connection:
            connection.execute(sa.delete(installations).where(installations.c.team == one.team))
            connection.execute(sa.insert(installations).values(values))

    def find(self, team: str) -> Installation | None:
        """The installation in this workspace; SettingsError if no key at hand opens its tokens."""
        with self._engine.connect() as connection:
            row = connection.execute(sa.select(installations).where(installations.c.team == team)).mappings()
            return next((self._opened(found) for found in row), None)

    def teams(self) -> Sequence[tuple[str, str]]:
        """Id and name of each workspace, by the time of installation."""
        query = sa.select(installations.c.team, installations.c.name).order_by(installations.c.installed_at)
        with self._engine.connect() as connection:
            return [(str(row[0]), str(row[1])) for row in connection.execute(query)]

    def remove(self, team: str) -> bool:
        """Forgets a workspace's tokens and what its channels chose; False if there was nothing.

        Which channels were its own stays known, for `brief forget workspace`.
        """
        channels = sa.select(team_channels.c.channel).where(team_channels.c.team == team)
        with self._writer.begin() as connection:
            connection.execute(sa.delete(choices).where(choices.c.channel.in_(channels)))
            gone = connection.execute(sa.delete(installations).where(installations.c.team == team))
        return bool(gone.rowcount)

    def team_of(self, channel: str) -> str | None:
        """The workspace of this channel, if it was noted."""
        with self._engine.connect() as connection:
            return connection.scalar(
                sa.select(team_channels.c.team).where(team_channels.c.channel == channel)
            )

    def note_channel(self, channel: str, team: str) -> None:
        """Remembers in which workspace a channel is."""
        with self._writer.begin() as connection:
            insert_if_missing(connection, team_channels, {"channel": channel, "team": team})

    def new_state(self, state: str, seconds: float) -> None:
        """Remembers what is handed to a browser, for so long; drops what is over."""
        now = self._clock()
        with self._writer.begin() as connection:
            connection.execute(sa.delete(oauth_states).where(oauth_states.c.until < now))
            connection.execute(sa.insert(oauth_states).values(state=state, until=now + seconds))

    def use_state(self, state: str) -> bool:
        """Whether this was handed out lately and is used for the first time."""
        good = (oauth_states.c.state == state) & (oauth_states.c.until >= self._clock())
        with self._writer.begin() as connection:
            return bool(connection.execute(sa.delete(oauth_states).where(good)).rowcount)

    def _encrypted(self, token: str) -> str:
        return self._cipher.encrypt(token.encode()).decode()

    def _opened(self, row: sa.RowMapping) -> Installation:
        try:
            opened = {
                name: self._cipher.decrypt(row[name]).decode() if row[name] else None
                for name in ("token", "refresh_token")
            }
        except InvalidToken as error:
            raise SettingsError(
                f"SLACK_TOKENS_KEY: does not open the stored token of the workspace {row['name']}; "
                "give the key with which it was stored as well, after a comma, or install the app there again"
            ) from error
        return Installation(**{**row, **opened})
