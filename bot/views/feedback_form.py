"""The dialogs that ask what was wrong with an answer, and what somebody thinks of a brief."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.views.controls import field, option, plain_text
from bot.views.message import contexts

ANSWER, BRIEF = "rate_answer_form", "rate_brief_form"
COMMENT = 2000
ANSWER_REASONS = {
    "wrong": "It says something wrong",
    "source": "The source does not say that",
    "off": "It is not what I asked",
    "missing": "Something is missing",
    "long": "It is too long",
}
BRIEF_REASONS = {
    "topic": "Works that are not on our topic",
    "missing": "An important work is missing",
    "wrong": "It says something wrong",
    "unclear": "It is hard to understand",
    "long": "It is too long",
}
VOTES = {"good": "It helped", "bad": "It did not help"}
PRIVACY = "Kept with the brief’s own data, for those who run it: nothing of it is posted."


@dataclass(frozen=True)
class Feedback:
    """What was filled in. `about` is a question's number or a brief's id, as the dialog was given it."""

    about: dict[str, Any]
    vote: str
    reasons: tuple[str, ...]
    comment: str


def answer_form(number: int) -> dict[str, Any]:
    """The modal after a vote that an answer did not help."""
    fields = [_reasons(ANSWER_REASONS), _comment("What would have been right?")]
    return _modal(ANSWER, "What was wrong?", {"question": number}, fields)


def brief_form(brief_id: str, channel: str) -> dict[str, Any]:
    """The modal of the button below a brief."""
    options = [option(text, value) for value, text in VOTES.items()]
    vote = field("vote", "How was this brief?", {"type": "radio_buttons", "options": options})
    fields = [vote, _reasons(BRIEF_REASONS), _comment("What should be different?")]
    return _modal(BRIEF, "Feedback on this brief", {"brief": brief_id, "channel": channel}, fields)


def given(view: Mapping[str, Any]) -> Feedback:
    """What was filled in, of a submitted view."""
    values = {name: block[name] for name, block in view["state"]["values"].items()}
    known = {**ANSWER_REASONS, **BRIEF_REASONS}
    chosen = tuple(one["value"] for one in values["reasons"].get("selected_options") or ())
    vote = (values.get("vote") or {}).get("selected_option") or {"value": "bad"}
    return Feedback(
        about=json.loads(view["private_metadata"]),
        vote="good" if vote["value"] == "good" else "bad",
        reasons=tuple(reason for reason in chosen if reason in known),
        comment=str(values["comment"].get("value") or "").strip()[:COMMENT],
    )


def _modal(callback: str, title: str, about: dict[str, Any], fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": json.dumps(about),
        "title": plain_text(title),
        "submit": plain_text("Send"),
        "close": plain_text("Close"),
        "blocks": [*fields, *contexts([PRIVACY])],
    }


def _reasons(reasons: Mapping[str, str]) -> dict[str, Any]:
    options = [option(text, value) for value, text in reasons.items()]
    return field(
        "reasons", "What was wrong with it?", {"type": "checkboxes", "options": options}, optional=True
    )


def _comment(label: str) -> dict[str, Any]:
    element = {"type": "plain_text_input", "multiline": True, "max_length": COMMENT}
    return field("comment", label, element, optional=True)
