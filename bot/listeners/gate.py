"""What every request passes first: people's messages only, each request once, questions stored."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.arrivals import Arrival
from bot.listeners import incoming
from bot.listeners.desk import Desk

REMEMBERED = timedelta(days=7)
"""Slack gives up redelivering within the hour, or within a day where delayed events are on."""

FORGET_EVERY = 500


def register(app: AsyncApp, desk: Desk) -> None:
    """Acknowledges and drops what is not for us or was handled before, also before a restart.

    Bolt acknowledges an event when it has passed here: by then a question is stored.
    """
    seen = 0
    forgetting: set[asyncio.Task[int]] = set()

    @app.middleware
    async def once(
        body: dict[str, Any], context: AsyncBoltContext, next: Callable[[], Awaitable[None]]
    ) -> BoltResponse | None:
        nonlocal seen
        event = body.get("event") or {}
        is_message = event.get("type") in ("message", "app_mention")
        if is_message and not incoming.of_a_person(event):
            return BoltResponse(status=200)
        keys = incoming.keys_of(body)
        if is_message:
            fresh = await _receive(desk, context, event, keys)
        else:
            fresh = not keys or await desk.intake.claim(keys)
        if not fresh:
            return BoltResponse(status=200)
        await next()
        seen += 1
        if seen % FORGET_EVERY == 1:
            before = desk.services.now() - REMEMBERED
            task = asyncio.create_task(asyncio.to_thread(desk.services.records.forget_events, before))
            forgetting.add(task)  # nobody's acknowledgement waits for it
            task.add_done_callback(forgetting.discard)
        return None


async def _receive(desk: Desk, context: AsyncBoltContext, event: dict[str, Any], keys: list[str]) -> bool:
    """Stores a message; False if it was received before. The listener finds in the context what became of it."""
    asked = incoming.read(event, context.bot_user_id or "")
    arrival = Arrival(
        keys=tuple(keys),
        intent=incoming.intent_of(asked, in_briefs_thread=False),
        in_briefs_thread=incoming.intent_of(asked, in_briefs_thread=bool(asked.thread_ts)),
        channel=asked.channel,
        thread=asked.conversation,
        user=asked.user,
        text=asked.text,
        message_ts=asked.ts,
        reply_in=asked.answer_in,
        at=desk.services.now(),
    )
    received = await desk.intake.take(arrival)
    context["asked"], context["received"] = asked, received
    return received.outcome != "seen before"
