"""The buttons below a brief's parent message, and the dialog that says why its works were chosen."""

from collections.abc import Mapping
from typing import Any

from bot.views import mrkdwn
from bot.views.controls import option, plain_text
from bot.views.message import Block, contexts, header, lines, paragraphs
from pipeline.models import Brief, Decision, Reference
from pipeline.rendering import frame_of
from pipeline.writing.phrasing import readable

ASK, WHY, FEEDBACK = "ask_brief", "why_these", "rate_brief"
FULL = "full_brief"
"""Opens an address: the click itself needs no answer."""
GONE = "That brief is no longer stored."
MORE = "more_of_brief"
MENTIONS = 12
"""Works told of below the top ones."""


def buttons(brief: Brief) -> Block:
    """Ask, why these, feedback, and a menu; the one that opens the full brief is added once that is somewhere."""
    f = frame_of(brief.language)
    more = {
        "version": f.gettext("Shorter or deeper…"),
        "paper": f.gettext("About one work…"),
        "forget": f.gettext("Forget this thread…"),
    }
    elements = [
        _button(ASK, f.gettext("Ask"), brief.id, style="primary"),
        _button(WHY, f.gettext("Why these"), brief.id),
        _button(FEEDBACK, f.gettext("Give feedback"), brief.id),
        {
            "type": "overflow",
            "action_id": MORE,
            "options": [option(text, value) for value, text in more.items()],
        },
    ]
    return {"type": "actions", "block_id": "brief", "elements": elements}


def full_button(url: str, label: str) -> Block:
    """The button that opens the full brief."""
    return {"type": "button", "action_id": FULL, "text": plain_text(label), "url": url}


def why_these(brief: Brief) -> dict[str, Any]:
    """The dialog: for each work shown why, and how many others there were."""
    references = {reference.article_id: reference for reference in brief.references}
    chosen = {kind: [d for d in brief.decisions if d.decision == kind] for kind in ("top", "cited")}
    others = len(brief.decisions) - sum(map(len, chosen.values()))
    blocks: list[Block] = [header("Top papers"), *_reasons(chosen["top"], references)]
    if chosen["cited"]:
        blocks += [header("Also cited"), *_reasons(chosen["cited"][:MENTIONS], references)]
    more = len(chosen["cited"]) - MENTIONS
    told = [f"Cited besides: {more}."] if more > 0 else []
    told.append(f"Works of these days that are not shown: {others:,}. `/brief why WORK` tells why, for any.")
    return {
        "type": "modal",
        "title": plain_text("Why these works"),
        "close": plain_text("Close"),
        "blocks": [*blocks, *contexts(told)],
    }


def _reasons(decisions: list[Decision], references: Mapping[str, Reference]) -> list[Block]:
    rows = [_reason(d, references[d.article_id]) for d in decisions if d.article_id in references]
    return paragraphs(rows) if rows else lines(["None."])


def _reason(decision: Decision, reference: Reference) -> str:
    title = mrkdwn.link(reference.url, f"[{reference.n}] {readable(reference.title)}")
    return f"{title}\n{mrkdwn.escape(mrkdwn.one_line(decision.reason))}"


def _button(action_id: str, text: str, value: str, **more: str) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain_text(text), "value": value, **more}
