"""“Ask about this” on a message: a question about what somebody linked to, answered in the message's thread."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.arrivals import Arrival
from bot.listeners import incoming
from bot.listeners.alone import direct_channel
from bot.listeners.desk import Desk
from bot.listeners.questions import answer_next
from bot.views import ask_form
from bot.views.help import TOO_MANY
from bot.views.message import short


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the shortcut and to its form."""

    @app.shortcut({"type": "message_action", "callback_id": ask_form.SHORTCUT})
    async def on_shortcut(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        message = body["message"]
        target = ask_form.Target(
            channel=str(body["channel"]["id"]),
            thread=str(message.get("thread_ts") or message["ts"]),
            link=incoming.first_link(str(message.get("text") or "")),
        )
        await client.views_open(trigger_id=body["trigger_id"], view=ask_form.ask_form(target))

    @app.view(ask_form.CALLBACK)
    async def on_question(
        ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient
    ) -> None:
        target, text = ask_form.given(view)
        user, now = str(body["user"]["id"]), desk.services.now()
        arrival = Arrival(
            keys=(f"view:{view['id']}",),
            intent="question",
            in_briefs_thread="question",
            channel=target.channel,
            thread=target.thread,
            user=user,
            text=f"{text} {target.link}" if target.link else text,
            message_ts=f"{now.timestamp():.6f}",
            reply_in=target.thread,
            at=now,
        )
        received = await desk.intake.take(arrival)  # stored before it is acknowledged
        await ack()
        with desk.at_work():
            if received.outcome == "question":
                await answer_next(desk, client, target.channel, target.thread)
            elif received.outcome == "too many":
                direct = await direct_channel(client, user)
                await client.chat_postMessage(channel=direct, **short(TOO_MANY).payload())
