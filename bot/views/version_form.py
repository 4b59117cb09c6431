"""The dialog that asks for another version of a brief, the button under what came of it, and the note in the brief."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, cast

from bot.views import mrkdwn
from bot.views.controls import field, option, plain_text
from bot.views.message import Block, Message, contexts, fallback, lines
from pipeline.models import Language, VersionKind
from pipeline.rendering import frame_of

CALLBACK, REPLACE = "brief_version_form", "replace_brief"
CHOICES: Mapping[VersionKind, str] = {
    "shorter": "Shorter: fewer works and themes",
    "deeper": "Deeper: more works, more of each theme",
    "again": "Worded anew by the language model",
}
NONE = "There is no other version of this brief: {}"
SAME = "That version has the same text as this one: there is nothing to change."
OTHERWISE = "This brief was posted by an older version of me: its messages cannot be told apart, so it stays as it is."
WRITING = "Writing that version. I will send it to you as a direct message."
CHANGED_MEANWHILE = (
    "The brief or its thread has changed since this version was written: please ask for a version again."
)


@dataclass(frozen=True)
class Target:
    """The brief that another version is wanted of, and where its parent message stands."""

    channel: str
    thread: str
    brief: str


@dataclass(frozen=True)
class Wish:
    """A version that is to take the place of the brief that was delivered."""

    channel: str
    delivery: str
    instead_of: str
    brief: str
    kind: VersionKind


def version_form(target: Target, kinds: Collection[VersionKind], writer: str, most: int) -> dict[str, Any]:
    """The modal; `writer` names the language model that is asked, if one is."""
    options = [option(text, kind) for kind, text in CHOICES.items() if kind in kinds]
    radio = {"type": "radio_buttons", "options": options, "initial_option": options[0]}
    cost = (
        f"{writer} is asked, within the limits of the settings." if writer else "No language model is asked."
    )
    told = [
        "It is made of the works that this brief was made of. You get it as a direct message first, with a button that "
        "changes the brief in the channel; every [n] means what it did.",
        f"{cost} It counts as one of the {most} briefs that you may have written within 24 hours.",
    ]
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps(asdict(target)),
        "title": plain_text("Another version"),
        "submit": plain_text("Write it"),
        "close": plain_text("Cancel"),
        "blocks": [field("kind", "How should it be?", radio), *contexts(map(mrkdwn.escape, told))],
    }


def given(view: Mapping[str, Any]) -> tuple[Target, VersionKind]:
    """What was filled in, of a submitted view."""
    chosen = view["state"]["values"]["kind"]["kind"]["selected_option"]["value"]
    if chosen not in CHOICES:
        raise ValueError(chosen)
    return Target(**json.loads(view["private_metadata"])), cast(VersionKind, chosen)


def note(kind: VersionKind, user: str, day: date, language: Language) -> str:
    """Who had a brief changed and when, as mrkdwn for its small print."""
    f = frame_of(language)
    who = {"user": f"<@{mrkdwn.escape(user)}>", "day": f.day(day)}
    told: Mapping[VersionKind, str] = {
        "shorter": f.gettext("Shortened by {user} on {day}; the numbers are as they were.", **who),
        "deeper": f.gettext("Deepened by {user} on {day}; the numbers are as they were.", **who),
        "again": f.gettext("Worded anew by {user} on {day}; the numbers are as they were.", **who),
    }
    return told[kind]


def replace_message(wish: Wish) -> Message:
    """What stands under a version that one person has seen: a button that changes the brief in the channel."""
    words = "Only you see this version."
    where = "here" if wish.channel.startswith("D") else f"in <#{wish.channel}>"
    text = f"The button changes the brief {where}: its messages are edited, and the thread stays."
    button = {
        "type": "button",
        "action_id": REPLACE,
        "text": plain_text("Replace the brief"),
        "style": "primary",
        "value": json.dumps(asdict(wish)),
        "confirm": _sure(),
    }
    blocks = lines([f"{mrkdwn.escape(words)} {text}"])
    return Message(fallback(words), (*blocks, {"type": "actions", "elements": [button]}))


def wish_of(value: str) -> Wish:
    """The version that a button stands for."""
    return Wish(**json.loads(value))


def _sure() -> Block:
    return {
        "title": plain_text("Replace the brief?"),
        "text": plain_text("What everybody sees is changed. Answers in the thread keep their numbers."),
        "confirm": plain_text("Replace it"),
        "deny": plain_text("Not now"),
    }
