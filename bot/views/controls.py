"""The pieces that dialogs and buttons are made of."""

from typing import Any

from bot.views import mrkdwn

Control = dict[str, Any]

OPTION_TEXT = 75
"""Characters in the text of an option; Slack refuses more."""


def plain_text(text: str) -> Control:
    """A text object without markup, of words of our own."""
    return {"type": "plain_text", "text": text, "emoji": False}


def option(text: str, value: str) -> Control:
    """One of several things to choose; the text may come from outside."""
    return {"text": plain_text(mrkdwn.plain(text, OPTION_TEXT)), "value": value}


def field(name: str, label: str, element: Control, *, optional: bool = False) -> Control:
    """An input block of a dialog; its value is found under the name, twice."""
    return {
        "type": "input",
        "block_id": name,
        "label": plain_text(label),
        "optional": optional,
        "element": {**element, "action_id": name},
    }
