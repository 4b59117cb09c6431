"""A message as the Web API takes it, the few blocks that are used here, and the packing of blocks into messages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.views import mrkdwn

Block = dict[str, Any]

BLOCK_TEXT = 2800
"""Characters in a section or context text; Slack refuses more than 3,000."""
CONTEXT_TEXTS = 10
MESSAGE_BLOCKS = 45
"""Slack refuses more than 50."""
MESSAGE_TEXT = 10_000
"""Characters in all blocks of a message; Slack has refused messages from 11,341 on."""
UNTITLED = "Research brief"
FALLBACK_TEXT = 300
"""Characters of the text that notifications and screen readers get."""


@dataclass(frozen=True)
class Message:
    """What is posted: blocks, and the text that stands for them in a notification."""

    text: str
    blocks: tuple[Block, ...]
    label: str = ""
    """In a brief: what it is about, by which it is known in another version of the brief."""

    def payload(self) -> dict[str, Any]:
        """The arguments of chat.postMessage except the channel; no link unfolds into a preview card."""
        return {
            "text": self.text,
            "blocks": list(self.blocks),
            "unfurl_links": False,
            "unfurl_media": False,
        }


def header(text: str) -> Block:
    """A heading: plain text, 150 characters at most."""
    shown = mrkdwn.plain(text, 150) or UNTITLED
    return {"type": "header", "text": {"type": "plain_text", "text": shown, "emoji": False}}


def section(text: str, *, folds: bool = False) -> Block:
    """A text block; `verbatim` keeps Slack from making links of bare words. A long one that folds shows its beginning,
    and the rest by “See more”."""
    return {"type": "section", "text": _mrkdwn(text), "expand": not folds}


def contexts(texts: Iterable[str]) -> list[Block]:
    """Escaped texts as small print, ten to a block."""
    pieces = [piece for text in texts if text for piece in mrkdwn.split(text, BLOCK_TEXT)]
    groups = [pieces[start : start + CONTEXT_TEXTS] for start in range(0, len(pieces), CONTEXT_TEXTS)]
    return [{"type": "context", "elements": [_mrkdwn(piece) for piece in group]} for group in groups]


def sections(atoms: Iterable[tuple[str, str]], *, folds: bool = False) -> list[Block]:
    """(glue, text) pairs in as few text blocks as hold them; no text is cut unless it is longer than a block."""
    return [section(text, folds=folds) for text in mrkdwn.pack(atoms, BLOCK_TEXT) if text.strip()]


def lines(texts: Iterable[str]) -> list[Block]:
    """Escaped texts as lines in as few text blocks as hold them."""
    return sections(("\n", text) for text in texts)


def paragraphs(texts: Iterable[str], *, folds: bool = False) -> list[Block]:
    """Escaped texts with a gap between them in as few text blocks as hold them."""
    return sections((("\n\n", text) for text in texts), folds=folds)


def fallback(*texts: str) -> str:
    """Unescaped texts as one escaped line for notifications."""
    line = mrkdwn.one_line(" · ".join(text for text in texts if text))
    return mrkdwn.escape(mrkdwn.shorten(line, FALLBACK_TEXT)) or UNTITLED


def short(text: str) -> Message:
    """A message of one or more sentences of our own; the text is unescaped."""
    return Message(fallback(text), tuple(lines([mrkdwn.escape(text)])))


def ephemeral(message: Message) -> dict[str, Any]:
    """The answer to a command or a click that its sender alone sees."""
    return {"text": message.text, "blocks": list(message.blocks), "response_type": "ephemeral"}


def messages(text: str, blocks: Iterable[Block]) -> list[Message]:
    """The blocks in as few messages as Slack's limits allow, each with this (escaped) fallback text."""
    pages: list[list[Block]] = []
    for block in blocks:
        if pages and _fits([*pages[-1], block]):
            pages[-1].append(block)
        else:
            pages.append([block])
    return [Message(text, tuple(page)) for page in pages]


def block_text(block: Block) -> str:
    """All the text of one of the blocks made here."""
    if block["type"] in ("actions", "context_actions"):
        return ""  # a few words on buttons
    parts = block["elements"] if block["type"] == "context" else [block["text"]]
    return "\n".join(part["text"] for part in parts)


def _fits(blocks: Sequence[Block]) -> bool:
    return len(blocks) <= MESSAGE_BLOCKS and sum(len(block_text(b)) for b in blocks) <= MESSAGE_TEXT


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text, "verbatim": True}
