"""The buttons below a brief: a question about it, and why these works were chosen."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners.desk import Desk
from bot.views import ask_form, parent
from bot.views.message import ephemeral, short


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the buttons."""

    @app.action(parent.ASK)
    async def on_ask(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        place = body["container"]
        target = ask_form.Target(channel=place["channel_id"], thread=place["message_ts"], link=None)
        await client.views_open(trigger_id=body["trigger_id"], view=ask_form.ask_form(target))

    @app.action(parent.WHY)
    async def on_why(
        ack: AsyncAck,
        body: dict[str, Any],
        action: dict[str, Any],
        respond: AsyncRespond,
        client: AsyncWebClient,
    ) -> None:
        await ack()
        brief = await desk.services.brief(str(action["value"]))
        if brief is None:
            await respond(replace_original=False, **ephemeral(short(parent.GONE)))
            return
        await client.views_open(trigger_id=body["trigger_id"], view=parent.why_these(brief))
