"""The menu below a brief: another version of it, one of its works, and forgetting what was asked in its thread."""

import asyncio
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.listeners import forgetting, papers, versions
from bot.listeners.desk import Desk
from bot.views import parent, version_form
from bot.views.forget_form import Place
from bot.views.message import ephemeral, short
from pipeline.versions import VersionError

Body = dict[str, Any]


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to the menu."""

    @app.action(parent.MORE)
    async def on_menu(
        ack: AsyncAck, body: Body, action: Body, respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        await ack()
        user, place = str(body["user"]["id"]), body["container"]
        channel, thread = str(place["channel_id"]), str(place["message_ts"])
        trigger = str(body["trigger_id"])
        with desk.at_work():
            await desk.doors.check_served(client, channel, user)
            chosen = action["selected_option"]["value"]
            if chosen == "forget":
                whole = channel.startswith("D")
                await forgetting.open_form(
                    desk, client, trigger, user, Place(channel, "" if whole else thread)
                )
                return
            found = await asyncio.to_thread(desk.services.records.thread, channel, thread)
            brief = await desk.services.brief(found.brief_id) if found else None
            if found is None or brief is None:
                await respond(replace_original=False, **ephemeral(short(parent.GONE)))
            elif chosen == "paper":
                await papers.open_choice(client, trigger, channel, thread, brief)
            else:
                try:
                    await versions.open_form(desk, client, trigger, found, thread)
                except VersionError as error:
                    told = version_form.NONE.format(error.user_message)
                    await respond(replace_original=False, **ephemeral(short(told)))
