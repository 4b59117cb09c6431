"""What people do in the workspace: the page and the tests go this same way."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.workspace import shapes, workflows
from bot.workspace.events import EventFeed
from bot.workspace.hooks import Hooks
from bot.workspace.limits import check_message
from bot.workspace.sockets import Delivery, Sender
from bot.workspace.state import Change, Channel, Json, Message, State, UnknownNameError, User

NO_CHANNELS = ("dm", "@dm")


class NoSuchControlError(LookupError):
    """There is no such button, or no such view, to act on."""


@dataclass
class Actors:
    """The people's hands. A person is named by id or name, a channel by id, "#name" or name;
    "dm" or "@brief" is the person's direct messages with the app. `commands` are slash commands with
    the hint that is shown while one is typed, `shortcuts` those of messages, by callback_id with their names.
    """

    state: State
    sender: Sender
    hooks: Hooks
    events: EventFeed
    commands: Mapping[str, str]
    shortcuts: Mapping[str, str]
    base: str = ""

    def place(self, user: User, channel: str) -> Channel:
        """Where this person means. Raises UnknownNameError, also when the person is not a member."""
        if channel in NO_CHANNELS or channel == f"@{self.state.identity.bot_name}":
            return self.state.open_dm(user.id)
        place = self.state.channel(channel)
        if user.id not in place.members:
            raise UnknownNameError(f"{user.name} is not in {channel!r} and cannot write there.")
        return place

    def say(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """A person writes something, in a thread when `thread_ts` is given. Returns the message."""
        person = self.state.user(user)
        place = self.place(person, channel)
        if not text.strip():
            raise ValueError("There is nothing to send: the message is empty.")
        parent = self.state.find(place.id, thread_ts)
        if thread_ts and (parent is None or parent.thread_ts is not None):
            raise NoSuchControlError("That thread does not exist (any more).")
        wire = shapes.typed(self.state, text)
        message = Message(
            self.state.next_ts(),
            place.id,
            person.id,
            wire,
            blocks=shapes.with_block_ids(self.state, shapes.rich_text(wire)),
            thread_ts=thread_ts,
            client_msg_id=str(uuid.uuid4()),
        )
        return self.state.add(message)

    def mention(self, user: str, channel: str, text: str, thread_ts: str | None = None) -> Message:
        """The same, addressed to the app."""
        return self.say(user, channel, f"<@{self.state.identity.bot_user_id}> {text}", thread_ts)

    def slash(self, user: str, channel: str, command: str, text: str = "") -> Delivery:
        """A person types a slash command. The answer in the acknowledgement is shown as Slack would."""
        person = self.state.user(user)
        place = self.place(person, channel)
        if command not in self.commands:
            raise NoSuchControlError(f"{command} is not a command of this workspace.")
        payload = shapes.slash_command(
            self.state, person=person, place=place, command=command, text=text.strip()
        )
        path = self.hooks.new_url("commands", place.id, person.id)
        payload |= self._answerable(person, path)
        return self.sender.send(
            "slash_commands",
            payload,
            on_ack=lambda answer: self._command_answered(path, answer),
            on_failure=lambda error: self._failed(
                person, place, f"{command} failed with the error “{error}”"
            ),
        )

    def click(self, user: str, message_ts: str, action_id: str, *, value: str | None = None) -> Delivery:
        """A person clicks the button, or picks the option of this value, with this action_id on a message."""
        person = self.state.user(user)
        message = self.state.find_anywhere(message_ts)
        if message is None or message.visible_to not in (None, person.id):
            raise NoSuchControlError("That message does not exist (any more).")
        block, element = find_element(message.blocks or [], action_id, value)
        payload = shapes.interaction(self.state, person, "block_actions")
        payload |= shapes.clicked(self.state, message)
        payload["state"] = {"values": {}}
        payload["actions"] = [self._action(block, element, value)]
        path = self.hooks.new_url("actions", message.channel, person.id, message.ts)
        payload |= self._answerable(person, path)
        place = self.state.channels[message.channel]
        return self._interact(person, place, payload)

    def press(self, user: str, view_id: str, action_id: str, *, value: str | None = None) -> Delivery:
        """The same as click, in a dialog or on the Home tab."""
        person, view = self._view(user, view_id)
        block, element = find_element(view["blocks"], action_id, value)
        payload = shapes.interaction(self.state, person, "block_actions")
        payload |= {"container": {"type": "view", "view_id": view_id}, "view": shapes.view(view)}
        payload["trigger_id"] = self.hooks.new_trigger(person.id)
        payload["actions"] = [self._action(block, element, value)]
        return self._interact(person, self.state.open_dm(person.id), payload)

    def shortcut(self, user: str, message_ts: str, callback_id: str) -> Delivery:
        """A person takes a shortcut from the menu of a message."""
        person = self.state.user(user)
        message = self.state.find_anywhere(message_ts)
        if message is None or message.visible_to not in (None, person.id):
            raise NoSuchControlError("That message does not exist (any more).")
        if callback_id not in self.shortcuts:
            raise NoSuchControlError(f"This workspace has no shortcut {callback_id!r}.")
        place = self.state.channels[message.channel]
        payload = shapes.interaction(self.state, person, "message_action")
        payload |= {"callback_id": callback_id, "message_ts": message.ts, "action_ts": self.state.next_ts()}
        payload |= {"channel": {"id": place.id, "name": place.name or "directmessage"}}
        payload["message"] = shapes.message(self.state, message, metadata=True)
        path = self.hooks.new_url("actions", message.channel, person.id, message.ts)
        return self._interact(person, place, payload | self._answerable(person, path))

    def submit(self, user: str, view_id: str, values: Json) -> Delivery:
        """A person submits a modal; `values` is Slack's `view.state.values`."""
        person, view = self._view(user, view_id)
        payload = shapes.interaction(self.state, person, "view_submission")
        payload["trigger_id"] = self.hooks.new_trigger(person.id)
        payload["view"] = {**shapes.view(view), "state": {"values": values}}
        payload["response_urls"] = []

        def answered(answer: Json | None) -> None:
            self._view_answered(view, answer or {})

        place = self.state.open_dm(person.id)
        return self._interact(person, place, payload, answered)

    def close_view(self, user: str, view_id: str) -> None:
        """A person closes a modal without submitting it."""
        person, view = self._view(user, view_id)
        self._forget(view)
        if view.get("notify_on_close"):
            payload = shapes.interaction(self.state, person, "view_closed")
            self._interact(person, self.state.open_dm(person.id), payload | {"view": shapes.view(view)})

    def run_step(self, step: str, inputs: Json) -> str:
        """A workflow comes to a step of the app; returns the number of the execution."""
        if step not in workflows.STEPS:
            raise NoSuchControlError(f"This workspace has no step {step!r}.")
        event = workflows.begin(self.state, step, {key: value for key, value in inputs.items() if value})
        self.events.emit(event)
        return str(event["function_execution_id"])

    def open_home(self, user: str, tab: str = "home") -> None:
        """A person opens the app's Home tab or, with "messages", its conversation."""
        person = self.state.user(user)
        event: Json = {"type": "app_home_opened", "user": person.id, "tab": tab}
        event["channel"] = self.state.open_dm(person.id).id
        if tab == "home" and person.id in self.state.homes:
            event["view"] = shapes.view(self.state.homes[person.id])
        self.events.emit(event)

    def stop(self, user: str, channel: str, thread_ts: str) -> None:
        """A person clicks the Stop button of a thread in which the app is at work."""
        person = self.state.user(user)
        place = self.place(person, channel)
        if self.state.sessions.get((place.id, thread_ts)) != "processing":
            raise NoSuchControlError("Nothing is under way there.")
        stopped = []
        for message in self.state.replies(place.id, thread_ts):
            if message.stream is not None and message.stream.state == "in_progress":
                message.stream.state = "completed"
                stopped.append(message.ts)
                self.state.change(message, message)
        event = {"type": "agent_session_stopped", "user": person.id, "channel": place.id}
        self.events.emit({**event, "thread_ts": thread_ts, "streaming_message_ts": stopped})

    def react(self, user: str, message_ts: str, name: str) -> None:
        """A person adds a reaction, or takes it back when it is already there."""
        person = self.state.user(user)
        message = self.state.find_anywhere(message_ts)
        if message is None or message.visible_to is not None:
            raise NoSuchControlError("That message does not exist (any more).")
        if not self.state.react(message, person.id, name.strip(":")):
            self.state.unreact(message, person.id, name.strip(":"))

    def _answerable(self, person: User, path: str) -> Json:
        return {"response_url": f"{self.base}{path}", "trigger_id": self.hooks.new_trigger(person.id)}

    def _action(self, block: Json, element: Json, value: str | None) -> Json:
        kept = ("type", "action_id", "text", "value", "style")
        action = {key: element[key] for key in kept if key in element}
        chosen = next((option for option in choices(element) if option.get("value") == value), None)
        if element["type"] == "feedback_buttons" and chosen:
            action |= {"value": value, "text": chosen["text"]}
        elif chosen:
            action["selected_option"] = chosen
        return action | {"block_id": block.get("block_id"), "action_ts": self.state.next_ts()}

    def _interact(self, person: User, place: Channel, payload: Json, on_ack: Any = None) -> Delivery:
        return self.sender.send(
            "interactive",
            payload,
            on_ack=on_ack,
            on_failure=lambda error: self._failed(person, place, f"That did not work ({error})."),
        )

    def _command_answered(self, path: str, answer: Json | None) -> None:
        if answer and check_message(answer, method="response_url") is None:
            self.hooks.answer(self.hooks.urls[path], answer)

    def _failed(self, person: User, place: Channel, text: str) -> None:
        ts = self.state.next_ts()
        self.state.add(Message(ts, place.id, "USLACKBOT", text, visible_to=person.id))

    def _view(self, user: str, view_id: str) -> tuple[User, Json]:
        person = self.state.user(user)
        homes = {home["id"]: home for home in self.state.homes.values()}
        view = (self.state.views | homes).get(view_id)
        if view is None or view["user"] != person.id:
            raise NoSuchControlError("That dialog is no longer open.")
        return person, view

    def _view_answered(self, view: Json, answer: Json) -> None:
        action = answer.get("response_action")
        if action == "errors":
            view["errors"] = answer.get("errors") or {}
            self._changed(view)
        elif action in ("update", "push") and isinstance(answer.get("view"), dict):
            view.update(answer["view"], hash=f"{self.state.next_ts()}.h", errors={})
            view["blocks"] = shapes.with_block_ids(self.state, view["blocks"]) or []
            self._changed(view)
        else:
            self._forget(view)

    def _forget(self, view: Json) -> None:
        self.state.views.pop(view["id"], None)
        self._changed(view)

    def _changed(self, view: Json) -> None:
        detail = {"view": view["id"], "user": view["user"], "type": view["type"]}
        self.state.notify(Change("view", detail=detail))


def find_element(blocks: list[Json], action_id: str, value: str | None = None) -> tuple[Json, Json]:
    """The block and its interactive element with this action_id. Raises NoSuchControlError."""
    for block in blocks:
        for element in [*(block.get("elements") or []), block.get("accessory") or {}]:
            values = [element.get("value"), *(option.get("value") for option in choices(element))]
            if element.get("action_id") == action_id and (value is None or value in values):
                return block, element
    raise NoSuchControlError(f"This message has no button {action_id!r}.")


def choices(element: Json) -> list[Json]:
    """What one can choose between in this element: a select's options, or the two feedback buttons."""
    if element.get("type") == "feedback_buttons":
        return [element[key] for key in ("positive_button", "negative_button") if key in element]
    return element.get("options") or []
