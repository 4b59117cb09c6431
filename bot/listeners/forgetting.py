"""“Forget this thread”: what was asked and answered there is deleted, for whoever may, after one more question."""

import asyncio
import logging
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.forgetting import Whose
from bot.listeners.alone import tell_alone
from bot.listeners.desk import Desk
from bot.listeners.doors import Refused
from bot.views import forget_form
from bot.views.forget_form import Place
from bot.views.message import short

log = logging.getLogger(__name__)

Body = dict[str, Any]
NOT_ALLOWED = "Only those who may change what a channel gets can have its threads forgotten."


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the dialog."""

    @app.view(forget_form.CALLBACK)
    async def on_sure(ack: AsyncAck, body: Body, view: Body, client: AsyncWebClient) -> None:
        await ack()
        place, user = forget_form.given(view), str(body["user"]["id"])
        with desk.at_work():
            await _check(desk, client, place, user)
            await asyncio.to_thread(desk.services.conversations.stop, place.channel, place.thread)
            desk.stop_work(place.channel, place.thread)
            found, _ = await asyncio.to_thread(desk.services.forget, _whose(place))
            log.info("%s had a thread of %s forgotten", user, place.channel)
            told = short(forget_form.forgotten(found.get("questions", 0)))
            await tell_alone(client, place.channel, user)(told)


async def open_form(desk: Desk, client: AsyncWebClient, trigger: str, user: str, place: Place) -> None:
    """Asks once more; Refused if this person may not, or nothing is remembered."""
    await _check(desk, client, place, user)
    found, _ = await asyncio.to_thread(desk.services.forget, _whose(place), only_count=True)
    if not found:
        raise Refused(forget_form.NOTHING)
    form = forget_form.forget_form(place, found.get("questions", 0))
    await client.views_open(trigger_id=trigger, view=form)


async def _check(desk: Desk, client: AsyncWebClient, place: Place, user: str) -> None:
    """Refused unless it is the person's own direct messages, or they may manage what channels get."""
    if not place.channel.startswith("D") and await desk.doors.why_not_manage(client, user):
        raise Refused(NOT_ALLOWED)


def _whose(place: Place) -> Whose:
    return Whose("thread", (place.channel,), place.thread)
