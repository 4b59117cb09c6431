"""The one place where errors of listeners end: a kind sentence for the person, a reference for the log."""

import asyncio
import logging
import secrets
import traceback
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners import incoming
from bot.listeners.alone import direct_channel
from bot.views.message import short
from pipeline.errors import BriefError

log = logging.getLogger(__name__)

LOOKED = 0.05
"""Seconds after which Bolt has seen that a request was acknowledged: it looks every 0.01 s, and once an error is dealt
with it takes the acknowledgement back, so that one it has not seen by then is never sent (slack_bolt 1.30,
`listener/asyncio_runner.py`)."""


def register(app: AsyncApp) -> None:
    """Answers every failed command and question in words."""

    @app.error
    async def tell(
        error: Exception, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
    ) -> None:
        sentence = sentence_for(error)
        try:
            await _say(sentence, body, context, client)
        except Exception as second:
            log.warning("the person could not be told of it: %s", type(second).__name__)
        await asyncio.sleep(LOOKED)


def sentence_for(error: Exception) -> str:
    """What a person is told; an unforeseen error gets a reference that the log has too.

    The error's own text is kept out of both: it may hold what somebody wrote, or a secret.
    """
    if isinstance(error, BriefError):
        log.info("told of %s", type(error).__name__)
        return error.user_message
    reference = secrets.token_hex(4)
    frames = traceback.extract_tb(error.__traceback__)
    places = "".join(f"\n  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
    log.error("reference %s: %s%s", reference, type(error).__name__, places)
    return (
        f"That did not work, and it is not your fault. Please try again; if it stays so, tell whoever runs me "
        f"the reference {reference}."
    )


async def _say(
    sentence: str, body: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient
) -> None:
    message, event = short(sentence), body.get("event") or {}
    if body.get("response_url") and context.respond is not None:
        await context.respond(text=message.text, blocks=list(message.blocks), response_type="ephemeral")
    elif event.get("type") in ("message", "app_mention") and incoming.of_a_person(event):
        root = event.get("thread_ts") or event["ts"]
        await client.chat_postMessage(channel=event["channel"], thread_ts=root, **message.payload())
    elif body.get("type") == "view_submission":
        direct = await direct_channel(client, str(body["user"]["id"]))
        await client.chat_postMessage(channel=direct, **message.payload())
