"""`/brief`: help, status, and a brief on demand. All answers to the command itself are seen by its sender alone."""

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import DeliveryResult, deliver
from bot.listeners import incoming
from bot.listeners.desk import Desk
from bot.views import mrkdwn
from bot.views.help import help_message
from bot.views.message import Message, fallback, lines, short
from bot.views.status import status_message
from pipeline.errors import SettingsError

WRITING = "Reading the feeds and writing the brief. It will appear here in about a minute."
ALREADY_WRITING = "A brief for this channel is being written already. It will appear here shortly."


def register(app: AsyncApp, desk: Desk) -> None:
    """Listens to `/brief`."""

    @app.command("/brief")
    async def on_brief(
        ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient
    ) -> None:
        words = incoming.plain_text(str(body.get("text") or ""), "").split()
        with desk.at_work():
            match words:
                case ["now"] | ["now", _]:
                    await _now(desk, ack, body, respond, client, words[1] if len(words) > 1 else None)
                case ["status"]:
                    await ack()
                    await respond(**_ephemeral(status_message(await desk.services.status())))
                case [] | ["help"]:
                    await ack(**_ephemeral(help_message(desk.services.settings.config)))
                case _:
                    await ack(**_ephemeral(_unknown(desk, " ".join(words))))


async def _now(
    desk: Desk,
    ack: AsyncAck,
    body: dict[str, Any],
    respond: AsyncRespond,
    client: AsyncWebClient,
    wanted: str | None,
) -> None:
    channel = str(body["channel_id"])
    try:
        profile = _profile(desk, body, wanted)
    except SettingsError as error:
        await ack(**_ephemeral(short(error.user_message)))
        return
    if channel in desk.writing:
        await ack(**_ephemeral(short(ALREADY_WRITING)))
        return
    desk.writing.add(channel)
    try:
        await ack(**_ephemeral(short(WRITING)))
        brief = await desk.services.write(profile)
        result = await deliver(
            desk.services.records, client, brief, channel, now=desk.services.now(), limits=desk.limits
        )
    finally:
        desk.writing.discard(channel)
    if result.state == "unknown":
        await respond(**_ephemeral(short(result.error or "Slack did not confirm that the brief was posted.")))
    elif result.already:
        await respond(**_ephemeral(await _already_here(client, result)))


def _profile(desk: Desk, body: dict[str, Any], wanted: str | None) -> str:
    """The profile asked for, else the one the channel subscribes to, else the first."""
    config = desk.services.settings.config
    here = (str(body["channel_id"]), f"#{body.get('channel_name')}")
    own = next((s.profile for s in config.subscriptions if s.channel in here), None)
    return config.profile(wanted or own).name


async def _already_here(client: AsyncWebClient, result: DeliveryResult) -> Message:
    words = "This brief is here already: nothing has changed since it was posted."
    if result.parent_ts is None:
        return short(words)
    found = await client.chat_getPermalink(channel=result.channel, message_ts=result.parent_ts)
    link = mrkdwn.link(str(found["permalink"]), "Show it")
    return Message(fallback(words), tuple(lines([f"{mrkdwn.escape(words)} {link}"])))


def _unknown(desk: Desk, text: str) -> Message:
    told = help_message(desk.services.settings.config)
    sorry = f"I do not know “{mrkdwn.shorten(mrkdwn.one_line(text), 80)}”."
    return Message(fallback(sorry), (*lines([mrkdwn.escape(sorry)]), *told.blocks))


def _ephemeral(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": list(message.blocks), "response_type": "ephemeral"}
