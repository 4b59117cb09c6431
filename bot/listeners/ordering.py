"""Briefs on demand: written and posted in a channel, or shown to one person first."""

from collections.abc import Awaitable, Callable

from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery import DeliveryResult, deliver
from bot.listeners.desk import Desk
from bot.listeners.orders import Order
from bot.views import mrkdwn
from bot.views.message import Message, fallback, lines, short
from bot.views.order_form import share_message

WRITING = "Reading the feeds and writing the brief. It will appear here in about a minute."
WRITING_PREVIEW = "Reading the feeds and writing the brief. I will send it to you as a direct message."
ALREADY_WRITING = "A brief for this channel is being written already. It will appear here shortly."
UNCONFIRMED = "Slack did not confirm that the brief was posted."

Tell = Callable[[Message], Awaitable[None]]
"""Shows a message to the person who asked, and to nobody else."""


async def post(desk: Desk, client: AsyncWebClient, order: Order, channel: str, tell: Tell) -> None:
    """Writes the brief and posts it in the channel; one at a time for each."""
    if channel in desk.writing:
        await tell(short(ALREADY_WRITING))
        return
    desk.writing.add(channel)
    try:
        await tell(short(WRITING))
        result = await _write_and_deliver(desk, client, order, channel)
    finally:
        desk.writing.discard(channel)
    if result.state == "unknown":
        await tell(short(result.error or UNCONFIRMED))
    elif result.already:
        words = "This brief is here already: nothing has changed since it was posted."
        await tell(await _with_link(client, words, result))


async def preview(
    desk: Desk, client: AsyncWebClient, order: Order, channel: str, user: str, tell: Tell
) -> None:
    """Writes the brief and sends it to the person, with a button that posts it in the channel."""
    await tell(short(WRITING_PREVIEW))
    own = await direct_channel(client, user)
    brief = await desk.services.write(order.profile, order.window, channel)
    result = await deliver(
        desk.services.records, client, brief, own, now=desk.services.now(), limits=desk.limits
    )
    if result.state == "unknown":
        await tell(short(result.error or UNCONFIRMED))
        return
    await client.chat_postMessage(
        channel=own, thread_ts=result.parent_ts, **share_message(brief.id, channel).payload()
    )
    await tell(await _with_link(client, "The preview is in your direct messages with me.", result))


async def share(desk: Desk, client: AsyncWebClient, brief_id: str, channel: str, tell: Tell) -> None:
    """Posts a stored brief in the channel."""
    brief = await desk.services.brief(brief_id)
    if brief is None:
        await tell(short("That brief is no longer stored. `/brief now` writes a new one."))
        return
    services = desk.services
    result = await deliver(services.records, client, brief, channel, now=services.now(), limits=desk.limits)
    if result.state == "unknown":
        await tell(short(result.error or UNCONFIRMED))
    else:
        words = "It is there already." if result.already else "Posted."
        await tell(await _with_link(client, words, result))


async def direct_channel(client: AsyncWebClient, user: str) -> str:
    """The id of the person's direct messages with the bot."""
    opened = await client.conversations_open(users=user)
    return str(opened["channel"]["id"])


async def _write_and_deliver(
    desk: Desk, client: AsyncWebClient, order: Order, channel: str
) -> DeliveryResult:
    services = desk.services
    brief = await services.write(order.profile, order.window, channel)
    return await deliver(services.records, client, brief, channel, now=services.now(), limits=desk.limits)


async def _with_link(client: AsyncWebClient, words: str, result: DeliveryResult) -> Message:
    if result.parent_ts is None:
        return short(words)
    found = await client.chat_getPermalink(channel=result.channel, message_ts=result.parent_ts)
    link = mrkdwn.link(str(found["permalink"]), "Show it")
    return Message(fallback(words), tuple(lines([f"{mrkdwn.escape(words)} {link}"])))
