"""Turns what happens in the workspace into the events that an installed app receives."""

from collections.abc import Collection

from bot.workspace import shapes
from bot.workspace.sockets import Sender
from bot.workspace.state import Change, Json, Message, State


class EventFeed:
    """Watches a State and sends the app what it is subscribed to (None: everything it could be)."""

    def __init__(self, state: State, sender: Sender, subscriptions: Collection[str] | None = None) -> None:
        self.state = state
        self.sender = sender
        self.subscriptions = subscriptions
        state.observers.append(self.on_change)

    def on_change(self, change: Change) -> None:
        message = change.message
        if message is not None and message.visible_to is not None:
            return
        if change.kind == "posted" and message is not None:
            self._posted(message)
        elif change.kind in ("changed", "deleted") and message is not None:
            self._edited(change, message)
        elif change.kind in ("reaction_added", "reaction_removed") and message is not None:
            self._reaction(change, message)
        elif change.kind == "joined":
            self._joined(change)

    def emit(self, event: Json, *, name: str = "") -> None:
        """Sends one event, if the app is subscribed to it under this name."""
        event.setdefault("event_ts", self.state.next_ts())
        if self.subscriptions is None or (name or event["type"]) in self.subscriptions:
            event_id = f"Ev{self.state.identity.team_id[1:]}{self.state.serial():08d}"
            self.sender.send("events_api", shapes.event_callback(self.state, event, event_id))

    def _sees(self, channel_id: str) -> bool:
        return self.state.identity.bot_user_id in self.state.channels[channel_id].members

    def _posted(self, message: Message) -> None:
        if not self._sees(message.channel):
            return
        kind = self._kind(message.channel)
        base = shapes.message(self.state, message, metadata=True)
        base |= {"channel": message.channel, "event_ts": message.ts}
        self.emit(base | {"channel_type": kind}, name=self._subscription(kind))
        mention = f"<@{self.state.identity.bot_user_id}>"
        if kind != "im" and mention in message.text and not message.by_app:
            self.emit(base | {"type": "app_mention"})

    def _edited(self, change: Change, message: Message) -> None:
        if not self._sees(message.channel):
            return
        kind = self._kind(message.channel)
        ts = self.state.next_ts()
        event: Json = {"type": "message", "channel": message.channel, "channel_type": kind}
        event |= {"ts": ts, "event_ts": ts, "hidden": True}
        if change.kind == "deleted":
            event |= {"subtype": "message_deleted", "deleted_ts": message.ts}
        else:
            event |= {"subtype": "message_changed", "message": shapes.message(self.state, message)}
        before = change.before or message
        event["previous_message"] = shapes.message(self.state, before)
        self.emit(event, name=self._subscription(kind))

    def _reaction(self, change: Change, message: Message) -> None:
        if self._sees(message.channel):
            item = {"type": "message", "channel": message.channel, "ts": message.ts}
            self.emit({"type": change.kind, **change.detail, "item": item, "item_user": message.user})

    def _joined(self, change: Change) -> None:
        if self._sees(change.detail["channel"]):
            where = {"channel_type": "C", "team": self.state.identity.team_id}
            self.emit({"type": "member_joined_channel", **change.detail, **where})

    def _kind(self, channel_id: str) -> str:
        place = self.state.channels[channel_id]
        return "group" if place.private else place.kind

    def _subscription(self, kind: str) -> str:
        return {"im": "message.im", "group": "message.groups"}.get(kind, "message.channels")
