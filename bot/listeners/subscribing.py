"""Setting what a channel gets, in Slack: the dialog, who may use it, and what it changes."""

import asyncio
import json
import logging
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.choices import Choice, profile_name
from bot.listeners.alone import direct_channel
from bot.listeners.desk import Desk
from bot.permissions import why_not_channel
from bot.schedule import next_due
from bot.settings import Config
from bot.views import mrkdwn, subscribe_form
from bot.views.message import Message, fallback, lines, short
from bot.views.subscribe_form import FieldErrors, Start

log = logging.getLogger(__name__)

Body = dict[str, Any]
NOT_ALLOWED = "You cannot change what a channel gets."


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the buttons and the dialog."""

    @app.action(subscribe_form.OPEN)
    async def on_open(ack: AsyncAck, body: Body, action: Body, client: AsyncWebClient) -> None:
        await ack()
        user = await _person(desk, client, body)
        if not await _may(desk, client, user):
            return
        channel = json.loads(action["value"])["channel"]
        names = await _names(client, channel) if channel else ()
        config = desk.services.settings.config
        form = subscribe_form.subscribe_form(config, start_of(config, names, _zone(user)), channel)
        await client.views_open(trigger_id=body["trigger_id"], view=form)

    @app.view(subscribe_form.CALLBACK)
    async def on_saved(ack: AsyncAck, body: Body, view: Body, client: AsyncWebClient) -> None:
        try:
            choice = await _given(desk, client, view)
        except FieldErrors as error:
            await ack(response_action="errors", errors=error.errors)
            return
        await ack()
        if await _may(desk, client, user := await _person(desk, client, body)):
            if desk.workspaces is not None:
                await desk.workspaces.note(choice.channel, str(body["team"]["id"]))
            await _keep(desk, client, choice, str(user["id"]))

    @app.action(subscribe_form.FILE_AGAIN)
    async def on_file_again(ack: AsyncAck, body: Body, action: Body, client: AsyncWebClient) -> None:
        await ack()
        if await _may(desk, client, user := await _person(desk, client, body)):
            channel = json.loads(action["value"])["channel"]
            services = desk.services
            await asyncio.to_thread(services.choices.remove, channel, str(user["id"]), services.now())
            await asyncio.to_thread(services.reload)
            await _tell(client, str(user["id"]), short("Done: brief.toml holds for the channel again."))


def start_of(config: Config, names: tuple[str, ...], zone: str) -> Start:
    """What the dialog begins with for the channel of these names: what it gets now, or the first profile."""
    subscription = next((one for one in config.subscriptions if one.channel in names), None)
    profile = subscription.profile if subscription else next(iter(config.profiles))
    return Start(config.profiles[profile], subscription, zone)


async def _given(desk: Desk, client: AsyncWebClient, view: Body) -> Choice:
    channel = subscribe_form.channel_of(view)
    found = (await client.conversations_info(channel=channel))["channel"]
    if reason := why_not_channel(found):
        raise FieldErrors({"channel" if "channel" in view["state"]["values"] else "title": reason})
    config = desk.services.settings.config
    before = start_of(config, (channel, f"#{found.get('name')}"), "UTC").profile
    return subscribe_form.given(view, channel, str(found.get("name")), before.top_papers)


async def _keep(desk: Desk, client: AsyncWebClient, choice: Choice, user: str) -> None:
    services = desk.services
    await asyncio.to_thread(services.choices.save, choice, user, services.now())
    await asyncio.to_thread(services.reload)
    log.info("channel %s: %s changed what it gets", choice.channel, user)
    name = profile_name(choice.channel)
    one = next(s for s in services.settings.config.subscriptions if s.profile == name)
    due = mrkdwn.local_time(next_due(one, services.now()))
    await _tell(client, user, subscribe_form.saved_message(choice, due))


async def _person(desk: Desk, client: AsyncWebClient, body: Body) -> Body:
    return dict(await desk.doors.person(client, str(body["user"]["id"])))


async def _may(desk: Desk, client: AsyncWebClient, user: Body) -> bool:
    """Whether this person may change subscriptions; who may not is told so."""
    reason = await desk.doors.why_not_manage(client, str(user["id"]))
    if reason:
        await _tell(client, str(user["id"]), Message(fallback(NOT_ALLOWED), tuple(lines([reason]))))
    return reason is None


async def _tell(client: AsyncWebClient, user: str, message: Message) -> None:
    await client.chat_postMessage(channel=await direct_channel(client, user), **message.payload())


async def _names(client: AsyncWebClient, channel: str) -> tuple[str, ...]:
    found = (await client.conversations_info(channel=channel))["channel"]
    return channel, f"#{found.get('name')}"


def _zone(user: Body) -> str:
    return str(user.get("tz") or "UTC")
