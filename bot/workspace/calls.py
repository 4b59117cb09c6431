"""What the Web API's methods are given, and how they refuse."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.workspace.hooks import Hooks
from bot.workspace.limits import Refusal
from bot.workspace.sockets import SocketHub
from bot.workspace.state import Channel, Json, Message, State


class ApiError(Exception):
    """A method refuses: becomes `ok: false` with this error name and these further fields."""

    def __init__(self, error: str, **fields: Any) -> None:
        super().__init__(error)
        self.error = error
        self.fields = fields

    @classmethod
    def of(cls, refusal: Refusal) -> "ApiError":
        if not refusal.messages:
            return cls(refusal.error)
        remarks = [f"[ERROR] {remark}" for remark in refusal.messages]
        return cls(refusal.error, errors=list(refusal.messages), response_metadata={"messages": remarks})


@dataclass
class Desk:
    """What the methods work on. `base` is the server's own address, without a slash at the end."""

    state: State
    hooks: Hooks
    hub: SocketHub
    base: str = ""
    missing_parent: str = "refuse"
    plan: str = "paid"
    file_delay: float = 0.0
    stream_seconds: float = 300.0

    def channel(self, key: str) -> Channel:
        """The conversation with this id, or `channel_not_found`."""
        if key not in self.state.channels:
            raise ApiError("channel_not_found")
        return self.state.channels[key]

    def joined(self, key: str) -> Channel:
        """The conversation with this id, of which the app is a member, or the fitting error."""
        channel = self.channel(key)
        if self.state.identity.bot_user_id not in channel.members:
            raise ApiError("not_in_channel")
        return channel

    def message(self, channel: Channel, ts: str) -> Message:
        """The message at this time stamp, ephemeral ones excluded, or `message_not_found`."""
        message = self.state.find(channel.id, ts)
        if message is None or message.visible_to is not None:
            raise ApiError("message_not_found")
        return message


@dataclass(frozen=True)
class Args:
    """A call's arguments, with the conversions that a form needs."""

    values: Json

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        return default if value is None else str(value)

    def need(self, name: str, error: str = "invalid_arguments") -> str:
        value = self.text(name)
        if not value:
            raise ApiError(error, response_metadata={"messages": [f"[ERROR] missing required field: {name}"]})
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.values.get(name)
        return default if value is None else str(value).lower() in ("1", "true")

    def number(self, name: str, default: int, most: int) -> int:
        value = self.text(name)
        if value and not value.isdigit():
            raise ApiError("invalid_limit")
        number = int(value or default) or default
        if not 1 <= number <= most:
            raise ApiError("invalid_limit")
        return number

    def words(self, name: str) -> list[str]:
        """A list given as a list or with commas."""
        value = self.values.get(name)
        items = value if isinstance(value, list) else str(value or "").split(",")
        return [str(item).strip() for item in items if str(item).strip()]


Handler = Callable[[Desk, Args], Json]


@dataclass(frozen=True)
class Method:
    """One Web API method: what it does, and the scope a bot token needs for it."""

    run: Handler
    scope: str | None = None
