"""An answer while it is made: its steps as tasks, and the sentences that passed the checks so far."""

import re
from typing import Any

from bot.views import mrkdwn

Chunk = dict[str, Any]

SEARCHING = "is searching the indexed articles…"
LOADING = (
    "Searching the indexed articles…",
    "Comparing what they say…",
    "Looking for the sentences that answer…",
    "Checking every number and name…",
)
"""Texts that take turns while an answer is awaited."""
TITLE = 200
"""Characters of a task's title; Slack takes 256."""
STOPPED = "Stopped, as you asked."
_ACTIVE = re.compile(r"[\\`*_~\[\]<>|#!]")


def task_id(question: int, step: str) -> str:
    """By which a task is known again; it names the question, so that a message with it is known too."""
    return f"question-{question}-{step}"


def task(question: int, step: str, title: str, status: str, source: str | None = None) -> Chunk:
    """A step: what is done, and whether it is `in_progress` or `complete`."""
    chunk: Chunk = {
        "type": "task_update",
        "id": task_id(question, step),
        "title": mrkdwn.plain(title, TITLE),
        "status": status,
    }
    if address := mrkdwn.address(source):
        chunk["sources"] = [{"type": "url", "url": mrkdwn.unescape(address), "text": "Source"}]
    return chunk


def sentence(text: str) -> Chunk:
    """A checked sentence as standard Markdown in which nothing acts: no mention, link or markup comes of it."""
    shown = mrkdwn.one_line(re.sub(r"<(?=[!@#])", "‹", text))
    return {"type": "markdown_text", "text": _ACTIVE.sub(lambda found: f"\\{found[0]}", shown) + " "}
