"""The bot's own tabs, made anew whenever a person opens them, of what this person may see."""

import asyncio
from datetime import timedelta
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.choices import offered
from bot.listeners.desk import Desk
from bot.listeners.doors import Refused, channels_of
from bot.schedule import next_due
from bot.views.found import Posted
from bot.views.home import ORDER, Seen, Used, closed_view, home_view, suggested_questions
from bot.views.order_form import order_form

LATEST = 5
DAYS = 30
"""Over which it is told what was used."""


def register(app: AsyncApp, desk: Desk) -> None:
    """Publishes the Home tab, whose button opens the form of `/brief`; suggests questions beside the messages."""

    @app.event("app_home_opened")
    async def on_opened(event: dict[str, Any], client: AsyncWebClient) -> None:
        await desk.requests.all_acknowledged()
        try:
            await desk.doors.check_served(client, str(event["channel"]), str(event["user"]))
        except Refused as error:
            await client.views_publish(user_id=event["user"], view=closed_view(error.user_message))
            return
        seen = await _seen(desk, client, str(event["user"]))
        if event.get("tab", "home") == "home":
            config = desk.services.settings.config
            view = home_view(config, seen, await desk.services.status(), offered(config))
            await client.views_publish(user_id=event["user"], view=view)
        elif seen.posted:
            prompts = suggested_questions(seen.posted[0][1].brief)
            await client.assistant_threads_setSuggestedPrompts(
                channel_id=str(event["channel"]), title="About the latest brief", prompts=prompts
            )

    @app.action(ORDER)
    async def on_order(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        form = order_form(offered(desk.services.settings.config))
        await client.views_open(trigger_id=body["trigger_id"], view=form)


async def _seen(desk: Desk, client: AsyncWebClient, user: str) -> Seen:
    """Next runs and latest briefs of the channels in which this person is, as far as the bot is there too."""
    names = await channels_of(client, user)
    now, config = desk.services.now(), desk.services.settings.config
    runs = [
        (one, next_due(one, now)) for one in config.subscriptions if one.channel in names and not one.paused
    ]
    posted = []
    for delivery, ts in await asyncio.to_thread(desk.services.records.posted, sorted(names), LATEST):
        brief = await desk.services.brief(delivery.brief_id)
        if brief is not None:
            found = await client.chat_getPermalink(channel=delivery.channel, message_ts=ts)
            posted.append((delivery.channel, Posted(brief, str(found["permalink"]))))
    tasting = await asyncio.to_thread(desk.services.tastes.channels, names)
    learned = [(one, await asyncio.to_thread(desk.services.learned, one)) for one in tasting[:LATEST]]
    since = now - timedelta(days=DAYS)
    answered = await asyncio.to_thread(desk.services.conversations.answered, names, user, since)
    spent = await asyncio.to_thread(desk.services.journal.spent_since, since, names)
    return Seen(sorted(runs, key=lambda run: run[1]), posted, learned, Used(DAYS, answered, spent))
