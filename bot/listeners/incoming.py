"""Pure: what an event says, whether it is meant for the bot, and by which keys it is known again."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.arrivals import Intent

SUBTYPES = (None, "file_share", "thread_broadcast")
"""Messages that people write; all other subtypes are edits, joins, topics and the like."""

LONGEST = 2000
"""Characters of a question."""

_ENTITY = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")


@dataclass(frozen=True)
class Asked:
    """A message of a person: where it stands, and what it says without mentions and markup."""

    channel: str
    ts: str
    thread_ts: str | None
    user: str
    text: str
    direct: bool
    mentions_bot: bool
    to_someone_else: bool

    @property
    def answer_in(self) -> str:
        """The thread in which the answer belongs: the message's own, or one that it opens."""
        return self.thread_ts or self.ts

    @property
    def conversation(self) -> str:
        """What it is a turn of, within its channel: a thread, or the whole direct message."""
        return "direct" if self.direct else self.answer_in


def of_a_person(event: Mapping[str, Any]) -> bool:
    """Whether a message event is something new that a person wrote."""
    return bool(
        event.get("subtype") in SUBTYPES
        and not event.get("bot_id")
        and not event.get("app_id")
        and not event.get("hidden")
        and event.get("user")
        and event["user"] != "USLACKBOT"
    )


_ASKING = re.compile(
    r"\?|\[\d{1,3}\]|^\W*(?:and |but |so |ok |please )?(?:what|which|how|why|who|whose|when|where|do|does|did|is|are"
    r"|was|were|can|could|has|have|should|would|any|anything|explain|compare|summari[sz]e|list|show|give|tell|find|describe"
    r"|define|search|look|tl;?dr)\b",
    re.I,
)


def is_asking(text: str) -> bool:
    """Whether a message reads like a question or a request; thanks and remarks in a thread are left alone."""
    return bool(_ASKING.search(text))


_STOP = re.compile(
    r"\W*(?:(?:please|ok|no|sorry|oh|bot)\W+)*(?:stop|cancel|abort|never ?mind|forget it|scratch that|don['’]?t bother)"
    r"(?:\W+(?:it|that|this|now|please|searching|answering|thanks|(?:my|the|that|this) question|thank you))*\W*",
    re.I,
)


def is_stop(text: str) -> bool:
    """Whether a message takes back what its writer asked just before."""
    return _STOP.fullmatch(text) is not None


def intent_of(asked: Asked, *, in_briefs_thread: bool) -> Intent:
    """What a person's message wants of the bot; remarks between people in a brief's thread want nothing."""
    addressed = asked.direct or asked.mentions_bot
    if not addressed and (not in_briefs_thread or asked.to_someone_else):
        return "ignored"
    if is_stop(asked.text):
        return "stop"
    if not addressed and not is_asking(asked.text):
        return "ignored"
    if not asked.text:
        return "empty"
    return "too long" if len(asked.text) > LONGEST else "question"


def keys_of(body: Mapping[str, Any]) -> list[str]:
    """The keys by which a request is known again: one that was handled is not handled a second time.

    A mention reaches the app as two events with different ids, but the same channel and time stamp.
    """
    event = body.get("event") or {}
    keys = []
    if body.get("event_id"):
        keys.append(f"event:{body['event_id']}")
    if event.get("type") in ("message", "app_mention"):
        keys.append(f"message:{event.get('channel')}:{event.get('ts')}")
    if not event and body.get("trigger_id"):
        keys.append(f"trigger:{body['trigger_id']}")
    return keys


def read(event: Mapping[str, Any], bot_user: str) -> Asked:
    """The person's message that this `message` or `app_mention` event is about."""
    raw = str(event.get("text") or "")
    first = _ENTITY.match(raw.strip())
    return Asked(
        channel=str(event["channel"]),
        ts=str(event["ts"]),
        thread_ts=event.get("thread_ts"),
        user=str(event["user"]),
        text=plain_text(raw, bot_user),
        direct=event.get("channel_type") == "im",
        mentions_bot=event.get("type") == "app_mention" or f"<@{bot_user}" in raw,
        to_someone_else=bool(first and first[1] == "@" and first[2] != bot_user),
    )


def first_link(raw: str) -> str | None:
    """The first web address of a message as Slack sends it."""
    return next(iter(links(raw)), None)


def links(raw: str) -> list[str]:
    """The web addresses of a message as Slack sends it, each once."""
    found = (match[2] for match in _ENTITY.finditer(raw) if not match[1])
    return list(dict.fromkeys(html.unescape(t) for t in found if t.startswith(("http://", "https://"))))


def plain_text(raw: str, bot_user: str) -> str:
    """The text as the person sees it, without mentions of the bot; links become their label."""

    def shown(found: re.Match[str]) -> str:
        sign, target, label = found[1], found[2], found[3]
        if sign == "@":
            return "" if target == bot_user else f"@{label or target}"
        if sign:
            return {"#": "#"}.get(sign, "@") + (label or target)
        return label or target

    return html.unescape(" ".join(_ENTITY.sub(shown, raw).split()))
