"""What every request passes first: people's messages only, and each request once."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse

from bot.listeners import incoming
from bot.listeners.desk import Desk

REMEMBERED = timedelta(days=7)
"""Slack gives up redelivering within the hour, or within a day where delayed events are on."""

FORGET_EVERY = 500


def register(app: AsyncApp, desk: Desk) -> None:
    """Acknowledges and drops what is not for us or was handled before, also before a restart."""
    in_order = asyncio.Lock()
    claims = 0

    @app.middleware
    async def once(body: dict[str, Any], next: Callable[[], Awaitable[None]]) -> BoltResponse | None:
        nonlocal claims
        event = body.get("event") or {}
        if event.get("type") in ("message", "app_mention") and not incoming.of_a_person(event):
            return BoltResponse(status=200)
        keys = incoming.keys_of(body)
        records, now = desk.services.records, desk.services.now()
        async with in_order:
            claims += 1
            if claims % FORGET_EVERY == 1:
                await asyncio.to_thread(records.forget_events, now - REMEMBERED)
            if keys and not await asyncio.to_thread(records.claim, keys, now):
                return BoltResponse(status=200)
        await next()
        return None
