"""The thumbs below a work of a brief, and what the Home tab says a channel's people liked."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.views import mrkdwn
from bot.views.controls import plain_text
from bot.views.message import Block, contexts, header, lines

if TYPE_CHECKING:
    from pipeline.taste import Learned

RATE, RESET = "rate_work", "forget_taste"
SHOWN = 5
THANKS = {
    1: "Noted: more like this. The Home tab says what this channel’s reactions have taught me.",
    -1: "Noted: less like this. The Home tab says what this channel’s reactions have taught me.",
}
FORGOTTEN = "Done: I have forgotten what this channel liked."
HOW = (
    "Thumbs and reactions on a work move works that are named alike a little up or down, at most by 0.12 of 1, in the "
    "channel where they were given. One place of five goes by the topic alone. A reaction that is taken away has no "
    "effect any more."
)


def thumbs(article_id: str, title: str) -> Block:
    """Two buttons that teach the channel's taste."""
    return {
        "type": "context_actions",
        "elements": [
            {
                "type": "feedback_buttons",
                "action_id": RATE,
                "positive_button": _button("More like this", article_id, True, title),
                "negative_button": _button("Less like this", article_id, False, title),
            }
        ],
    }


def learned_blocks(learned: "Sequence[tuple[str, Sequence[Learned]]]") -> list[Block]:
    """For each channel what was learned, and a button that forgets it; nothing where nothing was."""
    if not learned:
        return []
    blocks: list[Block] = [header("What channels liked")]
    for channel, terms in learned:
        told = [f"• {mrkdwn.escape(mrkdwn.one_line(term.sentence))}" for term in terms[:SHOWN]]
        rows = told or ["• Works were judged, but they have nothing in common yet."]
        (section,) = lines([f"*{mrkdwn.channel(channel)}*", *rows])[:1]
        blocks.append({**section, "accessory": _forget(channel)})
    return [*blocks, *contexts([HOW])]


def _button(text: str, article_id: str, good: bool, title: str) -> Block:
    about = mrkdwn.plain(f"{text}: {title}", 75)
    value = json.dumps({"work": article_id, "good": good})
    return {"text": plain_text(text), "value": value, "accessibility_label": about}


def _forget(channel: str) -> Block:
    confirm = {
        "title": plain_text("Forget it?"),
        "text": plain_text("All that this channel’s reactions taught is forgotten, for everybody."),
        "confirm": plain_text("Forget it"),
        "deny": plain_text("Keep it"),
    }
    return {
        "type": "button",
        "action_id": RESET,
        "text": plain_text("Forget"),
        "value": channel,
        "confirm": confirm,
    }
