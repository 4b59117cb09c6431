"""The dialog of `/brief`, and the button under a preview."""

import json
from datetime import UTC, date
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.choices import offered
from bot.listeners import ordering
from bot.listeners.desk import Desk
from bot.listeners.ordering import direct_channel
from bot.listeners.orders import Order, make_order
from bot.views import order_form
from bot.views.message import Message
from pipeline.errors import SettingsError


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the dialog and the button."""

    @app.view(order_form.CALLBACK)
    async def on_order(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient
    ) -> None:
        given = order_form.given(view)
        try:
            order = _order(desk, given)
        except SettingsError as error:
            field, _, reason = error.user_message.partition(": ")
            await ack(response_action="errors", errors={field: reason})
            return
        await ack()
        tell = _tell(client, given.channel, body["user"]["id"])
        with desk.at_work():
            ordered = given.topic or given.profile
            await desk.doors.check_order(client, given.channel, str(body["user"]["id"]), ordered)
            if given.privately:
                await ordering.preview(desk, client, order, given.channel, body["user"]["id"], tell)
            else:
                await ordering.post(desk, client, order, given.channel, tell)

    @app.action(order_form.SHARE)
    async def on_share(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await ack()
        wanted = json.loads(action["value"])
        with desk.at_work():
            tell = _tell(client, body["channel"]["id"], body["user"]["id"])
            await desk.doors.check_served(client, str(wanted["channel"]), str(body["user"]["id"]))
            await ordering.share(desk, client, wanted["brief"], wanted["channel"], tell)


def _order(desk: Desk, given: order_form.Given) -> Order:
    services = desk.services
    today = services.now().astimezone(UTC).date()
    since = date.fromisoformat(given.since) if given.since else None
    config = offered(services.settings.config, given.channel)
    own = given.profile if given.profile in config.profiles else None
    return make_order(given.topic or given.profile, since, config, own, today)


def _tell(client: AsyncWebClient, channel: str, user: str) -> ordering.Tell:
    async def tell(message: Message) -> None:
        try:
            await client.chat_postEphemeral(
                channel=channel, user=user, text=message.text, blocks=list(message.blocks)
            )
        except SlackApiError:  # I am not in the channel, or the person is not
            await client.chat_postMessage(channel=await direct_channel(client, user), **message.payload())

    return tell
