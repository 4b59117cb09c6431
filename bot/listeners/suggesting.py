"""“Add to next brief” on a message with a link to a work, as a shortcut or as a reaction."""

import asyncio
import json
import logging
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners import incoming
from bot.listeners.alone import tell_alone
from bot.listeners.desk import Desk
from bot.listeners.incoming import links
from bot.views import suggestion
from bot.views.message import Message, ephemeral, short
from pipeline.errors import BriefError
from pipeline.models import Article

log = logging.getLogger(__name__)

Body = dict[str, Any]
LOOKED_AT = 5
"""Links of one message."""


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the shortcut, to the reactions that mean the same, and to the button that takes it back."""

    @app.shortcut({"type": "message_action", "callback_id": suggestion.SHORTCUT})
    async def on_shortcut(ack: AsyncAck, body: Body, respond: AsyncRespond, client: AsyncWebClient) -> None:
        await ack()
        with desk.at_work():
            text = str(body["message"].get("text") or "")
            told = await _suggested(desk, client, body["channel"]["id"], text, body["user"]["id"])
            await respond(replace_original=False, **ephemeral(told))

    @app.action(suggestion.TAKE_BACK)
    async def on_take_back(ack: AsyncAck, body: Body, action: Body, respond: AsyncRespond) -> None:
        await ack()
        wanted, user = json.loads(action["value"]), str(body["user"]["id"])
        done = await asyncio.to_thread(
            desk.services.suggestions.take_back, wanted["channel"], wanted["work"], user
        )
        await respond(replace_original=True, **ephemeral(short(suggestion.taken_back(done))))


async def on_reaction(desk: Desk, client: AsyncWebClient, event: Body) -> None:
    """Adds what the message links to when the reaction appears, and takes it back when it goes."""
    channel, user = str(event["item"]["channel"]), str(event["user"])
    text = await _text_of(client, channel, str(event["item"]["ts"]))
    if text is None:
        return
    if event["type"] == "reaction_added":
        told = await _suggested(desk, client, channel, text, user)
        await tell_alone(client, channel, user)(told)
        return
    for work in await _works_at(desk, text):
        await asyncio.to_thread(desk.services.suggestions.take_back, channel, work.id, user)


async def _suggested(desk: Desk, client: AsyncWebClient, channel: str, text: str, user: str) -> Message:
    """What became of it, in words for the person alone."""
    try:
        await desk.doors.check_served(client, channel, user)
        works = await _works_at(desk, text)
    except BriefError as error:
        return short(error.user_message)
    if not works:
        return short(suggestion.NO_WORK)
    place = (await client.conversations_info(channel=channel))["channel"]
    services = desk.services
    outcomes = []
    for work in works:
        outcome = await asyncio.to_thread(
            services.suggestions.add, channel, str(place.get("name")), work.id, user, services.now()
        )
        outcomes.append((work, outcome))
    return suggestion.told(channel, outcomes)


async def _works_at(desk: Desk, text: str) -> list[Article]:
    """The works that a message as Slack sends it links to, each once."""
    found: dict[str, Article] = {}
    for link in links(text)[:LOOKED_AT]:
        if (work := await desk.services.work_at(link)) is not None:
            found[work.id] = work
    return list(found.values())


async def _text_of(client: AsyncWebClient, channel: str, ts: str) -> str | None:
    """The text of a person's message; None if it is not one, or cannot be read."""
    options: dict[str, Any] = {"channel": channel, "latest": ts, "oldest": ts, "inclusive": True, "limit": 2}
    try:
        page = await client.conversations_history(**options)
        found = [m for m in page["messages"] if m["ts"] == ts]
        if not found:  # a reply
            page = await client.conversations_replies(ts=ts, **options)
            found = [m for m in page["messages"] if m["ts"] == ts]
    except Exception as error:
        log.info("a message with a reaction cannot be read: %s", type(error).__name__)
        return None
    return str(found[0].get("text") or "") if found and incoming.of_a_person(found[0]) else None
