"""The dialog of `/brief`, and the button under a preview."""

import json
from datetime import UTC, date
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.choices import offered
from bot.errands import ErrandKind, NewErrand
from bot.listeners import errands, ordering
from bot.listeners.alone import tell_alone
from bot.listeners.desk import Desk
from bot.listeners.orders import Order, make_order
from bot.views import order_form
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
        user = str(body["user"]["id"])
        with desk.at_work():
            await desk.doors.check_order(client, given.channel, user, given.topic or given.profile)
            kind: ErrandKind = "preview" if given.privately else "post"
            new = NewErrand(f"view:{view['id']}", kind, given.channel, user, order.as_json())
            do = ordering.preview if given.privately else ordering.post
            await errands.begin(desk, client, new, do, tell_alone(client, given.channel, user))

    @app.action(order_form.SHARE)
    async def on_share(
        ack: AsyncAck, body: dict[str, Any], action: dict[str, Any], client: AsyncWebClient
    ) -> None:
        await ack()
        wanted = json.loads(action["value"])
        with desk.at_work():
            tell = tell_alone(client, body["channel"]["id"], body["user"]["id"])
            await desk.doors.check_served(client, str(wanted["channel"]), str(body["user"]["id"]))
            await ordering.share(desk, client, wanted["brief"], wanted["channel"], tell)


def _order(desk: Desk, given: order_form.Given) -> Order:
    services = desk.services
    today = services.now().astimezone(UTC).date()
    since = date.fromisoformat(given.since) if given.since else None
    config = offered(services.settings.config, given.channel)
    own = given.profile if given.profile in config.profiles else None
    return make_order(given.topic or given.profile, since, config, own, today)
