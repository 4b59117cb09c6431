"""The dialog of the message shortcut: what would you like to know about what this message links to?"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.views import mrkdwn
from bot.views.controls import plain_text
from bot.views.message import Block, contexts, lines

SHORTCUT = "ask_about"
CALLBACK = "ask_about_form"
LONGEST = 1500
"""Together with the link a question stays below what is taken."""


@dataclass(frozen=True)
class Target:
    """Where the answer goes, and the first address in the message if there is one."""

    channel: str
    thread: str
    link: str | None


def packed(target: Target) -> str:
    """The target as a dialog carries it."""
    return json.dumps(asdict(target))


def target_of(view: Mapping[str, Any]) -> Target:
    """The target that a dialog carries."""
    return Target(**json.loads(view["private_metadata"]))


def ask_form(target: Target, card: Sequence[Block] = (), title: str = "Ask about this") -> dict[str, Any]:
    """The modal with one field, below what is known of the work."""
    about = [f"About {mrkdwn.link(target.link, target.link)}"] if target.link and not card else []
    field = {"type": "plain_text_input", "action_id": "question", "multiline": True, "max_length": LONGEST}
    asked = {
        "type": "input",
        "block_id": "question",
        "label": plain_text("Your question"),
        "element": {**field, "initial_value": "What does it find?" if target.link else ""},
    }
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": packed(target),
        "title": plain_text(title),
        "submit": plain_text("Ask"),
        "close": plain_text("Cancel"),
        "blocks": [*card, *lines(about), asked, *contexts(["The answer appears in the message’s thread."])],
    }


def given(view: Mapping[str, Any]) -> tuple[Target, str]:
    """Where the answer goes, and the question, of a submitted view."""
    values = view["state"]["values"]["question"]["question"]
    return target_of(view), str(values.get("value") or "").strip()
