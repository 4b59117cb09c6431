"""Reactions to messages: what each of them means is told apart here."""

from typing import Any

from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners import suggesting, tasting
from bot.listeners.desk import Desk
from bot.views import suggestion


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to reactions that people add and remove; the bot's own mean nothing."""

    async def on_reaction(event: dict[str, Any], context: AsyncBoltContext, client: AsyncWebClient) -> None:
        if event["item"].get("type") != "message" or event["user"] == context.bot_user_id:
            return
        with desk.at_work():
            if event.get("item_user") == context.bot_user_id:
                await tasting.on_reaction(desk, client, event)
            elif event["reaction"] in suggestion.REACTIONS:
                await suggesting.on_reaction(desk, client, event)

    app.event("reaction_added")(on_reaction)
    app.event("reaction_removed")(on_reaction)
