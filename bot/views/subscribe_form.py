"""The dialog that sets what a channel gets: topic, feeds, length, day, hour and time zone."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.choices import Choice
from bot.settings import Config, ProfileTable, Subscription
from bot.views import mrkdwn
from bot.views.controls import field, option, plain_text
from bot.views.message import Block, Message, fallback, lines
from pipeline.rendering import LANGUAGES

CALLBACK = "subscribe"
OPEN = "open_subscribe_form"
FILE_AGAIN = "forget_choice"
OPTIONS = 100
"""Slack shows no more in one list."""
TOPIC = 3000
LENGTHS = {"short": "Short", "standard": "Standard", "long": "Long"}
DAYS = {
    "mon": "Monday", "tue": "Tuesday", "wed": "Wednesday", "thu": "Thursday", "fri": "Friday",
    "sat": "Saturday", "sun": "Sunday",
}  # fmt: skip


class FieldErrors(Exception):
    """What is wrong, by the name of its field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


@dataclass(frozen=True)
class Start:
    """What the dialog begins with: what the channel gets now, or a proposal."""

    profile: ProfileTable
    subscription: Subscription | None
    timezone: str
    """The person's own, for a new subscription."""


def subscribe_form(config: Config, start: Start, channel: str | None) -> dict[str, Any]:
    """The modal; without a channel it asks for one."""
    blocks = [
        field("title", "Name of the brief", _text(start.profile.title, 120)),
        field(
            "topic",
            "Topic in plain words; what follows NOT is kept out",
            _text(start.profile.topic, TOPIC, True),
        ),
        field("feeds", "Feeds (none chosen: all)", _feeds(config, start.profile.feeds), optional=True),
        field("length", "Length", _select(LENGTHS, start.profile.length)),
        field(
            "language",
            "Language of headings, dates and labels; findings stay in their sources’ words",
            _select(LANGUAGES, start.profile.language),
        ),
        field("day", "Day", _select(DAYS, start.subscription.day if start.subscription else "mon")),
        field("time", "Hour", {"type": "timepicker", "initial_time": _hour(start.subscription)}),
        field("timezone", "Time zone", _text(_zone(start), 60)),
        field("paused", "For now", _pause(start.subscription), optional=True),
    ]
    if channel is None:
        chosen = {"type": "conversations_select", "filter": {"include": ["public", "private"]}}
        blocks = [field("channel", "Channel", chosen), *blocks]
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps({"channel": channel}),
        "title": plain_text("What a channel gets"),
        "submit": plain_text("Save"),
        "close": plain_text("Cancel"),
        "blocks": blocks,
    }


def channel_of(view: Mapping[str, Any]) -> str:
    """The channel that a submitted view is about."""
    told = json.loads(view["private_metadata"])["channel"]
    return str(told or _values(view)["channel"]["selected_conversation"])


def given(view: Mapping[str, Any], channel: str, channel_name: str, top_papers: int) -> Choice:
    """What was filled in; FieldErrors where the settings would refuse it."""
    values = _values(view)
    told = {
        "title": str(values["title"].get("value") or "").strip(),
        "topic": str(values["topic"].get("value") or "").strip(),
        "feeds": tuple(option["value"] for option in values["feeds"].get("selected_options") or ()),
        "length": values["length"]["selected_option"]["value"],
        "language": values["language"]["selected_option"]["value"],
        "top_papers": top_papers,
    }
    when = {
        "day": values["day"]["selected_option"]["value"],
        "time": values["time"].get("selected_time"),
        "timezone": str(values["timezone"].get("value") or "").strip(),
        "paused": bool(values["paused"].get("selected_options")),
    }
    errors = {
        **_errors(ProfileTable, told),
        **_errors(Subscription, {**when, "channel": channel, "profile": "any"}),
    }
    if errors:
        raise FieldErrors(errors)
    return Choice.model_validate({**told, **when, "channel": channel, "channel_name": channel_name})


def saved_message(choice: Choice, due: str) -> Message:
    """That it is saved, and when the next brief comes; `due` is mrkdwn."""
    words = "Saved." if not choice.paused else "Saved. The weekly brief is paused."
    told = [mrkdwn.escape(words), *([] if choice.paused else [f"The next brief comes {due}."])]
    return Message(fallback(words), tuple(lines([*told, "`/brief preview` shows what it would be now."])))


def change_button(channel: str | None) -> Block:
    """The button that opens the dialog."""
    words = "Change" if channel else "Set up a channel"
    return {
        "type": "button",
        "action_id": OPEN,
        "text": plain_text(words),
        "value": json.dumps({"channel": channel}),
    }


def file_again_button(channel: str) -> Block:
    """The button that gives up what was chosen in Slack."""
    text = plain_text("Back to the settings file")
    return {
        "type": "button",
        "action_id": FILE_AGAIN,
        "text": text,
        "value": json.dumps({"channel": channel}),
    }


def _errors(table: type[ProfileTable] | type[Subscription], told: dict[str, Any]) -> dict[str, str]:
    try:
        table.model_validate(told)
    except ValidationError as error:
        return {
            str(one["loc"][0] if one["loc"] else "topic"): one["msg"].removeprefix("Value error, ")
            for one in error.errors()
        }
    return {}


def _values(view: Mapping[str, Any]) -> dict[str, Any]:
    return {name: block[name] for name, block in view["state"]["values"].items()}


def _zone(start: Start) -> str:
    return start.subscription.timezone if start.subscription else start.timezone


def _hour(subscription: Subscription | None) -> str:
    return f"{subscription.time:%H:%M}" if subscription else "09:00"


def _pause(subscription: Subscription | None) -> Block:
    paused = option("Paused: post nothing", "paused")
    chosen = {"initial_options": [paused]} if subscription and subscription.paused else {}
    return {"type": "checkboxes", "options": [paused], **chosen}


def _feeds(config: Config, chosen: tuple[str, ...]) -> Block:
    options = [option(feed.name, feed.name) for feed in config.feeds[:OPTIONS]]
    kept = [option for option in options if option["value"] in chosen]
    return {"type": "multi_static_select", "options": options, **({"initial_options": kept} if kept else {})}


def _select(options: Mapping[str, str], chosen: str) -> Block:
    many = [option(text, value) for value, text in options.items()]
    return {
        "type": "static_select",
        "options": many,
        "initial_option": next(option for option in many if option["value"] == chosen),
    }


def _text(value: str, longest: int, multiline: bool = False) -> Block:
    return {
        "type": "plain_text_input",
        "initial_value": value[:longest],
        "max_length": longest,
        "multiline": multiline,
    }
