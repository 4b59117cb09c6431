"""What the workspace remembers: people, channels, messages, views. No input or output happens here."""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


class UnknownNameError(LookupError):
    """A person or a channel was named that the workspace does not have."""


@dataclass(frozen=True)
class Identity:
    """Who the app and its team are."""

    team_id: str = "T0LOCAL"
    team_name: str = "Local Workspace"
    team_domain: str = "local"
    app_id: str = "A0LOCAL"
    bot_id: str = "B0LOCAL"
    bot_user_id: str = "U0BRIEF"
    bot_name: str = "brief"


@dataclass(frozen=True)
class User:
    id: str
    name: str
    real_name: str
    is_bot: bool = False
    tz: str = "Etc/UTC"
    guest: bool = False
    stranger: bool = False
    """Of another organisation."""


@dataclass
class Channel:
    """A channel, or the direct-message conversation of two members when `kind` is "im"."""

    id: str
    name: str
    members: list[str]
    kind: str = "channel"
    private: bool = False
    shared: bool = False
    """With another organisation."""
    archived: bool = False
    created: int = 0


@dataclass
class Stream:
    """How a message that grows stands, and since when it grows, in Unix seconds."""

    since: float
    state: str = "in_progress"


@dataclass
class Message:
    """One message. `thread_ts` is set on replies only; `visible_to` on ephemeral messages only."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] | None = None
    attachments: list[Json] | None = None
    thread_ts: str | None = None
    by_app: bool = False
    visible_to: str | None = None
    metadata: Json | None = None
    edited_ts: str | None = None
    subtype: str | None = None
    client_msg_id: str | None = None
    broadcast: bool = False
    options: Json = field(default_factory=dict)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    files: list[Json] | None = None
    stream: Stream | None = None


@dataclass
class StoredFile:
    """An upload: its bytes once they came, and from when on it can be shown."""

    id: str
    name: str
    length: int
    alt: str
    ticket: str
    title: str = ""
    body: bytes | None = None
    ready_at: float | None = None


@dataclass
class Canvas:
    """A document, and who may read it."""

    id: str
    title: str
    markdown: str
    channels: set[str] = field(default_factory=set)
    people: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Change:
    """One thing that happened, in the order in which it happened."""

    kind: str
    message: Message | None = None
    before: Message | None = None
    detail: Json = field(default_factory=dict)


PEOPLE = (
    User("U0ADA", "ada", "Ada Moreno", tz="Europe/London"),
    User("U0KOFI", "kofi", "Kofi Lindqvist", tz="Europe/Stockholm"),
    User("U0MINA", "mina", "Mina Okafor", tz="America/New_York"),
)


class State:
    """Everything the workspace knows. Each change is handed to the observers synchronously."""

    def __init__(
        self,
        *,
        identity: Identity | None = None,
        people: Iterable[User] = PEOPLE,
        channels: Iterable[str] = ("research", "general"),
        now: Callable[[], float] = time.time,
    ) -> None:
        self.identity = identity or Identity()
        self.now = now
        self.users: dict[str, User] = {user.id: user for user in people}
        if not self.users:
            raise ValueError("a workspace needs at least one person")
        me = self.identity
        self.users[me.bot_user_id] = User(me.bot_user_id, me.bot_name, me.bot_name, is_bot=True)
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, dict[str, Message]] = {}
        self.views: dict[str, Json] = {}
        self.homes: dict[str, Json] = {}
        self.executions: dict[str, Json] = {}
        """Steps of workflows that run or ran, by their number."""
        self.groups: dict[str, list[str]] = {}
        """User groups by id, with their members."""
        self.statuses: dict[tuple[str, str], str] = {}
        self.loading: dict[tuple[str, str], list[str]] = {}
        self.sessions: dict[tuple[str, str], str] = {}
        self.prompts: dict[str, list[Json]] = {}
        self.files: dict[str, StoredFile] = {}
        self.canvases: dict[str, Canvas] = {}
        self.observers: list[Callable[[Change], None]] = []
        self._last_micros = 0
        self._serial = 0
        for name in channels:
            self.add_channel(name)
        self.open_dm(self.person.id)

    @property
    def person(self) -> User:
        """The first person: the one who looks at the page."""
        return next(user for user in self.users.values() if not user.is_bot)

    def notify(self, change: Change) -> None:
        for observer in list(self.observers):
            observer(change)

    def next_ts(self) -> str:
        """A time stamp in Slack's form, always later than the one before."""
        micros = max(int(self.now() * 1_000_000), self._last_micros + 1)
        self._last_micros = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def serial(self) -> int:
        self._serial += 1
        return self._serial

    def new_file_id(self) -> str:
        return f"F{self.serial():08d}"

    def file_shown(self, file_id: object) -> bool:
        """Whether a message may show this file by now."""
        file = self.files.get(str(file_id))
        return file is not None and file.ready_at is not None and file.ready_at <= self.now()

    # people and channels

    def user(self, key: str) -> User:
        """The user with this id, name or real name. Raises UnknownNameError."""
        wanted = key.removeprefix("@")
        for user in self.users.values():
            if wanted in (user.id, user.name, user.real_name):
                return user
        names = ", ".join(user.name for user in self.users.values())
        raise UnknownNameError(f"There is nobody called {key!r} in this workspace; there are {names}.")

    def add_channel(
        self,
        name: str,
        *,
        members: Iterable[str] | None = None,
        private: bool = False,
        shared: bool = False,
    ) -> Channel:
        """Adds a channel; without `members`, everybody and the app are in it."""
        slug = re.sub(r"[^a-z0-9_-]+", "-", name.removeprefix("#").lower()).strip("-")
        if not slug or any(channel.name == slug for channel in self.channels.values()):
            raise ValueError(f"{name!r} cannot be a channel's name here: it is empty or taken.")
        ids = list(self.users) if members is None else [self.user(member).id for member in members]
        channel_id = "C0" + re.sub(r"[^A-Z0-9]", "", slug.upper()) if slug.isascii() else f"C0{self.serial()}"
        if channel_id in self.channels:
            channel_id = f"{channel_id}{self.serial()}"
        channel = Channel(channel_id, slug, ids, private=private, shared=shared, created=int(self.now()))
        self._keep_channel(channel)
        return channel

    def open_dm(self, user_id: str) -> Channel:
        """The direct-message conversation of this person and the app, made when it is not there yet."""
        channel_id = "D" + user_id[1:]
        if channel_id not in self.channels:
            members = [user_id, self.identity.bot_user_id]
            self._keep_channel(Channel(channel_id, "", members, kind="im", created=int(self.now())))
        return self.channels[channel_id]

    def _keep_channel(self, channel: Channel) -> None:
        self.channels[channel.id] = channel
        self.messages[channel.id] = {}
        self.notify(Change("channel", detail={"channel": channel.id}))

    def channel(self, key: str) -> Channel:
        """The channel with this id or name (with or without "#"). Raises UnknownNameError."""
        wanted = key.removeprefix("#")
        for channel in self.channels.values():
            if wanted == channel.id or (channel.name and wanted == channel.name):
                return channel
        names = ", ".join(f"#{channel.name}" for channel in self.channels.values() if channel.name)
        raise UnknownNameError(f"There is no channel {key!r} in this workspace; there are {names}.")

    def join(self, channel: Channel, user_id: str) -> None:
        if user_id not in channel.members:
            channel.members.append(user_id)
            self.notify(Change("joined", detail={"channel": channel.id, "user": user_id}))

    # messages

    def find(self, channel_id: str, ts: str | None) -> Message | None:
        return self.messages.get(channel_id, {}).get(ts or "")

    def find_anywhere(self, ts: str) -> Message | None:
        return next((box[ts] for box in self.messages.values() if ts in box), None)

    def top_level(self, channel_id: str) -> list[Message]:
        """What stands in the channel itself, oldest first, ephemeral messages included."""
        return [m for m in self.messages[channel_id].values() if m.thread_ts is None or m.broadcast]

    def replies(self, channel_id: str, thread_ts: str) -> list[Message]:
        """The replies under a parent, oldest first, ephemeral messages included."""
        return [m for m in self.messages[channel_id].values() if m.thread_ts == thread_ts]

    def add(self, message: Message) -> Message:
        self.messages[message.channel][message.ts] = message
        if message.by_app:
            self.set_status(message.channel, message.thread_ts or message.ts, "")
        self.notify(Change("posted", message))
        return message

    def change(self, message: Message, before: Message) -> None:
        self.notify(Change("changed", message, before))

    def delete(self, message: Message) -> None:
        """Removes a message; a parent with replies leaves a stone behind, as in Slack."""
        if message.visible_to is None and self.replies(message.channel, message.ts):
            message.subtype, message.text = "tombstone", "This message was deleted."
            message.blocks = message.attachments = message.metadata = None
            message.user, message.by_app, message.reactions = "USLACKBOT", False, {}
        else:
            del self.messages[message.channel][message.ts]
        self.notify(Change("deleted", message))

    def react(self, message: Message, user_id: str, name: str) -> bool:
        """Adds a reaction; False when this user has already given it."""
        users = message.reactions.setdefault(name, [])
        if user_id in users:
            return False
        users.append(user_id)
        self.notify(Change("reaction_added", message, detail={"user": user_id, "reaction": name}))
        return True

    def unreact(self, message: Message, user_id: str, name: str) -> bool:
        """Takes a reaction back; False when it is not there."""
        users = message.reactions.get(name, [])
        if user_id not in users:
            return False
        users.remove(user_id)
        if not users:
            del message.reactions[name]
        self.notify(Change("reaction_removed", message, detail={"user": user_id, "reaction": name}))
        return True

    def set_session(self, channel_id: str, thread_ts: str, status: str) -> None:
        """Keeps what the app says of its work in a thread."""
        self.sessions[channel_id, thread_ts] = status
        detail = {"channel": channel_id, "thread_ts": thread_ts, "session": status}
        self.notify(Change("session", detail=detail))

    def set_status(self, channel_id: str, thread_ts: str, status: str, loading: Iterable[str] = ()) -> None:
        """Shows or, with an empty text, clears what the app says it is doing; `loading` takes turns with it."""
        place, messages = (channel_id, thread_ts), list(loading)
        if (self.statuses.get(place, ""), self.loading.get(place, [])) == (status, messages):
            return
        self.statuses.pop(place, None)
        self.loading.pop(place, None)
        if status:
            self.statuses[place] = status
            self.loading[place] = messages
        detail = {"channel": channel_id, "thread_ts": thread_ts, "status": status, "loading": messages}
        self.notify(Change("status", detail=detail))
