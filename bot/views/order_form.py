"""The dialog that asks for a brief, and the button under a preview."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.settings import Config
from bot.views import mrkdwn
from bot.views.controls import field, option, plain_text
from bot.views.message import Block, Message, fallback, lines

CALLBACK = "order_brief"
SHARE = "share_brief"
OPTIONS = 100
"""Slack shows no more in one list."""
TOPIC_LENGTH = 500


def order_form(config: Config, own: str | None = None, channel: str | None = None) -> dict[str, Any]:
    """The modal: a profile or a topic in words, since when, for which channel, and whether it or the sender gets it."""
    profiles = [option(profile.title, name) for name, profile in list(config.profiles.items())[:OPTIONS]]
    chosen = next((option for option in profiles if option["value"] == own), profiles[0])
    here = option("Post it in the channel", "post")
    first = option("Send it to me first, with a button to share it", "preview")
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "title": plain_text("Write a brief"),
        "submit": plain_text("Write it"),
        "close": plain_text("Cancel"),
        "blocks": [
            field(
                "profile", "Profile", {"type": "static_select", "options": profiles, "initial_option": chosen}
            ),
            field("topic", "Or a topic in your own words", _topic(), optional=True),
            field("since", "Since (by default the last seven days)", {"type": "datepicker"}, optional=True),
            field("channel", "Channel", _channel(channel)),
            field(
                "where",
                "Who sees it",
                {"type": "radio_buttons", "options": [here, first], "initial_option": here},
            ),
        ],
    }


@dataclass(frozen=True)
class Given:
    """What a person filled in."""

    channel: str
    profile: str
    topic: str
    since: str | None
    privately: bool


def given(view: Mapping[str, Any]) -> Given:
    """What was filled in, of a submitted view."""
    values = {name: block[name] for name, block in view["state"]["values"].items()}
    return Given(
        channel=values["channel"]["selected_conversation"],
        profile=values["profile"]["selected_option"]["value"],
        topic=str(values["topic"].get("value") or "").strip(),
        since=values["since"].get("selected_date"),
        privately=values["where"]["selected_option"]["value"] == "preview",
    )


def share_message(brief_id: str, channel: str) -> Message:
    """What stands under a preview: a button that posts it in the channel."""
    words = "Only you see this brief."
    button = {
        "type": "button",
        "action_id": SHARE,
        "text": plain_text("Share in the channel"),
        "value": json.dumps({"brief": brief_id, "channel": channel}),
    }
    where = lines([f"{mrkdwn.escape(words)} The button posts it in <#{channel}>."])
    return Message(fallback(words), (*where, {"type": "actions", "elements": [button]}))


def _channel(channel: str | None) -> Block:
    element: Block = {"type": "conversations_select", "filter": {"include": ["public", "private"]}}
    return element | (
        {"initial_conversation": channel} if channel else {"default_to_current_conversation": True}
    )


def _topic() -> Block:
    hint = "for example: robot grasping NOT simulation only"
    return {"type": "plain_text_input", "max_length": TOPIC_LENGTH, "placeholder": plain_text(hint)}
