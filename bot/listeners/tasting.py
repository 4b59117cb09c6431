"""Thumbs and reactions on a work of a brief: they teach what its channel likes."""

import asyncio
import json
import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners.alone import direct_channel
from bot.listeners.desk import Desk
from bot.listeners.subscribing import NOT_ALLOWED
from bot.tastes import THUMB, sign_of
from bot.views import taste
from bot.views.message import ephemeral, short

Body = dict[str, Any]
_MARK = re.compile(r"\|\[(\d+)\]>")


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the thumbs, and to the button that forgets what a channel taught."""

    @app.action(taste.RATE)
    async def on_thumb(
        ack: AsyncAck, body: Body, action: Body, respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        await ack()
        wanted = json.loads(action["value"])
        sign = 1 if wanted["good"] else -1
        with desk.at_work():
            await _keep(desk, client, body["channel"]["id"], wanted["work"], body["user"]["id"], THUMB, sign)
            thread = body["container"].get("thread_ts")
            told = ephemeral(short(taste.THANKS[sign]))
            await respond(replace_original=False, thread_ts=thread, **told)

    @app.action(taste.RESET)
    async def on_reset(ack: AsyncAck, body: Body, action: Body, client: AsyncWebClient) -> None:
        await ack()
        user, channel = str(body["user"]["id"]), str(action["value"])
        reason = await desk.doors.why_not_manage(client, user)
        if reason is None:
            await asyncio.to_thread(desk.services.tastes.reset, channel)
        told = short(taste.FORGOTTEN if reason is None else NOT_ALLOWED)
        direct = await direct_channel(client, user)
        await client.chat_postMessage(channel=direct, **told.payload())


async def on_reaction(desk: Desk, client: AsyncWebClient, event: Body) -> None:
    """Keeps what a reaction to a message about one work says, and forgets it when the reaction goes."""
    sign = sign_of(str(event["reaction"]))
    channel, ts = str(event["item"]["channel"]), str(event["item"]["ts"])
    if not sign or (work := await _work_of(desk, channel, ts)) is None:
        return
    kind, user = str(event["reaction"]), str(event["user"])
    if event["type"] == "reaction_removed":
        await asyncio.to_thread(desk.services.tastes.unset, channel, work, user, kind)
    else:
        await _keep(desk, client, channel, work, user, kind, sign)


async def _keep(
    desk: Desk, client: AsyncWebClient, channel: str, work: str, user: str, kind: str, sign: int
) -> None:
    await desk.doors.check_served(client, channel, user)
    name = str((await client.conversations_info(channel=channel))["channel"].get("name") or "")
    services = desk.services
    await asyncio.to_thread(services.tastes.set, channel, name, work, user, kind, sign, services.now())


async def _work_of(desk: Desk, channel: str, ts: str) -> str | None:
    """The work that a message of a brief's thread is about, if it is about one."""
    found = await asyncio.to_thread(desk.services.records.part_at, channel, ts)
    if found is None:
        return None
    brief = await desk.services.brief(found[0])
    numbers = set(_MARK.findall(json.dumps(found[1]["blocks"])))
    if brief is None or len(numbers) != 1:
        return None
    return next((r.article_id for r in brief.references if str(r.n) in numbers), None)
