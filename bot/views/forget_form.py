"""The dialog before the questions and answers of a conversation are forgotten."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bot.views.controls import plain_text
from bot.views.message import lines

CALLBACK = "forget_thread_form"
NOTHING = "I remember nothing of this conversation."
STAYS = (
    "What stands in Slack stays there: whoever may can delete it. Copies made by `brief backup` stay as well, and what "
    "a model’s provider keeps."
)
WHERE = (
    "Choose *Forget this thread* in the menu below a brief, or give the link of a message: `/brief forget LINK`. In "
    "our direct messages `/brief forget` forgets what you asked me there."
)


@dataclass(frozen=True)
class Place:
    """A thread of a channel; without a thread all that was asked there."""

    channel: str
    thread: str = ""


def forget_form(place: Place, questions: int) -> dict[str, Any]:
    """The modal that asks once more."""
    counted = f"{questions} question{'' if questions == 1 else 's'}"
    where = "this thread" if place.thread else "our direct messages"
    told = (
        f"I will forget {counted} asked in {where}, with answers, votes and records. This cannot be undone."
    )
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": json.dumps(asdict(place)),
        "title": plain_text("Forget this thread" if place.thread else "Forget our talk"),
        "submit": plain_text("Forget it"),
        "close": plain_text("Cancel"),
        "blocks": lines([told, STAYS]),
    }


def given(view: Mapping[str, Any]) -> Place:
    """The conversation that a submitted view is about."""
    return Place(**json.loads(view["private_metadata"]))


def forgotten(questions: int) -> str:
    """What was done, in words."""
    return f"Done: {questions} question{' is' if questions == 1 else 's are'} forgotten, with the answers."
