"""What a person is told who adds a work to the next brief."""

import json
from collections.abc import Sequence
from typing import Literal

from bot.views import mrkdwn
from bot.views.controls import plain_text
from bot.views.message import Block, Message, fallback, section
from pipeline.models import Article
from pipeline.writing.phrasing import readable

SHORTCUT = "add_to_brief"
TAKE_BACK = "take_suggestion_back"
REACTIONS = frozenset(("pushpin", "round_pushpin", "bookmark"))
"""Reactions to a message that mean the same as the shortcut."""
NO_WORK = (
    "I know no work that this message links to. A link to an arXiv paper always works; other pages do once a feed "
    "has brought them."
)
Outcome = Literal["added", "already", "told", "too many"]
WORDS: dict[Outcome, str] = {
    "added": "will be in this channel’s next brief, as suggested by the team:",
    "already": "is on the list for this channel’s next brief already:",
    "told": "has been in a brief of this channel:",
    "too many": "cannot be added, as ten works are waiting for this channel’s next brief already:",
}


def told(channel: str, outcomes: Sequence[tuple[Article, Outcome]]) -> Message:
    """What became of each work; beside what was added a button that takes it back."""
    blocks = [_row(channel, work, outcome) for work, outcome in outcomes]
    first, outcome = outcomes[0]
    return Message(fallback(f"This work {WORDS[outcome]} {readable(first.title)}"), tuple(blocks))


def taken_back(done: bool) -> str:
    """What a person is told who took a suggestion back."""
    return "Taken back." if done else "It is not on the list, or somebody else put it there."


def _row(channel: str, work: Article, outcome: Outcome) -> Block:
    row = section(f"This work {WORDS[outcome]} {mrkdwn.link(work.url, readable(work.title))}")
    return {**row, "accessory": _button(channel, work)} if outcome in ("added", "already") else row


def _button(channel: str, work: Article) -> Block:
    return {
        "type": "button",
        "action_id": TAKE_BACK,
        "text": plain_text("Take back"),
        "value": json.dumps({"channel": channel, "work": work.id}),
    }
